"""Scores of tagged sentences, by seqeval."""

from __future__ import annotations

from crossner.errors import DataError

# What the headline number means; printed with every table.
PROTOCOL = {
    "metric": "micro F1",
    "level": "entity",
    "mode": "strict",
    "scheme": "IOB2",
    "misc": "included",
    "split": "test",
    "scorer": "seqeval",
    "unit": "percent",
}
PROTOCOL_TEXT = "strict IOB2 entity micro F1 by seqeval, in percent, test split, misc included"


def score(gold, predicted) -> dict:
    """Entity scores in seqeval's two modes, by type, and token scores.

    Parameters
    ----------
    gold, predicted : list of sequences of str
        IOB2 tags of the same sentences. A predicted I- tag may continue nothing: strict mode
        ignores such a piece, default mode (conlleval's repair) counts it as an entity.

    Returns
    -------
    dict
        `strict` and `default`: `precision`, `recall`, `f1` (micro), `macro_f1`, `gold`,
        `predicted`; `types`: strict `precision`, `recall`, `f1`, `support` of each type;
        `tokens`: `accuracy`, and micro `precision`, `recall`, `f1` over tokens tagged with a
        type, whatever the prefix. All but counts in percent.

    Raises
    ------
    DataError
        If the two differ in length, or a tag is not O, B-TYPE or I-TYPE.

    References
    ----------
    Nakayama, seqeval (2018), https://github.com/chakki-works/seqeval.

    Examples
    --------
    >>> result = score([["B-song", "O"]], [["I-song", "O"]])
    >>> result["strict"]["f1"], result["default"]["f1"]
    (0.0, 100.0)
    """
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    gold, predicted = [list(tags) for tags in gold], [list(tags) for tags in predicted]
    _check(gold, predicted)
    result = {}
    for mode, options, openings in (
        ("strict", {"mode": "strict", "scheme": IOB2}, ("B-",)),
        ("default", {}, ("B-", "I-")),
    ):
        if not any(tag.startswith(openings) for tags in gold + predicted for tag in tags):
            report = {}  # seqeval fails or warns where there is no entity at all
        else:
            report = classification_report(gold, predicted, output_dict=True, zero_division=0, **options)
        micro, macro = report.pop("micro avg", {}), report.pop("macro avg", {})
        report.pop("weighted avg", None)
        result[mode] = {
            "precision": _percent(micro.get("precision", 0)),
            "recall": _percent(micro.get("recall", 0)),
            "f1": _percent(micro.get("f1-score", 0)),
            "macro_f1": _percent(macro.get("f1-score", 0)),
        }
        if mode == "strict":
            result["types"] = {
                name: {
                    "precision": _percent(row["precision"]),
                    "recall": _percent(row["recall"]),
                    "f1": _percent(row["f1-score"]),
                    "support": int(row["support"]),
                }
                for name, row in report.items()
            }
    result["tokens"] = _token_scores(gold, predicted)
    return {key: result[key] for key in ("strict", "default", "types", "tokens")}


def _check(gold, predicted):
    from crossner.data.conll import check_tag

    if len(gold) != len(predicted):
        raise DataError(f"{len(gold)} sentences of gold tags, but {len(predicted)} of predicted tags")
    for number, (true, found) in enumerate(zip(gold, predicted, strict=True), start=1):
        if len(true) != len(found):
            raise DataError(f"sentence {number} has {len(true)} gold tags, but {len(found)} predicted tags")
        for tag in true + found:
            check_tag(tag, None, f"sentence {number}", None)


def _token_scores(gold, predicted) -> dict:
    pairs = [(g[2:], p[2:]) for gs, ps in zip(gold, predicted, strict=True) for g, p in zip(gs, ps, strict=True)]
    correct = sum(g == p != "" for g, p in pairs)
    found, true = sum(p != "" for _, p in pairs), sum(g != "" for g, _ in pairs)
    return {
        "accuracy": _percent(sum(g == p for g, p in pairs) / len(pairs)) if pairs else 0.0,
        "precision": _percent(correct / found) if found else 0.0,
        "recall": _percent(correct / true) if true else 0.0,
        "f1": _percent(2 * correct / (found + true)) if found + true else 0.0,
    }


def _percent(value) -> float:
    # seqeval gives numpy scalars, which json does not take.
    return round(100 * float(value), 4)
