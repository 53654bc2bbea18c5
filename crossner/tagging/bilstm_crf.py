"""`bilstm-crf`: words and characters, an LSTM in both directions, a CRF; no pre-trained encoder.

The word+character baseline of the CrossNER paper (Lample et al. 2016, arXiv:1603.01360).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from crossner.data.conll import read_text
from crossner.data.flair import label_dictionary
from crossner.errors import DataError
from crossner.tagging.crf import start_from_iob2

WORD_DIMENSIONS = 100


def build(types, *, sentences=(), vectors=None, vocabulary=None):
    """A Flair SequenceTagger over trainable word and character embeddings.

    Parameters
    ----------
    types : sequence of str
    sentences : iterable of Sentence
        Train sentences that give the vocabulary. Words that occur once are left out: they train
        the vector of unknown words, and their characters speak for them.
    vectors : path-like, optional
        Word vectors as text, `word x1 x2 …` a line (GloVe's format, word2vec's header passes);
        its words join the vocabulary and start from these vectors.
    vocabulary : dict, optional
        `{"words": […], "characters": […], "dimensions": int}` of an earlier model, in place of
        `sentences` and `vectors`.
    """
    from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
    from flair.models import SequenceTagger

    table = {}
    if vocabulary is None:
        if vectors is not None:
            table = read_vectors(vectors)
        vocabulary = make_vocabulary(sentences, table)
    words = OneHotEmbeddings(_dictionary(vocabulary["words"]), embedding_length=vocabulary["dimensions"])
    _load_vectors(words, table)
    characters = CharacterEmbeddings(_dictionary(vocabulary["characters"]))
    model = SequenceTagger(
        embeddings=StackedEmbeddings([words, characters]),
        tag_dictionary=label_dictionary(types),
        tag_type="ner",
        tag_format="BIO",
        use_rnn=True,
        use_crf=True,
        hidden_size=200,
        reproject_embeddings=False,
        dropout=0.5,
        word_dropout=0.0,
        locked_dropout=0.0,
    )
    return start_from_iob2(model)


def make_vocabulary(sentences, vectors=None) -> dict:
    """Words that occur at least twice (and those with a vector) and all characters, sorted."""
    vectors = vectors or {}
    counts = Counter(token for sentence in sentences for token in sentence.tokens)
    words = {word for word, count in counts.items() if count > 1} | set(vectors)
    dimensions = len(next(iter(vectors.values()))) if vectors else WORD_DIMENSIONS
    return {
        "words": sorted(words),
        "characters": sorted({character for word in counts for character in word}),
        "dimensions": dimensions,
    }


def vocabulary_of(model) -> dict:
    """The vocabulary of a built tagger; `build(types, vocabulary=…)` makes its like."""
    words, characters = model.embeddings.embeddings
    return {
        "words": words.vocab_dictionary.get_items()[1:],
        "characters": characters.char_dictionary.get_items()[1:],
        "dimensions": words.embedding_length,
    }


def adapt_state(state, vocabulary, model) -> dict:
    """Another model's weights with its word and character vectors sorted into this one's rows."""
    own = model.state_dict()
    here = vocabulary_of(model)
    adapted = dict(state)
    tables = {
        "words": "embeddings.list_embedding_0.embedding_layer.weight",
        "characters": "embeddings.list_embedding_1.char_embedding.weight",
    }
    for kind, name in tables.items():
        table = own[name].clone()
        table[0] = state[name][0]  # unknown items
        there = {item: row for row, item in enumerate(vocabulary[kind], start=1)}
        for row, item in enumerate(here[kind], start=1):
            if item in there:
                table[row] = state[name][there[item]]
        adapted[name] = table
    return adapted


def read_vectors(path) -> dict[str, list[float]]:
    """Word vectors of a text file.

    Raises
    ------
    DataError
        If a line does not hold a word and as many numbers as the lines before.
    """
    table = {}
    dimensions = None
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        word, *values = line.rstrip().split(" ")
        if not word or (number == 1 and len(values) == 1):
            continue  # a blank line, or word2vec's header of two counts
        dimensions = dimensions or len(values)
        try:
            vector = [float(value) for value in values]
        except ValueError:
            vector = []
        if not vector or len(vector) != dimensions:
            raise DataError(f"expected a word and {dimensions or 'its'} numbers", path=Path(path), line=number)
        table[word] = vector
    if not table:
        raise DataError("holds no word vector", path=Path(path))
    return table


def _dictionary(items):
    from flair.data import Dictionary

    dictionary = Dictionary(add_unk=True)
    for item in items:
        dictionary.add_item(item)
    return dictionary


def _load_vectors(embeddings, table):
    import torch

    if not table:
        return
    with torch.no_grad():
        for word, vector in table.items():
            row = embeddings.vocab_dictionary.get_idx_for_item(word)
            embeddings.embedding_layer.weight[row] = torch.tensor(vector)
