"""The report: one HTML file that needs nothing beside it."""

from __future__ import annotations

import io
from statistics import fmean

from crossner.report.plot import plot_table, row_name
from crossner.report.table import caption, make_table
from graphmining.atomic import write_text


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
        types=type_scores(records, table),
        systems=[row_name(row, table["rows"]) for row in table["rows"]],
        runs=sorted(records, key=lambda r: [str(r["config"][k]) for k in ("domain", "regime", "seed")]),
        environments=_environments(records),
    )
    write_text(path, page)


def type_scores(records, table) -> dict:
    """Strict F1 by entity type, for each row of the table its mean over seeds.

    Returns
    -------
    dict
        `{domain: [{"type", "support", "f1": [float or None, a row each]}]}`, most frequent type first.
    """
    by_id = {record["id"]: record for record in records}
    result = {}
    for domain in table["domains"]:
        support: dict[str, int] = {}
        values: dict[tuple, list] = {}
        for index, row in enumerate(table["rows"]):
            for run in (by_id[identity] for identity in row["runs"]):
                if run["config"]["domain"] == domain:
                    for name, scores in run["scores"]["test"]["types"].items():
                        support[name] = max(support.get(name, 0), scores["support"])
                        values.setdefault((name, index), []).append(scores["f1"])
        if support:
            result[domain] = [
                {
                    "type": name,
                    "support": support[name],
                    "f1": [
                        fmean(values[name, index]) if (name, index) in values else None
                        for index in range(len(table["rows"]))
                    ],
                }
                for name in sorted(support, key=lambda name: -support[name])
            ]
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
