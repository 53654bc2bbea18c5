"""Vocabulary, word vectors and the travelling weights of `bilstm-crf`."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from crossner import tagging
from crossner.data.flair import flair_sentence
from crossner.data.types import Sentence
from crossner.errors import DataError
from crossner.tagging.bilstm_crf import adapt_state, make_vocabulary, read_vectors, vocabulary_of
from crossner.tagging.encoders import resolve
from crossner.transfer.training import set_seed

WORD_TABLE = "embeddings.list_embedding_0.embedding_layer.weight"
CHARACTER_TABLE = "embeddings.list_embedding_1.char_embedding.weight"


def plain(text):
    tokens = tuple(text.split())
    return Sentence(tokens, ("O",) * len(tokens))


def build(*texts, seed=1, **options):
    set_seed(seed)
    return tagging.build("bilstm-crf", ("song",), sentences=[plain(text) for text in texts], **options)


def vector_of(tagger, word):
    dictionary = tagger.model.embeddings.embeddings[0].vocab_dictionary
    return tagger.model.state_dict()[WORD_TABLE][dictionary.get_idx_for_item(word)]


@given(st.lists(st.lists(st.sampled_from("abcde"), min_size=1), max_size=5))
def test_the_vocabulary_is_words_seen_twice_and_all_characters(sentences):
    vocabulary = make_vocabulary([plain(" ".join(words)) for words in sentences])
    flat = [word for words in sentences for word in words]
    assert vocabulary["words"] == sorted({word for word in flat if flat.count(word) > 1})
    assert vocabulary["characters"] == sorted(set(flat))


def test_words_with_a_vector_join_the_vocabulary():
    vocabulary = make_vocabulary([plain("a b")], {"zebra": [0.0] * 7})
    assert vocabulary == {"words": ["zebra"], "characters": ["a", "b"], "dimensions": 7}


def test_the_vocabulary_survives_the_model():
    vocabulary = make_vocabulary([plain("the cat saw the cat")])
    tagger = tagging.build("bilstm-crf", ("song",), vocabulary=vocabulary)
    assert vocabulary_of(tagger.model) == tagger.vocabulary == vocabulary


def test_vectors_are_the_start_of_their_words(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("cat 1 2 3\nzebra -0.5 0 1e-3\n", encoding="utf-8")
    tagger = build("the cat saw the cat", vectors=path)
    torch.testing.assert_close(vector_of(tagger, "cat"), torch.tensor([1.0, 2.0, 3.0]))
    torch.testing.assert_close(vector_of(tagger, "zebra"), torch.tensor([-0.5, 0.0, 1e-3]))
    assert vector_of(tagger, "the").shape == (3,)


@pytest.mark.parametrize(
    "text",
    ["a 1 2\nb 3 4\n", "2 2\na 1 2\nb 3 4\n", "a 1 2 \r\n\r\nb 3 4", "\ufeffa 1 2\nb 3 4\n"],
    ids=["glove", "word2vec header", "CRLF and spaces", "byte-order mark"],
)
def test_good_vector_files(tmp_path, text):
    path = tmp_path / "vectors.txt"
    path.write_bytes(text.encode("utf-8"))
    assert read_vectors(path) == {"a": [1.0, 2.0], "b": [3.0, 4.0]}


@pytest.mark.parametrize(
    ("text", "line", "essential"),
    [
        ("a 1 2\nb 3\n", 2, "2 numbers"),
        ("a 1 2\nb\n", 2, "2 numbers"),
        ("a 1 2\nb 3 4 5\n", 2, "2 numbers"),
        ("a 1 2\nb x 4\n", 2, "2 numbers"),
        ("a 1 2\nb 3\x004\n", 2, "binary"),
        ("", None, "no word vector"),
        ("\n\n", None, "no word vector"),
        ("2 2\n", None, "no word vector"),
    ],
)
def test_a_bad_vector_file_is_named_with_its_line(tmp_path, text, line, essential):
    path = tmp_path / "vectors.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_vectors(path)
    place = f"{path}: " if line is None else f"{path}:{line}: "
    assert str(caught.value).startswith(place)
    assert essential in str(caught.value)


def test_features_and_loss_are_flairs(sample):
    domain = sample.domain("music")
    set_seed(1)
    tagger = tagging.build("bilstm-crf", domain.types, sentences=domain.train.sentences)
    tagger.model.eval()
    sentences = domain.train.sentences[:5]
    with torch.no_grad():
        loss, count = tagger.model.forward_loss([flair_sentence(sentence) for sentence in sentences])
        torch.testing.assert_close(tagger.loss(tagger.encode(sentences)), loss / count, rtol=1e-5, atol=1e-6)


def test_adapted_weights_follow_words_and_characters_to_their_new_rows():
    source = build("the cat sat , the cat sat", seed=1)
    target = build("a cat saw a dog saw the dog and the cat", seed=2)
    state, own = source.model.state_dict(), target.model.state_dict()
    adapted = adapt_state(source.encoder_state(), source.vocabulary, target.model)
    assert set(adapted) == {name for name in own if not name.startswith(("linear.", "crf."))}
    for kind, name in (("words", WORD_TABLE), ("characters", CHARACTER_TABLE)):
        there = {item: state[name][row] for row, item in enumerate(source.vocabulary[kind], start=1)}
        here = target.vocabulary[kind]
        assert set(here) & set(there)
        assert set(here) - set(there)
        assert torch.equal(adapted[name][0], state[name][0])
        for row, item in enumerate(here, start=1):
            assert torch.equal(adapted[name][row], there.get(item, own[name][row])), item
    for name in set(adapted) - {WORD_TABLE, CHARACTER_TABLE}:
        assert torch.equal(adapted[name], state[name])


def test_features_of_shared_words_travel():
    source = build("the cat sat , the cat sat", seed=1)
    target = build("a cat sat on the cat sat the", seed=2)
    target.load_encoder_state(source.encoder_state(), source.vocabulary)
    sentences = [plain("the cat sat")]
    hidden = []
    for tagger in (source, target):
        tagger.model.eval()
        features = tagger.features([e.features for e in tagger.encode(sentences)])
        hidden.append(tagger.model.rnn(features)[0])
    torch.testing.assert_close(*hidden)


def test_weights_of_another_architecture_are_refused(tiny_encoder):
    other = tagging.build("linear", ("song",), encoder=resolve(tiny_encoder))
    with pytest.raises(ValueError, match="another architecture"):
        build("a a").load_encoder_state(other.encoder_state())
