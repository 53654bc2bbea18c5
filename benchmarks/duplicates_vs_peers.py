"""Near-duplicate texts: signing speed beside rensa and datasketch, then the whole pipeline against planted truth.

    python benchmarks/duplicates_vs_peers.py                         100,000 documents through the pipeline
    python benchmarks/duplicates_vs_peers.py --documents 1000000

Signing goes from a list of str to MinHash signatures of 128 permutations over the set of words, tokenising
included: `text.lower().split()` for the peers, which take tokens, 2,000 texts at a time, which is faster than all
at once. Rows "tokens given" and "sets given" start behind that. The libraries take turns, so that a change in the
machine's speed meets all; ratios are medians over the turns. rensa is run with its full-set signatures: its "rho"
samples words and estimates something else.

The pipeline is `find_duplicates(texts)`: shingles, pairs that agree in a band, their exact Jaccard similarity, a
threshold from these scores, clusters. Texts are invented, in clusters of changed copies (`--similarity` is the
least they have of their first text); recall and precision are those of pairs. Memory is the peak of the process,
the texts included. The adversarial set has a chain of 10,000 texts, each like the next, and a paragraph that 1,000
others share.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time

import graphmining as gm
from graphmining.duplicates.candidates.minhash import minhash_signatures
from graphmining.duplicates.candidates.shingles import shingle_sets
from graphmining.duplicates.corruption import adversarial_texts, near_duplicates
from graphmining.duplicates.pipeline import find_duplicates

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


def pipeline(count, similarity, width, seed):
    """Seconds, quality and memory of `find_duplicates`, which is told nothing of the similarity."""
    find_duplicates(near_duplicates(1_000)[0], progress=False)  # compiled before the clock starts
    start = time.perf_counter()
    texts, labels = near_duplicates(count, similarity=similarity, width=width, seed=seed)
    making = time.perf_counter() - start
    memory = {"texts": peak_memory()}
    start = time.perf_counter()
    found = find_duplicates(texts, threads=THREADS, progress=False)
    seconds = time.perf_counter() - start
    memory["all"] = peak_memory()
    return {
        "documents": count,
        "similarity": similarity,
        "width": width,
        "seconds": {"making the texts": making, "find_duplicates": seconds},
        "summary": found.summary(),
        "scores": gm.pairwise_scores(found.labels, labels),
        "gigabytes": memory,
    }


def adversarial(seed):
    """A chain of near neighbours and a popular paragraph: the default beside connected components."""
    texts, labels = adversarial_texts(seed=seed)
    rows = {}
    for method in ("components", "average"):
        found = find_duplicates(texts, method=method, threads=THREADS, progress=False)
        largest = len(found.members[0]) if found.members else 0
        rows[method] = {
            "threshold": found.threshold.value,
            "clusters": len(found.clusters),
            "largest": largest,
            "notes": list(found.pairs.notes),
        }
    return {"documents": len(texts), "chain": int((labels == 0).sum()), "methods": rows}


def peak_memory():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000, help="for the pipeline; 0: signing only")
    parser.add_argument("--signed", type=int, default=20_000, help="documents to sign; 0: pipeline only")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each library (default 5)")
    parser.add_argument("--similarity", type=float, default=0.8, help="least planted one (default 0.8)")
    parser.add_argument(
        "--width", type=int, default=3, help="words of a shingle that it is measured by (default 3)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    options = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = str(THREADS)  # read when rensa is loaded
    figures = {"threads": THREADS}
    # First, so that the peak of memory is its own.
    if options.documents:
        figures["pipeline"] = pipeline(options.documents, options.similarity, options.width, options.seed)
        figures["adversarial"] = adversarial(options.seed)
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
        print(
            f"\nfind_duplicates: {figure['documents']:,} documents, planted similarity of runs of "
            f"{figure['width']} words at least {figure['similarity']:g}, {THREADS} threads"
        )
        print(tabulate(figure["seconds"].items(), ["", "seconds"], floatfmt=".2f"))
        print("\n".join(figure["summary"]))
        print(", ".join(f"{name} {value:.4f}" for name, value in figure["scores"].items()))
        print("peak memory {all:.2f} GB, {texts:.2f} GB with the texts alone".format(**figure["gigabytes"]))
    if "adversarial" in figures:
        figure = figures["adversarial"]
        print(f"\nadversarial: {figure['documents']:,} documents, {figure['chain']:,} of them a chain")
        names = ("threshold", "clusters", "largest")
        rows = [[method, *(row[name] for name in names)] for method, row in figure["methods"].items()]
        print(tabulate(rows, ["clusters by", "threshold", "clusters", "largest cluster"], floatfmt=".2f"))


if __name__ == "__main__":
    main()
