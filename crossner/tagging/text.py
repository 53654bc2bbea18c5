"""Tag plain text: tokenise it, tag it, give the entities with character offsets."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from crossner.data.spans import spans_of


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
        `text`, and `confidence`: the product of its tags' probabilities, None for a tagger with
        CRF.
    """
    import flair.data

    tokens = [flair.data.Sentence(text).tokens for text in texts]
    filled = [index for index, found in enumerate(tokens) if found]
    examples = tagger.encode([_Text(tuple(t.text for t in tokens[i]), ("O",) * len(tokens[i])) for i in filled])
    results: list = [[] for _ in texts]
    for index, tagged in zip(filled, tagger.predict(examples), strict=True):
        kept = _kept(texts[index])
        for start, end, type_ in spans_of(tagged.tags):
            first = kept[tokens[index][start].start_position]
            last = kept[tokens[index][end - 1].end_position - 1] + 1
            probabilities = tagged.probabilities
            results[index].append(
                {
                    "start": first,
                    "end": last,
                    "type": type_,
                    "text": texts[index][first:last],
                    "confidence": None if probabilities is None else round(prod(probabilities[start:end]), 4),
                }
            )
    return results


def _kept(text):
    """Positions of the characters that Flair keeps: it drops zero-width ones before it counts."""
    from flair.data import Sentence

    if len(Sentence._handle_problem_characters(text)) == len(text):
        return range(len(text))
    return [position for position, one in enumerate(text) for _ in Sentence._handle_problem_characters(one)]
