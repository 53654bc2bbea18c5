"""The page's file: pictures drawn, words set, one document without anything beside it."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256

from crossner.errors import ConfigError
from crossner.report.page import panels as panels_of
from crossner.report.page import tables
from crossner.report.page.model import page_model
from crossner.report.page.pairs import pair_panels, ranked, verdict_of
from crossner.report.page.pictures import (
    calibration_picture,
    curve_picture,
    error_picture,
    single_pictures,
    strata_picture,
    type_picture,
)
from crossner.report.page.sections import SECTIONS, SIGNS
from crossner.report.page.summary import summary
from crossner.report.page.text import domain_name, key_of, setting, unique


def write_page(results, path, *, examples=True, resamples=10_000, progress=None):
    """Write the report of some runs as one HTML file.

    Parameters
    ----------
    results : Results
    path : path-like
    examples : bool
        Quote sentences of the data; a page to pass on is better written without them.
    resamples : int
        Of the bootstrap and of the tests; intervals of parts of the mentions take 1,000 at most.
    progress : callable, optional
        Called with a few words as each part begins.

    Raises
    ------
    ConfigError
        If the file cannot be written, or an option cannot work.
    StoreError, DataError
        If runs or data are damaged. Data that is not at hand is no error: the page says what it lacks.
    """
    model = page_model(results, examples=examples, resamples=resamples, progress=progress)
    if progress:
        progress("pictures")
    write_model(model, path)


def write_model(model, path):
    """Write the page of a model.

    Parameters
    ----------
    model : dict
        Of `page_model`.
    path : path-like

    Raises
    ------
    ConfigError
        If the file cannot be written.
    """
    from graphmining.atomic import write_text

    text = render(model)
    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigError(f"--html {path}: cannot be written ({error.strerror})") from None


def render(model) -> str:
    """The page of a model.

    Parameters
    ----------
    model : dict
        Of `page_model`.
    """
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("crossner", "report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["digest"] = lambda text: b64encode(sha256(str(text).encode()).digest()).decode()
    shown = _view(model)
    return environment.get_template("page.html.jinja").render(
        model=model,
        view=shown,
        figures={name: picture.embedded() for name, picture in single_pictures(model).items()},
        sections={key: {"title": t, "read": r} for key, (t, r) in SECTIONS.items() if _present(key, model)},
        style=Markup(environment.get_template("page.css.jinja").render()),
        script=Markup(environment.get_template("page.js.jinja").render()),
        embedded=Markup(_embedded(model, shown)),
    )


def _present(key, model):
    if key == "domains":
        return len(model["domains"]) > 1
    part = {"verdicts": "comparisons", "sources": "matrix"}.get(key, key)
    return part not in model or bool(model[part])


def _embedded(model, shown):
    data = {
        "table": {"protocols": shown["table"]["protocols"]},
        "published": [row["under"] for row in shown["published"]],
        "examples": model["examples"]
        and model["examples"] | {"signs": [SIGNS[k] for k in model["examples"]["kinds"]]},
    }
    # No tag can end, or comment begin, within a script element.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _view(model) -> dict:
    """What the template needs in words, and the choices of its controls."""
    table = tables.score_table(model)
    published, marks = tables.published_lines(model, table["columns"])
    first = table["names"][0]
    sentences = [verdict_of(pair) for pair in model["comparisons"] or ()]
    shown: dict = {
        "table": table,
        "published": published,
        "marks": marks,
        "marked": {mark for row in published if row["under"][first][0] for mark in row["under"][first][1]},
        "fitting": sum(row["under"][first][0] for row in published),
        "runs": tables.run_table(model),
        "kinds": list(SIGNS.items()),
        "summary": summary(model, sentences),
    }
    if model["comparisons"]:
        names = list(dict.fromkeys(name for pair in model["comparisons"] for name in (pair["b"], pair["a"])))
        names = [name for name in model["names"] if name in names]
        panels = pair_panels(model, sentences)
        keys = {panel["key"] for panel in panels}
        best, *others = (name for name in ranked(model) if name in names)
        opening = next((best, name) for name in others if key_of(best, name) in keys)
        panels.sort(key=lambda panel: panel["key"] != key_of(*opening))
        shown |= {
            "verdicts": sentences,
            "pairs": panels,
            "pair_names": [(name, name) for name in _first(names, opening[0])],
            "pair_names_b": [(name, name) for name in _first(names, opening[1])],
            "not_compared": _not_compared(model),
        }
    if model["types"]:
        panels = panels_of.type_panels(model)
        for panel in panels:
            panel["figure"] = type_picture(panel).embedded()
        shown |= {"types": panels, "types_choice": _choice(panels)}
    if model["matrix"]:
        matrix = model["matrix"][0]
        shown |= {
            "matrix": tables.matrix_table(matrix),
            "matrix_note": f"{setting(matrix)}; {matrix['regime']} from each source against direct training.",
        }
    if model["curves"]:
        panels = panels_of.curve_panels(model)
        for panel in panels:
            panel["figure"] = curve_picture(panel).embedded()
        note = panels_of.curve_note(model["curves"])
        shown |= {"curves": panels, "curves_choice": _choice(panels), "curves_note": note}
    if model["strata"]:
        panels = panels_of.strata_panels(model)
        together = any(panel["domain"] == "all" for panel in panels)
        for panel in panels:
            # A picture of all domains; of single ones the table is enough, and the page stays small.
            if panel["domain"] == "all" or not together:
                panel["figure"] = strata_picture(panel).embedded()
        shown |= {
            "strata": panels,
            "strata_choice": [(name, one["title"]) for name, one in model["strata"].items()],
            "strata_domains": [(d, domain_name(d)) for d in dict.fromkeys(p["domain"] for p in panels)],
        }
    if model["errors"]:
        panels = panels_of.error_panels(model)
        for panel in panels:
            panel["figure"] = error_picture(panel).embedded()
        shown |= {"errors": panels, "errors_choice": [(p["domain"], p["name"]) for p in panels]}
    if model["confusion"]:
        shown |= {
            "confusion": panels_of.confusion_panels(model),
            "confusion_domains": [(d, d) for d in unique(model["confusion"], "domain")],
            "confusion_systems": [(s, s) for s in unique(model["confusion"], "system")],
        }
    if model["disagreement"]:
        panels = panels_of.disagreement_panels(model)
        shown |= {"disagreement": panels, "disagreement_choice": _choice(panels)}
    if model["calibration"]:
        panels = panels_of.calibration_panels(model)
        for panel in panels:
            panel["figure"] = calibration_picture(panel).embedded()
        without = model["calibration"]["without"]
        shown |= {
            "calibration": panels,
            "calibration_choice": [(p["domain"], p["name"]) for p in panels],
            "calibration_notes": [f"Without confidences: {', '.join(without)}."] if without else [],
        }
    if model["protocols"]:
        shown["spread"] = tables.spread_table(model)
    if model["audit"]:
        shown["audit"] = tables.audit_tables(model)
    return shown


def _not_compared(model):
    """Why a pair has no panel."""
    from crossner.scoring.significance import MANY

    if len(model["names"]) <= MANY:
        return "These two have no domain in common."
    best = model["comparisons"][0]["a"]
    return f"These two are not compared: there are many systems, and each is compared with {best} alone."


def _choice(panels):
    return [(panel["name"], panel["name"]) for panel in panels]


def _first(names, chosen):
    return sorted(names, key=lambda name: name != chosen)
