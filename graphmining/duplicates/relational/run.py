"""From files to clusters, in one call."""

from __future__ import annotations

import re
from contextlib import closing
from typing import NamedTuple

from graphmining.duplicates.candidates.minhash import MinHashLSH
from graphmining.duplicates.methods import METHODS
from graphmining.duplicates.progress import StepBar
from graphmining.duplicates.relational.plan import run_plan
from graphmining.duplicates.relational.sources import check_output
from graphmining.duplicates.threshold import Threshold, given
from graphmining.errors import OptionError, unknown
from graphmining.seeds import seed_value
from graphmining.threads import thread_count

ENGINES = ("duckdb", "spark")
# Those whose clusters of one component depend on nothing outside of it.
SEPARABLE = ("average", "affinity", "mutual-best", "components")
_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "TI": 2**40,
}


class Found(NamedTuple):
    """What was found in files.

    Attributes
    ----------
    threshold : Threshold
        Its `value` and the `reason` for it.
    documents, pairs, clusters : int
        Numbers of documents, of pairs that were compared, and of clusters of two documents or more.
    notes : tuple of str
        What was left out.
    frame : pandas.DataFrame or None
        A row a document: `id`, `cluster` (the id of the cluster's first document) and `size`; None if they were
        written to a file.
    """

    threshold: Threshold
    documents: int
    pairs: int
    clusters: int
    notes: tuple[str, ...]
    frame: object

    def summary(self):
        """A few sentences on what was found: list of str."""
        return [
            f"{self.pairs:,} candidate pairs of {self.documents:,} documents",
            f"threshold {self.threshold.value:.3f}: {self.threshold.reason}",
            f"{self.clusters:,} clusters of two documents or more",
            *self.notes,
        ]


def find_duplicates_in(
    source,
    *,
    engine="duckdb",
    text="text",
    id=None,
    output=None,
    candidates=None,
    method="average",
    threshold=None,
    seed=0,
    threads=None,
    memory_limit=None,
    scratch=None,
    progress=True,
):
    """Find near-duplicate texts in files that need not fit into memory.

    The clusters are those of `find_duplicates` for the texts in the same order, with the same candidate step and
    the score `Jaccard` of its shingles.

    Parameters
    ----------
    source : path-like, sequence of path-like, or Spark DataFrame
        Files of one kind (.parquet, .csv, .tsv, .jsonl, .ndjson; all but the first also with .gz), patterns of
        their names, or folders of them; read in the order of their paths. Tables have a header. With Spark also
        URLs that it can read.
    engine : {"duckdb", "spark"}
    text, id : str
        The columns with the texts and with the names of documents. Default of `id`: their positions from 0 on.
    output : path-like, optional
        Where to write the clusters: .parquet or .csv; with Spark a folder of that name. Default: a frame is
        returned.
    candidates : MinHashLSH, optional
        Default: `MinHashLSH()`, runs of three words with a Jaccard similarity of 0.5 or more.
    method : {"average", "affinity", "mutual-best", "components"}
        As in `find_duplicates`.
    threshold : float, optional
        Least score. Default: chosen from the distribution of the scores.
    seed : int, None or random generator
    threads : int, optional
        Default: all cores. With Spark: of the session that is made if there is none.
    memory_limit : str, optional
        Like "2GB". Of DuckDB, which puts the rest on disk; Python takes some 500 MB more. With Spark: of the
        session that is made if there is none.
    scratch : path-like, optional
        Folder for what does not fit into memory. Default: the system's.
    progress : bool
        Show a bar on standard error, if that is a terminal.

    Returns
    -------
    Found

    Raises
    ------
    FileError
        If a file cannot be read or written.
    OptionError
        If an option has a value that cannot work, or what Spark needs is not installed.

    Notes
    -----
    Texts are hashed once and kept as sets of shingles, 4 bytes a word. Larger buckets become stars [1]_,
    components are found by large and small stars [2]_ in SQL, and each is clustered as in memory, by the same
    function; so the largest has to fit into memory.

    With Spark, the session that is active is used, or that of the frame; its workers need this package. Rows of a
    frame are numbered in the order of its partitions.

    References
    ----------
    .. [1] Carey, Halcrow, Jayaram, Mirrokni, Schudy, Zhong 2022, Stars: Tera-Scale Graph Building for Clustering
       and Graph Learning, arXiv:2212.02635
    .. [2] Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii 2014, Connected Components in MapReduce and Beyond,
       doi:10.1145/2670979.2670997

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "texts.csv")
    ...     _ = path.write_text("name,text\\nx,to be or not to be that is\\ny,to be or not to be this is\\nz,all")
    ...     find_duplicates_in(path, id="name").frame.cluster.tolist()
    ['x', 'x', 'z']
    """
    if engine not in ENGINES:
        raise OptionError(unknown("engine", engine, ENGINES))
    if method not in SEPARABLE:
        raise OptionError(
            unknown("method", method, SEPARABLE) if method not in METHODS else _not_separable(method)
        )
    candidates = MinHashLSH() if candidates is None else candidates
    if not isinstance(candidates, MinHashLSH):
        raise OptionError(f"candidates must be MinHashLSH, not {type(candidates).__name__}")
    if threshold is not None:
        given(threshold)
    seed, threads = seed_value(seed), thread_count(threads)
    memory = None if memory_limit is None else _bytes(memory_limit)
    if output is not None:
        check_output(output)
    with StepBar(progress) as bar, closing(_open(engine, source, memory, threads, scratch)) as database:
        bar.next("reading")
        database.read(source, text=text, id=id)
        outcome = run_plan(
            database,
            named=id is not None,
            candidates=candidates,
            method=method,
            threshold=threshold,
            seed=seed,
            say=bar.next,
        )
        bar.next("writing")
        frame = database.frame(outcome.query) if output is None else database.write(outcome.query, output)
    return Found(*outcome[1:], frame)


def _open(engine, source, memory, threads, scratch):
    if engine == "duckdb":
        from graphmining.duplicates.relational.duckdb import DuckDB

        return DuckDB(memory=memory, threads=threads, scratch=scratch)
    from graphmining.duplicates.relational.spark import Spark

    return Spark(source, memory=memory, threads=threads, scratch=scratch)


def _not_separable(method):
    return f"method {method!r} needs the whole graph in memory; take one of {', '.join(SEPARABLE)}"


def _bytes(size):
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?\s*", str(size).upper())
    if not found or found[2] not in _UNITS or not float(found[1]):
        raise OptionError(f"memory_limit must be a size like '2GB', not {size!r}")
    return int(float(found[1]) * _UNITS[found[2]])
