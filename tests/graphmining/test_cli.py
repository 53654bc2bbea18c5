"""The command: every algorithm through it is the function itself, and one line for what is wrong."""

import csv
import inspect
import io
import json
import re
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest

import graphmining as gm
from graphmining.cli import ALGORITHMS, RANKINGS, main
from graphmining.graph.files import read_graph

HEAVY = ("numpy", "numba", "scipy", "pandas", "networkx", "matplotlib", "sklearn", "tqdm")
NEEDED = {
    "hierarchical": ["--clusters", "3"],
    "balanced": ["-k", "3"],
    "spectral": ["-k", "3"],
    "personalized-pagerank": ["--seeds", "ada", "v5"],
    "similar": ["--seeds", "ada"],
    "simrank": ["--seeds", "ada"],
}


@pytest.fixture(scope="module")
def graph():
    """Three cliques in a ring, their nodes with names, weights and a true cluster."""
    graph = nx.Graph()
    for clique in range(3):
        nodes = [f"v{clique * 5 + at}" for at in range(5)]
        graph.add_nodes_from(nodes, gt=f"c{clique}")
        graph.add_edges_from(((u, v) for u in nodes for v in nodes if u < v), weight=2.0)
    graph.add_edges_from([("v0", "v5"), ("v5", "v10"), ("v10", "v0")], weight=0.5)
    return nx.relabel_nodes(graph, {"v0": "ada"})


@pytest.fixture
def file(graph, tmp_path):
    nx.write_gml(graph, tmp_path / "graph.gml")
    return tmp_path / "graph.gml"


@pytest.fixture
def run(capsys):
    """Runs a command that succeeds and gives what it prints, and what it says on standard error."""

    def run(*arguments):
        assert main([str(argument) for argument in arguments]) == 0
        return capsys.readouterr()

    return run


