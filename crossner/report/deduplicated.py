"""Records scored again, without the test sentences that training or selection has seen."""

from __future__ import annotations

from pathlib import Path

from crossner.errors import ConfigError, StoreError
from crossner.report.table import data_of
from crossner.scoring.leaks import leaked_sentences
from crossner.scoring.predictions import predicted_tags
from crossner.scoring.spans import micro_f1
from crossner.transfer.store import read_predictions


def deduplicate(records, folder, *, data=None):
    """Score stored predictions again, without the test sentences that leaked.

    All runs on a target are scored on the same sentences: left out is what train or dev of the target or
    of any of their source domains hold, whether or not a run with few shots trained on it.

    Parameters
    ----------
    records : list of dict
        What `Store.records` gives.
    folder : path-like
        The folder of these runs, which holds their predictions.
    data : str or path-like, optional
        As for `crossner.data.dataset.load`; the data set that the runs name by default.

    Returns
    -------
    records : list of dict
        With the new strict F1 (`scores.test.strict.f1`); their other scores are left as they are.
    left_out : dict of str to int
        Number of test sentences left out, by target.

    Raises
    ------
    ConfigError
        If the runs are on data of your own and `data` does not say where it is.
    StoreError
        If the data is not that of the runs, or predictions are missing or damaged.
    """
    dataset = _load(records, data)
    predictions = {}
    for path in Path(folder).glob("[!.]*/predictions.json"):
        record = read_predictions(path.parent)
        predictions[record.get("run")] = record
    targets = {record["config"]["domain"] for record in records}
    leaked = {
        target: set(leaked_sentences(dataset, target, _sources(records, target)))
        for target in dataset.names
        if target in targets
    }
    left_out = {target: len(numbers) for target, numbers in leaked.items()}
    return [_rescored(record, predictions, dataset, leaked) for record in records], left_out


def _load(records, data):
    from crossner.data.dataset import load

    name, revision = data_of(records)
    if data is None and name not in ("sample", "crossner"):
        raise ConfigError(f"the runs are on data named {name!r}; say where it is with --data DIR")
    dataset = load(data or name)
    if dataset.revision != revision:
        raise StoreError(
            f"the runs are on {name} {revision[:16]}, the data at hand is {dataset.name} "
            f"{dataset.revision[:16]}; name the right data with --data"
        )
    return dataset


def _sources(records, target):
    sources = (record["config"].get("source") for record in records if record["config"]["domain"] == target)
    return sorted(set(filter(None, sources)))


def _rescored(record, predictions, dataset, leaked):
    target = record["config"]["domain"]
    if record["id"] not in predictions:
        raise StoreError(f"there are no predictions of the {target} run {record['id'][:12]}; run it again")
    split = dataset.domain(target).test
    tags = predicted_tags(predictions[record["id"]], split)
    kept = [number for number in range(len(split)) if number not in leaked[target]]
    f1 = round(micro_f1([split.sentences[n] for n in kept], [tags[n] for n in kept]), 4)
    scores = record["scores"]
    test = scores["test"] | {"strict": scores["test"]["strict"] | {"f1": f1}}
    return record | {"scores": scores | {"test": test}}
