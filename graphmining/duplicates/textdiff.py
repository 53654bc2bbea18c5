"""What differs between two texts: word by word, and letter by letter inside of words that are alike."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

# The space after a word is part of it: alone, it would be the same everywhere and tie matches to nothing.
_TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_WORD = re.compile(r"\S+")
# Texts of more words are compared by stretches first, which have so many words on average. Where these differ and
# are still long, frequent words start no match: else time is quadratic in how often they occur.
_MANY, _STRETCH = 1000, 16
# Replaced words that are at least so alike, and no longer, are compared by letters.
_ALIKE, _LONGEST = 0.5, 80
# Words that stay on both sides of what is folded, and the fewest that are.
_CONTEXT, _FEWEST = 8, 12


class Run(NamedTuple):
    """A stretch of a comparison.

    Attributes
    ----------
    kind : {"same", "removed", "added", "folded"}
        In both texts, in the old one, in the new one, or the number of words that are not shown.
    text : str
    """

    kind: str
    text: str


def compare_texts(old, new):
    """What has to be removed from a text, and what added, to make another.

    Parameters
    ----------
    old, new : str

    Returns
    -------
    list of Run
        Those that are not added make the old text, those that are not removed the new one.

    Examples
    --------
    >>> [tuple(run) for run in compare_texts("Ada Lovelace", "Ada Lovelave, b. 1815")]
    [('same', 'Ada Lovela'), ('removed', 'c'), ('added', 'v'), ('same', 'e'), ('added', ', b. 1815')]
    """
    one, other = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(one), len(other)) <= _MANY:
        return _joined(_by_words(one, other))
    runs = []
    one, other = _stretches(one), _stretches(other)
    for kind, i, i_end, j, j_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        removed, added = "".join(one[i:i_end]), "".join(other[j:j_end])
        if kind == "equal":
            runs.append(Run("same", removed))
        else:
            runs.extend(_by_words(_TOKEN.findall(removed), _TOKEN.findall(added)))
    return _joined(runs)


def similarity(runs):
    """The share of letters that two texts have in common: twice those that are the same, of those of both."""
    size = {kind: sum(len(run.text) for run in runs if run.kind == kind) for kind in ("same", "removed", "added")}
    total = 2 * size["same"] + size["removed"] + size["added"]
    return 2 * size["same"] / total if total else 1.0


def fold(runs, room):
    """Leave out what is the same far from any change, and what is too much.

    Parameters
    ----------
    runs : list of Run
    room : int
        Letters that are shown, about.

    Returns
    -------
    list of Run
        "folded" runs say how many words are not shown.
    """
    folded = []
    for place, run in enumerate(runs):
        if run.kind != "same" or len(runs) == 1:
            folded.append(run)
            continue
        words = list(_WORD.finditer(run.text))
        first = _CONTEXT if place else 0
        last = len(words) - (_CONTEXT if place < len(runs) - 1 else 0)
        if last - first < _FEWEST:
            folded.append(run)
            continue
        start = words[first - 1].end() if first else 0
        stop = words[last].start() if last < len(words) else len(run.text)
        folded.append(Run("same", run.text[:start]))
        folded.append(_count(last - first))
        folded.append(Run("same", run.text[stop:]))
    return [run for run in _cut(folded, room) if run.text]


def _cut(runs, room):
    """The first runs, and how many words the others have."""
    for place, run in enumerate(runs):
        if run.kind == "folded":
            continue
        if len(run.text) > room:
            end = max((word.start() for word in _WORD.finditer(run.text, 0, room)), default=0)
            if not place:
                end = end or room
            rest = [Run(run.kind, run.text[end:]), *runs[place + 1 :]]
            words = sum(len(_WORD.findall(each.text)) for each in rest if each.kind != "folded")
            words += sum(int(each.text.split()[0].replace(",", "")) for each in rest if each.kind == "folded")
            return [*runs[:place], Run(run.kind, run.text[:end]), _count(words)]
        room -= len(run.text)
    return runs


def _count(words):
    return Run("folded", f"{words:,} {'word' if words == 1 else 'words'}")


def _stretches(words):
    """Words joined to stretches, which end at certain words: so they are the same again behind a change."""
    ends = [at for at, word in enumerate(words, 1) if crc32(word.encode("utf-8", "replace")) % _STRETCH == 0]
    bounds = [0, *ends, len(words)]
    return ["".join(words[start:end]) for start, end in pairwise(bounds) if start < end]


def _by_words(one, other):
    runs = []
    matcher = SequenceMatcher(None, one, other, autojunk=len(other) > _MANY)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        removed, added = "".join(one[i:i_end]), "".join(other[j:j_end])
        if kind == "equal":
            runs.append(Run("same", removed))
        elif max(len(removed), len(added)) <= _LONGEST:
            runs.extend(_by_letters(removed, added))
        else:
            runs.extend([Run("removed", removed), Run("added", added)])
    return runs


def _by_letters(removed, added):
    matcher = SequenceMatcher(None, removed, added, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [Run("removed", removed), Run("added", added)]
    runs = []
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            runs.append(Run("same", removed[i:i_end]))
        else:
            runs.extend([Run("removed", removed[i:i_end]), Run("added", added[j:j_end])])
    return runs


def _joined(runs):
    """Neighbours of one kind as one; between two that are the same, what is removed comes first."""
    joined, removed, added = [], "", ""
    for run in [*runs, Run("same", "")]:
        if run.kind == "removed":
            removed += run.text
        elif run.kind == "added":
            added += run.text
        else:
            joined += [each for each in (Run("removed", removed), Run("added", added)) if each.text]
            if joined and joined[-1].kind == "same":
                joined[-1] = Run("same", joined[-1].text + run.text)
            elif run.text:
                joined.append(run)
            removed = added = ""
    return joined
