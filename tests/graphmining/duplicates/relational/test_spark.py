"""The pipeline on Spark, in local mode, against the one in memory."""

import json
import shutil
import sys
from contextlib import closing

import pandas as pd
import pytest

from graphmining import find_duplicates_in
from graphmining.errors import FileError, OptionError


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pyspark", None)
        patch.setitem(sys.modules, "pyspark.sql", None)
        with pytest.raises(OptionError, match=r"needs pyspark.*: pip install 'crossner-suite\[spark\]'"):
            find_duplicates_in(tmp_path, engine="spark")
    pytest.importorskip("pyspark", reason="pyspark, an optional extra, is not installed")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OptionError, match="needs Java 17 or later"):
        find_duplicates_in(tmp_path, engine="spark")


@pytest.fixture(scope="module")
def session():
    """The session that is made where there is none, with less to compile for the little data here."""
    pytest.importorskip("pyspark", reason="pyspark, an optional extra, is not installed")
    if not shutil.which("java"):
        pytest.skip("there is no Java")
    from pyspark.sql import SparkSession

    from graphmining.duplicates.relational.spark import start_session

    builder = SparkSession.builder.config(
        "spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    )
    builder = builder.config("spark.sql.codegen.wholeStage", False)
    builder = builder.config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    builder = builder.config("spark.sql.shuffle.partitions", 2).config("spark.sql.adaptive.enabled", False)
    session = start_session(builder, memory=2**30, threads=2)
    yield session
    session.stop()
    # The virtual machine ends with the pipe to it, and what leads to it is closed here, not when it is collected.
    gateway = session.sparkContext._gateway
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=30)
    type(session.sparkContext)._gateway = type(session.sparkContext)._jvm = None


def result(found):
    return found.threshold, found.notes, found.frame.cluster.tolist()


def test_clusters_are_those_in_memory(session, tmp_path, mixed, in_memory):
    for number, start in enumerate(range(0, len(mixed), 700)):
        pd.DataFrame({"text": mixed[start : start + 700]}).to_parquet(tmp_path / f"{number}.parquet")
    found = find_duplicates_in(tmp_path, engine="spark", seed=5)
    assert result(found) == in_memory(mixed, seed=5)
    assert found.frame.id.tolist() == list(range(len(mixed)))


def test_frames_and_output(session, tmp_path, mixed):
    texts = mixed[:120] + [mixed[0]] * 2
    rows = [(f"name {at}", text) for at, text in enumerate(texts)]
    source = session.createDataFrame(rows, "name STRING, text STRING").repartitionByRange(3, "text")
    output = tmp_path / "clusters.parquet"
    output.mkdir()
    (output / "_SUCCESS").touch()
    (output / "part-0.parquet").write_text("an earlier result")
    found = find_duplicates_in(source, engine="spark", id="name", output=output)
    assert found.frame is None
    written = pd.read_parquet(output).sort_values("id", ignore_index=True)
    in_order = [row.asDict() for row in source.collect()]
    pd.DataFrame(in_order).to_parquet(tmp_path / "in-order.parquet")
    expected = find_duplicates_in(tmp_path / "in-order.parquet", id="name").frame
    assert written.equals(expected.sort_values("id", ignore_index=True))
    output = tmp_path / "other.parquet"
    output.write_text("not Spark's")
    with pytest.raises(FileError, match="exists already, and Spark did not write it"):
        find_duplicates_in(source.limit(0), engine="spark", output=output)


def test_same_texts_and_empty_ones(session, tmp_path, in_memory):
    texts = ["the very same text"] * 40 + ["", "."]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert result(find_duplicates_in(path, engine="spark")) == in_memory(texts)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_documents_are_read_as_by_duckdb(session, tmp_path, name):
    from graphmining.duplicates.relational.duckdb import DuckDB
    from graphmining.duplicates.relational.spark import Spark

    rows = [("x", 'to be, or "not" to be\nthat is'), ("2020-01-01", "é"), ("", "all\tthe world"), ("z", "")]
    for number in (10, 9):
        frame = pd.DataFrame(rows[: number // 2 - 1], columns=["name", "body of text"])
        path = tmp_path / f"{number}{name}"
        if name.endswith("sv"):
            frame.to_csv(path, sep="\t" if "tsv" in name else ",", index=False)
        elif name.endswith("parquet"):
            frame.to_parquet(path)
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in frame.to_dict("records")))
    read = []
    for engine in (DuckDB(threads=1), Spark(tmp_path, threads=2)):
        with closing(engine):
            engine.read(tmp_path, text="body of text", id="name")
            read.append(engine.rows("SELECT doc, id, text FROM {documents} ORDER BY doc"))
    assert len(read[0]) == 7
    assert read[0] == read[1]


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.jsonl"])
def test_files_that_cannot_be_read(session, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(
        {"a.parquet": b"no parquet", "a.csv": b"text\nx,1\n"}.get(name, b'{"text": "x"}\n' * 1001 + b"{")
    )
    with pytest.raises(FileError) as caught:
        find_duplicates_in(path, engine="spark")
    assert str(caught.value).startswith(f"{path}: Spark: ")
    assert "\n" not in str(caught.value)


def test_unknown_columns(session, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text\nx\n")
    with pytest.raises(OptionError, match="unknown column 'txt'; did you mean 'text'"):
        find_duplicates_in(path, engine="spark", text="txt")
    frame = session.createDataFrame([("x",)], "text STRING")
    with pytest.raises(OptionError, match=r"unknown column 'id'\. Valid: text"):
        find_duplicates_in(frame, engine="spark", id="id")
