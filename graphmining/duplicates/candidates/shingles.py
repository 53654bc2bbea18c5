"""Texts as sets of hashed shingles: runs of words, or of characters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from operator import index
from weakref import WeakKeyDictionary

import numpy as np

from graphmining.errors import OptionError, unknown
from graphmining.jit import kernel
from graphmining.splitmix import STEP, mix
from graphmining.threads import even_pieces, team, thread_count

# Three words in a row hardly occur in unrelated documents, so there are few candidates; one changed word of a
# hundred changes three of 98 shingles. Five characters are for titles and names, where a word is much of the text.
WIDTHS = {"words": 3, "characters": 5}

# A batch of texts that is encoded and hashed at once, in characters: it fits into the cache.
_BATCH = 2**20
_PRIME = np.uint64(0x100000001B3)  # of the hash of a word (FNV-1a)
_START = np.uint64(0xCBF29CE484222325)
_FACTOR = np.uint64(0x5851F42D4C957F2D)  # of the polynomial over the words or characters of a shingle
# Flags beside a code point, which has 21 bits.
_SEPARATES, _WHITE = np.uint32(2**31), np.uint32(2**30)


@dataclass(frozen=True, eq=False)
class ShingleSets:
    """One set of 32-bit hashes a text.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n + 1,)
        Where each row starts.
    hashes : ndarray of uint32, shape (indptr[n],)
        Ascending within a row, each once.
    """

    indptr: np.ndarray
    hashes: np.ndarray

    def __len__(self):
        return len(self.indptr) - 1

    @property
    def sizes(self):
        """ndarray of int64, shape (n,): the number of shingles of each text."""
        return np.diff(self.indptr)


def shingle_sets(texts, *, unit="words", width=None, threads=None):
    """Hash the shingles of each text.

    Parameters
    ----------
    texts : sequence of str, length n
    unit : {"words", "characters"}
        What a shingle is a run of.
    width : int, optional
        Its length. Default: three words, or five characters. Width 1 gives the set of words.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    ShingleSets
        A text's row depends on nothing but the text, the unit and the width.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or something in `texts` is no str.

    Notes
    -----
    Case is folded, character by character. Words are what stands between white space, punctuation and, in
    ASCII, anything else that is neither letter nor digit. Characters are code points, with white space
    collapsed to one space and stripped at both ends. A text shorter than `width` has one shingle, the whole;
    one without words (characters) has none. A lone surrogate counts as a letter.

    Two different shingles have the same hash with probability 2**-32.

    References
    ----------
    .. [1] Broder 1997, On the resemblance and containment of documents, doi:10.1109/SEQUEN.1997.666900

    Examples
    --------
    >>> sets = shingle_sets(["The same words", "the SAME  words!", "", "the same"], width=2)
    >>> sets.sizes.tolist()
    [2, 2, 0, 1]
    >>> exact_groups(sets).tolist()
    [0, 0, 2, 3]
    """
    width = check_shingles(unit, width)
    threads = thread_count(threads)
    if isinstance(texts, str):
        raise OptionError("texts must be a sequence of str, not one str")
    texts = list(texts)
    wrong = next((i for i, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise OptionError(f"text {wrong} is {type(texts[wrong]).__name__}, not str")
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=starts[1:])
    sizes = np.empty(len(texts), np.int64)
    batches = {}
    with team(threads) as run:
        run(_hash_batches, even_pieces(starts, threads), texts, starts, unit == "words", width, sizes, batches)
    indptr = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(sizes, out=indptr[1:])
    hashes = np.empty(int(indptr[-1]), np.uint32)
    for first, last in sorted(batches):
        # Freed one by one: the sets are hardly ever in memory twice.
        hashes[indptr[first] : indptr[last]] = batches.pop((first, last))
    return ShingleSets(indptr, hashes)


def check_shingles(unit, width):
    """The width to use.

    Raises
    ------
    OptionError
        If the unit is unknown or the width is no positive integer.
    """
    if unit not in WIDTHS:
        raise OptionError(unknown("unit", unit, WIDTHS))
    return WIDTHS[unit] if width is None else positive("width", width)


def positive(name, value):
    """An integer from 1 on.

    Raises
    ------
    OptionError
        If it is something else.
    """
    try:
        number = index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise OptionError(f"{name} must be a positive integer, not {value!r}")
    return number


_KEPT = WeakKeyDictionary()


def shingles_of(items, *, unit="words", width=None, threads=None):
    """The shingle sets of items' texts, made once and kept as long as the items are.

    Parameters are those of `shingle_sets`.
    """
    key = unit, check_shingles(unit, width)
    kept = _KEPT.setdefault(items, {})
    if key not in kept:
        kept[key] = shingle_sets(items.texts, unit=unit, width=width, threads=threads)
    return kept[key]


def exact_groups(sets):
    """Find texts whose shingles are the very same.

    Parameters
    ----------
    sets : ShingleSets
        Of n texts.

    Returns
    -------
    ndarray of int64, shape (n,)
        The position of the first equal text; a text without shingles is equal to itself only.
    """
    prints = np.empty(len(sets), np.uint64)
    _fingerprints(sets.indptr, sets.hashes, prints)
    first = np.arange(len(sets))
    _first_equal(np.argsort(prints, kind="stable"), prints, sets.indptr, sets.hashes, first)
    return first


@cache
def _characters():
    """For each code point of the basic multilingual plane: what it folds to, and what it separates."""
    table = np.arange(2**16, dtype=np.uint32)
    for code in range(2**16):
        character = chr(code)
        category = unicodedata.category(character)
        for folded in (character.casefold(), character.lower()):
            if len(folded) == 1:
                table[code] = ord(folded)
                break
        if category[0] in "PZ" or category == "Cc" or (code < 128 and not character.isalnum()):
            table[code] |= _SEPARATES
        if character.isspace():
            table[code] |= _WHITE
    return table


def _hash_batches(first, last, texts, starts, words, width, sizes, batches):
    table = _characters()
    while first < last:
        stop = min(max(int(np.searchsorted(starts, starts[first] + _BATCH, "right")) - 1, first + 1), last)
        joined = "".join(texts[first:stop])
        encoded = np.frombuffer(joined.encode("utf-8", "surrogatepass"), np.uint8)
        offsets = starts[first : stop + 1] - starts[first]
        if len(encoded) > len(joined):
            offsets = _byte_offsets(encoded, offsets)
        # Between two words is a separator.
        room = (len(encoded) + stop - first) // 2 if words else len(encoded)
        hashes = np.empty(room, np.uint32)
        longest = int(np.diff(offsets).max())
        count = _hash_rows(encoded, offsets, words, width, table, longest, hashes, sizes[first:stop])
        batches[first, stop] = hashes[:count].copy()
        first = stop


@kernel
def _byte_offsets(encoded, starts):
    """Where texts start in UTF-8, from where they start in code points."""
    offsets = np.empty_like(starts)
    points = 0
    row = 0
    for p in range(len(encoded)):
        if encoded[p] & 0xC0 == 0x80:  # the rest of a code point
            continue
        while row < len(starts) and starts[row] == points:
            offsets[row] = p
            row += 1
        points += 1
    offsets[row:] = len(encoded)
    return offsets


@kernel
def _hash_rows(encoded, offsets, words, width, table, longest, hashes, sizes):
    """The sets of a batch, one behind the other; their total size."""
    codes = np.empty(longest + 1, np.uint64)
    unsorted = np.empty(longest + 1, np.uint32)
    places = np.empty(longest + 2, np.int64)
    fill = 0
    for row in range(len(sizes)):
        if words:
            count = _split_words(encoded, offsets[row], offsets[row + 1], table, codes)
        else:
            count = _collapse(encoded, offsets[row], offsets[row + 1], table, codes)
        count = _roll(codes, count, width, unsorted)
        sizes[row] = _sorted_set(unsorted, count, places, hashes[fill:])
        fill += sizes[row]
    return fill


@kernel
def _decode(encoded, p):
    """The code point at a place that is not ASCII, and the next place."""
    point = np.uint64(encoded[p])
    rest = 1 if point < 0xE0 else 2 if point < 0xF0 else 3
    point &= np.uint64(0x3F >> rest)
    for k in range(1, rest + 1):
        point = point << np.uint64(6) | np.uint64(encoded[p + k] & 0x3F)
    return point, p + rest + 1


@kernel
def _split_words(encoded, p, end, table, codes):
    """One hash a word."""
    count = 0
    inside = False
    code = _START
    while p < end:
        point = np.uint64(encoded[p])
        if point < 128:
            p += 1
        else:
            point, p = _decode(encoded, p)
        entry = table[point] if point < 2**16 else np.uint32(point)
        separates = entry >= _SEPARATES
        # Without branches: where a word ends cannot be foreseen.
        codes[count] = code
        count += inside & separates
        code = _START if separates else (code ^ np.uint64(entry)) * _PRIME
        inside = not separates
    if inside:
        codes[count] = code
        count += 1
    return count


@kernel
def _collapse(encoded, p, end, table, codes):
    """Code points from 1 on, so that none is lost as a leading zero."""
    count = 0
    gap = False
    while p < end:
        point = np.uint64(encoded[p])
        if point < 128:
            p += 1
        else:
            point, p = _decode(encoded, p)
        entry = table[point] if point < 2**16 else np.uint32(point)
        if entry & _WHITE:
            gap = True
            continue
        if gap and count:
            codes[count] = np.uint64(33)
            count += 1
        gap = False
        # Without the flag that only words need.
        codes[count] = np.uint64(entry & ~_SEPARATES) + np.uint64(1)
        count += 1
    return count


@kernel
def _roll(codes, count, width, hashes):
    """Hash each run of `width` codes: a polynomial, from one run to the next in two multiplications."""
    highest = np.uint64(1)
    value = np.uint64(0)
    for k in range(min(count, width)):
        value = value * _FACTOR + codes[k]
        highest *= _FACTOR
    if count == 0:
        return 0
    hashes[0] = np.uint32(mix(value) >> np.uint64(32))
    for k in range(width, count):
        value = value * _FACTOR + codes[k] - codes[k - width] * highest
        hashes[k - width + 1] = np.uint32(mix(value) >> np.uint64(32))
    return max(count - width, 0) + 1


@kernel
def _sorted_set(values, count, places, out):
    """Sort, each once; how many. Hashes are uniform: each goes almost to its place at once."""
    places[: count + 1] = 0
    for k in range(count):
        places[((np.uint64(values[k]) * np.uint64(count)) >> np.uint64(32)) + np.uint64(1)] += 1
    for k in range(count):
        places[k + 1] += places[k]
    for k in range(count):
        bucket = (np.uint64(values[k]) * np.uint64(count)) >> np.uint64(32)
        value = values[k]
        at = places[bucket]
        places[bucket] += 1
        out[at] = value
    size = 0
    for k in range(count):
        value = out[k]
        at = size
        while at > 0 and out[at - 1] > value:
            at -= 1
        if at > 0 and out[at - 1] == value:
            continue
        for j in range(size, at, -1):
            out[j] = out[j - 1]
        out[at] = value
        size += 1
    return size


@kernel
def _fingerprints(indptr, hashes, prints):
    for row in range(len(prints)):
        value = np.uint64(indptr[row + 1] - indptr[row])
        for p in range(indptr[row], indptr[row + 1]):
            value = value * _FACTOR + np.uint64(hashes[p])
        prints[row] = mix(value + STEP)


@kernel
def _first_equal(order, prints, indptr, hashes, first):
    start = 0
    for k in range(len(order)):
        row = order[k]
        if prints[row] != prints[order[start]]:
            start = k
        size = indptr[row + 1] - indptr[row]
        if size == 0:
            continue
        # Nearly always the first: others are there only if two sets have one fingerprint.
        for j in range(start, k):
            other = order[j]
            if first[other] != other or indptr[other + 1] - indptr[other] != size:
                continue
            p, q = indptr[row], indptr[other]
            while p < indptr[row + 1] and hashes[p] == hashes[q]:
                p += 1
                q += 1
            if p == indptr[row + 1]:
                first[row] = other
                break
