"""Leiden: well-connected clusters by modularity or the constant Potts model."""

from __future__ import annotations

import numpy as np

from graphmining.clustering.components import connected_parts
from graphmining.clustering.local_moving import WORTH_PIECES, Level, contract, group, move_nodes, renumber
from graphmining.clustering.louvain import check_resolution
from graphmining.clustering.tally import NONE, gather, make_scratch, tally
from graphmining.errors import OptionError, unknown
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.jit import kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix, uniform
from graphmining.threads import even_pieces, team, thread_count

OBJECTIVES = ("modularity", "cpm")
# How readily refinement takes a merger that is not the best one, in units of the mean weight of an edge [1].
RANDOMNESS = 0.01


def leiden(graph, *, objective="modularity", weight="weight", resolution=1.0, iterations=2, seed=0, threads=None):
    """Find well-connected clusters with the Leiden method.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected, weights not negative.
    objective : {"modularity", "cpm"}
        Modularity, or the constant Potts model: weight inside clusters − resolution · pairs inside clusters.
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    resolution : float
        Modularity: above 1 smaller clusters, below 1 larger ones. Constant Potts model: the density that every
        cluster exceeds and no two clusters have between them; it has no resolution limit.
    iterations : int or None
        Passes, each from the clusters of the one before; None: until one changes nothing.
    seed : int, None or random generator
        None draws a fresh one.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The clusters, largest first; labels per node where the graph is no networkx graph. Each is connected.

    Raises
    ------
    GraphError
        If the graph is directed or has a negative weight.
    OptionError
        If an option has a value that cannot work.

    References
    ----------
    .. [1] Traag, Waltman, van Eck 2019, From Louvain to Leiden, arXiv:1810.08473
    .. [2] Traag, Van Dooren, Nesterov 2011, Narrow scope for resolution-limit-free community detection,
       arXiv:1104.3083

    Examples
    --------
    >>> import networkx as nx
    >>> ring = nx.ring_of_cliques(30, 5)
    >>> len(leiden(ring)) < 25, len(leiden(ring, objective="cpm", resolution=0.5))
    (True, 30)
    """
    if objective not in OBJECTIVES:
        raise OptionError(unknown("objective", objective, OBJECTIVES))
    check_resolution(resolution)
    if iterations is not None and (iterations != int(iterations) or iterations < 1):
        raise OptionError(f"iterations must be a positive integer or None, not {iterations!r}")
    threads, seed = thread_count(threads), seed_value(seed)
    g = as_graph(graph, weight=weight, directed=False)
    options = {"resolution": resolution, "iterations": iterations, "seed": seed, "threads": threads}
    *_, labels = (np.arange(len(g), dtype=np.int32), *leiden_levels(g, objective=objective, **options))
    return give_clusters(graph, g, connected_parts(g.indptr, g.indices, g.weights, labels))


def leiden_levels(graph, *, objective="modularity", resolution=1.0, iterations=2, seed=0, threads=None):
    """Climb level by level, pass by pass.

    Parameters
    ----------
    graph : Graph
        Undirected.
    objective, resolution, iterations, seed, threads
        As for `leiden`.

    Yields
    ------
    ndarray of int32, shape (n,)
        Labels of the nodes, each at least as good as the one before. A cluster may still want to be split into
        its connected parts.
    """
    total = float(graph.degrees.sum())
    if total == 0:  # no edges: every node by itself
        return
    modular = objective == "modularity"
    level = Level(graph.indptr, graph.indices, graph.weights, graph.degrees if modular else np.ones(len(graph)))
    penalty = resolution / total if modular else resolution
    labels = np.arange(len(graph), dtype=np.int32)
    done = 0
    while iterations is None or done < iterations:
        changed = False
        start = labels
        for labels in _pass(level, start, penalty, seed + done, threads):
            changed = True
            yield labels
        done += 1
        if not changed:
            return


