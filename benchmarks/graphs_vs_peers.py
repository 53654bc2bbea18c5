"""Clustering and ranking side by side: this package, networkx, igraph, leidenalg, NetworKit, scikit-network.

    python benchmarks/graphs_vs_peers.py            100,000 nodes, 0.95 million edges
    python benchmarks/graphs_vs_peers.py --large    1,000,000 nodes, 9.5 million edges, without networkx

The graph is a planted partition (clusters of 100 nodes, 13 edges a node inside and 6 outside, node numbers
shuffled). Every library gets it in its own form, made before the clock starts; rows "from networkx" and "networkx
backend" start from a networkx graph and count the conversion. The last three tasks are the conversion alone
(networkx: to a scipy matrix), one round of affinity clustering, and sparse average-linkage clustering.

Each measurement is a process of its own: after a warm-up on a small graph the median of several calls. Speed
without quality is none, so modularity and the adjusted Rand index stand beside it; for PageRank and personalised
PageRank the sum and the largest of the distances from the exact ranks, times 10⁶.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

# Two threads for whoever uses them.
THREADS = 2
OURS, FROM_NETWORKX = "graphmining", "graphmining from networkx"
LIBRARIES = (
    OURS,
    "networkit",
    "scikit-network",
    "igraph",
    "leidenalg",
    FROM_NETWORKX,
    "networkx backend",
    "networkx",
)
TASKS = (
    "louvain", "leiden", "label propagation", "components", "pagerank", "personalized pagerank", "conversion",
    "affinity round", "average linkage",
)  # fmt: skip
WITH_LABELS = ("louvain", "leiden", "label propagation", "affinity round")
OWN_TASKS = ("conversion", "affinity round", "average linkage")
SEED_NODE = 17
# The stopping rules differ; what comes of them stands in the column of errors.
TOLERANCE = 2e-9


def ours(graph, task):
    import graphmining as gm

    if task == "conversion":
        graph.__networkx_cache__.clear()
        return gm.Graph.from_networkx(graph)
    if task == "affinity round":
        return gm.affinity_clustering(graph, rounds=1)
    if task == "average linkage":
        return gm.hierarchical_clustering(graph)
    if task == "personalized pagerank":
        return gm.personalized_pagerank(graph, [SEED_NODE], epsilon=1e-6)
    if task == "pagerank":
        return gm.pagerank(graph, tolerance=TOLERANCE)
    name = {"components": "connected_components"}.get(task, task.replace(" ", "_"))
    return getattr(gm, name)(graph)


def from_networkx(graph, task):
    if task in OWN_TASKS:
        return None
    graph.__networkx_cache__.clear()  # the conversion counts
    if task == "label propagation":
        import graphmining as gm

        return gm.label_propagation(graph, weight=None)  # networkx's own default
    return ours(graph, task)


def networkx(graph, task, **backend):
    import networkx as nx

    if task in OWN_TASKS:
        return nx.to_scipy_sparse_array(graph) if task == "conversion" and not backend else None
    if task == "louvain":
        return nx.community.louvain_communities(graph, seed=0, **backend)
    if task == "leiden":
        return nx.community.leiden_communities(graph, seed=0, **backend) if backend else None
    if task == "label propagation":
        return list(nx.community.fast_label_propagation_communities(graph, seed=0, **backend))
    if task == "components":
        return list(nx.connected_components(graph, **backend))
    personalization = {SEED_NODE: 1} if task.startswith("personalized") else None
    return nx.pagerank(graph, personalization=personalization, **backend)


def networkx_backend(graph, task):
    graph.__networkx_cache__.clear()
    return networkx(graph, task, backend="graphmining")


def networkit(graph, task):
    import networkit as nk

    nk.setNumberOfThreads(THREADS)
    if task in OWN_TASKS:
        return nk.nxadapter.nx2nk(graph) if task == "conversion" else None
    if task == "components":
        components = nk.components.ConnectedComponents(graph)
        components.run()
        return np.array(components.getPartition().getVector())
    if task == "pagerank":
        ranks = nk.centrality.PageRank(graph, 0.85, 1e-6)
        ranks.run()
        return np.array(ranks.scores())
    if task == "personalized pagerank":
        # Its walk is lazy: this probability of a restart is a damping of 0.85.
        pairs = nk.scd.ApproximatePageRank(graph, 0.15 / 1.85, 1e-6).run(SEED_NODE)
        ranks = np.zeros(graph.numberOfNodes())
        for node, rank in pairs:
            ranks[node] = rank
        return ranks
    algorithm = {
        "louvain": nk.community.PLM,
        "leiden": nk.community.ParallelLeiden,
        "label propagation": nk.community.PLP,
    }[task](graph)
    algorithm.run()
    return np.array(algorithm.getPartition().getVector())


def scikit_network(graph, task):
    from sknetwork.clustering import Leiden, Louvain, PropagationClustering
    from sknetwork.ranking import PageRank

    if task in OWN_TASKS:
        return None
    if task == "components":
        from sknetwork.topology import get_connected_components

        return get_connected_components(graph)
    if task == "pagerank":
        return PageRank(solver="diteration", n_iter=100, tol=1e-6).fit_predict(graph)
    if task == "personalized pagerank":
        return PageRank(solver="diteration", n_iter=100, tol=1e-6).fit_predict(graph, {SEED_NODE: 1})
    algorithm = {"louvain": Louvain, "leiden": Leiden, "label propagation": PropagationClustering}[task]
    return algorithm().fit_predict(graph)


def igraph(graph, task):
    if task in OWN_TASKS:
        import igraph as ig

        return ig.Graph.from_networkx(graph) if task == "conversion" else None
    if task == "louvain":
        return np.array(graph.community_multilevel().membership)
    if task == "leiden":
        return np.array(graph.community_leiden("modularity", n_iterations=2).membership)
    if task == "label propagation":
        return np.array(graph.community_label_propagation().membership)
    if task == "components":
        return np.array(graph.connected_components().membership)
    if task == "pagerank":
        return np.array(graph.pagerank())
    return np.array(graph.personalized_pagerank(reset_vertices=[SEED_NODE]))


def leidenalg(graph, task):
    if task != "leiden":
        return None
    import leidenalg as la

    return np.array(la.find_partition(graph, la.ModularityVertexPartition, n_iterations=2, seed=0).membership)


CALLS = {
    OURS: ours,
    FROM_NETWORKX: from_networkx,
    "networkx": networkx,
    "networkx backend": networkx_backend,
    "networkit": networkit,
    "scikit-network": scikit_network,
    "igraph": igraph,
    "leidenalg": leidenalg,
}


def own_form(library, task, source, target, n):
    """The graph as a library wants it; a networkx graph where it is to be converted."""
    from graphmining import Graph

    if task == "conversion":
        library = "networkx"
    if library == OURS:
        return Graph.from_edges(source, target, n=n)
    if library == "networkit":
        import networkit as nk

        return nk.GraphFromCoo((source, target), n=n)
    if library == "scikit-network":
        from scipy.sparse import csr_matrix

        return csr_matrix(Graph.from_edges(source, target, n=n).to_scipy())
    if library in ("igraph", "leidenalg"):
        import igraph as ig

        return ig.Graph(n=n, edges=np.column_stack([source, target]))
    import networkx as nx

    graph = nx.empty_graph(n)
    graph.add_edges_from(zip(source.tolist(), target.tolist()))
    return graph


def as_array(result, n):
    """Labels or ranks as an array over nodes."""
    if isinstance(result, np.ndarray):
        return result
    if isinstance(result, dict):
        values = np.zeros(n)
        values[list(result)] = list(result.values())
        return values
    labels = np.empty(n, np.int64)
    for label, cluster in enumerate(result):
        labels[list(cluster)] = label
    return labels


def measure(library, task, path, repeats):
    """Seconds of each call and the quality of the last; None where a library has no such function."""
    from graphmining import planted_partition

    call = CALLS[library]
    small = planted_partition(20, 20, inside=8, outside=2, seed=1)[0]
    if call(own_form(library, task, *small.edges()[:2], len(small)), task) is None:
        return None
    with np.load(path) as arrays:
        source, target, truth = arrays["source"], arrays["target"], arrays["truth"]
        exact = arrays["personalized" if task.startswith("personalized") else "ranks"]
    n = len(truth)
    graph = own_form(library, task, source, target, n)
    seconds = []
    for _ in range(repeats):
        if task == "components":  # igraph remembers that a graph is connected
            graph = own_form(library, task, source, target, n)
        start = time.perf_counter()
        result = call(graph, task)
        seconds.append(time.perf_counter() - start)
    if task in ("conversion", "average linkage"):
        return {"seconds": seconds}
    values = as_array(result, n)
    if task == "components" or task in WITH_LABELS:
        from graphmining import Graph, agreement, modularity

        plain = Graph.from_edges(source, target, n=n)
        quality = {"modularity": modularity(plain, values), "clusters": len(np.unique(values))}
        if task != "components":
            quality["ari"] = agreement(values, truth)["adjusted_rand"]
        return {"seconds": seconds, **quality}
    difference = np.abs(values - exact)
    error = difference.max() if task.startswith("personalized") else difference.sum()
    return {"seconds": seconds, "error": float(error)}


def make_graph(large, path):
    from graphmining import pagerank, planted_partition

    graph, truth = planted_partition(10_000 if large else 1_000, 100, inside=13, outside=6, shuffle=True, seed=0)
    source, target, _ = graph.edges()
    start = np.zeros(len(graph))
    start[SEED_NODE] = 1
    options = {"tolerance": 1e-15, "max_iterations": 1000}
    np.savez(
        path, source=source, target=target, truth=truth, ranks=pagerank(graph, **options),
        personalized=pagerank(graph, personalization=start, **options),
    )  # fmt: skip
    return f"{len(graph):,} nodes, {graph.number_of_edges:,} edges"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="1,000,000 nodes, 9.5 million edges")
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, metavar="NAME", default=list(LIBRARIES))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, metavar="NAME", default=list(TASKS))
    parser.add_argument("--repeats", type=int, default=3, help="calls of each, of networkx one (default 3)")
    parser.add_argument("--limit", type=float, default=600, help="seconds before a measurement is given up")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--one", nargs=2, metavar=("LIBRARY", "TASK"), help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one, options.path, options.repeats)))
        return
    libraries = [name for name in options.libraries if not (options.large and "networkx" in name)]
    environment = os.environ | {"GRAPHMINING_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)}
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "graph.npz")
        shape = make_graph(options.large, path)
        for task in options.tasks:
            for library in libraries:
                repeats = 1 if library == "networkx" else options.repeats
                command = [sys.executable, "-W", "ignore", __file__, "--one", library, task, "--path", path]
                command += ["--repeats", str(repeats)]
                try:
                    done = subprocess.run(
                        command, env=environment, capture_output=True, text=True, timeout=options.limit, check=True
                    )
                except subprocess.TimeoutExpired:
                    figures.setdefault(task, {})[library] = {"over": options.limit}
                    continue
                found = json.loads(done.stdout.strip().splitlines()[-1])
                if found is not None:
                    figures.setdefault(task, {})[library] = found
                print(f"{task}, {library}: measured", file=sys.stderr)
    if options.json:
        print(json.dumps({"graph": shape, "threads": THREADS, "figures": figures}, indent=1))
    else:
        show(shape, figures)


def show(shape, figures):
    from tabulate import tabulate

    rows = []
    for task, found in figures.items():
        own = statistics.median(found[OURS]["seconds"]) if OURS in found else None
        for library, figure in found.items():
            if "over" in figure:
                rows.append([task, library, f"> {figure['over']:.0f}"])
                continue
            seconds = statistics.median(figure["seconds"])
            error = figure.get("error")
            rows.append(
                [task, library, f"{seconds:.3g}", "" if own is None else f"{seconds / own:.2f}",
                 *(f"{figure[name]:.4f}" if name in figure else "" for name in ("modularity", "ari")),
                 figure.get("clusters", ""), "" if error is None else f"{error * 1e6:.3g}"]
            )  # fmt: skip
    print(f"planted partition, {shape}, {THREADS} threads")
    headers = ["task", "library", "seconds", "× graphmining", "modularity", "ARI", "clusters", "error · 10⁶"]
    print(tabulate(rows, headers, disable_numparse=True, colalign=("left", "left", *["right"] * 6)))


if __name__ == "__main__":
    main()
