"""Tables of which one is shown at a time: a panel for each choice of a control."""

from __future__ import annotations

import json
import math

from crossner.report.page.text import (
    average_first,
    domain_name,
    key_of,
    number,
    pivot,
    setting,
    signed,
    unique,
    with_interval,
    with_sd,
)

DARKEST = 0.55  # of a heat map's shades, so that text on them can be read


def type_panels(model) -> list[dict]:
    """By domain: a line a type, a column a system."""
    panels = []
    for domain in unique(model["types"], "domain"):
        rows = [row for row in model["types"] if row["domain"] == domain]
        gold = {row["type"]: row["gold"] for row in rows}
        table = pivot(
            rows,
            unique(rows, "type"),
            [name for name in model["names"] if any(row["system"] == name for row in rows)],
            "type",
            "system",
            with_sd,
            head=["type", "n"],
            caption=f"Strict F1 by entity type in {domain}, mean ± sd over seeds; n: mentions in the test split",
            before=lambda name, gold=gold: [gold[name]],
        )
        panels.append({"key": key_of(domain), "name": domain, "rows": rows, "table": table})
    return panels


def curve_panels(model) -> list[dict]:
    """By domain: a line a series, a column a number of sentences."""
    panels = []
    for domain in average_first(unique(model["curves"], "domain")):
        rows = [row | {"count": _count(row["shots"])} for row in model["curves"] if row["domain"] == domain]
        table = pivot(
            rows,
            unique(rows, "series"),
            sorted(unique(rows, "count"), key=lambda one: math.inf if one == "all" else int(one.replace(",", ""))),
            "series",
            "count",
            with_sd,
            head=["series"],
            caption=f"F1 by number of target sentences, {domain}; mean ± sd over seeds",
        )
        panels.append(
            {"key": key_of(domain), "name": domain, "rows": rows, "table": table, "gaps": _gap_table(rows)}
        )
    return panels


def curve_note(rows) -> str:
    """What all curves have in common, where it is not in their names."""
    notes = []
    if len({(row["tagger"], row["encoder"]) for row in rows}) == 1:
        notes.append(f"All of {setting(rows[0] | {'shots': None})}.")
    sources = {row["source"] for row in rows} - {None}
    if len(sources) == 1:
        notes.append(f"The source is {sources.pop()}.")
    return " ".join(notes)


def _gap_table(rows):
    """How many sentences direct training needs for the same F1; None where nothing can be said."""
    from crossner.scoring.curves import BASELINE, gap_rows

    if not any(row["regime"] == BASELINE for row in rows):
        return None
    gaps = gap_rows(rows)
    if not any(row["needed"] for row in gaps):
        return None
    return {
        "caption": f"What a source is worth: target sentences that {BASELINE} training needs for the same F1, "
        "between its points linear in the logarithm of their number; – where it never gets there, or is "
        "better from its first point on",
        "head": ["series", "sentences", "F1", f"{BASELINE} needs", "times as many"],
        "text": [0],
        "rows": [
            [
                row["series"],
                number(row["sentences"], 0),
                number(row["mean"]),
                number(row["needed"], 0),
                number(row["worth"], 1),
            ]
            for row in gaps
        ],
    }


def _count(shots):
    return "all" if shots is None else f"{shots:,}"


def strata_panels(model) -> list[dict]:
    """By view and domain: a line a system, a column a bucket."""
    panels = []
    for name, view in model["strata"].items():
        for domain in average_first(unique(view["rows"], "domain")):
            rows = [row for row in view["rows"] if row["domain"] == domain]
            table = pivot(
                rows,
                unique(rows, "system"),
                unique(rows, "bucket"),
                "system",
                "bucket",
                with_interval,
                head=["system"],
                caption=f"F1 [95 % interval], {domain if domain != 'all' else 'all domains together'}",
            )
            shares = _shares(rows)
            table["head"] = [table["head"][0], *(f"{one} ({shares[one]})" for one in table["head"][1:])]
            panels.append(
                {
                    "key": key_of(name, domain),
                    "name": f"{view['title']}, {domain_name(domain)}",
                    "note": f"By {view['description']}. In brackets: share of gold mentions.",
                    "rows": rows,
                    "table": table,
                    "view": name,
                    "domain": domain,
                }
            )
    return panels


def _shares(rows):
    # Of the first system: the same for all where every run had the same train sentences.
    first = [row for row in rows if row["system"] == rows[0]["system"]]
    total = sum(row["gold"] for row in first)
    shares = {row["bucket"]: 100 * row["gold"] / total if total else None for row in first}
    return {name: f"{number(one, 1 if one and one < 1 else 0)} %" for name, one in shares.items()}


