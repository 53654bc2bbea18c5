"""All sentences of a data set with their places."""

from __future__ import annotations

from dataclasses import dataclass

from crossner.data.conll import read_text
from crossner.data.types import Sentence


@dataclass(frozen=True)
class Occurrence:
    """A sentence where it stands.

    Attributes
    ----------
    domain, split : str
    number : int
        Of the sentence in its split, from 0, as in stored predictions.
    line : int
        Of its first token in the file, from 1.
    sentence : Sentence
    """

    domain: str
    split: str
    number: int
    line: int
    sentence: Sentence

    @property
    def file(self) -> str:
        """`domain/split`."""
        return f"{self.domain}/{self.split}"

    @property
    def text(self) -> str:
        """Its tokens, joined by spaces."""
        return " ".join(self.sentence.tokens)

    @property
    def place(self) -> dict:
        """Where it is, without its words."""
        return {"domain": self.domain, "split": self.split, "sentence": self.number, "line": self.line}


def occurrences(dataset) -> list[Occurrence]:
    """Every sentence of every split: by domain in the data set's order, then train, dev, test."""
    return [
        Occurrence(name, split.name, number, line, sentence)
        for name in dataset.names
        for split in dataset.domain(name).splits
        for number, (line, sentence) in enumerate(
            zip(_first_lines(dataset.location.file(name, split.name)), split.sentences, strict=True)
        )
    ]


def _first_lines(path):
    before = ""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip() and not before.strip():
            yield number
        before = line
