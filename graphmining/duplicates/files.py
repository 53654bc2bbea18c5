"""Items from files: tables, JSON and plain text as users have them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from graphmining.duplicates.columns import guess_columns
from graphmining.duplicates.items import Items
from graphmining.duplicates.tables import count, read_table
from graphmining.errors import FileError, OptionError, unknown

KINDS = ("records", "texts")

# Columns that are not compared, in the words of a report.
_LEFT_OUT = {
    "identifier": "looks like an identifier of rows",
    "constant": "has the same value everywhere",
    "empty": "is empty",
}
_SHOWN = 3  # skipped rows of a file that a report names


@dataclass
class Report:
    """How files were taken.

    Attributes
    ----------
    kind : {"records", "texts"}
    rows, read : int
        Rows there are in the files, without headers and blank rows, and those that became items.
    columns : dict of str to str
        The kind of each column that is compared, as `guess_columns` names it.
    taken : list of str
        A sentence a file: its rows, its columns, what separates them.
    notes : list of str
        What was left out of the comparison, and why.
    skipped : list of (path, line, reason)
        Rows that cannot be read. The line counts from 1; in an array of JSON it is the number of the element.
    """

    kind: str = "records"
    rows: int = 0
    read: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: list[tuple[str, int, str]] = field(default_factory=list)

    def sentences(self):
        """All of it for the terminal: list of str."""
        found = [*self.taken, *self.notes]
        counts = Counter(path for path, _, _ in self.skipped)
        for name, rows in counts.items():
            some = [(line, reason) for path, line, reason in self.skipped if path == name][:_SHOWN]
            shown = "; ".join(f"line {line}: {reason}" for line, reason in some)
            more = f"; and {rows - _SHOWN:,} more" if rows > _SHOWN else ""
            found.append(f"{name}: {count(rows, 'row')} skipped ({shown}{more})")
        return found


def read_items(paths, *, id=None, columns=None, kind=None, delimiter=None, encoding="utf-8", progress=True):
    """Read what is searched for duplicates from one file, or from two between which duplicates are sought.

    Parameters
    ----------
    paths : path-like, or one or two of them
        The ending says what it is: a table (.csv, .tsv, .parquet), objects of JSON (.jsonl, .ndjson: one a line;
        .json: an array, or one a line), or texts (.txt: one a line). `.gz` may follow all but .parquet. A folder
        stands for the .txt files in it, a text each, named by their paths.
    id : str, optional
        The column with the names of items. Default: an item is named by the number of its row, from 1, not
        counting the header and blank rows. Names are str. Of two lists that have a name in common, all names
        get the file's in front, as in `abt:12` (if that does not tell them apart: `1:12` and `2:12`).
    columns : str or sequence of str, optional
        What is compared. Default: all columns but those that `guess_columns` calls identifier, constant or empty.
    kind : {"records", "texts"}, optional
        Texts have one column, `text`, which holds all columns joined by spaces. Default: records, if there is
        more than one column to compare.
    delimiter : str, optional
        One character that separates the fields of .csv and .tsv. Default: tab for .tsv; for .csv whichever of
        comma, semicolon, tab, | and % cuts the header and the first rows into the same number of fields.
    encoding : str
        Of everything but .parquet.
    progress : bool
        Show bars on standard error, if that is a terminal.

    Returns
    -------
    items : Items
        Its values are stripped str, None where there is nothing; numbers are as they are written.
    report : Report

    Raises
    ------
    FileError
        If a file cannot be read, has no rows or not the columns asked for, or two of its rows have the same name.
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    The first row of a table names its columns; with two files, columns are matched by name in any case. Rows with
    more or fewer fields than the first (but for empty ones at the end), without a name, or that cannot be decoded
    or parsed are skipped and reported. A file with more lines that cannot be decoded than other lines with
    characters beyond ASCII is in another encoding, if these are more than one in a hundred.

    A field that starts with a quote ends at the next quote that the delimiter or the end of the line follows,
    maybe some lines later; two quotes in it stand for one. If that does not give as many fields as there are
    columns, quotes are ordinary characters, as they are in all other fields: `3.5" disk` may stand as it is.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "cafes.csv").write_text("id|name|town\\n7|Nero's|Ulm\\n9|Neros|\\n")
    ...     items, report = read_items(f"{folder}/cafes.csv", id="id")
    >>> items.ids, items.fields
    (['7', '9'], {'name': ["Nero's", 'Neros'], 'town': ['Ulm', None]})
    """
    paths = _check_paths(paths)
    if kind is not None and kind not in KINDS:
        raise OptionError(unknown("kind", kind, KINDS))
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
        raise OptionError(f"delimiter must be one character other than a quote or a line end, not {delimiter!r}")
    try:
        "".encode(encoding)
    except (LookupError, TypeError, ValueError):
        raise OptionError(
            f"there is no encoding {encoding!r}; known are for instance utf-8, utf-16, cp1252"
        ) from None
    columns = [columns] if isinstance(columns, str) else columns
    tables = [read_table(path, delimiter=delimiter, encoding=encoding, progress=progress) for path in paths]
    report = Report(
        rows=sum(table.rows for table in tables),
        taken=[table.sentence for table in tables],
    )
    ids = [table.take_ids(id) for table in tables]
    report.skipped = [skipped for table in tables for skipped in table.skipped]
    fields, kinds = _choose_columns(tables, id, columns, report.notes)
    report.kind = kind or ("records" if len(fields) > 1 else "texts")
    report.columns = {name: kinds[name] for name in fields}
    if report.kind == "texts":
        texts = Items(range(len(ids[0])), fields).texts
        fields = {"text": [text or None for text in texts]}
    names = _unique(ids, paths)
    report.read = len(names)
    lists = np.repeat(np.array([0, 1], np.int8), [len(each) for each in ids]) if len(ids) == 2 else None
    return Items(names, fields, lists=lists), report


def _common_columns(tables, notes):
    """Values by column, one list a table; columns that are not in all tables are left out."""
    common = set.intersection(*({name.lower() for name in table.names} for table in tables))
    for table, other in zip(tables, tables[::-1]):
        alone = [name for name in table.names if name.lower() not in common]
        if alone and len(alone) == len(table.names):
            here, there = (", ".join(each.names) for each in (table, other))
            message = f"has no column in common with {other.path.name}: {here} here, {there} there"
            raise FileError(message, path=table.path)
        if alone:
            notes.append(f"not compared, because {other.path.name} has no such column: {', '.join(alone)}")
    names = [name for name in tables[0].names if name.lower() in common]
    return {name: [table.columns[table.find(name)] for table in tables] for name in names}


def _guess_parts(name, parts, joined):
    """The kind of a column; identifiers often start again in the second table."""
    parts = [joined] if len(parts) == 1 else [*parts, joined]
    guesses = [guess_columns({name: values})[name] for values in parts]
    return "identifier" if "identifier" in guesses else guesses[-1]


def _choose_columns(tables, id, columns, notes):
    """The fields to compare, and the kinds of all columns."""
    first = tables[0]
    if columns is not None:
        columns = list(dict.fromkeys(first.names[first.find(name)] for name in columns))
        if not columns:
            raise OptionError("columns must name at least one column")
        parts = {name: [table.columns[table.find(name)] for table in tables] for name in columns}
    else:
        parts = _common_columns(tables, notes)
    fields = {name: each[0] if len(each) == 1 else [*each[0], *each[1]] for name, each in parts.items()}
    kinds = {name: _guess_parts(name, parts[name], values) for name, values in fields.items()}
    if columns is not None:
        return fields, kinds
    named = None if id is None else first.names[first.find(id)]
    out = {name: _LEFT_OUT[guess] for name, guess in kinds.items() if guess in _LEFT_OUT and name != named}
    notes += [f"not compared, because it {why}: {name}" for name, why in out.items()]
    chosen = {name: values for name, values in fields.items() if name not in out and name != named}
    if not chosen:
        alone = f"there is only {named}" if named else "there are no columns"
        why = "; ".join(f"{name} {why}" for name, why in out.items()) or alone
        raise FileError(f"no column is left to compare: {why}", path=first.path)
    return chosen, kinds


def _unique(ids, paths):
    """The names of all items."""
    if len(ids) == 1:
        return ids[0]
    if set(ids[0]).isdisjoint(ids[1]):
        return [*ids[0], *ids[1]]
    stems = [path.name.split(".")[0] for path in paths]
    for before in (stems, ("1", "2")):
        one, two = ([f"{stem}:{name}" for name in each] for stem, each in zip(before, ids))
        if set(one).isdisjoint(two):
            break
    return one + two


def _check_paths(paths):
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    paths = [Path(path) for path in paths] if isinstance(paths, Iterable) else []
    if len(paths) not in (1, 2):
        raise OptionError(f"one or two files are needed, not {len(paths)}")
    return paths
