"""The plan on Spark: any number of machines."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

from graphmining.duplicates.relational.engine import Engine
from graphmining.duplicates.relational.sources import (
    FORMATS,
    check_columns,
    check_output,
    find_files,
    is_remote,
    json_columns,
    separator,
)
from graphmining.errors import FileError, OptionError

# Where a row of a scan stands; rows of one partition of a block of a file have consecutive places.
_PLACE = ("spark_partition_id() AS partition", "monotonically_increasing_id() AS place")
_IN_FILE = ("_metadata.file_path AS file", "_metadata.file_block_start AS start")
_NO_FILE = ("'' AS file", "0 AS start")

_BLOCKS = """
    SELECT file, start, partition, first_place, sum(documents) OVER (
        ORDER BY file, start, partition ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - documents AS before
    FROM (
        SELECT file, start, partition, min(place) AS first_place, count(*) AS documents
        FROM {placed} GROUP BY file, start, partition
    ) b"""

_DOCUMENTS = """
    SELECT b.before + p.place - b.first_place AS doc, p.text{id}
    FROM {{placed}} p JOIN {{blocks}} b ON p.file = b.file AND p.start = b.start AND p.partition = b.partition"""


class Spark(Engine):
    """The session of a frame, the active one, or else a local one, which is stopped at the end.

    Parameters
    ----------
    source : DataFrame or whatever `read` takes
    memory : int or None
        Bytes of a local session.
    threads : int
        Of a local session.
    scratch : path-like or None
        Folder of a local session for what does not fit into memory.
    """

    batch_threads = 1  # Spark's tasks are the threads

    def __init__(self, source, *, memory=None, threads, scratch=None):
        try:
            import pyarrow  # noqa: F401, the way to Spark's Python processes
            from pyspark import SparkContext
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise OptionError(
                f"the engine spark needs {error.name}: pip install 'crossner-suite[spark]'"
            ) from None
        self._tables = {}
        self._source = None
        self._session = getattr(source, "sparkSession", None)
        self._own = self._session is None and SparkContext._active_spark_context is None
        if self._own:
            self._session = start_session(SparkSession.builder, memory=memory, threads=threads, scratch=scratch)
        elif self._session is None:
            self._session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()

    def read(self, source, *, text, id):
        wanted = [text] if id is None else [text, id]
        if hasattr(source, "sparkSession"):
            check_columns(source.columns, wanted)
            frame, file = source, _NO_FILE
        else:
            self._source = source
            files, ending = find_files(source)
            with self._errors():
                frame, file = self._scan(files, ending, wanted), _IN_FILE
        columns = [f"coalesce(CAST({_quote(text)} AS STRING), '') AS text"]
        if id is not None:
            columns.append(f"{_quote(id)} AS id")
        with self._errors():
            self._keep("placed", frame.selectExpr(*columns, *file, *_PLACE))
        self.table("blocks", _BLOCKS)
        self.table("documents", _DOCUMENTS.format(id="" if id is None else ", p.id"))
        self.drop("placed", "blocks")

    def table(self, name, query):
        with self._errors():
            self._keep(name, self._query(query))

    def map(self, name, query, function, columns):
        def map_batches(rows):
            import pyarrow as pa

            for batch in rows:
                if batch.num_rows:
                    yield pa.RecordBatch.from_pydict(function(_columns(batch)))

        with self._errors():
            self._keep(name, self._query(query).mapInArrow(map_batches, columns))

    def map_parts(self, name, left, right, parts, function, columns):
        def map_part(members, edges):
            import pyarrow as pa

            return pa.table(function(_columns(members), _columns(edges)))

        with self._errors():
            groups = (self._tables[each].groupBy("part") for each in (left, right))
            self._keep(name, next(groups).cogroup(next(groups)).applyInArrow(map_part, columns))

    def rows(self, query):
        with self._errors():
            return [tuple(row) for row in self._query(query).collect()]

    def drop(self, *names):
        for name in names:
            del self._tables[name]

    def frame(self, query):
        with self._errors():
            return self._query(query).toArrow().to_pandas()

    def write(self, query, output):
        kind = check_output(output)
        with self._errors(output):
            writer = self._query(query).write.option("header", True)
            if is_remote(output):
                writer.mode("overwrite").format(kind).save(str(output))
                return
            output = Path(output).resolve()
            if output.exists() and not (output / "_SUCCESS").is_file():
                raise FileError("this exists already, and Spark did not write it", path=output)
            scratch = output.with_name(f".{output.name}.{os.getpid()}.partial")
            try:
                writer.format(kind).save(str(scratch))
                shutil.rmtree(output, ignore_errors=True)
                scratch.rename(output)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def close(self):
        self._tables.clear()
        if self._own:
            self._session.stop()

    def _query(self, query):
        return self._session.sql(query, **self._tables)

    def _keep(self, name, frame):
        """Computed now, once, and without its history: else plans would grow with every round of a loop."""
        self._tables[name] = frame.localCheckpoint()

    def _scan(self, files, ending, wanted):
        reader, kind = self._session.read, FORMATS[ending]
        if kind == "parquet":
            frame = reader.parquet(*files)
        elif kind == "csv":
            options = {
                "header": True, "sep": separator(ending), "quote": '"', "escape": '"', "multiLine": True,
                "enforceSchema": False, "mode": "FAILFAST",
            }  # fmt: skip
            frame = reader.options(**options).csv(files)
        else:
            if not is_remote(files[0]):
                check_columns(json_columns(files[0]), wanted)
            schema = ", ".join(f"{_quote(name)} STRING" for name in wanted)
            return reader.schema(schema).option("mode", "FAILFAST").json(files)
        check_columns(frame.columns, wanted)
        return frame

    @contextmanager
    def _errors(self, path=None):
        """What goes wrong with a file, in a sentence."""
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import ParseException, PySparkException, PythonException

        log = logging.getLogger("SQLQueryContextLogger")  # writes every error out at length
        silent, log.disabled = log.disabled, True
        try:
            with _no_word_on_pandas():
                yield
        except (ParseException, PythonException):
            raise
        except (PySparkException, Py4JJavaError) as error:
            text = str(getattr(error, "java_exception", None) or error)
            raise FileError(f"Spark: {text.strip().splitlines()[0]}", path=path or self._source) from None
        finally:
            log.disabled = silent


@contextmanager
def _no_word_on_pandas():
    """Spark warns of versions of pandas that it knows too little of; here nothing but Arrow goes to and fro."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _columns(batch):
    """Numbers as arrays, everything else as lists."""
    import pyarrow as pa

    columns = {}
    for name, column in zip(batch.schema.names, batch.columns):
        number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        columns[name] = column.to_numpy() if number else column.to_pylist()
    return columns


def start_session(builder, *, memory=None, threads, scratch=None):
    """A session on this machine that nobody outside of it can reach.

    Raises
    ------
    OptionError
        If there is no Java, or not the right one.
    """
    from pyspark.errors import PySparkRuntimeError

    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise OptionError("the engine spark needs Java 17 or later: install it, or say in JAVA_HOME where it is")
    # Spark's Python processes are to be of this environment, and to find this package even if it is not installed.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    package = str(Path(__file__).parents[3])
    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "FATAL",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])),
    }
    if memory is not None:
        options["spark.driver.memory"] = f"{max(memory // 2**20, 512)}m"
    if scratch is not None:
        options["spark.local.dir"] = str(scratch)
    builder = builder.master(f"local[{threads}]").appName("graphmining")
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        with _no_word_on_pandas():
            return builder.getOrCreate()
    except PySparkRuntimeError as error:  # an old Java, say, of which Java itself writes more
        raise OptionError(f"Spark does not start: {str(error).strip().splitlines()[0]}") from None


def _quote(name):
    return "`" + name.replace("`", "``") + "`"
