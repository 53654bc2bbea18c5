"""Pairs of items that have a key in common."""

from __future__ import annotations

import numpy as np

from graphmining.duplicates.candidates.shingles import exact_groups, positive
from graphmining.duplicates.pairs import Pairs
from graphmining.errors import OptionError
from graphmining.jit import kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix
from graphmining.threads import team, thread_count

# With ten leaders, a star of 32 has half as many pairs as all of them.
CLIQUE, LEADERS = 32, 10

# Pairs that wait to be merged with those of earlier bands; a pair has eight bytes.
_PENDING = 2**23


def bucket_pairs(
    keys, *, lists=None, present=None, clique=CLIQUE, leaders=LEADERS, seed=0, threads=None, what="buckets"
):
    """Pair the items that have the same key in at least one band.

    Parameters
    ----------
    keys : ndarray of uint64, shape (bands, n), or list of such arrays, each of shape (n,)
        One key an item and band. Keys of different bands are not compared.
    lists : ndarray of int8, shape (n,), optional
        The list, 0 or 1, that each item is from: only pairs between the lists are made.
    present : ndarray of bool, shape (n,) or (bands, n), or list of arrays, optional
        Where False, the item has no key. Default: all have.
    clique : int
        All items of a bucket are paired if it has at most so many.
    leaders : int
        A larger bucket is a star: so many members at random, each paired with all others.
    seed : int, None or random generator
        Chooses the leaders.
    threads : int, optional
        Default: all cores. The answer does not depend on it.
    what : str
        What the note calls the buckets.

    Returns
    -------
    Pairs
        With a note if there were stars.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or arrays differ in length.

    Notes
    -----
    Any two members of a star have a leader in common: two-hop spanners in the sense of [1]_, so that clusters
    stay together while the number of pairs is linear in the number of items. With two lists, both have leaders,
    and each is paired with all members of the other list.

    References
    ----------
    .. [1] Carey, Halcrow, Jayaram, Mirrokni, Schudy, Zhong 2022, Stars: Tera-Scale Graph Building for
       Clustering and Graph Learning, arXiv:2212.02635

    Examples
    --------
    >>> pairs = bucket_pairs([np.array([7, 7, 8, 7], np.uint64), np.array([1, 2, 2, 3], np.uint64)])
    >>> list(zip(pairs.left.tolist(), pairs.right.tolist()))
    [(0, 1), (0, 3), (1, 2), (1, 3)]
    """
    clique, leaders = positive("clique", clique), positive("leaders", leaders)
    threads = thread_count(threads)
    seed = np.uint64(seed_value(seed))
    bands = len(keys)
    n = len(keys[0]) if bands else 0 if lists is None else len(lists)
    if any(len(band) != n for band in keys) or (lists is not None and len(lists) != n):
        raise OptionError(f"every band of keys, and lists, must have one entry for each of the {n:,} items")
    if present is not None:
        try:
            present = np.broadcast_to(np.asarray(present, bool), (bands, n))
        except ValueError:
            raise OptionError(f"present must have shape ({n},) or ({bands}, {n})") from None
    lists = np.zeros(0, np.int8) if lists is None else np.asarray(lists, np.int8)
    found = {}
    with team(threads) as run:
        starts = [bands * piece // threads for piece in range(threads + 1)]
        run(_pair_bands, starts, keys, present, lists, clique, leaders, seed, found)
    codes = _distinct([codes for codes, *_ in found.values()])
    buckets, members = (sum(counts) for counts in list(zip(*found.values()))[1:]) if found else (0, 0)
    notes = ()
    if buckets:
        notes = (stars_note(what, clique, leaders, buckets, members),)
    return Pairs((codes >> np.uint64(32)).astype(np.int64), (codes & np.uint64(2**32 - 1)).astype(np.int64), notes)


def text_pairs(sets, keys, *, lists, clique, leaders, seed, threads, what):
    """`bucket_pairs` of texts by keys made from their shingles.

    Texts without shingles are in no pair. Of more equal texts than `clique`, which would be in the same buckets in
    every band, each is paired with the first (of the other list), and only that goes into the buckets.
    """
    first = exact_groups(sets)
    here = there = first
    if lists is not None:
        heads = np.full((2, len(first)), -1)
        for side in (0, 1):
            members = np.flatnonzero(lists == side)[::-1]  # the first is written last
            heads[side, first[members]] = members
        here, there = heads[lists, first], heads[1 - lists, first]
    many = np.bincount(first, minlength=len(first)) > clique
    repeated = np.flatnonzero(many[first] & (here != np.arange(len(first))) & (there >= 0))
    present = sets.sizes > 0
    present[repeated] = False
    found = bucket_pairs(
        keys, lists=lists, present=present, clique=clique, leaders=leaders, seed=seed, threads=threads, what=what
    )
    if not len(repeated):
        return found
    note = copies_note(len(repeated), clique)
    return found.merged(Pairs(there[repeated], repeated, (note,)))


def stars_note(what, clique, leaders, buckets, members):
    """What the user is told about stars."""
    return (
        f"{what} with more than {clique:,} items were linked through {leaders:,} leaders each instead of all "
        f"pairs: {buckets:,}, with {members:,} items"
    )


def copies_note(count, clique):
    """What the user is told about equal texts that are no candidates."""
    return (
        f"{count:,} texts that equal an earlier one, in groups of more than {clique:,}, "
        "were linked to the first of each only"
    )


def _pair_bands(first, last, keys, present, lists, clique, leaders, seed, found):
    """The pairs of some bands, as sorted codes; the number of stars and of their members."""
    merged, pending = [], 0
    buckets = members = 0
    for band in range(first, last):
        band_keys = np.asarray(keys[band], np.uint64)
        if present is None:
            order = np.argsort(band_keys)
        else:
            order = np.flatnonzero(present[band])
            order = order[np.argsort(band_keys[order])]
        codes, more_buckets, more_members = _pair_buckets(order, band_keys, lists, clique, leaders, seed, band)
        buckets += more_buckets
        members += more_members
        merged.append(codes)
        pending += len(codes)
        if pending > max(_PENDING, len(merged[0])):
            merged, pending = [_distinct(merged)], 0
    if first < last:
        found[first] = _distinct(merged), buckets, members


def _distinct(parts):
    """All codes of several arrays, ascending, each once. The list is emptied."""
    codes = np.concatenate([np.empty(0, np.uint64), *parts])
    parts.clear()
    codes.sort()
    new = np.ones(len(codes), bool)
    np.not_equal(codes[1:], codes[:-1], out=new[1:])
    return codes if new.all() else codes[new]


@kernel
def _pair_buckets(order, keys, lists, clique, leaders, seed, band):
    """Codes `left << 32 | right`, some twice; the number of stars and of their members."""
    listed = len(lists) > 0
    state = mix(seed + STEP * np.uint64(band + 1))
    room = 0
    for fill in range(2):
        # First to count, then to fill.
        codes = np.empty(room if fill else 0, np.uint64)
        room = buckets = members = 0
        start = 0
        while start < len(order):
            stop = start + 1
            ones = np.int64(lists[order[start]]) if listed else 0
            while stop < len(order) and keys[order[stop]] == keys[order[start]]:
                if listed:
                    ones += lists[order[stop]]
                stop += 1
            size = stop - start
            zeros = size - ones
            if size == 1 or (listed and min(zeros, ones) == 0):
                pass
            elif size <= clique:
                if fill:
                    _pair_all(order[start:stop], lists, codes, room)
                room += zeros * ones if listed else size * (size - 1) // 2
            else:
                if not listed or min(zeros, ones) > leaders:  # else the leaders are a whole list: nothing is lost
                    buckets += 1
                    members += size
                if fill:
                    star = mix(state ^ keys[order[start]])
                    _pair_star(order[start:stop], lists, leaders, star, codes, room)
                if listed:
                    room += min(zeros, leaders) * ones + min(ones, leaders) * zeros
                else:
                    room += min(leaders, size) * (size - 1)
            start = stop
    return codes, buckets, members


@kernel
def _pair_all(items, lists, codes, at):
    for j in range(1, len(items)):
        for i in range(j):
            if len(lists) == 0 or lists[items[i]] != lists[items[j]]:
                low, high = min(items[i], items[j]), max(items[i], items[j])
                codes[at] = np.uint64(low) << np.uint64(32) | np.uint64(high)
                at += 1


@kernel
def _pair_star(items, lists, leaders, state, codes, at):
    for side in range(2 if len(lists) else 1):
        chosen, count = _lowest(items, lists, side, leaders, state)
        for leader in chosen[:count]:
            for item in items:
                if item != leader and (len(lists) == 0 or lists[item] != side):
                    low, high = min(item, leader), max(item, leader)
                    codes[at] = np.uint64(low) << np.uint64(32) | np.uint64(high)
                    at += 1


@kernel
def _lowest(items, lists, side, leaders, state):
    """The items of a list to which chance gives the lowest numbers: the same in any order."""
    chosen = np.empty(leaders, np.int64)
    numbers = np.empty(leaders, np.uint64)
    count = 0
    for item in items:
        if len(lists) and lists[item] != side:
            continue
        number = mix(state + STEP * np.uint64(item))
        if count < leaders:
            count += 1
        elif number >= numbers[count - 1]:
            continue
        at = count - 1
        while at > 0 and numbers[at - 1] > number:
            numbers[at] = numbers[at - 1]
            chosen[at] = chosen[at - 1]
            at -= 1
        numbers[at] = number
        chosen[at] = item
    return chosen, count
