"""Gold and predicted mentions paired where they overlap: SemEval-2013's four schemes, and MUC's slots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crossner.errors import ConfigError
from graphmining.errors import unknown

SCHEMES = ("strict", "exact", "partial", "type")


class Outcome(NamedTuple):
    """What became of the mentions of a sentence, or the sum over sentences.

    Attributes
    ----------
    correct, incorrect, partial : int
        Pairs of a predicted and a gold mention.
    missed : int
        Gold mentions in no pair.
    spurious : int
        Predicted mentions in no pair.
    """

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int

    @property
    def possible(self) -> int:
        """Number of gold mentions."""
        return self.correct + self.incorrect + self.partial + self.missed

    @property
    def actual(self) -> int:
        """Number of predicted mentions."""
        return self.correct + self.incorrect + self.partial + self.spurious

    @property
    def credit(self) -> float:
        """What counts as right: a partial pair is half right."""
        return self.correct + 0.5 * self.partial


def match_mentions(gold, predicted, scheme) -> Outcome:
    """Pair the mentions of a sentence as nervaluate does.

    Each predicted mention in turn takes a gold mention that it overlaps and that none before it took. It is
    correct where it has

    - strict: the same boundaries and type;
    - exact, partial: the same boundaries;
    - type: the same type (of several, the one with the closest boundaries).

    Where there is none such it takes the first: a partial pair in the scheme `partial`, an incorrect one in
    the others. As a pair has one mention of either side, `possible` and `actual` are the numbers of gold and
    predicted mentions, the F1 of `strict` is that of exact entities and the F1 of `exact` that of spans
    whatever their type.

    Two habits of nervaluate 1.2.1 are kept. An overlap of less than a hundredth of the gold mention is none, so
    that one word of a mention of more than a hundred doesn't overlap it. And a pair is never undone: a
    predicted mention of the wrong type may take the gold mention that the next one has right. One is not: there
    the outcome depends on the order of the lists, here mentions are taken from left to right.

    Parameters
    ----------
    gold, predicted : sequence of tuple
        Mentions that begin with start, end (exclusive) and type.
    scheme : {"strict", "exact", "partial", "type"}

    Raises
    ------
    ConfigError
        If there is no such scheme.

    References
    ----------
    Segura-Bedmar, Martínez, Herrero-Zazo, SemEval-2013 Task 9 (2013), https://aclanthology.org/S13-2056.
    nervaluate 1.2.1, https://github.com/MantisAI/nervaluate.

    Examples
    --------
    >>> match_mentions([(0, 3, "band")], [(1, 3, "band"), (5, 6, "song")], "partial")
    Outcome(correct=0, incorrect=0, partial=1, missed=0, spurious=1)
    """
    if scheme not in SCHEMES:
        raise ConfigError(unknown("scheme", scheme, SCHEMES))
    gold, predicted = sorted(gold), sorted(predicted)
    taken = [False] * len(gold)
    correct = pairs = first = 0
    for start, end, type_, *_ in predicted:
        while first < len(gold) and gold[first][1] <= start:
            first += 1  # ends before this mention and all after it
        right, wrong, nearest = None, None, None
        for index in range(first, len(gold)):
            left, right_end, gold_type = gold[index][:3]
            if left >= end:
                break
            overlap = min(end, right_end) - max(start, left)
            if taken[index] or 100 * overlap < right_end - left:
                continue
            distance = abs(start - left) + abs(end - right_end)
            if scheme == "type":
                if type_ == gold_type and (nearest is None or distance < nearest):
                    right, nearest = index, distance
            elif distance == 0 and (scheme != "strict" or type_ == gold_type):
                right = index
                break
            if wrong is None:
                wrong = index
        chosen = wrong if right is None else right
        if chosen is not None:
            taken[chosen] = True
            pairs += 1
            correct += right is not None
    rest = pairs - correct
    incorrect, partial = (0, rest) if scheme == "partial" else (rest, 0)
    return Outcome(correct, incorrect, partial, len(gold) - pairs, len(predicted) - pairs)


def overlap_counts(gold, predicted, scheme) -> np.ndarray:
    """`match_mentions` of each sentence.

    Parameters
    ----------
    gold, predicted : sequence of sequence of tuple
        Mentions of the same sentences.
    scheme : {"strict", "exact", "partial", "type"}

    Returns
    -------
    ndarray of int64, shape (sentences, 5)
        Columns: correct, incorrect, partial, missed, spurious.
    """
    rows = [match_mentions(true, found, scheme) for true, found in zip(gold, predicted, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(-1, 5)


def correct_slots(gold, predicted) -> int:
    """Right slots of a sentence's mentions, as the Message Understanding Conferences counted.

    A mention has two slots. Mentions are aligned one to one where they share a word. TEXT is right where the
    aligned mention has the same boundaries, whatever its type; TYPE where it has the same type, whatever its
    boundaries. A slot that is not right is wrong: MUC-7 gave no half credit. Of all alignments the one with the
    most right slots counts.

    Parameters
    ----------
    gold, predicted : sequence of tuple
        Mentions that begin with start, end (exclusive) and type; those of one list don't overlap each other.

    Returns
    -------
    int
        Of `2 * len(gold)` slots of the key and `2 * len(predicted)` of the response.

    References
    ----------
    Chinchor, Sundheim, "MUC-5 Evaluation Metrics" (1993), https://aclanthology.org/M93-1007.
    Grishman, Sundheim, "Message Understanding Conference-6: A Brief History" (1996),
    https://aclanthology.org/C96-1079. "MUC-7 Test Scores" (1998), https://aclanthology.org/M98-1024.

    Examples
    --------
    >>> correct_slots([(0, 3, "band"), (4, 5, "song")], [(1, 3, "band"), (4, 5, "album")])
    2
    """
    types = {mention[:2]: mention[2] for mention in gold}
    slots, rest = 0, []
    for mention in sorted(predicted):
        type_ = types.pop(tuple(mention[:2]), None)
        if type_ is None:
            rest.append(mention)
        else:  # it overlaps no other
            slots += 1 + (type_ == mention[2])
    # What is left can have its type right. From left to right each takes the first that fits: as mentions of a
    # list don't overlap, no other choice leaves more to those after it.
    left = sorted((*place, type_) for place, type_ in types.items())
    for start, end, type_, *_ in rest:
        fitting = next((one for one in left if one[0] < end and one[1] > start and one[2] == type_), None)
        if fitting is not None:
            left.remove(fitting)
            slots += 1
    return slots
