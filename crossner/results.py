"""Folders of runs opened for analysis: systems, what each of them predicted, and the gold data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crossner.data.spans import Chunk
from crossner.errors import ConfigError, StoreError
from crossner.report.table import data_of, make_table
from crossner.scoring.predictions import predicted_chunks
from crossner.transfer.store import Store, read_predictions
from graphmining.errors import unknown


@dataclass(frozen=True)
class Answers:
    """What one run predicted on the test split of its target.

    Attributes
    ----------
    run : str
        Identity of the run.
    domain : str
    seed : int
    chunks : tuple of tuple of Chunk
        For each sentence the predicted spans, in order; `opened` is False where a span began with
        an I- tag.
    confidences : tuple of tuple of (float or None)
        In the same order.
    train : tuple of int or None
        Numbers of the target's train sentences that the run used; None for all, and where an imported
        run says only how many.
    source : str or None
        The source domain it used.
    """

    run: str
    domain: str
    seed: int
    chunks: tuple[tuple[Chunk, ...], ...]
    confidences: tuple[tuple[float | None, ...], ...]
    train: tuple[int, ...] | None
    source: str | None


@dataclass(frozen=True)
class System:
    """A row of the table: runs that differ in nothing but target and seed.

    Attributes
    ----------
    name : str
        Short, and different from that of every other system of the same `Results`.
    regime, tagger : str
    encoder : str or None
    shots : int or None
    source : str or None
    answers : dict of str to tuple of Answers
        By domain, in the order of seeds.
    """

    name: str
    regime: str
    tagger: str
    encoder: str | None
    shots: int | None
    source: str | None
    answers: dict[str, tuple[Answers, ...]]


class Results:
    """Runs of one or several folders, with their predictions and the data at hand.

    Parameters
    ----------
    folders : sequence of path-like
        Folders that `crossner run --out` or `crossner import --out` filled.
    data : str or path-like, optional
        As for `crossner.load`; the data set that the runs name by default.

    Attributes
    ----------
    records : list of dict
        What `Store.records` gives of all folders; a run that is in several counts once.
    table : dict
        What `make_table` gives of them.

    Raises
    ------
    StoreError
        If a folder holds no run, a record is damaged, or the runs are on different data; at the first look
        at `systems`, if predictions are missing, damaged, or not those of the data.
    """

    def __init__(self, folders, *, data=None):
        folders = [folders] if isinstance(folders, str | Path) else list(folders)
        if not folders:
            raise ConfigError("no folder of runs is named; `crossner run --out DIR` makes one")
        self._paths: dict[str, Path] = {}
        records: dict[str, dict] = {}
        for folder in folders:
            store = Store(folder)
            for record, path in zip(store.records(), store.folders(), strict=True):
                records.setdefault(record["id"], record)
                self._paths.setdefault(record["id"], path)
        self.folders = tuple(map(str, folders))
        self.records = list(records.values())
        self.table = make_table(self.records)
        self._data = data

    @cached_property
    def dataset(self):
        """The data set that the runs are on.

        Raises
        ------
        ConfigError
            If the runs are on data of your own and `data` does not say where it is.
        DataError
            If it cannot be found.
        StoreError
            If it is not that of the runs.
        """
        from crossner.data.dataset import load

        name, revision = data_of(self.records)
        if self._data is None and name not in ("sample", "crossner"):
            raise ConfigError(f"the runs are on data named {name!r}; say where it is with --data DIR")
        dataset = load(self._data or name)
        if dataset.revision != revision:
            raise StoreError(
                f"the runs are on {name} {revision[:16]}, the data at hand is {dataset.name} "
                f"{dataset.revision[:16]}; name the right data with --data"
            )
        return dataset

    @property
    def domains(self) -> tuple[str, ...]:
        """Targets, in the order of the table's columns."""
        return tuple(self.table["domains"])

    @property
    def targets(self) -> tuple[str, ...]:
        """The domains that averages are over: all but a source that some run has as its target."""
        return tuple(self.table["targets"])

    def gold(self, domain):
        """The sentences of a target's test split."""
        return self.dataset.domain(domain).test.sentences

    @cached_property
    def systems(self) -> tuple[System, ...]:
        """The table's rows with their predictions, in its order."""
        by_id = {record["id"]: record for record in self.records}
        names = system_names(self.table["rows"], by_id)
        return tuple(self._system(row, name, by_id) for row, name in zip(self.table["rows"], names, strict=True))

    def system(self, name) -> System:
        """A system by its name.

        Raises
        ------
        ConfigError
            If there is none of that name.
        """
        for system in self.systems:
            if system.name == name:
                return system
        raise ConfigError(unknown("system", name, [system.name for system in self.systems]))

    def _system(self, row, name, by_id):
        answers: dict[str, list[Answers]] = {}
        records = [by_id[identity] for identity in row["runs"]]
        for record in sorted(records, key=lambda one: one["config"]["seed"]):
            answers.setdefault(record["config"]["domain"], []).append(self._answers(record))
        return System(
            name=name,
            regime=row["regime"],
            tagger=row["tagger"],
            encoder=row["encoder"],
            shots=row["shots"],
            source=records[0]["config"].get("source"),
            answers={domain: tuple(answers[domain]) for domain in self.domains if domain in answers},
        )

    def _answers(self, record):
        domain = self.dataset.domain(record["config"]["domain"])
        path = self._paths[record["id"]]
        stored = read_predictions(path)
        if stored.get("run") != record["id"]:
            raise StoreError(f"{path}: its predictions are of another run; run it again")
        try:
            chunks, confidences = predicted_chunks(stored, domain.test)
        except StoreError as error:
            raise StoreError(f"{path}: {error}") from None
        except TypeError:  # names that are no names
            raise StoreError(f"{path}: its predictions are damaged; run it again") from None
        for number, pair in enumerate(zip(chunks, confidences, strict=True)):
            if not _sound(*pair):
                raise StoreError(
                    f"{path}: the predictions of sentence {number} are damaged (they overlap, or hold a type or a "
                    "confidence that is none); run it again"
                )
        shots = record.get("shots")
        if shots is not None and not _are_numbers(shots, len(domain.train)):
            raise StoreError(f"{path}: its train sentences are not among the {len(domain.train)} of {domain.name}")
        return Answers(
            run=record["id"],
            domain=domain.name,
            seed=record["config"]["seed"],
            chunks=chunks,
            confidences=confidences,
            train=None if shots is None else tuple(shots),
            source=record["config"].get("source"),
        )


