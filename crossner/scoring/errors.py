"""What kinds of errors a system makes, which types it confuses, and what each of them costs in F1."""

from __future__ import annotations

from collections import Counter
from statistics import fmean
from typing import NamedTuple

from crossner.data.types import Span
from crossner.errors import ConfigError
from graphmining.errors import unknown

KINDS = ("correct", "type", "boundary", "boundary and type", "missed", "spurious")
NONE = "none"  # stands for the type on the side where there is no span
ALL = "all"  # stands for the domains taken together


class Finding(NamedTuple):
    """A gold span, a predicted span, or a pair of them, and what is wrong with it (one of `KINDS`)."""

    kind: str
    gold: Span | None
    predicted: Span | None


def classify(gold, chunks) -> list[Finding]:
    """Pair the gold and the predicted spans of a sentence, and say what is wrong with each.

    Only spans that overlap are paired, one gold with one predicted. Of all such pairings it is
    the one with the most pairs of equal type; among these the one with the most tokens in common,
    then with the most pairs, then the leftmost. As spans of one side never overlap each other, two
    spans of the same boundaries have no other possible partner, so they are always paired.

    Parameters
    ----------
    gold : sequence of Span
    chunks : sequence of Chunk
        Both without overlaps among themselves, as tags give them. Chunks with `opened` False are
        passed over: the headline protocol, strict IOB2, doesn't count them.

    Returns
    -------
    list of Finding
        By position. Every gold span and every predicted span is in exactly one; F1 is
        200 · correct / (with a gold span + with a predicted span).

    Examples
    --------
    >>> from crossner.data.spans import Chunk
    >>> gold = [Span(0, 2, "song"), Span(3, 4, "band")]
    >>> [finding.kind for finding in classify(gold, [Chunk(1, 2, "song", True), Chunk(5, 6, "band", True)])]
    ['boundary', 'missed', 'spurious']
    """
    gold = sorted(gold)
    predicted = sorted(Span(*chunk[:3]) for chunk in chunks if chunk.opened)
    pairs = _best_pairs(gold, predicted)
    findings = [Finding(_kind(gold[i], predicted[j]), gold[i], predicted[j]) for i, j in pairs]
    paired_gold, paired_predicted = {i for i, _ in pairs}, {j for _, j in pairs}
    findings += [Finding("missed", span, None) for i, span in enumerate(gold) if i not in paired_gold]
    findings += [Finding("spurious", None, span) for j, span in enumerate(predicted) if j not in paired_predicted]
    return sorted(findings, key=lambda one: (one.gold or one.predicted, one.gold is None))


def _kind(gold, predicted) -> str:
    if gold[:2] == predicted[:2]:
        return "correct" if gold == predicted else "type"
    return "boundary" if gold.type == predicted.type else "boundary and type"


def _best_pairs(gold, predicted) -> list[tuple[int, int]]:
    """The best pairing of two sorted sequences of spans, as pairs of indices.

    Listed from left to right, the overlapping pairs of one span stand next to each other, so two
    chosen pairs are compatible if each is compatible with the one chosen before it: weighted
    interval scheduling, solved by a recursion over prefixes of the list.
    """
    edges = []
    i = j = 0
    while i < len(gold) and j < len(predicted):
        overlap = min(gold[i].end, predicted[j].end) - max(gold[i].start, predicted[j].start)
        if overlap > 0:
            edges.append((i, j, (gold[i].type == predicted[j].type, overlap, 1)))
        if gold[i].end <= predicted[j].end:
            i += 1
        else:
            j += 1
    best = [((0, 0, 0), [])]  # entry k: worth and pairs of the best choice among the first k edges
    for k, (i, j, worth) in enumerate(edges):
        before = k
        while before and (edges[before - 1][0] == i or edges[before - 1][1] == j):
            before -= 1
        total, pairs = best[before]
        taken = tuple(a + b for a, b in zip(total, worth, strict=True))
        best.append((taken, [*pairs, (i, j)]) if taken > best[-1][0] else best[-1])
    return best[-1][1]


def findings_of(results, answers) -> list[list[Finding]]:
    """What `classify` gives of each test sentence of a run.

    Parameters
    ----------
    results : Results
    answers : Answers
    """
    return [
        classify(sentence.spans, chunks)
        for sentence, chunks in zip(results.gold(answers.domain), answers.chunks, strict=True)
    ]


