"""Tables that are there once."""

from __future__ import annotations

from crossner.report.page.scores import AVERAGE, HEADLINE
from crossner.report.page.text import DASH, number, pivot, signed, unique


def score_table(model) -> dict:
    """The first table: its rows, and for each protocol cells of text and a line that says what they are."""
    by_name = {label["name"]: label for label in model["systems"]}
    names = model["names"]
    headline = model["scores"][HEADLINE]
    has_average = any(row["domain"] == AVERAGE for row in headline)
    columns = [*model["domains"], *([AVERAGE] if has_average else [])]
    return {
        "columns": columns,
        "rows": [{"name": name, "seeds": len(by_name[name]["seeds"])} for name in names],
        "names": list(model["scores"]),
        "protocols": {
            name: {"line": model["protocol_lines"][name], "cells": _cells(rows, names, columns)}
            for name, rows in model["scores"].items()
        },
        "several": any(row["sd"] is not None for row in headline),
        "intervals": any(row["low"] is not None for row in headline),
        "notes": _seed_notes(by_name, names, model),
    }


def _cells(rows, names, columns):
    found = {(row["system"], row["domain"]): row for row in rows}
    best = {
        column: max((row["mean"] for row in rows if row["domain"] == column), default=None) for column in columns
    }
    several = {column: sum(row["domain"] == column for row in rows) > 1 for column in columns}
    return [
        [
            (row := found.get((name, column)))
            and {
                "mean": number(row["mean"]),
                "sd": row["sd"] is not None and number(row["sd"]),
                "low": row["low"] is not None and number(row["low"], 1),
                "high": row["high"] is not None and number(row["high"], 1),
                "best": several[column] and row["mean"] == best[column],
            }
            for column in columns
        ]
        for name in names
    ]


def _seed_notes(by_name, names, model):
    partial = [name for name in names if by_name[name]["domains"] < len(model["domains"])]
    notes = []
    if partial:
        notes.append(f"Without all domains, and so without an average: {', '.join(partial)}.")
    if len({len(by_name[name]["seeds"]) for name in names}) > 1:
        notes.append(
            "The systems have unequal numbers of seeds; a mean over few is less certain than its interval says."
        )
    return notes


def published_lines(model, columns) -> tuple[list[dict], list[tuple[str, str]]]:
    """Rows of the literature beneath the first table, and what their marks mean.

    Returns
    -------
    rows : list of dict
        `name`, `line`, `cells`, and `under`: by protocol whether comparable, and letters of what differs.
    marks : list of (str, str)
        Letters, and what they stand for.
    """
    published = model["published"] or ()
    under = [one for row in published for one in row["protocols"].values()]
    headline = [row["protocols"][HEADLINE] for row in published if row["protocols"][HEADLINE]["comparable"]]
    texts = [text for one in headline + under for text in one["mark"].split("; ") if text]
    letters = {text: _letter(index) for index, text in enumerate(dict.fromkeys(texts))}
    rows = [
        {
            "name": row["name"],
            "line": ", ".join(str(one) for one in (row["authors"], row["year"], row["encoder"]) if one),
            "cells": [number(row["f1"].get(column)) for column in columns],
            "under": {
                name: [one["comparable"], [letters[text] for text in one["mark"].split("; ") if text]]
                for name, one in row["protocols"].items()
            },
        }
        for row in published
    ]
    return rows, [(letter, text) for text, letter in letters.items()]


def _letter(index):
    return chr(97 + index % 26) * (1 + index // 26)


def matrix_table(matrix) -> dict:
    """A line a source, a column a target: F1, and in brackets the gain over none."""
    cells = [one for one in matrix["cells"] if one["f1"] is not None]
    targets = [name for name in matrix["names"] if any(one["target"] == name for one in cells)]

    def show(one):
        gain = f" ({signed(one['gain'], 1)}{'*' if one['certain'] else ''})" if one["gain"] is not None else ""
        return f"{one['f1']:.1f}{gain}"

    means = {one["source"]: signed(one["gain"], 1) for one in matrix["sources"]}
    table = pivot(
        cells,
        unique(cells, "source"),
        targets,
        "source",
        "target",
        show,
        head=["source"],
        caption="F1 of a target (column) with a source (row), and in brackets the gain over no source; "
        "* p (Holm, over all cells) below 0.05. Where source and target are the same: no source. "
        "Mean gain: over the other targets, where all are there.",
    )
    table["head"].append("mean gain")
    for row in table["rows"]:
        row.append(means[row[0]])
    return table


def spread_table(model) -> dict:
    """A line a system and domain: the lowest and the highest F1, and which protocols give them."""
    rows = sorted(model["protocols"], key=lambda row: row["domain"] != AVERAGE)
    return {
        "caption": "Lowest and highest F1 of the same predictions over the protocols above",
        "head": ["system", "domain", "lowest", "under", "highest", "under", "range"],
        "text": [0, 1, 3, 5],
        "rows": [
            [
                row["system"],
                row["domain"],
                number(row["min"]),
                row["min_protocol"],
                number(row["max"]),
                row["max_protocol"],
                number(row["range"], 1),
            ]
            for row in rows
            if row["domain"] == AVERAGE
            or all(one["domain"] != AVERAGE for one in rows if one["system"] == row["system"])
        ],
    }


def audit_tables(model) -> list[dict]:
    """Leaks, seen mentions, and words of several types."""
    found = model["audit"]
    captions = {
        "duplicates": "Sentences in two splits: identical + near duplicates (Jaccard similarity of word pairs "
        f"of at least {found['similarity']:g}); groups of identical sentences of a domain, and those of them "
        "whose tags conflict",
        "seen": "Test mentions that are a mention of other splits with the same type (with any type), in percent",
        "ambiguous": "Mentions whose type is not the most frequent one of the same words",
    }
    return [{"caption": captions[name], "text": [0], **found[name]} for name in captions]


def run_table(model) -> dict:
    """A line a run."""
    several = {
        key for key in ("shots", "source", "encoder", "tagger") if len({row[key] for row in model["runs"]}) > 1
    }
    keys = [
        key
        for key in ("domain", "regime", "tagger", "encoder", "source", "shots")
        if key in several | {"domain", "regime"}
    ]
    return {
        "caption": "strict: the headline; default: seqeval's default mode; macro: mean over types; "
        "tokens: token F1; train s: seconds of training; sent/s: sentences tagged a second; – not known",
        "head": [
            *keys,
            "seed",
            "strict",
            "default",
            "macro",
            "tokens",
            "dev",
            "epoch",
            "train s",
            "sent/s",
            "run",
        ],
        "text": [*range(sum(key != "shots" for key in keys)), len(keys) + 9],
        "rows": [
            [
                *(("all" if key == "shots" else DASH) if row[key] is None else row[key] for key in keys),
                row["seed"],
                *(number(row[key]) for key in ("strict", "default", "macro", "tokens", "dev")),
                DASH if row["epoch"] is None else row["epoch"],
                number(row["training"], 0),
                number(row["tagging"], 0),
                row["run"][:12],
            ]
            for row in model["runs"]
        ],
    }
