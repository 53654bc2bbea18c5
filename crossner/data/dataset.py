"""A benchmark in memory: its domains, loaded and checked on first use."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache

from crossner.data.conll import read_conll
from crossner.data.domains import DOMAINS, REVISION, SCHEMAS, SOURCE_NAMES, SPLITS, TARGET_NAMES
from crossner.data.source import CROSSNER, SAMPLE, Location, locate, sha256
from crossner.data.types import Domain, Split
from crossner.errors import ConfigError, DataError
from graphmining.errors import unknown


class Dataset:
    """The domains of one folder.

    Parameters
    ----------
    location : Location

    Attributes
    ----------
    name : str
        `crossner`, `sample` or the folder's name.
    names : tuple of str
        The domains it holds.
    """

    def __init__(self, location: Location):
        self.location = location
        self.name = location.name
        self.names = location.domains()
        self._domain = lru_cache(maxsize=None)(self._load)

    @cached_property
    def revision(self) -> str:
        """The source's git revision, or a checksum over all files where there is none."""
        if self.name == CROSSNER:
            return REVISION
        digest = hashlib.sha256()
        for domain in sorted(self.names):
            for split in SPLITS:
                path = self.location.file(domain, split)
                digest.update(f"{domain}/{split} {sha256(path) if path.is_file() else '-'}\n".encode())
        return f"sha256:{digest.hexdigest()[:16]}"

    @property
    def targets(self) -> tuple[str, ...]:
        """The domains that tables have a column for: CrossNER's five, or all but the source."""
        if self.name in (CROSSNER, SAMPLE):
            return TARGET_NAMES
        return tuple(name for name in self.names if name not in SOURCE_NAMES)

    @property
    def source(self) -> str | None:
        """The source domain where none is named: conll2003 or news, if there."""
        return next((name for name in SOURCE_NAMES if name in self.names), None)

    def domain(self, name) -> Domain:
        """Load a domain; the files are read and checked once.

        Raises
        ------
        ConfigError
            If the data set has no such domain.
        DataError
            If a file is missing or malformed, or not the registry's.
        """
        if name not in self.names:
            raise ConfigError(unknown("domain", name, self.names) + f" (data {self.name})")
        return self._domain(name)

    def _load(self, name):
        types = SCHEMAS.get(name)
        splits = []
        for split in SPLITS:
            path = self.location.file(name, split)
            if not path.exists():
                raise DataError(f"missing; a domain needs {', '.join(f'{s}.txt' for s in SPLITS)}", path=path)
            sentences = tuple(read_conll(path, types=types))
            digest = sha256(path)
            if self.location.verify and digest != DOMAINS[name].sha256[split]:
                raise DataError(
                    f"is not the file of CrossNER revision {REVISION[:12]} (SHA-256 differs); name its "
                    "folder with --data to use it as data of your own",
                    path=path,
                )
            splits.append(Split(split, sentences, digest))
        if types is None:
            types = tuple(
                sorted({span.type for s in splits for sentence in s.sentences for span in sentence.spans})
            )
            if not types:
                raise DataError("no split of this domain holds an entity", path=self.location.root / name)
        return Domain(name, types, *splits)


def load(data=CROSSNER) -> Dataset:
    """Open a benchmark.

    Parameters
    ----------
    data : str or path-like
        `crossner`, `sample`, or a folder of `<domain>/{train,dev,test}.txt`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError

    Examples
    --------
    >>> music = load("sample").domain("music")
    >>> len(music.types), music.types[:3]
    (13, ('musicgenre', 'song', 'band'))
    """
    return Dataset(locate(data))


def stats(dataset) -> dict:
    """Sizes of every split: `{"name", "revision", "domains": {name: {"types", "splits"}}}`."""
    return {
        "name": dataset.name,
        "revision": dataset.revision,
        "domains": {
            name: {
                "types": list(dataset.domain(name).types),
                "splits": {split.name: split_stats(split) for split in dataset.domain(name).splits},
            }
            for name in dataset.names
        },
    }


def split_stats(split) -> dict:
    """Number of sentences, tokens and entities of a split."""
    return {
        "sentences": len(split),
        "tokens": sum(map(len, split.sentences)),
        "entities": sum(len(sentence.spans) for sentence in split.sentences),
    }