def chosen_systems(results, names=None) -> list:
    """Systems by their names, all of them for None.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    names = [names] if isinstance(names, str) else names
    return list(results.systems) if names is None else [results.system(name) for name in names]


def chosen_domains(results, names=None, *, extra=(ALL,)) -> list[str]:
    """Domains by their names, for None all of them and then `extra`.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    valid = [*results.domains, *extra]
    names = [names] if isinstance(names, str) else valid if names is None else list(names)
    for name in names:
        if name not in valid:
            raise ConfigError(unknown("domain", name, valid))
    return names


def seeds_of(results, system, domain) -> list[tuple]:
    """The runs that a statistic of a system in a domain is over, grouped by seed.

    Parameters
    ----------
    results : Results
    system : System
    domain : str
        "all" takes the targets of the table together, within each seed that has all of them.

    Returns
    -------
    list of tuple of Answers
        In the order of seeds; one run a tuple, for "all" one a domain. Empty if there is none.
    """
    if domain != ALL:
        return [(one,) for one in system.answers.get(domain, ())]
    by_seed = [{one.seed: one for one in system.answers.get(name, ())} for name in results.targets]
    complete = sorted(set.intersection(*map(set, by_seed)))
    return [tuple(runs[seed] for runs in by_seed) for seed in complete]


def error_rows(results, *, systems=None, domains=None) -> list[dict]:
    """How many errors of each kind there are, and what repairing them would give.

    Parameters
    ----------
    results : Results
    systems, domains : sequence of str, optional
        Names; all by default. The domain "all" takes the targets of the table together, for systems
        with a seed that has all of them.

    Returns
    -------
    list of dict
        For each system, domain and kind: `count`, its mean over the `n` seeds; `share` of all
        findings of that system and domain in percent (correct ones included: the six add up to
        100); `f1`; `f1_if_fixed`, F1 in percent if all errors of this kind were repaired and
        nothing else: a pair becomes correct, a missed span is found, a spurious one is gone; and
        `f1_gain`, the difference. F1 is the mean over seeds. Gains of several kinds don't add up
        to the gain of repairing all of them.

    Raises
    ------
    ConfigError
        If there is no system or domain of that name.

    References
    ----------
    After Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV
    2020, arXiv:2008.08115, which removes missed objects from the gold data; here they are found.
    """
    rows = []
    domains = chosen_domains(results, domains)
    for system in chosen_systems(results, systems):
        found = {
            one.run: Counter(finding.kind for findings in findings_of(results, one) for finding in findings)
            for one in _runs(system, results.domains if ALL in domains else domains)
        }
        for domain in domains:
            seeds = [
                sum((found[one.run] for one in runs), Counter()) for runs in seeds_of(results, system, domain)
            ]
            if seeds:
                rows += [{"system": system.name, "domain": domain, **row} for row in _error_rows(seeds)]
    return rows


def _runs(system, domains):
    return [one for domain in domains for one in system.answers.get(domain, ())]


def _error_rows(seeds):
    findings = sum(sum(kinds.values()) for kinds in seeds)
    f1 = fmean(_f1(kinds) for kinds in seeds)
    for kind in KINDS:
        fixed = fmean(_f1(kinds, kind, kinds[kind]) for kinds in seeds)
        count = sum(kinds[kind] for kinds in seeds)
        yield {
            "kind": kind,
            "count": count / len(seeds),
            "share": 100 * count / findings if findings else 0.0,
            "f1": f1,
            "f1_if_fixed": fixed,
            "f1_gain": fixed - f1,
            "n": len(seeds),
        }


def _f1(kinds, repaired=None, count=0) -> float:
    """F1 in percent from the number of findings of each kind, `count` of them of a kind repaired."""
    pairs = sum(kinds[kind] for kind in KINDS[:4])
    correct, total = kinds["correct"], 2 * pairs + kinds["missed"] + kinds["spurious"]
    if repaired == "spurious":
        total -= count
    elif repaired not in (None, "correct"):
        correct += count
        total += count if repaired == "missed" else 0
    return 200 * correct / total if total else 0.0


