"""Comparison of records field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from graphmining.duplicates.candidates.tfidf import tfidf_matrix
from graphmining.duplicates.columns import guess_columns
from graphmining.duplicates.scoring.cosine import row_cosines
from graphmining.jit import kernel
from graphmining.threads import even_pieces, team, thread_count

# A comparison that can hardly ever be made tells nothing.
_LEAST_SHARE = 0.05
_UNUSED = ("empty", "constant", "identifier")
_QUANTITY = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?")
_CURRENCY = re.compile(r"\s*[$€£¥]\s*")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
# Parts of a value that tell apart what otherwise reads alike: pages, dates, model numbers.
_PARTS = {"numbers": re.compile(r"\d+"), "codes": re.compile(r"\w*\d\w*")}
_NO_WORD = re.compile(r"[\W_]+")
WHOLE = "whole record"


@dataclass(frozen=True, eq=False)
class Comparisons:
    """How alike pairs of records are in several respects.

    Attributes
    ----------
    names : tuple of str
        A column's name, maybe with what is compared of it, as in `pages: numbers`; `whole record`.
    values : ndarray of float64, shape (pairs, names)
        From 0 (nothing in common) to 1 (equal); NaN where one of the two has no value.
    """

    names: tuple[str, ...]
    values: np.ndarray


def compare_fields(items, pairs, *, names=None, threads=None):
    """Compare records field by field.

    Parameters
    ----------
    items : Items
    pairs : Pairs
    names : sequence of str, optional
        The comparisons to make; one that these items do not have is NaN. Default: all that can be made in one of
        twenty pairs or more.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    Comparisons
        Quantities by 1 less their relative difference. Of every other column, without regard to case and
        punctuation: the cosine of TF-IDF weights of character 3-grams; `numbers` and `codes` (words that hold a
        digit): the weight of those that both have by the weight of the one that has less, rare ones weighing
        more. Last the cosine of the whole records, and the share of common words, likewise weighed. Columns that
        are empty, the same everywhere, or identifiers are left out.

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> from graphmining.duplicates.pairs import Pairs
    >>> items = Items(range(2), {"name": ["Ada Lovelace", "ada  lovelace!"], "age": ["36", "27"]})
    >>> compared = compare_fields(items, Pairs.make([0], [1]))
    >>> dict(zip(compared.names, compared.values[0].round(2).tolist()))
    {'name': 1.0, 'age': 0.75, 'whole record': 0.67, 'whole record: words': 0.56}
    """
    comparers = _comparers(items)
    if names is None:
        columns = {name: compare(pairs, threads) for name, compare in comparers.items()}
        if len(pairs):
            known = {name: 1 - np.isnan(values).mean() for name, values in columns.items()}
            columns = {name: values for name, values in columns.items() if known[name] >= _LEAST_SHARE}
    else:
        nothing = np.full(len(pairs), np.nan)
        columns = {name: comparers[name](pairs, threads) if name in comparers else nothing for name in names}
    values = np.stack(list(columns.values()), axis=1) if columns else np.empty((len(pairs), 0))
    return Comparisons(tuple(columns), values)


# What the records of items are compared by, for as long as the items live.
_known = WeakKeyDictionary()


def _comparers(items):
    """By the names of comparisons, functions of pairs and threads that make them."""
    if items not in _known:
        _known[items] = dict(_prepare(items.fields, len(items)))
    return _known[items]


def _prepare(fields, n):
    kinds = guess_columns(fields)
    texts = {name: [plain(value) for value in fields[name]] for name in kinds if kinds[name] not in _UNUSED}
    whole = [" ".join(filter(None, row)) for row in zip(*texts.values())] if texts else [""] * n
    for name, values in texts.items():
        if kinds[name] == "number":
            yield name, partial(_closeness, _quantities(fields[name]))
            continue
        yield name, partial(_cosines, tfidf_matrix(values))
        for kind, pattern in _PARTS.items() if kinds[name] in ("string", "text") else ():
            yield f"{name}: {kind}", partial(_smaller_share, WordSets.of(map(pattern.findall, values)))
    yield WHOLE, partial(_cosines, tfidf_matrix(whole))
    yield f"{WHOLE}: words", partial(_smaller_share, WordSets.of(map(str.split, whole)))


def plain(value):
    """A value in lower case, with one space for whatever is no letter or digit; empty if it is missing."""
    return "" if value is None else _NO_WORD.sub(" ", value.casefold()).strip()


@dataclass(frozen=True, eq=False)
class WordSets:
    """The words of each text, and what a word weighs: the logarithm of 1 + texts by texts that have it.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n + 1,)
        Where the words of each text start.
    indices : ndarray of int64
        Numbers of words, ascending within a text, each once.
    weights : ndarray of float64, shape (words,)
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, rows):
        """From the words of each text."""
        numbers = {}
        sets = [sorted({numbers.setdefault(word, len(numbers)) for word in row}) for row in rows]
        indptr = np.concatenate([[0], np.cumsum([len(words) for words in sets], dtype=np.int64)])
        indices = np.array([number for words in sets for number in words], np.int64)
        frequency = np.bincount(indices, minlength=len(numbers))
        return cls(indptr, indices, np.log(1 + len(sets) / frequency))


def _cosines(matrix, pairs, threads):
    """NaN where one of the two has no text."""
    filled = np.diff(matrix.indptr) > 0
    both = filled[pairs.left] & filled[pairs.right]
    return np.where(both, row_cosines(matrix, pairs, threads=threads), np.nan)


def _smaller_share(words, pairs, threads):
    """Weight of common words by that of the text with less; NaN where one has none."""
    threads = thread_count(threads)
    shares = np.empty(len(pairs))
    pieces = even_pieces(np.arange(len(pairs) + 1), threads)
    with team(threads) as run:
        run(_share, pieces, pairs.left, pairs.right, words.indptr, words.indices, words.weights, shares)
    return shares


def _quantities(values):
    """The first number in each value, or NaN."""
    found = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        number = value and _QUANTITY.search(_THOUSANDS.sub("", _CURRENCY.sub("", value)).replace(",", "."))
        if number:
            found[place] = float(number[0])
    found[np.isinf(found)] = np.nan
    return found


def _closeness(quantities, pairs, threads):
    """1 less the relative difference; 0 for numbers with different signs."""
    one, other = quantities[pairs.left], quantities[pairs.right]
    largest = np.maximum(np.abs(one), np.abs(other))
    return np.maximum(1 - np.abs(one - other) / np.where(largest == 0, 1, largest), 0)


@kernel
def _share(first, last, left, right, indptr, indices, weights, shares):
    for e in range(first, last):
        p, p_end = indptr[left[e]], indptr[left[e] + 1]
        q, q_end = indptr[right[e]], indptr[right[e] + 1]
        one = other = both = 0.0
        for at in range(p, p_end):
            one += weights[indices[at]]
        for at in range(q, q_end):
            other += weights[indices[at]]
        while p < p_end and q < q_end:
            a, b = indices[p], indices[q]
            if a == b:
                both += weights[a]
            p += a <= b
            q += b <= a
        least = min(one, other)
        shares[e] = min(both / least, 1.0) if least > 0 else np.nan
