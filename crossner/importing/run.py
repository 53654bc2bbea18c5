"""Bring predictions that were made elsewhere into a folder of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from crossner.errors import ConfigError, DataError
from crossner.importing.labels import check_mapping, read_mapping
from crossner.importing.passages import squeeze
from crossner.importing.reading import read_file
from crossner.importing.record import imported_run, run_record, store_run
from crossner.importing.resolve import resolve
from crossner.transfer.run import RunConfig
from graphmining.errors import unknown

LONGEST_NAME = 80


@dataclass(frozen=True)
class Summary:
    """What an import made of a file.

    Attributes
    ----------
    folder : Path
        Of the run.
    new : bool
        False where the same predictions were there before.
    domain, format : str
    scheme : str or None
        Of the tags, where the file has tags.
    sentences, total : int
        How many sentences of the split have a prediction, and how many there are.
    spans : int
        Predicted entities.
    f1 : float
        Strict micro F1 in percent.
    missing : list of int
        Numbers (from 0) of the sentences without a prediction; they count as empty ones.
    unaligned : list of dict
        What is not in the run: `line` of the file, `sentence` (number or None), `reason`, `text`.
    ambiguous : list of dict
        Strings with more than one place, of which the first was taken: `line`, `sentence`, `text`,
        `places`.
    renamed : dict of str to str
        Labels that were given another name.
    dropped : dict of str to int
        Labels that the mapping leaves out, with the number of their mentions.
    unknown : dict of str to dict
        Labels that the domain has no type for: `count` of spans, all of them wrong, and `nearest` type or None.
    unclosed : int
        Entities whose end the BIOES tags do not mark.
    """

    folder: Path
    new: bool
    domain: str
    format: str
    scheme: str | None
    sentences: int
    total: int
    spans: int
    f1: float
    missing: list[int]
    unaligned: list[dict]
    ambiguous: list[dict]
    renamed: dict[str, str]
    dropped: dict[str, int]
    unknown: dict[str, dict]
    unclosed: int

    def as_dict(self) -> dict:
        """All of it as JSON takes it."""
        return asdict(self) | {"folder": str(self.folder)}


def import_predictions(
    path,
    *,
    out,
    data="crossner",
    domain,
    name,
    seed=1,
    format="auto",
    regime="imported",
    encoder=None,
    source=None,
    shots=None,
    types=None,
    offsets=None,
    end="exclusive",
    scheme="auto",
    strict=False,
) -> Summary:
    """Store predictions on a test split that were made elsewhere as a run.

    Parameters
    ----------
    path : path-like
        Columns (token first, predicted tag last), JSON of spans, or a Hugging Face pipeline's output.
    out : path-like
        Folder of runs. The same predictions again are found there; other ones of the same name,
        domain and seed are refused.
    data : str or path-like
        As for `crossner.load`.
    domain : str
        Whose test split it is.
    name : str
        Of the system; tables have it in the column `tagger`.
    seed : int
    format : {"auto", "columns", "spans", "huggingface"}
    regime : str
    encoder, source : str, optional
        For tables; `source` is a domain of the data, whose sentences count as seen.
    shots : int, optional
        Number of target train sentences that the system used.
    types : mapping or path-like, optional
        Our type for each of their labels, or a JSON or TOML file of that. An empty one leaves the
        label's mentions out.
    offsets : {"token", "char"}, optional
        What the numbers of spans count, where the file does not show it.
    end : {"exclusive", "inclusive"}
        Whether the end of a span is the first unit after it or its last one.
    scheme : {"auto", "iob2", "iob1", "bioes"}
        Of tags.
    strict : bool
        Refuse the file unless every sentence has a prediction and every span a place.

    Raises
    ------
    ConfigError
        If an option has a value that cannot work.
    DataError
        If the file is malformed, or nothing of it is of that test split.
    StoreError
        If `out` holds runs on other data, or other predictions of this name, domain and seed.
    """
    from crossner.data.dataset import load
    from crossner.data.source import sha256

    dataset = load(data)
    target = dataset.domain(domain)
    config = _config(target, dataset, name, seed, regime, encoder, source, shots)
    mapping = types if isinstance(types, Mapping) else {} if types is None else read_mapping(types)
    check_mapping(mapping, target, dataset)
    sentences = target.test.sentences
    contents = read_file(path, sentences, format=format, offsets=offsets, end=end, scheme=scheme)
    found = resolve(contents, sentences, target.types, mapping)
    if len(found.missing) == len(sentences):
        raise DataError(_foreign(contents.passages, dataset, target), path=path)
    if strict:
        _refuse(found, path, target)

    run = imported_run(config, dataset, found.rows)
    names = found.naming.names
    counts = Counter(chunk.type for row in found.rows for chunk, _ in row)
    imported = {
        "file": Path(path).name,
        "sha256": sha256(path),
        "format": contents.format,
        "scheme": found.scheme,
        "sentences": len(sentences) - len(found.missing),
        "missing": len(found.missing),
        "spans": counts.total(),
        "unaligned": dict(sorted(Counter(one["reason"] for one in found.unaligned).items())),
        "ambiguous": len(found.ambiguous),
        "unclosed": found.unclosed,
        "types": {label: names[label] for label in sorted(names)},
    }
    record = run_record(run, target.test, found.rows, imported)
    new = store_run(out, run, target.test, record, dataset)
    return Summary(
        folder=Path(out, run.folder),
        new=new,
        domain=domain,
        format=contents.format,
        scheme=found.scheme,
        sentences=len(sentences) - len(found.missing),
        total=len(sentences),
        spans=counts.total(),
        f1=record["scores"]["test"]["strict"]["f1"],
        missing=found.missing,
        unaligned=found.unaligned,
        ambiguous=found.ambiguous,
        renamed={label: type_ for label, type_ in names.items() if type_ not in (label, None)},
        dropped={label: found.labels[label] for label, type_ in names.items() if type_ is None},
        unknown={
            label: {"count": counts[names[label]], "nearest": nearest}
            for label, nearest in found.naming.unknown.items()
        },
        unclosed=found.unclosed,
    )


def _config(target, dataset, name, seed, regime, encoder, source, shots):
    for option, value in (("name", name), ("regime", regime), ("encoder", encoder)):
        if value is None and option == "encoder":
            continue
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
            raise ConfigError(f"--{option} {value!r}: must be a name of 1 to {LONGEST_NAME} printable characters")
    if not isinstance(seed, int) or seed < 0:
        raise ConfigError(f"--seed {seed}: must be a whole number that is not negative")
    if shots is not None and not 1 <= shots <= len(target.train):
        raise ConfigError(f"--shots {shots}: the train split of {target.name} has {len(target.train)} sentences")
    if source is not None and source not in dataset.names:
        raise ConfigError(
            f"--source: {unknown('domain', source, dataset.names)}; training data from elsewhere goes into --name"
        )
    if source == target.name:
        raise ConfigError(f"--source {source}: is the target itself")
    return RunConfig(
        domain=target.name,
        regime=regime,
        tagger=name,
        encoder=encoder,
        seed=seed,
        shots=shots,
        source=source,
        schedule=None,
    )


def _foreign(passages, dataset, target) -> str:
    """Why no passage is a sentence of the test split."""
    keys = {passage.key for passage in passages}
    for split in (target.dev, target.train):
        if any(squeeze("".join(sentence.tokens)) in keys for sentence in split.sentences):
            return f"holds sentences of {target.name}/{split.name}.txt; predictions on the test split are expected"
    return (
        f"no sentence in it is one of {target.name}/test.txt of {dataset.name}; domains of this data: "
        f"{', '.join(dataset.names)}"
    )


def _refuse(found, path, target):
    """Raise where something has no place."""
    if found.unaligned:
        first = found.unaligned[0]
        raise DataError(
            f"{len(found.unaligned)} could not be aligned, first {first['text'][:60]!r} ({first['reason']}); "
            "without --strict they are left out and listed",
            path=path,
            line=first["line"],
        )
    if found.missing:
        raise DataError(
            f"{len(found.missing)} of the {len(target.test)} sentences of {target.name}/test.txt have no "
            f"prediction, first number {found.missing[0]}; without --strict they count as empty",
            path=path,
        )
