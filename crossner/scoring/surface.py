"""Mentions as strings, without the place they stand at: how systems that generate text are scored."""

from __future__ import annotations

import re
import string
from functools import lru_cache

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")


@lru_cache(maxsize=1 << 16)
def normalise(text) -> str:
    """A string as UniversalNER's and GNER's evaluation compares it.

    In lower case, without ASCII punctuation, without a, an and the, words apart by one space. It may be empty.

    References
    ----------
    Zhou et al., UniversalNER (2023), arXiv 2308.03279; Ding et al., GNER (2024), arXiv 2402.16602; both after
    Rajpurkar et al., SQuAD (2016), arXiv 1606.05250.

    Examples
    --------
    >>> normalise("The Rock 'n' Roll  Hall")
    'rock n roll hall'
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def surface_mentions(tokens, mentions) -> set[tuple[str, str]]:
    """The different (string, type) pairs among the mentions of a sentence.

    A string that occurs twice with one type counts once. (GoLLIE's evaluation counts it twice, and changes
    nothing but case.)

    Parameters
    ----------
    tokens : sequence of str
    mentions : iterable of tuple
        That begin with start, end (exclusive) and type.

    Examples
    --------
    >>> sorted(surface_mentions(["The", "Kinks", "met", "Kinks"], [(0, 2, "band"), (3, 4, "band")]))
    [('kinks', 'band')]
    """
    return {(normalise(" ".join(tokens[start:end])), type_) for start, end, type_, *_ in mentions}
