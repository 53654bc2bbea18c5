"""Tables, JSON and plain text as columns of strings, with the line of each row and the rows that were skipped."""

from __future__ import annotations

import codecs
import csv
import gc
import json
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from graphmining.errors import FileError
from graphmining.graph.files import opened

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "|", "%": "%"}

# What files in other encodings start with; the longest first.
_MARKS = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BATCH = 10_000  # rows
_SAMPLE = 50  # rows by which a delimiter is guessed
# Lines after which a quote that has not ended is an ordinary character.
_LONGEST_FIELD = 1000


@dataclass
class Table:
    """Rows of a file, by columns.

    Attributes
    ----------
    path : Path
    names : list of str
    columns : list of list of (str or None)
        Values without white space around them; None where there is nothing.
    lines, numbers : list of int
        The line of each row, and its number among all rows, skipped ones too; both from 1.
    skipped : list of (path, line, reason)
        Rows that cannot be read.
    separated : str
        By what, in words.
    ids : list of str, optional
        Names that rows have without a column.
    """

    path: Path
    names: list[str]
    columns: list[list]
    lines: list[int]
    numbers: list[int]
    skipped: list[tuple[str, int, str]]
    separated: str = ""
    ids: list[str] | None = None

    @property
    def rows(self):
        """The number of rows, skipped ones too."""
        return len(self.numbers) + len(self.skipped)

    @property
    def sentence(self):
        """What was taken from the file."""
        by = f"; separated by {self.separated}" if self.separated else ""
        columns = "column" if len(self.names) == 1 else "columns"
        return f"{self.path.name}: {count(self.rows, 'row')}, {columns} {', '.join(self.names)}{by}"

    def find(self, name):
        """The position of a column, by its name in any case.

        Raises
        ------
        FileError
            If there is none.
        """
        if name in self.names:
            return self.names.index(name)
        lower = [other.lower() for other in self.names]
        if str(name).lower() in lower:
            return lower.index(str(name).lower())
        raise FileError(f"there is no column {name!r}; there are {', '.join(self.names)}", path=self.path)

    def take_ids(self, name):
        """The values of a column as names of the rows; None: the numbers of the rows.

        Rows without a value are skipped.

        Raises
        ------
        FileError
            If two rows have the same name.
        """
        if name is None:
            return self.ids or list(map(str, self.numbers))
        at = self.find(name)
        if None in self.columns[at]:
            self._skip(self.columns[at], f"nothing in column {self.names[at]}, which names the items")
        ids = self.columns[at]
        if len(set(ids)) < len(ids):
            first = {}
            for value, line in zip(ids, self.lines):
                if value in first:
                    place = f"the rows at lines {first[value]} and {line} are both named {value!r}"
                    raise FileError(f"{place} in column {self.names[at]}", path=self.path, line=line)
                first[value] = line
        return ids

    def _skip(self, values, reason):
        gone = [(str(self.path), line, reason) for line, value in zip(self.lines, values) if value is None]
        self.skipped = sorted(self.skipped + gone, key=lambda skipped: skipped[1])
        kept = [row for row, value in enumerate(values) if value is not None]
        self.columns = [[column[row] for row in kept] for column in self.columns]
        self.lines, self.numbers = ([each[row] for row in kept] for each in (self.lines, self.numbers))
        self.check()

    def check(self):
        """Raise a FileError if no row is left."""
        if self.numbers:
            return
        if not self.skipped:
            raise FileError("has a header but no rows", path=self.path)
        _, line, reason = self.skipped[0]
        what = "the only row cannot" if self.rows == 1 else f"none of the {self.rows:,} rows can"
        raise FileError(f"{what} be read: {reason}", path=self.path, line=line)


