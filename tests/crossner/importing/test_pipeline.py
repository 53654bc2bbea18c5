"""A Hugging Face pipeline with a small random model: what it prints is what the model tags."""

import json

import pytest

from crossner.data.spans import chunks_of


@pytest.fixture(scope="module")
def pipe(tiny_encoder):
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForTokenClassification, pipeline

    labels = ["O", "B-person", "I-person", "B-task", "I-task"]
    config = BertConfig.from_pretrained(
        tiny_encoder, id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)}
    )
    config.initializer_range = 1.0  # else every piece has the same tag
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = BertForTokenClassification(config).eval()
    return pipeline("token-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(tiny_encoder))


def output(pipe, sentences, **options):
    found = [pipe(" ".join(sentence.tokens), **options) for sentence in sentences]
    return json.dumps([[{k: v if k != "score" else float(v) for k, v in one.items()} for one in e] for e in found])


def tagged(pipe, sentence):
    """Tags and scores of the pieces that the tokens begin with, from the model alone."""
    import torch

    encoded = pipe.tokenizer(" ".join(sentence.tokens), return_offsets_mapping=True, return_tensors="pt")
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.no_grad():
        scores, best = pipe.model(**encoded).logits[0].softmax(-1).max(-1)
    first = {start: i for i, (start, end) in enumerate(offsets) if end > start}
    places = [len(" ".join(sentence.tokens[:i])) + (i > 0) for i in range(len(sentence))]
    pieces = [first[place] for place in places]
    return [pipe.model.config.id2label[int(best[i])] for i in pieces], [float(scores[i]) for i in pieces]


def test_word_pieces(pipe, bring, system):
    sentences = system().sentences
    summary, _, stored = bring(output(pipe, sentences))
    assert summary.scheme == "iob2"
    assert summary.unaligned == []
    spans = 0
    for sentence, rows in zip(sentences, stored, strict=True):
        tags, scores = tagged(pipe, sentence)
        chunks = chunks_of(tags)
        assert [(*row[:3], len(row) == 4) for row in rows] == chunks
        means = [sum(scores[c.start : c.end]) / (c.end - c.start) for c in chunks]
        assert [row[3] for row in rows] == pytest.approx(means, abs=1e-4)
        spans += len(chunks)
    assert spans > 50


def test_aggregated_words(pipe, bring, system):
    """Every entity that the pipeline joins of whole words has its place, with the pipeline's score."""
    sentences = system().sentences
    text = output(pipe, sentences, aggregation_strategy="first")
    summary, _, stored = bring(text)
    listed = [
        (number, one["entity_group"], round(one["score"], 4))
        for number, entities in enumerate(json.loads(text))
        for one in entities
    ]
    kept = [(number, row[2], row[3]) for number, rows in enumerate(stored) for row in rows]
    assert len(kept) + len(summary.unaligned) == len(listed)
    assert set(kept) <= set(listed)
    assert {one["reason"] for one in summary.unaligned} <= {"inside a token"}
    assert len(kept) > 50
