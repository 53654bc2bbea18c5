"""Tag plain text: tokenise it, tag it, give the entities with character offsets."""

from __future__ import annotations

from typing import NamedTuple

from crossner.data.spans import chunks_of
from crossner.tagging.confidences import span_confidences


class _Text(NamedTuple):
    tokens: tuple[str, ...]
    tags: tuple[str, ...] = ()

    def __len__(self):
        return len(self.tokens)


def tag_texts(tagger, texts) -> list[list[dict]]:
    """Find entities in texts.

    Parameters
    ----------
    tagger : Tagger
    texts : sequence of str
        Each is taken as one sentence, split into tokens by Flair's default tokenizer.

    Returns
    -------
    list of list of dict
        For each text its entities: `start` and `end` (characters, end exclusive), `type`,
        `text`, and `confidence`: see `crossner.tagging.confidences.span_confidences`.
    """
    import flair.data

    tokens = [flair.data.Sentence(text).tokens for text in texts]
    filled = [index for index, found in enumerate(tokens) if found]
    examples = tagger.encode([_Text(tuple(t.text for t in tokens[i]), ("O",) * len(tokens[i])) for i in filled])
    results: list = [[] for _ in texts]
    tagged = tagger.predict(examples)
    for index, one, confidences in zip(filled, tagged, span_confidences(tagger, examples, tagged), strict=True):
        kept = _kept(texts[index])
        for chunk, confidence in zip(chunks_of(one.tags), confidences, strict=True):
            if not chunk.opened:
                continue  # an I- tag that continues nothing is no entity of IOB2
            first = kept[tokens[index][chunk.start].start_position]
            last = kept[tokens[index][chunk.end - 1].end_position - 1] + 1
            results[index].append(
                {
                    "start": first,
                    "end": last,
                    "type": chunk.type,
                    "text": texts[index][first:last],
                    "confidence": round(confidence, 4),
                }
            )
    return results


def _kept(text):
    """Positions of the characters that Flair keeps: it drops zero-width ones before it counts."""
    from flair.data import Sentence

    if len(Sentence._handle_problem_characters(text)) == len(text):
        return range(len(text))
    return [position for position, one in enumerate(text) for _ in Sentence._handle_problem_characters(one)]
