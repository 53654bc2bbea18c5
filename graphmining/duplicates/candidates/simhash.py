"""SimHash: 64 bits a text, alike where shingles are; and pairs of texts that differ in few of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from operator import index

import numpy as np

from graphmining.duplicates.candidates.buckets import CLIQUE, LEADERS, text_pairs
from graphmining.duplicates.candidates.shingles import check_shingles, positive, shingles_of
from graphmining.errors import OptionError
from graphmining.jit import kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix
from graphmining.threads import even_pieces, team, thread_count

BITS = 64


@dataclass(frozen=True)
class SimHashLSH:
    """Candidate step: texts whose SimHash differs in few bits.

    Parameters
    ----------
    unit : {"words", "characters"}
    width : int, optional
        The shingles, as in `shingle_sets`.
    distance : int
        The most bits of 64 that may differ.
    blocks : int, optional
        Blocks that the bits are cut into, more than `distance`. More blocks make more comparisons with fewer
        pairs in vain. Default: `distance` + 2, at most 64.
    clique, leaders : int
        How larger buckets are kept from giving too many pairs; see `bucket_pairs`.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    Texts that differ in d bits agree in all but d of b blocks, at worst: items are compared if they agree in
    any b - d blocks [2]_, so every pair within the distance is found unless its bucket is too large. Equal
    texts and texts without shingles are treated as in `MinHashLSH`.

    A bit differs with probability θ/π, the angle between the sets as vectors [1]_: 0.15 for two sets of one
    size with Jaccard similarity 0.8, ten bits of 64. SimHash is for copies with hardly a change; `MinHashLSH`
    finds the others.

    References
    ----------
    .. [1] Charikar 2002, Similarity estimation techniques from rounding algorithms, doi:10.1145/509907.509965
    .. [2] Manku, Jain, Das Sarma 2007, Detecting near-duplicates for web crawling, doi:10.1145/1242572.1242592

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> items = Items(range(3), {"text": ["one two three four", "One, two, three: four!", "five six"]})
    >>> pairs = SimHashLSH().pairs(items)
    >>> pairs.left.tolist(), pairs.right.tolist()
    ([0], [1])
    """

    unit: str = "words"
    width: int | None = None
    distance: int = 3
    blocks: int | None = None
    clique: int = CLIQUE
    leaders: int = LEADERS

    def __post_init__(self):
        check_shingles(self.unit, self.width)
        positive("clique", self.clique)
        positive("leaders", self.leaders)
        distance, blocks = self.shape()
        if comb(blocks, distance) > 100:
            raise OptionError(
                f"distance {distance} with {blocks} blocks takes {comb(blocks, distance):,} comparisons; "
                "at most 100 are made"
            )

    def shape(self):
        """(distance, blocks)"""
        try:
            distance = index(self.distance)
        except TypeError:
            distance = -1
        if not 0 <= distance < BITS:
            raise OptionError(f"distance must be an integer from 0 to 63, not {self.distance!r}")
        blocks = min(distance + 2, BITS) if self.blocks is None else positive("blocks", self.blocks)
        if not distance < blocks <= BITS:
            raise OptionError(f"blocks must be from distance + 1, which is {distance + 1}, to 64, not {blocks}")
        return distance, blocks

    def pairs(self, items, *, seed=0, threads=None):
        """Candidate pairs of items by their texts."""
        seed = seed_value(seed)
        distance, blocks = self.shape()
        sets = shingles_of(items, unit=self.unit, width=self.width, threads=threads)
        prints = simhash(sets, seed=seed, threads=threads)
        pairs = text_pairs(
            sets,
            [prints & mask for mask in _masks(distance, blocks)],
            lists=items.lists,
            clique=self.clique,
            leaders=self.leaders,
            seed=seed,
            threads=threads,
            what="buckets of SimHash blocks",
        )
        return pairs.keep(np.bitwise_count(prints[pairs.left] ^ prints[pairs.right]) <= distance)


def _masks(distance, blocks):
    """The bits of each choice of all blocks but `distance`."""
    bounds = [BITS * block // blocks for block in range(blocks + 1)]
    ones = [2**stop - 2**start for start, stop in pairwise(bounds)]
    return [np.uint64(sum(chosen)) for chosen in combinations(ones, blocks - distance)]


def simhash(sets, *, seed=0, threads=None):
    """64 bits a shingle set: each is what most of the shingles' hashes have at that place.

    Parameters
    ----------
    sets : ShingleSets
        Of n texts.
    seed : int, None or random generator
        Chooses the hash function.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Depends on the text, the seed and the options of the shingles only. 0 for a text without shingles, and
        a bit is 0 where as many hashes have a 1 as a 0.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Examples
    --------
    >>> from graphmining.duplicates.candidates.shingles import shingle_sets
    >>> prints = simhash(shingle_sets(["a b c d e f g h", "A b c d e f g h!", "i j k l m n o p"]))
    >>> np.bitwise_count(prints ^ prints[0]).tolist()[:2]
    [0, 0]
    """
    threads = thread_count(threads)
    prints = np.empty(len(sets), np.uint64)
    with team(threads) as run:
        run(
            _majorities,
            even_pieces(sets.indptr, threads),
            sets.indptr,
            sets.hashes,
            np.uint64(seed_value(seed)),
            prints,
        )
    return prints


@kernel
def _majorities(first, last, indptr, hashes, seed, prints):
    places = np.arange(64).astype(np.uint64)
    ones = np.empty(64, np.uint64)
    state = mix(seed + STEP)
    for row in range(first, last):
        ones[:] = 0
        for p in range(indptr[row], indptr[row + 1]):
            bits = mix(state ^ np.uint64(hashes[p]))
            for place in range(64):
                ones[place] += (bits >> places[place]) & np.uint64(1)
        size = np.uint64(indptr[row + 1] - indptr[row])
        value = np.uint64(0)
        for place in range(64):
            if np.uint64(2) * ones[place] > size:
                value |= np.uint64(1) << places[place]
        prints[row] = value
