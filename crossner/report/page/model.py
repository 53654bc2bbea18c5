"""All that the page says, as JSON: what each analysis gives, and what is missing."""

from __future__ import annotations

from crossner import __version__
from crossner.errors import CrossnerError
from crossner.report.page.commands import citations, commands, environments
from crossner.report.page.scores import HEADLINE, record_rows, run_rows, scores, type_rows
from crossner.report.page.systems import curve_results, main_results, main_table, system_labels
from crossner.report.table import short_revision
from crossner.scoring.score import PROTOCOL_TEXT

SAMPLE_NOTICE = (
    "These scores are from the built-in sample: a few dozen sentences a domain, written to teach and to test. "
    "They say nothing about CrossNER."
)
TEXT_NOTICE = (
    "This page quotes sentences of CrossNER. Those of conll2003 are under Reuters' terms, for research only: "
    "write the page without them (--no-examples) before you pass it on."
)
OWN_TEXT_NOTICE = "This page quotes sentences of the data; --no-examples leaves them out, for a page to pass on."
RESAMPLES_OF_PARTS = 1000


def page_model(results, *, examples=True, resamples=10_000, progress=None) -> dict:
    """What the page shows, without its pictures.

    Parameters
    ----------
    results : Results
    examples : bool
        Quote sentences of the data with what systems made of them.
    resamples : int
        Of the bootstrap and of the tests; intervals of parts of the mentions take 1,000 at most.
    progress : callable, optional
        Called with a few words as each part begins.

    Returns
    -------
    dict
        All JSON. Parts without data are None: `scores` (rows by protocol), `comparisons`, `types`, `matrix`,
        `curves`, `strata` (rows by view), `published`, `errors`, `confusion`, `costly`, `disagreement`,
        `calibration`, `examples`, `protocols`, `audit`. Always there: `title`, `data`, `notices`, `facts`,
        `systems`, `domains`, `names` (of the systems that are compared), `runs`, `commands`, `environments`,
        `citations`.
    """
    begin = progress or (lambda what: None)
    labels = system_labels(results)
    compared = [label for label in labels if label["main"]]
    data = _data(results)
    table = main_table(results)
    model = {
        "title": "Named entity recognition across domains",
        "data": data,
        "systems": labels,
        "domains": table["domains"],
        "names": [label["name"] for label in compared],
        "scores": {HEADLINE: record_rows(table, compared)},
        "protocol_lines": {HEADLINE: PROTOCOL_TEXT},
        "published": None,
        "types": type_rows(results, compared) or None,
        "runs": run_rows(results),
        "commands": commands(results),
        "environments": environments(results),
        "citations": citations(results),
        "report_command": "crossner report runs --html",
        "again": _again(results),
        "footer": f"crossner {__version__}; runs from {', '.join(results.folders)}",
        **dict.fromkeys(ANALYSES),
        "examples": None,
    }
    if not data["missing"]:
        main = main_results(results)
        model["scores"] = scores(main, model["names"], resamples=resamples, progress=begin)
        model["protocol_lines"] = _protocol_lines()
        for name, analyse in ANALYSES.items():
            begin(name)
            model[name] = analyse(results if name in ELSEWHERE else main, model["names"], resamples)
        if examples:
            from crossner.report.page.examples import examples as pack

            begin("examples")
            model["examples"] = pack(main, main.systems)
    if data["name"] == "crossner":
        model["published"] = _published(model)
    model["notices"] = _notices(model)
    model["facts"] = _facts(model)
    return model


def _data(results):
    table = results.table["data"]
    missing = None
    try:
        for domain in results.domains:
            results.dataset.domain(domain)
    except CrossnerError as error:
        missing = str(error)
    else:
        _ = results.systems  # damaged predictions are no missing data
    return {
        "name": table["name"],
        "revision": table["revision"],
        "short": short_revision(table["revision"]),
        "missing": missing,
    }


def _again(results):
    imported = sum(not record.get("fit") for record in results.records)
    lines = ["A command may do more than was at hand: seeds are always 1, 2, … up to the highest."]
    if imported:
        lines.append(f"{imported} runs were imported; what made them is not known here.")
    codes = sorted({record["code"] for record in results.records if record.get("fit")})
    if codes:
        lines.append(f"Code of the runs (fingerprints): {', '.join(codes)}.")
    return lines


def _notices(model):
    name, notices = model["data"]["name"], []
    if name == "sample":
        notices.append(SAMPLE_NOTICE)
    if model["examples"] and name != "sample":
        notices.append(TEXT_NOTICE if name == "crossner" else OWN_TEXT_NOTICE)
    if model["data"]["missing"]:
        how = (
            "`crossner data fetch` gets CrossNER; CROSSNER_DATA or --data names a folder that holds it."
            if name == "crossner"
            else "Name it with --data DIR."
        )
        notices.append(
            "The data is not at hand, so this page has only what the records hold: no other protocol, no "
            f"comparison, no analysis of errors, no examples. {model['data']['missing']}. {how}"
        )
    return notices


def _facts(model):
    labels = model["systems"]
    seeds = sorted({seed for label in labels for seed in label["seeds"]})
    encoders = list(dict.fromkeys(label["encoder"] for label in labels if label["encoder"]))
    others = len(labels) - len(model["names"])
    systems = f"{len(labels)}" + (
        f", of which {len(model['names'])} are compared; {others} with few sentences or another source"
        if others
        else ""
    )
    return [
        ["Data", f"{model['data']['name']} @ {model['data']['short']}"],
        ["Headline protocol", PROTOCOL_TEXT],
        ["Systems", systems],
        ["Runs", f"{len(model['runs'])}, seeds {', '.join(map(str, seeds))}"],
        *([["Encoders", ", ".join(encoders)]] if encoders else []),
    ]


