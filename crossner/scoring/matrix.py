"""Which source helps which target: F1 and gain over no source, for every pair of domains."""

from __future__ import annotations

from statistics import fmean

from crossner.errors import ConfigError
from crossner.scoring.protocols import HEADLINE, answers_counts

ALPHA = 0.05
GROUP = ("tagger", "encoder", "shots")
BASELINE = "direct"


def matrix_groups(results, *, regime="pretrain-finetune") -> list[dict]:
    """Systems that a matrix can be made of: those of a tagger, an encoder and a number of train sentences.

    Parameters
    ----------
    results : Results
    regime : str
        A regime that uses a source.

    Returns
    -------
    list of dict
        `tagger`, `encoder`, `shots`, and of the systems with a source the `sources`, the number of `cells` that
        also have a baseline, and of `runs` in these; the one with most cells first, of equal ones that with
        most runs.
    """
    groups = dict.fromkeys(_group(system) for system in results.systems if _has_source(results, system, regime))
    rows = []
    for group in groups:
        found = _found(results, group, regime)
        baseline = found.pop(None, {})
        cells = [answers[target] for answers in found.values() for target in answers if target in baseline]
        label = dict(zip(GROUP, group, strict=True))
        counts = {"cells": len(cells), "runs": sum(map(len, cells))}
        rows.append(label | {"sources": [name for name in _names(results) if name in found]} | counts)
    return sorted(rows, key=lambda row: (-row["cells"], -row["runs"]))


def source_matrix(
    results, *, group=None, regime="pretrain-finetune", protocol=HEADLINE, resamples=10_000, seed=0
) -> dict:
    """F1 of each target with each source, and what the source gains over none.

    Parameters
    ----------
    results : Results
        The baseline (regime `direct` with the same tagger, encoder and number of train sentences) may be in
        another of its folders. Of systems that differ in their options alone, that with most domains, then most
        runs, counts.
    group : (str, str or None, int or None), optional
        Tagger, encoder and shots; by default the first of `matrix_groups`.
    regime : str
        The regime that uses the source.
    protocol : Protocol
    resamples : int
        Of the bootstrap and of the randomisation test.
    seed : int
        Each target draws by its own name too, as in `compare_systems`: the same numbers as there.

    Returns
    -------
    dict
        `names`: the data set's domains, targets first; `tagger`, `encoder`, `shots`, `regime`; and

        `cells`
            For every source and target, sources outermost: `source`, `target`, `f1` (mean over its seeds),
            `direct` (that of the baseline), `gain` = f1 − direct with the limits `low`, `high` of its paired
            95 % bootstrap interval, `p` (randomisation), `p_holm` (corrected over all cells), `negative` (gain
            below 0: negative transfer, if it is certain), `certain` (p_holm below 0.05: about these runs on other
            sentences, not about other seeds), `n` and `n_direct` (seeds). What is not
            there is None. On the diagonal, `f1` is `direct` and there is no gain.
        `sources`, `targets`
            For each domain the mean `gain` as source over the other targets, and as target over the other sources
            (those that any gain is known for); None unless all are there. `cells` says how many are. No domain is
            among its own targets, so means of two sources are over different ones.

    Raises
    ------
    ConfigError
        If there is no such group, or an option cannot work.
    """
    groups = matrix_groups(results, regime=regime)
    if group is not None and tuple(group) not in [_key(row) for row in groups]:
        raise ConfigError(
            f"no system of regime {regime} has tagger, encoder and shots {tuple(group)!r}; "
            f"there are: {', '.join(repr(_key(row)) for row in groups) or 'none'}"
        )
    chosen = tuple(group) if group is not None else _key(groups[0]) if groups else (None,) * len(GROUP)
    names = _names(results)
    found = _found(results, chosen, regime) if groups else {}
    counts = _Counts(results, protocol)
    cells = [
        _cell(source, target, found.get(source, {}).get(target), found.get(None, {}).get(target), counts)
        for source in names
        for target in names
    ]
    _test(cells, found, counts, resamples, seed)
    return {
        "names": names,
        **dict(zip(GROUP, chosen, strict=True)),
        "regime": regime,
        "cells": cells,
        "sources": [_margin(cells, "source", name) for name in names],
        "targets": [_margin(cells, "target", name) for name in names],
    }


