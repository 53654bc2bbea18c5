"""Batches of similar length under a budget of tokens."""

from __future__ import annotations

import random


def token_batches(costs, budget, *, seed=None) -> list[list[int]]:
    """Group items so that each batch, padded to its longest, stays within a budget.

    Parameters
    ----------
    costs : sequence of int
        Length of each item.
    budget : int
        Largest padded size of a batch; an item longer than that is a batch of its own.
    seed : int or str, optional
        Shuffle items of similar length and the order of batches. Without it the longest batch
        comes first, so that running out of memory shows at once.

    Returns
    -------
    list of list of int
        Each index exactly once.

    Examples
    --------
    >>> token_batches([3, 9, 4, 8], 18)
    [[1, 3], [2, 0]]
    """
    rng = random.Random(seed)
    # Jitter of a tenth mixes neighbours anew each epoch while padding stays small.
    jitter = 0.1 if seed is not None else 0.0
    order = sorted(range(len(costs)), key=lambda i: -costs[i] * (1 + jitter * rng.random()))
    batches, longest = [], 0
    for index in order:
        longest = max(longest, costs[index])
        if batches and longest * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
            longest = costs[index]
    if seed is not None:
        rng.shuffle(batches)
    return batches
