"""Which sentences a passage is, and which of their tokens a mention is."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

from crossner.importing.passages import squeeze

# Why something has no place. A passage of the file:
PASSAGE_REASONS = {
    "no such sentence": "no sentence of the test split has this text",
    "repeated": "the sentence has a prediction already",
    "cut short": "the text stops before the sentence's end; what it holds is used",
}
# A mention:
MENTION_REASONS = {
    "inside a token": "begins or ends inside one of the data's tokens",
    "crosses sentences": "reaches over the end of one of the data's sentences",
    "not found": "its text does not occur in the sentence",
    "overlap": "another one, of a higher score or longer, holds these tokens",
    "text differs": "its offsets and its text disagree",
    "outside": "its offsets lie outside the text",
    "empty": "holds no character",
    "malformed": "a tag that continues an entity which has ended; IOB2 cannot say that",
}
CUT_SHORT_TOKENS = 5  # fewer could be anything


class Group(NamedTuple):
    """Passages and the sentences of the split that together have their text; one of each as a rule."""

    passages: tuple[int, ...]
    sentences: tuple[int, ...]


class Place(NamedTuple):
    """Tokens `start` to `end` (exclusive) of a sentence."""

    sentence: int
    start: int
    end: int


def align(passages, sentences):
    """Find the sentences that passages are.

    By number, then by tokens, then by text without white space, then runs of neighbours that
    together have the same text, and last the one sentence that a passage is the beginning of.

    Parameters
    ----------
    passages : sequence of Passage
    sentences : sequence of Sentence

    Returns
    -------
    groups : list of Group
    problems : list of dict
        `line`, `sentence`, `reason` (of `PASSAGE_REASONS`) and `text`.
    """
    keys = [squeeze("".join(sentence.tokens)) for sentence in sentences]
    known = set(keys)
    free = dict.fromkeys(range(len(sentences)))  # an ordered set
    left = dict.fromkeys(range(len(passages)))
    groups: list[Group] = []

    def take(found):
        groups.append(found)
        for index in found.passages:
            del left[index]
        for number in found.sentences:
            del free[number]

    for index, passage in enumerate(passages):
        if passage.number in free and keys[passage.number] == passage.key:
            take(Group((index,), (passage.number,)))
    for of_passage, of_sentence in (
        (lambda index: passages[index].tokens, lambda number: sentences[number].tokens),
        (lambda index: passages[index].key, lambda number: keys[number]),
    ):
        waiting: dict = {}
        for number in free:
            waiting.setdefault(of_sentence(number), []).append(number)
        for index in list(left):
            if waiting.get(of_passage(index)):
                take(Group((index,), (waiting[of_passage(index)].pop(0),)))
    for found in _neighbours([passage.key for passage in passages], keys, left, free):
        take(found)
    problems = []
    ordered = sorted((keys[number], number) for number in free)
    for index in list(left):
        passage = passages[index]
        number = _cut_short(passage.key, ordered, free, sentences)
        if number is not None:
            take(Group((index,), (number,)))
            problems.append(_problem(passage, number, "cut short"))
        else:
            problems.append(_problem(passage, None, "repeated" if passage.key in known else "no such sentence"))
    return groups, problems


def _neighbours(passages, sentences, left, free):
    """Runs of passages and runs of sentences whose keys join to the same text."""
    left, free = dict(left), dict(free)
    by_letter: dict[str, list[int]] = {}
    for number in free:
        by_letter.setdefault(sentences[number][0], []).append(number)
    for index in list(left):
        if index not in left or not passages[index]:
            continue
        for number in by_letter.get(passages[index][0], ()):
            found = number in free and _run(passages, sentences, index, number, left, free)
            if found:
                for one in found.passages:
                    del left[one]
                for one in found.sentences:
                    del free[one]
                yield found
                break


def _run(passages, sentences, index, number, left, free):
    """The group that begins with a passage and a sentence, if there is one."""
    ours, theirs = [number], [index]
    text, wanted = passages[index], sentences[number]
    while text != wanted:
        if len(text) < len(wanted):
            following = theirs[-1] + 1
            if following not in left or not wanted.startswith(text):
                return None
            theirs.append(following)
            text += passages[following]
        else:
            following = ours[-1] + 1
            if following not in free or not text.startswith(wanted):
                return None
            ours.append(following)
            wanted += sentences[following]
    return Group(tuple(theirs), tuple(ours))


def _cut_short(key, ordered, free, sentences):
    """The one sentence that begins with a key, if that is long enough to tell."""
    found = []
    for index in range(bisect_left(ordered, (key, -1)), len(ordered)):
        whole, number = ordered[index]
        if not key or not whole.startswith(key):
            break
        if number in free:
            found.append(number)
    if len(found) != 1:
        return None
    beginning = "".join(map(squeeze, sentences[found[0]].tokens[:CUT_SHORT_TOKENS]))
    return found[0] if key.startswith(beginning) else None


def _problem(passage, sentence, reason):
    return {"line": passage.line, "sentence": sentence, "reason": reason, "text": passage.text}


@dataclass
class Placed:
    """What became of the mentions of a file.

    Attributes
    ----------
    spans : list of (Place, Mention)
        No two overlap.
    pieces : dict of int to dict of int to Piece
        By sentence and token: the piece that a token begins with.
    problems : list of dict
        `line`, `sentence`, `reason` (of `MENTION_REASONS`) and `text`.
    ambiguous : list of dict
        Strings that the sentence holds more often than the file: `line`, `sentence`, `text` and `places`.
    """

    spans: list = field(default_factory=list)
    pieces: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    ambiguous: list = field(default_factory=list)


def place(groups, passages, sentences) -> Placed:
    """Find the tokens that mentions are, and of overlapping ones keep the better.

    That is the one with the higher score, or else the longer, or else the first. A string
    without offsets is its leftmost occurrence that no other mention has taken.

    Parameters
    ----------
    groups : list of Group
    passages : sequence of Passage
    sentences : sequence of Sentence
    """
    placed = Placed()
    for group in groups:
        _place_group(group, passages, sentences, placed)
    placed.spans.sort(key=lambda pair: pair[0])
    return placed


def _place_group(group, passages, sentences, placed):
    starts, ends, length = {}, {}, 0
    for number in group.sentences:
        for index, token in enumerate(sentences[number].tokens):
            starts[length] = number, index
            length += len(squeeze(token))
            ends[length] = number, index + 1
    wanted, shift = [], 0
    for index in group.passages:
        passage = passages[index]
        for piece in passage.pieces:
            if piece.start + shift in starts:
                number, token = starts[piece.start + shift]
                placed.pieces.setdefault(number, {})[token] = piece
        for mention in passage.mentions:
            found, reason = _candidates(mention, shift, starts, ends, group, sentences)
            if reason is None:
                wanted.append((mention, found, passage.line))
            else:
                number = group.sentences[0] if len(group.sentences) == 1 else None
                placed.problems.append(_lost(mention, passage.line, number, reason))
        shift += len(passage.key)
    _choose(wanted, placed)


def _candidates(mention, shift, starts, ends, group, sentences):
    """Places that a mention may have, or the reason why there is none."""
    if mention.problem is not None:
        return [], mention.problem
    if mention.start is None:
        text = squeeze(mention.text)
        found = [
            Place(number, *tokens)
            for number in group.sentences
            for tokens in _find(text, sentences[number].tokens)
        ]
        return found, None if found else "not found"
    start, end = starts.get(mention.start + shift), ends.get(mention.end + shift)
    if start is None or end is None:
        return [], "inside a token"
    if start[0] != end[0]:
        return [], "crosses sentences"
    return [Place(*start, end[1])], None


def _find(text, tokens):
    """Runs of whole tokens that are a text, white space aside."""
    tokens = [squeeze(token) for token in tokens]
    found = []
    for start in range(len(tokens)):
        rest, end = text, start
        while rest and end < len(tokens) and rest.startswith(tokens[end]):
            rest = rest[len(tokens[end]) :]
            end += 1
        if not rest:
            found.append((start, end))
    return found


def _choose(wanted, placed):
    """Give mentions their places, the best first."""

    def rank(entry):
        mention, places, _ = entry
        length = len(squeeze(mention.text)) if mention.start is None else mention.end - mention.start
        return -(-1.0 if mention.score is None else mention.score), -length, places[0]

    taken: set[tuple[int, int]] = set()
    ordered = sorted(wanted, key=rank)
    for rank_, (mention, places, line) in enumerate(ordered):
        open_ = [one for one in places if not any((one.sentence, i) in taken for i in range(one.start, one.end))]
        if not open_:
            placed.problems.append(_lost(mention, line, places[0].sentence, "overlap"))
            continue
        chosen = open_[0]
        if mention.start is None and len(open_) > 1:
            rivals = [other for other, theirs, _ in ordered[rank_:] if other.start is None and theirs == places]
            if len(open_) > len(rivals) or len({rival.label for rival in rivals}) > 1:
                placed.ambiguous.append(
                    {"line": line, "sentence": chosen.sentence, "text": mention.text, "places": len(open_)}
                )
        taken.update((chosen.sentence, index) for index in range(chosen.start, chosen.end))
        placed.spans.append((chosen, mention))


def _lost(mention, line, sentence, reason):
    return {"line": line, "sentence": sentence, "reason": reason, "text": mention.text}