def _pass(level, labels, penalty, seed, threads):
    """Move, refine, contract, until nothing contracts; yields labels whenever nodes moved."""
    temperature = RANDOMNESS * float(level.weights.mean())
    membership = np.arange(len(level), dtype=np.int32)
    while True:
        moved = move_nodes(level, labels, penalty, seed=seed, threads=threads)
        labels, _ = renumber(labels)
        if moved:
            yield labels[membership]
        refined, parts = renumber(_refine(level, labels, penalty, temperature, seed, threads))
        if parts == len(level):
            return
        coarse = np.empty(parts, np.int32)
        coarse[refined] = labels
        level, labels = contract(level, refined, threads=threads), coarse
        membership = refined[membership]


def _refine(level, labels, penalty, temperature, seed, threads):
    """Cut each cluster into well-connected parts, named by one of their nodes."""
    members, starts = group(labels, int(labels.max()) + 1)
    refined = np.arange(len(level), dtype=np.int32)
    if len(level.indices) < WORTH_PIECES:
        threads = 1
    sizes = np.zeros(len(starts), np.int64)
    np.cumsum(np.bincount(labels, weights=np.diff(level.indptr)).astype(np.int64), out=sizes[1:])
    longest = int(np.diff(level.indptr).max(initial=1))
    state = (refined, level.mass.copy(), np.zeros(len(level)), np.ones(len(level), np.int32))
    with team(threads) as run:
        run(
            _merge, even_pieces(sizes, threads), members, starts, level.rows, level.mass, labels, penalty,
            temperature, seed, longest, state,
        )  # fmt: skip
    return refined


@kernel
def _merge(start, stop, members, starts, rows, mass, labels, penalty, temperature, seed, longest, state):
    """Merge single nodes into parts of their own cluster, for clusters start to stop."""
    indptr, indices, weights = rows
    # Of the part that a node names: its mass, the weight of its edges to the rest of the cluster, its size.
    refined, masses, outward, sizes = state
    scratch = make_scratch(longest)
    found, _, met, sums = scratch
    gains = np.empty(longest)
    for c in range(start, stop):
        first, last = starts[c], starts[c + 1]
        if last - first < 2:
            continue
        random = np.uint64(seed) + np.uint64(c) * np.uint64(0xD1B54A32D192ED03)
        cluster_mass = 0.0
        for i in range(first, last):
            v = members[i]
            cluster_mass += mass[v]
            total = 0.0
            for p in range(indptr[v], indptr[v + 1]):
                if labels[indices[p]] == c and indices[p] != v:
                    total += weights[p]
            outward[v] = total
        for i in range(last - 1, first, -1):
            random += STEP
            j = first + np.int64(mix(random) % np.uint64(i - first + 1))
            members[i], members[j] = members[j], members[i]
        for i in range(first, last):
            v = members[i]
            if refined[v] != v or sizes[v] > 1:
                continue
            if outward[v] < penalty * mass[v] * (cluster_mass - mass[v]):
                continue
            gather(v, indptr, indices, refined, scratch)
            for k in range(indptr[v + 1] - indptr[v]):
                if found[k] != NONE and labels[indices[indptr[v] + k]] != c:
                    found[k] = NONE
            used = tally(v, indptr, weights, scratch)
            top = 0.0
            for k in range(used):
                r = met[k]
                well = outward[r] >= penalty * masses[r] * (cluster_mass - masses[r])
                gains[k] = sums[k] - penalty * mass[v] * masses[r] if well else -1.0
                top = max(top, gains[k])
            # Staying alone gains nothing and is one of the choices; subtracting `top` keeps exp from overflowing.
            chances = np.exp(-top / temperature)
            for k in range(used):
                if gains[k] >= 0.0:
                    chances += np.exp((gains[k] - top) / temperature)
            random += STEP
            draw = chances * uniform(random)
            draw -= np.exp(-top / temperature)
            k = -1
            while draw >= 0.0 and k + 1 < used:
                k += 1
                if gains[k] >= 0.0:
                    draw -= np.exp((gains[k] - top) / temperature)
            if k < 0 or gains[k] < 0.0:
                continue
            r = met[k]
            refined[v] = r
            masses[r] += mass[v]
            sizes[r] += 1
            outward[r] += outward[v] - 2 * sums[k]
