"""How much of their vocabulary domains share."""

from __future__ import annotations

from collections import Counter

SIZE = 5000
STOP_WORDS = "scikit-learn's English list"


def vocabulary_overlap(domains, *, size=SIZE) -> dict:
    """Overlap of the most frequent words of each two domains.

    A word is a token with a letter in it, in lower case, that is no stop word; counted over the labelled
    text of all splits. Each domain's vocabulary is its n most frequent words, where n is `size` or, if
    that is less, the number of different words of the domain that has fewest. The overlap is the number
    of words in both vocabularies as a percentage of n.

    At the end of such a list many words are equally frequent. Whichever order breaks the tie, it would
    choose the same words in both domains and make them look alike; so each of the tied words counts with
    the share of them that has room, which is the mean over all ways of choosing them in each domain.

    Parameters
    ----------
    domains : list of Domain
    size : int

    Returns
    -------
    dict
        `size` (n), `stop_words` (where they are from), `domains`, and `overlap`, a matrix in percent.

    Notes
    -----
    After Figure 2 of Gururangan et al. (arXiv:2004.10964), which Liu et al. (arXiv:2012.04373) drew for
    CrossNER. Theirs is made from large unlabelled corpora of each domain and is not comparable: in a
    small text, most of the n words occur once or twice, and chance decides which.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    counts = [word_counts(domain, ENGLISH_STOP_WORDS) for domain in domains]
    size = min(size, *map(len, counts))
    chosen = [top_words(count, size) for count in counts]
    return {
        "size": size,
        "stop_words": STOP_WORDS,
        "domains": [domain.name for domain in domains],
        "overlap": [[100.0 if one is other else _overlap(one, other, size) for other in chosen] for one in chosen],
    }


def word_counts(domain, stop_words=frozenset()) -> Counter:
    """How often each word occurs in a domain, in all splits together."""
    words = (t.lower() for split in domain.splits for sentence in split.sentences for t in sentence.tokens)
    return Counter(word for word in words if word not in stop_words and any(map(str.isalpha, word)))


def top_words(counts, size) -> dict[str, float]:
    """The most frequent words; tied ones with the share of them that has room.

    Examples
    --------
    >>> top_words(Counter(band=3, song=1, hall=1), 2)
    {'band': 1.0, 'song': 0.5, 'hall': 0.5}
    """
    if not size:
        return {}
    limit = sorted(counts.values(), reverse=True)[size - 1]
    above = {word: 1.0 for word, count in counts.items() if count > limit}
    tied = [word for word, count in counts.items() if count == limit]
    return above | dict.fromkeys(tied, (size - len(above)) / len(tied))


def _overlap(one, other, size):
    return round(100 * sum(share * other.get(word, 0.0) for word, share in one.items()) / max(size, 1), 4)