def count(number, what):
    """A number of things, in words.

    Examples
    --------
    >>> count(1, "row"), count(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def read_table(path, *, delimiter=None, encoding="utf-8", progress=True):
    """Read one file, or the texts in a folder; see `read_items`.

    Returns
    -------
    Table

    Raises
    ------
    FileError
        If nothing can be read from it.
    """
    path = Path(path)
    collecting = gc.isenabled()
    gc.disable()  # it would walk through millions of values again and again, which takes most of the time
    try:
        table = _read(path, delimiter, encoding, progress)
    finally:
        if collecting:
            gc.enable()
    table.check()
    return table


def _read(path, delimiter, encoding, progress):
    name = path.name.lower().removesuffix(".gz")
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), None)
    if path.is_dir():
        return _read_folder(path, encoding, progress)
    if ending is None or path.name.lower().endswith(".parquet.gz"):
        raise FileError(
            f"the ending {path.suffix!r} is none of {', '.join(ENDINGS)} (.gz may follow all but .parquet)",
            path=path,
        )
    if ending == ".parquet":
        return _read_parquet(path)
    with opened(path, progress) as (stream, _):
        data = stream.read()
    lines = _Lines(path, data, encoding, progress)
    if ending in (".csv", ".tsv"):
        return _read_delimited(lines, delimiter or ("\t" if ending == ".tsv" else None))
    if ending == ".txt":
        return lines.table(["text"], ([text] for text in lines.rows()))
    return _read_json(lines)


# -- lines


class _Lines:
    """The lines of a file, read one after the other as rows."""

    def __init__(self, path, data, encoding, progress):
        self.path, self.progress = path, progress
        self.texts, self.undecodable = _decode(path, data, encoding)
        if not any(map(str.strip, self.texts)) and not self.undecodable:
            raise FileError("is empty", path=path)
        self.next = 0  # position of the next line
        self.count = 0
        self.lines, self.numbers, self.skipped = [], [], []

    def rows(self):
        """Lines that are not blank. Each counts as a row, until `skip` says otherwise."""
        from tqdm import tqdm

        disable = None if self.progress else True
        with tqdm(total=len(self.texts), desc=self.path.name, unit=" lines", leave=False, disable=disable) as bar:
            while self.next < len(self.texts):
                at = self.next
                self.next += 1
                if not at % _BATCH:
                    bar.update(at - bar.n)
                text = self.texts[at]
                if not text or text.isspace():
                    if at in self.undecodable:
                        self._start(at)
                        self.skip(self.undecodable[at])
                    continue
                self._start(at)
                yield text

    def _start(self, at):
        self.count += 1
        self.lines.append(at + 1)
        self.numbers.append(self.count)

    def skip(self, reason):
        """Take back the last row; it cannot be read."""
        self.skipped.append((str(self.path), self.lines.pop(), reason))
        self.numbers.pop()

    def drop(self):
        """Take back the last row; it is blank."""
        self.lines.pop()
        self.count = self.numbers.pop() - 1

    def table(self, names, rows, separated=""):
        """The table of rows of str, given by an iterator."""
        columns = [[] for _ in names]
        while batch := list(islice(rows, _BATCH)):
            for column, values in zip(columns, zip(*batch)):
                column += [value.strip() or None for value in values]
        return self.table_of_columns(names, columns, separated)

    def table_of_columns(self, names, columns, separated=""):
        return Table(self.path, names, columns, self.lines, self.numbers, self.skipped, separated)


def _decode(path, data, encoding):
    """Lines of text; for lines that cannot be decoded, which are empty, a reason by position."""
    for mark, name in _MARKS.items():
        if data.startswith(mark) and codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
            raise FileError(f"is not {encoding}; encoding={name!r} would read it", path=path, line=1)
    wrong = {}
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        if "\n".encode(encoding) != b"\n":
            raise FileError(f"is not {encoding} ({error.reason})", path=path) from None
        text, wrong = _decode_lines(path, data, encoding)
    nulls = text.count("\0")
    if nulls > len(text) / 10:
        order = "le" if data[1:2] == b"\0" else "be"
        raise FileError(f"is not {encoding}; encoding='utf-16-{order}' may read it", path=path, line=1)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    texts = (text if "\n" in text else text.replace("\r", "\n")).split("\n")
    if nulls:
        for at, line in enumerate(texts):
            if "\0" in line:
                texts[at], wrong[at] = "", "a NUL byte"
    return texts, wrong


def _decode_lines(path, data, encoding):
    lines = data.split(b"\n")
    wrong, right = {}, 0
    for at, line in enumerate(lines):
        try:
            lines[at] = line.decode(encoding)
            right += not line.isascii()
        except UnicodeDecodeError as error:
            lines[at] = ""
            wrong[at] = f"byte {line[error.start]:#04x} is not {encoding}"
    if len(wrong) > right and len(wrong) * 100 > len(lines):
        at, reason = next(iter(wrong.items()))
        more = f", and {count(len(wrong) - 1, 'more line')} like this" if len(wrong) > 1 else ""
        raise FileError(f"{reason}{more}; {_fitting(data)}", path=path, line=at + 1)
    return "\n".join(lines), wrong


def _fitting(data):
    for encoding in ("utf-8", "cp1252", "latin-1"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return f"encoding={encoding!r} would read the file"
    raise AssertionError("latin-1 reads everything")


# -- delimited text


def _read_delimited(lines, delimiter):
    rows = lines.rows()
    header = next(rows, None)
    if lines.skipped:
        _, line, reason = lines.skipped[0]
        raise FileError(f"the header cannot be read: {reason}", path=lines.path, line=line)
    line = lines.lines[0]
    lines.drop()
    if delimiter is None:
        delimiter = _guess_delimiter(header, lines.texts[line : line + _SAMPLE])
    names = [name.strip() for name in _cut(header, delimiter, _lenient(delimiter))]
    wanted = len(names)
    # Where the header ends in delimiters, rows need not.
    least = max((at for at, name in enumerate(names, 1) if name), default=0)
    if not least:
        raise FileError("the first line names no column", path=lines.path, line=line)
    separated = DELIMITERS.get(delimiter, delimiter) if wanted > 1 else ""
    table = lines.table(names, _cut_rows(lines, rows, delimiter, least, wanted), separated)
    _name_columns(table)
    return table


def _cut_rows(lines, rows, delimiter, least, wanted):
    """Rows of as many fields as wanted; others are skipped."""
    lenient = _lenient(delimiter)
    for text in rows:
        row = text.split(delimiter) if '"' not in text else _cut_quoted(text, delimiter, lenient, wanted, lines)
        if not row[0].strip() and not any(map(str.strip, row)):
            lines.drop()
        elif len(row) == wanted:
            yield row
        elif len(row) > wanted and not any(map(str.strip, row[wanted:])):
            yield row[:wanted]
        elif least <= len(row) < wanted:
            yield row + [""] * (wanted - len(row))
        else:
            lines.skip(f"{count(len(row), 'field')} where the header has {wanted}")


def _guess_delimiter(header, texts):
    """What cuts the header, and most of the rows into as many fields; of several the one that makes most."""
    rows = [text for text in texts if text.strip()]
    best, found = (0, 0), ","
    for delimiter in DELIMITERS:
        lenient = _lenient(delimiter)
        fields = len(_cut(header, delimiter, lenient))
        if fields < 2:
            continue
        agree = sum(len(_cut(row, delimiter, lenient)) == fields for row in rows) / max(len(rows), 1)
        if (agree, fields) > best:
            best, found = (agree, fields), delimiter
    return found


def _name_columns(table):
    """Drop columns without name and values; give the others names of their own."""
    used = [at for at, name in enumerate(table.names) if name or any(table.columns[at])]
    names = []
    for at in used:
        name = plain = table.names[at] or f"column {at + 1}"
        number = 2
        while name in names:
            name = f"{plain} ({number})"
            number += 1
        names.append(name)
    table.names, table.columns = names, [table.columns[at] for at in used]


def _cut_quoted(text, delimiter, lenient, wanted, lines):
    """The fields of a line with quotes; takes more lines where a quoted field goes on and that fits."""
    row = _strict(text, delimiter)
    if row is not None and len(row) == wanted:
        return row
    if text.count('"') % 2:
        end = lines.next
        stop = min(end + _LONGEST_FIELD, len(lines.texts))
        while end < stop and lines.texts[end].count('"') % 2 == 0 and end not in lines.undecodable:
            end += 1
        if end < stop and end not in lines.undecodable:
            longer = _strict("\n".join([text, *lines.texts[lines.next : end + 1]]), delimiter)
            if longer is not None and len(longer) == wanted:
                lines.next = end + 1
                return longer
    row = _cut(text, delimiter, lenient)
    return row if len(row) == wanted else text.split(delimiter)


def _strict(text, delimiter):
    """The fields of text in which quotes are as they should be, else None."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _lenient(delimiter):
    """A pattern of one field and its delimiter; quotes inside need not be doubled."""
    end = re.escape(delimiter)
    return re.compile(rf' *"((?>[^"]|""|"(?! *{end}))*+)" *{end}|([^{end}]*){end}')


