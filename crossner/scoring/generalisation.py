"""Where a system is good: F1 of mentions it has seen and has not seen, of new types, of long mentions."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

from crossner.data.types import Span
from crossner.errors import ConfigError
from graphmining.errors import unknown

ALL = "all"
SEEN = ("seen, same type", "seen, other type", "unseen")


@dataclass(frozen=True)
class View:
    """A way to sort mentions into buckets, gold and predicted ones alike.

    Attributes
    ----------
    title, description : str
    buckets : tuple of str
        Their names, in order.
    needs_source, needs_train : bool
        Whether it looks at the source domain, at the target's train sentences.
    prepare : callable
        `prepare(train, source)`, of the train sentences of a run and the source `Domain` (None where the
        view does not look at it), gives a function `(sentence, span) -> number of the bucket`.
    """

    title: str
    description: str
    buckets: tuple[str, ...]
    needs_source: bool
    needs_train: bool
    prepare: Callable


def _seen_in(sentences):
    types_of: dict[tuple[str, ...], set[str]] = {}
    for sentence in sentences:
        for span in sentence.spans:
            types_of.setdefault(sentence.tokens[span.start : span.end], set()).add(span.type)

    def bucket(sentence, span):
        types = types_of.get(sentence.tokens[span.start : span.end])
        return 2 if types is None else 0 if span.type in types else 1

    return bucket


def _origin(train, source):
    shared = frozenset(source.types)
    return lambda sentence, span: 0 if span.type in shared else 1


def _type_frequency(train, source):
    counts = Counter(span.type for sentence in train for span in sentence.spans)
    return lambda sentence, span: bisect_right((1, 10, 30, 100), counts[span.type])


VIEWS = {
    "seen-target": View(
        "Mentions seen in the target's train sentences",
        "whether the words of a mention (case kept) are a mention in the train sentences that the run used, "
        "with the same type or only with another one; a system from elsewhere counts as having used all of them, "
        "and is left out where it says that it used fewer",
        SEEN,
        False,
        True,
        lambda train, source: _seen_in(train),
    ),
    "seen-source": View(
        "Mentions seen in the source",
        "whether the words of a mention (case kept) are a mention in the source's train split; a system "
        "without a source is sorted by the data set's default one",
        SEEN,
        True,
        False,
        lambda train, source: _seen_in(source.train.sentences),
    ),
    "new-types": View(
        "Types that the source has and new ones",
        "whether the type of a mention is one of the source's; a system without a source is sorted by the "
        "data set's default one",
        ("shared with the source", "new in the target"),
        True,
        False,
        _origin,
    ),
    "mention-length": View(
        "Length of mentions",
        "number of tokens of a mention",
        ("1 token", "2 tokens", "3 tokens", "4+ tokens"),
        False,
        False,
        lambda train, source: lambda sentence, span: min(span.end - span.start, 4) - 1,
    ),
    "type-frequency": View(
        "Frequency of types",
        "number of mentions of the type in the train sentences that the run used; a system from elsewhere counts "
        "as having used all of them, and is left out where it says that it used fewer",
        ("0 mentions", "1–9 mentions", "10–29 mentions", "30–99 mentions", "100+ mentions"),
        False,
        True,
        _type_frequency,
    ),
    "sentence-length": View(
        "Length of sentences",
        "number of tokens of the sentence that a mention is in",
        ("≤ 20 tokens", "21–30 tokens", "31–45 tokens", "> 45 tokens"),
        False,
        False,
        lambda train, source: lambda sentence, span: bisect_right((21, 31, 46), len(sentence)),
    ),
}


def get_view(name) -> View:
    """The view of a name.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    if name not in VIEWS:
        raise ConfigError(unknown("view", name, VIEWS))
    return VIEWS[name]


