"""Clusters as text: one node a line, with its cluster."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphmining.errors import FileError, GraphError
from graphmining.graph.edge_lists import INTEGER, field_writer, text_rows
from graphmining.graph.files import opened


def read_clusters(path, graph):
    """Read clusters of the nodes of a graph.

    Parameters
    ----------
    path : path-like
        Rows `node,cluster`, apart by tabs if it ends in .tsv or .tab; .gz may follow. A first line whose first
        field is no node is a header. A node in several clusters has a line for each.
    graph : Graph

    Returns
    -------
    list of list
        Names of the nodes in each cluster; clusters as they first occur.

    Raises
    ------
    FileError
        If a line has no two fields or names no node of the graph, or a node is in no cluster.
    """
    path = Path(path)
    ending = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    delimiter = "\t" if ending.lower() in (".tsv", ".tab") else ","
    with opened(path, False) as (stream, _):
        data = stream.read().removeprefix(b"\xef\xbb\xbf")
    clusters, missing, first = {}, set(graph.names()), True
    integers = graph.nodes is None or isinstance(next(iter(graph.nodes), None), int)
    for line, row in text_rows(data, path, 1, delimiter):
        if len(row) != 2:
            raise FileError(
                f"a row is a node and its cluster, but this one has {len(row)} fields", path=path, line=line
            )
        text, label = row
        node = int(text) if integers and INTEGER.fullmatch(text.strip()) else text
        try:
            graph.position(node)
        except GraphError as error:
            if not first:
                raise FileError(str(error), path=path, line=line) from None
        else:
            clusters.setdefault(label, []).append(node)
            missing.discard(node)
        first = False
    if missing:
        lost = next(node for node in graph.names() if node in missing)
        raise FileError(f"node {lost!r} is in no cluster ({len(missing):,} of {len(graph):,} nodes)", path=path)
    return list(clusters.values())


def cluster_rows(graph, clusters):
    """Clusters as text.

    Parameters
    ----------
    graph : Graph
    clusters : ndarray of int, shape (n,), or list of ndarray of positions
        Labels, or clusters that may overlap.

    Returns
    -------
    str
        A header and the rows `node,cluster`.
    """
    quoted = field_writer(",")
    names = [quoted(str(name)) for name in graph.names()]
    if isinstance(clusters, np.ndarray):
        rows = zip(names, clusters.tolist())
    else:
        rows = ((names[at], label) for label, cluster in enumerate(clusters) for at in cluster.tolist())
    return "".join(["node,cluster\n", *(f"{name},{label}\n" for name, label in rows)])
