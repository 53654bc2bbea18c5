"""Tag schemes: IOB2, IOB1 (of which IO is a case) and BIOES (BILOU and BMES are the same with other letters).

References
----------
Ratinov and Roth, "Design Challenges and Misconceptions in Named Entity Recognition", CoNLL 2009,
https://aclanthology.org/W09-1119, compares them.
"""

from __future__ import annotations

import re

from crossner.data.spans import Chunk

SCHEMES = ("iob2", "iob1", "bioes")
TAG = re.compile(r"O|([BIESLUM])-(\S(?:.*\S)?)")
_OPENING, _INNER, _CLOSING = "BSU", "IMEL", "ESLU"


def split_tag(tag) -> tuple[str, str]:
    """Prefix and type of a tag; a type without prefix counts as I-, as in IO.

    Examples
    --------
    >>> split_tag("S-song"), split_tag("O"), split_tag("song")
    (('S', 'song'), ('O', ''), ('I', 'song'))
    """
    if tag == "O":
        return "O", ""
    match = TAG.fullmatch(tag)
    return (match[1], match[2]) if match else ("I", tag)


def detect_scheme(sequences) -> str:
    """The scheme that tag sequences are in.

    Parameters
    ----------
    sequences : iterable of sequences of str

    Returns
    -------
    {"iob2", "iob1", "bioes"}
        `iob1` if an I- tag opens an entity and B- is only there to keep two of a type apart: in
        IOB2 such I- tags would be malformed, and no B- tag well placed.

    Examples
    --------
    >>> detect_scheme([["I-song", "B-song", "O"]]), detect_scheme([["I-song", "O", "B-song"]])
    ('iob1', 'iob2')
    """
    orphans = False
    parting = True
    for tags in sequences:
        before = ("O", "")
        for prefix, type_ in map(split_tag, tags):
            if prefix in "ESLUM":
                return "bioes"
            if prefix == "B" and before[1] != type_:
                parting = False
            orphans |= prefix == "I" and before[1] != type_
            before = prefix, type_
    return "iob1" if orphans and parting else "iob2"


def chunks_in(tags, scheme) -> list[Chunk]:
    """The entities of a tag sequence.

    Parameters
    ----------
    tags : sequence of str
    scheme : {"iob2", "iob1", "bioes"}

    Returns
    -------
    list of Chunk
        `opened` is False where an I- (E-, L-, M-) tag that continues nothing opens one, which IOB1
        alone allows. An entity that BIOES leaves unclosed ends where it stops.

    Examples
    --------
    >>> chunks_in(["S-song", "B-band", "E-band"], "bioes")
    [Chunk(start=0, end=1, type='song', opened=True), Chunk(start=1, end=3, type='band', opened=True)]
    """
    chunks: list[Chunk] = []
    current = None  # start, type and whether opened well
    for index, tag in enumerate((*tags, "O")):
        prefix, type_ = split_tag(tag)
        if current is not None and not (prefix in _INNER and type_ == current[1]):
            chunks.append(Chunk(current[0], index, *current[1:]))
            current = None
        if current is None and prefix != "O":
            current = index, type_, scheme == "iob1" or prefix in _OPENING
        if current is not None and prefix in _CLOSING:
            chunks.append(Chunk(current[0], index + 1, *current[1:]))
            current = None
    return chunks


def unclosed(tags) -> int:
    """How many entities of a BIOES sequence begin well and lack their end.

    Examples
    --------
    >>> unclosed(["B-song", "I-song", "O", "S-song"])
    1
    """
    return sum(
        chunk.opened and split_tag(tags[chunk.end - 1])[0] not in _CLOSING for chunk in chunks_in(tags, "bioes")
    )