def _protocol_lines():
    from crossner.scoring.protocols import DESCRIPTIONS, PROTOCOLS, protocol_text

    return {
        name: ". ".join(text[0].upper() + text[1:] for text in (protocol_text(protocol), DESCRIPTIONS[name])) + "."
        for name, protocol in PROTOCOLS.items()
    }


def _published(model):
    """Rows of the literature; under each protocol whether they can stand beside ours, and what differs."""
    from crossner.report.published import DOMAINS, beside, load_published
    from crossner.scoring.protocols import PROTOCOLS

    rows = load_published()
    columns = [domain for domain in model["domains"] if domain in DOMAINS]
    if not columns:
        return None
    if set(columns) == set(DOMAINS):
        columns.append("average")
    under: dict[str, dict] = {row["name"]: {} for row in rows}
    for name in model["scores"]:
        for group, comparable in zip(beside(rows, PROTOCOLS[name]), (True, False), strict=True):
            for row in group:
                under[row["name"]][name] = {"comparable": comparable, "mark": row["mark"]}
    return [
        {
            **{key: row[key] for key in ("name", "authors", "year", "setting", "encoder", "source", "first_hand")},
            "f1": {column: row[column] for column in columns},
            "protocols": under[row["name"]],
        }
        for row in sorted(rows, key=lambda row: -row["average"])
    ]


def _comparisons(results, names, resamples):
    from crossner.scoring.significance import AVERAGE, comparison_rows

    pairs = _pairs(results, names)
    if not pairs:
        return None
    found = comparison_rows(results, pairs=pairs, resamples=resamples)
    groups: dict[tuple, list] = {}
    for row in found:
        groups.setdefault((row["a"], row["b"]), []).append(row)
    return [
        {"a": a, "b": b, "rows": sorted(rows, key=lambda row: row["domain"] == AVERAGE)}
        for (a, b), rows in groups.items()
    ] or None


def _pairs(results, names):
    """All pairs; of many systems the best one with each of the others."""
    from crossner.scoring.significance import MANY, default_pairs

    pairs = default_pairs(results)
    return pairs if len(names) <= MANY else [(best, name) for name, best in pairs]


def _matrix(results, names, resamples):
    from crossner.scoring.matrix import matrix_groups, source_matrix

    found = []
    for group in matrix_groups(results):
        if len(group["sources"]) > 1:
            key = (group["tagger"], group["encoder"], group["shots"])
            found.append(source_matrix(results, group=key, resamples=resamples))
    return found[:1] or None


def _curves(results, names, resamples):
    from crossner.scoring.curves import curve_rows

    rows = curve_rows(curve_results(results))
    counts = {(row["series"], row["shots"]) for row in rows}
    return rows if len(counts) > len({series for series, _ in counts}) else None


def _strata(results, names, resamples):
    from crossner.scoring.generalisation import VIEWS, generalisation_rows

    found = {}
    for name, view in VIEWS.items():
        if view.needs_source and results.dataset.source is None:
            continue
        rows = generalisation_rows(results, name, systems=names, resamples=min(resamples, RESAMPLES_OF_PARTS))
        if rows:
            found[name] = {"title": view.title, "description": view.description, "rows": rows}
    return found or None


def _errors(results, names, resamples):
    from crossner.scoring.errors import error_rows

    return error_rows(results, systems=names) or None


def _confusion(results, names, resamples):
    from crossner.scoring.errors import confusion

    return [
        {"system": name, "domain": domain, **confusion(results, name, domain)}
        for domain in results.domains
        for name in names
        if domain in results.system(name).answers
    ]


def _costly(results, names, resamples):
    from crossner.scoring.errors import costly_rows

    return costly_rows(results, systems=names, top=8, examples=0)


def _disagreement(results, names, resamples):
    from crossner.scoring.disagreement import disagreement_rows

    rows = [row for a, b in _pairs(results, names) for row in disagreement_rows(results, a, b, examples=0)]
    return rows or None


def _calibration(results, names, resamples):
    from crossner.scoring.calibration import calibration_rows, calibration_summary, without_confidences

    rows = calibration_rows(results, systems=names)
    without = [name for name in without_confidences(results) if name in names]
    if not rows:
        return None
    return {"rows": rows, "summary": calibration_summary(results, systems=names), "without": without}


def _protocols(results, names, resamples):
    from crossner.scoring.protocols import spread_rows

    return spread_rows(results, systems=names) or None


def _audit(results, names, resamples):
    from crossner.audit import audit
    from crossner.audit.report import ambiguous_rows, duplicate_columns, duplicate_rows, seen_columns, seen_rows

    found = audit(results.dataset)
    return {
        "similarity": found["options"]["similarity"],
        "duplicates": {"head": duplicate_columns(), "rows": duplicate_rows(found)},
        "seen": {"head": seen_columns(found), "rows": seen_rows(found)},
        "ambiguous": {
            "head": ["domain", "mentions", "of a minority type", "%"],
            "rows": [row[:3] + [f"{row[3]:.1f}"] for row in ambiguous_rows(found)],
        },
    }


# What is made of all systems, not only of those of the main comparison.
ELSEWHERE = ("matrix", "curves")
ANALYSES = {
    "comparisons": _comparisons,
    "matrix": _matrix,
    "curves": _curves,
    "strata": _strata,
    "errors": _errors,
    "confusion": _confusion,
    "costly": _costly,
    "disagreement": _disagreement,
    "calibration": _calibration,
    "protocols": _protocols,
    "audit": _audit,
}