def strata_counts(gold, predicted, view, *, train=(), source=None) -> np.ndarray:
    """Counts of each bucket of a view and of each sentence, under the headline protocol (strict IOB2).

    A mention's bucket depends on nothing but its own words, type and sentence, so a predicted mention that is
    right is in the bucket of the gold mention it equals, and the counts of all buckets add up to the headline's.

    Parameters
    ----------
    gold : sequence of Sentence
    predicted : sequence of sequence of Chunk
        For each sentence; chunks that open with an I- tag are left out, as in strict IOB2.
    view : str
        A key of `VIEWS`.
    train : sequence of Sentence
        The target's train sentences that the run used.
    source : Domain, optional

    Returns
    -------
    ndarray of float64, shape (buckets, sentences, 3)
        Last axis: true positives, predicted, gold.

    Raises
    ------
    ConfigError
        If there is no such view, or it needs a source and none is given.

    Examples
    --------
    >>> from crossner.data.spans import Chunk
    >>> from crossner.data.types import Sentence
    >>> gold = [Sentence(("Ada", "met", "Bo", "Li"), ("B-person", "O", "B-person", "I-person"))]
    >>> found = [[Chunk(0, 1, "person", True), Chunk(2, 3, "person", True)]]
    >>> strata_counts(gold, found, "mention-length")[:2].sum(axis=1).tolist()
    [[1.0, 2.0, 1.0], [0.0, 0.0, 1.0]]
    """
    chosen = get_view(view)
    return _counts(gold, predicted, len(chosen.buckets), _prepare(chosen, view, train, source))


def _prepare(view, name, train, source):
    if view.needs_source and source is None:
        raise ConfigError(f"view {name} needs a source domain, and neither the system nor the data set has one")
    return view.prepare(train, source)


def _counts(gold, predicted, buckets, bucket_of) -> np.ndarray:
    if len(gold) != len(predicted):
        raise ConfigError(f"{len(gold)} sentences of gold spans, but {len(predicted)} of predicted ones")
    counts = np.zeros((buckets, len(gold), 3))
    for number, (sentence, chunks) in enumerate(zip(gold, predicted, strict=True)):
        true = set(sentence.spans)
        for span in {Span(*chunk[:3]) for chunk in chunks if chunk.opened}:
            counts[bucket_of(sentence, span), number, :2] += (span in true, 1)
        for span in true:
            counts[bucket_of(sentence, span), number, 2] += 1
    return counts


def generalisation_rows(results, view, *, systems=None, domains=None, resamples=1000, seed=0) -> list[dict]:
    """F1 of each bucket of a view, for each system and domain.

    Parameters
    ----------
    results : Results
    view : str
        A key of `VIEWS`.
    systems, domains : sequence of str, optional
        Names; all by default.
    resamples : int
        Bootstrap samples of sentences for the intervals; 0 for none.
    seed : int

    Returns
    -------
    list of dict
        `system`, `view`, `domain`, `bucket`; F1 in percent: `mean`, `sd`, `n` over seeds, `low`, `high` of its
        95 % interval, and `precision`, `recall` (means over seeds); `gold`, `predicted`: mentions, means over
        seeds (with few train sentences each seed has other ones, and puts the same mention into another bucket).
        A seed that has neither gold nor predicted mentions in a bucket has no F1 there, without predicted ones no
        precision, without gold ones no recall; what no seed has is None.

        The domain "all" is there for systems that have all targets (all of `domains`, where given), over the seeds
        that all of them have. Its counts are those of the domains added up: large domains weigh more, and it is
        no average of the domains' F1. A target that is its own source has no rows in views of the source; a
        system of few train sentences that does not know which has none in views of these.

    Raises
    ------
    ConfigError
        If there is no such view, system or domain, or the view needs a source and there is none.
    """
    buckets = get_view(view).buckets
    selected = results.systems if systems is None else [results.system(name) for name in systems]
    for domain in domains or ():
        if domain not in results.domains:
            raise ConfigError(unknown("domain", domain, results.domains))
    columns = results.domains if domains is None else tuple(dict.fromkeys(domains))
    together = results.targets if domains is None else columns
    strata = _Strata(results, view)
    found: dict[str, dict[str, dict[int, np.ndarray]]] = {domain: {} for domain in (*columns, ALL)}
    for system in selected:
        for domain in columns:
            runs = system.answers.get(domain, ()) if strata.suit(system) else ()
            counts = {answers.seed: strata.counts(answers) for answers in runs}
            counts = {one: array for one, array in counts.items() if array is not None}
            if counts:
                found[domain][system.name] = counts
        pooled = _pooled([found[domain].get(system.name, {}) for domain in together])
        if pooled:
            found[ALL][system.name] = pooled
    drawn = {domain: _resampled(by_system, resamples, seed) for domain, by_system in found.items()}
    return [
        {"system": system.name, "view": view, "domain": domain, "bucket": bucket}
        | _summary(
            [counts[number].sum(axis=0) for counts in by_system[system.name].values()],
            drawn[domain][system.name][..., number],
        )
        for system in selected
        for domain, by_system in found.items()
        if system.name in by_system
        for number, bucket in enumerate(buckets)
    ]


