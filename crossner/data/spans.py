"""From tag sequences to spans and back.

A tagger may emit an I- tag that continues nothing. What that means depends on the protocol
(conlleval opens an entity there, strict IOB2 ignores the tag), so nothing is decided when
predictions are stored: `chunks_of` keeps such openings and `tags_of` gives the very same tags
back.
"""

from __future__ import annotations

from typing import NamedTuple

from crossner.data.types import Span


class Chunk(NamedTuple):
    """A maximal run of tags: a span, and whether it opens with B- as IOB2 demands."""

    start: int
    end: int
    type: str
    opened: bool


def is_orphan(tag, previous) -> bool:
    """Whether `tag` is an I- tag that continues no entity.

    Examples
    --------
    >>> is_orphan("I-person", "B-person"), is_orphan("I-person", "B-event")
    (False, True)
    """
    return tag.startswith("I-") and previous[2:] != tag[2:]


def chunks_of(tags) -> list[Chunk]:
    """All maximal runs in a sequence of IOB2 tags, also those that open with I-.

    Examples
    --------
    >>> chunks_of(["B-song", "I-song", "O", "I-band"])
    [Chunk(start=0, end=2, type='song', opened=True), Chunk(start=3, end=4, type='band', opened=False)]
    """
    chunks = []
    start, previous = 0, "O"
    for index, tag in enumerate((*tags, "O")):
        boundary = tag == "O" or tag.startswith("B-") or is_orphan(tag, previous)
        if boundary and previous != "O":
            chunks.append(Chunk(start, index, previous[2:], tags[start].startswith("B-")))
        if boundary:
            start = index
        previous = tag
    return chunks


def spans_of(tags) -> list[Span]:
    """The entities of strict IOB2: runs that open with B-.

    Examples
    --------
    >>> spans_of(["B-song", "I-song", "O", "I-band"])
    [Span(start=0, end=2, type='song')]
    """
    return [Span(*chunk[:3]) for chunk in chunks_of(tags) if chunk.opened]


def tags_of(chunks, length) -> list[str]:
    """The tags of a sentence of `length` tokens; the inverse of `chunks_of`.

    Examples
    --------
    >>> tags_of([Chunk(0, 2, "song", True)], 3)
    ['B-song', 'I-song', 'O']
    """
    tags = ["O"] * length
    for start, end, type_, opened in chunks:
        tags[start:end] = [f"I-{type_}"] * (end - start)
        if opened:
            tags[start] = f"B-{type_}"
    return tags