def _cut(text, delimiter, lenient):
    if '"' not in text:
        return text.split(delimiter)
    fields = lenient.findall(text + delimiter)
    return [bare or quoted.replace('""', '"') for quoted, bare in fields]


# -- JSON


def _read_json(lines):
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
    first = next((text for text in lines.texts if text.strip()), "")
    if lines.path.name.lower().removesuffix(".gz").endswith(".json") and first.lstrip().startswith("["):
        return _read_array(lines, decoder)
    taken = []
    for text in lines.rows():
        try:
            value = decoder.decode(text)
        except (json.JSONDecodeError, RecursionError) as error:
            lines.skip(f"no JSON ({_message(error)})")
            continue
        _take(lines, taken, value)
    return _table_of_objects(lines, taken)


def _read_array(lines, decoder):
    if lines.undecodable:
        at, reason = next(iter(lines.undecodable.items()))
        raise FileError(reason, path=lines.path, line=at + 1)
    try:
        values = decoder.decode("\n".join(lines.texts))
    except (json.JSONDecodeError, RecursionError) as error:
        raise FileError(
            f"no JSON ({_message(error)})", path=lines.path, line=getattr(error, "lineno", 1)
        ) from None
    taken = []
    for number, value in enumerate(values, 1):
        lines.lines.append(number)
        lines.numbers.append(number)
        _take(lines, taken, value)
    if not values:
        raise FileError("holds an array without elements", path=lines.path)
    return _table_of_objects(lines, taken)