def _group(system):
    return system.tagger, system.encoder, system.shots


def _key(row):
    return tuple(row[key] for key in GROUP)


def _has_source(results, system, regime):
    return system.regime == regime != BASELINE and system.source in results.dataset.names


def _names(results):
    targets = results.dataset.targets
    return [*targets, *(name for name in results.dataset.names if name not in targets)]


def _found(results, group, regime) -> dict:
    """By source (None for the baseline) and target, the answers of a group's systems."""
    best: dict = {}
    for system in results.systems:
        if _group(system) == group and (system.regime == BASELINE or _has_source(results, system, regime)):
            source = None if system.regime == BASELINE else system.source
            if source not in best or _size(system) > _size(best[source]):
                best[source] = system
    return {source: system.answers for source, system in best.items()}


def _size(system):
    return len(system.answers), sum(map(len, system.answers.values()))


class _Counts:
    """Counts of runs under a protocol, each made once."""

    def __init__(self, results, protocol):
        self._results = results
        self._protocol = protocol
        self._made: dict = {}

    def __call__(self, answers):
        for one in answers:
            if one.run not in self._made:
                self._made[one.run] = answers_counts(self._results, one, self._protocol)
        return [self._made[one.run] for one in answers]

    def f1(self, answers):
        """Mean over seeds; None where there is no run."""
        from crossner.scoring.resampling import f1

        return fmean(map(f1, self(answers))) if answers else None


def _cell(source, target, answers, baseline, counts):
    keys = ("f1", "direct", "gain", "low", "high", "p", "p_holm", "negative", "certain")
    cell = {"source": source, "target": target, **dict.fromkeys(keys), "n": None, "n_direct": None}
    cell["direct"] = _rounded(counts.f1(baseline))
    cell["n_direct"] = baseline and len(baseline)
    if source == target:
        return cell | {"f1": cell["direct"], "n": cell["n_direct"]}
    return cell | {"f1": _rounded(counts.f1(answers)), "n": answers and len(answers)}


def _test(cells, found, counts, resamples, seed):
    """Fill in the gains, their intervals and p-values."""
    from crossner.scoring.paired import compare, holm
    from crossner.scoring.resampling import seed_of

    tested = []
    for cell in cells:
        source, target = cell["source"], cell["target"]
        if source == target or cell["f1"] is None or cell["direct"] is None:
            continue
        pair = counts(found[None][target]), counts(found[source][target])
        result = compare(*pair, resamples=resamples, seed=seed_of(seed, target))
        cell |= {
            "gain": _rounded(result.difference),
            "low": _rounded(result.low),
            "high": _rounded(result.high),
            "p": result.p_randomisation,
            "negative": result.difference < 0,
        }
        tested.append(cell)
    for cell, p in zip(tested, holm([cell["p"] for cell in tested]), strict=True):
        cell |= {"p_holm": float(p), "certain": bool(p < ALPHA)}


def _margin(cells, key, name):
    """Mean gain over the other domains of those that any gain is known for in their place."""
    other = "target" if key == "source" else "source"
    known = {cell[other] for cell in cells if cell["gain"] is not None}
    gains = [cell["gain"] for cell in cells if cell[key] == name and cell[other] in known - {name}]
    there = [gain for gain in gains if gain is not None]
    complete = gains and len(there) == len(gains)
    return {key: name, "gain": _rounded(fmean(gains)) if complete else None, "cells": len(there)}


def _rounded(value):
    return None if value is None else round(value, 4)
