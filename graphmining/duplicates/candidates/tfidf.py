"""Nearest texts by TF-IDF: every item with the k whose n-grams are most like its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Real
from weakref import WeakKeyDictionary

import numpy as np

from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.errors import OptionError, unknown
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.ranking.checks import check_count
from graphmining.splitmix import STEP, mix
from graphmining.threads import even_pieces, team, thread_count

UNITS = {"characters": 3, "words": 1}  # the default width of each
_WORD = re.compile(r"\w+")
# Rows whose sums stay in a processor's cache.
_BLOCK = 2**16


@dataclass(frozen=True)
class TfidfNeighbors:
    """Candidates: every item with the k others whose texts are most similar, exactly.

    Parameters
    ----------
    k : int
        Neighbours of each item; with two lists, in the other list.
    unit, width, columns, sublinear
        Of `tfidf_matrix`; `columns` (a name or several) are those whose values make the text, by default all.
    floor : float
        Pairs below this cosine, from 0 to 1, are no candidates; nor are pairs that share no n-gram.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or when a column is unknown.
    """

    k: int = 10
    unit: str = "characters"
    width: int | None = None
    columns: str | tuple[str, ...] | None = None
    floor: float = 0.0
    sublinear: bool = False

    def __post_init__(self):
        check_count("k", self.k)
        _check_floor(self.floor)
        check_grams(self.unit, self.width)

    def pairs(self, items, *, seed=0, threads=None):
        """The pairs of items (Pairs)."""
        matrix = item_matrix(items, self.unit, self.width, self.columns, self.sublinear)
        options = {"k": self.k, "floor": self.floor, "threads": threads}
        if items.lists is None:
            return neighbor_pairs(nearest_rows(matrix, **options)[0])
        one, two = (np.flatnonzero(items.lists == each) for each in (0, 1))
        forth, _ = nearest_rows(matrix[one], matrix[two], **options)
        back, _ = nearest_rows(matrix[two], matrix[one], **options)
        return neighbor_pairs(forth, one, two).merged(neighbor_pairs(back, two, one))


def neighbor_pairs(neighbors, rows=None, others=None):
    """The pairs that rows of neighbours name.

    Parameters
    ----------
    neighbors : ndarray of int64, shape (n, k)
        Positions, or -1.
    rows, others : ndarray of int64, optional
        The positions of items that rows and neighbours stand for; default: their own.

    Returns
    -------
    Pairs
    """
    row, place = np.nonzero(neighbors >= 0)
    other = neighbors[row, place]
    return Pairs.make(row if rows is None else rows[row], other if others is None else others[other])


def tfidf_matrix(texts, *, unit="characters", width=None, sublinear=False):
    """TF-IDF weights of the n-grams of texts, each text of length 1.

    Parameters
    ----------
    texts : sequence of str, length n
    unit : {"characters", "words"}
        What n-grams are made of. Texts are lower-cased. White space counts as one space, also before and after
        the text; words are runs of letters, digits and underscores.
    width : int, optional
        Units of an n-gram; default 3 characters, or 1 word. A text with fewer units is one n-gram.
    sublinear : bool
        Count an n-gram that occurs c times as 1 + ln(c).

    Returns
    -------
    scipy.sparse.csr_array of float64, shape (n, n-grams)
        Count × (ln((1 + n) / (1 + texts with the n-gram)) + 1) [1]_, divided by the row's Euclidean norm, as
        scikit-learn has it; empty texts have empty rows. Columns are in the order in which n-grams first occur,
        but for the order within a text.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or the texts are one str.

    Notes
    -----
    n-grams are told apart by 64-bit hashes: among ten million, two share one with a probability of 3e-6.

    References
    ----------
    .. [1] Salton, Buckley 1988, Term-weighting approaches in automatic text retrieval,
       doi:10.1016/0306-4573(88)90021-0

    Examples
    --------
    >>> matrix = tfidf_matrix(["red wine", "Red wine", "tea"], unit="words")
    >>> (matrix @ matrix.T).toarray().round(2).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    import pandas as pd
    from scipy.sparse import csr_array

    width = check_grams(unit, width)
    if isinstance(texts, str):
        raise OptionError("texts must be a sequence of str, not one str")
    n = len(texts)
    symbols, bounds = _characters(texts) if unit == "characters" else _words(texts)
    check_memory(len(symbols) * 40, f"TF-IDF of {len(symbols):,} {unit}")
    codes, counts, indptr = _grams(symbols, bounds, width)
    indices, distinct = pd.factorize(codes)
    idf = np.log((1 + n) / (1 + np.bincount(indices, minlength=len(distinct)))) + 1
    data = (1 + np.log(counts) if sublinear else counts) * idf[indices]
    _normalize(indptr, data)
    matrix = csr_array((data, indices, indptr), shape=(n, len(distinct)))
    matrix.sort_indices()
    return matrix


