"""A Flair sequence tagger behind one small interface: encode once, loss, predict, save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from crossner.tagging import bilstm_crf
from crossner.tagging.batching import token_batches
from crossner.tagging.decoding import decode_iob2
from crossner.tagging.onednn import onednn_linear
from crossner.tagging.subwords import SubwordFeatures


class Tagged(NamedTuple):
    """A tagger's answer for a sentence.

    Attributes
    ----------
    tags : list of str
        A tag a token. With `decoding="argmax"` an I- tag may continue nothing.
    probabilities : list of float or None
        The probability of each tag, where the tagger has one.
    """

    tags: list[str]
    probabilities: list[float] | None


@dataclass(frozen=True)
class Example:
    """A sentence ready for the tagger: its features' input, its tags and its cost in a batch."""

    features: object
    tags: tuple[int, ...]
    cost: int

    def __len__(self):
        return len(self.tags)


class TokenFeatures:
    """Features of Flair embeddings other than a transformer's, computed by Flair itself."""

    def __init__(self, model):
        self.model = model

    def encode(self, sentences):
        import flair.data

        return [flair.data.Sentence(list(sentence.tokens)) for sentence in sentences]

    def __call__(self, batch):
        features, _ = self.model._prepare_tensors(batch)
        for sentence in batch:
            sentence.clear_embeddings()  # Flair would reuse the vectors, and their graph
        return features


class Tagger:
    """A tagger for one schema of entity types.

    Parameters
    ----------
    name : str
        The registry's name of its architecture.
    model : flair.models.SequenceTagger
        With BIO tags.
    types : tuple of str
    decoding : {"iob2", "argmax"}
        For a tagger without CRF: the best well-formed tag sequence, or the best tag of each token
        (as Flair's own `predict` has it). A CRF decodes itself.

    Attributes
    ----------
    model : flair.models.SequenceTagger
        Usable with Flair alone: `model.predict(sentence)`.
    """

    def __init__(self, name, model, types, *, decoding="iob2"):
        self.name = name
        self.decoding = decoding
        self.model = model
        self.types = tuple(types)
        self.features = SubwordFeatures(model.embeddings) if self.encoder is not None else TokenFeatures(model)

    @property
    def encoder(self):
        """The transformer inside, or None."""
        return getattr(self.model.embeddings, "model", None)

    def encode(self, sentences) -> list[Example]:
        """Prepare sentences once, for training and prediction."""
        index = {tag: self.model.label_dictionary.get_idx_for_item(tag) for tag in bio_tags(self.types)}
        return [
            Example(
                features,
                tuple(index.get(tag, 0) for tag in sentence.tags),
                features.cost if self.encoder is not None else len(sentence),
            )
            for sentence, features in zip(sentences, self.features.encode(sentences), strict=True)
        ]

    def _scores(self, examples):
        lengths = torch.tensor([len(example) for example in examples])
        with onednn_linear(device_of(self.model)):
            return self.model.forward(self.features([example.features for example in examples]), lengths)

    def loss(self, examples) -> torch.Tensor:
        """Mean loss a token over a batch; a scalar."""
        examples = sorted(examples, key=len, reverse=True)
        gold = torch.tensor([tag for example in examples for tag in example.tags], device=device_of(self.model))
        loss, count = self.model._calculate_loss(self._scores(examples), gold)
        return loss / count

    @torch.inference_mode()
    def predict(self, examples, *, batch_tokens=2048, progress=None) -> list[Tagged]:
        """Tag sentences, in the order given.

        Parameters
        ----------
        examples : list of Example
        batch_tokens : int
            Subwords a batch, padding included.
        progress : callable, optional
            Called with the number of sentences after each batch.
        """
        self.model.eval()
        results: list = [None] * len(examples)
        for batch in token_batches([example.cost for example in examples], batch_tokens):
            batch = sorted(batch, key=lambda index: -len(examples[index]))
            chosen = [examples[index] for index in batch]
            decoded = self._decode(self._scores(chosen), chosen)
            for index, tagged in zip(batch, decoded, strict=True):
                results[index] = tagged
            if progress:
                progress(len(batch))
        return results

    def _decode(self, scores, examples):
        names = self.model.label_dictionary.get_items()
        if self.model.use_crf:
            tags, _ = self.model.viterbi_decoder.decode(scores, False, [])
            # The decoder's scores are no probabilities of a tag given the sentence.
            return [Tagged([tag for tag, _ in sentence], None) for sentence in tags]
        lengths = [len(example) for example in examples]
        log_probabilities = scores.float().log_softmax(dim=-1).cpu().numpy()
        if self.decoding == "iob2":
            best = np.concatenate(decode_iob2(log_probabilities, lengths, names))
        else:
            best = log_probabilities.argmax(axis=1)
        probabilities = np.exp(log_probabilities[np.arange(len(best)), best]).tolist()
        tags = [names[index] for index in best.tolist()]
        ends = np.cumsum(lengths).tolist()
        return [
            Tagged(tags[end - length : end], probabilities[end - length : end])
            for length, end in zip(lengths, ends, strict=True)
        ]

    def encoder_parameters(self):
        """Parameters below the head: those of the embeddings (and of the recurrent layer)."""
        return [p for name, p in self.model.named_parameters() if not is_head(name)]

    def head_parameters(self):
        """Parameters that depend on the entity types: the linear layer and the CRF."""
        return [p for name, p in self.model.named_parameters() if is_head(name)]

    def encoder_state(self) -> dict[str, torch.Tensor]:
        """Weights below the head, by name; what travels from the source to a target."""
        return {name: tensor for name, tensor in self.model.state_dict().items() if not is_head(name)}

    @property
    def vocabulary(self) -> dict | None:
        """Words and characters of a tagger that learns their vectors itself."""
        return None if self.encoder is not None else bilstm_crf.vocabulary_of(self.model)

    def load_encoder_state(self, state, vocabulary=None):
        """Take the weights below the head from another tagger of the same architecture.

        Parameters
        ----------
        state : dict of str to Tensor
            Its `encoder_state()`.
        vocabulary : dict, optional
            Its vocabulary; words and characters it lacks keep the vectors they have here.
        """
        if vocabulary is not None:
            state = bilstm_crf.adapt_state(state, vocabulary, self.model)
        result = self.model.load_state_dict(state, strict=False)
        if result.unexpected_keys or any(not is_head(name) for name in result.missing_keys):
            raise ValueError("the weights are those of another architecture")


def is_head(name):
    """Whether a parameter of a SequenceTagger depends on the entity types."""
    return name.startswith(("linear.", "crf."))


def bio_tags(types):
    """All tags of a schema.

    Examples
    --------
    >>> bio_tags(["song", "band"])
    ['O', 'B-song', 'I-song', 'B-band', 'I-band']
    """
    return ["O", *(f"{prefix}-{type_}" for type_ in types for prefix in "BI")]


def device_of(model):
    """The device a module's parameters are on."""
    return next(model.parameters()).device
