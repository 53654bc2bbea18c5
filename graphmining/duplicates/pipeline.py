"""From items to duplicates: candidates, scores, threshold, clusters, in one call."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from graphmining.duplicates.candidates.minhash import MinHashLSH
from graphmining.duplicates.candidates.nearest import NearestOf
from graphmining.duplicates.candidates.simhash import SimHashLSH
from graphmining.duplicates.candidates.tfidf import TfidfNeighbors
from graphmining.duplicates.candidates.vectors import VectorNeighbors
from graphmining.duplicates.clusters import Rules, check_method, check_rules, cluster, condense, groups_of
from graphmining.duplicates.completion import complete
from graphmining.duplicates.constraints import read_links
from graphmining.duplicates.equality import equal_items
from graphmining.duplicates.inputs import as_items
from graphmining.duplicates.pairs import best_two
from graphmining.duplicates.progress import StepBar
from graphmining.duplicates.result import Duplicates
from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.duplicates.scoring.fellegi_sunter import FellegiSunter
from graphmining.duplicates.scoring.jaccard import Jaccard
from graphmining.duplicates.scoring.learned import LearnedScore
from graphmining.duplicates.threshold import best_rivals, even_odds, given, score_histogram, valley
from graphmining.errors import OptionError
from graphmining.seeds import seed_value
from graphmining.threads import thread_count

# Texts of fewer words are names or titles: one word is much of them, so they are compared by characters.
_SHORT = 12
# Exact neighbours take time in the square of the number of items; beyond this, hashing finds the candidates.
_MANY = 50_000
# Neighbours are sought until most candidates are no duplicates: then whole clusters are among them.
_NEIGHBORS = 10
_MOST_MATCHES = 1 / 3
_MOST_NEIGHBORS = 160
# Steps that may miss pairs as similar as those that they find.
_MISSING = (MinHashLSH, SimHashLSH, NearestOf)
# The least Jaccard similarity that hashing looks for, of runs of words and of characters.
_LEAST_ALIKE = 0.5
_LEAST_SPELLED_ALIKE = 0.6


class Steps(NamedTuple):
    """The steps of a pipeline.

    Attributes
    ----------
    candidates : candidate step
        Has `pairs(items, *, seed, threads)`.
    score : Score
    method : str
        Of clustering.
    """

    candidates: object
    score: object
    method: str


def find_duplicates(
    items,
    other=None,
    *,
    id=None,
    columns=None,
    candidates=None,
    score=None,
    labels=None,
    method=None,
    threshold=None,
    max_size=None,
    must_link=(),
    cannot_link=(),
    seed=0,
    threads=None,
    progress=True,
):
    """Find what is in a list, or in two, more than once.

    Candidates are scored, a threshold is chosen from the scores, and the pairs become clusters that do not chain.

    Parameters
    ----------
    items : sequence of str, pandas.DataFrame, sequence of dict, array_like of shape (n, d), or Items
        Texts, records or vectors.
    other : likewise, optional
        A second list: then only pairs between the lists count.
    id : str, optional
        Column with the names of records.
    columns : sequence of str, optional
        Columns to compare; default: all that tell records apart.
    candidates : candidate step, optional
        Which pairs are compared. Default: for texts of 12 words and more `MinHashLSH`, for shorter ones and for
        records `TfidfNeighbors` (beyond 50,000 the nearest of what `MinHashLSH` of characters finds), for vectors
        `VectorNeighbors`.
    score : score step, optional
        Default: `Jaccard` of shingles, `Cosine` of short texts and vectors, `FellegiSunter` of records.
    labels : dict of id to label, or sequence of (id, id, bool), optional
        The true clusters of some items, or some pairs that are duplicates or not: the score is corrected by them
        and becomes a probability; see `LearnedScore`.
    method : {"average", "affinity", "correlation", "cpm", "mutual-best", "components"}, optional
        Default: "average"; for two lists "mutual-best", which holds each to be free of duplicates.
    threshold : float, optional
        Least score. Default: one half for probabilities, else chosen from the distribution of the scores.
    max_size : int, optional
        Items of a cluster at most.
    must_link, cannot_link : sequence of pairs of ids
        Items that are, and are not, duplicates.
    seed : int, None or random generator
        The same seed gives the same answer on any number of threads.
    threads : int, optional
        Default: all cores.
    progress : bool
        Show a bar on standard error, if that is a terminal.

    Returns
    -------
    Duplicates
        The clusters, and why they are what they are.

    Raises
    ------
    GraphError, OptionError
        If the items or an option cannot be what they are.

    Notes
    -----
    After [1]_ (learned or given scores on a graph of candidates) and [2]_ (popular buckets give star graphs).
    Texts with the same shingles and records with the same values count as one item until the end. Hashing misses
    pairs; those inside of what hangs together are scored afterwards, up to 1,000 items at a time.

    References
    ----------
    .. [1] Halcrow, Moșoi, Ruth, Perozzi 2020, Grale: Designing Networks for Graph Learning, arXiv:2007.12002
    .. [2] Carey, Halcrow, Jayaram, Mirrokni, Schudy, Zhong 2022, Stars: Tera-Scale Graph Building for Clustering
       and Graph Learning, arXiv:2212.02635

    Examples
    --------
    >>> people = [{"name": "Ada Lovelace", "born": "1815"}, {"name": "Ada Lovelace.", "born": "1815"},
    ...           {"name": "Alan Turing", "born": "1912"}]
    >>> find_duplicates(people, score=Cosine(), threshold=0.7).clusters
    [[0, 1]]
    """
    seed, threads = seed_value(seed), thread_count(threads)
    items = as_items(items, other, id=id, columns=columns)
    threshold = None if threshold is None else given(threshold)
    rules = Rules(
        _check_size(max_size),
        read_links(items, must_link, "must_link"),
        read_links(items, cannot_link, "cannot_link"),
    )
    steps = default_steps(items)
    steps = Steps(candidates or steps.candidates, score or steps.score, check_method(method or steps.method))
    if labels is not None:
        steps = steps._replace(score=LearnedScore(labels, steps.score))
    equal = None
    if items.lists is None:
        # An item with a link of its own could drag its equals along, into a cluster they must not be in.
        equal = equal_items(items, steps.score, np.unique([*rules.together.flat, *rules.apart.flat]))
    groups = groups_of(len(items), equal, rules.together)
    check_rules(rules, groups)

    with StepBar(progress) as bar:
        steps, pairs, scores = _score_candidates(items, steps, candidates is None, bar, seed, threads)
        chosen = threshold or choose_threshold(items, steps, pairs, scores)
        if isinstance(steps.candidates, _MISSING) or pairs.notes:
            bar.next("completing")
            pairs, scores = complete(items, groups, pairs, scores, steps.score, chosen.value, threads=threads)
        graph, _, node = condense(len(items), groups, pairs.left, pairs.right, scores)
        bar.next("clustering")
        labels = cluster(graph, node, steps.method, chosen.value, rules, seed=seed, threads=threads)
    return Duplicates(
        items=items,
        pairs=pairs,
        scores=scores,
        threshold=chosen,
        labels=labels,
        steps=steps,
        rules=rules,
        groups=groups,
        seed=seed,
    )


def default_steps(items):
    """The steps that fit the items: Steps."""
    method = "average" if items.lists is None else "mutual-best"
    if items.vectors is not None:
        return Steps(VectorNeighbors(), Cosine(), method)
    if len(items.fields) > 1:
        return Steps(_near(len(items)), FellegiSunter(), method)
    sample = items.texts[:: max(1, len(items) // 1000)]
    if sample and np.median([len(text.split()) for text in sample]) < _SHORT:
        return Steps(_near(len(items)), Cosine(), method)
    return Steps(MinHashLSH(similarity=_LEAST_ALIKE), Jaccard(), method)


def _near(count):
    """Candidates by their spelling."""
    if count <= _MANY:
        return TfidfNeighbors(k=_NEIGHBORS)
    return NearestOf(MinHashLSH(unit="characters", similarity=_LEAST_SPELLED_ALIKE), k=_NEIGHBORS)


def choose_threshold(items, steps, pairs, scores):
    """A threshold from the scores alone: Threshold."""
    if steps.score.probability:
        return even_odds()
    if items.lists is None:
        fallback = steps.candidates.similarity if isinstance(steps.candidates, MinHashLSH) else 0.5
        return valley(score_histogram(scores), fallback)
    if steps.method != "mutual-best":
        return valley(score_histogram(scores), 0.5)
    shorter = int((items.lists == 1).sum() <= (items.lists == 0).sum())
    end = np.where(items.lists[pairs.left] == shorter, pairs.left, pairs.right)
    _, best, runner_up = best_two(end, scores)
    return best_rivals(scores[best], runner_up, int((items.lists == shorter).sum()))


def _score_candidates(items, steps, may_widen, bar, seed, threads):
    """The pairs and their scores; more neighbours, where they turn out to be duplicates for the most part."""
    while True:
        bar.next("candidates")
        pairs = steps.candidates.pairs(items, seed=seed, threads=threads)
        bar.next("scoring")
        score = steps.score.fit(items, pairs, seed=seed, threads=threads)
        scores = score.score(items, pairs, threads=threads)
        widest = min(_MOST_NEIGHBORS, len(items) - 1)
        narrow = may_widen and isinstance(steps.candidates, TfidfNeighbors) and steps.candidates.k < widest
        crowded = len(scores) and (scores >= 0.5).mean() > _MOST_MATCHES
        if not (narrow and score.probability and items.lists is None and crowded):
            return steps._replace(score=score), pairs, scores
        steps = steps._replace(candidates=replace(steps.candidates, k=2 * steps.candidates.k))


def _check_size(max_size):
    if max_size is not None and (not isinstance(max_size, (int, np.integer)) or max_size < 1):
        raise OptionError(f"max_size must be a positive integer or None, not {max_size!r}")
    return max_size
