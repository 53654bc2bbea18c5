"""Spans as JSON: an object a line or a list of them, and what a Hugging Face pipeline gives."""

from __future__ import annotations

import json
from dataclasses import dataclass

from crossner.data.conll import read_text
from crossner.errors import DataError
from crossner.importing.passages import Mention, Passage, Piece, edges, squeeze

LISTS = ("predictions", "predicted", "entities", "spans", "ner")
LABELS = ("label", "type", "entity_type", "entity_group", "entity")
STRINGS = ("text", "word", "string", "name", "entity")
SCORES = ("score", "confidence", "probability", "prob")
OFFSETS = ("token", "char")
ENDS = ("exclusive", "inclusive")
UNITS = {"token": "token", "tokens": "token", "char": "char", "chars": "char", "character": "char"}


@dataclass(frozen=True)
class Reading:
    """How the numbers and names of a file are meant.

    Attributes
    ----------
    format : {"auto", "spans", "huggingface"}
    offsets : {None, "token", "char"}
    end : {"exclusive", "inclusive"}
    """

    format: str = "auto"
    offsets: str | None = None
    end: str = "exclusive"


def read_spans(path, sentences, reading=None):
    """Read predicted spans.

    Every entry is an object with `tokens`, `text` or `sentence` (a text, or a number, as `id`), and a
    list of `predictions`, `entities` or `spans`; or it is only that list, and then there must be
    one for each sentence, in order. An entity is an object with a label and offsets, or a string
    instead of these; or a list of string and label, or of start, end, label and perhaps a score.

    Parameters
    ----------
    path : path-like
    sentences : sequence of Sentence
        Of the split; entries without text have their offsets in these: tokens, or characters of
        the tokens joined by single spaces.
    reading : Reading, optional

    Returns
    -------
    passages : list of Passage
    format : {"spans", "huggingface"}

    Raises
    ------
    DataError
        At the first entry that is not right.
    """
    reading = reading or Reading()
    entries = [_Entry(path, line, value) for line, value in read_values(path)]
    if not entries:
        raise DataError("holds no prediction", path=path)
    found = {_is_pipeline(entity) for entry in entries for entity in entry.entities if isinstance(entity, dict)}
    is_pipeline = reading.format == "huggingface" or (reading.format == "auto" and True in found)
    if is_pipeline and False in found:
        raise DataError(
            "holds entities without 'entity_group' or 'entity'; a Hugging Face pipeline gives each one of these",
            path=path,
        )
    reading = Reading("huggingface" if is_pipeline else "spans", reading.offsets, reading.end)
    in_order = not any(entry.has_reference for entry in entries)
    if in_order and len(entries) != len(sentences):
        raise DataError(
            f"holds {len(entries)} lists of entities for {len(sentences)} sentences; give one for each, or "
            "objects that name their sentence with text, tokens or sentence (its number)",
            path=path,
        )
    passages = [
        entry.passage(number if in_order else None, sentences, reading) for number, entry in enumerate(entries)
    ]
    if any(passage.pieces for passage in passages) and any(passage.mentions for passage in passages):
        raise DataError("mixes tags of word pieces ('entity') with whole entities", path=path)
    return passages, reading.format


def _is_pipeline(entity) -> bool:
    return "entity_group" in entity or ("entity" in entity and not any(key in entity for key in LABELS[:3]))


