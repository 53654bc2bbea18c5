"""Tidy rows, which every analysis gives, as text, JSON, Markdown, CSV, LaTeX, wide tables and data frames."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from crossner.errors import ConfigError
from crossner.report.table import FORMATS, escape
from graphmining.errors import unknown

MISSING = "–"
CELLS = ("mean", "sd", "interval", "both")
_ALIGNMENTS = ("left", "right", "center")
_LEADING = (
    "series",
    "system",
    "name",
    "a",
    "b",
    "protocol",
    "view",
    "source",
    "target",
    "domain",
    "bucket",
    "shots",
)
_TRAILING = ("mean", "sd", "n", "low", "high")
# Letters that LaTeX does not know, or (< > | in its default font) shows as others.
_LATEX = {
    "±": r"$\pm$",
    "–": "--",
    "−": "$-$",
    "≤": r"$\leq$",
    "<": "$<$",
    ">": "$>$",
    "|": r"\textbar{}",
    "→": r"$\to$",
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    key : str or callable
        Key of the row, or a function of the row.
    title : str, optional
        The key by default; a function needs one.
    align : {"left", "right", "center"}, optional
        By default right where all values are numbers, else left.
    digits : int
        Decimals of floats.
    format : str or callable, optional
        Format specification of a number such as ``"+.2f"``, or a function that gives the text of a value. It is
        not asked for a missing one.
    """

    key: str | Callable
    title: str | None = None
    align: str | None = None
    digits: int = 2
    format: str | Callable | None = None

    def __post_init__(self):
        if callable(self.key) and self.title is None:
            raise ConfigError("a column whose key is a function needs a title")
        if self.align is not None and self.align not in _ALIGNMENTS:
            raise ConfigError(unknown("alignment", self.align, _ALIGNMENTS))

    @property
    def heading(self) -> str:
        """The title as shown."""
        return str(self.key) if self.title is None else self.title

    def value(self, row):
        """The column's value in a row, None where it is missing or not a number."""
        value = self.key(row) if callable(self.key) else row.get(self.key)
        return None if isinstance(value, float) and math.isnan(value) else value

    def text(self, row) -> str:
        """The column's value in a row as text."""
        value = self.value(row)
        if value is None:
            return MISSING
        if callable(self.format):
            return str(self.format(value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.format is not None:
            return format(value, self.format)
        return f"{value:.{self.digits}f}" if isinstance(value, float) else str(value)


def format_rows(rows, columns, *, style="text", caption="") -> str:
    """Rows as a table.

    Parameters
    ----------
    rows : list of dict
        Flat dicts of JSON scalars.
    columns : list of Column or str
        A string is the column of that key. JSON and CSV hold all keys of the rows, not only these.
    style : {"text", "json", "markdown", "csv", "latex"}
    caption : str
        Stands before the table in text, Markdown and LaTeX.

    Returns
    -------
    str
        Without a newline at its end. A missing value is a dash, in CSV nothing.

    Raises
    ------
    ConfigError
        If there is no such style.

    Examples
    --------
    >>> print(format_rows([{"system": "direct", "mean": 53.206, "sd": None}], ["system", "mean", "sd"]))
    system      mean  sd
    --------  ------  ----
    direct     53.21  –
    """
    if style not in FORMATS:
        raise ConfigError(unknown("table style", style, FORMATS))
    if style == "json":
        return json.dumps(rows, indent=2, ensure_ascii=False)
    if style == "csv":
        return _csv(rows)
    from tabulate import tabulate

    columns = [Column(column) if isinstance(column, str) else column for column in columns]
    header = [_safe(column.heading, style) for column in columns]
    body = [[_safe(column.text(row), style) for column in columns] for row in rows]
    name = {"text": "simple", "markdown": "pipe", "latex": "latex_raw"}[style]
    align = [column.align or _alignment(column, rows) for column in columns]
    if body:
        table = tabulate(body, header, tablefmt=name, disable_numparse=True, colalign=align)
    else:
        table = tabulate([], header, tablefmt=name)
    return f"{_safe(caption, style)}\n\n{table}" if caption else table


def pivot(rows, index, column, value="mean") -> list[dict]:
    """Tidy rows as a wide table: systems by domains, say.

    Parameters
    ----------
    rows : list of dict
    index : str or sequence of str
        Keys whose values make a row of the wide table.
    column : str
        Key whose values become the keys of the wide table, in the order in which they first appear, "average"
        last.
    value : str or callable
        What stands in a cell: a key, or a function of a row such as `cell`.

    Returns
    -------
    list of dict
        All with the same keys; None where there is no row for a cell.

    Raises
    ------
    ConfigError
        If two rows are for the same cell, or a value of `column` is also a key of `index`.

    Examples
    --------
    >>> scores = {"ai": 44.0, "music": 56.0}
    >>> pivot([{"system": "direct", "domain": key, "mean": f1} for key, f1 in scores.items()], "system", "domain")
    [{'system': 'direct', 'ai': 44.0, 'music': 56.0}]
    """
    keys = (index,) if isinstance(index, str) else tuple(index)
    names = list(dict.fromkeys(row[column] for row in rows))
    names.sort(key=lambda name: name == "average")
    clash = [name for name in names if name in keys]
    if clash:
        raise ConfigError(f"{clash[0]!r} is a value of {column} and also a key of the index")
    cells: dict[tuple, dict] = {}
    for row in rows:
        place = tuple(row[key] for key in keys)
        found = cells.setdefault(place, {})
        if row[column] in found:
            where = ", ".join(f"{key}={row[key]!r}" for key in (*keys, column))
            raise ConfigError(f"two rows are for one cell of the table: {where}")
        found[row[column]] = value(row) if callable(value) else row.get(value)
    return [dict(zip(keys, place)) | {name: found.get(name) for name in names} for place, found in cells.items()]


def cell(row, style="both", *, digits=2) -> str | None:
    """Statistics of a row in one cell.

    Parameters
    ----------
    row : dict
        With `mean`, and `sd`, `low` and `high` where there are any.
    style : {"mean", "sd", "interval", "both"}
        What follows the mean: nothing, the deviation, the interval, or both. What is missing is left out.
    digits : int
        Decimals of mean and deviation; the interval has one less, but where it alone follows the mean.

    Returns
    -------
    str or None
        None where there is no mean.

    Raises
    ------
    ConfigError
        If there is no such style.

    Examples
    --------
    >>> cell({"mean": 53.206, "sd": 0.4, "n": 3, "low": 51.04, "high": 55.2})
    '53.21 ± 0.40 [51.0, 55.2]'
    """
    if style not in CELLS:
        raise ConfigError(unknown("style of a cell", style, CELLS))
    mean, sd, low, high = (row.get(key) for key in ("mean", "sd", "low", "high"))
    if mean is None:
        return None
    text = f"{mean:.{digits}f}"
    if style in ("sd", "both") and sd is not None:
        text += f" ± {sd:.{digits}f}"
    if style in ("interval", "both") and low is not None and high is not None:
        fewer = digits if style == "interval" else max(digits - 1, 0)
        text += f" [{low:.{fewer}f}, {high:.{fewer}f}]"
    return text


def frame(rows):
    """Rows as a data frame: what they are about, then what was counted, then statistics over seeds.

    Parameters
    ----------
    rows : list of dict

    Returns
    -------
    pandas.DataFrame
        (rows, keys). None is NaN among numbers.

    Examples
    --------
    >>> list(frame([{"n": 3, "mean": 50.0, "precision": 60.0, "domain": "ai", "system": "joint"}]))
    ['system', 'domain', 'precision', 'mean', 'n']
    """
    import pandas as pd

    return pd.DataFrame([dict(row) for row in rows], columns=_ordered(_all_keys(rows)))


def _ordered(keys) -> list:
    middle = [key for key in keys if key not in _LEADING and key not in _TRAILING]
    return [*(key for key in _LEADING if key in keys), *middle, *(key for key in _TRAILING if key in keys)]


def _all_keys(rows) -> list:
    return list(dict.fromkeys(key for row in rows for key in row))


def _csv(rows) -> str:
    file = io.StringIO()
    keys = _all_keys(rows)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_raw(row.get(key)) for key in keys] for row in rows)
    return file.getvalue().rstrip("\n")


def _raw(value):
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _alignment(column, rows) -> str:
    values = [value for value in map(column.value, rows) if value is not None]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return "right" if values and len(numbers) == len(values) else "left"


def _safe(text, style) -> str:
    text = escape(" ".join(str(text).split()), style)
    if style == "latex":
        text = "".join(_LATEX.get(letter, letter) for letter in text)
        text = f"{{[}}{text[1:]}" if text.startswith("[") else text  # after \\ a [ would be a length
    return text
