"""How sure the scores of systems are, and which systems differ: a row a domain, for tables and figures."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from statistics import fmean, stdev

import numpy as np

from crossner.scoring.paired import (
    Comparison,
    Interval,
    average_of,
    bootstrap,
    compare,
    difference_of,
    holm,
    limits,
    over_seeds,
    pairs_of,
)
from crossner.scoring.protocols import HEADLINE, answers_counts, parse_protocol
from crossner.scoring.resampling import bootstrap_f1, f1, seed_of, swapped_f1
from crossner.scoring.verdicts import verdict

__all__ = [
    "Comparison",
    "Interval",
    "bootstrap",
    "compare",
    "compare_systems",
    "comparison_rows",
    "default_pairs",
    "f1",
    "holm",
    "interval_rows",
    "verdict",
]

AVERAGE = "average"
MANY = 10  # systems, from where on not all pairs are compared


def compare_systems(
    results, a, b, *, protocol=HEADLINE, resamples=10_000, level=0.95, seed=0, resample_seeds=False
) -> dict[str, Comparison]:
    """Compare two systems on every domain that both have, and on average.

    Parameters
    ----------
    results : Results
    a, b : str
        Names of systems; differences are B's F1 less A's.
    protocol : Protocol or str
        As for `parse_protocol` where it is a str.
    resamples, level, resample_seeds
        As for `compare`.
    seed : int
        Each domain draws by its own name too, so that its numbers do not depend on what other domains there are.

    Returns
    -------
    dict of str to Comparison
        By domain. `p_holm` is corrected over these domains. Where both systems have all targets of the table,
        `average` is there too: the mean over targets, which are resampled and swapped independently, of the mean
        over the seeds that all domains have. It is one test more, outside the family that is corrected for.

    Raises
    ------
    ConfigError
        If there is no such system, or an option cannot work.
    """
    options = {"resamples": resamples, "level": level, "seed": seed, "resample_seeds": resample_seeds}
    return _compare_pairs(results, [(a, b)], protocol, **options)[a, b]


def interval_rows(
    results, *, systems=None, protocol=HEADLINE, resamples=10_000, level=0.95, seed=0, resample_seeds=False
) -> list[dict]:
    """Mean F1 of systems on each domain and on average, with spread over seeds and bootstrap interval.

    Parameters
    ----------
    results : Results
    systems : sequence of str, optional
        Names; all by default.
    protocol : Protocol or str
        As for `parse_protocol` where it is a str.
    resamples, level, seed, resample_seeds
        As for `bootstrap`; each domain draws by its own name too.

    Returns
    -------
    list of dict
        `system`, `domain`, `mean`, `sd` (over seeds; None for one), `n` (seeds), `low`, `high`. The average is
        over the targets of the table, taken within each seed that has them all.

    Raises
    ------
    ConfigError
        If there is no such system, or an option cannot work.
    """
    names = [results.system(name).name for name in _names(results, systems)]
    options = {"resamples": resamples, "seed": seed, "resample_seeds": resample_seeds}
    domains = _open(results, names, protocol, options)
    targets = [domains[domain] for domain in results.targets]
    rows = []
    for name in names:
        for domain, sample in domains.items():
            if name in sample.counts:
                values = list(sample.f1(name).values())
                rows.append(_interval_row(name, domain, values, sample.means(name, sample.seeds(name)), level))
        seeds = _common_seeds(targets, name)
        if seeds:
            values = [fmean(sample.f1(name)[seed] for sample in targets) for seed in seeds]
            drawn = np.mean([sample.means(name, seeds) for sample in targets], axis=0)
            rows.append(_interval_row(name, AVERAGE, values, drawn, level))
    return rows


def comparison_rows(
    results, *, pairs=None, protocol=HEADLINE, resamples=10_000, level=0.95, seed=0, resample_seeds=False
) -> list[dict]:
    """Compare pairs of systems on every domain that both have, and on average.

    Parameters
    ----------
    results : Results
    pairs : sequence of (str, str), optional
        Names of systems. By default all pairs in the order of the table; of more than ten systems, each with the
        best one (by average, or where none has all domains by its mean over most domains).
    protocol, resamples, level, seed, resample_seeds
        As for `compare_systems`.

    Returns
    -------
    list of dict
        `a`, `b`, `domain`, and the fields of `Comparison`. `p_holm` is corrected over the domains of a pair, not
        over pairs; of k domains each is at least k / (1 + resamples).

    Raises
    ------
    ConfigError
        If there is no such system, or an option cannot work.
    """
    pairs = default_pairs(results) if pairs is None else [tuple(pair) for pair in pairs]
    options = {"resamples": resamples, "level": level, "seed": seed, "resample_seeds": resample_seeds}
    rows = []
    for (a, b), comparisons in _compare_pairs(results, pairs, protocol, **options).items():
        for domain, found in comparisons.items():
            rows.append(
                {
                    "a": a,
                    "b": b,
                    "domain": domain,
                    **{key: _rounded(getattr(found, key)) for key in ("difference", "low", "high")},
                    "p_bootstrap": found.p_bootstrap,
                    "p_randomisation": found.p_randomisation,
                    "p_holm": found.p_holm,
                    "seeds": found.seeds,
                    "same": found.same,
                    "resamples": found.resamples,
                }
            )
    return rows


def default_pairs(results) -> list[tuple[str, str]]:
    """All pairs of systems; of more than ten systems, each with the best one."""
    names = [system.name for system in results.systems]
    if len(names) <= MANY:
        return list(combinations(names, 2))
    best = names[max(range(len(names)), key=lambda index: _strength(results.table["rows"][index]))]
    return [(name, best) for name in names if name != best]


def _strength(row):
    if row["average"]:
        return True, len(row["f1"]), row["average"]["mean"]
    return False, len(row["f1"]), fmean(one["mean"] for one in row["f1"].values())


class _Domain:
    """Counts of systems on a domain, and their F1 on resampled sentences."""

    def __init__(self, results, domain, names, protocol, *, resamples, seed, resample_seeds):
        self.resamples, self.resample_seeds = resamples, resample_seeds
        self.seed = seed_of(seed, domain)
        self.counts: dict[str, dict[int, np.ndarray]] = {}
        for name in names:
            answers = results.system(name).answers.get(domain, ())
            if answers:
                self.counts[name] = {one.seed: answers_counts(results, one, protocol) for one in answers}
        self._drawn: dict[str, np.ndarray] = {}
        if self.counts:
            stacks = [self.stack(name, self.seeds(name)) for name in self.counts]
            drawn = bootstrap_f1(np.concatenate(stacks), resamples=resamples, seed=self.seed)
            ends = np.cumsum([len(stack) for stack in stacks])[:-1]
            self._drawn = dict(zip(self.counts, np.split(drawn, ends, axis=1), strict=True))

    def seeds(self, name):
        """The seeds of a system; none where it does not have the domain."""
        return tuple(self.counts.get(name, ()))

    def stack(self, name, seeds):
        """Counts of a system's runs, shape (seeds, sentences, 3)."""
        return np.stack([self.counts[name][seed] for seed in seeds])

    def f1(self, name):
        """F1 by seed."""
        return {seed: f1(counts) for seed, counts in self.counts[name].items()}

    def means(self, name, seeds, *, stream=2):
        """Mean F1 over seeds on each resample."""
        columns = [self.seeds(name).index(seed) for seed in seeds]
        stream = (self.seed, stream) if self.resample_seeds else None
        return over_seeds(self._drawn[name][:, columns], stream)

    def differences(self, cases):
        """For each (a, seeds of a, b, seeds of b) the difference of the two."""
        runs = {
            (a, of_a, b, of_b): [((a, of_a[i]), (b, of_b[j])) for i, j in pairs_of(len(of_a), len(of_b))]
            for a, of_a, b, of_b in cases
        }
        columns = list(dict.fromkeys(pair for pairs in runs.values() for pair in pairs))
        if not columns:
            return {}
        sides = [np.stack([self.counts[name][seed] for name, seed in side]) for side in zip(*columns, strict=True)]
        swapped = swapped_f1(*sides, resamples=self.resamples, seed=self.seed)
        return {
            (a, of_a, b, of_b): difference_of(
                self.stack(a, of_a),
                self.stack(b, of_b),
                self.means(a, of_a),
                self.means(b, of_b, stream=3),
                swapped[:, [columns.index(pair) for pair in pairs]],
            )
            for (a, of_a, b, of_b), pairs in runs.items()
        }


