"""`crf`: a transformer and a linear-chain conditional random field over the tags."""

from __future__ import annotations

from crossner.tagging.linear import transformer_tagger

FORBIDDEN = -10000.0  # the score that Flair itself gives impossible transitions


def build(types, *, encoder):
    """A Flair SequenceTagger without recurrent layer, with CRF.

    Parameters
    ----------
    types : sequence of str
    encoder : crossner.tagging.encoders.Encoder
    """
    return start_from_iob2(transformer_tagger(types, encoder, use_crf=True))


def start_from_iob2(model):
    """Let a CRF start from what IOB2 allows and nothing else.

    Flair draws transition scores from a standard normal distribution; with a hundred sentences
    they stay near there, noise as large as the emissions. Here all start at 0, and an I- tag that
    would continue nothing is impossible.

    Parameters
    ----------
    model : flair.models.SequenceTagger

    Returns
    -------
    flair.models.SequenceTagger
        The same.
    """
    import torch

    from crossner.data.spans import is_orphan

    tags = model.label_dictionary.get_items()
    with torch.no_grad():
        for row, tag in enumerate(tags):  # transitions[to, from]
            for column, previous in enumerate(tags):
                impossible = is_orphan(tag, previous) or tag == "<START>" or previous == "<STOP>"
                model.crf.transitions[row, column] = FORBIDDEN if impossible else 0.0
    return model
