"""Two systems side by side: differences in words, and where to draw them."""

from __future__ import annotations

import math
from statistics import fmean

from crossner.report.page.scores import AVERAGE, HEADLINE
from crossner.report.page.text import key_of, p_value, signed

WIDE = 240  # units of the width that an interval is drawn in


def pair_panels(model, verdicts) -> list[dict]:
    """Both directions of each pair: rows of text and where to draw them."""
    panels = []
    for pair, sentence in zip(model["comparisons"], verdicts, strict=True):
        for a, b, sign in ((pair["a"], pair["b"], 1), (pair["b"], pair["a"], -1)):
            panels.append(_pair_panel(a, b, pair["rows"], sign) | {"verdict": sentence})
    return panels


def _pair_panel(a, b, rows, sign):
    ends = [sorted((sign * row["low"], sign * row["high"])) for row in rows]
    values = [0.0, *(end for pair in ends for end in pair), *(sign * row["difference"] for row in rows)]
    low, high = min(values), max(values)
    step = nice_step(high - low)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    if low == high:
        low, high = -step, step

    def at(value):
        return round(8 + (WIDE - 16) * (value - low) / (high - low), 1)

    ticks = [low + step * index for index in range(round((high - low) / step) + 1)]
    return {
        "a": a,
        "b": b,
        "key": key_of(b, a),
        "name": f"{b}, compared with {a}",
        "zero": at(0),
        "ticks": [(at(tick), signed(tick, 0 if step >= 1 else 1)) for tick in ticks],
        "rows": [
            {
                "domain": row["domain"],
                "difference": signed(sign * row["difference"]),
                "low": signed(end[0], 1),
                "high": signed(end[1], 1),
                "p": p_value(row["p_randomisation"]),
                "p_holm": p_value(row["p_holm"]),
                "decided": decided(row),
                "tone": "" if not decided(row) else "gain" if sign * row["difference"] > 0 else "loss",
                "from": at(end[0]),
                "to": at(end[1]),
                "at": at(sign * row["difference"]),
            }
            for row, end in zip(rows, ends, strict=True)
        ],
    }


def nice_step(width, most=5) -> float:
    """A round distance of at most so many ticks over a width."""
    if width <= 0:
        return 1.0
    rough = width / most
    power = 10 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def decided(row) -> bool:
    """Whether a comparison's p, corrected where it is one of several, is at most 0.05."""
    p = row["p_holm"] if row["p_holm"] is not None else row["p_randomisation"]
    return not row["same"] and p <= 0.05


def verdict_of(pair) -> str:
    """A pair of the model in a sentence."""
    from crossner.scoring.verdicts import row_verdicts

    (sentence,) = row_verdicts(pair["rows"])
    return sentence


def ranked(model) -> list[str]:
    """Names of the systems: those with an average first, then those with most domains, by mean F1."""

    def strength(name):
        own = {row["domain"]: row["mean"] for row in model["scores"][HEADLINE] if row["system"] == name}
        return AVERAGE in own, len(own), own.get(AVERAGE, fmean(own.values()) if own else 0.0)

    return sorted(model["names"], key=strength, reverse=True)
