import os

import networkx as nx
import pytest

from graphmining.data import GRAPHS, VARIABLE, load_graph
from graphmining.errors import FileError, OptionError

FOLDER = os.environ.get(VARIABLE)
FILES = [name for name, info in GRAPHS.items() if info.file]
GML = 'graph [ node [ id 0 label "a" {0} ] node [ id 1 label "b" {1} ] node [ id 2 label "c" {0} ] ]'


@pytest.fixture
def gml(tmp_path):
    """Writes a GML file of nodes with these attributes."""

    def write(*attributes):
        path = tmp_path / "small.gml"
        path.write_text(GML.format(*attributes))
        return path

    return write


@pytest.mark.parametrize("name", GRAPHS)
def test_registry(name):
    """Every graph is as large as the registry says; whoever loads it gets one of their own."""
    info = GRAPHS[name]
    assert info.citation
    assert info.licence in ("MIT", "BSD-3-Clause")
    assert info.source.startswith("https://")
    assert (info.file is None) != (info.function is None)
    if info.file and not FOLDER:
        pytest.skip(f"{VARIABLE} names no folder with {info.file}")
    graph, truth = load_graph(name)
    assert type(graph) is nx.Graph
    assert (len(graph), graph.number_of_edges()) == (info.nodes, info.edges)
    if info.clusters is None:
        assert truth is None
    else:
        assert len(truth) == info.clusters
        assert nx.community.is_partition(graph, truth)
        assert [len(cluster) for cluster in truth] == sorted(map(len, truth), reverse=True)
    graph.clear()
    assert len(load_graph(name)[0]) == info.nodes


def test_truth_of_the_graphs_of_networkx():
    graph, truth = load_graph("karate")
    for cluster in truth:
        assert len({graph.nodes[node]["club"] for node in cluster}) == 1
    graph, truth = load_graph("davis")
    assert {frozenset(side) for side in nx.bipartite.sets(graph)} == {frozenset(side) for side in truth}


def test_any_gml_file(gml):
    path = gml('gt "x"', 'gt "y"')
    for name in (path, str(path)):
        graph, truth = load_graph(name)
        assert list(graph) == ["a", "b", "c"]
        assert truth == [{"a", "c"}, {"b"}]
    assert load_graph(gml("", ""))[1] is None


def test_truth_of_some_nodes_only(gml):
    with pytest.raises(FileError, match=r"small\.gml: node 'b' has no attribute 'gt', but others have"):
        load_graph(gml("gt 1", ""))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("given", ["nothing", "option", "variable"])
def test_missing_files(name, given, tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    if given == "variable":
        monkeypatch.setenv(VARIABLE, str(tmp_path))
    where = "no folder is set" if given == "nothing" else f"{name}.gml is not in the folder"
    message = f"{where}.*; download the files from https://github.com/.* and set .* {VARIABLE}"
    with pytest.raises(FileError, match=message):
        load_graph(name, folder=tmp_path if given == "option" else None)


def test_changed_file(tmp_path):
    (tmp_path / "cora.gml").write_bytes(b"graph [ ]")
    found = "8f19690935ca53430442bad363bbf4b944b29dd9c0441a197f46a0a674a013ad"  # by sha256sum
    with pytest.raises(FileError) as error:
        load_graph("cora", folder=tmp_path)
    assert str(tmp_path / "cora.gml") in str(error.value)
    assert GRAPHS["cora"].sha256 in str(error.value)
    assert found in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"graph [", "is no GML file that networkx can read"),
        (b"\xff\xfe", "is no GML file that networkx can read"),
        (b"", "is no GML file that networkx can read"),
        (None, r"cannot be read \(No such file"),
    ],
)
def test_unreadable_files(content, message, tmp_path):
    path = tmp_path / "broken.gml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=f"broken.gml: {message}"):
        load_graph(path)


def test_folder_is_no_file(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        load_graph(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("karat", "unknown graph 'karat'; did you mean 'karate'\\? Valid: karate, davis"),
        ("", "unknown graph ''"),
        (7, "a graph is a name or a path, not 7"),
        (None, "a graph is a name or a path, not None"),
    ],
)
def test_unknown_graphs(name, message):
    with pytest.raises(OptionError, match=message):
        load_graph(name)
