"""Graphs from files: what is written comes back, what others write is read, what is wrong is one sentence."""

import gzip
import io
import os
import signal
import subprocess
import sys
import time

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining import Graph, read_graph, write_graph
from graphmining.errors import FileError, OptionError
from graphmining.graph.files import FORMATS, new_file, read_attribute, read_described

EDGE_LISTS = ("csv", "tsv", "edges")


def same(one, other):
    """Whether two graphs are equal: nodes by name, edges, weights, direction."""
    return one.directed == other.directed and labelled(one) == labelled(other)


def labelled(graph):
    names = list(graph.names())
    source, target, weights = graph.edges()
    edges = {}
    for u, v, w in zip(source.tolist(), target.tolist(), weights.tolist()):
        edges[(names[u], names[v]) if graph.directed else frozenset((names[u], names[v]))] = w
    return set(names), edges


letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff")
texts = st.one_of(st.text(letters, min_size=1, max_size=6), st.text("a1#\",;\\ '&<[(/", min_size=1, max_size=4))
words = texts.map(lambda text: text.strip()).filter(lambda text: text and text not in ("()", "[]"))
names = st.one_of(
    st.none(),
    st.lists(st.integers(-(10**25), 10**25), min_size=7, max_size=7, unique=True),
    st.lists(words, min_size=7, max_size=7, unique=True)
    .map(lambda some: ["x", *some[1:]])
    .filter(lambda some: len(set(some)) == 7),
)
weights = st.one_of(st.just(1.0), st.integers(-9, 9).map(float), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def graphs(draw):
    nodes = draw(names)
    n = draw(st.integers(0, 7))
    nodes = nodes if nodes is None else nodes[:n]
    edges = draw(st.dictionaries(st.tuples(*[st.integers(0, n - 1)] * 2), weights, max_size=12)) if n else {}
    directed = draw(st.booleans())
    if not directed:
        edges = {(u, v): w for (u, v), w in edges.items() if u <= v}
    source, target = [u for u, _ in edges], [v for _, v in edges]
    if nodes == []:
        nodes = None
    return Graph.from_edges(source, target, list(edges.values()), n=n, directed=directed, nodes=nodes)


@pytest.mark.parametrize("ending", ["csv", "tsv", "edges", "gml", "graphml", "mtx", "csv.gz", "gml.gz", "mtx.gz"])
def test_what_is_written_comes_back(ending, tmp_path):
    path = tmp_path / f"graph.{ending}"

    @settings(max_examples=60, deadline=None)
    @given(graphs())
    def check(graph):
        write_graph(graph, path)
        again = read_graph(path)
        assert same(again, graph)
        # Nodes keep their order, but for named ones in edge lists; 0, …, n - 1 in another order become plain.
        plain = graph.nodes is not None and set(graph.nodes) == set(range(len(graph)))
        if not plain and (graph.nodes is None or ending.split(".")[0] not in EDGE_LISTS):
            assert again.nodes == graph.nodes
            for name in ("indptr", "indices", "weights"):
                assert np.array_equal(getattr(again, name), getattr(graph, name))

    check()


fields = st.text('ab01 .-+#"', max_size=4)


@pytest.mark.parametrize("ending", EDGE_LISTS)
def test_blocks_are_read_as_lines_are(ending, tmp_path, monkeypatch):
    """Reading by columns and reading by lines agree on every table of short fields, and on what is refused."""
    from graphmining.graph import edge_lists

    path = tmp_path / f"graph.{ending}"
    delimiter = {"csv": ",", "tsv": "\t", "edges": " "}[ending]
    by_columns = edge_lists._Table._fast

    def read():
        try:
            return labelled(read_graph(path))
        except FileError as error:
            return error.line

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.lists(fields, min_size=3, max_size=3), min_size=1, max_size=4), st.integers(3, 40))
    def check(rows, block):
        path.write_text(f"source{delimiter}target{delimiter}weight\n", encoding="utf-8")
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(delimiter.join(row) + "\n" for row in rows)
        with monkeypatch.context() as patch:
            one = read()
            patch.setattr(edge_lists, "_BLOCK", block)
            assert read() == one
            patch.setattr(edge_lists._Table, "_fast", lambda *_: None)
            assert read() == one
        assert edge_lists._Table._fast is by_columns

    check()


# -- edge lists of others


