"""The report: one HTML file that needs nothing beside it."""

from __future__ import annotations

import io
from statistics import fmean

from crossner.report.plot import plot_table
from crossner.report.table import caption, make_table
from crossner.transfer.atomic import write_text


def write_report(records, path):
    """Write the report of some runs.

    Parameters
    ----------
    records : list of dict
        What `Store.records` gives.
    path : path-like
        The HTML file.
    """
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("crossner", "report"), autoescape=True)
    environment.filters["score"] = lambda value: "–" if value is None else f"{value:.2f}"
    table = make_table(records)
    page = environment.get_template("report.html.jinja").render(
        table=table,
        caption=caption(table),
        plot=_svg(plot_table(table)),
        types=type_scores(records, table["domains"]),
        regimes=list(dict.fromkeys(row["regime"] for row in table["rows"])),
        runs=sorted(records, key=lambda r: [str(r["config"][k]) for k in ("domain", "regime", "seed")]),
        environments=_environments(records),
    )
    write_text(path, page)


def type_scores(records, domains) -> dict:
    """Strict F1 by entity type, mean over seeds and systems of a regime.

    Returns
    -------
    dict
        `{domain: [{"type", "support", "f1": {regime: float}}]}`, most frequent type first.
    """
    result = {}
    for domain in domains:
        found: dict[str, dict] = {}
        for record in records:
            if record["config"]["domain"] != domain:
                continue
            for name, row in record["scores"]["test"]["types"].items():
                entry = found.setdefault(name, {"type": name, "support": 0, "values": {}})
                entry["support"] = max(entry["support"], row["support"])
                entry["values"].setdefault(record["config"]["regime"], []).append(row["f1"])
        rows = [
            {
                "type": entry["type"],
                "support": entry["support"],
                "f1": {regime: fmean(values) for regime, values in entry["values"].items()},
            }
            for entry in found.values()
        ]
        if rows:
            result[domain] = sorted(rows, key=lambda row: -row["support"])
    return result


def _svg(figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _environments(records) -> list[str]:
    def line(environment):
        packages = ", ".join(f"{name} {version}" for name, version in environment["packages"].items())
        return (
            f"{environment['processor']}, {environment['threads']} thread(s), {environment['device']}; "
            f"Python {environment['python']}; {packages}"
        )

    return sorted({line(record["environment"]) for record in records})
