"""The pipeline on DuckDB against the one in memory."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphmining import find_duplicates_in
from graphmining.duplicates.candidates.minhash import MinHashLSH
from graphmining.duplicates.candidates.tfidf import TfidfNeighbors
from graphmining.duplicates.relational import plan
from graphmining.errors import FileError, OptionError


def write(path, texts):
    pd.DataFrame({"text": texts}, dtype=object).to_parquet(path)
    return path


def result(found):
    return found.threshold, found.notes, found.frame.cluster.tolist()


@pytest.mark.parametrize("method", ["average", "affinity", "mutual-best", "components"])
def test_clusters_are_those_in_memory(tmp_path, mixed, in_memory, method):
    found = find_duplicates_in(write(tmp_path / "a.parquet", mixed), method=method, seed=5, scratch=tmp_path)
    expected = in_memory(mixed, method=method, seed=5)
    assert len(expected[1]) == 3  # stars, copies, and a component that is too large to be compared in full
    assert result(found) == expected
    sizes = found.frame.groupby("cluster").id.transform("size")
    assert found.frame["size"].tolist() == sizes.tolist()
    assert found.clusters == (found.frame[sizes > 1].cluster.nunique())
    assert found.frame.id.tolist() == list(range(len(mixed)))
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_parts_do_not_matter(tmp_path, mixed, in_memory, monkeypatch):
    monkeypatch.setattr(plan, "_PART", 100)
    found = find_duplicates_in(write(tmp_path / "a.parquet", mixed), threads=1)
    assert result(found) == in_memory(mixed)


WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=7).map(" ".join)


@given(
    st.lists(WORDS, max_size=40),
    st.sampled_from([None, 0.0, 0.3, 0.5, 0.30000000000000004, 1.0]),
    st.integers(1, 2),
    st.sampled_from(["average", "affinity", "mutual-best", "components"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equal_scores_are_no_exception(tmp_path, in_memory, texts, threshold, rows, method):
    candidates = MinHashLSH(width=1, bands=12, rows=rows, clique=3, leaders=2)
    path = write(tmp_path / "a.parquet", texts)
    options = {"candidates": candidates, "threshold": threshold, "method": method}
    assert result(find_duplicates_in(path, **options)) == in_memory(texts, **options)


@pytest.mark.parametrize("seed", range(8))
def test_components_do_not_touch_one_another(tmp_path, in_memory, monkeypatch, seed):
    monkeypatch.setattr(plan, "_PART", 10)
    rng = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(rng.integers(10, 40))]
    texts = [" ".join(rng.choice(words, rng.integers(3, 9))) for _ in range(120)]  # many equal scores
    options = {"candidates": MinHashLSH(width=1, bands=20, rows=1), "threshold": 0.5}
    path = write(tmp_path / "a.parquet", texts)
    assert result(find_duplicates_in(path, **options)) == in_memory(texts, **options)


@pytest.mark.parametrize("texts", [[], ["only one text here"], ["the very same text"] * 50, ["", "", "."]])
def test_trivial_inputs(tmp_path, in_memory, texts):
    found = find_duplicates_in(write(tmp_path / "a.parquet", texts))
    assert result(found) == in_memory(texts)
    assert found.documents == len(texts)


def test_characters(tmp_path, in_memory):
    titles = ["Pride and Prejudice", "Pride & Prejudice", "Emma", "Émma", "Sense and Sensibility"]
    candidates = MinHashLSH(unit="characters", width=3, similarity=0.3)
    found = find_duplicates_in(write(tmp_path / "a.parquet", titles), candidates=candidates)
    assert result(found) == in_memory(titles, candidates=candidates)


ROWS = [
    ("x", 'to be, or "not" to be\nthat is'),
    ("2020-01-01", 'to be, or "not" to be\nthis is'),
    ("é", ""),
    ("", "all\tthe world"),
]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.ndjson", "a.parquet", "a.csv.gz", "a.jsonl.gz"])
def test_formats(tmp_path, name):
    path = tmp_path / name
    frame = pd.DataFrame(ROWS, columns=["name", "body of text"])
    if ".csv" in name or ".tsv" in name:
        frame.to_csv(path, sep="\t" if ".tsv" in name else ",", index=False)
    elif name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        lines = "".join(json.dumps(row) + "\n" for row in frame.to_dict("records")).encode()
        path.write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    found = find_duplicates_in(path, text="body of text", id="name", threshold=0.5)
    assert found.frame.id.fillna("").tolist() == [name for name, _ in ROWS]
    assert found.frame.cluster.tolist()[:3] == ["x", "x", "é"]
    assert found.frame["size"].tolist() == [2, 2, 1, 1]
    assert found.summary()[1:] == ["threshold 0.500: as given", "1 clusters of two documents or more"]


def test_several_files_are_one_list(tmp_path, mixed, in_memory):
    for number, start in enumerate(range(0, len(mixed), 500)):
        write(tmp_path / f"part-{number}.parquet", mixed[start : start + 500])
    assert result(find_duplicates_in(tmp_path)) == in_memory(mixed)


@pytest.mark.parametrize("name", ["clusters.parquet", "clusters.csv"])
def test_output(tmp_path, mixed, name):
    source, output = write(tmp_path / "a.parquet", mixed[:200]), tmp_path / name
    output.write_text("an earlier result")
    found = find_duplicates_in(source, output=output)
    assert found.frame is None
    read = pd.read_parquet if name.endswith(".parquet") else pd.read_csv
    assert read(output).equals(find_duplicates_in(source).frame)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", name]


def test_a_limit_of_memory_holds_or_is_said(tmp_path, mixed, in_memory):
    path = write(tmp_path / "a.parquet", mixed)
    assert result(find_duplicates_in(path, memory_limit="200 MiB")) == in_memory(mixed)
    with pytest.raises(OptionError, match="memory_limit is too small"):
        find_duplicates_in(path, memory_limit="1MB", scratch=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"text": "txt"}, "unknown column 'txt'; did you mean 'text'"),
        ({"id": "name"}, "unknown column 'name'. Valid: text"),
        ({"engine": "duck"}, "unknown engine 'duck'"),
        ({"method": "averag"}, "unknown method 'averag'; did you mean 'average'"),
        ({"method": "cpm"}, "method 'cpm' needs the whole graph in memory; take one of average"),
        ({"candidates": TfidfNeighbors()}, "candidates must be MinHashLSH, not TfidfNeighbors"),
        ({"threshold": 2}, "threshold must be a number from 0 to 1"),
        ({"memory_limit": "much"}, "memory_limit must be a size like '2GB', not 'much'"),
        ({"threads": 0}, "threads must be a positive integer"),
    ],
)
def test_options_that_cannot_work(tmp_path, options, sentence):
    with pytest.raises(OptionError, match=sentence):
        find_duplicates_in(write(tmp_path / "a.parquet", ["text"]), **options)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", b"no parquet"),
        ("a.csv", b"text,id\nx,1,2,3\n"),
        ("a.csv", b"text\nl\xe4rm\n"),
        ("a.jsonl", b'{"text": "x"}\n' * 2000 + b"{"),
        ("a.csv.gz", b"no gzip"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        find_duplicates_in(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_folders_that_are_not_there(tmp_path):
    path = write(tmp_path / "a.parquet", ["text"])
    with pytest.raises(FileError, match="none: cannot make a folder here"):
        find_duplicates_in(path, scratch=tmp_path / "none")
    with pytest.raises(FileError, match="there is no such file"):
        find_duplicates_in(tmp_path / "b.parquet")