def _message(error):
    return f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def _take(lines, taken, value):
    if not isinstance(value, dict):
        lines.skip(f"{'an array' if isinstance(value, list) else 'a single value'}, not an object")
        return
    row = {name: _as_text(entry) for name, entry in value.items()}
    try:
        "".join([text for pair in row.items() for text in pair if text]).encode()
    except UnicodeEncodeError:
        lines.skip("half of a surrogate pair, which is no character")
        return
    taken.append(row)


def _as_text(value):
    if isinstance(value, str):
        return value.strip() or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(entry, (dict, list)) for entry in value):
        return ", ".join(text for entry in value if (text := _as_text(entry))) or None
    return json.dumps(value, ensure_ascii=False)


def _table_of_objects(lines, taken):
    names = {}
    for row in taken:
        if row.keys() - names.keys():
            names.update(dict.fromkeys(row))
    table = lines.table_of_columns(list(names), [[row.get(name) for row in taken] for name in names])
    _name_columns(table)
    return table


# -- others


def _read_parquet(path):
    import glob

    import duckdb

    with opened(path, False):  # what is wrong with the file itself
        pass
    source = "read_parquet(?)"
    try:
        with duckdb.connect() as connection:
            name = [glob.escape(str(path))]
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}", name).fetchall()
            names = [column for column, *_ in described]
            texts = [_column_as_text(column, kind, at) for at, (column, kind, *_) in enumerate(described)]
            columns = connection.execute(f"SELECT {', '.join(texts)} FROM {source}", name).fetchnumpy()
    except duckdb.Error as error:
        raise FileError(f"is no Parquet file that can be read ({str(error).splitlines()[0]})", path=path) from None
    columns = [[(value or "").strip() or None for value in values.tolist()] for values in columns.values()]
    numbers = list(range(1, len(columns[0]) + 1))
    table = Table(path, names, columns, numbers, numbers, [])
    _name_columns(table)
    return table


def _column_as_text(name, kind, at):
    column = '"' + name.replace('"', '""') + '"'
    if kind.endswith("[]") and "(" not in kind:
        column = f"array_to_string({column}, ', ')"
    elif kind in ("FLOAT", "DOUBLE"):
        column = f"nullif(CAST({column} AS VARCHAR), 'nan')"
    return f"CAST({column} AS VARCHAR) AS c{at}"


def _read_folder(path, encoding, progress):
    from tqdm import tqdm

    files = sorted(file for file in path.rglob("*.txt") if file.is_file())
    if not files:
        raise FileError("is a folder without .txt files", path=path)
    ids, texts, numbers, skipped = [], [], [], []
    bar = tqdm(files, path.name, unit=" files", leave=False, disable=None if progress else True)
    for number, file in enumerate(bar, 1):
        with opened(file, False) as (stream, _):
            data = stream.read()
        try:
            text = "\n".join(_whole(file, data, encoding)).strip()
        except FileError as error:
            skipped.append((str(file), error.line or 1, str(error).removeprefix(f"{file}:{error.line}: ")))
            continue
        if not text:
            skipped.append((str(file), 1, "empty"))
            continue
        ids.append(file.relative_to(path).as_posix())
        texts.append(text)
        numbers.append(number)
    return Table(path, ["text"], [texts], numbers, numbers, skipped, ids=ids)


def _whole(path, data, encoding):
    texts, wrong = _decode(path, data, encoding)
    if wrong:
        at, reason = next(iter(wrong.items()))
        raise FileError(reason, path=path, line=at + 1)
    return texts
