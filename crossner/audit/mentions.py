"""Mentions: what a test split shares with training data, types that contradict each other, types that are rare."""

from __future__ import annotations

from collections import Counter, defaultdict

from crossner.data.domains import SPLITS


def mentions_of(split) -> list[tuple[tuple[str, ...], str]]:
    """The words and the type of each mention of a split."""
    return [
        (sentence.tokens[span.start : span.end], span.type)
        for sentence in split.sentences
        for span in sentence.spans
    ]


def seen_mentions(domain, source=None) -> dict:
    """How many of the test split's mentions occur as mentions elsewhere.

    Parameters
    ----------
    domain : Domain
    source : Domain, optional

    Returns
    -------
    dict
        `mentions`, their number in test; and for `train`, `train+dev` and, with a source, `source train`:
        `same_type`, the percentage with the same words (case kept) and the same type there, and
        `any_type`, the percentage with the same words.
    """
    test = mentions_of(domain.test)
    train, dev = mentions_of(domain.train), mentions_of(domain.dev)
    places = {"train": train, "train+dev": train + dev}
    if source is not None:
        places["source train"] = mentions_of(source.train)
    result = {"mentions": len(test)}
    for name, known in places.items():
        typed, words = set(known), {words for words, _ in known}
        result[name] = {
            "same_type": _percent(sum(mention in typed for mention in test), len(test)),
            "any_type": _percent(sum(mention[0] in words for mention in test), len(test)),
        }
    return result


def _percent(part, whole):
    return round(100 * part / whole, 4) if whole else 0.0


def ambiguous_mentions(occurrences, *, text=False) -> dict:
    """Words that one domain gives more than one type, over all its splits.

    Parameters
    ----------
    occurrences : list of Occurrence
        Of one domain.
    text : bool
        Name the words, not only their places.

    Returns
    -------
    dict
        `mentions`, all of the domain; `minority`, those whose type is not the most frequent one of their
        words; and the `words` that have any, those with most first: `types` with their counts, `minority`,
        `places` (`start` and `end` count tokens from 0; `line` is that of the first token).
    """
    places = defaultdict(list)
    for occurrence in occurrences:
        for span in occurrence.sentence.spans:
            place = occurrence.place | {"line": occurrence.line + span.start, **span._asdict()}
            places[occurrence.sentence.tokens[span.start : span.end]].append(place)
    rows = []
    for words, found in places.items():
        types = Counter(place["type"] for place in found)
        if len(types) > 1:
            rows.append(
                {
                    **({"text": " ".join(words)} if text else {}),
                    "types": dict(types.most_common()),
                    "minority": len(found) - max(types.values()),
                    "places": found,
                }
            )
    rows.sort(key=lambda row: -row["minority"])
    return {
        "mentions": sum(map(len, places.values())),
        "minority": sum(row["minority"] for row in rows),
        "words": rows,
    }


def rare_types(domain, few) -> list[dict]:
    """Types with fewer than `few` mentions in the train split: `domain`, `type`, and mentions by split."""
    counts = {split.name: Counter(type_ for _, type_ in mentions_of(split)) for split in domain.splits}
    return [
        {"domain": domain.name, "type": type_, **{split: counts[split][type_] for split in SPLITS}}
        for type_ in domain.types
        if counts["train"][type_] < few
    ]
