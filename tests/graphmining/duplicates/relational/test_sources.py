"""Which files a source stands for."""

import gzip

import pytest

from graphmining.duplicates.relational.sources import check_output, find_files, json_columns
from graphmining.errors import FileError, OptionError


def test_folders_patterns_and_lists(tmp_path):
    for name in ("b.csv", "a.csv", "_SUCCESS", ".hidden.csv"):
        (tmp_path / name).write_text("text\n")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "d.csv.gz").write_bytes(gzip.compress(b"text\n"))
    a, b, d = (str(tmp_path / name) for name in ("a.csv", "b.csv", "c/d.csv.gz"))
    assert find_files(tmp_path) == ([a, b, d], ".csv")
    assert find_files(tmp_path / "*.csv") == ([a, b], ".csv")
    assert find_files([b, a, tmp_path / "*.csv"]) == ([a, b], ".csv")
    assert find_files("s3://texts/of/2026.parquet") == (["s3://texts/of/2026.parquet"], ".parquet")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "there is no such file"),
        (["a.csv", "a.tsv"], "files must be of one kind, not .csv and .tsv"),
        (["a.xlsx"], "cannot tell what this is; endings are .parquet, .csv"),
        (["a.parquet.gz"], "cannot tell what this is"),
    ],
)
def test_sources_that_are_none(tmp_path, names, sentence):
    for name in names:
        (tmp_path / name).write_text("text\n")
    with pytest.raises(FileError, match=sentence):
        find_files(tmp_path)


@pytest.mark.parametrize("source", [7, {"text": ["x"]}, [7]])
def test_sources_that_are_no_paths(source):
    with pytest.raises(OptionError, match="source must be a path or a list of paths, not "):
        find_files(source)


def test_columns_of_json(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x"}\n\n{"id": 1, "text": "y"}\n')
    assert json_columns(path) == ["text", "id"]
    path.write_text('{"text": "x"}\n[1]\n')
    with pytest.raises(FileError, match=r"a\.jsonl:2: a line must hold one object of JSON"):
        json_columns(path)
    path.write_text('{"text": \n')
    with pytest.raises(FileError, match=r"a\.jsonl:1: not JSON"):
        json_columns(path)


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", b'{"text": "l\xe4rm"}'), ("a.jsonl.gz", b"no gzip")])
def test_json_that_cannot_be_read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError, match="cannot read this: "):
        json_columns(path)


def test_outputs(tmp_path):
    assert check_output(tmp_path / "a.parquet") == "parquet"
    assert check_output("s3://clusters/a.csv") == "csv"
    with pytest.raises(FileError, match=r"written as \.parquet or \.csv"):
        check_output(tmp_path / "a.tsv")
    with pytest.raises(FileError, match="there is no folder"):
        check_output(tmp_path / "none" / "a.csv")
