"""Kernels: how much of a node's weight goes to each label around it."""

from __future__ import annotations

import numpy as np

from graphmining.jit import inlined, kernel

NONE = -1


@kernel
def make_scratch(longest):
    """Room for `tally` over rows of up to `longest` entries: found, slots, met, sums."""
    size = 4
    while size < 2 * longest:
        size *= 2
    return (
        np.empty(longest, np.int32),
        np.full(size, NONE, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest),
    )


@inlined
def gather(v, indptr, indices, labels, scratch):
    """Labels of a node's neighbours into `found`; NONE for the node itself."""
    found = scratch[0]
    start = indptr[v]
    # No branches and no table yet: the processor then waits for many far places of memory at once.
    for k in range(indptr[v + 1] - start):
        found[k] = labels[indices[start + k]]
    for k in range(indptr[v + 1] - start):
        if indices[start + k] == v:
            found[k] = NONE


@inlined
def tally(v, indptr, weights, scratch):
    """Add up a node's weights by the labels in `found`.

    Returns the number of labels; they are in `met` as they were met, their sums in `sums`.
    """
    found, slots, met, sums = scratch
    start = indptr[v]
    degree = indptr[v + 1] - start
    # A small hash table from labels to places in `met` stays in the cache; an array over all labels would not.
    mask = 4
    while mask < 2 * degree:
        mask *= 2
    mask -= 1
    used = 0
    for k in range(degree):
        label = found[k]
        if label == NONE:
            continue
        slot = (label * np.int64(0x9E3779B1) >> 7) & mask
        while slots[slot] != NONE and met[slots[slot]] != label:
            slot = (slot + 1) & mask
        if slots[slot] == NONE:
            slots[slot] = used
            met[used] = label
            sums[used] = weights[start + k]
            used += 1
        else:
            sums[slots[slot]] += weights[start + k]
    slots[: mask + 1] = NONE
    return used
