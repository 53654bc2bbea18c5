"""Texts that take every way through the pipeline, and what memory makes of them."""

import numpy as np
import pytest

from graphmining.duplicates.candidates.minhash import MinHashLSH
from graphmining.duplicates.corruption import adversarial_texts, near_duplicates
from graphmining.duplicates.pipeline import find_duplicates
from graphmining.duplicates.scoring.jaccard import Jaccard


@pytest.fixture(scope="session")
def mixed():
    """Near-duplicates with a common paragraph, a chain, texts with many copies and with few, empty ones."""
    near, _ = near_duplicates(600, boilerplate=0.3, seed=1)
    chain, _ = adversarial_texts(1100, boilerplate=60, step=2, seed=2)
    texts = near + chain + [near[0].upper()] * 40 + [near[1]] * 3 + ["", " . "]
    return [texts[at] for at in np.random.default_rng(3).permutation(len(texts))]


@pytest.fixture(scope="session")
def in_memory():
    """Makes of texts: threshold, notes, and the first text of each one's cluster, as they are in memory."""

    def find(texts, *, candidates=None, **options):
        candidates = candidates or MinHashLSH()
        score = Jaccard(unit=candidates.unit, width=candidates.width)
        found = find_duplicates(texts, candidates=candidates, score=score, progress=False, **options)
        first = list(range(len(texts)))
        for members in found.members:
            for at in members:
                first[at] = min(members)
        return found.threshold, found.pairs.notes, first

    return find
