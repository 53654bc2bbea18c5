"""Edge lists as text: one edge a line, its fields apart by commas, tabs or white space."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict

import numpy as np

from graphmining.errors import FileError

# Pairs of column names that make a first line a header; the field's three usual spellings.
ENDS = (("source", "target"), ("from", "to"), ("src", "dst"))
INTEGER = re.compile(r"0|-?[1-9][0-9]*")

_BLOCK = 2**24
# A field of white-space separated text: quoted with doubled quotes inside, or anything without white space.
_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=[ \t]|$)|([^ \t]+)')
_BEFORE_NUMBER = np.zeros(256, bool)
_BEFORE_NUMBER[list(b',\t\n\r "')] = True


def read_edge_list(stream, path, *, delimiter, weight, describe):
    """Read an edge list.

    Parameters
    ----------
    stream : binary file
    path : path-like
        For messages.
    delimiter : str or None
        None: white space.
    weight : str or None
        Column with the weights; None: none is read.
    describe : callable
        Called with a sentence on which columns were taken.

    Returns
    -------
    source, target : ndarray of int64, shape (edges,)
        Positions in `names`.
    weights : ndarray of float64, shape (edges,), or None
    names : list of str or of int, or int
        An int n: the names are 0, …, n - 1.
    directed : bool or None
        What the file says.

    Raises
    ------
    FileError
        With the line, if the file is no edge list.
    """
    blocks = _line_blocks(stream)
    remarks = {"columns": None, "directed": None, "nodes": []}
    line, block = _skip_remarks(blocks, path, delimiter, remarks)
    if not block and remarks["columns"] is None:
        raise FileError("holds no edges", path=path)
    table = _Table(path, delimiter)
    columns, header = _choose_columns(table, block, line, remarks["columns"], weight)
    describe(columns.sentence)
    table.columns = columns
    if header:
        end = block.find(b"\n") + 1 or len(block)
        block, line = block[end:], line + 1
    while block is not None:
        table.add(block, line)
        line += block.count(b"\n")
        block = next(blocks, None)
    return *table.finish(remarks["nodes"]), remarks["directed"]


def field_writer(delimiter):
    """A function that quotes a name where this delimiter asks for it."""
    special = re.compile(rf'[{delimiter}"\r\n]|^[# ]')

    def quoted(name):
        return '"' + name.replace('"', '""') + '"' if special.search(name) else name

    return quoted


def number_names(names):
    """Names as integers where all look like integers.

    Parameters
    ----------
    names : list of str or of int

    Returns
    -------
    positions : ndarray of int64, or None
        Where each node stands in the graph; None: where it stands here.
    nodes : list, or None
        Names of the graph's nodes; None: 0, …, n - 1.
    """
    if any(isinstance(name, str) and not INTEGER.fullmatch(name) for name in names):
        return None, names
    nodes = [int(name) for name in names]
    if len(nodes) and min(nodes) == 0 and max(nodes) == len(nodes) - 1 and len(set(nodes)) == len(nodes):
        return np.array(nodes, np.int64), None
    return None, nodes or None


def decode(block, path, line):
    """Text of a block that starts at a line.

    Raises
    ------
    FileError
        If it is not UTF-8.
    """
    try:
        text = block.decode()
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        raise FileError(
            f"byte {block[error.start]:#04x} is not UTF-8; save the file as UTF-8", path=path, line=at
        ) from None
    if "\0" in text:
        at = line + text.count("\n", 0, text.index("\0"))
        raise FileError("a NUL byte; this is no text file", path=path, line=at)
    return text


def text_rows(block, path, line, delimiter):
    """Rows of a block of text that starts at a line; comments and blank lines are left out.

    Parameters
    ----------
    block : bytes
    path : path-like
        For messages.
    line : int
    delimiter : str or None
        None: white space.

    Yields
    ------
    line : int
    fields : list of str

    Raises
    ------
    FileError
        If a line is not UTF-8, or a quoted field does not end in it.
    """
    kept = []
    for at, text in enumerate(decode(block, path, line).split("\n"), line):
        text = text.removesuffix("\r")
        if not text.startswith("#") and text.strip():
            kept.append((at, text))
    if delimiter is None:
        for at, text in kept:
            yield at, [(bare or quoted.replace('""', '"')) for quoted, bare in _FIELD.findall(text)]
        return
    reader = csv.reader((text + "\n" for _, text in kept), delimiter=delimiter, skipinitialspace=True)
    for at, _ in kept:
        try:
            row = next(reader)
        except csv.Error as error:
            raise FileError(f"{error}", path=path, line=at) from None
        if "\n" in "".join(row):
            raise FileError("a quoted field does not end; a row has one line", path=path, line=at)
        yield at, row


class _Columns:
    """Which fields of a row are taken."""

    def __init__(self, count, source, target, weight, names=None):
        self.count, self.source, self.target, self.weight = count, source, target, weight
        taken = [source, target] if weight is None else [source, target, weight]
        if names is None:
            self.sentence = "columns " + ", ".join(str(column + 1) for column in taken)
        else:
            self.sentence = "columns " + ", ".join(names[column] for column in taken)


class _Table:
    """Rows of an edge list, read in blocks.

    Nodes are kept as integers as long as all are written as integers are; from the first that is not,
    as codes of strings.
    """

    def __init__(self, path, delimiter):
        self.path, self.delimiter = path, delimiter
        self.columns = None
        self.ends, self.weights = [], []
        self.codes = None

    def add(self, block, line):
        if not block:
            return
        ends, weights = self._fast(block) or self._slow(block, line)
        if self.codes is None and ends.dtype != np.int64:
            self._use_codes()
            self.ends = [self._encode(earlier) for earlier in self.ends]
        if self.codes is not None:
            ends = self._encode(ends, b" " in block or b"\t" in block)
            if "" in self.codes:
                self._slow(block, line)
        self.ends.append(ends)
        if weights is not None:
            self.weights.append(weights)

    def finish(self, lone):
        ends = np.concatenate(self.ends) if self.ends else np.empty(0, np.int64)
        weights = None
        if self.columns.weight is not None:
            weights = np.concatenate(self.weights) if self.weights else np.empty(0)
        if self.codes is None and not all(INTEGER.fullmatch(name) and len(name) < 19 for name in lone):
            self._use_codes()
            ends = self._encode(ends)
        if self.codes is None:
            positions, names = _number_integers(ends, [int(name) for name in lone])
        else:
            self._encode(np.array(lone, object))
            positions, names = ends, list(self.codes)
        return positions[0::2], positions[1::2], weights, names

    def _use_codes(self):
        """A dictionary that numbers names as they are first looked up."""
        self.codes = defaultdict()
        self.codes.default_factory = self.codes.__len__

    def _encode(self, ends, spaced=False):
        names = map(str, ends.tolist()) if ends.dtype == np.int64 else ends
        if spaced:
            names = (name.strip(" \t") for name in names)
        return np.fromiter(map(self.codes.__getitem__, names), np.int64, len(ends))

    def _fast(self, block):
        """Ends and weights by pandas, or None where only a look at each line can tell."""
        import pandas as pd

        if block.startswith(b"#") or b"\n#" in block or b"\0" in block:
            return None
        if block.count(b"\r") != block.count(b"\r\n") or (self.delimiter is None and b'"' in block):
            return None
        columns = self.columns
        options = {
            "sep": r"\s+" if self.delimiter is None else self.delimiter,
            "header": None,
            "names": list(range(columns.count)),
            "na_filter": False,
            "skipinitialspace": True,
        }
        ends = [columns.source, columns.target]
        try:
            frame = None
            if self.codes is None:
                frame = pd.read_csv(io.BytesIO(block), **options)
            if frame is None or (frame[ends].dtypes != np.int64).any() or _padded(block):
                frame = pd.read_csv(io.BytesIO(block), dtype=dict.fromkeys(ends, object), **options)
        except (ValueError, OverflowError):  # what pandas raises derives from ValueError
            return None
        # A longer row than the others makes an index of its first field, a shorter one ends in empty fields.
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        if len(frame) != lines or not isinstance(frame.index, pd.RangeIndex):
            return None
        last = frame[columns.count - 1]
        if columns.count > 2 and last.dtype.kind not in "iufb" and (last == "").any():
            return None
        weights = None
        if columns.weight is not None:
            weights = frame[columns.weight]
            if weights.dtype.kind not in "iuf":
                return None
            weights = weights.to_numpy(np.float64)
            if not np.isfinite(weights).all():
                return None
        both = np.empty(2 * len(frame), frame[columns.source].dtype)
        both[0::2], both[1::2] = frame[columns.source], frame[columns.target]
        return both, weights

    def _slow(self, block, line):
        """The same line by line; says which one is wrong."""
        columns = self.columns
        ends, weights = [], []
        for at, row in text_rows(block, self.path, line, self.delimiter):
            if len(row) != columns.count:
                raise FileError(
                    f"{_fields(len(row))} where the first line has {columns.count}", path=self.path, line=at
                )
            for end in (columns.source, columns.target):
                if not row[end].strip(" \t"):
                    raise FileError(f"field {end + 1} is empty; a node is missing", path=self.path, line=at)
            ends += row[columns.source], row[columns.target]
            if columns.weight is not None:
                weights.append(self._number(row[columns.weight], at))
        both = np.empty(len(ends), object)
        both[:] = ends
        return both, None if columns.weight is None else np.array(weights, np.float64)

    def _number(self, text, line):
        try:
            number = float(text) if "_" not in text else np.nan
        except ValueError:
            number = np.nan
        if not np.isfinite(number):
            shown = f"weight {text!r}" if text.strip() else "the empty weight"
            raise FileError(f"{shown} is not a finite number", path=self.path, line=line)
        return number


def _line_blocks(stream):
    """Blocks of whole lines; the byte-order mark that some programs put before UTF-8 is left out."""
    rest = stream.read(3).removeprefix(b"\xef\xbb\xbf")
    while block := stream.read(_BLOCK):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
    if rest:
        yield rest


def _skip_remarks(blocks, path, delimiter, remarks):
    """Number of the first line that holds data, and the rest of its block; what comments before it say.

    `# directed`, `# undirected`, `# columns: …` and, for nodes without edges, `# node: …` are what
    `write_graph` writes.
    """
    line = 1
    for block in blocks:
        start = 0
        while start < len(block):
            end = block.find(b"\n", start) + 1 or len(block)
            text = block[start:end]
            if not text.startswith(b"#") and text.strip():
                return line, block[start:]
            if text.startswith(b"# "):
                _take_remark(decode(text, path, line).rstrip("\r\n"), delimiter, remarks)
            start, line = end, line + 1
    return line, b""


def _take_remark(text, delimiter, remarks):
    if text in ("# directed", "# undirected"):
        remarks["directed"] = text == "# directed"
    elif text.startswith("# node: "):
        remarks["nodes"].append(text.removeprefix("# node: "))
    elif text.startswith("# columns: "):
        named = text.removeprefix("# columns: ").split(delimiter)
        remarks["columns"] = named if len(named) > 1 else None


def _choose_columns(table, block, line, named, weight):
    """Which columns to take, and whether the first line is their header."""
    rows = []
    # A few lines suffice: the header, and a row to tell it by.
    head = b"\n".join(block[: 2**20].split(b"\n")[:20])
    for at, row in text_rows(head, table.path, line, table.delimiter):
        rows.append([field.strip() for field in row])
        if len(row) < 2:
            what = "white space" if table.delimiter is None else {",": "commas", "\t": "tabs"}[table.delimiter]
            raise FileError(f"{_fields(len(row))}; an edge needs two, apart by {what}", path=table.path, line=at)
        if len(rows) == 2:
            break
    if named is not None and rows and len(named) != len(rows[0]):
        message = f"{_fields(len(rows[0]))}, but the comment `# columns:` names {len(named)}"
        raise FileError(message, path=table.path, line=line)
    header = named is None and _is_header(rows, weight)
    if header:
        named = rows[0]
    count = len(rows[0]) if rows else len(named)
    if named is None:
        if weight not in (None, "weight"):
            raise FileError(f"there is no header, so no column {weight!r}", path=table.path, line=line)
        weighted = weight is not None and count > 2 and _is_number(rows[0][2])
        return _Columns(count, 0, 1, 2 if weighted else None), False
    lower = [name.lower() for name in named]
    pair = _ends(lower)
    source, target = (lower.index(pair[0]), lower.index(pair[1])) if pair else (0, 1)
    return _Columns(count, source, target, _weight_column(table, named, pair, rows, weight, line), named), header


def _weight_column(table, named, pair, rows, weight, line):
    if weight is None:
        return None
    lower = [name.lower() for name in named]
    if weight.lower() in lower:
        return lower.index(weight.lower())
    if weight != "weight":
        raise FileError(f"no column {weight!r}; there are {', '.join(named)}", path=table.path, line=line)
    if pair is None and len(named) > 2 and len(rows) > 1 and len(rows[1]) > 2 and _is_number(rows[1][2]):
        return 2
    return None


def _is_header(rows, weight):
    if not rows:
        return False
    first = [field.lower() for field in rows[0]]
    if _ends(first) or (weight is not None and weight.lower() in first[2:]):
        return True
    if len(rows) < 2 or len(rows[0]) != len(rows[1]):
        return False
    for one, other in zip(rows[0][:2], rows[1][:2]):
        if INTEGER.fullmatch(other) and not INTEGER.fullmatch(one):
            return True
    return len(first) > 2 and _is_number(rows[1][2]) and not _is_number(rows[0][2])


def _ends(fields):
    return next((pair for pair in ENDS if set(pair) <= set(fields)), None)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fields(count):
    return "one field" if count == 1 else f"{count} fields"


def _padded(block):
    """Whether a number is written as no integer is: 007, +7, -0. As a name it is not the number then."""
    text = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    zeros = np.flatnonzero(text == ord("0"))
    before, after = text[zeros - 1], text[zeros + 1]
    digit = (after >= ord("0")) & (after <= ord("9"))
    signed = before == ord("-")
    starts = _BEFORE_NUMBER[np.where(signed, text[zeros - 2], before)]
    if (starts & (digit | (signed & _BEFORE_NUMBER[after]))).any():
        return True
    plus = np.flatnonzero(text == ord("+"))
    return bool(_BEFORE_NUMBER[text[plus - 1]].any())


def _number_integers(ends, lone):
    """Positions and names of integers; n for the names 0, …, n - 1."""
    import pandas as pd

    every = np.concatenate([ends, np.array(lone, np.int64)])
    if len(every) and every.min() == 0 and every.max() < len(every):
        seen = np.zeros(int(every.max()) + 1, bool)
        seen[every] = True
        if seen.all():
            return ends, len(seen)
    codes, names = pd.factorize(every)
    return codes[: len(ends)], names.tolist()
