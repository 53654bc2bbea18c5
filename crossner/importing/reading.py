"""A file of whatever format as passages."""

from __future__ import annotations

from dataclasses import dataclass

from crossner.data.conll import read_text
from crossner.errors import ConfigError
from crossner.importing.columns import read_tagged
from crossner.importing.passages import Passage
from crossner.importing.schemes import SCHEMES, TAG
from crossner.importing.spans import ENDS, OFFSETS, Reading, read_spans
from graphmining.errors import unknown

FORMATS = ("auto", "columns", "spans", "huggingface")


@dataclass(frozen=True)
class Contents:
    """What a file of predictions holds.

    Attributes
    ----------
    passages : list of Passage
    format : {"columns", "spans", "huggingface"}
    scheme : str or None
        Of tags; `auto` where word pieces have them and nobody said; None where there are none.
    unclosed : int
        Entities whose end the BIOES tags of columns do not mark.
    """

    passages: list[Passage]
    format: str
    scheme: str | None
    unclosed: int


def read_file(path, sentences, *, format="auto", offsets=None, end="exclusive", scheme="auto") -> Contents:
    """Read a file of predictions.

    Parameters
    ----------
    path : path-like
    sentences : sequence of Sentence
        Of the split that it is about.
    format, offsets, end, scheme
        See `crossner.importing.run.import_predictions`.

    Raises
    ------
    ConfigError, DataError
    """
    for name, value, valid in (
        ("format", format, FORMATS),
        ("offsets", offsets, OFFSETS),
        ("end", end, ENDS),
        ("scheme", scheme, ("auto", *SCHEMES)),
    ):
        if value not in valid and not (name == "offsets" and value is None):
            raise ConfigError(f"--{name}: {unknown(name, value, valid)}")
    if format == "columns" or (format == "auto" and _looks_like_columns(read_text(path))):
        if offsets is not None or end != "exclusive":
            raise ConfigError("--offsets and --end are for spans; columns have neither")
        passages, scheme, unclosed = read_tagged(path, scheme=scheme)
        return Contents(passages, "columns", scheme, unclosed)
    passages, format = read_spans(path, sentences, Reading(format, offsets, end))
    if any(passage.pieces for passage in passages):
        return Contents(passages, format, scheme, 0)
    if scheme != "auto":
        raise ConfigError("--scheme is for tags; this file holds spans")
    return Contents(passages, format, None, 0)


def _looks_like_columns(text) -> bool:
    line = next((line for line in text.split("\n") if line.strip()), "")
    fields = line.split()
    return not line.lstrip().startswith(("{", "[")) or (len(fields) > 1 and TAG.fullmatch(fields[-1]) is not None)
