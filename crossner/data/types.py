"""The values that flow through the package: spans, sentences, splits, domains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """An entity mention: tokens `start` to `end` (exclusive) of a sentence, with its type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Sentence:
    """A tokenised sentence with IOB2 tags.

    Attributes
    ----------
    tokens, tags : tuple of str
        Of equal length, at least one.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]

    def __len__(self):
        return len(self.tokens)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The entity mentions, in order."""
        from crossner.data.spans import spans_of

        return tuple(spans_of(self.tags))


@dataclass(frozen=True)
class Split:
    """One file of a domain: its sentences and the file's checksum."""

    name: str
    sentences: tuple[Sentence, ...]
    sha256: str

    def __len__(self):
        return len(self.sentences)


@dataclass(frozen=True)
class Domain:
    """A domain with its three splits.

    Attributes
    ----------
    name : str
    types : tuple of str
        Its entity types, in the order of the registry (alphabetical where inferred).
    train, dev, test : Split
    """

    name: str
    types: tuple[str, ...]
    train: Split
    dev: Split
    test: Split

    @property
    def splits(self):
        return (self.train, self.dev, self.test)
