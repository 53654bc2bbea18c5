"""The files that documents are read from."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from glob import glob
from itertools import islice
from pathlib import Path

from graphmining.errors import FileError, OptionError, unknown

FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json"}
_OUTPUTS = ("parquet", "csv")
# Lines of JSON in which every column must have occurred.
_FIRST_LINES = 1000


def find_files(source):
    """The files that a path, a pattern, a folder or a list of these stands for, by name, and their ending.

    Raises
    ------
    FileError
        If there are none, or their endings differ or are unknown.
    OptionError
        If the source is something else.
    """
    several = [source] if isinstance(source, (str, os.PathLike)) else source
    if not isinstance(several, Sequence) or not all(isinstance(each, (str, os.PathLike)) for each in several):
        raise OptionError(f"source must be a path or a list of paths, not {type(source).__name__}")
    # Ordered as Spark sees them.
    files = sorted({file for each in several for file in _expand(each)}, key=_as_url)
    endings = {ending_of(file) for file in files}
    if len(endings) != 1:
        raise FileError(f"files must be of one kind, not {' and '.join(sorted(endings)) or 'none'}")
    return files, endings.pop()


def ending_of(path):
    """The ending that says what is in a file.

    Raises
    ------
    FileError
        If it says nothing.
    """
    name = str(path).lower()
    ending = Path(name.removesuffix(".gz")).suffix
    if ending not in FORMATS or (ending == ".parquet" and name.endswith(".gz")):
        raise FileError(f"cannot tell what this is; endings are {', '.join(FORMATS)}", path=path)
    return ending


def check_output(output):
    """What is to be written: "parquet" or "csv".

    Raises
    ------
    FileError
        If the ending says neither, or there is no such folder.
    """
    kind = FORMATS.get(Path(output).suffix.lower())
    if kind not in _OUTPUTS or Path(output).suffix.lower() == ".tsv":
        raise FileError("clusters are written as .parquet or .csv", path=output)
    if not is_remote(output) and not Path(output).parent.is_dir():
        raise FileError(f"there is no folder {str(Path(output).parent)!r}", path=output)
    return kind


def is_remote(path):
    """Whether it is a URL, of which nothing is known here."""
    return "://" in str(path)


def separator(ending):
    """What separates the fields of a table."""
    return "\t" if ending == ".tsv" else ","


def check_columns(present, wanted):
    """Make sure that columns are there.

    Raises
    ------
    OptionError
        If one is not.
    """
    for name in wanted:
        if name not in present:
            raise OptionError(unknown("column", name, present))


def json_columns(path):
    """Names in the first lines of a file with one object of JSON a line: list of str.

    Raises
    ------
    FileError
        If it holds something else.
    """
    names = {}
    opened = gzip.open if str(path).lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            lines = list(islice(file, _FIRST_LINES))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read this: {error}", path=path) from None
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line) if line.strip() else {}
        except ValueError as error:
            raise FileError(f"not JSON: {error}", path=path, line=number) from None
        if not isinstance(record, dict):
            raise FileError("a line must hold one object of JSON", path=path, line=number)
        names.update(dict.fromkeys(record))
    return list(names)


def _expand(path):
    if is_remote(path):
        return [str(path)]
    path = Path(path)
    if path.is_dir():
        # Hidden files and those of Spark's bookkeeping are none of the data.
        found = [file for file in path.rglob("*") if file.is_file() and file.name[0] not in "._"]
    else:
        found = [path] if path.is_file() else [Path(file) for file in glob(str(path), recursive=True)]
    if not found:
        raise FileError("there is no such file", path=path)
    return [str(file.resolve()) for file in found]


def _as_url(file):
    return file if is_remote(file) else Path(file).as_uri()