def _compare_pairs(results, pairs, protocol, *, level, **options):
    names = list(dict.fromkeys(results.system(name).name for pair in pairs for name in pair))
    domains = _open(results, names, protocol, options)
    targets = [domains[domain] for domain in results.targets]
    common = {name: _common_seeds(targets, name) for name in names}
    parts: dict = {pair: {} for pair in pairs}
    averaged: dict = {(a, b): [] for a, b in pairs if common[a] and common[b]}
    for domain, sample in domains.items():
        here = {(a, b): (a, sample.seeds(a), b, sample.seeds(b)) for a, b in pairs}
        here = {pair: case for pair, case in here.items() if case[1] and case[3]}
        in_all = {(a, b): (a, common[a], b, common[b]) for a, b in averaged if domain in results.targets}
        found = sample.differences([*here.values(), *in_all.values()])
        for pair, case in here.items():
            parts[pair][domain] = found[case]
        for pair, case in in_all.items():
            averaged[pair].append(found[case])
    compared = {}
    for pair, by_domain in parts.items():
        rows = {domain: part.comparison(level) for domain, part in by_domain.items()}
        corrected = holm([row.p_randomisation for row in rows.values()])
        rows = {d: replace(row, p_holm=float(p)) for (d, row), p in zip(rows.items(), corrected, strict=True)}
        if pair in averaged:
            rows[AVERAGE] = average_of(averaged[pair]).comparison(level)
        compared[pair] = rows
    return compared


def _names(results, systems):
    return [system.name for system in results.systems] if systems is None else systems


def _open(results, names, protocol, options):
    protocol = parse_protocol(protocol) if isinstance(protocol, str) else protocol
    return {domain: _Domain(results, domain, names, protocol, **options) for domain in results.domains}


def _common_seeds(domains, name):
    """The seeds of a system that all domains have."""
    first, *others = (sample.seeds(name) for sample in domains)
    return tuple(seed for seed in first if all(seed in seeds for seeds in others))


def _interval_row(system, domain, values, drawn, level):
    low, high = limits(drawn, level)
    return {
        "system": system,
        "domain": domain,
        "mean": _rounded(fmean(values)),
        "sd": _rounded(stdev(values)) if len(values) > 1 else None,
        "n": len(values),
        "low": _rounded(low),
        "high": _rounded(high),
    }


def _rounded(value):
    return round(value, 4)
