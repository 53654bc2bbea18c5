"""Resampled F1: many test sets drawn from one, each scored from counts a sentence.

Counts are float64 arrays of (sentences, 3): credit, predicted spans, gold spans. A resample is a vector of
weights, so the F1 of many runs on many resamples is one product of matrices.
"""

from __future__ import annotations

import zlib

import numpy as np

from crossner.errors import ConfigError

CELLS = 2**18  # weights held at once: small enough for a processor's cache


def f1(counts) -> float:
    """Micro F1 in percent; 0 where there is neither a prediction nor an entity.

    Parameters
    ----------
    counts : array_like, shape (sentences, 3)
        Credit, predicted spans and gold spans of each sentence.

    Examples
    --------
    >>> f1([[1, 2, 1], [0, 0, 1]])
    50.0
    """
    return float(f1_of(*_sums(np.asarray(counts, dtype=float)).sum(axis=0)))


def f1_of(credit, total):
    """F1 in percent of credit and predicted + gold spans, elementwise."""
    credit, total = np.asarray(credit, dtype=float), np.asarray(total, dtype=float)
    return 200 * np.divide(credit, total, out=np.zeros_like(total), where=total > 0)


def bootstrap_f1(counts, *, resamples, seed=0) -> np.ndarray:
    """F1 of runs on test sets of the same size, drawn with replacement from the sentences of one.

    Parameters
    ----------
    counts : array_like, shape (runs, sentences, 3)
    resamples : int
        At least 1.
    seed : int or sequence of int

    Returns
    -------
    ndarray, shape (resamples, runs)
        Every run of a row is scored on the same sentences.

    Raises
    ------
    ConfigError
        If `resamples` is less than 1.
    """
    counts = np.asarray(counts, dtype=float)
    return np.concatenate(
        [_scores(weights, counts) for weights in resample_weights(counts.shape[1], resamples, seed)]
    )


def swapped_f1(a, b, *, resamples, seed=0) -> np.ndarray:
    """Differences in F1 after the outputs of two systems are swapped in about half of the sentences.

    Parameters
    ----------
    a, b : array_like, shape (pairs, sentences, 3)
        Counts of pairs of runs.
    resamples : int
        At least 1.
    seed : int or sequence of int

    Returns
    -------
    ndarray, shape (resamples, pairs)
        F1 of what is then `b` less that of what is then `a`. In a row, all pairs are swapped in the same
        sentences.

    Raises
    ------
    ConfigError
        If `resamples` is less than 1.
    """
    a, b = _sums(np.asarray(a, dtype=float)), _sums(np.asarray(b, dtype=float))
    pairs, sentences, _ = a.shape
    gain = (b - a).transpose(1, 0, 2).reshape(sentences, 2 * pairs)
    in_a, in_b = a.sum(axis=1), b.sum(axis=1)
    differences = []
    for swap in swap_masks(sentences, resamples, seed):
        moved = (swap @ gain).reshape(-1, pairs, 2)
        then_a, then_b = in_a + moved, in_b - moved
        differences.append(f1_of(then_b[..., 0], then_b[..., 1]) - f1_of(then_a[..., 0], then_a[..., 1]))
    return np.concatenate(differences)


def resample_weights(sentences, resamples, seed=0):
    """How often each sentence is in each resample: blocks of float64, shape (some, sentences)."""
    rng = generator(seed, 0)
    for rows in _blocks(sentences, resamples):
        drawn = rng.integers(max(sentences, 1), size=(rows, sentences), dtype=np.int32)
        drawn = drawn + sentences * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * sentences).reshape(rows, sentences).astype(float)


def swap_masks(sentences, resamples, seed=0):
    """Which sentences are swapped, each with probability ½: blocks of float64, shape (some, sentences)."""
    rng = generator(seed, 1)
    for rows in _blocks(sentences, resamples):
        bits = np.frombuffer(rng.bytes(rows * (sentences // 8 + 1)), dtype=np.uint8).reshape(rows, -1)
        yield np.unpackbits(bits, axis=1)[:, :sentences].astype(float)


def generator(seed, stream) -> np.random.Generator:
    """A random generator of its own for each stream of a seed (an int or several)."""
    try:
        return np.random.default_rng([*np.atleast_1d(seed), stream])
    except (TypeError, ValueError):
        raise ConfigError(f"seed {seed!r} is not a non-negative integer") from None


def seed_of(seed, domain) -> tuple[int, int]:
    """The seed of a domain: by its name, so that its numbers do not depend on what other domains there are."""
    return seed, zlib.crc32(domain.encode())


def _blocks(sentences, resamples):
    """Numbers of resamples that are dealt with at once."""
    if resamples < 1:
        raise ConfigError(f"{resamples} resamples are too few; at least 1 is needed, 10000 are usual")
    size = max(1, CELLS // max(sentences, 1))
    return [min(size, resamples - start) for start in range(0, resamples, size)]


def _scores(weights, counts):
    runs, sentences, _ = counts.shape
    sums = (weights @ _sums(counts).transpose(1, 0, 2).reshape(sentences, 2 * runs)).reshape(-1, runs, 2)
    return f1_of(sums[..., 0], sums[..., 1])


def _sums(counts):
    """Credit, and predicted + gold spans: all that F1 needs."""
    return np.stack([counts[..., 0], counts[..., 1] + counts[..., 2]], axis=-1)
