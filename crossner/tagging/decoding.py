"""From tag scores of single tokens to a tag sequence that IOB2 allows."""

from __future__ import annotations

import numpy as np


def decode_iob2(scores, lengths, tags) -> list[np.ndarray]:
    """The best well-formed tag sequences under a sum of token scores.

    The most probable tag of each token taken alone often makes an I- tag that continues nothing,
    and strict scoring drops such a piece. Viterbi's algorithm finds the sequence of the largest
    total score among those where I-X follows only B-X or I-X. The constraint is so simple that a
    step costs O(tags), not O(tags²): any tag but I- may follow the best of all.

    Parameters
    ----------
    scores : ndarray, shape (tokens, tags)
        Log-probabilities or logits, the sentences one after another.
    lengths : sequence of int
        Tokens a sentence, in descending order.
    tags : sequence of str
        Names of the columns.

    Returns
    -------
    list of ndarray of int
        Column numbers, an array a sentence.

    Examples
    --------
    >>> tags = ["O", "B-song", "I-song"]
    >>> scores = np.array([[2.0, 1.9, 0.0], [0.0, 0.0, 3.0]])
    >>> [tags[i] for i in decode_iob2(scores, [2], tags)[0]]
    ['B-song', 'I-song']
    """
    column = {tag: index for index, tag in enumerate(tags)}
    inside = np.array([index for tag, index in column.items() if tag.startswith("I-")], dtype=int)
    opening = np.array([column["B-" + tags[index][2:]] for index in inside], dtype=int)
    starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]

    # total[s, j]: best score of sentence s up to this token, ending in tag j; where it came from.
    total = scores[starts].copy()
    total[:, inside] = -np.inf
    pointers = []
    for step in range(1, lengths[0]):
        active = int(np.searchsorted(-np.asarray(lengths), -step, side="left"))
        before = total[:active]
        pointer = np.repeat(before.argmax(axis=1)[:, None], len(tags), axis=1)
        pointer[:, inside] = np.where(before[:, inside] > before[:, opening], inside, opening)
        total[:active] = np.take_along_axis(before, pointer, axis=1) + scores[starts[:active] + step]
        pointers.append(pointer)

    best = []
    for sentence, length in enumerate(lengths):
        path = np.empty(length, dtype=int)
        path[-1] = total[sentence].argmax()
        for step in range(length - 1, 0, -1):
            path[step - 1] = pointers[step - 1][sentence, path[step]]
        best.append(path)
    return best
