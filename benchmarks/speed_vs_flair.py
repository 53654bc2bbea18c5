"""Training and tagging speed against Flair's own `fine_tune` and `predict`, in one run.

    python benchmarks/speed_vs_flair.py                 the built-in sample
    python benchmarks/speed_vs_flair.py --data crossner

Both sides get the same encoder, sentences, learning rates, number of epochs and (nearly) the
same sentences a batch, neither looks at dev, and they take turns: A B A B …, so that a change in
the machine's speed meets both. Flair's sentences are made before its clock starts; our tokenising
is inside ours. F1 is strict, on the test split, decoded as Flair does (the best tag of each
token); with our own decoding in brackets.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from dataclasses import replace

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import flair
from flair.data import Corpus
from flair.datasets import FlairDatapointDataset
from flair.trainers import ModelTrainer

from crossner import tagging
from crossner.data.dataset import load
from crossner.data.flair import flair_sentence
from crossner.scoring.spans import micro_f1
from crossner.tagging.encoders import resolve
from crossner.transfer.environment import environment
from crossner.transfer.schedules import default_schedule
from crossner.transfer.training import fit, set_seed

SENTENCES_A_BATCH = 4  # Flair's default in fine_tune


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="sample")
    parser.add_argument("--domain", default="ai")
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    logging.getLogger("flair").setLevel(logging.WARNING)
    dataset = load(arguments.data)
    domain, encoder = dataset.domain(arguments.domain), resolve(arguments.encoder)
    pairs = [measure(domain, encoder, arguments.epochs, seed) for seed in range(1, arguments.repeats + 1)]
    result = summarise(pairs)
    where = environment()
    if arguments.json:
        print(json.dumps({"data": dataset.name, "revision": dataset.revision, **result, "environment": where}))
        return
    print(
        f"{dataset.name} @ {dataset.revision}, {domain.name}, {encoder.name}, {arguments.epochs} epochs, "
        f"{arguments.repeats} repeats, {where['threads']} threads, {where['processor']}"
    )
    for name in ("training", "tagging"):
        row = result[name]
        print(
            f"{name:9} flair {row['flair']:7.1f} sent/s   crossner {row['crossner']:7.1f} sent/s   "
            f"ratio {row['ratio']:.2f} ({row['lowest']:.2f} to {row['highest']:.2f})"
        )
    f1 = result["f1"]
    print(
        f"test F1   flair {f1['flair']:.2f}   crossner {f1['crossner']:.2f} "
        f"(with iob2 decoding {f1['crossner_iob2']:.2f})"
    )


def measure(domain, encoder, epochs, seed):
    """One pair: both sides train and tag once."""
    schedule = default_schedule("linear", "direct", select="last", epochs=epochs)
    train, test = domain.train.sentences, domain.test.sentences

    set_seed(seed)
    theirs = tagging.build("linear", domain.types, encoder=encoder)
    corpus = Corpus(
        train=FlairDatapointDataset([flair_sentence(sentence) for sentence in train]),
        sample_missing_splits=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        ModelTrainer(theirs.model, corpus).fine_tune(
            folder,
            learning_rate=schedule.lr,
            decoder_learning_rate=schedule.head_lr,
            mini_batch_size=SENTENCES_A_BATCH,
            max_epochs=epochs,
            save_final_model=False,
        )
        their_training = time.perf_counter() - begin
    sentences = [flair_sentence(sentence) for sentence in test]
    for sentence in sentences:
        sentence.remove_labels("ner")
    theirs.model.eval()
    begin = time.perf_counter()
    theirs.model.predict(sentences)
    their_tagging = time.perf_counter() - begin

    set_seed(seed)
    ours = tagging.build("linear", domain.types, encoder=encoder, decoding="argmax")
    costs = [example.cost for example in ours.encode(train)]
    schedule = replace(schedule, batch_tokens=round(SENTENCES_A_BATCH * sum(costs) / len(costs)))
    begin = time.perf_counter()
    fit(ours, train, (), schedule, seed=seed)
    our_training = time.perf_counter() - begin
    begin = time.perf_counter()
    predicted = ours.predict(ours.encode(test))
    our_tagging = time.perf_counter() - begin

    examples = ours.encode(test)
    f1 = {"crossner": micro_f1(test, [tagged.tags for tagged in predicted])}
    ours.decoding = "iob2"
    f1["crossner_iob2"] = micro_f1(test, [tagged.tags for tagged in ours.predict(examples)])
    theirs.decoding = "argmax"
    f1["flair"] = micro_f1(test, [tagged.tags for tagged in theirs.predict(examples)])
    return {
        "training": (epochs * len(train) / their_training, epochs * len(train) / our_training),
        "tagging": (len(test) / their_tagging, len(test) / our_tagging),
        "f1": f1,
    }


def summarise(pairs):
    """Medians of both sides and of the ratio pair by pair."""
    result = {"flair_version": flair.__version__}
    for name in ("training", "tagging"):
        ratios = [ours / theirs for theirs, ours in (pair[name] for pair in pairs)]
        result[name] = {
            "flair": statistics.median(pair[name][0] for pair in pairs),
            "crossner": statistics.median(pair[name][1] for pair in pairs),
            "ratio": statistics.median(ratios),
            "lowest": min(ratios),
            "highest": max(ratios),
        }
    result["f1"] = {key: statistics.mean(pair["f1"][key] for pair in pairs) for key in pairs[0]["f1"]}
    return result


if __name__ == "__main__":
    main()
