"""Comparison of records field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.candidates.shingles import ShingleSets
from graphmining.duplicates.candidates.tfidf import tfidf_matrix
from graphmining.duplicates.columns import guess_columns
from graphmining.duplicates.scoring.cosine import row_cosines
from graphmining.duplicates.scoring.jaccard import jaccard

# A comparison that hardly ever can be made tells nothing.
_LEAST_SHARE = 0.02
_UNUSED = ("empty", "constant", "identifier")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_CODE = re.compile(r"\w*\d\w*")
_NO_WORD = re.compile(r"[\W_]+")
WHOLE = "whole record"


@dataclass(frozen=True, eq=False)
class Comparisons:
    """How alike pairs of records are in several respects.

    Attributes
    ----------
    names : tuple of str
        A column's name, or `column: codes`, or `whole record`.
    values : ndarray of float64, shape (pairs, names)
        From 0 (nothing in common) to 1 (equal); NaN where one of the two has no value.
    """

    names: tuple[str, ...]
    values: np.ndarray


def compare_fields(items, pairs, *, threads=None):
    """Compare records field by field.

    Parameters
    ----------
    items : Items
    pairs : Pairs
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    Comparisons
        Numbers by their relative difference, years by their distance, everything else by the cosine of the
        TF-IDF weights of character 3-grams; of each column also the words that hold digits (model numbers,
        pages) by their Jaccard similarity; last the whole records by their cosine. Columns that are empty, the
        same everywhere, or identifiers are left out.

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> from graphmining.duplicates.pairs import Pairs
    >>> items = Items(range(2), {"name": ["Ada Lovelace", "ada  lovelace!"], "age": ["36", "27"]})
    >>> compared = compare_fields(items, Pairs.make([0], [1]))
    >>> dict(zip(compared.names, compared.values[0].round(2).tolist()))
    {'name': 1.0, 'age': 0.75, 'whole record': 0.71}
    """
    names, columns = [], []

    def add(name, values, missing):
        # Not `values[absent] = nan`, which would write into arrays that are kept.
        absent = missing[pairs.left] | missing[pairs.right]
        if len(pairs) == 0 or 1 - absent.mean() >= _LEAST_SHARE:
            names.append(name)
            columns.append(np.where(absent, np.nan, values))

    kinds = guess_columns(items.fields)
    texts = {name: [plain(value) for value in items.fields[name]] for name in kinds if kinds[name] not in _UNUSED}
    for name, values in texts.items():
        missing = np.array([not value for value in values], bool)
        if kinds[name] == "number":
            numbers = _numbers(_NUMBER, items.fields[name])
            add(name, _ratios(numbers[pairs.left], numbers[pairs.right]), np.isnan(numbers))
            continue
        if kinds[name] == "year":
            years = _numbers(_YEAR, items.fields[name])
            distance = np.abs(years[pairs.left] - years[pairs.right])
            add(name, 1 / (1 + distance), np.isnan(years))
            continue
        add(name, row_cosines(tfidf_matrix(values), pairs, threads=threads), missing)
        codes = _code_sets(values)
        if kinds[name] != "code":
            add(f"{name}: codes", jaccard(codes, pairs.left, pairs.right, threads=threads), codes.sizes == 0)
    whole = [" ".join(filter(None, row)) for row in zip(*texts.values())] if texts else [""] * len(items)
    missing = np.array([not text for text in whole], bool)
    add(WHOLE, row_cosines(tfidf_matrix(whole), pairs, threads=threads), missing)
    return Comparisons(tuple(names), np.stack(columns, axis=1) if columns else np.empty((len(pairs), 0)))


def plain(value):
    """A value in lower case, with one space for whatever is no letter or digit; empty if it is missing."""
    return "" if value is None else _NO_WORD.sub(" ", value.casefold()).strip()


def _numbers(pattern, values):
    """The first number in each value, or NaN."""
    found = (pattern.search(value.replace(",", "")) if value else None for value in values)
    return np.array([float(match[0]) if match else np.nan for match in found], np.float64)


def _ratios(one, other):
    largest = np.maximum(one, other)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(largest > 0, np.minimum(one, other) / largest, 1.0)


def _code_sets(texts):
    """The words with digits of each text, as sets of numbers."""
    numbers = {}
    rows = [sorted({numbers.setdefault(word, len(numbers)) for word in _CODE.findall(text)}) for text in texts]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    return ShingleSets(indptr, np.array([number for row in rows for number in row], np.uint32))
