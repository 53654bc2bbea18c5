"""Quality of duplicate detection in records whose duplicates are known, with and without labels.

    python benchmarks/duplicates_of_records.py --data FOLDER
    python benchmarks/duplicates_of_records.py --invented 1000000

FOLDER holds `dblp_acm`, `abt_buy` and `cora` as in pyJedAI's data (https://github.com/AI-team-UoA/pyJedAI at
619b00e: `data/ccer/D4`, `data/ccer/D2`, `data/der/cora`); two lists each, one for cora.

Columns: pairwise precision, recall and F1, and B-cubed F1.

Rows: *no labels* is `find_duplicates(items)`, threshold included. *other clusters* is the same with another
method. *cosine* are baselines on the cosine of character 3-grams: *components* is what most scripts do; their
threshold, and only theirs, is the best of 0.00, 0.01, … for the truth. *learned* is `find_duplicates(items,
labels=…)` with the labels of a random fifth of the true clusters, items alone included, scored on the items of all
others: the mean of five splits (seeds 0 to 4), and the standard deviation of F1.

Invented records are people with name, street, city, year of birth and phone, most of them in a few popular cities
and streets; a fifth are copies with one or two values mistyped or missing.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
from tabulate import tabulate

import graphmining as gm
from graphmining.duplicates.curves import read_truth
from graphmining.duplicates.files import read_items
from graphmining.duplicates.tables import read_table

SPLITS = 5
SHARE = 0.2
FILES = {
    "DBLP-ACM": ("dblp_acm", ("dblp.csv", "acm.csv"), "id"),
    "Abt-Buy": ("abt_buy", ("abt.csv", "buy.csv"), "id"),
    "Cora": ("cora", ("cora.csv",), "Entity Id"),
}


def load(folder, name):
    """Items, and true labels."""
    place, files, id = FILES[name]
    items, _ = read_items([Path(folder, place, file) for file in files], id=id, progress=False)
    truth = read_table(Path(folder, place, "gt.csv"), progress=False)
    rows = list(zip(*truth.columns))
    if items.lists is None:  # the truth of cora has no header
        pairs = [tuple(truth.names), *rows]
    else:
        stems = [file.split(".")[0] for file in files]
        pairs = [(f"{stems[0]}:{one}", f"{stems[1]}:{other}") for one, other in rows]
    return items, np.unique(read_truth(items, pairs), return_inverse=True)[1]


def judge(found, labels, chosen=slice(None)):
    """Scores of some of the items: precision, recall, F1, B-cubed F1."""
    pairwise = gm.pairwise_scores(found.labels[chosen], labels[chosen])
    return [*pairwise.values(), gm.bcubed(found.labels[chosen], labels[chosen])["f1"]]


def learned(items, labels):
    """Mean scores over splits, and the standard deviation of F1."""
    rows = []
    for seed in range(SPLITS):
        clusters = int(labels.max()) + 1
        known = np.zeros(clusters, bool)
        known[np.random.default_rng(seed).permutation(clusters)[: round(SHARE * clusters)]] = True
        train = known[labels]
        given = {items.ids[at]: int(labels[at]) for at in np.flatnonzero(train)}
        rows.append(judge(gm.find_duplicates(items, labels=given, progress=False), labels, ~train))
    return np.mean(rows, axis=0).tolist(), float(np.std(rows, axis=0, ddof=1)[2])


def baseline(items, labels, method):
    """Cosine, at the threshold that is best for the truth."""
    candidates = gm.TfidfNeighbors(k=10 if items.lists is not None else 80)
    found = gm.find_duplicates(
        items, candidates=candidates, score=gm.Cosine(), method=method, threshold=0.5, progress=False
    )
    cuts = [found.at(threshold) for threshold in np.arange(101) / 100]
    return max(((judge(cut, labels), cut.threshold.value) for cut in cuts), key=lambda entry: entry[0][2])


def measure(items, labels):
    """Rows of one data set."""
    found = gm.find_duplicates(items, progress=False)
    rows = [(f"no labels ({found.steps.method}, {found.threshold.value:.2f})", judge(found, labels), None)]
    for method in ("average", "affinity", "correlation", "cpm", "mutual-best", "components"):
        if method != found.steps.method:
            other = gm.find_duplicates(items, method=method, progress=False)
            rows.append((f"other clusters: {method}", judge(other, labels), None))
    for method in ("components", found.steps.method):
        scores, threshold = baseline(items, labels, method)
        rows.append((f"cosine, {method} (best threshold, {threshold:.2f})", scores, None))
    scores, deviation = learned(items, labels)
    rows.append((f"learned, {SHARE:.0%} of clusters (mean of {SPLITS})", scores, deviation))
    return rows


def invent(count, seed=0):
    """Records of people, and which of them are the same."""
    rng = np.random.default_rng(seed)
    syllables = [one + two for one in "bcdfghklmnprstvwz" for two in "aeiou"]

    def words(number, length):
        parts = rng.choice(syllables, (number, length)).tolist()
        return ["".join(word).capitalize() for word in parts]

    def draw(values, number):  # some are popular
        places = (rng.zipf(1.3, number) - 1) % len(values)
        return [values[at] for at in places.tolist()]

    def mistype(text):
        at, kind = int(rng.integers(len(text))), int(rng.integers(3))
        letter = "" if kind == 0 else chr(97 + int(rng.integers(26)))
        return text[:at] + letter + text[at + (kind < 2) :]

    people = count - count // 5
    first, last = draw(words(2_000, 2), people), rng.choice(words(20_000, 3), people).tolist()
    street, city = draw(words(5_000, 3), people), draw(words(800, 3), people)
    house, born = rng.integers(1, 200, people).tolist(), rng.integers(1930, 2005, people).tolist()
    phone = rng.integers(10**8, 10**9, people).tolist()
    rows = [
        {
            "name": f"{first[at]} {last[at]}",
            "street": f"{house[at]} {street[at]} Street",
            "city": city[at],
            "born": str(born[at]),
            "phone": str(phone[at]),
        }
        for at in range(people)
    ]
    copied = rng.integers(people, size=count - people)
    for at in copied.tolist():
        row = dict(rows[at])
        for name in rng.choice(list(row), int(rng.integers(1, 3)), replace=False).tolist():
            row[name] = mistype(row[name]) if rng.random() < 0.8 else None
        rows.append(row)
    return rows, np.concatenate([np.arange(people), copied])


def measure_invented(count):
    """Print how long it takes, what it needs, and how good it is."""
    gm.find_duplicates(invent(200)[0], progress=False)  # compiled before the clock starts
    rows, labels = invent(count)
    start = time.perf_counter()
    found = gm.find_duplicates(rows, progress=False)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    precision, recall, f1, bcubed = judge(found, labels)
    print(f"{count:,} invented records: {seconds:.1f} s, peak memory {memory:.2f} GB, records included")
    print("\n".join(found.summary()))
    print(f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, B-cubed F1 {bcubed:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="FOLDER")
    what.add_argument("--invented", type=int, metavar="N", help="so many invented records instead")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.invented:
        measure_invented(arguments.invented)
        return
    result = {}
    for name in FILES:
        print(name, file=sys.stderr)
        result[name] = measure(*load(arguments.data, name))
    if arguments.json:
        print(json.dumps(result, indent=1))
        return
    for name, rows in result.items():
        body = [
            [row, *(f"{score:.3f}" for score in scores[:2])]
            + [f"{scores[2]:.3f}" + (f" ± {deviation:.3f}" if deviation is not None else ""), f"{scores[3]:.3f}"]
            for row, scores, deviation in rows
        ]
        header = [name, "precision", "recall", "F1", "B-cubed F1"]
        print(tabulate(body, header, tablefmt="github", disable_numparse=True))
        print()


if __name__ == "__main__":
    main()
