"""Whether a system's confidences mean what they say: calibration of predicted spans.

A predicted span is correct if the headline protocol counts it: boundaries and type. Spans that
opened with an I- tag are left out, as that protocol ignores them. Confidences say nothing about
entities that a system missed. The spans of all seeds are pooled.

References
----------
Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
AAAI 2015, doi:10.1609/aaai.v29i1.9602.
Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, arXiv:1706.04599.
Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 1950,
doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples in
Neural Networks", ICLR 2017, arXiv:1610.02136 (AUROC of the confidence).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crossner.errors import ConfigError, StoreError
from crossner.scoring.errors import chosen_domains, chosen_systems, seeds_of
from graphmining.errors import unknown

BINNINGS = ("width", "mass")
THRESHOLDS = (*range(0, 100, 5), 99)


class Pool(NamedTuple):
    """The predicted spans of some runs.

    Attributes
    ----------
    confidence : ndarray of float64, shape (spans,)
        From 0 to 1.
    correct : ndarray of bool, shape (spans,)
    gold : int
        Number of gold spans, once for each run.
    seeds : int
    """

    confidence: np.ndarray
    correct: np.ndarray
    gold: int
    seeds: int


def without_confidences(results) -> list[str]:
    """Names of the systems that the other functions leave out: some span's confidence is unknown."""
    return [system.name for system in results.systems if not _is_sure(system)]


def calibration_rows(results, *, systems=None, domains=None, bins=15, binning="width") -> list[dict]:
    """Points of the reliability diagram.

    Parameters
    ----------
    results : Results
    systems, domains : sequence of str, optional
        Names; all by default. The domain "all" takes the table's targets together, within each
        seed that has all of them.
    bins : int
    binning : {"width", "mass"}
        Bins of equal width, or as nearly of equal number as equal confidences, which are never
        parted, allow.

    Returns
    -------
    list of dict
        For each system, domain and bin that is not empty: its ends `low` (exclusive but for the
        first) and `high` (inclusive); mean `confidence`; `accuracy`, the share of correct spans;
        all in percent; `count` of spans.

    Raises
    ------
    ConfigError
        If there is no system, domain or binning of that name, or `bins` is not positive.
    StoreError
        If a confidence is not a probability.
    """
    _check_bins(bins, binning)
    return [
        head | row for head, pool in _pools(results, systems, domains) for row in reliability(pool, bins, binning)
    ]


def calibration_summary(results, *, systems=None, domains=None, bins=15, binning="width") -> list[dict]:
    """Figures of calibration.

    Parameters
    ----------
    results, systems, domains, bins, binning
        As for `calibration_rows`.

    Returns
    -------
    list of dict
        For each system and domain with a predicted span: expected and maximum calibration error,
        `ece` and `mce`: mean, weighted by count, and maximum over bins of the difference between
        accuracy and mean confidence; `brier`, mean squared difference between confidence and
        correctness, from 0 to 1; `auroc`, how well confidence tells correct spans from wrong
        ones, None if all spans are of a sort; mean `confidence` and `accuracy`, that is precision;
        all but `brier` in percent; `count` of spans; `n` seeds.

    Raises
    ------
    ConfigError, StoreError
        As for `calibration_rows`.
    """
    _check_bins(bins, binning)
    rows = []
    for head, pool in _pools(results, systems, domains):
        errors = [
            (row["count"], abs(row["accuracy"] - row["confidence"])) for row in reliability(pool, bins, binning)
        ]
        if errors:
            rows.append(
                {
                    **head,
                    "ece": sum(count * error for count, error in errors) / len(pool.correct),
                    "mce": max(error for _, error in errors),
                    "brier": float(np.mean((pool.confidence - pool.correct) ** 2)),
                    "auroc": _auroc(pool),
                    "confidence": 100 * float(pool.confidence.mean()),
                    "accuracy": 100 * float(pool.correct.mean()),
                    "count": len(pool.correct),
                    "n": pool.seeds,
                }
            )
    return rows


