"""Test sentences that training or selection has seen."""

from __future__ import annotations


def leaked_sentences(dataset, target, sources) -> list[int]:
    """Numbers of the test sentences whose tokens are also a sentence of train or dev.

    Parameters
    ----------
    dataset : Dataset
    target : str
    sources : iterable of str
        Source domains, whose train and dev splits count too.

    Returns
    -------
    list of int
        From 0, ascending.
    """
    seen = {
        sentence.tokens
        for name in (target, *sources)
        for split in (dataset.domain(name).train, dataset.domain(name).dev)
        for sentence in split.sentences
    }
    return [number for number, s in enumerate(dataset.domain(target).test.sentences) if s.tokens in seen]
