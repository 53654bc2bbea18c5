"""MinHash: signatures that agree as often as sets are alike, and pairs of texts that agree in a band of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.candidates.buckets import CLIQUE, LEADERS, text_pairs
from graphmining.duplicates.candidates.shingles import check_shingles, positive, shingles_of
from graphmining.errors import OptionError
from graphmining.jit import kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix
from graphmining.threads import even_pieces, team, thread_count

NO_SHINGLE = np.uint32(2**32 - 1)
_FACTOR = np.uint64(0x5851F42D4C957F2D)


@dataclass(frozen=True)
class MinHashLSH:
    """Candidate step: texts whose MinHash signatures agree in all rows of at least one band.

    Parameters
    ----------
    unit : {"words", "characters"}
    width : int, optional
        The shingles, as in `shingle_sets`.
    similarity : float
        A pair with this Jaccard similarity of shingle sets …
    recall : float
        … is found at least with this probability, a more similar one with a higher.
    permutations : int
        The longest signature to be used for that.
    bands, rows : int, optional
        Instead of `similarity`, `recall` and `permutations`.
    clique, leaders : int
        How larger buckets are kept from giving too many pairs; see `bucket_pairs`.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    Signatures agree in a row with probability s, the Jaccard similarity [1]_; a pair is found with probability
    1 - (1 - s^r)^b for b bands of r rows [2]_. Of the shapes that have the recall, the one with the most rows
    is used: it has the fewest pairs that are less alike.

    More than `clique` texts that are equal are not compared with one another: each is paired with the first of
    them (in the other list), and only the first with what else is alike. Texts without shingles are in no pair.

    References
    ----------
    .. [1] Broder 1997, On the resemblance and containment of documents, doi:10.1109/SEQUEN.1997.666900
    .. [2] Leskovec, Rajaraman, Ullman 2020, Mining of Massive Datasets, section 3.4, doi:10.1017/9781108684163

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> items = Items(range(3), {"text": ["one two three four", "One, two, three: four!", "five six"]})
    >>> pairs = MinHashLSH().pairs(items)
    >>> pairs.left.tolist(), pairs.right.tolist()
    ([0], [1])
    """

    unit: str = "words"
    width: int | None = None
    similarity: float = 0.5
    recall: float = 0.95
    permutations: int = 128
    bands: int | None = None
    rows: int | None = None
    clique: int = CLIQUE
    leaders: int = LEADERS

    def __post_init__(self):
        check_shingles(self.unit, self.width)
        positive("clique", self.clique)
        positive("leaders", self.leaders)
        if (self.bands is None) != (self.rows is None):
            raise OptionError("bands and rows must be given together, or neither")
        self.shape()

    def shape(self):
        """(bands, rows)"""
        if self.bands is not None:
            return positive("bands", self.bands), positive("rows", self.rows)
        return lsh_shape(self.similarity, recall=self.recall, permutations=self.permutations)

    def pairs(self, items, *, seed=0, threads=None):
        """Candidate pairs of items by their texts."""
        seed = seed_value(seed)
        bands, rows = self.shape()
        sets = shingles_of(items, unit=self.unit, width=self.width, threads=threads)
        keys = band_keys(sets, bands=bands, rows=rows, seed=seed, threads=threads)
        return text_pairs(
            sets,
            keys,
            lists=items.lists,
            clique=self.clique,
            leaders=self.leaders,
            seed=seed,
            threads=threads,
            what="buckets of signatures",
        )


def lsh_shape(similarity, *, recall=0.95, permutations=128):
    """Choose bands and rows.

    Parameters
    ----------
    similarity : float
        Between 0 and 1, of the pairs to be found.
    recall : float
        The least probability with which they are.
    permutations : int
        bands · rows at most.

    Returns
    -------
    bands, rows : int
        As many rows as can be, and as few bands.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or so many permutations cannot have that recall.

    Examples
    --------
    >>> lsh_shape(0.8)
    (13, 7)
    """
    permutations = positive("permutations", permutations)
    for name, value in (("similarity", similarity), ("recall", recall)):
        if not isinstance(value, (int, float, np.number)) or not 0 < value <= 1:
            raise OptionError(f"{name} must be above 0 and at most 1, not {value!r}")
    if similarity == 1:
        return 1, permutations
    if recall == 1:
        raise OptionError("recall must be below 1 if similarity is")
    best = None
    for rows in range(1, permutations + 1):
        bands = math.ceil(math.log1p(-recall) / math.log1p(-(float(similarity) ** rows)))
        if bands * rows > permutations:
            break
        best = bands, rows
    if best is None:
        raise OptionError(f"recall {recall:g} at similarity {similarity:g} takes {bands:,} permutations or more")
    return best


def minhash_signatures(sets, *, permutations=128, seed=0, threads=None):
    """Sign shingle sets: the least hash under each of many random permutations.

    Parameters
    ----------
    sets : ShingleSets
        Of n texts.
    permutations : int
    seed : int, None or random generator
        Chooses the permutations: the first are the same, however many.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    ndarray of uint32, shape (n, permutations)
        A row depends on the text, the seed and the options of the shingles only. Two rows are equal in a column
        with the probability that is the Jaccard similarity of the sets. A text without shingles has 2**32 - 1.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Examples
    --------
    >>> from graphmining.duplicates.candidates.shingles import shingle_sets
    >>> first, second = minhash_signatures(shingle_sets(["a b c d", "a b c e"], width=1), permutations=10_000)
    >>> bool(abs((first == second).mean() - 3 / 5) < 0.02)
    True
    """
    permutations = positive("permutations", permutations)
    threads = thread_count(threads)
    signatures = np.empty((len(sets), permutations), np.uint32)
    functions = _functions(np.uint64(seed_value(seed)), permutations)
    with team(threads) as run:
        run(_sign, even_pieces(sets.indptr, threads), sets.indptr, sets.hashes, *functions, signatures)
    return signatures


def band_keys(sets, *, bands, rows, seed=0, threads=None):
    """One key a text and band: equal where the signatures are, in all rows of the band.

    Parameters
    ----------
    sets : ShingleSets
        Of n texts.
    bands, rows : int
        Band i is columns i · rows to (i + 1) · rows of the signature.
    seed : int, None or random generator
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    ndarray of uint64, shape (bands, n)
        A column depends on the text, the seed and the options only: keys of texts in different calls can be
        compared. Texts without shingles have keys like one another; leave them out (`sets.sizes == 0`).

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Examples
    --------
    >>> from graphmining.duplicates.candidates.shingles import shingle_sets
    >>> keys = band_keys(shingle_sets(["a b c", "A, b. C!"]), bands=20, rows=5)
    >>> keys.shape, bool((keys[:, 0] == keys[:, 1]).all())
    ((20, 2), True)
    """
    bands, rows = positive("bands", bands), positive("rows", rows)
    threads = thread_count(threads)
    keys = np.empty((bands, len(sets)), np.uint64)
    functions = _functions(np.uint64(seed_value(seed)), bands * rows)
    with team(threads) as run:
        run(_key, even_pieces(sets.indptr, threads), sets.indptr, sets.hashes, *functions, rows, keys)
    return keys


@kernel
def _functions(seed, count):
    """x → a · x + b modulo 2**32 with odd a: permutations of the hashes, which are random already."""
    factors = np.empty(count, np.uint32)
    terms = np.empty(count, np.uint32)
    state = seed
    for j in range(count):
        state += STEP
        bits = mix(state)
        factors[j] = np.uint32(bits >> np.uint64(32)) | np.uint32(1)
        terms[j] = np.uint32(bits & np.uint64(0xFFFFFFFF))
    return factors, terms


@kernel
def _sign_row(hashes, factors, terms, signature):
    """Four hashes at a time, so that signatures are read and written less often than computed."""
    for j in range(len(signature)):
        signature[j] = NO_SHINGLE
    whole = len(hashes) - len(hashes) % 4
    for p in range(0, whole, 4):
        x0, x1, x2, x3 = hashes[p], hashes[p + 1], hashes[p + 2], hashes[p + 3]
        for j in range(len(signature)):
            a, b = factors[j], terms[j]
            first = min(np.uint32(a * x0 + b), np.uint32(a * x1 + b))
            second = min(np.uint32(a * x2 + b), np.uint32(a * x3 + b))
            signature[j] = min(signature[j], min(first, second))
    for p in range(whole, len(hashes)):
        x0 = hashes[p]
        for j in range(len(signature)):
            signature[j] = min(signature[j], np.uint32(factors[j] * x0 + terms[j]))


@kernel
def _sign(first, last, indptr, hashes, factors, terms, signatures):
    for row in range(first, last):
        _sign_row(hashes[indptr[row] : indptr[row + 1]], factors, terms, signatures[row])


@kernel
def _key(first, last, indptr, hashes, factors, terms, rows, keys):
    signature = np.empty(len(factors), np.uint32)
    for row in range(first, last):
        _sign_row(hashes[indptr[row] : indptr[row + 1]], factors, terms, signature)
        for band in range(len(keys)):
            value = STEP
            for j in range(band * rows, (band + 1) * rows):
                value = value * _FACTOR + np.uint64(signature[j])
            keys[band, row] = mix(value)
