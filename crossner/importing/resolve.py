"""From passages to the predicted spans of every sentence: aligned, in our types, without overlaps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from statistics import fmean

from crossner.data.spans import Chunk
from crossner.importing.align import align, place
from crossner.importing.labels import Naming, name_types
from crossner.importing.schemes import chunks_in, detect_scheme, split_tag, unclosed


@dataclass(frozen=True)
class Resolved:
    """The predictions of a split and what has no place in them.

    Attributes
    ----------
    rows : list of list of (Chunk, float or None)
        For each sentence its spans in order, with confidences.
    missing : list of int
        Sentences that no passage is about.
    unaligned, ambiguous : list of dict
        See `crossner.importing.run.Summary`.
    labels : Counter of str
        Mentions of each label, before any is left out.
    naming : Naming
    scheme : str or None
    unclosed : int
    """

    rows: list
    missing: list[int]
    unaligned: list[dict]
    ambiguous: list[dict]
    labels: Counter
    naming: Naming
    scheme: str | None
    unclosed: int


def resolve(contents, sentences, types, mapping) -> Resolved:
    """Bring what a file holds to the sentences of a split.

    Parameters
    ----------
    contents : Contents
    sentences : sequence of Sentence
    types : sequence of str
        Those of the domain.
    mapping : mapping of str to (str or None)
        Our type for each of their labels.
    """
    passages = contents.passages
    groups, unaligned = align(passages, sentences)
    labels = Counter(mention.label for passage in passages for mention in passage.mentions)
    labels.update(split_tag(piece.tag)[1] for passage in passages for piece in passage.pieces if piece.tag != "O")
    naming = name_types(labels, types, mapping)
    placed = place(groups, [_renamed(passage, naming.names) for passage in passages], sentences)
    rows: list[list] = [[] for _ in sentences]
    for where, mention in placed.spans:
        rows[where.sentence].append((Chunk(where.start, where.end, mention.label, mention.opened), mention.score))
    scheme, without_end = contents.scheme, contents.unclosed
    if scheme is not None and contents.format != "columns":
        tags = {number: _tags(found, len(sentences[number])) for number, found in placed.pieces.items()}
        if scheme == "auto":
            scheme = detect_scheme(tags.values())
        for number, sequence in tags.items():
            rows[number] += _joined(sequence, placed.pieces[number], scheme, naming.names)
        without_end = sum(map(unclosed, tags.values())) if scheme == "bioes" else 0
    unaligned += placed.problems
    rows = [_settled(row, number, sentences[number], unaligned) for number, row in enumerate(rows)]
    aligned = {number for group in groups for number in group.sentences}
    return Resolved(
        rows=rows,
        missing=[number for number in range(len(sentences)) if number not in aligned],
        unaligned=sorted(unaligned, key=lambda one: (one["line"] is None, one["line"] or 0)),
        ambiguous=placed.ambiguous,
        labels=labels,
        naming=naming,
        scheme=scheme,
        unclosed=without_end,
    )


def _renamed(passage, names):
    """A passage whose mentions have our types, without those that are to be left out."""
    named = [mention._replace(label=names[mention.label]) for mention in passage.mentions]
    return replace(passage, mentions=tuple(mention for mention in named if mention.label is not None))


def _tags(pieces, length) -> list[str]:
    """Tags of a sentence's tokens: that of the piece that each begins with."""
    return [pieces[index].tag if index in pieces else "O" for index in range(length)]


def _joined(tags, pieces, scheme, names):
    """Entities of tagged pieces; confidence is the mean over tokens."""
    rows = []
    for chunk in chunks_in(tags, scheme):
        scores = [pieces[index].score for index in range(chunk.start, chunk.end)]
        if names[chunk.type] is not None:
            rows.append((chunk._replace(type=names[chunk.type]), None if None in scores else fmean(scores)))
    return rows


def _settled(row, number, sentence, unaligned):
    """Spans in order, without those whose I- tag would go on with the span before."""
    kept: list[tuple[Chunk, float | None]] = []
    for chunk, score in sorted(row, key=lambda pair: pair[0].start):
        before = kept[-1][0] if kept else None
        if not chunk.opened and before is not None and (before.end, before.type) == (chunk.start, chunk.type):
            text = " ".join(sentence.tokens[chunk.start : chunk.end])
            unaligned.append({"line": None, "sentence": number, "reason": "malformed", "text": text})
        else:
            kept.append((chunk, score))
    return kept