def confusion(results, system, domain, *, seed=None) -> dict:
    """Which types a system takes for which.

    A pair of spans counts by its types even if the boundaries differ, so the diagonal holds spans
    of the right type, not only correct ones.

    Parameters
    ----------
    results : Results
    system, domain : str
        Names.
    seed : int, optional
        The run to look at; by default all runs are summed.

    Returns
    -------
    dict
        `types`: those of the domain's schema in its order, then others that were predicted, then
        "none"; `counts`: rows by gold type, columns by predicted type, "none" in the last row for
        spurious and in the last column for missed spans; `n`: number of runs summed.

    Raises
    ------
    ConfigError
        If there is no such system, domain or seed.
    """
    [domain] = chosen_domains(results, domain, extra=())
    runs = results.system(system).answers.get(domain, ())
    if seed is not None:
        runs = [one for one in runs if one.seed == seed]
    if not runs:
        raise ConfigError(f"{system!r} has no run on {domain}" + ("" if seed is None else f" with seed {seed}"))
    counts = Counter(
        _types(finding) for one in runs for findings in findings_of(results, one) for finding in findings
    )
    types = list(results.dataset.domain(domain).types)
    types += sorted({name for pair in counts for name in pair}.difference(types, [NONE])) + [NONE]
    return {
        "types": types,
        "counts": [[counts[gold, predicted] for predicted in types] for gold in types],
        "n": len(runs),
    }


def _types(finding):
    return tuple(NONE if span is None else span.type for span in (finding.gold, finding.predicted))


def costly_rows(results, *, systems=None, domains=None, top=10, examples=3) -> list[dict]:
    """The confusions of types that cost most F1.

    Parameters
    ----------
    results : Results
    systems, domains : sequence of str, optional
        Names; all by default.
    top : int
        Number of confusions of each system and domain.
    examples : int
        Number of places to name for each, those first where most runs make this error.

    Returns
    -------
    list of dict
        For each system and domain, by decreasing gain: `gold` and `predicted` types, of which
        "none" stands for no span (missed, spurious) and two that are equal for wrong boundaries;
        `count`, the mean over the `n` seeds; `f1_gain`, the points of F1 that the system would
        win if this very confusion vanished (see `error_rows`); `sentences`: a list of
        `{"sentence", "seeds", "gold", "predicted"}`, the number of a test sentence from 0, of runs
        that make this error there, and `[start, end]` in tokens or None.

    Raises
    ------
    ConfigError
        If there is no system or domain of that name, or `top` or `examples` is negative.
    """
    for name, value in (("top", top), ("examples", examples)):
        if value < 0:
            raise ConfigError(f"{name} is a number from 0, not {value}")
    rows = []
    domains = chosen_domains(results, domains, extra=())
    for system in chosen_systems(results, systems):
        for domain in domains:
            runs = [findings_of(results, one) for one in system.answers.get(domain, ())]
            if runs:
                found = sorted(_costly(runs, examples), key=lambda row: -row["f1_gain"])
                rows += [{"system": system.name, "domain": domain, **row} for row in found[:top]]
    return rows


def _costly(runs, examples):
    kinds = [Counter(one.kind for findings in run for one in findings) for run in runs]
    counts = [Counter() for _ in runs]
    places: dict[tuple, Counter] = {}
    for run, count in zip(runs, counts, strict=True):
        for number, findings in enumerate(run):
            for one in findings:
                if one.kind != "correct":
                    key = _types(one)
                    count[key] += 1
                    places.setdefault(key, Counter())[number, one.gold, one.predicted] += 1
    for key in sorted(places):
        # The two kinds of confused pairs are repaired alike.
        kind = {(True, False): "spurious", (False, True): "missed"}.get((key[0] == NONE, key[1] == NONE), "type")
        yield {
            "gold": key[0],
            "predicted": key[1],
            "count": fmean(count[key] for count in counts),
            "f1_gain": fmean(
                _f1(kind_counts, kind, count[key]) - _f1(kind_counts)
                for kind_counts, count in zip(kinds, counts, strict=True)
            ),
            "n": len(runs),
            "sentences": [
                {"sentence": number, "seeds": seeds, "gold": _place(gold), "predicted": _place(predicted)}
                for (number, gold, predicted), seeds in sorted(
                    places[key].items(), key=lambda item: (-item[1], item[0][0])
                )[:examples]
            ],
        }


def _place(span):
    return None if span is None else [span.start, span.end]
