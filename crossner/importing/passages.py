"""What every format is read as: passages of text with mentions, measured without white space.

Tokenisers disagree about where to cut, not about the characters. Positions are therefore counted
in the passage's *key*: its text without white space.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple


class Mention(NamedTuple):
    """A predicted entity.

    Attributes
    ----------
    label : str
        As the file has it.
    start, end : int or None
        Characters of the passage's key, end exclusive; None for a string without a place.
    text : str
        The string it is, or what to show of it.
    score : float or None
    opened : bool
        False where an I- tag began it.
    problem : str or None
        Why it has no place, where reading has shown that.
    """

    label: str
    start: int | None
    end: int | None
    text: str
    score: float | None = None
    opened: bool = True
    problem: str | None = None


class Piece(NamedTuple):
    """A word piece with its tag: characters `start` to `end` (exclusive) of the passage's key."""

    tag: str
    start: int
    end: int
    score: float | None


@dataclass(frozen=True)
class Passage:
    """What a file says about one stretch of text.

    Attributes
    ----------
    line : int
        Where in the file it begins, from 1.
    text : str
        To show of it.
    key : str
        Its text without white space.
    tokens : tuple of str or None
        As the file cuts it, where it does.
    number : int or None
        The sentence of the split that the file says it is, from 0.
    mentions : tuple of Mention
    pieces : tuple of Piece
    """

    line: int
    text: str
    key: str
    tokens: tuple[str, ...] | None = None
    number: int | None = None
    mentions: tuple[Mention, ...] = ()
    pieces: tuple[Piece, ...] = ()


def squeeze(text) -> str:
    """A text without white space.

    Examples
    --------
    >>> squeeze(" New York\\u00a0City")
    'NewYorkCity'
    """
    return "".join(text.split())


def edges(units) -> list[int]:
    """Positions in the key of the boundaries between tokens, or between the characters of a text.

    Parameters
    ----------
    units : sequence of str

    Returns
    -------
    list of int
        One more than there are units.

    Examples
    --------
    >>> edges(["New", "York"]), edges("a b")
    ([0, 3, 7], [0, 1, 1, 2])
    """
    return list(accumulate((len(squeeze(unit)) for unit in units), initial=0))