def read_text(tmp_path, text, name="graph.csv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_graph(path, **options)


@pytest.mark.parametrize(
    ("name", "text", "nodes", "edges"),
    [
        ("a.csv", "source,target,weight\na,b,2\nb,c,0.5\n", ["a", "b", "c"], {"ab": 2, "bc": 0.5}),
        ("a.csv", "weight,note,Target,Source\n2,x,b,a\n", ["a", "b"], {"ab": 2}),
        ("a.csv", "from,to\na,b\n", ["a", "b"], {"ab": 1}),
        ("a.csv", "src,dst,count\na,b,7\n", ["a", "b"], {"ab": 1}),
        ("a.csv", "u,v,strength\na,b,7\n", ["a", "b"], {"ab": 7}),
        ("a.csv", "u,v,kind\na,b,friend\n", ["u", "v", "a", "b"], None),
        ("a.csv", "person,other\n5,7\n", [5, 7], None),
        ("a.csv", "a,b\nb,c\n", ["a", "b", "c"], {"ab": 1, "bc": 1}),
        ("a.csv", "a,b,2\na,b,3\nb,a,1\n", ["a", "b"], {"ab": 6}),
        ("a.csv", "a,b\nC#,b\n", ["a", "b", "C#"], None),
        ("a.csv", '"a, b",c\n"say ""x""",c\n', ["a, b", "c", 'say "x"'], None),
        ("a.csv", "\ufeffsource,target\r\na,b\r\n", ["a", "b"], {"ab": 1}),
        ("a.csv", "a , b\n\n   \na,b", ["a", "b"], {"ab": 2}),
        ("a.csv", "# remark\na,b\n# another\nb,c\n", ["a", "b", "c"], {"ab": 1, "bc": 1}),
        ("a.csv", "NA,null\nnan,None\n", ["NA", "null", "nan", "None"], None),
        ("a.csv", "True,False\n", ["True", "False"], None),
        ("a.csv", "1.0,2\n", ["1.0", "2"], None),
        ("a.csv", "0,1\n1,2\n", None, None),
        ("a.csv", "2,1\n1,0\n", None, None),
        ("a.csv", "1,2\n2,3\n", [1, 2, 3], None),
        ("a.csv", "-1,0\n0,1\n", [-1, 0, 1], None),
        ("a.csv", "007,7\n", ["007", "7"], None),
        ("a.csv", "+7,7\n", ["+7", "7"], None),
        ("a.csv", "-0,0\n", ["-0", "0"], None),
        ("a.csv", f"{10**30},{2**63}\n", [10**30, 2**63], None),
        ("a.csv", "source,target\n0,1\n1,x\n", ["0", "1", "x"], None),
        ("a.tsv", "a b\tc\t2\n", ["a b", "c"], None),
        ("a.txt", "# FromNodeId\tToNodeId\n0\t1\n1  2 \n", None, None),
        ("a.edges", '"a b" c 2\nc d 1\n', ["a b", "c", "d"], None),
        ("a.edgelist", "0 1\n", None, None),
    ],
)
def test_edge_lists_as_others_write_them(tmp_path, name, text, nodes, edges):
    graph = read_text(tmp_path, text, name)
    assert graph.nodes == nodes
    assert not graph.directed
    if edges is not None:
        assert labelled(graph)[1] == {frozenset(pair): weight for pair, weight in edges.items()}


@pytest.mark.parametrize(
    ("text", "weight", "weights", "sentence"),
    [
        ("source,target,weight,count\na,b,2,7\n", "weight", [2], "columns source, target, weight"),
        ("source,target,weight,count\na,b,2,7\n", "count", [7], "columns source, target, count"),
        ("source,target,weight,count\na,b,2,7\n", None, [1], "columns source, target"),
        ("a,b,2,7\n", "weight", [2], "columns 1, 2, 3"),
        ("a,b,2,7\n", None, [1], "columns 1, 2"),
        ("a,b\n", "weight", [1], "columns 1, 2"),
    ],
)
def test_which_column_has_the_weights(tmp_path, text, weight, weights, sentence):
    assert read_text(tmp_path, text, weight=weight).weights.tolist() == weights * 2
    assert read_described(tmp_path / "graph.csv", weight=weight)[1] == sentence


def test_an_edge_list_is_directed_where_it_says_so_or_is_told_so(tmp_path):
    path = tmp_path / "graph.csv"
    write_graph(nx.DiGraph([(0, 1), (1, 0), (1, 2)]), path)
    assert read_graph(path).directed
    undirected = read_graph(path, directed=False)
    assert undirected.edges()[2].tolist() == [2, 1]
    assert read_text(tmp_path, "a,b\n", directed=True).edges()[0].tolist() == [0]


def test_pandas_networkx_and_we_agree(tmp_path):
    nodes = nx.gnm_random_graph(60, 200, seed=3)
    for u, v, data in nodes.edges(data=True):
        data["weight"] = (u * 7 + v) % 11 / 4
    path = tmp_path / "graph.csv"
    nx.to_pandas_edgelist(nodes).to_csv(path, index=False)
    frame = pd.read_csv(path)
    expected = Graph.from_edges(frame.source.to_numpy(), frame.target.to_numpy(), frame.weight.to_numpy(), n=60)
    assert same(read_graph(path), expected)
    nx.write_weighted_edgelist(nodes, tmp_path / "graph.edges")
    assert same(read_graph(tmp_path / "graph.edges"), expected)
    write_graph(expected, tmp_path / "back.edges")
    back = nx.read_weighted_edgelist(tmp_path / "back.edges", nodetype=int)
    assert nx.utils.graphs_equal(back, nodes)


# -- GML, GraphML, Matrix Market of others


@pytest.mark.parametrize("ending", ["gml", "graphml"])
@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_what_networkx_writes_is_what_from_networkx_gives(tmp_path, ending, kind):
    graph = kind(nx.gnm_random_graph(12, 30, seed=1))
    graph.add_edges_from([('é & "ü"', 3), (3, 4), (4, 3)], weight=2.5)
    graph = nx.relabel_nodes(graph, str)
    path = tmp_path / f"graph.{ending}"
    getattr(nx, f"write_{ending}")(graph, path)
    assert same(read_graph(path), Graph.from_networkx(graph))


def test_gml_without_labels_and_with_edges_twice(tmp_path):
    text = "graph\n[\n  node [ id 1 ]\n  node [ id 2 ]\n  edge [ source 1 target 2 value 3 ]\n"
    graph = read_text(tmp_path, text + "  edge [ source 2 target 1 value 4 ]\n]\n", "a.gml", weight="value")
    assert labelled(graph) == ({1, 2}, {frozenset((1, 2)): 7.0})


@pytest.mark.parametrize("ending", ["gml", "graphml"])
def test_plain_nodes_are_plain_in_any_order(tmp_path, ending):
    graph = nx.Graph()
    graph.add_nodes_from([2, 0, 1], gt="x")
    graph.add_edge(2, 0, weight=3)
    graph.nodes[0]["gt"] = "y"
    path = tmp_path / f"graph.{ending}"
    getattr(nx, f"write_{ending}")(graph, path)
    read = read_graph(path)
    assert read.nodes is None
    assert read.neighbors(2).tolist() == [0]
    assert read_attribute(path, "gt") == {0: "y", 1: "x", 2: "x"}


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("form", [scipy.sparse.coo_array, lambda matrix: matrix.toarray()])
def test_matrix_market_of_scipy(tmp_path, symmetric, form):
    matrix = scipy.sparse.random_array((9, 9), density=0.3, rng=np.random.default_rng(2))
    matrix = matrix + matrix.T if symmetric else matrix
    path = tmp_path / "graph.mtx"
    scipy.io.mmwrite(path, form(matrix), symmetry="symmetric" if symmetric else "general", precision=17)
    graph = read_graph(path)
    assert graph.directed is not symmetric
    assert (graph.to_scipy() - matrix).nnz == 0 or abs(graph.to_scipy() - matrix).max() == 0
    assert read_graph(path, weight=None).weights.tolist() == [1] * len(graph.indices)
    if symmetric:
        assert same(read_graph(path, directed=True), Graph.from_scipy(matrix, directed=True))
    else:
        # Not symmetric: an entry is an edge, and both directions add up.
        total = (matrix + matrix.T).toarray()
        np.fill_diagonal(total, matrix.diagonal())
        assert np.allclose(read_graph(path, directed=False).to_scipy().toarray(), total)


def test_a_general_matrix_that_is_symmetric_can_be_read_as_undirected(tmp_path):
    matrix = nx.to_scipy_sparse_array(nx.path_graph(4))
    path = tmp_path / "graph.mtx"
    scipy.io.mmwrite(path, matrix, symmetry="general")
    assert read_graph(path).directed
    assert same(read_graph(path, directed=False), Graph.from_networkx(nx.path_graph(4)))


# -- what is wrong

NO_LINE = None
MALFORMED = [
    ("a.csv", "", NO_LINE, "no edges"),
    ("a.csv", "# only\n# remarks\n", NO_LINE, "no edges"),
    ("a.csv", "a\nb\n", 1, "one field; an edge needs two, apart by commas"),
    ("a.tsv", "a,b\n", 1, "apart by tabs"),
    ("a.txt", "a\n", 1, "apart by white space"),
    ("a.csv", "a,b\nc\n", 2, "one field"),
    ("a.csv", "a,b\n# remark\n\nc,d,e\n", 4, "3 fields where the first line has 2"),
    ("a.csv", "a,b,1,x,y\na,b,1,x\n", 2, "4 fields where the first line has 5"),
    ("a.csv", "0,1\n1,\n", 2, "field 2 is empty; a node is missing"),
    ("a.csv", "a,b\n ,c\n", 2, "field 1 is empty"),
    ("a.csv", "source,target,weight\na,b,1\nb,c,heavy\n", 3, "weight 'heavy' is not a finite number"),
    ("a.csv", "0,1,1\n1,2,nan\n", 2, "weight 'nan'"),
    ("a.csv", "0,1,1\n1,2,inf\n", 2, "weight 'inf'"),
    ("a.csv", "0,1,0.5\n1,2,1e999\n", 2, "weight '1e999'"),
    ("a.csv", "0,1,1\n1,2,1_0\n", 2, "weight '1_0'"),
    ("a.csv", "0,1,1\n1,2,\n", 2, "the empty weight"),
    ("a.csv", b"a,b\nc,\xff\xfe\n", 2, "byte 0xff is not UTF-8"),
    ("a.csv", "a,b\nc,d\n".encode("utf-16"), 1, "not UTF-8"),
    ("a.csv", b"0,1\n1,2\0\n", 2, "NUL"),
    ("a.csv", 'a,b\nc,"d\ne",f\n', 2, "quoted field does not end"),
    ("a.csv", 'a,b\n"c,d\n', 2, "quoted field does not end"),
    ("a.edges", "# columns: source target\n0 1 2\n", 2, "3 fields, but the comment `# columns:` names 2"),
    ("a.csv.gz", b"a,b\n", NO_LINE, "no whole gzip file"),
    ("a.csv.gz", gzip.compress(b"a,b\n" * 100)[:-9], NO_LINE, "no whole gzip file"),
    ("a.gml", "", NO_LINE, "is empty"),
    ("a.gml", "graph [\n  node [ id 1\n]\n", 4, "no GML"),
    (
        "a.gml",
        'graph [\n  node [ id 1 label "a" ]\n  edge [ source 1 target 2 ]\n]\n',
        NO_LINE,
        "undefined target",
    ),
    ("a.gml", "graph [\n  node [ id ? ]\n]\n", 2, "cannot tokenize"),
    ("a.gml", b'graph [\n  node [ id 1 label "\xff" ]\n]\n', 2, "not UTF-8"),
    ("a.gml.gz", b"graph []", NO_LINE, "no whole gzip file"),
    ("a.graphml", "", 1, "no XML"),
    ("a.graphml", "<graphml>\n<graph>\n</graphml>", 3, "no XML: mismatched tag"),
    ("a.graphml", "<html/>", NO_LINE, "no GraphML"),
    ("a.graphml.gz", b"<graphml/>", NO_LINE, "no whole gzip file"),
    ("a.mtx", "", 1, "first line must be"),
    ("a.mtx", "1 2 3\n", 1, "first line must be"),
    ("a.mtx", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 1\n", 1, "field 'complex'"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real hermitian\n1 1 1\n1 1 1\n", 1, "symmetry 'hermitian'"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n", NO_LINE, "is square"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 x 1\n", 3, "no Matrix Market"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 3 1\n", 3, "out of bounds"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n", NO_LINE, "no Matrix Market"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n%node: a\n2 2 1\n1 2 1\n", NO_LINE, "1 names"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 nan\n", NO_LINE, "finite"),
    ("a.xyz", "a,b\n", NO_LINE, "ending '.xyz' names no format; say which it is, or use one of .csv"),
    ("a", "a,b\n", NO_LINE, "a name without an ending"),
    ("a.gz", b"", NO_LINE, "a name without an ending"),
]


@pytest.mark.parametrize(("name", "text", "line", "message"), MALFORMED, ids=lambda value: repr(value)[:40])
def test_a_malformed_file_is_one_sentence_with_its_place(tmp_path, name, text, line, message):
    with pytest.raises(FileError) as caught:
        read_text(tmp_path, text, name)
    assert message in str(caught.value)
    place = tmp_path / name if line is None else f"{tmp_path / name}:{line}"
    assert str(caught.value).startswith(f"{place}: ")
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "weight", "message"),
    [
        ("source,target,w\na,b,2\n", "v", "no column 'v'; there are source, target, w"),
        ("a,b,2\n", "v", "there is no header, so no column 'v'"),
    ],
)
def test_a_column_that_is_not_there(tmp_path, text, weight, message):
    with pytest.raises(FileError, match=message):
        read_text(tmp_path, text, weight=weight)


