"""Quality of duplicate detection in records whose duplicates are known, with and without labels.

    python benchmarks/duplicates_of_records.py --data FOLDER

FOLDER holds `dblp_acm`, `abt_buy` and `cora` as in pyJedAI's data (https://github.com/AI-team-UoA/pyJedAI at
619b00e: `data/ccer/D4`, `data/ccer/D2`, `data/der/cora`); two lists each, one for cora.

Columns: pairwise precision, recall and F1, and B-cubed F1.

Rows: *no labels* is `find_duplicates(items)`, threshold included. *other clusters* is the same with another
method. *cosine* are baselines on the cosine of character 3-grams: *components* is what most scripts do; their
threshold, and only theirs, is the best of 0.00, 0.01, … for the truth. *learned* is `find_duplicates(items,
labels=…)` with the labels of a random fifth of the true clusters, items alone included, scored on the items of all
others: the mean of five splits (seeds 0 to 4), and the standard deviation of F1.
"""

from __future__ import annotations

import argparse
import json
import sys
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
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
