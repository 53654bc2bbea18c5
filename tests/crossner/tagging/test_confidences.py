"""Confidences of spans: against the sum over all tag sequences, and against `mathforml`'s marginals."""

from itertools import product
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from crossner import tagging
from crossner.data.spans import chunks_of, is_orphan
from crossner.tagging.confidences import span_confidences, span_marginals
from crossner.tagging.encoders import resolve
from crossner.transfer.training import set_seed
from mathforml import forward_backward

TAGS = ["O", "B-song", "I-song", "B-band", "I-band"]
START = len(TAGS)


def random_chain(length, seed):
    """Weights of all steps, those of what IOB2 forbids as low as Flair's, and of the end."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=2, size=(length, START + 1, START + 1))
    for column, tag in enumerate(TAGS):
        for row, previous in enumerate([*TAGS, "O"]):
            if is_orphan(tag, previous):
                scores[:, column, row] -= 10_000
    scores[:, START] -= 10_000
    return scores, rng.normal(size=START + 1)


def weight(scores, final, path):
    steps = [START, *path]
    return sum(scores[t, steps[t + 1], steps[t]] for t in range(len(path))) + final[path[-1]]


@given(st.integers(1, 5), st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_marginals_are_those_of_enumeration(length, seed):
    scores, final = random_chain(length, seed)
    paths = list(product(range(START), repeat=length))
    weights = np.array([weight(scores, final, path) for path in paths])
    chances = np.exp(weights - logsumexp(weights))
    expected = {}
    for path, chance in zip(paths, chances, strict=True):
        for chunk in chunks_of([TAGS[tag] for tag in path]):
            if chunk.opened:
                expected[chunk[:3]] = expected.get(chunk[:3], 0) + chance
    spans = [(s, e, TAGS.index(f"B-{t}"), TAGS.index(f"I-{t}")) for s, e, t in expected]
    assert span_marginals(scores, final, spans, start=START) == pytest.approx(list(expected.values()), abs=1e-12)


def test_marginals_of_a_single_token_span_are_pairs_of_mathforml():
    """P(B-song at 1, not continued) = P(B-song at 1) - P(B-song at 1, I-song at 2)."""
    rng = np.random.default_rng(4)
    unary, transitions = rng.normal(size=(5, 5)), rng.normal(size=(5, 5))
    posterior = forward_backward.marginals(unary, transitions, pairs="all")
    scores = np.full((5, 6, 6), -np.inf)
    scores[:, :5, :5] = unary[:, :, None] + transitions.T
    scores[0, :5, START] = unary[0]
    final = np.append(np.zeros(5), -np.inf)
    (found,) = span_marginals(scores, final, [(1, 2, 1, 2)], start=START)
    assert found == pytest.approx(posterior.gamma[1, 1] - posterior.xi[1, 1, 2], abs=1e-12)


@pytest.mark.parametrize("name", ["crf", "bilstm-crf"])
def test_a_crf_s_confidences_are_probabilities_that_sum_as_they_must(name, tiny_encoder, sample):
    set_seed(1)
    domain = sample.domain("ai")
    options = {"sentences": domain.train.sentences} if name == "bilstm-crf" else {"encoder": resolve(tiny_encoder)}
    tagger = tagging.build(name, domain.types, **options)
    with torch.no_grad():
        tagger.model.linear.weight.normal_(std=1.0)
    sentences = domain.test.sentences
    examples = tagger.encode(sentences)
    predicted = tagger.predict(examples)
    confidences = span_confidences(tagger, examples, predicted)
    assert [len(found) for found in confidences] == [len(chunks_of(one.tags)) for one in predicted]
    values = [value for found in confidences for value in found]
    assert len(values) > 20
    assert all(0 < value <= 1 for value in values)
    # The batch that a sentence is in changes nothing.
    alone = [span_confidences(tagger, [e], [p])[0] for e, p in zip(examples, predicted, strict=True)]
    assert [v for found in alone for v in found] == pytest.approx(values, abs=1e-4)


def test_a_softmax_s_confidence_is_the_product_of_its_tags_probabilities(tiny_encoder, sample):
    set_seed(1)
    domain = sample.domain("ai")
    tagger = tagging.build("linear", domain.types, encoder=resolve(tiny_encoder), decoding="argmax")
    examples = tagger.encode(domain.test.sentences)
    predicted = tagger.predict(examples)
    for one, found in zip(predicted, span_confidences(tagger, examples, predicted), strict=True):
        chunks = chunks_of(one.tags)
        assert found == [prod(one.probabilities[chunk.start : chunk.end]) for chunk in chunks]