@pytest.mark.parametrize("ending", ["gml", "graphml"])
def test_attributes_that_are_not_there(tmp_path, ending):
    graph = nx.Graph([("a", "b", {"w": "x"})])
    graph.nodes["a"]["gt"] = 1
    path = tmp_path / f"graph.{ending}"
    getattr(nx, f"write_{ending}")(graph, path)
    with pytest.raises(FileError, match="no edge has 'v'; edges have: w"):
        read_graph(path, weight="v")
    with pytest.raises(FileError, match=r"edge \('a', 'b'\) has w 'x'"):
        read_graph(path, weight="w")
    with pytest.raises(FileError, match="node 'b' has no attribute 'gt'; nodes have: gt"):
        read_attribute(path, "gt")
    with pytest.raises(FileError, match="format csv has no attributes of nodes"):
        read_attribute(tmp_path / "graph.csv", "gt")


def test_places_that_cannot_be_read(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match="no such file"):
        read_graph(tmp_path / "none.csv")
    with pytest.raises(FileError, match="is a directory"):
        read_graph(tmp_path / "folder.csv")
    with pytest.raises(FileError, match="cannot be read"):
        read_graph(tmp_path / ("a" * 300 + ".csv"))
    with pytest.raises(OptionError, match="unknown format 'cvs'; did you mean 'csv'"):
        read_graph(tmp_path / "a", format="cvs")
    with pytest.raises(OptionError, match="weight must be the name"):
        read_graph(tmp_path / "a.csv", weight=2)


