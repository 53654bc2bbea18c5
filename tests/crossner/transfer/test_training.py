"""One fit: reproducible, keeps the epoch it says, follows its schedule."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from crossner import tagging
from crossner.tagging.encoders import resolve
from crossner.transfer.schedules import Schedule
from crossner.transfer.training import _Linear, fit, set_seed

FAST = {"lr": 5e-3, "head_lr": 2e-2, "batch_tokens": 256}


@pytest.fixture(params=tagging.TAGGERS)
def any_tagger(request):
    return request.param


@pytest.fixture
def make(sample, tiny_encoder):
    """Build a tagger for ai, the same each time."""

    def build(name="linear"):
        set_seed(7)
        domain = sample.domain("ai")
        encoder = resolve(tiny_encoder) if name in tagging.NEEDS_ENCODER else None
        return tagging.build(name, domain.types, encoder=encoder, sentences=domain.train.sentences)

    return build


@pytest.fixture
def train(sample):
    return sample.domain("ai").train.sentences


@pytest.fixture
def dev(sample):
    return sample.domain("ai").dev.sentences


def weights(tagger):
    return {name: tensor.clone() for name, tensor in tagger.model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_the_same_seed_gives_identical_weights_and_predictions(make, train, dev, any_tagger):
    results = []
    for _ in range(2):
        tagger = make(any_tagger)
        report = fit(tagger, train[:12], dev, Schedule(epochs=2, select="last", **FAST), seed=1)
        results.append((weights(tagger), report.losses, tagger.predict(tagger.encode(dev))))
        torch.rand(3)  # what happens in between does not matter
    (first, losses, predictions), (second, losses_again, predictions_again) = results
    assert same(first, second)
    assert losses == losses_again
    assert predictions == predictions_again


def test_another_seed_gives_other_weights(make, train, dev):
    results = []
    for seed in (1, 2):
        tagger = make()
        fit(tagger, train[:12], dev, Schedule(epochs=1, select="last", **FAST), seed=seed)
        results.append(weights(tagger))
    assert not same(*results)


def test_training_reaches_every_parameter_and_learns(make, train, dev, any_tagger):
    tagger = make(any_tagger)
    before = dict(tagger.model.named_parameters())
    before = {name: p.detach().clone() for name, p in before.items()}
    report = fit(tagger, train[:12], dev, Schedule(epochs=12, select="last", **FAST), seed=1)
    assert report.losses[-1] < report.losses[0] / 2
    unmoved = {name for name, p in tagger.model.named_parameters() if torch.equal(p, before[name])}
    assert not [name for name in unmoved if "pooler" not in name]  # Flair has no use for BERT's pooler
    assert not tagger.model.training


def test_the_best_dev_epoch_is_kept(make, train, listener):
    tagger, heads = make(), []
    listener.epoch = lambda report: heads.append(tagger.model.linear.weight.detach().clone())
    learned = train[:4]  # as dev, too: F1 reaches its best before the end
    schedule = Schedule(epochs=30, select="dev", patience=30, **FAST)
    report = fit(tagger, learned, learned, schedule, seed=1, progress=listener)
    assert len(report.dev_f1) == len(report.losses) == len(heads) == 30
    assert report.best_epoch == 1 + int(np.argmax(report.dev_f1)) < 30  # argmax: the first of equals
    assert max(report.dev_f1) > report.dev_f1[0]
    assert torch.equal(tagger.model.linear.weight, heads[report.best_epoch - 1])
    assert not torch.equal(tagger.model.linear.weight, heads[-1])
    predicted = [tagged.tags for tagged in tagger.predict(tagger.encode(learned))]
    gold = [list(sentence.tags) for sentence in learned]
    assert 100 * f1_score(gold, predicted, mode="strict", scheme=IOB2) == pytest.approx(max(report.dev_f1))


def test_the_first_of_equal_epochs_is_kept_and_patience_ends_the_fit(make, train, dev):
    tagger = make()
    before = weights(tagger)
    frozen = Schedule(epochs=9, lr=1e-30, head_lr=1e-30, select="dev", patience=3)
    report = fit(tagger, train[:4], dev, frozen, seed=1)
    assert report.best_epoch == 1
    assert len(report.dev_f1) == 4
    assert report.sentences == 4 * 4
    for name, tensor in weights(tagger).items():
        torch.testing.assert_close(tensor, before[name])


def test_the_last_epoch_is_kept_without_reading_dev(make, train):
    unreadable = None
    tagger = make()
    report = fit(tagger, train[:6], unreadable, Schedule(epochs=3, select="last", **FAST), seed=1)
    assert report.dev_f1 == []
    assert report.best_epoch == len(report.losses) == 3
    assert report.sentences == 18


def test_dev_does_not_change_the_training(make, train, dev):
    results = []
    for select in ("dev", "last"):
        tagger = make()
        report = fit(tagger, train[:12], dev, Schedule(epochs=2, select=select, **FAST), seed=1)
        results.append(report.losses)
    assert results[0] == results[1]


def test_progress_counts_every_sentence(make, train, dev, listener):
    fit(make(), train[:7], dev, Schedule(epochs=2, select="dev", **FAST), seed=1, progress=listener, title="t")
    assert (listener.titles, listener.totals) == (["t"], [14])
    assert sum(sentences for sentences, _ in listener.steps) == 14
    assert len(listener.reports) == 2


@given(st.integers(2, 300), st.floats(0, 0.9), st.lists(st.integers(1, 20), min_size=1))
def test_rates_rise_and_fall_linearly_in_sentences_seen(total, warmup, batches):
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    peaks = [1e-3, 0.5]
    optimizer = torch.optim.SGD([{"params": [p], "lr": lr} for p, lr in zip(parameters, peaks, strict=True)])
    schedule = _Linear(optimizer, warmup, total)
    seen = 0
    for size in [0, *batches]:
        schedule.advance(size)
        seen += size
        position = min(seen + 0.5, total - 0.5)
        expected = np.interp(position, [0, warmup * total, total], [0 if warmup else 1, 1, 0])
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            assert 0 < group["lr"] <= peak
            assert group["lr"] == pytest.approx(peak * expected)


def test_neither_embeddings_nor_biases_decay(make, train, dev):
    """With a rate so small that only decay could move weights far, matrices shrink and the rest stays."""
    tagger = make()
    before = weights(tagger)
    schedule = Schedule(
        epochs=1, lr=1e-6, head_lr=1e-6, weight_decay=1e5, warmup=0.0, select="last", batch_tokens=2000
    )
    fit(tagger, train[:4], dev, schedule, seed=1)
    for name, tensor in weights(tagger).items():
        is_decayed = tensor.ndim > 1 and "embeddings.word_embeddings" not in name
        is_decayed &= "position_embeddings" not in name and "token_type" not in name and "pooler" not in name
        if tensor.dtype.is_floating_point and is_decayed:
            assert tensor.norm() < 0.97 * before[name].norm(), name
        elif tensor.dtype.is_floating_point and "pooler" not in name:
            torch.testing.assert_close(tensor, before[name], rtol=0, atol=1e-5)