def nearest_rows(matrix, other=None, *, k=10, floor=0.0, threads=None):
    """The k most similar rows for each row of a sparse matrix, exactly.

    Parameters
    ----------
    matrix : scipy sparse, shape (n, d)
        Entries must not be negative.
    other : scipy sparse, shape (m, d), optional
        Where neighbours are sought; default: the matrix itself, in which no row is its own neighbour.
    k : int
    floor : float
        Least similarity.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    neighbors : ndarray of int64, shape (n, k)
        Positions, the most similar first, then by position; -1 where no row with a similarity above 0 is left.
    similarities : ndarray of float64, shape (n, k)
        The dot products, which are cosines if rows have length 1; 0 where there is no neighbour.

    Raises
    ------
    OptionError
        If an entry is negative or not finite, the numbers of columns differ, or an option has a value that cannot
        work.

    Notes
    -----
    Every dot product is computed, none is kept that is not among the k most similar. The time is that of a step
    for each pair of entries in one column.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> neighbors, similarities = nearest_rows(csr_array([[3, 0], [2, 1], [0, 1]]), k=1)
    >>> neighbors.tolist(), similarities.tolist()
    ([[1], [0], [1]], [[6.0], [6.0], [1.0]])
    """
    k = check_count("k", k)
    _check_floor(floor)
    threads = thread_count(threads)
    rows = _checked_rows(matrix)
    apart = other is not None
    others = _checked_rows(other) if apart else rows
    if rows.shape[1] != others.shape[1]:
        raise OptionError(f"the matrices have {rows.shape[1]} and {others.shape[1]} columns, not the same")
    n, m = rows.shape[0], others.shape[0]
    check_memory(n * k * 16 + others.nnz * 12, f"{k} neighbours of {n:,} rows")
    neighbors, similarities = np.full((n, k), -1, np.int64), np.zeros((n, k))
    if not rows.nnz or not others.nnz:
        return neighbors, similarities
    pieces = even_pieces(rows.indptr, threads)
    with team(threads) as run:
        for begin in range(0, m, _BLOCK):
            block = others[begin : begin + _BLOCK]
            arrays = *_arrays(rows), *_arrays(block.T.tocsr()), block.shape[0]
            run(_nearest, pieces, *arrays, begin, apart, float(floor), neighbors, similarities)
    return neighbors, similarities


# The matrix of the options last used, for as long as the items live.
_matrices = WeakKeyDictionary()


def item_matrix(items, unit, width, columns, sublinear):
    """`tfidf_matrix` of items' texts; the same options again give the same matrix without computing it."""
    options = (unit, check_grams(unit, width), columns, sublinear)
    known, matrix = _matrices.get(items, (None, None))
    if known != options:
        texts = _texts(items, columns)
        matrix = tfidf_matrix(texts, unit=unit, width=width, sublinear=sublinear)
        _matrices[items] = options, matrix
    return matrix


def check_grams(unit, width):
    """The width of n-grams: the default of the unit, if it is None.

    Raises
    ------
    OptionError
        If the unit is unknown or the width is no positive integer.
    """
    if unit not in UNITS:
        raise OptionError(unknown("unit", unit, UNITS))
    return UNITS[unit] if width is None else check_count("width", width)


def _check_floor(floor):
    if not isinstance(floor, Real) or not 0 <= floor <= 1:
        raise OptionError(f"floor must be a number from 0 to 1, not {floor!r}")


def _texts(items, columns):
    if columns is None:
        return items.texts
    columns = (columns,) if isinstance(columns, str) else columns
    for name in columns:
        if name not in items.fields:
            raise OptionError(unknown("column", name, items.fields))
    return Items(items.ids, {name: items.fields[name] for name in columns}).texts


def _characters(texts):
    """Code points of all texts, and where each text starts."""
    padded = [f" {' '.join(words)} " if (words := text.lower().split()) else "" for text in texts]
    symbols = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    return symbols, _bounds(padded)


