"""Tagging of plain text: entities with character offsets."""

import re
from itertools import pairwise

import pytest
import torch
from flair.tokenization import SegtokTokenizer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crossner import tagging
from crossner.data.spans import spans_of
from crossner.tagging.encoders import resolve
from crossner.tagging.text import tag_texts
from crossner.transfer.training import set_seed

DROPPED = "\u200b\u200c\ufe0f\ufeff\u2028\u2029"  # what Flair removes from a text
KEYS = ["start", "end", "type", "text", "confidence"]
TEXTS = st.text(st.sampled_from("aB.é漢 -'\n" + DROPPED), max_size=30) | st.text(max_size=20)


@pytest.fixture(scope="module", params=["linear", "crf"])
def tagger(request, tiny_encoder):
    set_seed(1)
    tagger = tagging.build(request.param, ("song", "band"), encoder=resolve(tiny_encoder))
    with torch.no_grad():
        tagger.model.linear.bias[0] -= 2.0  # many entities, whatever the text
    return tagger


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
@example("\ufeffAda\u200b Lovelace wrote\u2028 programs .")
@example(" leading and  double   spaces \n")
def test_offsets_point_at_the_entity(tagger, text):
    (entities,) = tag_texts(tagger, [text])
    for entity in entities:
        assert list(entity) == KEYS
        assert 0 <= entity["start"] < entity["end"] <= len(text)
        assert entity["text"] == text[entity["start"] : entity["end"]]
        assert entity["type"] in ("song", "band")
        # An entity begins and ends with a character of a token.
        for edge in (entity["text"][0], entity["text"][-1]):
            assert edge not in " \n" + DROPPED
    starts = [entity["start"] for entity in entities]
    assert starts == sorted(starts)
    assert all(a["end"] <= b["start"] for a, b in pairwise(entities))


@pytest.mark.parametrize("character", DROPPED)
def test_dropped_characters_move_offsets_and_nothing_else(tagger, character):
    text = "Ada Lovelace wrote the first program in London ."
    (expected,) = tag_texts(tagger, [text])
    assert expected
    (found,) = tag_texts(tagger, [character + text.replace("w", character + "w")])
    plain = [(e["type"], re.sub(f"[{DROPPED}]", "", e["text"])) for e in found]
    assert plain == [(e["type"], e["text"]) for e in expected]


def test_texts_keep_their_order_and_empty_ones_have_no_entity(tagger):
    texts = ["Ada wrote programs .", "", "  ", "\u200b", "London , Paris and Rome ."]
    results = tag_texts(tagger, texts)
    assert [results[1], results[2], results[3]] == [[], [], []]
    assert results[0] == tag_texts(tagger, texts[:1])[0]
    assert results[4] == tag_texts(tagger, texts[4:])[0]
    assert tag_texts(tagger, []) == []


def test_a_text_is_tagged_as_its_tokens_are(tagger, sample):
    """Tokens apart by spaces: Flair's tokenizer gives the very same ones, so the spans must agree."""
    segtok = SegtokTokenizer()
    sentences = [
        s for s in sample.domain("ai").test.sentences if tuple(segtok.tokenize(" ".join(s.tokens))) == s.tokens
    ]
    assert len(sentences) > 5
    results = tag_texts(tagger, [" ".join(s.tokens) for s in sentences])
    for sentence, entities, tagged in zip(
        sentences, results, tagger.predict(tagger.encode(sentences)), strict=True
    ):
        expected = [(type_, " ".join(sentence.tokens[a:b])) for a, b, type_ in spans_of(tagged.tags)]
        assert [(e["type"], e["text"]) for e in entities] == expected


def test_confidence_is_a_probability(tagger):
    (entities,) = tag_texts(tagger, ["Ada Lovelace wrote the first program in London ."])
    assert entities
    assert all(0 < entity["confidence"] <= 1 for entity in entities)
