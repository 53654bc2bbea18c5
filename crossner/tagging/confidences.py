"""How sure a tagger is of each span that it predicts."""

from __future__ import annotations

from math import exp, prod

import numpy as np

from crossner.data.spans import chunks_of
from crossner.tagging.batching import token_batches


def span_confidences(tagger, examples, tagged, *, batch_tokens=2048) -> list[list[float]]:
    """Probabilities of predicted spans.

    With a softmax over tags, the product of the probabilities of a span's tags. With a CRF, the
    marginal probability of the span: that its first token has the tag B-, the rest I-, and the
    token after it does not continue it, summed over all tags of the other tokens.

    Parameters
    ----------
    tagger : Tagger
    examples : list of Example
    tagged : list of Tagged
        What `tagger.predict(examples)` gave.
    batch_tokens : int
        Subwords a batch, padding included.

    Returns
    -------
    list of list of float
        For each sentence a number from 0 to 1 for each of `chunks_of(tags)`.

    References
    ----------
    Culotta and McCallum, "Confidence Estimation for Information Extraction", HLT-NAACL 2004,
    https://aclanthology.org/N04-4028.
    """
    chunks = [chunks_of(one.tags) for one in tagged]
    if not tagger.model.use_crf:
        return [
            [prod(one.probabilities[chunk.start : chunk.end]) for chunk in found]
            for one, found in zip(tagged, chunks, strict=True)
        ]
    index = {name: column for column, name in enumerate(tagger.model.label_dictionary.get_items())}
    results: list = [[] for _ in examples]
    for batch in token_batches([example.cost for example in examples], batch_tokens):
        batch = sorted((number for number in batch if chunks[number]), key=lambda number: -len(examples[number]))
        if not batch:
            continue
        scores, transitions = _crf_scores(tagger, [examples[number] for number in batch])
        for row, number in zip(scores, batch, strict=True):
            results[number] = span_marginals(
                row[: len(examples[number])],
                transitions[index["<STOP>"]],
                [
                    (chunk.start, chunk.end, index["B-" + chunk.type], index["I-" + chunk.type])
                    for chunk in chunks[number]
                ],
                start=index["<START>"],
            )
    return results


def _crf_scores(tagger, examples):
    import torch

    with torch.inference_mode():
        tagger.model.eval()
        scores, _, transitions = tagger._scores(examples)
    return scores.detach().double().cpu().numpy(), transitions.detach().double().cpu().numpy()


def span_marginals(scores, final, spans, *, start) -> list[float]:
    """Marginal probabilities of spans under a linear-chain CRF, by the forward–backward algorithm.

    Parameters
    ----------
    scores : ndarray, shape (tokens, tags, tags)
        `scores[t, j, i]`: log-weight of tag j at token t after tag i, emission and transition.
    final : ndarray, shape (tags,)
        Log-weight of ending in each tag.
    spans : list of (int, int, int, int)
        First token, end (exclusive), and the columns of their B- and I- tag.
    start : int
        The column from which a sentence sets out.

    Returns
    -------
    list of float

    Examples
    --------
    Three tags (O, B, I) and a start, all of equal weight: one of nine paths is B I.

    >>> even = np.zeros((2, 4, 4))
    >>> even[:, 3] = -np.inf
    >>> round(9 * span_marginals(even, np.zeros(4), [(0, 2, 1, 2)], start=3)[0], 6)
    1.0
    """
    length = len(scores)
    forward = np.empty(scores.shape[:2])
    forward[0] = scores[0][:, start]
    for t in range(1, length):
        forward[t] = _logsumexp(scores[t] + forward[t - 1], axis=1)
    # after[t, i]: log-weight of all that may follow tag i at token t.
    after = np.empty_like(forward)
    after[-1] = final
    for t in range(length - 2, -1, -1):
        after[t] = _logsumexp(scores[t + 1] + after[t + 1][:, None], axis=0)
    total = _logsumexp(forward[-1] + final, axis=0)
    marginals = []
    for first, end, opening, inside in spans:
        last = opening if end == first + 1 else inside
        weight = forward[first, opening]
        previous = opening
        for t in range(first + 1, end):
            weight += scores[t, inside, previous]
            previous = inside
        if end == length:
            weight += final[last]
        else:
            onward = scores[end][:, last] + after[end]
            weight += _logsumexp(np.delete(onward, inside), axis=0)
        marginals.append(min(1.0, exp(weight - total)))
    return marginals


def _logsumexp(values, axis):
    largest = values.max(axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - largest).sum(axis=axis)) + largest.squeeze(axis)
