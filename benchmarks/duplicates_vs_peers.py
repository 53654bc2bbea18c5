"""Near-duplicate texts: signing speed beside rensa and datasketch, then the whole pipeline against planted truth.

    python benchmarks/duplicates_vs_peers.py                         100,000 documents through the pipeline
    python benchmarks/duplicates_vs_peers.py --documents 1000000

Signing goes from a list of str to MinHash signatures of 128 permutations over the set of words, tokenising
included: `text.lower().split()` for the peers, which take tokens, 2,000 texts at a time, which is faster than all
at once. Rows "tokens given" and "sets given" start behind that. The libraries take turns, so that a change in the
machine's speed meets all; ratios are medians over the turns. rensa is run with its full-set signatures: its "rho"
samples words and estimates something else.

The pipeline is shingles, pairs that agree in a band, exact Jaccard similarity of these. Texts are invented, in
clusters of changed copies at least as alike as the threshold; recall and precision are those of pairs. Memory is
the peak of the process, the texts included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time

import numpy as np

from graphmining.duplicates.candidates.minhash import MinHashLSH, minhash_signatures
from graphmining.duplicates.candidates.shingles import shingle_sets, shingles_of
from graphmining.duplicates.corruption import near_duplicates
from graphmining.duplicates.items import Items
from graphmining.duplicates.scoring.jaccard import Jaccard

# Two threads for whoever uses them.
THREADS = 2
PERMUTATIONS = 128
BATCH = 2_000
OURS = "graphmining"


def ours(texts, threads=THREADS):
    return sign(shingle_sets(texts, width=1, threads=threads), threads)


def sign(sets, threads=THREADS):
    return minhash_signatures(sets, permutations=PERMUTATIONS, threads=threads)


def rensa_tokens(tokens):
    from rensa import RMinHash

    return RMinHash.digest_matrix_from_token_sets(tokens, num_perm=PERMUTATIONS, seed=0)


def rensa(texts):
    return [
        rensa_tokens([text.lower().split() for text in texts[start : start + BATCH]])
        for start in range(0, len(texts), BATCH)
    ]


def datasketch_tokens(tokens):
    from datasketch import MinHash

    return MinHash.bulk(tokens, num_perm=PERMUTATIONS)


def datasketch(texts):
    return [
        datasketch_tokens([text.lower().encode().split() for text in texts[start : start + BATCH]])
        for start in range(0, len(texts), BATCH)
    ]


def signing(count, repeats):
    """Seconds a document, each turn: a dict of lists."""
    texts, _ = near_duplicates(count, width=1)
    few = texts[: max(count // 20, 100)]  # datasketch would take minutes for all
    tokens = [text.lower().split() for text in texts]
    sets = shingle_sets(texts, width=1)
    calls = {
        OURS: (ours, texts),
        f"{OURS}, one thread": (lambda given: ours(given, 1), texts),
        "rensa": (rensa, texts),
        "datasketch": (datasketch, few),
        f"{OURS}, sets given": (sign, sets),
        "rensa, tokens given": (rensa_tokens, tokens),
    }
    seconds = {name: [] for name in calls}
    for turn in range(repeats + 1):
        for name, (call, given) in calls.items():
            start = time.perf_counter()
            call(given)
            if turn:  # the first warms up
                seconds[name].append((time.perf_counter() - start) / len(given))
    return seconds


def planted_pairs(labels):
    """Codes of the pairs of texts in one cluster."""
    order = np.argsort(labels, kind="stable")
    codes = []
    apart = 1
    while (alike := labels[order[apart:]] == labels[order[:-apart]]).any():
        left, right = order[:-apart][alike], order[apart:][alike]
        codes.append(np.minimum(left, right) << 32 | np.maximum(left, right))
        apart += 1
    return np.concatenate(codes) if codes else np.empty(0, np.int64)


def pipeline(count, threshold, width, seed):
    """Seconds a step, quality and memory."""
    MinHashLSH(width=width).pairs(Items(range(2), {"text": ["a b c d"] * 2}))  # compiled before the clock starts
    start = time.perf_counter()
    texts, labels = near_duplicates(count, similarity=threshold, width=width, seed=seed)
    items = Items(range(count), {"text": texts})
    seconds = {"(making the texts)": time.perf_counter() - start}
    memory = {"texts": peak_memory()}

    def timed(step, call):
        start = time.perf_counter()
        result = call()
        seconds[step] = time.perf_counter() - start
        return result

    step = MinHashLSH(width=width, similarity=threshold)
    timed("shingles", lambda: shingles_of(items, width=width, threads=THREADS))
    pairs = timed("candidate pairs", lambda: step.pairs(items, seed=seed, threads=THREADS))
    scores = timed("Jaccard similarity", lambda: Jaccard(width=width).score(items, pairs, threads=THREADS))
    memory["all"] = peak_memory()
    found = pairs.keep(scores >= threshold)
    truth = planted_pairs(labels)
    right = len(np.intersect1d(found.left << 32 | found.right, truth, assume_unique=True))
    return {
        "documents": count,
        "threshold": threshold,
        "width": width,
        "bands and rows": step.shape(),
        "seconds": seconds,
        "candidates": len(pairs),
        "found": len(found),
        "planted": len(truth),
        "recall": right / max(len(truth), 1),
        "precision": right / max(len(found), 1),
        "notes": found.notes,
        "gigabytes": memory,
    }


def peak_memory():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000, help="for the pipeline; 0: signing only")
    parser.add_argument("--signed", type=int, default=20_000, help="documents to sign; 0: pipeline only")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each library (default 5)")
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--width", type=int, default=3, help="words of a shingle in the pipeline (default 3)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    options = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = str(THREADS)  # read when rensa is loaded
    figures = {"threads": THREADS}
    # First, so that the peak of memory is its own.
    if options.documents:
        figures["pipeline"] = pipeline(options.documents, options.threshold, options.width, options.seed)
    if options.signed:
        figures["signing"] = signing(options.signed, options.repeats)
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        show(figures)


def show(figures):
    from tabulate import tabulate

    if "signing" in figures:
        seconds = figures["signing"]
        rows = []
        for name, each in seconds.items():
            ratios = sorted(own / other for own, other in zip(seconds[OURS], each))
            speed = f"{1 / statistics.median(each):,.0f}"
            rows.append([name, speed, f"{statistics.median(ratios):.3g}", f"{ratios[0]:.3g} to {ratios[-1]:.3g}"])
        print(f"signing, {PERMUTATIONS} permutations, documents of about 100 words, {THREADS} threads")
        headers = ["", "documents/s", f"× {OURS}", "lowest to highest"]
        print(tabulate(rows, headers, disable_numparse=True, colalign=("left", "right", "right", "right")))
    if "pipeline" in figures:
        figure = figures["pipeline"]
        bands, rows = figure["bands and rows"]
        print(
            f"\n{figure['documents']:,} documents, similarity {figure['threshold']:g} or more of runs of "
            f"{figure['width']} words, {bands} bands of {rows} rows, {THREADS} threads"
        )
        seconds = figure["seconds"]
        total = sum(each for step, each in seconds.items() if not step.startswith("("))
        print(tabulate([*seconds.items(), ("all steps", total)], ["", "seconds"], floatfmt=".2f"))
        print(
            f"{figure['candidates']:,} candidates, {figure['found']:,} found, {figure['planted']:,} planted: "
            f"recall {figure['recall']:.4f}, precision {figure['precision']:.4f}"
        )
        for note in figure["notes"]:
            print(note)
        print("peak memory {all:.2f} GB, {texts:.2f} GB with the texts alone".format(**figure["gigabytes"]))


if __name__ == "__main__":
    main()
