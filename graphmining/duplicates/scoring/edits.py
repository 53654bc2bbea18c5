"""Edit distances of texts, by rapidfuzz."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.scoring.base import Score
from graphmining.duplicates.scoring.fields import plain
from graphmining.errors import OptionError, unknown
from graphmining.threads import thread_count

# In rapidfuzz: module, function, and what its results are divided by.
MEASURES = {
    "levenshtein": ("rapidfuzz.distance.Levenshtein", "normalized_similarity", 1),
    "damerau-levenshtein": ("rapidfuzz.distance.DamerauLevenshtein", "normalized_similarity", 1),
    "jaro-winkler": ("rapidfuzz.distance.JaroWinkler", "normalized_similarity", 1),
    "token-sort": ("rapidfuzz.fuzz", "token_sort_ratio", 100),
    "token-set": ("rapidfuzz.fuzz", "token_set_ratio", 100),
}


@dataclass(frozen=True)
class EditDistance(Score):
    """Score step: how few edits make one text the other.

    Texts are compared in lower case, with one space for whatever is no letter or digit. Where one is empty the
    score is 0.

    Parameters
    ----------
    measure : {"levenshtein", "damerau-levenshtein", "jaro-winkler", "token-sort", "token-set"}
        The first two: 1 less the edits by the longer length; Jaro–Winkler suits names [1]_; token-sort compares
        words in alphabetical order, token-set also forgives words that one text lacks.
    column : str, optional
        Default: all columns, joined.

    Raises
    ------
    OptionError
        If there is no such measure, or when the column is unknown.

    References
    ----------
    .. [1] Winkler 1990, String comparator metrics and enhanced decision rules in the Fellegi–Sunter model of
       record linkage, Proceedings of the Section on Survey Research Methods, American Statistical Association

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> from graphmining.duplicates.pairs import Pairs
    >>> items = Items(range(2), {"name": ["Kathrin", "Katrin"]})
    >>> EditDistance().score(items, Pairs.make([0], [1])).round(3).tolist()
    [0.857]
    """

    measure: str = "levenshtein"
    column: str | None = None

    def __post_init__(self):
        if self.measure not in MEASURES:
            raise OptionError(unknown("measure", self.measure, MEASURES))

    def score(self, items, pairs, *, threads=None):
        """Scores of pairs (ndarray of float64, shape (pairs,))."""
        from importlib import import_module

        from rapidfuzz import process

        if self.column is not None and self.column not in items.fields:
            raise OptionError(unknown("column", self.column, items.fields))
        values = items.texts if self.column is None else items.fields[self.column]
        texts = [plain(value) for value in values]
        module, name, scale = MEASURES[self.measure]
        left = [texts[at] for at in pairs.left.tolist()]
        right = [texts[at] for at in pairs.right.tolist()]
        scorer = getattr(import_module(module), name)
        workers = thread_count(threads)
        scores = process.cpdist(left, right, scorer=scorer, dtype=np.float64, workers=workers) / scale
        filled = np.array([bool(text) for text in texts], bool)
        return np.where(filled[pairs.left] & filled[pairs.right], scores, 0.0)
