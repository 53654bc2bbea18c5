"""No word leaves the picture or lies on another one's line, however long the names and many the systems."""

import itertools

import pytest

from crossner.report.figures import (
    calibration,
    confusion,
    curves,
    differences,
    domains,
    errors,
    matrix,
    protocols,
    seen,
    types,
)
from crossner.scoring.errors import KINDS

LONG = "pretrain-finetune · bilstm-crf · 100 sentences · from literature"
DOMAINS = ("politics", "literature", "average")
TYPES = [f"{name}{number}" for number in range(6) for name in ("astronomicalobject", "misc", "chemicalcompound")]


def rows(systems, column, values, **more):
    numbers = {"mean": 50.0, "sd": 1.0, "low": 45.0, "high": 52.0, "gold": 1234.0, "count": 9} | more
    return [
        {"system": system, "series": system, "domain": "all", column: value, **numbers}
        for system, value in itertools.product(systems, values)
    ]


def figures(number):
    systems = [LONG, *(f"direct · {index}" for index in range(number - 1))]
    pairs = [{"a": a, "b": LONG} for a in systems]
    differ = {"difference": -1.0, "low": -2.0, "high": 0.5, "p_holm": 0.2}
    cells = [
        {"source": s, "target": t, "f1": 50.0, "direct": 51.0, "gain": -1.0, "certain": True}
        for s, t in itertools.product([*DOMAINS, "conll2003"], DOMAINS)
    ]
    counts = [[0] * 17 + [1234]] * 18
    shares = {"share": 100 / len(KINDS)}
    bins = {"low": 0, "high": 100, "confidence": 50.0, "accuracy": 90.0}
    return {
        "domains": domains.draw(rows(systems, "domain", DOMAINS), subtitle=LONG * 3),
        "types": types.draw(
            rows(systems, "type", TYPES[:4]), title="Mentions of a name whose words are wide, " * 2
        ),
        "seen": seen.draw(rows(systems, "bucket", ["seen, same type", "unseen"], view="seen-target")),
        "protocols": protocols.draw(rows(systems, "protocol", ["headline", "strings-misc-out"])),
        "differences": differences.draw([pair | differ | {"domain": d} for pair in pairs for d in DOMAINS]),
        "errors": errors.draw(rows(systems, "kind", KINDS, **shares)),
        "confusion": confusion.draw({"types": TYPES, "counts": counts}),
        "calibration": calibration.draw(
            rows(systems, "bin", [1], **bins), rows(systems, "bin", [1], ece=12.3), title=LONG * 2
        ),
        "matrix": matrix.draw({"names": [*DOMAINS, "conll2003"], "cells": cells}),
        "curves": curves.draw([row | {"sentences": 10} for row in rows(systems, "domain", DOMAINS)]),
    }


def words(figure):
    for axes in figure.axes:
        if axes.get_visible():
            yield from axes.texts
            low, high = sorted(axes.get_ylim())
            yield from (label for label in axes.get_yticklabels() if low <= label.get_position()[1] <= high)
            yield from (axes.title, axes.xaxis.label, axes.yaxis.label)
    yield from figure.texts
    for legend in figure.legends:
        yield from legend.get_texts()


@pytest.mark.parametrize("number", [1, 5, 12])
def test_words_stay_inside_and_apart(number):
    for name, figure in figures(number).items():
        figure.draw_without_rendering()
        width, height = figure.bbox.size
        boxes = [(text.get_text(), text.get_window_extent()) for text in words(figure) if text.get_text()]
        for text, box in boxes:
            assert box.x0 >= -0.5, (name, text)
            assert box.y0 >= -0.5, (name, text)
            assert box.x1 <= width + 0.5, (name, text)
            assert box.y1 <= height + 0.5, (name, text)
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            shared = (min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0))
            # Boxes of lines that stand close may share a bit of the room of ascenders and descenders.
            assert shared[0] <= 0.5 or shared[1] <= 0.3 * min(a.height, b.height), (name, one, other)
