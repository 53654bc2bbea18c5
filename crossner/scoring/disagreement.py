"""Where two systems disagree: mentions that only one of them finds, and what they could do together."""

from __future__ import annotations

from collections import Counter
from statistics import fmean

from crossner.errors import ConfigError
from crossner.scoring.errors import chosen_domains, seeds_of


def disagreement_rows(results, a, b, *, domains=None, examples=10) -> list[dict]:
    """How far two systems find the same mentions, under the headline protocol.

    Parameters
    ----------
    results : Results
    a, b : str
        Names of systems. Their runs are paired in the order of seeds, as many as both have, and
        every statistic is the mean over the pairs.
    domains : sequence of str, optional
        Names; by default all, and then "all", the mentions of all targets together, within each
        seed of a system that has them all. A domain on which one of the two has no run is left out.
    examples : int
        Number of sentences to name.

    Returns
    -------
    list of dict
        For each domain: `a`, `b`; numbers of gold mentions that `both`, `only_a`, `only_b` or
        `neither` find; `agreement`, the micro F1 in percent of the spans that b predicts against
        those that a predicts; Cohen's `kappa` of the two being right, over gold mentions; `oracle`,
        the recall in percent of both together; `oracle_f1`, the F1 of whoever always knew which of
        the two to believe, which no combination of their spans exceeds; `mcnemar_p`, McNemar's
        exact test of the mentions that only one finds; `n`, number of pairs; `examples`: sentences
        in which they differ over most gold mentions, as `{"domain", "sentence", "only_a",
        "only_b"}`, numbered from 0. None where nothing is defined: an agreement without
        predictions, a kappa of two that are both always right or both always wrong.

    Raises
    ------
    ConfigError
        If there is no system or domain of that name, or `examples` is negative.

    Notes
    -----
    McNemar's test looks at recall alone and takes mentions for independent, which those of a
    sentence are not; for a verdict compare by `crossner.scoring.significance`. Of several pairs of
    seeds it gives twice the mean of their p-values, which is a valid p-value whatever their
    dependence (Vovk and Wang).

    References
    ----------
    Cohen, "A Coefficient of Agreement for Nominal Scales", 1960, doi:10.1177/001316446002000104.
    McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 1947, doi:10.1007/BF02295996.
    Vovk and Wang, "Combining p-values via averaging", Biometrika 2020, doi:10.1093/biomet/asaa027.
    """
    if examples < 0:
        raise ConfigError(f"examples is a number from 0, not {examples}")
    systems = results.system(a), results.system(b)
    rows = []
    for domain in chosen_domains(results, domains):
        pairs = list(zip(*(seeds_of(results, system, domain) for system in systems), strict=False))
        if pairs:
            compared = [_compare(results, *pair) for pair in pairs]
            rows.append({"a": a, "b": b, "domain": domain, **_summary(compared, examples)})
    return rows


def _compare(results, runs_a, runs_b) -> dict:
    counts: Counter = Counter()
    places = {}
    for one, other in zip(runs_a, runs_b, strict=True):
        sentences = zip(results.gold(one.domain), one.chunks, other.chunks, strict=True)
        for number, (sentence, *chunks) in enumerate(sentences):
            gold = set(sentence.spans)
            a, b = ({chunk[:3] for chunk in found if chunk.opened} for found in chunks)
            only_a, only_b = len(gold & a - b), len(gold & b - a)
            counts.update(
                gold=len(gold), both=len(gold & a & b), only_a=only_a, only_b=only_b, neither=len(gold - a - b)
            )
            counts.update(shared=len(a & b), predicted=len(a) + len(b))
            if only_a or only_b:
                places[one.domain, number] = (only_a, only_b)
    return {"counts": counts, "places": places}


def _summary(compared, examples) -> dict:
    counts = [one["counts"] for one in compared]
    tables = [tuple(one[key] for key in ("both", "only_a", "only_b", "neither")) for one in counts]
    found = [one["gold"] - one["neither"] for one in counts]
    p_values = [_mcnemar(only_a, only_b) for _, only_a, only_b, _ in tables]
    return {
        **{
            key: fmean(column)
            for key, column in zip(("both", "only_a", "only_b", "neither"), zip(*tables, strict=True), strict=True)
        },
        "agreement": _mean(200 * one["shared"] / one["predicted"] if one["predicted"] else None for one in counts),
        "kappa": _mean(_kappa(*table) for table in tables),
        "oracle": _mean(
            100 * some / one["gold"] if one["gold"] else None for some, one in zip(found, counts, strict=True)
        ),
        "oracle_f1": _mean(
            200 * some / (some + one["gold"]) if one["gold"] else None
            for some, one in zip(found, counts, strict=True)
        ),
        "mcnemar_p": p_values[0] if len(p_values) == 1 else min(1.0, 2 * fmean(p_values)),
        "n": len(compared),
        "examples": _examples([one["places"] for one in compared], examples),
    }


def _mean(values):
    values = [value for value in values if value is not None]
    return fmean(values) if values else None


def _kappa(both, only_a, only_b, neither):
    """Cohen's kappa of two raters' yes and no; None where chance agreement is certain."""
    total = both + only_a + only_b + neither
    right_a, right_b = both + only_a, both + only_b
    by_chance = right_a * right_b + (total - right_a) * (total - right_b)  # times total²
    if by_chance == total**2:
        return None
    return (total * (both + neither) - by_chance) / (total**2 - by_chance)


def _mcnemar(only_a, only_b) -> float:
    from scipy.stats import binomtest

    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def _examples(places, number) -> list[dict]:
    """Sentences by how many mentions the two differ over, mean over pairs of runs."""
    order = list(dict.fromkeys(domain for one in places for domain, _ in one))
    rows = [
        {
            "domain": domain,
            "sentence": sentence,
            "only_a": sum(one.get((domain, sentence), (0, 0))[0] for one in places) / len(places),
            "only_b": sum(one.get((domain, sentence), (0, 0))[1] for one in places) / len(places),
        }
        for domain, sentence in sorted({place for one in places for place in one})
    ]
    rows.sort(key=lambda row: (-row["only_a"] - row["only_b"], order.index(row["domain"]), row["sentence"]))
    return rows[:number]
