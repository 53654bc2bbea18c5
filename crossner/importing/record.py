"""Imported predictions as a run in a folder of runs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass

from crossner.data.spans import tags_of
from crossner.errors import StoreError
from crossner.transfer.run import RunConfig, make_run
from crossner.transfer.store import Store, read_record

CODE = "imported"
LONGEST_FOLDER = 200  # bytes before the identity


@dataclass(frozen=True)
class ImportedRun:
    """What a store has to know of a run that happened elsewhere.

    Attributes
    ----------
    config : RunConfig
        Without a schedule; `tagger` is the system's name.
    data : dict
        As of `crossner.transfer.run.Run`.
    predictions : list of list
        For each sentence `[start, end, type, confidence]`, with a fifth entry `"I"` where an I- tag
        opened the span.
    """

    config: RunConfig
    data: dict
    predictions: list

    @property
    def identity(self) -> str:
        """Hexadecimal hash of data, configuration and predictions."""
        content = {
            "data": self.data["sha256"],
            "config": asdict(self.config),
            "code": CODE,
            "predictions": self.predictions,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def folder(self) -> str:
        """Name of the run's folder: readable, and ending in its identity."""
        config = self.config
        shots = None if config.shots is None else f"{config.shots}shot"
        parts = (config.domain, config.regime, config.tagger, config.encoder, shots, f"seed{config.seed}")
        readable = "-".join(re.sub(r"[^\w.+-]", "_", part) for part in parts if part)
        # File systems take 255 bytes; the name of the lock is longer than that of the folder.
        return readable.encode()[:LONGEST_FOLDER].decode(errors="ignore") + f"-{self.identity[:12]}"


def imported_run(config, dataset, rows) -> ImportedRun:
    """Bind a configuration to its data and predictions.

    Parameters
    ----------
    config : RunConfig
    dataset : Dataset
    rows : list of list of (Chunk, float or None)
        For each sentence its spans in order, with confidences.
    """
    source = config.source or dataset.source
    targets = [name for name in dataset.targets if name != source]
    packed = [[_pack(chunk, confidence) for chunk, confidence in row] for row in rows]
    return ImportedRun(config, make_run(config, dataset, None, targets=targets).data, packed)


def _pack(chunk, confidence):
    known = None if confidence is None else round(confidence, 4)
    return [chunk.start, chunk.end, chunk.type, known, *([] if chunk.opened else ["I"])]


def run_record(run, split, rows, imported) -> dict:
    """What `run.json` holds: what `crossner.transfer.run.execute` gives, and where it is from.

    `fit`, `stage`, `timings` and `environment` are None, and there is no score on dev.

    Parameters
    ----------
    run : ImportedRun
    split : Split
    rows : list of list of (Chunk, float or None)
    imported : dict
        About the file.
    """
    from crossner.scoring.score import score

    pairs = zip(rows, split.sentences, strict=True)
    predicted = [tags_of([chunk for chunk, _ in row], len(sentence)) for row, sentence in pairs]
    encoder = run.config.encoder
    return {
        "format": 1,
        "id": run.identity,
        "code": CODE,
        "data": run.data,
        "config": asdict(run.config),
        "encoder": encoder and {"name": encoder, "sha256": None},
        "shots": None,
        "scores": {"test": score([sentence.tags for sentence in split.sentences], predicted)},
        "fit": None,
        "stage": None,
        "timings": None,
        "environment": None,
        "imported": imported,
    }


def store_run(out, run, split, record, dataset) -> bool:
    """Put a run into a folder of runs; False if it is there.

    Raises
    ------
    StoreError
        If the folder holds runs on other data, or other predictions of the same configuration.
    """
    where = {"name": run.data["name"], "revision": run.data["revision"], "domain": run.config.domain}
    predictions = {
        "format": 1,
        "run": run.identity,
        "data": where | {"split": split.name, "sha256": split.sha256},
        "sentences": run.predictions,
    }
    store = Store(out)
    store.check(dataset)
    with store.lock(run, wait=True):
        if store.has(run):
            return False
        for folder in store.folders():
            other = read_record(folder)
            if other["code"] == CODE and other["config"] == record["config"]:
                raise StoreError(
                    f"{folder}: holds other predictions of {run.config.tagger} for {run.config.domain}, seed "
                    f"{run.config.seed}; give these another --seed or --name, or remove that folder"
                )
        store.write(run, record, predictions)
    return True
