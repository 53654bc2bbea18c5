"""Learning curves: F1 against the number of target sentences, and how many of them a source is worth."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from crossner.errors import ConfigError
from crossner.scoring.protocols import HEADLINE
from graphmining.errors import unknown

AVERAGE = "average"
BASELINE = "direct"
LABEL = ("regime", "tagger", "encoder", "source")


@dataclass(frozen=True)
class Series:
    """Systems that differ in the number of train sentences, in its order; all of them last.

    Attributes
    ----------
    name : str
        Short, and different from that of every other series of the same results.
    regime, tagger : str
    encoder, source : str or None
    options : str
        What else tells it from other series, as `key=value`; empty where nothing does.
    systems : tuple of System
    """

    name: str
    regime: str
    tagger: str
    encoder: str | None
    source: str | None
    options: str
    systems: tuple


def all_series(results) -> list[Series]:
    """Systems sorted into series of at least two numbers of train sentences.

    Systems of the same regime, tagger, encoder and source belong together, unless two of them have the same
    number of sentences: then those do whose other options are the same too.

    Parameters
    ----------
    results : Results
    """
    groups: dict = {}
    for system in results.systems:
        groups.setdefault(tuple(getattr(system, key) for key in LABEL), []).append(system)
    found = []
    for label, systems in groups.items():
        for options, members in _tell_apart(results, systems):
            if len(members) > 1:
                found.append((label, options, tuple(sorted(members, key=_shots))))
    labels = [label for label, _, _ in found]
    return [Series(_name(label, options, labels), *label, options, members) for label, options, members in found]


def curve_rows(results, *, protocol=HEADLINE, resamples=1000, seed=0) -> list[dict]:
    """Points of learning curves.

    Parameters
    ----------
    results : Results
    protocol : Protocol
    resamples : int
        Bootstrap samples of sentences for the intervals.
    seed : int

    Returns
    -------
    list of dict
        `series`, `regime`, `tagger`, `encoder`, `source`, `domain`, `shots` (None for all train sentences),
        `sentences` (their number; of the average, the mean over domains); F1 in percent: `mean`, `sd`, `n` over
        seeds, `low`, `high` of its 95 % interval. By series, domain and number of sentences. Where as many
        sentences were asked for as there are, that point stands for all of them, and there is no point of all
        beside it. The domain "average" is there for points that have all of the table's targets.

    Raises
    ------
    ConfigError
        If an option cannot work.
    """
    from crossner.scoring.significance import interval_rows

    series = all_series(results)
    names = [system.name for one in series for system in one.systems]
    if not names:
        return []
    scores = interval_rows(results, systems=names, protocol=protocol, resamples=resamples, seed=seed)
    by_place = {(row["system"], row["domain"]): row for row in scores}
    sizes = {domain: len(results.dataset.domain(domain).train) for domain in results.domains}
    sizes[AVERAGE] = fmean(sizes[domain] for domain in results.targets)
    rows = []
    for one in series:
        label = {
            "series": one.name,
            **{key: getattr(one, key) for key in ("regime", "tagger", "encoder", "source")},
        }
        for domain, size in sizes.items():
            points = {}
            for system in one.systems:
                row = by_place.get((system.name, domain))
                sentences = size if system.shots is None else system.shots
                if row and sentences not in points:
                    place = {"domain": domain, "shots": system.shots, "sentences": sentences}
                    points[sentences] = place | {key: row[key] for key in ("mean", "sd", "n", "low", "high")}
            rows += [label | points[sentences] for sentences in sorted(points)]
    return rows


def gap_rows(rows, *, baseline=BASELINE) -> list[dict]:
    """How many target sentences the baseline needs to be as good as a regime that uses a source.

    Parameters
    ----------
    rows : list of dict
        What `curve_rows` gives.
    baseline : str
        Regime of the series that others of the same tagger and encoder are held against; of several such series,
        the first counts.

    Returns
    -------
    list of dict
        `series`, `baseline` (names), `domain`, `sentences`, `mean` (F1 of the series there), `needed`: the least
        number of sentences at which the baseline's curve, linear in the logarithm of the number between its
        points, reaches that F1, and `worth` = needed / sentences. Both are None where it never does, or is above
        from its first point on.

    Raises
    ------
    ConfigError
        If no row is of the baseline's regime, but some are of another.
    """
    regimes = sorted({row["regime"] for row in rows})
    if rows and baseline not in regimes:
        raise ConfigError(unknown("regime among the curves", baseline, regimes))
    curves: dict = {}
    for row in rows:
        if row["regime"] == baseline:
            by_series = curves.setdefault((row["tagger"], row["encoder"], row["domain"]), {})
            by_series.setdefault(row["series"], []).append((row["sentences"], row["mean"]))
    gaps = []
    for row in rows:
        by_series = curves.get((row["tagger"], row["encoder"], row["domain"]))
        if row["regime"] != baseline and by_series:
            name, points = next(iter(by_series.items()))
            needed = sentences_needed(sorted(points), row["mean"])
            gaps.append(
                {
                    "series": row["series"],
                    "baseline": name,
                    **{key: row[key] for key in ("domain", "sentences", "mean")},
                    "needed": needed and round(needed, 1),
                    "worth": needed and round(needed / row["sentences"], 2),
                }
            )
    return gaps


def sentences_needed(points, score):
    """Where a curve first reaches a score, linear in the logarithm of the number of sentences.

    Parameters
    ----------
    points : sequence of (float, float)
        Numbers of sentences and scores, by number.
    score : float

    Returns
    -------
    float or None
        None where it is never reached, or already exceeded at the first point.

    Examples
    --------
    >>> round(sentences_needed([(10, 40.0), (1000, 60.0)], 50.0))
    100
    """
    if points[0][1] > score:
        return None
    if points[0][1] == score:
        return float(points[0][0])
    for (before, low), (after, high) in pairwise(points):
        if high >= score:
            share = (score - low) / (high - low)
            return math.exp((1 - share) * math.log(before) + share * math.log(after))
    return None


def _shots(system):
    return math.inf if system.shots is None else system.shots


def _tell_apart(results, systems):
    """The systems of a label as they are, or by their other options where two have the same shots."""
    if len({system.shots for system in systems}) == len(systems):
        return [("", systems)]
    records = {record["id"]: record for record in results.records}
    options = [_options(records[next(iter(one.answers.values()))[0].run]) for one in systems]
    keys = sorted({key for one in options for key in one})
    differing = [key for key in keys if len({json.dumps(one.get(key)) for one in options}) > 1]
    groups: dict = {}
    for system, one in zip(systems, options, strict=True):
        groups.setdefault(" ".join(f"{key}={one.get(key)}" for key in differing), []).append(system)
    return list(groups.items())


def _options(record):
    """What tells systems of a label and of the same shots apart, by dotted names."""
    found = {"code": record["code"], "weights": record["encoder"] and record["encoder"]["sha256"]}
    for key, value in record["config"].items():
        if key not in ("domain", "seed", "shots"):
            found |= {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
    return found


def _name(label, options, labels):
    regime, tagger, encoder, source = label
    parts = [regime]
    parts += [tagger] if len({other[1] for other in labels}) > 1 else []
    parts += [encoder] if encoder is not None and len({other[2] for other in labels}) > 1 else []
    parts += [f"from {source}"] if source and len({other[3] for other in labels if other[3]}) > 1 else []
    return " · ".join([*parts, *([options] if options else [])])
