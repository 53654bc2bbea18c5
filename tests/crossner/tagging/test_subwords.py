"""The short way to a transformer's features against Flair's own, and training on a part of the vocabulary."""

import pytest
import torch

from crossner import tagging
from crossner.data.flair import flair_sentence
from crossner.data.types import Sentence
from crossner.tagging.encoders import resolve
from crossner.tagging.subwords import vocabulary_subset
from crossner.transfer.training import set_seed

EXACT = {"rtol": 0, "atol": 0}
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
NO_SUBWORDS = "\u200d"  # a joiner: BERT's normaliser removes it


@pytest.fixture(params=tagging.NEEDS_ENCODER)
def make_tagger(request, tiny_encoder, sample):
    def make():
        set_seed(3)
        return tagging.build(request.param, sample.domain("ai").types, encoder=resolve(tiny_encoder))

    return make


@pytest.fixture
def tagger(make_tagger):
    return make_tagger()


def plain(*tokens):
    return Sentence(tokens, ("O",) * len(tokens))


def features_by_flair(model, sentences):
    """Flair's features, (sentences, longest, hidden)."""
    made = [flair_sentence(sentence) for sentence in sentences]
    model.embeddings.embed(made)
    return torch.nn.utils.rnn.pad_sequence(
        [torch.stack([token.get_embedding() for token in sentence]) for sentence in made], batch_first=True
    )


def own_features(tagger, sentences):
    return tagger.features(tagger.features.encode(sentences))


BATCHES = {
    "one": [plain("Ada")],
    "different lengths": [plain("Ada", "wrote", "a", "program", "."), plain("No"), plain("It", "ran")],
    "words of many subwords": [plain("Backpropagationalists", "x"), plain("a", "zyzzyvas", "b")],
    "unknown characters": [plain("☃", "snow", "漢字")],
    "a token without subwords": [plain("Ada", NO_SUBWORDS, "Lovelace"), plain("a", "b", "c", "d")],
    "it comes first": [plain(NO_SUBWORDS, "Lovelace"), plain("b")],
    "it comes last": [plain("Ada", NO_SUBWORDS), plain("b")],
}


@pytest.mark.parametrize("sentences", BATCHES.values(), ids=BATCHES)
def test_features_are_flairs(tagger, sentences):
    tagger.model.eval()
    with torch.no_grad():
        torch.testing.assert_close(
            own_features(tagger, sentences), features_by_flair(tagger.model, sentences), **EXACT
        )


def test_a_sentence_of_tokens_without_subwords_has_zero_features(tagger):
    assert not own_features(tagger, [plain(NO_SUBWORDS, NO_SUBWORDS), plain("a", "b")])[0].any()


def test_loss_is_flairs(tagger, sample):
    tagger.model.eval()
    sentences = sample.domain("ai").train.sentences[:6]
    with torch.no_grad():
        loss, count = tagger.model.forward_loss([flair_sentence(sentence) for sentence in sentences])
        torch.testing.assert_close(tagger.loss(tagger.encode(sentences)), loss / count, **CLOSE)


def test_gradients_are_flairs_dropout_included(tagger, sample):
    sentences = sorted(sample.domain("ai").train.sentences[:4], key=len, reverse=True)
    tagger.model.train()
    set_seed(5)
    loss, count = tagger.model.forward_loss([flair_sentence(sentence) for sentence in sentences])
    (loss / count).backward()
    theirs = {name: p.grad.clone() for name, p in tagger.model.named_parameters() if p.grad is not None}
    tagger.model.zero_grad(set_to_none=True)
    set_seed(5)
    tagger.loss(tagger.encode(sentences)).backward()
    own = {name: p.grad for name, p in tagger.model.named_parameters() if p.grad is not None}
    assert own.keys() == theirs.keys()
    for name, gradient in theirs.items():
        torch.testing.assert_close(own[name], gradient, **CLOSE, msg=lambda text, name=name: f"{name}: {text}")


def test_loss_does_not_depend_on_the_order_of_a_batch(tagger, sample):
    tagger.model.eval()
    examples = tagger.encode(sample.domain("ai").train.sentences[:5])
    with torch.no_grad():
        torch.testing.assert_close(tagger.loss(examples), tagger.loss(examples[::-1]), **CLOSE)


