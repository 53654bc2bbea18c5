"""`linear`: a transformer and a softmax over tags for each token."""

from crossner.data.flair import label_dictionary
from crossner.tagging.encoders import load_error


def build(types, *, encoder):
    """A Flair SequenceTagger without recurrent layer and CRF.

    Flair's defaults (LSTM, reprojection, locked dropout) are made for frozen embeddings; a
    transformer that is fine-tuned has its own dropout.

    Parameters
    ----------
    types : sequence of str
    encoder : crossner.tagging.encoders.Encoder
    """
    return transformer_tagger(types, encoder, use_crf=False)


def transformer_tagger(types, encoder, *, use_crf):
    """The common part of `linear` and `crf`."""
    from flair.models import SequenceTagger

    return SequenceTagger(
        embeddings=transformer_embeddings(encoder),
        tag_dictionary=label_dictionary(types),
        tag_type="ner",
        tag_format="BIO",
        use_rnn=False,
        use_crf=use_crf,
        reproject_embeddings=False,
        dropout=0.0,
        word_dropout=0.0,
        locked_dropout=0.0,
    )


def transformer_embeddings(encoder):
    """Flair's word embeddings of an encoder: last layer, first subword, fine-tuned.

    Raises
    ------
    EncoderError
        If the hub does not have it or cannot be reached.
    """
    from flair.embeddings import TransformerWordEmbeddings

    try:
        return TransformerWordEmbeddings(
            encoder.path,
            layers="-1",
            subtoken_pooling="first",
            fine_tune=True,
            use_context=False,
            use_context_separator=False,
        )
    except (OSError, ValueError) as error:
        raise load_error(encoder, error) from None
