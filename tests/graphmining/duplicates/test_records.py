"""Records that people have matched: pairwise F1 without a label and without an option."""

import csv
import os
from pathlib import Path

import pytest

from graphmining import find_duplicates
from graphmining.duplicates.curves import read_truth
from graphmining.duplicates.files import read_items
from graphmining.measures.agreement import pairwise_scores

VARIABLE = "GRAPHMINING_RECORDS"
pytestmark = pytest.mark.skipif(
    VARIABLE not in os.environ, reason=f"{VARIABLE} names no folder with abt_buy, dblp_acm and cora"
)


def rows(path, delimiter):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def search(items, truth):
    found = find_duplicates(items, progress=False)
    return found, pairwise_scores(found.labels, read_truth(items, truth))


@pytest.mark.parametrize(
    ("folder", "delimiter", "least"),
    [("dblp_acm", "%", 0.97), ("abt_buy", "|", 0.85)],
    ids=["dblp_acm", "abt_buy"],
)
def test_two_lists(folder, delimiter, least):
    path = Path(os.environ[VARIABLE], folder)
    one, other = folder.split("_")
    items, _ = read_items([path / f"{one}.csv", path / f"{other}.csv"], id="id", progress=False)
    truth = [(f"{one}:{a}", f"{other}:{b}") for a, b in rows(path / "gt.csv", delimiter)[1:]]
    found, scores = search(items, truth)
    assert scores["f1"] >= least
    assert all(len(cluster) == 2 for cluster in found.clusters)


def test_one_list():
    path = Path(os.environ[VARIABLE], "cora")
    items, _ = read_items(path / "cora.csv", id="Entity Id", progress=False)
    _, scores = search(items, rows(path / "gt.csv", "|"))
    assert scores["f1"] >= 0.84