def _pooled(by_domain) -> dict:
    """Counts of all domains side by side, for the seeds that all of them have."""
    seeds = sorted(set.intersection(*map(set, by_domain))) if len(by_domain) > 1 else ()
    return {seed: np.concatenate([counts[seed] for counts in by_domain], axis=1) for seed in seeds}


def _resampled(by_system, resamples, seed) -> dict:
    """F1 of each system on the same resampled sentences, shape (resamples, seeds, buckets)."""
    from crossner.scoring.resampling import bootstrap_f1

    stacks = {name: np.stack(list(by_seed.values())) for name, by_seed in by_system.items()}
    if not resamples or not stacks:
        return {name: np.empty((0, *stack.shape[:2])) for name, stack in stacks.items()}
    runs = np.concatenate([stack.reshape(-1, *stack.shape[2:]) for stack in stacks.values()])
    drawn = bootstrap_f1(runs, resamples=resamples, seed=seed)
    ends = np.cumsum([stack.shape[0] * stack.shape[1] for stack in stacks.values()])[:-1]
    return {
        name: part.reshape(-1, *stack.shape[:2])
        for (name, stack), part in zip(stacks.items(), np.split(drawn, ends, axis=1), strict=True)
    }


class _Strata:
    """Counts of runs in a view; what the buckets depend on is prepared once."""

    def __init__(self, results, name):
        self._results = results
        self._name = name
        self._view = get_view(name)
        self._prepared: dict = {}

    def suit(self, system):
        """Whether all that the view looks at is known of a system: of imported runs only how many sentences."""
        runs = [answers for by_seed in system.answers.values() for answers in by_seed]
        which = system.shots is None or all(answers.train is not None for answers in runs)
        return which or not self._view.needs_train

    def counts(self, answers):
        """Of a run, or None where the target is its own source."""
        source = _source(self._results.dataset, answers) if self._view.needs_source else None
        if source == answers.domain:
            return None
        # A view of the source looks at no train sentence: one preparation serves all targets.
        key = (source,) if self._view.needs_source else (answers.domain, answers.train)
        if key not in self._prepared:
            self._prepared[key] = _prepare(
                self._view,
                self._name,
                train_sentences(self._results, answers),
                None if source is None else self._results.dataset.domain(source),
            )
        return _counts(
            self._results.gold(answers.domain), answers.chunks, len(self._view.buckets), self._prepared[key]
        )


def _source(dataset, answers):
    """The run's source, or the data set's where it has none (or, imported, one that is not at hand)."""
    return answers.source if answers.source in dataset.names else dataset.source


def train_sentences(results, answers):
    """The target's train sentences that a run used."""
    sentences = results.dataset.domain(answers.domain).train.sentences
    return sentences if answers.train is None else tuple(sentences[number] for number in answers.train)


def _summary(totals, drawn) -> dict:
    """Statistics over seeds, from a bucket's counts of each and its F1 on resamples, shape (resamples, seeds)."""
    from crossner.scoring.paired import limits

    defined = [found + true > 0 for _, found, true in totals]
    scores = [_percent(2 * hit, found + true) for hit, found, true in totals if found + true]
    low, high = limits(drawn[:, defined].mean(axis=1), 0.95) if len(drawn) and scores else (None, None)
    return {
        "mean": _mean(scores),
        "sd": _rounded(stdev(scores)) if len(scores) > 1 else None,
        "n": len(scores),
        "low": _rounded(low),
        "high": _rounded(high),
        "precision": _mean([_percent(hit, found) for hit, found, _ in totals if found]),
        "recall": _mean([_percent(hit, true) for hit, _, true in totals if true]),
        "gold": _mean([float(true) for _, _, true in totals]),
        "predicted": _mean([float(found) for _, found, _ in totals]),
    }


def _percent(part, whole) -> float:
    return 100 * float(part) / float(whole)


def _mean(values):
    return _rounded(fmean(values)) if values else None


def _rounded(value):
    return None if value is None else round(value, 4)
