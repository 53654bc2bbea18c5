"""Sentences that are nearly the same, through graphmining's duplicate detection."""

from __future__ import annotations

# Two words in a row: unlike single words they keep the order, unlike three they forgive a changed word
# in a sentence of twenty.
SHINGLES = {"unit": "words", "width": 2}
RECALL = 0.99999


def near_duplicates(groups, similarity) -> list[tuple]:
    """Pairs of different token sequences that have most pairs of neighbouring words in common.

    Parameters
    ----------
    groups : list of list of Occurrence
        The occurrences of each token sequence.
    similarity : float
        The least Jaccard similarity of their sets of two words in a row, case and punctuation ignored.

    Returns
    -------
    list of (float, list of Occurrence, list of Occurrence)
        The similarity and the two groups, in order of the groups. Found by MinHash with the same seed each
        time: a pair at the limit is missed with probability 0.00001, a closer one with a smaller one.
    """
    from graphmining.duplicates.candidates.minhash import MinHashLSH
    from graphmining.duplicates.items import Items
    from graphmining.duplicates.scoring.jaccard import Jaccard

    items = Items(range(len(groups)), {"text": [group[0].text for group in groups]})
    # Buckets whole: sentences are short and few, and a list with gaps would be no audit.
    step = MinHashLSH(**SHINGLES, similarity=similarity, recall=RECALL, permutations=512, clique=10_000)
    pairs = step.pairs(items)
    scores = Jaccard(**SHINGLES).score(items, pairs)
    return [
        (float(score), groups[left], groups[right])
        for score, left, right in zip(scores, pairs.left, pairs.right)
        if score >= similarity
    ]