def error_panels(model) -> list[dict]:
    """By domain: a line a system, a column a kind; count, and F1 to win."""
    panels = []
    for domain in average_first(unique(model["errors"], "domain")):
        rows = [row for row in model["errors"] if row["domain"] == domain]

        def show(row):
            gain = "" if row["kind"] == "correct" else f" ({signed(row['f1_gain'], 1)})"
            return f"{row['count']:,.0f}{gain}"

        table = pivot(
            rows,
            unique(rows, "system"),
            unique(rows, "kind"),
            "system",
            "kind",
            show,
            head=["system"],
            caption=f"Findings a run, {domain_name(domain)}; in brackets the F1 to win by repairing them",
        )
        panels.append(
            {"key": key_of(domain), "name": domain_name(domain), "rows": rows, "table": table, "domain": domain}
        )
    return panels


def confusion_panels(model) -> list[dict]:
    """By domain and system: the matrix with shades, and the most costly confusions."""
    panels = []
    for one in model["confusion"]:
        largest = [max(row) for row in one["counts"]]
        rows = [
            {
                "name": name,
                "cells": [
                    {
                        "count": _mean_count(count, one["n"]) if count else "",
                        "shade": count and round(DARKEST * math.sqrt(count / max(largest[index], 1)), 2),
                        "class": "right" if index == column and name != "none" else "loss" if count else "",
                    }
                    for column, count in enumerate(counts)
                ],
            }
            for index, (name, counts) in enumerate(zip(one["types"], one["counts"], strict=True))
        ]
        costly = [
            {
                "gold": row["gold"],
                "predicted": "wrong boundaries" if row["gold"] == row["predicted"] else row["predicted"],
                "count": number(row["count"], 1),
                "gain": signed(row["f1_gain"], 2),
                "example": json.dumps({key: row[key] for key in ("domain", "system", "gold", "predicted")}),
            }
            for row in model["costly"]
            if (row["system"], row["domain"]) == (one["system"], one["domain"])
        ]
        panels.append(
            {
                "key": key_of(one["domain"], one["system"]),
                "name": f"{one['domain']}, {one['system']}",
                "caption": "Rows: gold, columns: predicted; in the column none what is missed, in the row none "
                f"what is spurious. Spans that overlap count by their types; {one['domain']}, {one['system']}, "
                + (f"mean of {one['n']} runs" if one["n"] > 1 else "one run"),
                "types": one["types"],
                "rows": rows,
                "costly": costly,
            }
        )
    return panels


def _mean_count(count, runs):
    mean = count / runs
    return f"{mean:.0f}" if mean >= 10 or mean == round(mean) else f"{mean:.1f}"


def disagreement_panels(model) -> list[dict]:
    """By pair: a line a domain."""
    panels = []
    for a, b in dict.fromkeys((row["a"], row["b"]) for row in model["disagreement"]):
        rows = [row for row in model["disagreement"] if (row["a"], row["b"]) == (a, b)]
        panels.append(
            {
                "key": key_of(f"{a} and {b}"),
                "name": f"{a} and {b}",
                "table": {
                    "caption": "Gold mentions in a pair of runs that both find, only the first "
                    f"({a}), only the second ({b}), or neither; "
                    "agreement of their predictions; recall and F1 of whoever always believed the right one",
                    "head": [
                        "domain",
                        "both",
                        "first only",
                        "second only",
                        "neither",
                        "agreement %",
                        "kappa",
                        "oracle recall",
                        "oracle F1",
                    ],
                    "text": [0],
                    "rows": [
                        [
                            domain_name(row["domain"]),
                            *(number(row[key], 0) for key in ("both", "only_a", "only_b", "neither")),
                            number(row["agreement"], 1),
                            number(row["kappa"], 2),
                            number(row["oracle"], 1),
                            number(row["oracle_f1"], 1),
                        ]
                        for row in rows
                    ],
                },
            }
        )
    return panels


def calibration_panels(model) -> list[dict]:
    """By domain: the bins to draw, and a line a system."""
    panels = []
    found = model["calibration"]
    for domain in average_first(unique(found["summary"], "domain")):
        rows = [row for row in found["summary"] if row["domain"] == domain]
        panels.append(
            {
                "key": key_of(domain),
                "name": domain_name(domain),
                "domain": domain,
                "rows": [row for row in found["rows"] if row["domain"] == domain],
                "summary": rows,
                "table": {
                    "caption": f"Predicted spans of all seeds, {domain_name(domain)}; ECE and MCE: expected and "
                    "largest gap between confidence and precision, in points",
                    "head": ["system", "spans", "confidence %", "precision %", "ECE", "MCE", "Brier", "AUROC"],
                    "text": [0],
                    "rows": [
                        [
                            row["system"],
                            number(row["count"], 0),
                            *(number(row[key], 1) for key in ("confidence", "accuracy", "ece", "mce")),
                            number(row["brier"], 3),
                            number(row["auroc"], 1),
                        ]
                        for row in rows
                    ],
                },
            }
        )
    return panels
