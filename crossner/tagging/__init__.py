"""Taggers by name; all of them are Flair sequence taggers."""

from __future__ import annotations

TAGGERS = ("linear", "crf", "bilstm-crf")
NEEDS_ENCODER = ("linear", "crf")


DECODINGS = ("iob2", "argmax")


def build(name, types, *, encoder=None, sentences=(), vectors=None, vocabulary=None, decoding="iob2"):
    """Build an untrained tagger.

    Parameters
    ----------
    name : {"linear", "crf", "bilstm-crf"}
    types : sequence of str
        Entity types it can predict.
    encoder : crossner.tagging.encoders.Encoder
        For `linear` and `crf`.
    sentences : iterable of Sentence
        For `bilstm-crf`: what the vocabulary is made from.
    vectors : path-like, optional
        For `bilstm-crf`: word vectors in text form.
    vocabulary : dict, optional
        For `bilstm-crf`: the vocabulary itself.
    decoding : {"iob2", "argmax"}
        For `linear`: see `crossner.tagging.tagger.Tagger`.

    Returns
    -------
    crossner.tagging.tagger.Tagger

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    from crossner.errors import ConfigError
    from crossner.tagging import bilstm_crf, crf, linear
    from crossner.tagging.tagger import Tagger
    from graphmining.errors import unknown

    if name == "linear":
        model = linear.build(types, encoder=encoder)
    elif name == "crf":
        model = crf.build(types, encoder=encoder)
    elif name == "bilstm-crf":
        model = bilstm_crf.build(types, sentences=sentences, vectors=vectors, vocabulary=vocabulary)
    else:
        raise ConfigError(unknown("tagger", name, TAGGERS))
    return Tagger(name, model, types, decoding=decoding)
