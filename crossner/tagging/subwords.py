"""Transformer features of tokens, with every sentence tokenised once.

Flair tokenises a sentence each time it is embedded and stores one tensor a token. Here subword
numbers are computed once, a batch is one gather, and the result is the tensor that Flair's
`SequenceTagger.forward` takes: the model is Flair's, only the way to it is shorter.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Subwords:
    """A sentence as subword numbers.

    Attributes
    ----------
    windows : tuple of ndarray of int64
        Subword numbers with the encoder's special tokens; more than one window only where the
        sentence is longer than the encoder takes.
    positions : ndarray of int64, shape (tokens, 2)
        Window and position of each token's first subword; position -1 for a token that has none.
    """

    windows: tuple[np.ndarray, ...]
    positions: np.ndarray

    @property
    def cost(self):
        """Length of the longest window, in subwords."""
        return max(map(len, self.windows))


class SubwordFeatures:
    """The first subword's last hidden state for each token.

    Parameters
    ----------
    embeddings : flair.embeddings.TransformerWordEmbeddings
        With `layers="-1"` and `subtoken_pooling="first"`; its tokenizer and model are used.
    """

    def __init__(self, embeddings):
        self.tokenizer = embeddings.tokenizer
        self.encoder = embeddings.model
        self.max_length = min(self.tokenizer.model_max_length, _position_limit(self.encoder.config))

    def encode(self, sentences) -> list[Subwords]:
        """Subword numbers of sentences (objects with `tokens`)."""
        if not sentences:
            return []
        pieces = self._tokenize([list(sentence.tokens) for sentence in sentences])
        return [
            self._single(ids, pieces.word_ids(row), len(sentence))
            if len(ids) <= self.max_length
            else self._windows(list(sentence.tokens))
            for row, (ids, sentence) in enumerate(zip(pieces["input_ids"], sentences, strict=True))
        ]

    def _tokenize(self, batch, **options):
        return self.tokenizer(
            batch,
            is_split_into_words=True,
            padding=False,
            return_attention_mask=False,
            verbose=False,
            **options,
        )

    def _single(self, ids, words, tokens):
        return Subwords((np.array(ids),), _first_subwords(words, tokens))

    def _windows(self, tokens):
        """Cut a sentence that is too long between tokens; a token longer than a window is truncated."""
        room = self.max_length - self.tokenizer.num_special_tokens_to_add()
        sizes = [
            len(ids)
            for ids in self._tokenize([[token] for token in tokens], add_special_tokens=False)["input_ids"]
        ]
        starts, filled = [0], 0
        for index, size in enumerate(sizes):
            if filled and filled + size > room:
                starts.append(index)
                filled = 0
            filled += size
        windows, positions = [], []
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(tokens)], strict=True)):
            piece = self._tokenize([tokens[start:end]], truncation=True, max_length=self.max_length)
            windows.append(np.array(piece["input_ids"][0]))
            found = _first_subwords(piece.word_ids(0), end - start)
            found[:, 0] = number
            positions.append(found)
        return Subwords(tuple(windows), np.concatenate(positions))

    def __call__(self, batch) -> torch.Tensor:
        """Features of a batch of `Subwords`: (sentences, longest, hidden), zero where there is no token."""
        windows = [window for item in batch for window in item.windows]
        length = max(map(len, windows))
        ids = np.full((len(windows), length), self.tokenizer.pad_token_id or 0)
        mask = np.zeros((len(windows), length), dtype=np.int64)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1

        index = np.full((len(batch), max(len(item.positions) for item in batch)), -1)
        first = 0
        for row, item in enumerate(batch):
            window, position = item.positions.T
            index[row, : len(position)] = np.where(position < 0, -1, (first + window) * length + position)
            first += len(item.windows)

        device = self.encoder.device
        hidden = self.encoder(
            input_ids=torch.from_numpy(ids).to(device), attention_mask=torch.from_numpy(mask).to(device)
        ).last_hidden_state
        index = torch.from_numpy(index).to(device)
        features = hidden.flatten(0, 1).index_select(0, index.clamp(min=0).flatten())
        return features.view(*index.shape, -1) * (index >= 0).unsqueeze(-1)


def _first_subwords(words, tokens):
    """Window 0 and position of each token's first subword, -1 where a token has none."""
    positions = np.full((tokens, 2), (0, -1))
    for position in reversed(range(len(words))):
        if words[position] is not None:
            positions[words[position], 1] = position
    return positions


def _position_limit(config):
    # Encoders of the RoBERTa family (MPNet too) number positions from padding_idx + 1.
    reserved = 2 if config.model_type in ("roberta", "xlm-roberta", "mpnet", "camembert") else 0
    return getattr(config, "max_position_embeddings", 512) - reserved


class EmbeddingSubset(torch.nn.Module):
    """An embedding matrix of which only some rows are held; looked up by the original numbers."""

    def __init__(self, full, rows):
        super().__init__()
        # Not a registered submodule: its parameters are not this model's while the subset stands in.
        self._full = [full]
        self.register_buffer("rows", rows, persistent=False)
        index = torch.full((full.num_embeddings,), -1, device=rows.device)
        index[rows] = torch.arange(len(rows), device=rows.device)
        self.register_buffer("index", index, persistent=False)
        self.weight = torch.nn.Parameter(full.weight.detach()[rows].clone())

    def forward(self, ids):
        return torch.nn.functional.embedding(self.index[ids], self.weight)

    @torch.no_grad()
    def restore(self):
        (full,) = self._full
        full.weight[self.rows] = self.weight
        return full


@contextmanager
def vocabulary_subset(encoder, examples, special_ids=()):
    """Let the encoder hold only the embedding rows of subwords that occur in `examples`.

    Half of a small encoder's parameters are its word embeddings, and the optimiser pays for all
    of them at each step. A row whose subword occurs nowhere has no gradient, so Adam leaves it
    as it is: training gives the same weights without it (weight decay, the one exception, is not
    applied to embeddings here). On exit the trained rows are back in the full matrix.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    examples : iterable of Subwords
        All that will be embedded inside the block.
    special_ids : iterable of int
        More rows to keep, such as padding's.
    """
    used = {int(i) for i in special_ids}
    for item in examples:
        for window in item.windows:
            used.update(window.tolist())
    full = encoder.get_input_embeddings()
    subset = EmbeddingSubset(full, torch.tensor(sorted(used), device=full.weight.device))
    encoder.set_input_embeddings(subset)
    try:
        yield
    finally:
        encoder.set_input_embeddings(subset.restore())