def test_predictions_are_flairs(tiny_encoder, sample):
    set_seed(3)
    tagger = tagging.build("linear", sample.domain("ai").types, encoder=resolve(tiny_encoder), decoding="argmax")
    sentences = sample.domain("ai").test.sentences[:12]
    own = tagger.predict(tagger.encode(sentences), batch_tokens=100)
    made = [flair_sentence(Sentence(s.tokens, ("O",) * len(s))) for s in sentences]
    tagger.model.predict(made, label_name="own", force_token_predictions=True)
    theirs = [[token.get_label("own").value for token in sentence] for sentence in made]
    assert [tagged.tags for tagged in own] == theirs


def test_a_sentence_longer_than_the_encoder_is_read_in_windows_cut_between_tokens(tagger):
    tokens = ["backpropagationalists"] * 9 + ["a", NO_SUBWORDS, "b"] * 60
    (encoded,) = tagger.features.encode([plain(*tokens)])
    limit = tagger.features.max_length
    assert limit == 128
    assert len(encoded.windows) > 1
    assert all(len(window) <= limit for window in encoded.windows)
    # Each window gives what its tokens would give as a sentence of their own.
    starts = [list(encoded.positions[:, 0]).index(number) for number in range(len(encoded.windows))]
    pieces = [tokens[a:b] for a, b in zip(starts, [*starts[1:], len(tokens)], strict=True)]
    tagger.model.eval()
    with torch.no_grad():
        whole = own_features(tagger, [plain(*tokens)])[0]
        parts = torch.cat([features_by_flair(tagger.model, [plain(*piece)])[0] for piece in pieces])
    torch.testing.assert_close(whole, parts, **CLOSE)


def test_a_token_longer_than_the_encoder_is_truncated(tagger):
    (encoded,) = tagger.features.encode([plain("before", "é" * 300, "after")])
    assert all(len(window) <= tagger.features.max_length for window in encoded.windows)
    assert (encoded.positions[:, 1] >= 0).all()
    assert own_features(tagger, [plain("before", "é" * 300, "after")]).shape == (1, 3, 32)


def test_windows_beside_short_sentences_keep_their_rows_apart(tagger):
    long, short = plain(*["a", "b"] * 100), plain("Ada", "wrote")
    tagger.model.eval()
    with torch.no_grad():
        together = own_features(tagger, [short, long, short])
        torch.testing.assert_close(together[0, :2], own_features(tagger, [short])[0], **CLOSE)
        torch.testing.assert_close(together[1], own_features(tagger, [long])[0], **CLOSE)
        torch.testing.assert_close(together[2], together[0], **CLOSE)


def train(tagger, examples, steps=4):
    optimizer = torch.optim.AdamW(tagger.model.parameters(), lr=1e-2, weight_decay=0.0)
    set_seed(5)
    tagger.model.train()
    for step in range(steps):
        tagger.loss(examples[step * 4 : step * 4 + 4]).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def special(tagger):
    return [tagger.features.tokenizer.pad_token_id]


def test_training_on_the_vocabulary_in_use_gives_the_same_weights(make_tagger, sample):
    tagger, whole = make_tagger(), make_tagger()
    examples = tagger.encode(sample.domain("ai").train.sentences[:16])
    before = tagger.encoder.get_input_embeddings().weight.detach().clone()
    with vocabulary_subset(tagger.encoder, (e.features for e in examples), special_ids=special(tagger)):
        assert len(tagger.encoder.get_input_embeddings().weight) < len(before)
        train(tagger, examples)
    train(whole, examples)
    expected = whole.model.state_dict()
    for name, tensor in tagger.model.state_dict().items():
        torch.testing.assert_close(tensor, expected[name], **CLOSE, msg=lambda text, name=name: f"{name}: {text}")
    moved = (tagger.encoder.get_input_embeddings().weight != before).any(dim=1)
    used = {int(i) for example in examples for window in example.features.windows for i in window}
    assert set(moved.nonzero().flatten().tolist()) <= used
    assert moved.any()


def test_the_whole_matrix_is_back_after_an_exception(tagger, sample):
    full = tagger.encoder.get_input_embeddings()
    shape = full.weight.shape
    examples = tagger.encode(sample.domain("ai").train.sentences[:4])

    def fail():
        with vocabulary_subset(tagger.encoder, (e.features for e in examples), special_ids=special(tagger)):
            train(tagger, examples, steps=1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert tagger.encoder.get_input_embeddings() is full
    assert full.weight.shape == shape
    assert own_features(tagger, sample.domain("music").train.sentences[:2]).isfinite().all()
