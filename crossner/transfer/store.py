"""Runs on disk: a folder each, written atomically, safe with several processes.

results/
  ai-direct-linear-minilm-all-seed1-0a1b2c3d4e5f/
    run.json          configuration, data, scores, history, timings, environment
    predictions.json  spans by sentence number
    model/            weights, with --keep-models
  .locks/             one file for each run that was ever under way
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path

from crossner.errors import StoreError
from graphmining.atomic import new_folder

FORMAT = 1


class Store:
    """A folder of runs.

    Parameters
    ----------
    root : path-like
    """

    def __init__(self, root):
        self.root = Path(root)
        if self.root.exists() and not self.root.is_dir():
            raise StoreError(f"{self.root}: is a file; a folder for results is expected")

    def path(self, run) -> Path:
        """Where a run is, or will be."""
        return self.root / run.folder

    def has(self, run, *, model=False) -> bool:
        """Whether a run is there (with its weights, if `model`)."""
        path = self.path(run)
        return path.is_dir() and (not model or (path / "model").is_dir())

    @contextmanager
    def lock(self, run, *, wait):
        """Hold a run against other processes; yields whether it is held.

        The lock is the operating system's: it ends with the process, however that ends.
        """
        from filelock import FileLock, Timeout

        folder = self.root / ".locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.root}: cannot be written ({error.strerror})") from None
        lock = FileLock(folder / f"{run.folder}.lock")
        try:
            lock.acquire(timeout=-1 if wait else 0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def write(self, run, record, predictions, tagger=None):
        """Put a run into the store; with its weights if a tagger is given. The caller holds the lock."""
        from crossner.tagging.saved import save

        path = self.path(run)
        if path.is_dir():  # there, but without the weights that are now asked for
            with new_folder(path / "model") as scratch:
                save(tagger, scratch)
            return
        with new_folder(path) as scratch:
            (scratch / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
            (scratch / "predictions.json").write_text(_one_sentence_a_line(predictions), encoding="utf-8")
            if tagger is not None:
                (scratch / "model").mkdir()
                save(tagger, scratch / "model")

    def records(self) -> list[dict]:
        """The records of all runs, by folder name.

        Raises
        ------
        StoreError
            If there is none, or one cannot be read.
        """
        if not self.root.is_dir():
            raise StoreError(f"{self.root}: no such folder; `crossner run --out {self.root}` makes one")
        records = [read_record(folder) for folder in self.folders()]
        if not records:
            raise StoreError(f"{self.root}: holds no run; `crossner run --out {self.root}` makes some")
        return records

    def check(self, dataset):
        """Make sure that a table can hold the runs that are there and new ones on `dataset`.

        Raises
        ------
        StoreError
            If one is on other data, or cannot be read.
        """
        for folder in self.folders():
            data = read_record(folder)["data"]
            if (data["name"], data["revision"]) != (dataset.name, dataset.revision):
                raise StoreError(
                    f"{folder}: is a run on {data['name']} {data['revision'][:16]}; runs on {dataset.name} "
                    f"{dataset.revision[:16]} need a folder of their own (--out)"
                )

    def folders(self) -> list[Path]:
        """The folders of all runs, by name."""
        # A name with a dot is a folder that a process is filling, or was when it was killed.
        files = self.root.glob("*/run.json") if self.root.is_dir() else ()
        return sorted(path.parent for path in files if not path.parent.name.startswith("."))


def read_record(folder) -> dict:
    """The record of a run's folder.

    Raises
    ------
    StoreError
    """
    data = ("data.name", "data.revision", "data.targets")
    config = [f"config.{key}" for key in ("domain", "tagger", "encoder", "regime", "shots", "seed")]
    return _read(Path(folder, "run.json"), ("id", *data, *config, "code", "encoder", "scores.test.strict.f1"))


def read_predictions(folder) -> dict:
    """The stored predictions of a run's folder.

    Raises
    ------
    StoreError
    """
    data = ("data.name", "data.domain", "data.split", "data.sha256")
    return _read(Path(folder, "predictions.json"), (*data, "sentences"))


def _read(path, keys) -> dict:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise StoreError(f"{path.parent}: not the folder of a run (no {path.name})") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read ({error}); remove the run's folder and run again") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT or any(_lacks(record, key) for key in keys):
        raise StoreError(f"{path}: not a record of format {FORMAT}; written by another version or by hand")
    return record


def _lacks(record, key) -> bool:
    """Whether nested dictionaries lack a key like `data.name`."""
    for part in key.split("."):
        if not isinstance(record, dict) or part not in record:
            return True
        record = record[part]
    return False


def _one_sentence_a_line(predictions) -> str:
    head = {key: value for key, value in predictions.items() if key != "sentences"}
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in predictions["sentences"])
    return f'{json.dumps(head)[:-1]}, "sentences": [\n{rows}\n]}}\n'