class _Entry:
    """One value of the file: what it says about one passage."""

    def __init__(self, path, line, value):
        self.path, self.line = path, line
        self.value = value if isinstance(value, dict) else {}
        key = next((key for key in LISTS if key in self.value), None)
        if isinstance(value, dict) and key is None:
            raise self.error(f"has no list of entities; it is called one of {', '.join(LISTS)}")
        self.entities = value if key is None else value[key]
        if isinstance(self.entities, dict):  # {"person": ["Ada Lovelace"]}
            self.entities = self._by_label(self.entities)
        if not isinstance(self.entities, list):
            raise self.error("expected a list of entities, or an object that holds one")
        self.tokens, self.text = self.value.get("tokens"), self.value.get("text")
        if self.text is None and isinstance(self.value.get("sentence"), str):
            self.text = self.value["sentence"]
        if self.tokens is not None and not _are_strings(self.tokens):
            raise self.error("'tokens' must be a list of strings")
        if self.text is not None and not isinstance(self.text, str):
            raise self.error("'text' must be a string")
        if None not in (self.tokens, self.text) and squeeze(self.text) != squeeze("".join(self.tokens)):
            raise self.error("'text' and 'tokens' differ in more than spaces")

    def error(self, message):
        return DataError(message, path=self.path, line=self.line)

    def _by_label(self, lists):
        if not all(isinstance(strings, list) for strings in lists.values()):
            raise self.error("expected a list of strings for each label")
        return [[string, label] for label, strings in lists.items() for string in strings]

    @property
    def has_reference(self) -> bool:
        return any(self.value.get(key) is not None for key in ("tokens", "text", "sentence", "id"))

    def passage(self, number, sentences, reading) -> Passage:
        number = self._number(number, len(sentences))
        tokens, text = self.tokens, self.text
        unit = reading.offsets or self._unit()
        if unit is None and reading.format == "huggingface":
            unit = "char"
        if tokens is None and text is None:
            tokens = sentences[number].tokens
        elif unit is None and None in (tokens, text):
            unit = "token" if text is None else "char"
        units = {
            "char": text if text is not None else " ".join(tokens),
            "token": tokens if tokens is not None else text.split(),
        }
        rulers = {name: (found, edges(found)) for name, found in units.items() if unit in (None, name)}
        key = squeeze(units["char"])
        found = [_Entity(self, entity, reading).read(rulers) for entity in self.entities]
        return Passage(
            line=self.line,
            text=units["char"],
            key=key,
            tokens=tuple(tokens) if tokens is not None else None,
            number=number,
            mentions=tuple(one for one in found if isinstance(one, Mention)),
            pieces=tuple(one for one in found if isinstance(one, Piece)),
        )

    def _number(self, number, count):
        """The sentence's number; None where text has to tell."""
        if number is not None:
            return number
        given = self.value.get("sentence", self.value.get("id"))
        by_text = self.tokens is not None or self.text is not None
        if not _is_whole(given):
            if by_text:
                return None  # a name of their own
            raise self.error("names no sentence; give its text, its tokens, or its number as 'sentence'")
        if by_text:
            return given if 0 <= given < count else None
        if not 0 <= given < count:
            raise self.error(f"there is no sentence {given}; they are numbered from 0 to {count - 1}")
        return given

    def _unit(self):
        unit = self.value.get("unit")
        if unit is None:
            return None
        if not isinstance(unit, str) or unit not in UNITS:
            raise self.error(f"unknown unit {unit!r}; expected token or char")
        return UNITS[unit]


