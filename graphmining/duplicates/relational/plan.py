"""The pipeline in relational form: statements in the SQL that DuckDB and Spark share, and kernels between them.

A name in braces is a table that an engine made. Documents are known by their position, `doc`; of documents with
the same shingles, the first stands for all.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from graphmining.duplicates.candidates.buckets import copies_note, stars_note
from graphmining.duplicates.completion import LARGEST, oversized_note
from graphmining.duplicates.relational import batches
from graphmining.duplicates.threshold import BINS, Threshold, given, valley

# Documents that are clustered in one go: more would take more memory, fewer more calls.
_PART = 50_000

_COPIES = """
    SELECT h.doc, f.first_doc, f.copies
    FROM {hashed} h JOIN (
        SELECT print_1, print_2, min(doc) AS first_doc, count(*) AS copies
        FROM {hashed} WHERE size > 0 GROUP BY print_1, print_2 HAVING count(*) > 1
    ) f ON h.print_1 = f.print_1 AND h.print_2 = f.print_2"""

# Of more equal documents than may form a clique, only the first goes into the buckets.
_PRESENT = """
    SELECT h.doc, h.shingles
    FROM {hashed} h LEFT JOIN {copies} c ON c.doc = h.doc AND c.copies > {clique} AND c.doc <> c.first_doc
    WHERE h.size > 0 AND c.doc IS NULL"""

_BUCKETS = """
    SELECT k.band, k.bucket, k.doc, b.members
    FROM {keys} k JOIN (
        SELECT band, bucket, count(*) AS members FROM {keys} GROUP BY band, bucket HAVING count(*) > 1
    ) b ON k.band = b.band AND k.bucket = b.bucket"""

_LARGE = "SELECT band, bucket, doc FROM {buckets} WHERE members > {clique}"

_LEADERS = """
    SELECT band, bucket, doc
    FROM (SELECT *, row_number() OVER (PARTITION BY band, bucket ORDER BY number) AS place FROM {numbers}) n
    WHERE place <= {leaders}"""

_STARS = """
    SELECT count(*), coalesce(sum(members), 0)
    FROM (SELECT count(*) AS members FROM {numbers} GROUP BY band, bucket) s"""

_REPEATED = "SELECT count(*) FROM {copies} WHERE copies > {clique} AND doc <> first_doc"

# All pairs of a small bucket; of a large one its leaders with all others.
_PAIRS = """
    SELECT DISTINCT a, b FROM (
        SELECT x.doc AS a, y.doc AS b
        FROM {buckets} x JOIN {buckets} y ON x.band = y.band AND x.bucket = y.bucket AND x.doc < y.doc
        WHERE x.members <= {clique} AND y.members <= {clique}
        UNION ALL
        SELECT least(l.doc, m.doc) AS a, greatest(l.doc, m.doc) AS b
        FROM {leaders} l JOIN {buckets} m ON l.band = m.band AND l.bucket = m.bucket AND l.doc <> m.doc
        UNION ALL
        SELECT first_doc AS a, doc AS b FROM {copies} WHERE copies > {clique} AND doc <> first_doc
    ) p"""

_SETS_OF_PAIRS = """
    SELECT p.a, p.b, x.shingles AS shingles_a, y.shingles AS shingles_b
    FROM {pairs} p JOIN {hashed} x ON x.doc = p.a JOIN {hashed} y ON y.doc = p.b"""

_HISTOGRAM = """
    SELECT place, count(*) AS scores
    FROM (SELECT least(CAST(floor(score * {bins}) AS INT), {bins} - 1) AS place FROM {scored}) s
    GROUP BY place"""

# Equal documents have equal scores with every other.
_EDGES = """
    SELECT a, b, max(score) AS score
    FROM (
        SELECT least(first_a, first_b) AS a, greatest(first_a, first_b) AS b, score
        FROM (
            SELECT coalesce(c.first_doc, s.a) AS first_a, coalesce(d.first_doc, s.b) AS first_b, s.score
            FROM {scored} s LEFT JOIN {copies} c ON c.doc = s.a LEFT JOIN {copies} d ON d.doc = s.b
        ) f
        WHERE first_a <> first_b
    ) e
    GROUP BY a, b"""

# Text, because DuckDB and Spark read a literal with a point as a decimal number.
_STRONG = "SELECT b AS node, a AS label FROM {edges} WHERE score >= CAST('{threshold!r}' AS DOUBLE)"

_BOTH_WAYS = "SELECT node, label AS other FROM {links} UNION ALL SELECT label AS node, node AS other FROM {links}"

# Larger neighbours of a node are linked to the smallest of all …
_LARGE_STAR = """
    SELECT DISTINCT b.other AS node, m.smallest AS label
    FROM {neighbors} b JOIN (
        SELECT node, least(node, min(other)) AS smallest FROM {neighbors} GROUP BY node
    ) m ON b.node = m.node
    WHERE b.other > b.node"""

# … then smaller ones, and the node itself.
_SMALL_STAR = """
    SELECT DISTINCT node, label FROM (
        SELECT l.label AS node, m.smallest AS label
        FROM {large} l JOIN (SELECT node, min(label) AS smallest FROM {large} GROUP BY node) m ON l.node = m.node
        WHERE l.label > m.smallest
        UNION ALL
        SELECT node, min(label) AS label FROM {large} GROUP BY node
    ) s"""

_UNSETTLED = """
    SELECT count(*) FROM (
        SELECT node FROM {links} GROUP BY node HAVING count(*) > 1
        UNION ALL
        SELECT l.node FROM {links} l JOIN {links} r ON l.label = r.node
    ) u"""

_COMPONENTS = """
    SELECT node AS doc, label AS component FROM {links}
    UNION ALL
    SELECT DISTINCT label AS doc, label AS component FROM {links}"""

_OVERSIZED = """
    SELECT count(*)
    FROM (SELECT component FROM {components} GROUP BY component HAVING count(*) > {largest}) o"""

_MEMBERS = """
    SELECT m.component % {parts} AS part, m.doc, h.shingles
    FROM {components} m JOIN {hashed} h ON h.doc = m.doc
    ORDER BY part"""

_INNER_EDGES = """
    SELECT m.component % {parts} AS part, e.a, e.b, e.score
    FROM {edges} e JOIN {components} m ON m.doc = e.a JOIN {components} n ON n.doc = e.b
    WHERE m.component = n.component
    ORDER BY part"""

_LABELS = """
    SELECT f.doc, coalesce(k.cluster, f.first_doc) AS cluster
    FROM (
        SELECT h.doc, coalesce(c.first_doc, h.doc) AS first_doc
        FROM {hashed} h LEFT JOIN {copies} c ON c.doc = h.doc
    ) f LEFT JOIN {clustered} k ON k.doc = f.first_doc"""

_SIZES = "SELECT cluster, count(*) AS size FROM {labels} GROUP BY cluster"

_POSITIONS = """
    SELECT l.doc AS id, l.cluster, s.size
    FROM {labels} l JOIN {sizes} s ON s.cluster = l.cluster
    ORDER BY l.doc"""

_NAMES = """
    SELECT d.id, f.id AS cluster, s.size
    FROM {labels} l JOIN {sizes} s ON s.cluster = l.cluster
    JOIN {names} d ON d.doc = l.doc JOIN {names} f ON f.doc = l.cluster
    ORDER BY l.doc"""


class Outcome(NamedTuple):
    """What the statements leave, besides a table.

    Attributes
    ----------
    query : str
        Gives a row a document: id, cluster, size.
    threshold : Threshold
    documents, pairs, clusters : int
    notes : tuple of str
    """

    query: str
    threshold: Threshold
    documents: int
    pairs: int
    clusters: int
    notes: tuple[str, ...]


def run_plan(engine, *, named, candidates, method, threshold, seed, say):
    """Take the steps from {documents} (doc, text and, if `named`, id) to clusters.

    Parameters
    ----------
    engine : Engine
    named : bool
    candidates : MinHashLSH
    method : str
        One whose clusters depend on nothing outside of a component.
    threshold : float or None
    seed : int
    say : callable
        Is told the name of each step.

    Returns
    -------
    Outcome
    """
    threads = engine.batch_threads
    clique, leaders = candidates.clique, candidates.leaders
    bands, rows = candidates.shape()

    say("hashing")
    hashing = partial(batches.hash_texts, unit=candidates.unit, width=candidates.width, threads=threads)
    engine.map("hashed", "SELECT doc, text FROM {documents}", hashing, batches.HASHED)
    if named:
        engine.table("names", "SELECT doc, id FROM {documents}")
    engine.drop("documents")
    ((documents,),) = engine.rows("SELECT count(*) FROM {hashed}")
    engine.table("copies", _COPIES)

    say("candidates")
    keys = partial(batches.band_rows, bands=bands, rows=rows, seed=seed, threads=threads)
    engine.map("keys", _fill(_PRESENT, clique=clique), keys, batches.KEYS)
    engine.table("buckets", _BUCKETS)
    engine.drop("keys")
    engine.map(
        "numbers", _fill(_LARGE, clique=clique), partial(batches.leader_numbers, seed=seed), batches.NUMBERS
    )
    engine.table("leaders", _fill(_LEADERS, leaders=leaders))
    engine.table("pairs", _fill(_PAIRS, clique=clique))
    ((pairs,),) = engine.rows("SELECT count(*) FROM {pairs}")
    notes = _notes(engine, clique, leaders)
    engine.drop("buckets", "numbers", "leaders")

    say("scoring")
    engine.map("scored", _SETS_OF_PAIRS, partial(batches.score_pairs, threads=threads), batches.SCORED)
    chosen = given(threshold) if threshold is not None else _valley(engine, candidates.similarity)
    engine.table("edges", _EDGES)
    engine.drop("pairs", "scored")

    say("components")
    strong = _fill(_STRONG, threshold=chosen.value)
    engine.map("links", strong, batches.contract, batches.LINKS)
    find_components(engine)
    engine.table("components", _COMPONENTS)
    ((oversized,),) = engine.rows(_fill(_OVERSIZED, largest=LARGEST))
    if oversized:
        notes.append(oversized_note(oversized))

    say("clustering")
    ((members,),) = engine.rows("SELECT count(*) FROM {components}")
    parts = members // _PART + 1
    engine.table("members", _fill(_MEMBERS, parts=parts))
    engine.table("inside", _fill(_INNER_EDGES, parts=parts))
    clustering = partial(batches.cluster_components, method=method, threshold=chosen.value, threads=threads)
    engine.map_parts("clustered", "members", "inside", parts, clustering, batches.CLUSTERED)
    engine.drop("members", "inside", "edges", "components")
    engine.table("labels", _LABELS)
    engine.table("sizes", _SIZES)
    ((clusters,),) = engine.rows("SELECT count(*) FROM {sizes} WHERE size > 1")
    engine.drop("hashed", "copies", "clustered")
    query = _NAMES if named else _POSITIONS
    return Outcome(query, chosen, documents, pairs, clusters, tuple(notes))


def find_components(engine):
    """Turn {links} (node, label < node) into stars: of each node of a component its smallest, but of that itself.

    Alternates large and small stars [1]_: O(log² n) rounds, in practice about log n.

    Returns
    -------
    int
        The number of rounds.

    References
    ----------
    .. [1] Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii 2014, Connected Components in MapReduce and Beyond,
       doi:10.1145/2670979.2670997
    """
    rounds = 0
    while engine.rows(_UNSETTLED) != [(0,)]:
        engine.table("neighbors", _BOTH_WAYS)
        engine.table("large", _LARGE_STAR)
        engine.table("links", _SMALL_STAR)
        engine.drop("neighbors", "large")
        rounds += 1
    return rounds


class _Tables(dict):
    """Leaves names of tables in braces."""

    def __missing__(self, name):
        return f"{{{name}}}"


def _fill(query, **numbers):
    return query.format_map(_Tables(numbers))


def _notes(engine, clique, leaders):
    """What the caps on buckets left out."""
    notes = []
    ((buckets, members),) = engine.rows(_STARS)
    if buckets:
        notes.append(stars_note("buckets of signatures", clique, leaders, buckets, int(members)))
    ((repeated,),) = engine.rows(_fill(_REPEATED, clique=clique))
    if repeated:
        notes.append(copies_note(repeated, clique))
    return notes


def _valley(engine, fallback):
    histogram = np.zeros(BINS, np.int64)
    for place, count in engine.rows(_fill(_HISTOGRAM, bins=BINS)):
        histogram[place] = count
    return valley(histogram, fallback)
