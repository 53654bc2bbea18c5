"""How well algorithms find the known communities of small graphs: ARI and NMI, the median over seeds.

    python benchmarks/community_quality.py --data ../data/graphs

`--data` (or GRAPHMINING_DATA) names the folder with dolphins, football, polbooks and cora; karate comes with
networkx. Karate has two truths: the club that each member joined, and the faction that he was with; they differ in
node 8. All edges weigh 1. Marked `k`: the algorithm is told the true number of clusters (affinity: the round that
comes nearest to it). Marked `s`: it works on the similarity of neighbourhoods, because the edges of the graph
itself are all alike. Marked `d`: its resolution is three times the density of the graph. If igraph is
installed, its answers stand beside ours.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys

import networkx as nx
import numpy as np

import graphmining as gm
from graphmining.graph.interface import take_clusters

NAMES = ("dolphins", "football", "polbooks", "cora")


def algorithms():
    """Name → function of graph, seed and number of true clusters."""
    found = {
        "louvain": lambda g, seed, k: gm.louvain(g, seed=seed),
        "leiden": lambda g, seed, k: gm.leiden(g, seed=seed),
        "leiden, until stable": lambda g, seed, k: gm.leiden(g, seed=seed, iterations=None),
        "label propagation": lambda g, seed, k: gm.label_propagation(g, seed=seed),
        "leiden, cpm (d)": lambda g, seed, k: gm.leiden(g, objective="cpm", resolution=_resolution(g), seed=seed),
        "correlation (d)": lambda g, seed, k: gm.correlation_clustering(g, resolution=_resolution(g), seed=seed),
        "structural (ε 0.5, μ 3)": lambda g, seed, k: _with_singles(gm.structural_clustering(g, mu=3)),
        "affinity (s, k)": _affinity,
        "average linkage (s, k)": lambda g, seed, k: gm.hierarchical_clustering(_similarity(g)).cut_into(k),
        "spectral (k)": lambda g, seed, k: gm.spectral_clustering(g, k, seed=seed),
        "balanced (k)": lambda g, seed, k: gm.balanced_partition(g, k, seed=seed),
    }
    try:
        import igraph
    except ImportError:
        print("igraph is not installed (benchmarks/requirements.txt); its rows are left out", file=sys.stderr)
        return found

    def peer(method, **options):
        def call(g, seed, k):
            import random

            random.seed(seed)
            other = igraph.Graph(n=len(g), edges=np.column_stack(g.edges()[:2]))
            return np.array(getattr(other, method)(**options).membership)

        return call

    return found | {
        "igraph: louvain": peer("community_multilevel"),
        "igraph: leiden": peer("community_leiden", objective_function="modularity", n_iterations=2),
        "igraph: label propagation": peer("community_label_propagation"),
        "igraph: infomap": peer("community_infomap"),
    }


def _resolution(g):
    return 3 * g.number_of_edges / (len(g) * (len(g) - 1) / 2)


def _affinity(g, seed, k):
    rounds = gm.affinity_clustering(_similarity(g), rounds=None, all_rounds=True)
    return min(rounds, key=lambda labels: abs(int(labels.max()) + 1 - k))


def _with_singles(found):
    """Labels of nodes; those in no cluster are alone."""
    labels = found.clusters.astype(np.int64)
    alone = labels < 0
    labels[alone] = labels.max() + 1 + np.arange(np.count_nonzero(alone))
    return labels


def _similarity(g):
    """The graph of the cosine similarity of closed neighbourhoods."""
    from scipy.sparse import csr_array, eye_array

    closed = csr_array(g.to_scipy() + eye_array(len(g)))
    closed.data[:] = 1
    shared = closed @ closed
    scale = 1 / np.sqrt(closed.sum(axis=1))
    similarity = csr_array(shared.multiply(scale[:, None]).multiply(scale[None, :]))
    similarity.setdiag(0)
    similarity.eliminate_zeros()
    return gm.Graph.from_scipy((similarity + similarity.T) / 2)


def graphs(folder):
    """Yield name, graph and true labels."""
    karate, clubs = gm.load_graph("karate")
    graph = gm.Graph.from_networkx(karate, weight=None)
    club = take_clusters(graph, clubs)
    faction = club.copy()
    faction[8] = 1 - faction[8]
    yield "karate, club", graph, club
    yield "karate, faction", graph, faction
    for name in NAMES:
        loaded, truth = gm.load_graph(name, folder=folder)
        graph = gm.Graph.from_networkx(nx.Graph(loaded), weight=None)
        yield name, graph, take_clusters(graph, truth)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the GML files; default GRAPHMINING_DATA")
    parser.add_argument("--seeds", type=int, default=100, help="0, 1, …; default 100")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {}
    for name, graph, truth in graphs(options.data):
        for algorithm, call in algorithms().items():
            scores = []
            for seed in range(options.seeds):
                try:
                    scores.append(gm.agreement(call(graph, seed, int(truth.max()) + 1), truth))
                except gm.errors.OptionError:  # fewer merges than it takes to come down to k
                    break
            if scores:
                figures.setdefault(algorithm, {})[name] = {
                    "ari": statistics.median(score["adjusted_rand"] for score in scores),
                    "nmi": statistics.median(score["normalized_mutual_information"] for score in scores),
                }
    if options.json:
        print(json.dumps({"seeds": options.seeds, "figures": figures}, indent=1))
        return
    from tabulate import tabulate

    columns = list(figures["louvain"])
    rows = [
        [algorithm, *(f"{f[c]['ari']:.2f} / {f[c]['nmi']:.2f}" if c in f else "–" for c in columns)]
        for algorithm, f in figures.items()
    ]
    print(f"ARI / NMI, median over seeds 0 to {options.seeds - 1}")
    print(tabulate(rows, ["", *columns], tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
