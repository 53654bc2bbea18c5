"""Audit a data set: leaks between splits, labels that contradict each other, rare types, shared words."""

from __future__ import annotations

from crossner.errors import ConfigError


def audit(dataset, *, few=10, similarity=0.8, text=False) -> dict:
    """Look for what makes scores on a data set better or worse than they should be.

    Parameters
    ----------
    dataset : Dataset
    few : int
        A type with fewer mentions than this in train is reported as rare.
    similarity : float
        Sentences that are alike to at least this degree are near duplicates
        (`crossner.audit.near.near_duplicates` says what is compared).
    text : bool
        Put the words into the result, not only their places. CrossNER's text is not ours to pass on.

    Returns
    -------
    dict
        All JSON. `data`: `name`, `revision`; `options`; `splits`: names of the files, in the order of the
        matrices; `duplicates`: `exact` and `near` (matrices over the splits), `domains`, `across`,
        `groups`, `near_pairs`; `seen`, `ambiguous`: by domain; `rare`; `vocabulary`. Sentences and tokens
        are numbered from 0, as in stored predictions, lines from 1.

    Raises
    ------
    ConfigError
        If an option is out of range.
    DataError
        If a file is missing or malformed.

    Examples
    --------
    >>> from crossner.data.dataset import load
    >>> audit(load("sample"))["duplicates"]["domains"]["music"]
    {'groups': 0, 'conflicting': 0}
    """
    from crossner.audit import mentions
    from crossner.audit.corpus import occurrences
    from crossner.audit.vocabulary import vocabulary_overlap

    if few < 0:
        raise ConfigError(f"--few {few}: a number of mentions is expected, 0 or more")
    if not 0.5 <= similarity <= 1:
        raise ConfigError(f"--similarity {similarity:g}: a number from 0.5 to 1 is expected")
    domains = [dataset.domain(name) for name in dataset.names]
    source = dataset.domain(dataset.source) if dataset.source else None
    corpus = occurrences(dataset)
    files = [f"{domain.name}/{split.name}" for domain in domains for split in domain.splits]
    return {
        "data": {"name": dataset.name, "revision": dataset.revision},
        "options": {"few": few, "similarity": similarity},
        "splits": files,
        "duplicates": _duplicates(corpus, dataset.names, files, similarity, text),
        "seen": {
            domain.name: mentions.seen_mentions(domain, None if domain is source else source) for domain in domains
        },
        "ambiguous": {
            name: mentions.ambiguous_mentions([o for o in corpus if o.domain == name], text=text)
            for name in dataset.names
        },
        "rare": [row for domain in domains for row in mentions.rare_types(domain, few)],
        "vocabulary": vocabulary_overlap(domains),
    }


def _duplicates(corpus, names, files, similarity, text):
    from crossner.audit import duplicates
    from crossner.audit.near import near_duplicates

    by_tokens = duplicates.group_by_tokens(corpus)
    groups = [group for group in by_tokens.values() if len(group) > 1]
    pairs = near_duplicates(list(by_tokens.values()), similarity)
    return {
        "exact": duplicates.exact_matrix(groups, files),
        "near": duplicates.near_matrix(pairs, files),
        "domains": duplicates.domain_counts(groups, names),
        "across": duplicates.across_domains(groups, names),
        "groups": [
            {
                **({"text": group[0].text} if text else {}),
                "conflicting": duplicates.conflicting_domains(group),
                "places": [occurrence.place for occurrence in group],
            }
            for group in groups
        ],
        "near_pairs": [
            {
                "similarity": round(value, 4),
                **({"texts": [left[0].text, right[0].text]} if text else {}),
                "places": [[occurrence.place for occurrence in side] for side in (left, right)],
            }
            for value, left, right in pairs
        ],
    }