class _Entity:
    """One entity of an entry."""

    def __init__(self, entry, value, reading):
        self.entry, self.reading = entry, reading
        if isinstance(value, list):
            value = self._from_list(value)
        if not isinstance(value, dict):
            raise entry.error(f"expected an entity (an object or a list), got {json.dumps(value)[:60]}")
        self.value = value
        self.is_piece = reading.format == "huggingface" and "entity_group" not in value
        names = [name for name in LABELS if value.get(name) is not None]
        if not names:
            raise entry.error(f"an entity has no label; it is called one of {', '.join(LABELS)}")
        self.label = value[names[0]]
        if not isinstance(self.label, str) or not self.label.strip():
            raise entry.error(f"a label must be a string that is not empty, got {json.dumps(self.label)[:60]}")
        strings = [value.get(name) for name in STRINGS if name != names[0]]
        self.text = next((string for string in strings if string is not None), None)
        if self.text is not None and not isinstance(self.text, str):
            raise entry.error(f"the text of an entity must be a string, got {json.dumps(self.text)[:60]}")
        self.score = self._score()

    def _from_list(self, value):
        if len(value) == 2 and _are_strings(value):
            return dict(zip(("text", "label"), value, strict=True))
        if len(value) in (3, 4) and _is_whole(value[0]) and _is_whole(value[1]):
            return dict(zip(("start", "end", "label", "score"), value, strict=False))
        raise self.entry.error(
            f"expected [string, label] or [start, end, label] or [start, end, label, score], got "
            f"{json.dumps(value)[:60]}"
        )

    def _score(self):
        score = next((self.value[key] for key in SCORES if self.value.get(key) is not None), None)
        if score is None:
            return None
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise self.entry.error(f"a score must be a number from 0 to 1, got {json.dumps(score)[:60]}")
        return float(score)

    def read(self, rulers) -> Mention | Piece | None:
        """The entity in characters of the key; None for a piece that holds nothing but white space.

        `rulers` has, for each unit that may be meant, the units and their edges.
        """
        start, end = self.value.get("start"), self.value.get("end")
        if start is None and end is None:
            if self.is_piece or self.text is None:
                raise self.entry.error("an entity has neither start and end nor a text")
            problem = None if squeeze(self.text) else "empty"
            return Mention(self.label, None, None, self.text, self.score, problem=problem)
        if not _is_whole(start) or not _is_whole(end):
            raise self.entry.error("start and end of an entity must both be whole numbers")
        if self.reading.end == "inclusive":
            end += 1
        if len(rulers) > 1 and self.text is None:
            raise self.entry.error("offsets of tokens or of characters? say which with --offsets")
        place, text, problem = self._locate(start, end, rulers)
        if not self.is_piece:
            return Mention(self.label, *place, text, self.score, problem=problem)
        if problem == "outside":
            raise self.entry.error(f"characters {start} to {end} are outside the text")
        return None if problem else Piece(self.label, *place, self.score)

    def _locate(self, start, end, rulers):
        """Place in the key, the text there, and what is wrong with it."""
        problem = "empty" if start >= end else "outside"
        for units, edge in rulers.values():
            if not 0 <= start < end < len(edge):
                continue
            place = edge[start], edge[end]
            text = units[start:end] if isinstance(units, str) else " ".join(units[start:end])
            if place[0] == place[1]:
                problem = "empty"
            elif self._agrees(text):
                return place, text, None
            else:
                problem = "text differs"
        return (None, None), self.text or f"{start} to {end}", problem

    def _agrees(self, text) -> bool:
        # A pipeline's word is put together from pieces, which may be in lower case.
        said = self.value.get("text", self.value.get("string"))
        return self.reading.format == "huggingface" or said is None or squeeze(said) == squeeze(text)


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_strings(value) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def read_values(path) -> list[tuple[int, object]]:
    """The values of a file of JSON: of the list that it is, or one on each line.

    Returns
    -------
    list of (int, object)
        Line from 1, and value. A list of entities of a single sentence is one value.

    Raises
    ------
    DataError
    """
    text = read_text(path)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        return _lines(text, path, error)
    if not isinstance(whole, list):
        return [(1, whole)]
    if whole and all(isinstance(value, dict) and _is_entity(value) for value in whole):
        return [(1, whole)]
    return _elements(text)


def _is_entity(value) -> bool:
    return any(key in value for key in LABELS) and not any(key in value for key in ("tokens", *LISTS))


def _lines(text, path, problem):
    """A value a line; `problem` is why the text as a whole is not one."""
    values = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append((number, json.loads(line)))
        except (ValueError, RecursionError) as error:
            if not values and text.lstrip().startswith("["):  # a list, broken further down
                raise _broken(problem, path, getattr(problem, "lineno", 1)) from None
            raise _broken(error, path, number) from None
    return values


def _broken(error, path, line):
    return DataError(f"is not JSON ({getattr(error, 'msg', error)})", path=path, line=line)


def _elements(text):
    """The elements of a list with their lines."""
    decoder = json.JSONDecoder()
    values, place, line, counted = [], text.index("[") + 1, 1, 0
    while True:
        while text[place] in " \t\r\n,":
            place += 1
        if text[place] == "]":
            return values
        line += text.count("\n", counted, place)
        counted = place
        value, place = decoder.raw_decode(text, place)
        values.append((line, value))