def _words(texts):
    """Numbers of the words of all texts, and where each text starts."""
    numbers = {}
    rows = [[numbers.setdefault(word, len(numbers)) for word in _WORD.findall(text.lower())] for text in texts]
    symbols = np.fromiter((number for row in rows for number in row), np.uint32)
    symbols.flags.writeable = False
    return symbols, _bounds(rows)


def _bounds(rows):
    return np.concatenate([[0], np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)))])


def _checked_rows(matrix):
    from scipy.sparse import csr_array

    rows = csr_array(matrix, dtype=np.float64)
    if not (np.isfinite(rows.data).all() and (rows.data >= 0).all()):
        raise OptionError("entries of the matrix must be finite and not negative")
    if not (rows.data.all() and rows.has_canonical_format):
        rows = rows.copy()
        rows.sum_duplicates()
        rows.eliminate_zeros()
    return rows


def _arrays(rows):
    return rows.indptr.astype(np.int64), rows.indices.astype(np.int32), rows.data


@kernel
def _grams(symbols, bounds, width):
    """Hashes of each text's n-grams, how often each occurs in it, and where the texts start."""
    codes = np.empty(len(symbols), np.uint64)
    counts = np.empty(len(symbols), np.float64)
    indptr = np.zeros(len(bounds), np.int64)
    end = 0
    for i in range(len(bounds) - 1):
        start = end
        length = bounds[i + 1] - bounds[i]
        for s in range(bounds[i], bounds[i + 1] - min(width, length) + 1):
            if length == 0:
                break
            code = np.uint64(0)
            for q in range(s, s + min(width, length)):
                code = mix((code ^ np.uint64(symbols[q])) + STEP)
            codes[end] = code
            end += 1
        codes[start:end].sort()
        read, end = (start, end), start
        for p in range(read[0], read[1]):
            if end > start and codes[end - 1] == codes[p]:
                counts[end - 1] += 1
            else:
                codes[end] = codes[p]
                counts[end] = 1
                end += 1
        indptr[i + 1] = end
    return codes[:end].copy(), counts[:end].copy(), indptr


@kernel
def _normalize(indptr, data):
    for i in range(len(indptr) - 1):
        total = 0.0
        for p in range(indptr[i], indptr[i + 1]):
            total += data[p] * data[p]
        for p in range(indptr[i], indptr[i + 1]):
            data[p] /= np.sqrt(total)


@kernel
def _nearest(
    first,
    last,
    indptr,
    indices,
    data,
    column_indptr,
    column_indices,
    column_data,
    size,
    begin,
    apart,
    floor,
    neighbors,
    similarities,
):
    """Look for neighbours in a block of other rows, given by its columns; `begin` is the first of them."""
    sums = np.zeros(size)
    for i in range(first, last):
        nearest, values = neighbors[i], similarities[i]
        work = 0
        for p in range(indptr[i], indptr[i + 1]):
            c = indices[p]
            work += column_indptr[c + 1] - column_indptr[c]
            for q in range(column_indptr[c], column_indptr[c + 1]):
                sums[column_indices[q]] += data[p] * column_data[q]
        if not apart and begin <= i < begin + size:
            sums[i - begin] = 0.0
        least = max(floor, values[-1])
        if work >= size:
            for j in range(size):
                if sums[j] > 0 and sums[j] >= least:
                    insert(nearest, values, begin + j, sums[j])
                    least = max(floor, values[-1])
            sums[:] = 0.0
            continue
        for p in range(indptr[i], indptr[i + 1]):
            c = indices[p]
            for q in range(column_indptr[c], column_indptr[c + 1]):
                j = column_indices[q]
                if sums[j] > 0 and sums[j] >= least:
                    insert(nearest, values, begin + j, sums[j])
                    least = max(floor, values[-1])
                sums[j] = 0.0


@kernel
def insert(nearest, values, j, value):
    """Put a row among the most similar, of equally similar ones in ascending order, if there is room."""
    place = len(nearest)
    while place > 0 and (values[place - 1] < value or (values[place - 1] == value and nearest[place - 1] > j)):
        place -= 1
    if place == len(nearest):
        return
    for other in range(len(nearest) - 1, place, -1):
        values[other] = values[other - 1]
        nearest[other] = nearest[other - 1]
    values[place] = value
    nearest[place] = j
