"""Kernels that build and turn compressed sparse rows."""

from __future__ import annotations

import numpy as np

from graphmining.jit import kernel


@kernel
def rows_from_edges(source, target, weights, nodes, both):
    """Scatter edges into rows; with `both`, each edge that is no loop into the rows of both its ends."""
    indptr = np.zeros(nodes + 1, np.int64)
    for e in range(len(source)):
        indptr[source[e] + 1] += 1
        if both and source[e] != target[e]:
            indptr[target[e] + 1] += 1
    for v in range(nodes):
        indptr[v + 1] += indptr[v]
    indices = np.empty(indptr[nodes], source.dtype)
    data = np.empty(indptr[nodes], np.float64)
    fill = indptr[:-1].copy()
    for e in range(len(source)):
        u, v = source[e], target[e]
        indices[fill[u]] = v
        data[fill[u]] = weights[e]
        fill[u] += 1
        if both and u != v:
            indices[fill[v]] = u
            data[fill[v]] = weights[e]
            fill[v] += 1
    return indptr, indices, data


@kernel
def transpose(indptr, indices):
    """Columns as rows, their entries in ascending order, and where each entry was."""
    nodes = len(indptr) - 1
    turned = np.zeros(nodes + 1, np.int64)
    for p in range(len(indices)):
        turned[indices[p] + 1] += 1
    for v in range(nodes):
        turned[v + 1] += turned[v]
    rows = np.empty(len(indices), indices.dtype)
    positions = np.empty(len(indices), np.int64)
    fill = turned[:-1].copy()
    for u in range(nodes):
        for p in range(indptr[u], indptr[u + 1]):
            q = fill[indices[p]]
            fill[indices[p]] += 1
            rows[q] = u
            positions[q] = p
    return turned, rows, positions


@kernel
def ascending(indptr, indices):
    """Whether every row is strictly ascending."""
    for v in range(len(indptr) - 1):
        for p in range(indptr[v] + 1, indptr[v + 1]):
            if indices[p - 1] >= indices[p]:
                return False
    return True


@kernel
def merge_parallel(indptr, indices, data):
    """Add up the entries of ascending rows that have the same column."""
    nodes = len(indptr) - 1
    merged_indptr = np.zeros(nodes + 1, np.int64)
    merged = np.empty(len(indices), indices.dtype)
    sums = np.empty(len(indices), np.float64)
    end = 0
    for v in range(nodes):
        start = end
        for p in range(indptr[v], indptr[v + 1]):
            if end > start and merged[end - 1] == indices[p]:
                sums[end - 1] += data[p]
            else:
                merged[end] = indices[p]
                sums[end] = data[p]
                end += 1
        merged_indptr[v + 1] = end
    return merged_indptr, merged[:end].copy(), sums[:end].copy()


@kernel
def weighted_degrees(indptr, indices, data, directed):
    """Sums of rows; a self-loop of an undirected graph counts twice."""
    degrees = np.zeros(len(indptr) - 1)
    for v in range(len(degrees)):
        total = 0.0
        for p in range(indptr[v], indptr[v + 1]):
            total += data[p]
            if indices[p] == v and not directed:
                total += data[p]
        degrees[v] = total
    return degrees


@kernel
def number_by_first(labels):
    """Number labels (0 to n - 1, with gaps) as they first occur, and count them."""
    numbers = np.full(len(labels), -1, np.int32)
    codes = np.empty(len(labels), np.int32)
    sizes = np.zeros(len(labels), np.int64)
    count = 0
    for v in range(len(labels)):
        if numbers[labels[v]] < 0:
            numbers[labels[v]] = count
            count += 1
        codes[v] = numbers[labels[v]]
        sizes[codes[v]] += 1
    return codes, sizes[:count].copy()
