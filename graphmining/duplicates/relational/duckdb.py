"""The plan on DuckDB: one machine, tables on disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from graphmining.duplicates.relational.engine import Engine
from graphmining.duplicates.relational.sources import (
    FORMATS,
    check_columns,
    check_output,
    find_files,
    json_columns,
    separator,
)
from graphmining.errors import FileError, OptionError

# Vectors of 2,048 rows that are fetched at a time.
_VECTORS = 32
# Of a row of a table of text, in bytes.
_LONGEST = 2**25


class DuckDB(Engine):
    """A database of its own in a scratch folder, which is removed at the end.

    Parameters
    ----------
    memory : int or None
        Bytes that DuckDB may use. Kernels and Python take a few hundred megabytes more.
    threads : int
    scratch : path-like or None
        The folder to make the scratch folder in. Default: the system's.
    """

    def __init__(self, *, memory=None, threads, scratch=None):
        import duckdb

        self._duckdb = duckdb
        self.batch_threads = threads
        self._source = None
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="graphmining-", dir=scratch))
        except OSError as error:
            raise FileError(f"cannot make a folder here ({error.strerror})", path=scratch) from None
        limits = {"threads": threads, "temp_directory": str(self._folder / "spilled")}
        if memory is not None:
            limits["memory_limit"] = f"{memory}B"
        self._reader = self._writer = None
        try:
            with self._errors():
                self._writer = duckdb.connect(str(self._folder / "tables.duckdb"), config=limits)
                # Reads a result as it comes, while another connection inserts what was made of it.
                self._reader = self._writer.cursor()
        except BaseException:
            self.close()
            raise

    def read(self, source, *, text, id):
        files, ending = find_files(source)
        self._source = source
        wanted = [text] if id is None else [text, id]
        with self._errors():
            rows = _scan(files, ending, wanted)
            if FORMATS[ending] == "json":
                present = json_columns(files[0])
            else:
                present = [name for name, *_ in self._writer.execute(f"DESCRIBE FROM {rows}").fetchall()]
            check_columns(present, wanted)
            names = "" if id is None else f", {_quote(id)} AS id"
            self._writer.execute(
                # Without a partition or an order, rows are numbered as they come: in the order of the files.
                "CREATE VIEW documents AS SELECT row_number() OVER () - 1 AS doc, "
                f"coalesce(CAST({_quote(text)} AS VARCHAR), '') AS text{names} FROM {rows}"
            )

    def table(self, name, query):
        with self._errors():
            self._writer.execute(f"CREATE OR REPLACE TABLE {name} AS {_plain(query)}")

    def map(self, name, query, function, columns):
        with self._errors():
            self._writer.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
            self._reader.execute(_plain(query))
            while len(batch := self._reader.fetch_df_chunk(_VECTORS)):
                self._insert(name, function(_columns(batch)))

    def map_parts(self, name, left, right, parts, function, columns):
        with self._errors():
            self._writer.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
            for part in range(parts):
                # Tables are in the order of parts: what is of no part here is skipped unread.
                both = (
                    self._reader.execute(f"SELECT * FROM {each} WHERE part = {part}").df()
                    for each in (left, right)
                )
                members, edges = map(_columns, both)
                if len(members["part"]):
                    self._insert(name, function(members, edges))

    def rows(self, query):
        with self._errors():
            return self._writer.execute(_plain(query)).fetchall()

    def drop(self, *names):
        with self._errors():
            for name in names:
                kind = "VIEW" if name == "documents" else "TABLE"
                self._writer.execute(f"DROP {kind} {name}")

    def frame(self, query):
        with self._errors():
            return self._writer.execute(_plain(query)).df()

    def write(self, query, output):
        form = "FORMAT parquet" if check_output(output) == "parquet" else "FORMAT csv, HEADER true"
        output = Path(output)
        scratch = output.with_name(f".{output.name}.{os.getpid()}.partial")
        try:
            with self._errors(output):
                self._writer.execute(f"COPY ({_plain(query)}) TO {_text(scratch)} ({form})")
            os.replace(scratch, output)
        except OSError as error:
            raise FileError(f"cannot write this ({error.strerror})", path=output) from None
        finally:
            scratch.unlink(missing_ok=True)

    def close(self):
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _insert(self, name, batch):
        import pandas as pd

        self._writer.register("batch", pd.DataFrame(batch))
        self._writer.execute(f"INSERT INTO {name} SELECT * FROM batch")
        self._writer.unregister("batch")

    @contextmanager
    def _errors(self, path=None):
        """What goes wrong with the file, the memory or the disk, in a sentence."""
        mistakes = [f"{kind}Exception" for kind in ("Parser", "Binder", "Catalog", "Internal")]
        try:
            yield
        except tuple(getattr(self._duckdb, name) for name in mistakes):
            raise
        except self._duckdb.OutOfMemoryException as error:
            raise OptionError(f"memory_limit is too small: {_sentence(error)}") from None
        except self._duckdb.Error as error:
            raise FileError(_sentence(error), path=path or self._source) from None


def _scan(files, ending, wanted):
    """The call of a function that reads files."""
    paths = f"[{', '.join(map(_text, files))}]"
    kind = FORMATS[ending]
    if kind == "parquet":
        return f"read_parquet({paths}, hive_partitioning = false)"
    if kind == "json":
        # Types are not guessed: a text that looks like a date stays as it is.
        types = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in wanted)
        options = f"format = 'newline_delimited', columns = {{{types}}}, maximum_object_size = {_LONGEST}"
        return f"read_json({paths}, {options})"
    return (
        f"read_csv({paths}, header = true, all_varchar = true, delim = {_text(separator(ending))}, "
        f"quote = '\"', escape = '\"', comment = '', skip = 0, max_line_size = {_LONGEST}, "
        "hive_partitioning = false)"
    )


def _plain(query):
    """A query as it is sent: tables have the names that the plan gives them."""
    return query.replace("{", "").replace("}", "")


def _columns(frame):
    """Numbers as arrays, everything else as lists."""
    return {
        name: column.to_numpy() if column.dtype.kind in "if" else column.tolist() for name, column in frame.items()
    }


def _quote(name):
    return '"' + name.replace('"', '""') + '"'


def _text(value):
    return "'" + str(value).replace("'", "''") + "'"


def _sentence(error):
    """The first lines of what DuckDB has to say."""
    lines = str(error).strip().split("\n\n")[0].splitlines()[:3]
    return "; ".join(line.strip(" .") for line in lines if not line.endswith(":"))
