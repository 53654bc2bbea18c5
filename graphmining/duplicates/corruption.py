"""Invented texts with planted near-duplicates, and texts made to mislead a search for them."""

from __future__ import annotations

from operator import index

import numpy as np

from graphmining.duplicates.candidates.shingles import _sorted_set, positive
from graphmining.errors import OptionError
from graphmining.jit import kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix, uniform
from graphmining.threads import team, thread_count

# Words are numbers in syllables: no two are the same, and the first, which are the frequent ones, are short.
_CONSONANTS, _VOWELS = "bdfghklmnprstvwz", "aeiou"
_VOCABULARY = 50_000
_DRAWS = 2**20  # entries of the table that turns a random number into a word
_BATCH = 10_000
_KEPT, _TYPO, _DROPPED, _SWAPPED, _SECOND = range(5)


def near_duplicates(
    n_documents,
    *,
    tokens=100,
    clustered=0.5,
    cluster_size=(2, 5),
    similarity=0.8,
    width=3,
    typos=0.02,
    dropped=0.01,
    swapped=0.01,
    cased=0.05,
    boilerplate=0.0,
    boilerplate_tokens=40,
    seed=0,
    threads=None,
):
    """Make texts, some of them in clusters of changed copies of one original.

    Parameters
    ----------
    n_documents : int
    tokens : int
        Words a text has before it is changed.
    clustered : float
        The share of texts that are in clusters.
    cluster_size : int or pair of int
        Their size, or the least and the largest.
    similarity : float
        The least Jaccard similarity of two texts of a cluster, of their shingles of `width` words.
    width : int
        1: of their sets of words.
    typos, dropped, swapped : float
        Probability that a word has a wrong letter, is left out, or changes places with the next. As many
        changes are left out of a text as `similarity` demands.
    cased : float
        Probability that a word has a capital; shingles do not change.
    boilerplate : float
        The share of clusters, and of the other texts, that end with one and the same paragraph.
    boilerplate_tokens : int
        Its length.
    seed : int, None or random generator
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    texts : list of str, length n_documents
        In random order, in ASCII.
    labels : ndarray of int64, shape (n_documents,)
        Equal for texts of one cluster.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    An original with p shingles may lose and gain d = p (1 - s) / (2 + 2 s) of them, rounded down, in each copy:
    two copies then share p - 2d shingles of p + 2d at worst, which is s. The original is not among the texts.

    The 50,000 words have frequencies that fall with one over their rank.

    Examples
    --------
    >>> texts, labels = near_duplicates(3, tokens=6, clustered=1, cluster_size=3, similarity=0.1, typos=0.2)
    >>> labels.tolist()
    [0, 0, 0]
    >>> len(set(texts))
    3
    """
    n = _count("n_documents", n_documents)
    tokens, width = positive("tokens", tokens), positive("width", width)
    smallest, largest = (cluster_size, cluster_size) if np.ndim(cluster_size) == 0 else cluster_size
    smallest, largest = positive("cluster_size", smallest), positive("cluster_size", largest)
    if largest < smallest:
        raise OptionError(f"cluster_size must be ascending, not {cluster_size!r}")
    shares = {
        "clustered": clustered, "similarity": similarity, "typos": typos, "dropped": dropped, "swapped": swapped,
        "typos + dropped + swapped": typos + dropped + swapped, "cased": cased, "boilerplate": boilerplate,
    }  # fmt: skip
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise OptionError(f"{name} must be between 0 and 1, not {share!r}")
    paragraph_tokens = _count("boilerplate_tokens", boilerplate_tokens)
    threads = thread_count(threads)
    rng = np.random.default_rng(seed_value(seed))
    labels = _labels(n, clustered, smallest, largest, rng)
    letters, bounds = _vocabulary(_VOCABULARY, rng)
    shares = np.cumsum(1 / np.arange(1, _VOCABULARY + 1))
    draws = np.repeat(
        np.arange(_VOCABULARY), np.diff(np.rint(_DRAWS * shares / shares[-1]).astype(int), prepend=0)
    )
    paragraph = rng.choice(_VOCABULARY, paragraph_tokens)
    texts = [""] * n
    starts = [n * piece // threads for piece in range(threads + 1)]
    arguments = (
        np.uint64(rng.integers(2**63)), labels, tokens, float(similarity), width,
        np.array([typos, dropped, swapped], float), float(cased), float(boilerplate), paragraph, draws,
        letters, bounds,
    )  # fmt: skip
    with team(threads) as run:
        run(_write_batches, starts, texts, arguments)
    return texts, labels


def adversarial_texts(chain=10_000, *, boilerplate=1_000, tokens=100, step=5, seed=0):
    """Make texts on which single linkage, or buckets without a limit, go wrong.

    Parameters
    ----------
    chain : int
        Texts of which each is like the next, while those at the ends have nothing in common: text k has words
        `step` · k to `step` · k + `tokens` of a sequence of different words.
    boilerplate : int
        Texts of which one half is the same in all of them, and the other in none.
    tokens : int
        Words a text has.
    step : int
        Words by which texts of the chain move on. Neighbours have a Jaccard similarity of
        (tokens - step) / (tokens + step), of their words.
    seed : int, None or random generator

    Returns
    -------
    texts : list of str, length chain + boilerplate
    labels : ndarray of int64, shape (chain + boilerplate,)
        0 for the chain, which comes first; another number for every other text.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.

    Examples
    --------
    >>> texts, labels = adversarial_texts(3, boilerplate=2, tokens=4, step=1)
    >>> [len(set(text.split()) & set(texts[0].split())) for text in texts[:3]], labels.tolist()
    ([4, 3, 2], [0, 0, 0, 1, 2])
    """
    chain, boilerplate = _count("chain", chain), _count("boilerplate", boilerplate)
    tokens, step = positive("tokens", tokens), positive("step", step)
    rng = np.random.default_rng(seed_value(seed))
    shared = tokens // 2
    own = tokens - shared
    sequence = chain * step + tokens
    words = _words(sequence + shared + boilerplate * own, rng)
    paragraph = words[sequence : sequence + shared]
    texts = [" ".join(words[start : start + tokens]) for start in range(0, chain * step, step)]
    for start in range(sequence + shared, len(words), own):
        texts.append(" ".join(words[start : start + own] + paragraph))
    labels = np.concatenate([np.zeros(chain, np.int64), np.arange(1, boilerplate + 1)])
    return texts, labels


def _count(name, value):
    try:
        number = index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise OptionError(f"{name} must be an integer from 0 on, not {value!r}")
    return number


def _labels(n, clustered, smallest, largest, rng):
    members = round(n * clustered)
    sizes = rng.integers(smallest, largest + 1, members // smallest + 1)
    # The last cluster takes what is left.
    sizes = np.minimum(sizes, np.maximum(members - np.cumsum(sizes) + sizes, 0))
    sizes = sizes[sizes > 0]
    labels = np.repeat(
        np.arange(len(sizes) + n - members), np.concatenate([sizes, np.ones(n - members, np.int64)])
    )
    rng.shuffle(labels)
    return labels


def _words(count, rng):
    """Different words, in random order."""
    letters, bounds = _vocabulary(count, rng)
    text = letters.tobytes().decode("ascii")
    words = [text[start:stop] for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist())]
    return [words[i] for i in rng.permutation(count).tolist()]


def _vocabulary(count, rng):
    """Letters of all words, the short ones first, and where each starts."""
    syllables = np.frombuffer("".join(c + v for c in _CONSONANTS for v in _VOWELS).encode(), np.uint8)
    syllables = rng.permutation(syllables.reshape(-1, 2))
    base = len(syllables)
    letters, lengths = [], []
    size = made = 0
    while made < count or not size:
        size += 1
        numbers = np.arange(min(count - made, base**size))
        digits = numbers[:, None] // base ** np.arange(size) % base
        letters.append(syllables[digits].reshape(-1))
        lengths.append(np.full(len(numbers), 2 * size))
        made += len(numbers)
    return np.concatenate(letters), np.concatenate([[0], np.cumsum(np.concatenate(lengths))])


def _write_batches(first, last, texts, arguments):
    for start in range(first, last, _BATCH):
        stop = min(start + _BATCH, last)
        written, ends = _write(start, stop, *arguments)
        text = written.tobytes().decode("ascii")
        at = 0
        for document, end in enumerate(ends.tolist(), start):
            texts[document] = text[at:end]
            at = end


@kernel
def _write(
    first,
    last,
    seed,
    labels,
    tokens,
    similarity,
    width,
    rates,
    cased,
    boilerplate,
    paragraph,
    draws,
    letters,
    bounds,
):
    """The texts of a batch, one behind the other, and where each ends."""
    longest = np.max(np.diff(bounds))
    written = np.empty((last - first) * (tokens + len(paragraph)) * (longest + 1), np.uint8)
    ends = np.empty(last - first, np.int64)
    words = np.empty(tokens + len(paragraph), np.int64)
    changes = np.empty(tokens, np.int8)
    at = 0
    for document in range(first, last):
        original = mix(seed + STEP * np.uint64(2 * labels[document] + 1))
        for k in range(tokens):
            original += STEP
            words[k] = draws[mix(original) % np.uint64(len(draws))]
        size = tokens
        original += STEP
        if uniform(original) < boilerplate:
            words[size : size + len(paragraph)] = paragraph
            size += len(paragraph)
        count = _shingles(words[:size], width)
        budget = np.int64(count * (1 - similarity) / (2 + 2 * similarity))
        if (count - 2 * budget) / (count + 2 * budget) < similarity:  # rounding
            budget -= 1
        state = mix(seed + STEP * np.uint64(2 * document))
        state = _choose_changes(state, rates, width, budget, changes)
        start = at
        for k in range(size):
            change = changes[k] if k < tokens else _KEPT
            if change == _DROPPED:
                continue
            word = words[k + 1] if change == _SWAPPED else words[k - 1] if change == _SECOND else words[k]
            at, state = _spell_out(word, change == _TYPO, cased, letters, bounds, state, written, at)
        if at > start:
            at -= 1  # the last space
        ends[document - first] = at
    return written[:at], ends


@kernel
def _shingles(words, width):
    """How many different ones there are."""
    count = max(len(words) - width, 0) + 1
    runs = np.empty(count, np.uint32)
    for k in range(count):
        value = np.uint64(0)
        for j in range(k, min(k + width, len(words))):
            value = mix(value + STEP + np.uint64(words[j]))
        runs[k] = np.uint32(value >> np.uint64(32))
    return _sorted_set(runs, count, np.empty(count + 1, np.int64), np.empty(count, np.uint32))


@kernel
def _choose_changes(state, rates, width, budget, changes):
    """One change a word at most, within the budget; from a random word on, so that none is preferred."""
    tokens = len(changes)
    changes[:] = _KEPT
    state += STEP
    start = np.int64(mix(state) % np.uint64(tokens))
    for step in range(tokens):
        k = (start + step) % tokens
        state += STEP
        chance = uniform(state)
        if changes[k] != _KEPT:
            continue
        if chance < rates[0] + rates[1]:
            if width <= budget:
                changes[k] = _TYPO if chance < rates[0] else _DROPPED
                budget -= width
        elif chance < rates[0] + rates[1] + rates[2] and k + 1 < tokens and changes[k + 1] == _KEPT:
            cost = width + 1 if width > 1 else 0
            if cost <= budget:
                changes[k] = _SWAPPED
                changes[k + 1] = _SECOND
                budget -= cost
    return state


@kernel
def _spell_out(word, typo, cased, letters, bounds, state, written, at):
    start = at
    for p in range(bounds[word], bounds[word + 1]):
        written[at] = letters[p]
        at += 1
    if typo:
        state += STEP
        bits = mix(state)
        place = start + np.int64((bits >> np.uint64(32)) % np.uint64(at - start))
        # One of the other 25 letters.
        letter = np.int64(written[place]) - 97 + 1 + np.int64((bits & np.uint64(0xFFFFFFFF)) % np.uint64(25))
        written[place] = 97 + letter % 26
    state += STEP
    if uniform(state) < cased:
        written[start] -= 32
    written[at] = 32
    return at + 1, state
