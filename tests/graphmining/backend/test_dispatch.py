"""The networkx backend: networkx's own answers, networkx's own tests."""

import os
import random
import subprocess
import sys
import warnings

import networkx as nx
import numpy as np
import pytest

from graphmining.backend import dispatch
from graphmining.backend.info import FUNCTIONS, backend_info

MODULES = [
    "networkx.algorithms.community.tests.test_louvain",
    "networkx.algorithms.community.tests.test_leiden",
    "networkx.algorithms.community.tests.test_label_propagation",
    "networkx.algorithms.community.tests.test_quality",
    "networkx.algorithms.components.tests",
    "networkx.algorithms.link_analysis.tests.test_pagerank",
    "networkx.algorithms.tests.test_cluster",
    "networkx.algorithms.tests.test_core",
]


def graphs(seed):
    rng = random.Random(seed)
    named = nx.relabel_nodes(nx.gnm_random_graph(40, 90, seed=seed), {v: f"n{v * 7 % 40}" for v in range(40)})
    for graph in (
        nx.karate_club_graph(),
        nx.gnm_random_graph(60, 150, seed=seed),
        nx.MultiGraph(nx.gnm_random_graph(30, 60, seed=seed)),
        nx.gnm_random_graph(40, 150, seed=seed, directed=True),
        named,
    ):
        for *_, data in graph.edges(data=True):
            data["weight"] = rng.choice([0.5, 1, 2, 3])
        loop = list(graph)[3]
        graph.add_edge(loop, loop, weight=2)
        yield graph


@pytest.mark.parametrize("seed", range(15))
def test_louvain_takes_the_same_moves_as_networkx(seed):
    for graph in graphs(seed):
        for options in ({}, {"weight": None}, {"resolution": 1.7}, {"threshold": 0.1}):
            theirs = list(nx.community.louvain_partitions(graph, seed=seed, **options))
            ours = list(nx.community.louvain_partitions(graph, seed=seed, backend="graphmining", **options))
            assert ours == theirs
    generator, same = random.Random(seed), random.Random(seed)
    nx.community.louvain_communities(graph, seed=generator, backend="graphmining")
    nx.community.louvain_communities(graph, seed=same)
    assert generator.random() == same.random()  # as many random numbers were drawn


def test_networkx_own_tests():
    """The tests that networkx keeps for these functions, every graph in them given to the backend."""
    environment = os.environ | {"NETWORKX_TEST_BACKEND": "graphmining", "NETWORKX_FALLBACK_TO_NX": "True"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        os.devnull,
        "-p",
        "no:cacheprovider",
        "-q",
        "--pyargs",
        *MODULES,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout.strip().splitlines()[-1]
    assert "passed" in summary
    assert "xfailed" not in summary
    assert int(summary.split()[0]) > 200


def test_info_names_what_is_there():
    assert set(backend_info()["functions"]) == set(FUNCTIONS)
    for name in FUNCTIONS:
        assert callable(getattr(dispatch, name))
        # networkx knows a function of this name and that this backend has it
        public = getattr(nx, name, None) or getattr(nx.community, name)
        assert "graphmining" in public.backends


def test_priority(monkeypatch):
    graph = nx.karate_club_graph()
    expected = nx.pagerank(graph)
    calls = []
    monkeypatch.setattr(dispatch, "pagerank", lambda *a, **k: calls.append(a) or expected)
    with nx.config(backend_priority=["graphmining"]):
        assert nx.pagerank(graph) == expected
        assert len(calls) == 1
        nx.diameter(graph)  # what the backend has not is networkx's


def test_changed_weights_are_seen():
    graph = nx.path_graph(4)
    with nx.config(backend_priority=["graphmining"]), warnings.catch_warnings():
        warnings.simplefilter("error")
        before = nx.pagerank(graph)
        graph[0][1]["weight"] = 100
        after = nx.pagerank(graph)
        assert after[0] > before[0]
        assert after == pytest.approx(nx.pagerank(graph, backend="networkx"), abs=1e-9)
        graph.add_edge(0, 3)
        assert nx.triangles(graph) == {0: 0, 1: 0, 2: 0, 3: 0}
        graph.add_edge(0, 2)
        assert nx.triangles(graph, 0) == 2


def test_what_the_backend_refuses_is_networkx():
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=-1)
    graph.add_edge(1, 2, weight=2)
    with nx.config(backend_priority=["graphmining"]):
        assert len(list(nx.community.asyn_lpa_communities(graph, weight="weight"))) >= 1
    with pytest.raises(NotImplementedError, match="backend raised NotImplementedError"):
        nx.community.asyn_lpa_communities(graph, weight="weight", backend="graphmining")


@pytest.mark.parametrize("seed", range(5))
def test_same_answers(seed):
    graph = nx.gnm_random_graph(80, 160, seed=seed)
    directed = nx.gnm_random_graph(80, 160, seed=seed, directed=True)
    for name in ("core_number", "triangles", "clustering", "average_clustering", "transitivity", "pagerank",
                 "number_connected_components", "is_connected"):  # fmt: skip
        function = getattr(nx, name)
        assert function(graph, backend="graphmining") == pytest.approx(function(graph), abs=1e-9)
    assert nx.square_clustering(graph, backend="graphmining") == pytest.approx(nx.square_clustering(graph))
    both = ("core_number", "clustering", "average_clustering", "pagerank")
    for name in (*both, "number_weakly_connected_components", "number_strongly_connected_components",
                 "is_weakly_connected", "is_strongly_connected"):  # fmt: skip
        function = getattr(nx, name)
        assert function(directed, backend="graphmining") == pytest.approx(function(directed), abs=1e-9)
    assert list(nx.connected_components(graph, backend="graphmining")) == list(nx.connected_components(graph))
    assert nx.node_connected_component(graph, 0, backend="graphmining") == nx.node_connected_component(graph, 0)
    clusters = nx.community.louvain_communities(graph, seed=seed)
    modularity = nx.community.modularity(graph, clusters, backend="graphmining")
    assert modularity == pytest.approx(nx.community.modularity(graph, clusters))
    assert isinstance(modularity, float)
    assert not isinstance(modularity, np.floating)
