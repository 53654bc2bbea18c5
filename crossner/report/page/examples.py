"""Sentences with gold and predicted spans, packed for the page's script."""

from __future__ import annotations

import json

SIZE = 4_000_000  # bytes of JSON that the examples may take


def examples(results, systems, *, size=SIZE) -> dict:
    """Test sentences and what one run of each system did on them.

    Parameters
    ----------
    results : Results
    systems : list of System
        Of each its first seed is shown.
    size : int
        Bytes that all may take as JSON; beyond that, of each domain the last sentences are left out.

    Returns
    -------
    dict
        `types`: all names; `kinds`: of `crossner.scoring.errors`; `domains`: `name`, `types` (numbers),
        `tokens` (a text a sentence, or a list where a token holds a space); `systems`: `name`, `domains`
        (a list in the order of `domains`, None without a run): `seed` and `findings`, for each sentence
        `[kind, gold, predicted]` with spans as `[start, end, type]` (for correct ones once); `left_out`: a
        sentence, or None.
    """
    from crossner.scoring.errors import KINDS, findings_of

    names: dict[str, int] = {}

    def number(name):
        return names.setdefault(name, len(names))

    def pack(span):
        return None if span is None else [span.start, span.end, number(span.type)]

    def pack_finding(finding):
        spans = [pack(finding.gold), pack(finding.predicted)]
        return [KINDS.index(finding.kind), *(spans[:1] if finding.kind == "correct" else spans)]

    domains = []
    for name in results.domains:
        sentences = results.gold(name)
        spaced = any(" " in token for sentence in sentences for token in sentence.tokens)
        domains.append(
            {
                "name": name,
                "types": [number(one) for one in results.dataset.domain(name).types],
                "tokens": [list(one.tokens) if spaced else " ".join(one.tokens) for one in sentences],
            }
        )
    packed = []
    for system in systems:
        by_domain = []
        for domain in domains:
            runs = system.answers.get(domain["name"])
            findings = findings_of(results, runs[0]) if runs else None
            by_domain.append(
                findings
                and {
                    "seed": runs[0].seed,
                    "findings": [[pack_finding(one) for one in sentence] for sentence in findings],
                }
            )
            if findings:
                seen = {span[2] for rows in by_domain[-1]["findings"] for row in rows for span in row[1:] if span}
                domain["types"] += sorted(seen.difference(domain["types"]))
        packed.append({"name": system.name, "domains": by_domain})
    result = {"kinds": list(KINDS), "domains": domains, "systems": packed, "types": list(names), "left_out": None}
    return _cut(result, size)


def _cut(result, size):
    whole = len(json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode())
    if whole <= size:
        return result
    share = size / whole
    total = kept = 0
    for index, domain in enumerate(result["domains"]):
        # By bytes, as sentences differ in length.
        costs = [
            len(
                json.dumps(
                    [
                        text,
                        [
                            one["domains"][index] and one["domains"][index]["findings"][row]
                            for one in result["systems"]
                        ],
                    ],
                    ensure_ascii=False,
                ).encode()
            )
            for row, text in enumerate(domain["tokens"])
        ]
        room, count = share * 0.97 * sum(costs), 0
        while count < len(costs) and room >= costs[count]:
            room -= costs[count]
            count += 1
        total, kept = total + len(costs), kept + count
        domain["tokens"] = domain["tokens"][:count]
        for system in result["systems"]:
            if system["domains"][index]:
                system["domains"][index]["findings"] = system["domains"][index]["findings"][:count]
    result["left_out"] = (
        f"To keep the page small it holds {kept:,} of {total:,} sentences, of each domain the first."
    )
    return result
