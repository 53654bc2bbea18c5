"""What SQL leaves to the kernels: functions of batches of rows, the same on every engine.

A batch is a dict of column to ndarray (numbers) or list (str, bytes). An answer does not depend on how rows are
cut into batches. A shingle set is kept as bytes: its hashes, 32 bits each, little endian.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise

import numpy as np

from graphmining.clustering.components import component_labels
from graphmining.duplicates.candidates.minhash import band_keys
from graphmining.duplicates.candidates.shingles import ShingleSets, shingle_sets
from graphmining.duplicates.clusters import Rules, cluster
from graphmining.duplicates.completion import missing_pairs
from graphmining.duplicates.scoring.jaccard import jaccard
from graphmining.graph.csr import Graph
from graphmining.jit import kernel
from graphmining.splitmix import STEP, mix

HASHED = "doc BIGINT, print_1 BIGINT, print_2 BIGINT, size BIGINT, shingles BINARY"
KEYS = "band INT, bucket BIGINT, doc BIGINT"
NUMBERS = f"{KEYS}, number BIGINT"
SCORED = "a BIGINT, b BIGINT, score DOUBLE"
LINKS = "node BIGINT, label BIGINT"
CLUSTERED = "doc BIGINT, cluster BIGINT"

_HASH = np.dtype("<u4")


def hash_texts(batch, *, unit, width, threads):
    """(doc, text) → `HASHED`: the shingle set of each text, and 128 bits that stand for it."""
    sets = shingle_sets(batch["text"], unit=unit, width=width, threads=threads)
    stored = sets.hashes.astype(_HASH, copy=False).tobytes()
    bounds = (_HASH.itemsize * sets.indptr).tolist()
    shingles = [stored[start:stop] for start, stop in pairwise(bounds)]
    prints = b"".join(blake2b(each, digest_size=16).digest() for each in shingles)
    print_1, print_2 = np.frombuffer(prints, "<i8").reshape(-1, 2).T
    return {"doc": batch["doc"], "print_1": print_1, "print_2": print_2, "size": sets.sizes, "shingles": shingles}


def band_rows(batch, *, bands, rows, seed, threads):
    """(doc, shingles) → `KEYS`: a row a band."""
    keys = band_keys(_sets(batch["shingles"]), bands=bands, rows=rows, seed=seed, threads=threads)
    n = len(batch["doc"])
    return {
        "band": np.repeat(np.arange(bands, dtype=np.int32), n),
        "bucket": keys.reshape(-1).view(np.int64),  # SQL has no unsigned numbers
        "doc": np.tile(batch["doc"], bands),
    }


def leader_numbers(batch, *, seed):
    """`KEYS` → `NUMBERS`: members of a bucket with the lowest ones are those that `bucket_pairs` makes leaders."""
    # Copies: kernels are compiled for arrays that can be written to.
    bands, buckets, docs = (np.array(batch[name], np.int64) for name in ("band", "bucket", "doc"))
    numbers = np.empty(len(docs), np.int64)
    _number(np.uint64(seed), bands, buckets.view(np.uint64), docs, numbers)
    return {**batch, "number": numbers}


def score_pairs(batch, *, threads):
    """(a, b, shingles_a, shingles_b) → `SCORED`."""
    sets = _sets([*batch["shingles_a"], *batch["shingles_b"]])
    left = np.arange(len(batch["a"]))
    scores = jaccard(sets, left, left + len(left), threads=threads)
    return {"a": batch["a"], "b": batch["b"], "score": scores}


def contract(batch):
    """`LINKS` → `LINKS`: what hangs together in the batch as stars around its smallest nodes."""
    nodes, ends = np.unique(np.stack([batch["node"], batch["label"]]), return_inverse=True)
    node, label = ends.reshape(2, -1)
    labels = component_labels(Graph.from_edges(node, label, n=len(nodes)))
    others = np.flatnonzero(labels != np.arange(len(nodes)))
    return {"node": nodes[others], "label": nodes[labels[others]]}


def cluster_components(members, edges, *, method, threshold, threads):
    """(doc, shingles) and `SCORED` of whole components → `CLUSTERED`: the first document of each one's cluster."""
    order = np.argsort(members["doc"])
    docs = members["doc"][order]
    a, b = np.searchsorted(docs, edges["a"]), np.searchsorted(docs, edges["b"])
    scores = np.asarray(edges["score"], np.float64)
    graph = Graph.from_edges(a, b, scores, n=len(docs))
    left, right, _ = missing_pairs(graph, threshold, threads=threads)
    if len(left):
        sets = _sets([members["shingles"][at] for at in order.tolist()])
        more = jaccard(sets, left, right, threads=threads)
        ends = np.concatenate([a, left]), np.concatenate([b, right])
        graph = Graph.from_edges(*ends, np.concatenate([scores, more]), n=len(docs))
    none = np.empty((0, 2), np.int64)
    labels = cluster(graph, np.arange(len(docs)), method, threshold, Rules(None, none, none), threads=threads)
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    return {"doc": docs, "cluster": docs[first[place]]}


def _sets(shingles):
    indptr = np.zeros(len(shingles) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, shingles), np.int64, len(shingles)) // _HASH.itemsize, out=indptr[1:])
    # A bytearray can be written to, as can the arrays that the kernels are compiled for.
    hashes = np.frombuffer(bytearray().join(shingles), _HASH).astype(np.uint32, copy=False)
    return ShingleSets(indptr, hashes)


@kernel
def _number(seed, bands, buckets, docs, numbers):
    for k in range(len(docs)):
        star = mix(mix(seed + STEP * np.uint64(bands[k] + 1)) ^ buckets[k])
        number = mix(star + STEP * np.uint64(docs[k]))
        # The order of unsigned numbers, kept by signed ones.
        numbers[k] = np.int64(number ^ np.uint64(2**63))