@pytest.fixture
def refused(capsys):
    """Runs a command that is refused with one line and gives that line."""

    def refused(*arguments):
        assert main([str(argument) for argument in arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        line = errors.rstrip("\n").split("\n")[-1]
        assert line.startswith("graphmining: ")
        assert "Traceback" not in errors
        return line.removeprefix("graphmining: ")

    return refused


def rows(text):
    header, *rest = csv.reader(io.StringIO(text))
    return header, rest


def as_sets(text):
    header, pairs = rows(text)
    assert header == ["node", "cluster"]
    clusters = {}
    for node, cluster in pairs:
        clusters.setdefault(int(cluster), set()).add(node)
    return [clusters[number] for number in range(len(clusters))]


# -- all commands


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["clutser"],
        ["--verbose"],
        ["cluster"],
        ["cluster", "a", "b"],
        ["cluster", "a", "--seed", "soon"],
        ["cluster", "a", "--weight", "w", "--unweighted"],
        ["rank", "a", "--top", "few"],
        ["measure", "a"],
        ["measure", "a", "--clusters", "b", "--truth", "c", "--truth-attribute", "d"],
        ["convert", "a"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_give_usage_and_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("usage: graphmining")
    assert re.fullmatch(r"graphmining.*: error: .+", errors.rstrip("\n").split("\n")[-1])


@pytest.mark.parametrize("command", [[], ["cluster"], ["rank"], ["measure"], ["convert"]], ids=" ".join)
def test_help_explains_each_command(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    output = capsys.readouterr().out
    assert output.startswith(f"usage: {' '.join(['graphmining', *command])}")
    assert re.search(r"^examples:\n  graphmining", output, flags=re.MULTILINE)
    for name in {"cluster": ALGORITHMS, "rank": RANKINGS}.get(command[0] if command else "", ()):
        assert re.search(rf"^  {name} ", output, flags=re.MULTILINE)


def test_the_examples_of_the_help_are_commands_that_parse(monkeypatch, capsys):
    from graphmining import cli

    called = []
    for name in ("cluster", "rank", "measure", "convert", "duplicates"):
        monkeypatch.setattr(cli, f"{name}_command", called.append)
    lines = [
        line for text in cli.EXAMPLES.values() for line in text.split("\n") if line.startswith("  graphmining")
    ]
    for line in lines:
        words = line.split(" > ")[0].split()[1:]
        assert main(words) == 0
    assert len(called) == len(lines) > 10


@pytest.mark.parametrize(
    "statement",
    [
        "import graphmining",
        "main(['--help'])",
        "main(['cluster', '--help'])",
        "main(['cluster', 'a', '--mu', '2'])",
    ],
)
def test_what_is_not_needed_is_not_imported(statement):
    code = f"""
import sys
{"from graphmining.cli import main" if "main" in statement else ""}
try:
    {statement}
except SystemExit:
    pass
print("heavy:", *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.rstrip("\n").split("\n")[-1] == "heavy:"


@pytest.mark.parametrize("arguments", [["--help"], ["cluster", "FILE"]], ids=" ".join)
def test_a_reader_that_goes_away_is_no_error(arguments, file, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-m", "graphmining.cli", *(str(file) if a == "FILE" else a for a in arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "Exception" not in errors


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /dev/full")
def test_a_full_disk_is_one_sentence(file):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "graphmining.cli", "cluster", file]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.rstrip("\n").endswith("graphmining: cannot read or write (No space left on device)")


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (KeyboardInterrupt, 130, "graphmining: interrupted"),
        (MemoryError, 2, "graphmining: there is not enough memory"),
    ],
)
def test_what_stops_a_command_is_one_line(error, status, line, file, monkeypatch, capsys):
    def stop(*_, **__):
        raise error

    monkeypatch.setattr(gm, "leiden", stop, raising=False)
    assert main(["cluster", str(file)]) == status
    assert capsys.readouterr().err.split("\n")[-2].startswith(line)


def test_the_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert re.fullmatch(r"graphmining \d+\.\d+\S*\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    "command", [["cluster"], ["rank"], ["measure", "--clusters", "c.csv"]], ids=lambda c: c[0]
)
def test_a_file_that_cannot_be_read_is_one_line(command, refused, tmp_path):
    assert refused(*command, tmp_path / "none.csv") == f"{tmp_path / 'none.csv'}: there is no such file"
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\nc\n")
    assert refused(*command, bad).startswith(f"{bad}:2: ")
    assert "unknown format 'cvs'; did you mean 'csv'" in refused(*command, bad, "--format", "cvs")


# -- the registries


@pytest.mark.parametrize(("name", "entry"), [*ALGORITHMS.items(), *RANKINGS.items()])
def test_options_are_arguments_of_the_functions(name, entry):
    known = set(inspect.signature(getattr(gm, entry.function)).parameters)
    taken = set(entry.options.values())
    if name == "hierarchical":
        taken -= {"count", "threshold"}
    assert taken <= known
    assert set(entry.required) <= set(entry.options)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_algorithm_gives_what_its_function_gives(name, graph, file, run):
    output, said = run("cluster", file, "--algorithm", name, *NEEDED.get(name, []))
    function = getattr(gm, ALGORITHMS[name].function)
    plain = gm.Graph.from_networkx(nx.read_gml(file))
    options = {"balanced": {"k": 3}, "spectral": {"k": 3}}.get(name, {})
    expected = function(plain, **options)
    if name == "hierarchical":
        expected = expected.cut_into(3)
    if name == "structural":
        assert expected.clusters.min() >= 0
        expected = expected.clusters
    nodes = np.array(plain.nodes)
    if isinstance(expected, np.ndarray):
        expected = [np.flatnonzero(expected == label) for label in range(expected.max() + 1)]
    assert as_sets(output) == [set(nodes[members].tolist()) for members in expected]
    assert f"{name}" in said
    assert "15 nodes, 33 edges, undirected" in said


@pytest.mark.parametrize("name", RANKINGS)
def test_each_ranking_gives_what_its_function_gives(name, file, run):
    output, _ = run("rank", file, "--method", name, *NEEDED.get(name, []), "--top", "4")
    graph = nx.read_gml(file)
    function = getattr(gm, RANKINGS[name].function)
    if name in ("similar", "simrank"):
        method = {"similar": "adamic-adar"}.get(name, name)
        expected = function(graph, "ada", k=4, method=method)
    else:
        scores = function(graph, *([["ada", "v5"]] if name == "personalized-pagerank" else []))
        expected = sorted(((node, scores[node]) for node in graph if node in scores), key=lambda pair: -pair[1])[
            :4
        ]
    header, found = rows(output)
    assert header == ["node", "score"]
    assert [float(score) for _, score in found] == pytest.approx([score for _, score in expected])
    assert all(float(score) == pytest.approx(dict(expected).get(node, float(score))) for node, score in found)


# -- cluster


def test_clusters_as_json(file, run):
    output, said = run("cluster", file, "--algorithm", "leiden", "--seed", "3", "--json")
    result = json.loads(output)
    assert list(result) == ["nodes", "edges", "algorithm", "seed", "options", "seconds", "clusters", "quality"]
    assert (result["nodes"], result["edges"], result["algorithm"], result["seed"]) == (15, 33, "leiden", 3)
    assert sorted(map(len, result["clusters"])) == [5, 5, 5]
    truth = gm.quality(nx.read_gml(file), result["clusters"])
    assert result["quality"]["modularity"] == pytest.approx(truth["modularity"])
    assert f"modularity {truth['modularity']:.4f}" in said
    assert "sizes: 5, 5, 5\n" in said


def test_clusters_into_a_file(file, run, tmp_path):
    output, said = run("cluster", file, "--output", tmp_path / "clusters.csv")
    assert output == ""
    assert "3 clusters" in said
    assert list(map(len, as_sets((tmp_path / "clusters.csv").read_text()))) == [5, 5, 5]


def test_a_cluster_file_is_written_whole_or_not_at_all(file, refused, tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("old")
    refused("cluster", file, "--algorithm", "spectral", "-k", "99", "--output", output)
    assert output.read_text() == "old"


def test_overlapping_clusters_have_a_row_for_each_place(run, tmp_path):
    path = tmp_path / "bowtie.csv"
    path.write_text("a,b\nb,c\na,c\nc,d\nd,e\nc,e\n")
    output, said = run("cluster", path, "--algorithm", "ego-splitting")
    assert sorted(map(sorted, as_sets(output))) == [["a", "b", "c"], ["c", "d", "e"]]
    assert "clusters overlap" in said
    result = json.loads(run("cluster", path, "--algorithm", "ego-splitting", "--json").out)
    assert result["quality"] is None


def test_hubs_and_outliers_are_clusters_of_one(run, tmp_path):
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    graph.add_edges_from([(3, 8), (8, 4), (7, 9)])
    nx.write_edgelist(graph, tmp_path / "graph.edges", data=False)
    output, _ = run("cluster", tmp_path / "graph.edges", "--algorithm", "structural", "--epsilon", "0.7")
    assert as_sets(output) == [set("0123"), set("4567"), {"8"}, {"9"}]


def test_negative_weights_have_a_cut_and_no_modularity(run, tmp_path):
    path = tmp_path / "graph.csv"
    path.write_text("a,b,1\nb,c,-1\nc,d,1\n")
    output, said = run("cluster", path, "--algorithm", "correlation")
    assert as_sets(output) == [{"a", "b"}, {"c", "d"}]
    assert "cut -1; negative weights" in said


def test_weights_and_direction_can_be_chosen(run, refused, tmp_path):
    path = tmp_path / "graph.csv"
    path.write_text("# directed\nsource,target,weight,count\na,b,1,5\nb,c,1,0.1\nc,d,1,5\n")
    said = refused("cluster", path)
    assert said == "this needs an undirected graph; --undirected ignores the directions"
    cut = ["--algorithm", "hierarchical", "--threshold", "2"]
    assert len(as_sets(run("cluster", path, "--undirected", *cut).out)) == 4
    output, said = run("cluster", path, "--undirected", "--weight", "count", *cut)
    assert as_sets(output) == [{"a", "b"}, {"c", "d"}]
    assert "(columns source, target, count)" in said
    assert len(as_sets(run("cluster", path, "--undirected", "--unweighted", *cut).out)) == 4
    strong = ["--algorithm", "components", "--connection", "strong"]
    assert len(as_sets(run("cluster", path, "--directed", *strong).out)) == 4


def test_names_that_need_quotes_come_back(run, tmp_path):
    path = tmp_path / "graph.csv"
    path.write_text('"a, b","say ""x"""\n"#c",d\n')
    run("cluster", path, "--algorithm", "components", "--output", tmp_path / "clusters.csv")
    sets = as_sets((tmp_path / "clusters.csv").read_text())
    assert sets == [{"a, b", 'say "x"'}, {"#c", "d"}]
    assert "2 clusters" in run("measure", path, "--clusters", tmp_path / "clusters.csv").out


def test_a_graph_without_edges(run, tmp_path):
    gm.write_graph(nx.empty_graph(3), tmp_path / "graph.csv")
    output, _ = run("cluster", tmp_path / "graph.csv", "--json")
    result = json.loads(output)
    assert sorted(result["clusters"]) == [[0], [1], [2]]
    assert result["quality"]["modularity"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--algorithm", "luvain"],
            "unknown algorithm 'luvain'; did you mean 'louvain'? Valid: louvain, leiden, ",
        ),
        (["--linkage", "single"], "leiden takes no --linkage; hierarchical does"),
        (["--algorithm", "components", "--seed", "1"], "components takes no --seed; louvain, leiden, "),
        (["--algorithm", "spectral"], "spectral needs --clusters"),
        (["--algorithm", "hierarchical"], "hierarchical needs --clusters or --threshold"),
        (["--algorithm", "hierarchical", "-k", "2", "--threshold", "1"], "--threshold, not both"),
        (["--algorithm", "hierarchical", "--linkage", "avarage", "-k", "2"], "did you mean 'average'"),
        (["--algorithm", "spectral", "-k", "0"], "0"),
        (["--resolution", "-1"], "resolution"),
        (["--threads", "0"], "threads must be a positive integer"),
        (["--weight", "w"], "no edge has 'w'; edges have: weight"),
        (["--output", "none/clusters.csv"], "none/clusters.csv: there is no folder 'none'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_clustered_is_one_line(arguments, message, file, refused):
    assert message in refused("cluster", file, *arguments)


# -- rank


def test_a_ranking_as_json_and_into_a_file(file, run, tmp_path):
    result = json.loads(run("rank", file, "--top", "3", "--json").out)
    assert (result["nodes"], result["edges"], result["method"], len(result["scores"])) == (15, 33, "pagerank", 3)
    scores = gm.pagerank(nx.read_gml(file))
    assert result["scores"][0]["score"] == max(scores.values())
    output, _ = run("rank", file, "--top", "0", "--output", tmp_path / "rank.csv")
    assert output == ""
    _, found = rows((tmp_path / "rank.csv").read_text())
    assert {node: float(score) for node, score in found} == pytest.approx(scores)


def test_seeds_are_named_as_in_the_file(run, refused, tmp_path):
    path = tmp_path / "graph.csv"
    path.write_text("10,20\n20,30\n40,50\n")
    output, _ = run("rank", path, "--method", "personalized-pagerank", "--seeds", "10")
    assert {node for node, _ in rows(output)[1]} == {"10", "20", "30"}
    assert refused("rank", path, "--method", "similar", "--seeds", "7") == "node 7 is not in the graph"
    assert refused("rank", path, "--method", "similar", "--seeds", "ada") == "node 'ada' is not in the graph"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "pagerunk"], "unknown method 'pagerunk'; did you mean 'pagerank'"),
        (["--method", "similar"], "similar needs --seeds"),
        (["--method", "similar", "--seeds", "ada", "v5"], "similar takes one seed, not 2"),
        (["--method", "similar", "--seeds", "ada", "--similarity", "jacard"], "did you mean 'jaccard'"),
        (["--seeds", "ada"], "pagerank takes no --seeds; personalized-pagerank, similar, simrank do"),
        (["--top", "-1"], "--top must be at least 0, not -1"),
        (["--alpha", "2"], "alpha"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_ranked_is_one_line(arguments, message, file, refused):
    assert message in refused("rank", file, *arguments)


# -- measure


def test_measures_are_those_of_the_functions(graph, file, run, tmp_path):
    path = tmp_path / "clusters.csv"
    clusters = {node: min(int(data["gt"][1]), 1) for node, data in graph.nodes(data=True)}
    path.write_text("".join(f"{node},{label}\n" for node, label in clusters.items()))
    result = json.loads(run("measure", file, "--clusters", path, "--truth-attribute", "gt", "--json").out)
    quality = gm.quality(graph, clusters)
    assert result["clusters"] == 2
    assert result["true_clusters"] == 3
    assert result["quality"] == pytest.approx({name: quality[name] for name in result["quality"]})
    assert result["agreement"] == pytest.approx(gm.agreement(clusters, dict(graph.nodes(data="gt"))))
    truth = tmp_path / "truth.tsv"
    truth.write_text("".join(f"{node}\t{label}\n" for node, label in graph.nodes(data="gt")))
    again = json.loads(run("measure", file, "--clusters", path, "--truth", truth, "--json").out)
    assert again == result
    text = run("measure", file, "--clusters", path, "--truth", truth).out
    assert text.startswith("2 clusters, 3 true ones\n")
    assert re.search(rf"^modularity +{quality['modularity']:.4f}$", text, flags=re.MULTILINE)
    assert re.search(rf"^bcubed f1 +{result['agreement']['bcubed_f1']:.4f}$", text, flags=re.MULTILINE)


def test_what_cluster_writes_measure_reads(file, run, tmp_path):
    run("cluster", file, "--output", tmp_path / "clusters.csv")
    arguments = ["--clusters", tmp_path / "clusters.csv", "--truth-attribute", "gt", "--json"]
    assert json.loads(run("measure", file, *arguments).out)["agreement"]["adjusted_rand"] == 1


def test_overlapping_clusters_are_compared_as_such(file, graph, run, tmp_path):
    lines = [f"{node},{label}\n" for node, label in graph.nodes(data="gt")]
    (tmp_path / "clusters.csv").write_text("".join([*lines, "ada,c1\n"]))
    arguments = ["measure", file, "--clusters", tmp_path / "clusters.csv", "--truth-attribute", "gt"]
    result = json.loads(run(*arguments, "--json").out)
    assert set(result["agreement"]) == {"overlapping_nmi", "omega_index"}
    assert 0 < result["agreement"]["overlapping_nmi"] < 1
    assert "quality" not in result
    assert "they overlap" in run(*arguments).out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ada,0,1\n", ":1: a row is a node and its cluster, but this one has 3 fields"),
        ("ada\n", ":1: a row is a node and its cluster, but this one has 1 fields"),
        ("node,cluster\nada,0\nbob,0\n", ":3: node 'bob' is not in the graph"),
        ("node,cluster\nada,0\n", ": node 'v1' is in no cluster (14 of 15 nodes)"),
        ("", ": node 'ada' is in no cluster (15 of 15 nodes)"),
    ],
)
def test_a_cluster_file_that_is_wrong_is_one_line(text, message, file, refused, tmp_path):
    path = tmp_path / "clusters.csv"
    path.write_text(text)
    assert refused("measure", file, "--clusters", path) == f"{path}{message}"


def test_an_attribute_that_is_not_there_is_one_line(file, run, refused, tmp_path):
    run("cluster", file, "--output", tmp_path / "clusters.csv")
    arguments = ["measure", file, "--clusters", tmp_path / "clusters.csv"]
    assert "no attribute 'club'; nodes have: gt" in refused(*arguments, "--truth-attribute", "club")


# -- convert


def test_a_graph_in_every_format_is_the_same(file, run, tmp_path):
    previous = file
    for ending in ("csv", "tsv.gz", "edges", "graphml", "mtx", "gml"):
        output, said = run("convert", previous, tmp_path / f"next.{ending}")
        assert output == ""
        assert "15 nodes, 33 edges" in said
        previous = tmp_path / f"next.{ending}"
    run("convert", previous, tmp_path / "a.data", "--to", "csv")
    run("convert", tmp_path / "a.data", tmp_path / "last.csv", "--from", "csv")
    one, other = (nx.to_dict_of_dicts(read_graph(path).to_networkx()) for path in (file, tmp_path / "last.csv"))
    assert one == other


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("graph.xyz", "the ending '.xyz' names no format"),
        ("none/graph.csv", "there is no folder"),
        ("", "a name without an ending names no format"),
    ],
)
def test_a_place_that_cannot_be_converted_to_is_one_line(output, message, file, refused, tmp_path):
    assert message in refused("convert", file, tmp_path / output)
