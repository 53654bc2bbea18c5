"""Counts of spans a sentence, the sufficient statistics of every span F1."""

from __future__ import annotations

import numpy as np

from crossner.data.spans import spans_of


def span_counts(gold, predicted) -> np.ndarray:
    """True positives, predicted and gold spans of each sentence under strict IOB2.

    Parameters
    ----------
    gold : sequence of Sentence
    predicted : sequence of sequence of str
        Predicted tags of the same sentences.

    Returns
    -------
    ndarray of int64, shape (sentences, 3)
        Columns: true positives, predicted, gold.
    """
    rows = []
    for sentence, tags in zip(gold, predicted, strict=True):
        found, true = set(spans_of(tags)), set(sentence.spans)
        rows.append((len(found & true), len(found), len(true)))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def f1_from_counts(true_positives, predicted, gold) -> float:
    """F1 in percent; 0 where there is neither a prediction nor an entity.

    Examples
    --------
    >>> f1_from_counts(1, 2, 2)
    50.0
    """
    total = int(predicted) + int(gold)
    return 200.0 * int(true_positives) / total if total else 0.0


def micro_f1(gold, predicted) -> float:
    """Strict micro F1 in percent of predicted tags, as seqeval's strict IOB2 mode counts."""
    return f1_from_counts(*span_counts(gold, predicted).sum(axis=0))