def test_the_format_can_be_named(tmp_path):
    path = tmp_path / "graph.data"
    write_graph(nx.path_graph(3), path, format="edges")
    assert same(read_graph(path, format="edges"), Graph.from_networkx(nx.path_graph(3)))


def test_every_ending_names_its_format(tmp_path):
    for kind, endings in FORMATS.items():
        for ending in endings:
            write_graph(nx.path_graph(3), tmp_path / f"a{ending.upper()}")
            assert len(read_graph(tmp_path / f"a{ending.upper()}", format=kind)) == 3


# -- writing


@pytest.mark.parametrize(
    ("nodes", "name", "message"),
    [
        ([(1, 2), "b"], "a.csv", r"node \(1, 2\) is neither"),
        ([1.5, 2.5], "a.gml", "node 1.5 is neither"),
        ([True, False], "a.gml", "node True is neither"),
        ([1, "b"], "a.csv", "of both kinds"),
        (["a\nb", "c"], "a.csv", "control characters"),
        (["", "c"], "a.graphml", "must not be empty"),
        ([" a", "c"], "a.csv", "start or end in white space"),
        (["[]", "c"], "a.gml", "GML cannot hold"),
    ],
)
def test_names_that_would_not_come_back_are_refused(tmp_path, nodes, name, message):
    graph = nx.Graph([nodes])
    with pytest.raises(FileError, match=message):
        write_graph(graph, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path):
    graph = nx.path_graph(3)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match="is a directory"):
        write_graph(graph, tmp_path / "folder.csv")
    with pytest.raises(FileError, match="there is no folder"):
        write_graph(graph, tmp_path / "none" / "a.csv")
    with pytest.raises(FileError, match="cannot be written"):
        write_graph(graph, tmp_path / ("a" * 300 + ".csv"))


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail():
        with new_file(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    code = (
        "import sys, time, pathlib\nfrom graphmining.graph.files import new_file\n"
        "with new_file(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'new' * 10**6)\n    file.flush()\n    print('here', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert path.read_text() == "old"


def test_packed_files_are_the_same_each_time(tmp_path):
    graph = nx.path_graph(30)
    write_graph(graph, tmp_path / "a.csv.gz")
    first = (tmp_path / "a.csv.gz").read_bytes()
    time.sleep(0.01)
    write_graph(graph, tmp_path / "a.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == first
    assert gzip.decompress(first).startswith(b"source,target\n0,1\n")


def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        write_graph(nx.path_graph(2), pipe, format="csv")
        assert reader.communicate()[0] == "source,target\n0,1\n"
    assert pipe.is_fifo()


def test_a_bar_on_a_terminal_only(tmp_path, monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    path = tmp_path / "graph.csv"
    write_graph(nx.path_graph(3), path)
    read_graph(path)
    assert capsys.readouterr().err == ""
    for progress in (True, False):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        read_graph(path, progress=progress)
        monkeypatch.undo()
        assert ("graph.csv" in terminal.getvalue()) is progress
