"""Subsets of a train split: few sentences, chosen with care and the same for everyone."""

from __future__ import annotations

import random
from collections import Counter

from crossner.errors import ConfigError


def k_shot(sentences, shots, *, seed) -> list[int]:
    """Choose `shots` sentences so that rare entity types appear as early as possible.

    Until every type has occurred, the next sentence is one that holds the rarest type still
    missing, and among those the one with the most missing types (ties in random order); after
    that sentences follow in random order. The choice is nested: that of K is the beginning of
    that of K + 1 with the same seed.

    Parameters
    ----------
    sentences : sequence of Sentence
    shots : int
        Number of sentences, 1 to len(sentences).
    seed : int

    Returns
    -------
    list of int
        Sentence numbers from 0, in the order of their choice.

    Raises
    ------
    ConfigError
        If `shots` is out of range.

    Examples
    --------
    >>> from crossner.data.dataset import load
    >>> train = load("sample").domain("ai").train.sentences
    >>> k_shot(train, 5, seed=1) == k_shot(train, 8, seed=1)[:5]
    True
    """
    if not 1 <= shots <= len(sentences):
        raise ConfigError(f"--shots {shots} is out of range; the train split has {len(sentences)} sentences")
    types = [{span.type for span in sentence.spans} for sentence in sentences]
    frequency = Counter(type_ for found in types for type_ in found)
    remaining = list(range(len(sentences)))
    random.Random(seed).shuffle(remaining)
    missing = set(frequency)
    chosen = []
    while missing and len(chosen) < shots:
        rarest = min(missing, key=lambda type_: (frequency[type_], type_))
        candidates = [index for index in remaining if rarest in types[index]]
        best = max(candidates, key=lambda index: len(types[index] & missing))
        remaining.remove(best)
        chosen.append(best)
        missing -= types[best]
    return chosen + remaining[: shots - len(chosen)]
