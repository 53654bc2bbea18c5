"""Columns: a token a line with its predicted tag in the last one, sentences apart by blank lines."""

from __future__ import annotations

from crossner.data.conll import read_text
from crossner.errors import DataError
from crossner.importing.passages import Mention, Passage, edges, squeeze
from crossner.importing.schemes import TAG, chunks_in, detect_scheme, unclosed


def read_tagged(path, *, scheme="auto"):
    """Read a file of columns: the first is the token, the last the predicted tag.

    Columns are separated by tabs, or by spaces in a line that has no tab. Lines of -DOCSTART- and
    comments (`#` at a sentence's beginning, without a tag at the end) are passed over.

    Parameters
    ----------
    path : path-like
    scheme : {"auto", "iob2", "iob1", "bioes"}

    Returns
    -------
    passages : list of Passage
    scheme : str
    unclosed : int
        Entities whose end BIOES does not mark.

    Raises
    ------
    DataError
        At the first line that is not right.
    """
    sentences = _sentences(path, scheme)
    if not sentences:
        raise DataError("holds no sentence", path=path)
    tags = [[tag for _, _, tag in lines] for lines in sentences]
    if scheme == "auto":
        scheme = detect_scheme(tags)
    passages = [_passage(lines, scheme) for lines in sentences]
    return passages, scheme, sum(map(unclosed, tags)) if scheme == "bioes" else 0


def _sentences(path, scheme):
    """A list a sentence, of (line number, token, tag)."""
    sentences, current, width = [], [], None
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        fields = _fields(line)
        comment = not current and fields[0].startswith("#") and not TAG.fullmatch(fields[-1])
        if fields == [""] or fields[0] == "-DOCSTART-":
            if current:
                sentences.append(current)
            current = []
        elif not comment:
            width = width or (number, len(fields))
            current.append((number, fields[0], _check(fields, width, scheme, path, number)))
    return [*sentences, current] if current else sentences


def _fields(line):
    if "\t" in line and line.strip():
        return [field.strip() for field in line.split("\t")]
    return [field for field in line.split(" ") if field.strip()] or [""]


def _check(fields, width, scheme, path, line):
    """The tag of a line; raises unless the line is one of token, further columns, tag."""
    if len(fields) < 2 or not all(fields):
        raise DataError(
            f"expected a token and, in the last column, its tag; got {' '.join(fields)[:60]!r}",
            path=path,
            line=line,
        )
    if len(fields) != width[1]:
        raise DataError(f"has {len(fields)} columns, line {width[0]} has {width[1]}", path=path, line=line)
    tag = fields[-1]
    match = TAG.fullmatch(tag)
    if not match:
        raise DataError(
            f"unknown tag {tag!r}; expected O or TYPE with one of the prefixes B-, I-, E-, S-, L-, U-, M-",
            path=path,
            line=line,
        )
    if scheme in ("iob1", "iob2") and match[1] is not None and match[1] not in "BI":
        raise DataError(f"tag {tag!r} is not one of {scheme.upper()}", path=path, line=line)
    return tag


def _passage(lines, scheme):
    tokens = tuple(token for _, token, _ in lines)
    edge = edges(tokens)
    mentions = tuple(
        Mention(
            label=chunk.type,
            start=edge[chunk.start],
            end=edge[chunk.end],
            text=" ".join(tokens[chunk.start : chunk.end]),
            opened=chunk.opened,
        )
        for chunk in chunks_in([tag for _, _, tag in lines], scheme)
    )
    return Passage(lines[0][0], " ".join(tokens), squeeze("".join(tokens)), tokens=tokens, mentions=mentions)