def _sound(chunks, confidences) -> bool:
    """Whether spans are in order and apart, and everything in them is what it has to be."""
    end = 0
    for chunk, confidence in zip(chunks, confidences, strict=True):
        if not (_are_numbers(chunk[:2]) and chunk.start >= end and isinstance(chunk.type, str) and chunk.type):
            return False
        known = isinstance(confidence, int | float) and not isinstance(confidence, bool)
        if confidence is not None and not (known and 0 <= confidence <= 1):
            return False
        end = chunk.end
    return True


def _are_numbers(values, limit=float("inf")) -> bool:
    whole = isinstance(values, list | tuple) and all(type(value) is int for value in values)
    return whole and all(0 <= value < limit for value in values)


def system_names(rows, by_id) -> list[str]:
    """Names of a table's rows: as short as keeps them apart.

    Parameters
    ----------
    rows : list of dict
        Of `make_table`.
    by_id : dict of str to dict
        Records by identity.
    """
    sources = [by_id[row["runs"][0]]["config"].get("source") for row in rows]
    differing = [key for key in ("tagger", "encoder") if len({row[key] for row in rows}) > 1]
    several = len(set(filter(None, sources))) > 1
    names = []
    for row, source in zip(rows, sources, strict=True):
        # What was imported is known by its name, which stands where a tagger's does.
        named = ["tagger"] if row["regime"] == "imported" and "tagger" not in differing else []
        shown = named + differing
        parts = [row["regime"], *(row[key] for key in shown if row[key] is not None)]
        if row["shots"] is not None:
            parts.append(f"{row['shots']} sentence{'s' if row['shots'] > 1 else ''}")
        if several and source is not None:
            parts.append(f"from {source}")
        names.append(" · ".join(parts))
    names = [
        f"{name} · {row['options']}" if names.count(name) > 1 and row["options"] else name
        for name, row in zip(names, rows, strict=True)
    ]
    # Names that users chose may still be alike: tagger "a · b", and tagger "a" with encoder "b".
    taken: set[str] = set()
    for index, name in enumerate(names):
        number = 1
        while names[index] in taken:
            number += 1
            names[index] = f"{name} · no. {number}"
        taken.add(names[index])
    return names
