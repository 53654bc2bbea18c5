"""The page in a few sentences: who is best, whether that is sure, and where F1 is lost."""

from __future__ import annotations

from crossner.report.page.pairs import decided, ranked
from crossner.report.page.scores import AVERAGE, HEADLINE
from crossner.report.page.text import number, signed, unique, with_interval


def summary(model, verdicts) -> list[tuple[str, str]]:
    """What a reader should know first.

    Parameters
    ----------
    model : dict
        Of `page_model`.
    verdicts : list of str
        A sentence for each of its comparisons.

    Returns
    -------
    list of (str, str)
        A question, and the answer; empty where systems have no column in common.
    """
    columns = unique(model["scores"][HEADLINE], "domain")
    place = columns[0] if len(columns) == 1 else AVERAGE
    scores = {row["system"]: row for row in model["scores"][HEADLINE] if row["domain"] == place}
    names = [name for name in ranked(model) if name in scores]
    if not names:
        return []
    best = names[0]
    lines = [("Who is best", _who(scores, names, place))]
    if len(names) > 1:
        pairs = {
            frozenset((pair["a"], pair["b"])): (pair, verdict)
            for pair, verdict in zip(model["comparisons"] or (), verdicts, strict=True)
        }
        found = {name: pairs[frozenset((best, name))] for name in names[1:] if frozenset((best, name)) in pairs}
        if found:
            lines.append(("Against the others", _against(best, names[1], found, place)))
    lost = _lost(model, best, "all" if place == AVERAGE else place)
    if lost:
        lines.append(("Where F1 is lost", lost))
    return lines


def _who(scores, names, place):
    where = "on average over domains" if place == AVERAGE else f"on {place}"
    text = f"{names[0]}, with an F1 of {with_interval(scores[names[0]])} {where}"
    return text + (f"; then {names[1]}, with {with_interval(scores[names[1]])}." if len(names) > 1 else ".")


def _against(best, second, found, place):
    """Of how many it is ahead, and the verdict on the next one."""
    rows = [
        (row, 1 if pair["b"] == best else -1)
        for pair, _ in found.values()
        for row in pair["rows"]
        if row["domain"] == place
    ]
    ahead = sum(decided(row) and sign * row["difference"] > 0 for row, sign in rows)
    text = found[second][1] if second in found else ""
    if len(rows) > 1:
        where = " on average" if place == AVERAGE else ""
        text += f" Of {len(rows)} other systems it is{where} ahead of {ahead} with a p of at most 0.05 each."
    return text.strip()


def _lost(model, best, place):
    """Its most costly kind of error, and what it has not seen."""
    text = []
    own = [row for row in model["errors"] or () if (row["system"], row["domain"]) == (best, place)]
    wrong = [row for row in own if row["kind"] != "correct"]
    if wrong:
        worst = max(wrong, key=lambda row: row["f1_gain"])
        text.append(
            f"the errors of {best} that cost most are of the kind “{worst['kind']}”: "
            f"{number(worst['count'], 0)} a run, {signed(worst['f1_gain'], 1)} F1 if all were repaired"
        )
    view = (model["strata"] or {}).get("seen-target")
    rows = [row for row in view["rows"] if row["system"] == best] if view else []
    parts = {row["bucket"]: row["mean"] for row in rows if row["domain"] == place}
    seen, unseen = parts.get("seen, same type"), parts.get("unseen")
    if seen is not None and unseen is not None:
        text.append(f"mentions that are in the train sentences have an F1 of {seen:.1f}, unseen ones {unseen:.1f}")
    sentence = "; ".join(text)
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""
