"""The data as Flair sees it: sentences, corpora, label dictionaries."""

from __future__ import annotations

from crossner.data.types import Sentence


def flair_corpus(domain):
    """The domain as a Flair corpus, labels under `ner`.

    All three splits are given, so Flair never samples a split from another one.

    Returns
    -------
    flair.data.Corpus
    """
    from flair.data import Corpus
    from flair.datasets import FlairDatapointDataset

    train, dev, test = (
        FlairDatapointDataset([flair_sentence(sentence) for sentence in split.sentences])
        for split in domain.splits
    )
    return Corpus(train=train, dev=dev, test=test, name=domain.name, sample_missing_splits=False)


def flair_sentence(sentence: Sentence):
    """A Flair sentence of the same tokens, its entities labelled under `ner`."""
    import flair.data

    result = flair.data.Sentence(list(sentence.tokens))
    for start, end, type_ in sentence.spans:
        result[start:end].add_label("ner", type_)
    return result


def label_dictionary(types):
    """The Flair dictionary of span labels for a domain's types.

    Made from the schema: a dictionary made from a split lacks the types that do not occur in it,
    and Flair then fails on the first gold span of such a type.
    """
    from flair.data import Dictionary

    dictionary = Dictionary(add_unk=False)
    dictionary.span_labels = True
    for type_ in types:
        dictionary.add_item(type_)
    return dictionary
