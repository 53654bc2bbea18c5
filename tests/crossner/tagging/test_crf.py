"""The CRF against enumeration of all paths, and its start from what IOB2 allows."""

from itertools import pairwise, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner import tagging
from crossner.data.spans import is_orphan
from crossner.data.types import Sentence
from crossner.tagging.encoders import resolve
from crossner.tagging.tagger import Example
from crossner.transfer.training import set_seed

TYPES = ("song",)
TAGS = ["O", "B-song", "I-song"]


@pytest.fixture(scope="module")
def model(tiny_encoder):
    set_seed(1)
    return tagging.build("crf", TYPES, encoder=resolve(tiny_encoder)).model.eval()


@pytest.fixture
def tagger(tiny_encoder, sample):
    set_seed(1)
    return tagging.build("crf", sample.domain("ai").types, encoder=resolve(tiny_encoder))


def path_score(model, emissions, path):
    """Score of one path by the textbook: start, emissions, transitions, stop."""
    index = {tag: model.label_dictionary.get_idx_for_item(tag) for tag in [*TAGS, "<START>", "<STOP>"]}
    steps = ["<START>", *path, "<STOP>"]
    transitions = model.crf.transitions  # [to, from]
    score = sum(transitions[index[b], index[a]] for a, b in pairwise(steps))
    return score + sum(emissions[i, index[tag]] for i, tag in enumerate(path))


def well_formed(path):
    return not any(is_orphan(tag, previous) for tag, previous in zip(path, ("O", *path), strict=False))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(0, 10**6), st.booleans())
def test_loss_and_best_path_are_those_of_enumeration(model, length, seed, trained):
    generator = torch.Generator().manual_seed(seed)
    emissions = torch.randn(length, len(model.label_dictionary), generator=generator)
    start = model.crf.transitions.detach().clone()
    allowed = start > -1000
    with torch.no_grad():
        if trained:
            noise = torch.randn(start.shape, generator=generator)
            model.crf.transitions[allowed] += noise[allowed]
        try:
            features = model.crf(emissions.unsqueeze(0))
            scores = (features, torch.tensor([length]), model.crf.transitions)
            paths = list(product(TAGS, repeat=length))
            table = torch.stack([path_score(model, emissions, path) for path in paths])
            normaliser = table.logsumexp(0)
            valid = [index for index, path in enumerate(paths) if well_formed(path)]
            for index in valid[:: max(1, len(valid) // 5)]:
                gold = torch.tensor([model.label_dictionary.get_idx_for_item(tag) for tag in paths[index]])
                loss, count = model._calculate_loss(scores, gold)
                torch.testing.assert_close(loss, normaliser - table[index], rtol=1e-4, atol=1e-4)
                assert count == length
            (best,), _ = model.viterbi_decoder.decode(scores, False, [])
        finally:
            model.crf.transitions.copy_(start)
    assert tuple(tag for tag, _ in best) == max(zip(table.tolist(), paths, strict=True))[1]


def test_a_fresh_crf_never_predicts_an_orphan(tagger, sample):
    with torch.no_grad():  # far larger emissions than training gives
        tagger.model.linear.weight.normal_(std=20.0)
        tagger.model.linear.bias.normal_(std=20.0)
    sentences = sample.domain("ai").test.sentences
    results = tagger.predict(tagger.encode(sentences))
    seen = set()
    for sentence, result in zip(sentences, results, strict=True):
        assert len(result.tags) == len(sentence)
        assert well_formed(result.tags)
        seen.update(tag[:1] for tag in result.tags)
    assert seen >= set("BI")


def test_a_crf_gives_no_probabilities(tagger, sample):
    sentences = sample.domain("ai").test.sentences[:2]
    assert [result.probabilities for result in tagger.predict(tagger.encode(sentences))] == [None, None]


def test_training_lowers_the_loss(tagger, sample):
    set_seed(1)
    examples = tagger.encode(sample.domain("ai").train.sentences[:8])
    optimizer = torch.optim.Adam(tagger.model.parameters(), lr=1e-2)
    losses = []
    for _ in range(8):
        loss = tagger.loss(examples)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_the_gold_tags_of_an_example_are_the_models(tagger, sample):
    sentence = next(s for s in sample.domain("ai").train.sentences if s.spans)
    (example,) = tagger.encode([sentence])
    assert isinstance(example, Example)
    names = tagger.model.label_dictionary.get_items()
    assert tuple(names[tag] for tag in example.tags) == sentence.tags
    assert len(example) == len(sentence)


def test_tags_of_another_schema_count_as_outside(tagger):
    """The source's and the target's types differ; encoding to predict must not fail."""
    (example,) = tagger.encode([Sentence(("Waterloo",), ("B-song",))])
    assert tagger.model.label_dictionary.get_item_for_index(example.tags[0]) == "O"
