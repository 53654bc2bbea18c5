"""Predictions on disk: spans by sentence number, never the text."""

from __future__ import annotations

from crossner.data.spans import Chunk, chunks_of, tags_of
from crossner.errors import DataError, StoreError


def predictions_record(run, split, predicted, confidences) -> dict:
    """What `predictions.json` holds.

    Parameters
    ----------
    run : Run
    split : Split
    predicted : list of Tagged
    confidences : list of list of float
        For each sentence a number for each predicted span; see
        `crossner.tagging.confidences.span_confidences`.

    Returns
    -------
    dict
        `data` names the file the numbers refer to, with its checksum. `sentences` has a list
        for each sentence, of `[start, end, type, confidence]`, with a fifth entry `"I"` where
        the tagger opened the span with an I- tag. Confidence is null where nothing is known.
    """
    return {
        "format": 1,
        "run": run.identity,
        "data": {
            "name": run.data["name"],
            "revision": run.data["revision"],
            "domain": run.config.domain,
            "split": split.name,
            "sha256": split.sha256,
        },
        "sentences": [_pack(*pair) for pair in zip(predicted, confidences, strict=True)],
    }


def _pack(tagged, confidences):
    return [
        [chunk.start, chunk.end, chunk.type, round(confidence, 4), *([] if chunk.opened else ["I"])]
        for chunk, confidence in zip(chunks_of(tagged.tags), confidences, strict=True)
    ]


def predicted_tags(record, split) -> list[list[str]]:
    """The very tags a tagger predicted, from a stored record and the split it refers to.

    Parameters
    ----------
    record : dict
        What `predictions_record` gave.
    split : Split

    Raises
    ------
    StoreError
        If the split is not the file that was tagged, or the record is damaged.
    """
    chunks, _ = predicted_chunks(record, split)
    return [tags_of(found, len(sentence)) for found, sentence in zip(chunks, split.sentences, strict=True)]


def predicted_chunks(record, split):
    """The spans a tagger predicted and their confidences, from a stored record.

    Parameters
    ----------
    record : dict
        What `predictions_record` gave.
    split : Split
        The split it refers to.

    Returns
    -------
    chunks : tuple of tuple of Chunk
        A tuple a sentence.
    confidences : tuple of tuple of (float or None)

    Raises
    ------
    StoreError
        If the split is not the file that was tagged, or the record is damaged.
    """
    where = f"{record['data']['domain']}/{record['data']['split']}.txt"
    if split.sha256 != record["data"]["sha256"]:
        raise StoreError(
            f"these predictions are of another {where} (SHA-256 {record['data']['sha256'][:12]}, "
            f"the file at hand has {split.sha256[:12]}); name the right data with --data"
        )
    if not isinstance(record["sentences"], list) or len(record["sentences"]) != len(split):
        raise StoreError(f"the predictions are not those of the {len(split)} sentences of {where}; run again")
    pairs = [
        _unpack(rows, len(sentence), f"sentence {number} of {where}")
        for number, (rows, sentence) in enumerate(zip(record["sentences"], split.sentences, strict=True))
    ]
    return tuple(chunks for chunks, _ in pairs), tuple(confidences for _, confidences in pairs)


def _unpack(rows, length, where):
    try:
        chunks = tuple(Chunk(start, end, type_, not rest) for start, end, type_, _, *rest in rows)
        confidences = tuple(row[3] for row in rows)
        fits = all(0 <= chunk.start < chunk.end <= length for chunk in chunks)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise StoreError(f"the predictions of {where} are not spans of its {length} tokens; run again")
    return chunks, confidences


def format_predictions(split, tags) -> str:
    """Lines of `token gold predicted`, tab-separated, sentences apart by a blank line."""
    return "\n".join(
        "".join(
            f"{token}\t{gold}\t{predicted}\n"
            for token, gold, predicted in zip(sentence.tokens, sentence.tags, sentence_tags, strict=True)
        )
        for sentence, sentence_tags in zip(split.sentences, tags, strict=True)
    )


def read_predictions(path):
    """Gold and predicted tags of a file of columns; see `read_tokens`."""
    _, gold, predicted = read_tokens(path)
    return gold, predicted


def read_tokens(path):
    """Read a file of `token gold predicted` lines.

    Gold tags must be well-formed IOB2; a predicted I- tag may continue nothing.

    Returns
    -------
    tokens, gold, predicted : list of list of str

    Raises
    ------
    DataError
    """
    from crossner.data.conll import check_tag, read_columns
    from crossner.data.spans import is_orphan

    columns: tuple[list, list, list] = ([], [], [])
    for lines in read_columns(path, ("token", "gold tag", "predicted tag")):
        previous = "O"
        for number, (_, true, found) in lines:
            check_tag(true, None, path, number)
            check_tag(found, None, path, number)
            if is_orphan(true, previous):
                raise DataError(
                    f"gold tag {true!r} continues nothing; an entity opens with 'B-{true[2:]}'",
                    path=path,
                    line=number,
                )
            previous = true
        for index, column in enumerate(columns):
            column.append([fields[index] for _, fields in lines])
    return columns
