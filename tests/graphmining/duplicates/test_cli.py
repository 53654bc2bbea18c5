"""`graphmining duplicates`: what users type, and what they get."""

import csv
import io
import json

import pytest

from graphmining import find_duplicates, near_duplicates, pairwise_scores
from graphmining.cli import main
from graphmining.duplicates.methods import METHODS

PEOPLE = """\
number,name,street,city,born
1,Ada Lovelace,12 St James Square,London,1815
2,Ada Lovelace,12 St. James Sq.,London,1815
3,Alan Turing,78 High Street,Hampton,1912
4,Allan Turing,78 High St,Hampton,1912
5,Grace Hopper,5 Main Street,New York,1906
6,Kurt Gödel,Linden Lane 145,Princeton,1906
7,Emmy Noether,Hauptstraße 23,Erlangen,1882
8,Emmy Nöther,Hauptstr. 23,Erlangen,1882
"""
PAIRS = {frozenset("12"), frozenset("34"), frozenset("78")}


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def run(capsys, *words):
    status = main(["duplicates", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_rows(people, capsys):
    status, out, err = run(capsys, people, "--id", "number")
    rows = list(csv.DictReader(io.StringIO(out)))
    clusters = {}
    for row in rows:
        clusters.setdefault(row["cluster"], set()).add(row["id"])
        assert int(row["size"]) == 2
        assert row["representative"] in "12345678"
    assert status == 0
    assert set(map(frozenset, clusters.values())) == PAIRS
    for said in ("8 rows", "compared: name (string)", "candidate pairs", "threshold 0.500", "3 clusters"):
        assert said in err


def test_json(people, capsys):
    people.write_text(PEOPLE + "9,too,few\n", encoding="utf-8")
    status, out, err = run(capsys, people, "--id", "number", "--json")
    result = json.loads(out)
    assert status == 0
    assert list(result)[:3] == ["items", "threshold", "clusters"]
    assert result["items"] == 8
    assert {frozenset(cluster) for cluster in result["clusters"]} == PAIRS
    assert [line for _, line, _ in result["skipped"]] == [10]
    assert "1 row skipped" in err


def test_without_an_id_rows_are_numbered(tmp_path, capsys):
    path = tmp_path / "texts.txt"
    text = "the quick brown fox jumps over the lazy dog and runs away from the old farm"
    path.write_text(f"{text} today\nsomething else that has nothing to do with it at all, in more words\n{text}\n")
    status, out, _ = run(capsys, path, "--json")
    assert status == 0
    assert json.loads(out)["clusters"] == [["1", "3"]]


def test_two_lists(people, tmp_path, capsys):
    other = tmp_path / "guests.jsonl"
    guests = [
        {"number": "1", "name": "Turing, Alan", "street": "78 High Street", "city": "Hampton", "born": "1912"},
        {"number": "x", "name": "Grace Hopper", "street": "Main Street 5", "city": "New York", "born": "1906"},
    ]
    other.write_text("\n".join(map(json.dumps, guests)))
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("people,guests\n3,1\n5,x\n")
    status, out, err = run(capsys, people, other, "--id", "number", "--truth-pairs", pairs, "--json")
    assert status == 0
    result = json.loads(out)
    assert result["method"] == "mutual-best"
    assert {frozenset(cluster) for cluster in result["clusters"]} >= {frozenset({"people:5", "guests:x"})}
    assert result["scores"]["pairwise"]["recall"] >= 0.5
    assert "bcubed" in err
    status, out, _ = run(capsys, people, other, "--id", "number", "--one-list", "--json")
    assert status == 0
    assert json.loads(out)["method"] == "average"


def test_truth_labels_and_explanation(people, tmp_path, capsys):
    truth = tmp_path / "truth.csv"
    truth.write_text("id,person\n1,a\n2,a\n3,b\n4,b\n5,c\n6,d\n7,e\n8,e\n")
    status, out, _ = run(
        capsys, people, "--id", "number", "--truth", truth, "--labels", truth, "--json", "--explain", 1, 2
    )
    result = json.loads(out)
    assert status == 0
    assert result["scores"]["pairwise"] == pairwise_scores([{1, 2}, {3, 4}, {7, 8}], [{1, 2}, {3, 4}, {7, 8}])
    assert result["explanation"]["together"] is True
    status, out, _ = run(capsys, people, "--id", "number", "--explain", 1, 3)
    assert status == 0
    assert out.startswith("'1' and '3' are apart")
    assert "name: Ada Lovelace | Alan Turing" in out


def test_page_and_decisions(people, tmp_path, capsys):
    decisions = tmp_path / "decisions.json"
    decisions.write_text(json.dumps({"must_link": [["5", "6"]], "cannot_link": [["1", "2"]]}))
    page, rows = tmp_path / "review.html", tmp_path / "clusters.csv"
    status, out, _ = run(
        capsys, people, "--id", "number", "--html", page, "--output", rows, "--decisions", decisions
    )
    assert (status, out) == (0, "")
    assert "people.csv" in page.read_text(encoding="utf-8")
    together = {}
    for row in csv.DictReader(rows.read_text(encoding="utf-8").splitlines()):
        together.setdefault(row["cluster"], set()).add(row["id"])
    assert {"5", "6"} in together.values()
    assert {"1", "2"} not in together.values()


def test_beyond_memory(tmp_path, capsys):
    texts, _ = near_duplicates(300)
    path, clusters = tmp_path / "texts.jsonl", tmp_path / "clusters.csv"
    path.write_text("".join(json.dumps({"name": f"n{at}", "body": text}) + "\n" for at, text in enumerate(texts)))
    words = (path, "--engine", "duckdb", "--columns", "body", "--id", "name", "--memory-limit", "500MB")
    expected = {frozenset(f"n{at}" for at in cluster) for cluster in find_duplicates(texts).clusters}
    status, out, err = run(capsys, *words, "--json")
    result = json.loads(out)
    assert status == 0
    assert result["items"] == 300
    assert {frozenset(cluster) for cluster in result["clusters"]} == expected
    assert "candidate pairs of 300 documents" in err
    status, out, _ = run(capsys, *words)
    assert status == 0
    assert len(out.splitlines()) == 1 + sum(map(len, expected))
    status, out, _ = run(capsys, *words, "--output", clusters)
    assert (status, out) == (0, "")
    assert clusters.read_text().startswith("id,cluster,size\n")


def test_options_reach_the_pipeline(people, capsys):
    words = ("--id", "number", "--columns", "name", "city", "--method", "components", "--threshold", "0.9")
    status, out, _ = run(capsys, people, *words, "--max-size", "2", "--json")
    rows = [row.split(",") for row in PEOPLE.splitlines()[1:]]
    records = [{"name": row[1], "city": row[3]} for row in rows]
    found = find_duplicates(records, method="components", threshold=0.9, max_size=2)
    assert status == 0
    assert json.loads(out)["clusters"] == [[rows[at][0] for at in cluster] for cluster in found.members]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.csv"], "nothing.csv: there is no such file"),
        (["PEOPLE", "--id", "nmae"], "no column 'nmae'"),
        (["PEOPLE", "--method", "averag"], "unknown method 'averag'; did you mean 'average'?"),
        (["PEOPLE", "--threshold", "2"], "threshold must be a number from 0 to 1, not 2.0"),
        (["PEOPLE", "--max-size", "0"], "max_size must be a positive integer"),
        (["PEOPLE", "--explain", "1", "99"], "there is no item '99'"),
        (["PEOPLE", "--output", "nowhere/out.csv"], "there is no folder 'nowhere'"),
        (["PEOPLE", "--html", "nowhere/out.html"], "there is no folder 'nowhere'"),
        (["PEOPLE", "--labels", "nothing.csv"], "nothing.csv: there is no such file"),
        (["PEOPLE", "--decisions", "PEOPLE"], "is no file of decisions"),
        (["PEOPLE", "--truth", "PEOPLE"], "has 5 columns; a row is an id and its cluster, or two ids"),
        (["PEOPLE", "--memory-limit", "2GB"], "--memory-limit goes with --engine duckdb or spark"),
        (["PEOPLE", "--engine", "duckdb"], "text"),
        (["PEOPLE", "--engine", "duckbd"], "unknown engine 'duckbd'; did you mean 'duckdb'"),
        (["PEOPLE", "--engine", "duckdb", "--encoding", "cp1252"], "reads UTF-8 only"),
        (["PEOPLE", "--engine", "duckdb", "--explain", "1", "2"], "--explain needs all items in memory"),
        (["PEOPLE", "--engine", "duckdb", "--columns", "name", "city"], "compares texts in one column, not in 2"),
        (["PEOPLE", "--encoding", "klingon"], "there is no encoding 'klingon'"),
        (["PEOPLE", "PEOPLE", "PEOPLE"], "one or two files are needed, not 3"),
    ],
)
def test_bad_input_is_one_sentence(people, words, message, capsys, monkeypatch):
    monkeypatch.chdir(people.parent)
    status, out, err = run(capsys, *[people if word == "PEOPLE" else word for word in words])
    assert status == 2
    assert out == ""
    assert err.splitlines()[-1].startswith("graphmining: ")
    assert message in err.splitlines()[-1]
    assert sorted(path.name for path in people.parent.iterdir()) == ["people.csv"]


def test_help_names_all_methods(capsys):
    with pytest.raises(SystemExit):
        main(["duplicates", "--help"])
    out = capsys.readouterr().out
    for name, meaning in METHODS.items():
        assert f"{name} " in out
        assert meaning in out