def threshold_rows(results, *, systems=None, domains=None, thresholds=THRESHOLDS) -> list[dict]:
    """What remains if only spans of at least some confidence are kept.

    Parameters
    ----------
    results, systems, domains
        As for `calibration_rows`.
    thresholds : sequence of float
        In percent.

    Returns
    -------
    list of dict
        For each system, domain and `threshold`: `precision` (None if no span is kept), `recall`
        (None without gold spans), `f1`, in percent; `count` of spans kept; `n` seeds;
        `best_on_test`: whether no other threshold, and none before it, has a higher F1. That
        threshold is chosen on the test split, so its F1 is an illustration, not a result.

    Raises
    ------
    ConfigError
        If there is no system or domain of that name, or a threshold is not a percentage.
    StoreError
        If a confidence is not a probability.
    """
    for threshold in thresholds:
        if not 0 <= threshold <= 100:
            raise ConfigError(f"thresholds are percentages from 0 to 100, not {threshold}")
    rows = []
    for head, pool in _pools(results, systems, domains):
        curve = [_at(pool, threshold) for threshold in thresholds]
        best = max(range(len(curve)), key=lambda index: curve[index]["f1"], default=None)
        rows += [head | row | {"best_on_test": index == best} for index, row in enumerate(curve)]
    return rows


def reliability(pool, bins=15, binning="width") -> list[dict]:
    """The bins of `calibration_rows` for a pool of spans.

    Examples
    --------
    >>> pool = Pool(np.array([0.2, 0.9, 0.8]), np.array([False, True, False]), 2, 1)
    >>> [(row["low"], row["high"], row["accuracy"], row["count"]) for row in reliability(pool, 2)]
    [(0.0, 50.0, 0.0, 1), (50.0, 100.0, 50.0, 2)]
    """
    if not len(pool.confidence):
        return []
    edges = np.arange(bins + 1) / bins  # the nearest floats, as confidences are; those of linspace are not
    if binning == "mass":
        edges = np.quantile(pool.confidence, edges)
        # Quantiles coincide where many confidences are equal; the first may be the minimum itself.
        edges = np.concatenate((edges[:1], np.unique(edges[1:-1]), edges[-1:]))
    number = np.searchsorted(edges[1:-1], pool.confidence)
    rows = []
    for index in np.unique(number):
        inside = number == index
        rows.append(
            {
                "low": 100 * float(edges[index]),
                "high": 100 * float(edges[index + 1]),
                "confidence": 100 * float(pool.confidence[inside].mean()),
                "accuracy": 100 * float(pool.correct[inside].mean()),
                "count": int(inside.sum()),
            }
        )
    return rows


def _check_bins(bins, binning):
    if bins < 1:
        raise ConfigError(f"the number of bins is positive, not {bins}")
    if binning not in BINNINGS:
        raise ConfigError(unknown("binning", binning, BINNINGS))


def _is_sure(system) -> bool:
    return all(
        confidence is not None
        for runs in system.answers.values()
        for one in runs
        for chunks, confidences in zip(one.chunks, one.confidences, strict=True)
        for chunk, confidence in zip(chunks, confidences, strict=True)
        if chunk.opened
    )


def _pools(results, systems, domains):
    domains = chosen_domains(results, domains)
    for system in chosen_systems(results, systems):
        if _is_sure(system):
            for domain in domains:
                seeds = seeds_of(results, system, domain)
                if seeds:
                    yield {"system": system.name, "domain": domain}, _pool(results, seeds)


def _pool(results, seeds) -> Pool:
    confidences, correct, gold = [], [], 0
    for one in (one for runs in seeds for one in runs):
        for sentence, *found in zip(results.gold(one.domain), one.chunks, one.confidences, strict=True):
            true = set(sentence.spans)
            gold += len(true)
            for chunk, confidence in zip(*found, strict=True):
                if chunk.opened:
                    if not 0 <= confidence <= 1:
                        raise StoreError(f"run {one.run[:12]}: the confidence {confidence} is not from 0 to 1")
                    confidences.append(confidence)
                    correct.append(chunk[:3] in true)
    return Pool(np.array(confidences, dtype=float), np.array(correct, dtype=bool), gold, len(seeds))


def _auroc(pool) -> float | None:
    """Probability in percent that a correct span is surer than a wrong one, ties by half."""
    from scipy.stats import rankdata

    right = int(pool.correct.sum())
    wrong = len(pool.correct) - right
    if not right or not wrong:
        return None
    ranks = rankdata(pool.confidence)[pool.correct].sum()
    return 100 * float(ranks - right * (right + 1) / 2) / (right * wrong)


def _at(pool, threshold) -> dict:
    kept = pool.confidence >= threshold / 100
    count, correct = int(kept.sum()), int(pool.correct[kept].sum())
    return {
        "threshold": threshold,
        "precision": 100 * correct / count if count else None,
        "recall": 100 * correct / pool.gold if pool.gold else None,
        "f1": 200 * correct / (count + pool.gold) if count + pool.gold else 0.0,
        "count": count,
        "n": pool.seeds,
    }
