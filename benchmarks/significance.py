"""Speed of intervals and tests at CrossNER's size, and a simulation of how often they are wrong.

    OMP_NUM_THREADS=1 python benchmarks/significance.py
    OMP_NUM_THREADS=1 python benchmarks/significance.py --simulate 500

Speed: two systems of three seeds each on five domains, 10,000 resamples; from counts a sentence to intervals of
both systems and of their difference, p-values of bootstrap and randomisation, and averages. Printed is the median
of five.

Simulation: N benchmarks with the domains' numbers of sentences, each with two systems of three seeds, or one of
three and one of one. Entities a sentence are negative binomial with CrossNER's means. How hard a sentence is, is
shared by all runs, how it suits a system by that system's; what a run finds and what it invents is random
given both.
Where the true difference is 0, shares of p-values are rates of false positives, elsewhere power. Standard errors
are binomial. With 999 resamples a p-value can be 0.05.
"""

import argparse
import statistics
import time

import numpy as np

from crossner.scoring.paired import average_of, difference_of, holm, limits, pairs_of
from crossner.scoring.resampling import bootstrap_f1, f1, swapped_f1

# Test sentences and entities of each domain.
SIZES = {
    "politics": (651, 4209),
    "science": (543, 3089),
    "music": (465, 3336),
    "literature": (416, 2266),
    "ai": (431, 1809),
}
ALPHA = 0.05
MANY = 1_000_000  # sentences that stand for the population


def draw(rng, sentences, entities, *, seeds, lead):
    """Counts of two systems, each of shape (seeds, sentences, 3); B's log-odds are `lead` above A's."""
    gold = rng.negative_binomial(2, 2 / (2 + entities / sentences), size=sentences)
    hard = rng.normal(0.6, 1.0, size=sentences)
    systems = []
    for number, above in zip(seeds, (0.0, lead), strict=True):
        odds = hard + above + rng.normal(0, 0.7, size=sentences)
        found = rng.binomial(gold, 1 / (1 + np.exp(-odds)), size=(number, sentences))
        invented = rng.poisson((0.2 + 0.4 * gold) / (1 + np.exp(odds)), size=(number, sentences))
        systems.append(np.stack([found, found + invented, np.broadcast_to(gold, found.shape)], axis=-1))
    return systems


def compare_domains(domains, *, resamples, seed):
    """What `compare_systems` and `interval_rows` make of stored runs: comparisons, and intervals of A and of B.

    The last of each is the average.
    """
    parts, means = [], []
    for number, (a, b) in enumerate(domains):
        drawn = bootstrap_f1(np.concatenate([a, b]), resamples=resamples, seed=(seed, number))
        of_a, of_b = map(list, zip(*pairs_of(len(a), len(b)), strict=True))
        swapped = swapped_f1(a[of_a], b[of_b], resamples=resamples, seed=(seed, number))
        means.append((drawn[:, : len(a)].mean(axis=1), drawn[:, len(a) :].mean(axis=1)))
        parts.append(difference_of(a, b, *means[-1], swapped))
    means.append(np.mean(means, axis=0))
    found = [part.comparison(1 - ALPHA) for part in (*parts, average_of(parts))]
    return found, [[limits(mean, 1 - ALPHA) for mean in pair] for pair in means]


def speed():
    rng = np.random.default_rng(0)
    domains = [draw(rng, *size, seeds=(3, 3), lead=0.1) for size in SIZES.values()]
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        found, _ = compare_domains(domains, resamples=10_000, seed=0)
        holm([one.p_randomisation for one in found[:-1]])
        seconds.append(time.perf_counter() - begin)
    print(f"five domains, two systems of three seeds, 10,000 resamples: {statistics.median(seconds):.2f} s")


def simulate(repetitions):
    rng = np.random.default_rng(0)
    for lead in (0.0, 0.1):
        mean_sizes = [(MANY, MANY * entities / sentences) for sentences, entities in SIZES.values()]
        true = [[f1(runs[0]) for runs in draw(rng, *size, seeds=(1, 1), lead=lead)] for size in mean_sizes]
        if not lead:
            true = [[(a + b) / 2] * 2 for a, b in true]
        true.append([statistics.fmean(side) for side in zip(*true, strict=True)])
        for seeds in ((3, 3), (3, 1)):
            rates = error_rates(rng, true, repetitions, seeds=seeds, lead=lead)
            print(f"\nseeds {seeds[0]} and {seeds[1]}, true difference {true[-1][1] - true[-1][0]:.2f} on average")
            for name, hits in rates.items():
                rate = statistics.fmean(hits)
                print(f"  {name:<44}{rate:.4f} ± {(rate * (1 - rate) / len(hits)) ** 0.5:.4f}")


def error_rates(rng, true, repetitions, *, seeds, lead):
    """Whether each p-value is at most 0.05, and each interval holds the truth."""
    names = (
        "bootstrap p ≤ 0.05, a domain",
        "randomisation p ≤ 0.05, a domain",
        "randomisation p ≤ 0.05, any domain",
        "randomisation p ≤ 0.05, any domain, by Holm",
        "randomisation p ≤ 0.05, average",
        "interval holds difference, a domain",
        "interval holds difference, average",
        "interval holds F1, a domain",
        "interval holds F1, average",
    )
    hits: dict[str, list] = {name: [] for name in names}
    for repetition in range(repetitions):
        domains = [draw(rng, *size, seeds=seeds, lead=lead) for size in SIZES.values()]
        found, intervals = compare_domains(domains, resamples=999, seed=repetition)
        differences = [one.low <= b - a <= one.high for one, (a, b) in zip(found, true, strict=True)]
        levels = [low <= of_a <= high for ((low, high), _), (of_a, _) in zip(intervals, true, strict=True)]
        p = [one.p_randomisation for one in found]
        outcomes = (
            [one.p_bootstrap <= ALPHA for one in found[:-1]],
            [one <= ALPHA for one in p[:-1]],
            [min(p[:-1]) <= ALPHA],
            [holm(p[:-1]).min() <= ALPHA],
            [p[-1] <= ALPHA],
            differences[:-1],
            differences[-1:],
            levels[:-1],
            levels[-1:],
        )
        for name, outcome in zip(names, outcomes, strict=True):
            hits[name] += outcome
    return hits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulate", type=int, metavar="N", help="number of benchmarks to draw")
    repetitions = parser.parse_args().simulate
    if repetitions:
        simulate(repetitions)
    else:
        speed()
