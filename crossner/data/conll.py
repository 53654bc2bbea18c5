"""Read, check and write CoNLL-style columns: one token a line, sentences apart by blank lines.

Strict where a mistake would change a score (tags, types, missing columns), forgiving where it
cannot (byte-order mark, CRLF, blank lines that hold spaces, blank lines at the end). Every
defect is a `DataError` that names file, line and what would be right.
"""

from __future__ import annotations

import re
from pathlib import Path

from crossner.data.spans import is_orphan
from crossner.data.types import Sentence
from crossner.errors import DataError


def read_text(path) -> str:
    """A text file's content, without byte-order mark and carriage returns.

    Raises
    ------
    DataError
        If the path is missing, a directory, unreadable or not UTF-8 text.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError("no such file", path=path) from None
    except IsADirectoryError:
        raise DataError("is a directory; a text file is expected", path=path) from None
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", path=path) from None
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise DataError("is a binary file; UTF-8 text is expected", path=path, line=line)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8", path=path, line=line
        ) from None
    return text.replace("\r\n", "\n")


def read_columns(path, names):
    """Read sentences of lines with exactly the given columns.

    Columns are separated by tabs, or by spaces in a line that has no tab.

    Parameters
    ----------
    path : path-like
    names : tuple of str
        What the columns are called, for error messages; their number is enforced.

    Returns
    -------
    list of list of (int, tuple of str)
        A list a sentence, of (line number from 1, fields).

    Raises
    ------
    DataError
    """
    sentences, current = [], []
    # Not splitlines(): it would also split at U+2028 and others, which occur inside tokens.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            if current:
                sentences.append(current)
                current = []
            continue
        fields = tuple(line.split("\t") if "\t" in line else line.split(" "))
        if len(fields) != len(names) or not all(field.strip() for field in fields):
            raise DataError(
                f"expected {len(names)} columns ({', '.join(names)}) separated by a tab, got {line[:60]!r}",
                path=path,
                line=number,
            )
        current.append((number, fields))
    if current:
        sentences.append(current)
    if not sentences:
        raise DataError("holds no sentence", path=path)
    return sentences


def read_conll(path, *, types=None):
    """Read a file of `token<TAB>tag` lines with well-formed IOB2 tags.

    Parameters
    ----------
    path : path-like
    types : collection of str, optional
        The entity types that may occur; any by default.

    Returns
    -------
    list of Sentence

    Raises
    ------
    DataError
        At the first line that is not right.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "train.txt")
    >>> _ = path.write_text("Ada\\tB-person\\nLovelace\\tI-person\\n", encoding="utf-8")
    >>> read_conll(path)[0].spans
    (Span(start=0, end=2, type='person'),)
    """
    sentences = []
    for lines in read_columns(path, ("token", "tag")):
        previous = "O"
        for number, (_, tag) in lines:
            check_tag(tag, types, path, number)
            if is_orphan(tag, previous):
                raise DataError(
                    f"{tag!r} continues nothing (the tag before it is {previous!r}); "
                    f"an entity opens with 'B-{tag[2:]}'",
                    path=path,
                    line=number,
                )
            previous = tag
        sentences.append(Sentence(*zip(*(fields for _, fields in lines), strict=True)))
    return sentences


def check_tag(tag, types, path, line):
    """Raise `DataError` unless `tag` is O, B-TYPE or I-TYPE with a type that may occur."""
    if tag == "O":
        return
    # seqeval drops hyphens at the ends of a type, and white space would not survive writing.
    if not re.fullmatch(r"[BI]-[^\s-](\S*[^\s-])?", tag):
        raise DataError(
            f"unknown tag {tag!r}; expected O, B-TYPE or I-TYPE, where TYPE holds no white space and "
            "neither begins nor ends with a hyphen",
            path=path,
            line=line,
        )
    if types is not None and tag[2:] not in types:
        raise DataError(f"type {tag[2:]!r} is not one of this domain's: {', '.join(types)}", path=path, line=line)


def format_conll(sentences) -> str:
    """The text of a file of `token<TAB>tag` lines that `read_conll` reads back."""
    return "\n".join(
        "".join(f"{token}\t{tag}\n" for token, tag in zip(sentence.tokens, sentence.tags, strict=True))
        for sentence in sentences
    )
