"""Sentences that occur more than once: to the token, or nearly."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations


def group_by_tokens(occurrences) -> dict:
    """Occurrences by their token sequence, in order of the first."""
    groups = defaultdict(list)
    for occurrence in occurrences:
        groups[occurrence.sentence.tokens].append(occurrence)
    return dict(groups)


def conflicting_domains(group) -> list[str]:
    """Domains that tag the same tokens in two ways.

    Tags are compared within a domain only: another domain has other types.
    """
    tags = defaultdict(set)
    for occurrence in group:
        tags[occurrence.domain].add(occurrence.sentence.tags)
    return [domain for domain, different in tags.items() if len(different) > 1]


def exact_matrix(groups, files) -> list[list[int]]:
    """How many token sequences two splits share.

    Parameters
    ----------
    groups : iterable of list of Occurrence
    files : list of str
        The splits as `domain/split`.

    Returns
    -------
    list of list of int, shape (splits, splits)
        Each token sequence counts once. On the diagonal, the number of those that a split repeats.
    """
    matrix = _zeros(files)
    index = {file: position for position, file in enumerate(files)}
    for group in groups:
        where = [index[occurrence.file] for occurrence in group]
        distinct = sorted(set(where))
        for position in distinct:
            matrix[position][position] += where.count(position) > 1
        for left, right in combinations(distinct, 2):
            matrix[left][right] += 1
            matrix[right][left] += 1
    return matrix


def near_matrix(pairs, files) -> list[list[int]]:
    """How many pairs of near duplicates lie between two splits, or within one.

    Parameters
    ----------
    pairs : iterable of (float, list of Occurrence, list of Occurrence)
        What `near_duplicates` gives.
    files : list of str

    Returns
    -------
    list of list of int, shape (splits, splits)
        A pair of token sequences counts once for two splits, however often they occur there.
    """
    matrix = _zeros(files)
    index = {file: position for position, file in enumerate(files)}
    for _, left, right in pairs:
        between = {tuple(sorted((index[one.file], index[other.file]))) for one in left for other in right}
        for low, high in between:
            matrix[low][high] += 1
            if low != high:
                matrix[high][low] += 1
    return matrix


def _zeros(files):
    return [[0] * len(files) for _ in files]


def domain_counts(groups, names) -> dict:
    """Groups of identical sentences within each domain, over all its splits.

    Returns
    -------
    dict
        `{domain: {"groups", "conflicting"}}`: token sequences that occur at least twice in the domain, and
        those among them that are tagged in more than one way.
    """
    counts = {name: {"groups": 0, "conflicting": 0} for name in names}
    for group in groups:
        domains = [occurrence.domain for occurrence in group]
        for domain in set(domains):
            counts[domain]["groups"] += domains.count(domain) > 1
        for domain in conflicting_domains(group):
            counts[domain]["conflicting"] += 1
    return counts


def across_domains(groups, names) -> list[dict]:
    """Pairs of domains that share token sequences, in whatever splits, and how many."""
    counts = defaultdict(int)
    for group in groups:
        domains = {occurrence.domain for occurrence in group}
        for pair in combinations([name for name in names if name in domains], 2):
            counts[pair] += 1
    return [
        {"domains": list(pair), "sentences": count} for pair, count in sorted(counts.items(), key=lambda c: -c[1])
    ]
