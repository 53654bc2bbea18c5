"""One set of predictions scored under every protocol that published numbers come from.

A protocol says what is counted: `sentence_counts` gives for each sentence its credit and the number of
predicted and gold items, and everything else (F1, intervals, tests) is made of sums of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev
from weakref import WeakKeyDictionary

import numpy as np

from crossner.data.conll import check_tag
from crossner.data.spans import chunks_of
from crossner.data.types import Sentence
from crossner.errors import ConfigError, DataError
from crossner.scoring.leaks import leaked_sentences
from crossner.scoring.overlap import correct_slots, match_mentions
from crossner.scoring.surface import surface_mentions
from graphmining.errors import unknown

MISC = "misc"
VALUES = {
    "level": ("entity", "span", "token", "partial", "type", "muc"),
    "malformed": ("strict", "repair", "wrong"),
    "misc": ("in", "out", "own"),
    "match": ("offsets", "strings"),
    "sentences": ("all", "unleaked"),
}
_TEXTS = {
    "strict": "strict IOB2",
    "repair": "repaired IOB2",
    "wrong": "IOB2 with malformed pieces counted wrong,",
    "entity": "entity micro F1",
    "span": "span micro F1 whatever the type",
    "token": "token micro F1",
    "partial": "micro F1 with half credit for overlaps",
    "type": "micro F1 of overlaps with the right type",
    "muc": "micro F1 over MUC's slots TEXT and TYPE",
    "in": "misc included",
    "out": "misc left out",
    "own": "misc alone",
    "offsets": "offsets",
    "strings": "strings without offsets",
    "all": "all sentences",
    "unleaked": "without test sentences of train or dev",
}


@dataclass(frozen=True)
class Protocol:
    """How predictions are scored.

    Attributes
    ----------
    level : {"entity", "span", "token", "partial", "type", "muc"}
        What earns credit. entity: a mention with the right boundaries and type. span: one with the right
        boundaries. token: a token tagged with the right type, whatever the prefix. partial and type:
        nervaluate's schemes of that name (its `ent_type`); see `crossner.scoring.overlap.match_mentions`. muc:
        each right slot of two; see `crossner.scoring.overlap.correct_slots`. nervaluate's `strict` is entity,
        its `exact` is span.
    malformed : {"strict", "repair", "wrong"}
        What becomes of a predicted piece that opens with an I- tag. strict: it doesn't count (seqeval's strict
        IOB2 mode, SeqScore's "discard"). repair: it is an entity (conlleval, seqeval's default mode). wrong: it
        is a prediction that can't be right.
    misc : {"in", "out", "own"}
        Whether misc is one of the types, is dropped from gold and predictions alike, or is all that is left.
    match : {"offsets", "strings"}
        strings: the different (string, type) pairs of a sentence, wherever they stand; for levels entity and
        span. See `crossner.scoring.surface`.
    sentences : {"all", "unleaked"}
        unleaked: without test sentences whose tokens are a sentence of train or dev; see `kept_sentences`.

    Raises
    ------
    ConfigError
        If a value is unknown, or the level has no strings.
    """

    level: str = "entity"
    malformed: str = "strict"
    misc: str = "in"
    match: str = "offsets"
    sentences: str = "all"

    def __post_init__(self):
        for key, values in VALUES.items():
            if getattr(self, key) not in values:
                raise ConfigError(unknown(f"value of {key}", getattr(self, key), values))
        if self.match == "strings" and self.level not in ("entity", "span"):
            raise ConfigError(f"match=strings needs level=entity or level=span, not level={self.level}")


HEADLINE = Protocol()
_NAMED = {
    "headline": (HEADLINE, "exact entities, strict IOB2, misc included: what this project's tables show"),
    "repair": (
        Protocol(malformed="repair"),
        "a piece that opens with I- is an entity: conlleval, seqeval's default mode, the CrossNER paper's code",
    ),
    "wrong": (
        Protocol(malformed="wrong"),
        "a piece that opens with I- is a wrong prediction: the penalty that strict mode spares",
    ),
    "misc-out": (Protocol(misc="out"), "misc is dropped from gold and predictions, the rest as the headline"),
    "misc-alone": (Protocol(misc="own"), "the score of what misc-out drops; a part, not a way to score all"),
    "repair-misc-out": (Protocol(malformed="repair", misc="out"), "both: misc dropped, I- openings accepted"),
    "span": (Protocol(level="span"), "boundaries alone: finding mentions, whatever their type"),
    "token": (
        Protocol(level="token", malformed="repair"),
        "tokens tagged with the right type, whatever the prefix: NuNER Zero's model card",
    ),
    "partial": (Protocol(level="partial"), "half credit for a mention that overlaps: nervaluate's partial"),
    "type-overlap": (
        Protocol(level="type"),
        "full credit for a mention that overlaps and has the right type: nervaluate's ent_type",
    ),
    "muc": (Protocol(level="muc"), "boundaries and type as two slots, each with its own credit: MUC-6 and MUC-7"),
    "strings": (Protocol(match="strings"), "different (string, type) pairs of a sentence, without offsets"),
    "strings-misc-out": (
        Protocol(match="strings", misc="out"),
        "strings, misc dropped: UniversalNER and GNER (GoLLIE too, but it counts repeated strings)",
    ),
    "unleaked": (
        Protocol(sentences="unleaked"),
        "the headline without test sentences that stand in train or dev of the target or a source",
    ),
}
PROTOCOLS: dict[str, Protocol] = {name: protocol for name, (protocol, _) in _NAMED.items()}
DESCRIPTIONS: dict[str, str] = {name: text for name, (_, text) in _NAMED.items()}


def parse_protocol(text) -> Protocol:
    """A protocol from what a user writes.

    Parameters
    ----------
    text : str
        A name of `PROTOCOLS`, or `key=value` pairs apart by commas; what they don't say is as the headline.

    Raises
    ------
    ConfigError
        If it is neither; the message lists what is valid.

    Examples
    --------
    >>> parse_protocol("level=partial,misc=out")
    Protocol(level='partial', malformed='strict', misc='out', match='offsets', sentences='all')
    """
    if text in PROTOCOLS:
        return PROTOCOLS[text]
    if "=" not in text:
        keys = "; ".join(f"{key}={'|'.join(values)}" for key, values in VALUES.items())
        raise ConfigError(f"{unknown('protocol', text, PROTOCOLS)}; or pairs apart by commas of {keys}")
    options: dict[str, str] = {}
    for pair in text.split(","):
        key, _, value = (part.strip() for part in pair.partition("="))
        if key not in VALUES:
            raise ConfigError(unknown("key of a protocol", key, VALUES))
        if options.setdefault(key, value) != value:
            raise ConfigError(f"protocol {text!r} says two different things of {key}")
    return Protocol(**options)


def protocol_text(protocol) -> str:
    """What a protocol is, in a line.

    Examples
    --------
    >>> protocol_text(HEADLINE)
    'strict IOB2 entity micro F1, misc included, offsets, all sentences'
    """
    opening, *rest = (
        _TEXTS[getattr(protocol, key)] for key in ("malformed", "level", "misc", "match", "sentences")
    )
    return f"{opening} {', '.join(rest)}"


def sentence_counts(gold, predicted, protocol=HEADLINE) -> np.ndarray:
    """Credit, predicted and gold items of each sentence.

    F1 of any sum `credit, predicted, gold` of rows is `200 * credit / (predicted + gold)` percent.

    Parameters
    ----------
    gold : sequence of Sentence
    predicted : sequence of sequence of Chunk
        Of the same sentences.
    protocol : Protocol
        Whatever it says of `sentences`, there is a row for each; `answers_counts` leaves out leaked ones.

    Returns
    -------
    ndarray of float64, shape (sentences, 3)
        Items are mentions; with level token tokens, with muc slots, with strings different strings.
    """
    count = _counter(protocol)
    rows = [
        _count(count, sentence.tokens, *_select(sentence.spans, chunks, protocol))
        for sentence, chunks in zip(gold, predicted, strict=True)
    ]
    return np.array(rows, dtype=float).reshape(-1, 3)


def type_counts(gold, predicted, protocol=HEADLINE) -> dict[str, np.ndarray]:
    """`sentence_counts` among the mentions of each type alone.

    For levels entity and token they add up to those of all types. For partial, type and muc they don't: there
    a mention of one type may be paired with one of another.

    Parameters
    ----------
    gold : sequence of Sentence
    predicted : sequence of sequence of Chunk
    protocol : Protocol

    Returns
    -------
    dict of str to ndarray of float64, shape (sentences, 3)
        By type that occurs in gold or in what counts as predicted, alphabetical.

    Raises
    ------
    ConfigError
        With level span, where there are no types.
    """
    if protocol.level == "span":
        raise ConfigError("level=span has no types; choose another level for scores by type")
    count, result = _counter(protocol), {}
    for number, (sentence, chunks) in enumerate(zip(gold, predicted, strict=True)):
        selected = _select(sentence.spans, chunks, protocol)
        for type_ in {mention[2] for mentions in selected for mention in mentions}:
            of_type = ([mention for mention in mentions if mention[2] == type_] for mentions in selected)
            if type_ not in result:
                result[type_] = np.zeros((len(gold), 3))
            result[type_][number] = _count(count, sentence.tokens, *of_type)
    return dict(sorted(result.items()))


def _select(spans, chunks, protocol):
    """Gold mentions, those predicted, and predictions that can't be right."""
    if protocol.misc == "out":
        spans = [span for span in spans if span[2] != MISC]
        chunks = [chunk for chunk in chunks if chunk[2] != MISC]
    elif protocol.misc == "own":
        spans = [span for span in spans if span[2] == MISC]
        chunks = [chunk for chunk in chunks if chunk[2] == MISC]
    if protocol.malformed == "repair":
        return spans, [chunk[:3] for chunk in chunks], ()
    wrong = [chunk[:3] for chunk in chunks if not chunk[3]] if protocol.malformed == "wrong" else ()
    return spans, [chunk[:3] for chunk in chunks if chunk[3]], wrong


def _count(count, tokens, gold, predicted, wrong):
    credit, found, true = count(tokens, gold, predicted)
    return credit, found + count(tokens, (), wrong)[1] if wrong else found, true


def _counter(protocol):
    if protocol.match == "strings":
        return _count_strings if protocol.level == "entity" else _count_untyped_strings
    return _COUNTERS[protocol.level]


def _count_entities(_, gold, predicted):
    return len(set(gold).intersection(predicted)), len(predicted), len(gold)


def _count_spans(_, gold, predicted):
    places = {mention[:2] for mention in gold}
    return len(places.intersection(mention[:2] for mention in predicted)), len(predicted), len(gold)


def _count_tokens(_, gold, predicted):
    true, found = _typed_tokens(gold), _typed_tokens(predicted)
    return len(true & found), len(found), len(true)


def _typed_tokens(mentions):
    return {(place, type_) for start, end, type_ in mentions for place in range(start, end)}


def _count_partial(_, gold, predicted):
    return match_mentions(gold, predicted, "partial").credit, len(predicted), len(gold)


def _count_types(_, gold, predicted):
    return match_mentions(gold, predicted, "type").credit, len(predicted), len(gold)


def _count_slots(_, gold, predicted):
    return correct_slots(gold, predicted), 2 * len(predicted), 2 * len(gold)


def _count_strings(tokens, gold, predicted):
    true, found = surface_mentions(tokens, gold), surface_mentions(tokens, predicted)
    return len(true & found), len(found), len(true)


def _count_untyped_strings(tokens, gold, predicted):
    true, found = ({text for text, _ in surface_mentions(tokens, mentions)} for mentions in (gold, predicted))
    return len(true & found), len(found), len(true)


_COUNTERS = {
    "entity": _count_entities,
    "span": _count_spans,
    "token": _count_tokens,
    "partial": _count_partial,
    "type": _count_types,
    "muc": _count_slots,
}

# A mask needs the train and dev splits of all sources; every analysis of the same results asks for it.
_kept: WeakKeyDictionary = WeakKeyDictionary()


def kept_sentences(results, domain) -> np.ndarray:
    """Which test sentences of a target are not, token for token, a sentence of train or dev.

    Parameters
    ----------
    results : Results
    domain : str

    Returns
    -------
    ndarray of bool, shape (sentences,)
        One mask for all systems: train and dev are those of the target and of every source that a run on this
        target used, as in `crossner.report.deduplicated.deduplicate`. Read-only.
    """
    masks = _kept.setdefault(results, {})
    if domain not in masks:
        configs = [record["config"] for record in results.records]
        sources = {config.get("source") for config in configs if config["domain"] == domain} - {None}
        mask = np.ones(len(results.gold(domain)), dtype=bool)
        mask[leaked_sentences(results.dataset, domain, sorted(sources))] = False
        mask.setflags(write=False)
        masks[domain] = mask
    return masks[domain]


def answers_counts(results, answers, protocol=HEADLINE) -> np.ndarray:
    """`sentence_counts` of one run, without leaked sentences where the protocol says so.

    Parameters
    ----------
    results : Results
    answers : Answers
    protocol : Protocol

    Returns
    -------
    ndarray of float64, shape (sentences that count, 3)
        The same sentences for every run on this target.
    """
    counts = sentence_counts(results.gold(answers.domain), answers.chunks, protocol)
    return counts[kept_sentences(results, answers.domain)] if protocol.sentences == "unleaked" else counts


def protocol_rows(results, *, systems=None, protocols=None) -> list[dict]:
    """Scores of systems under protocols.

    Parameters
    ----------
    results : Results
    systems : sequence of str, optional
        Names; all by default.
    protocols : sequence of str, optional
        As for `parse_protocol`; all of `PROTOCOLS` by default.

    Returns
    -------
    list of dict
        `system`, `protocol`, `domain`; `mean` and `sd` of F1 over `n` seeds (sd None for one); `precision` and
        `recall`: means over seeds. In percent. Domain "average" is the mean over the table's targets
        within each seed that has them all, and is missing where none has.

    Raises
    ------
    ConfigError
        If there is no system or protocol of a name.
    """
    chosen = [results.system(name) for name in systems] if systems is not None else results.systems
    names = list(PROTOCOLS if protocols is None else protocols)
    parsed = {name: parse_protocol(name) for name in names}
    rows = []
    for system in chosen:
        for name, protocol in parsed.items():
            by_domain = {
                domain: {one.seed: _scores(answers_counts(results, one, protocol)) for one in answers}
                for domain, answers in system.answers.items()
            }
            complete = set.intersection(*(set(by_domain.get(domain, ())) for domain in results.targets))
            average = {
                seed: [fmean(values) for values in zip(*(by_domain[domain][seed] for domain in results.targets))]
                for seed in sorted(complete)
            }
            for domain, by_seed in (*by_domain.items(), ("average", average)):
                if by_seed:
                    rows.append({"system": system.name, "protocol": name, "domain": domain, **_summary(by_seed)})
    return rows


def _scores(counts) -> tuple[float, float, float]:
    """F1, precision and recall of a run in percent, rounded as in its record."""
    credit, predicted, gold = map(float, counts.sum(axis=0))
    return (
        round(200 * credit / (predicted + gold), 4) if predicted + gold else 0.0,
        round(100 * credit / predicted, 4) if predicted else 0.0,
        round(100 * credit / gold, 4) if gold else 0.0,
    )


def _summary(by_seed) -> dict:
    f1, precision, recall = zip(*by_seed.values(), strict=True)
    return {
        "mean": round(fmean(f1), 4),
        "sd": round(stdev(f1), 4) if len(f1) > 1 else None,
        "n": len(f1),
        "precision": round(fmean(precision), 4),
        "recall": round(fmean(recall), 4),
    }


def spread_rows(results, *, systems=None, protocols=None) -> list[dict]:
    """How far the F1 of the same predictions moves between protocols.

    Parameters
    ----------
    results : Results
    systems : sequence of str, optional
        Names; all by default.
    protocols : sequence of str, optional
        As for `parse_protocol`; by default those of `PROTOCOLS` that score all predictions, so not misc-alone.

    Returns
    -------
    list of dict
        `system`, `domain`; `min` and `max`: the lowest and the highest mean F1; `range`: their difference;
        `min_protocol`, `max_protocol`: whose they are (the first of equals).
    """
    if protocols is None:
        protocols = [name for name, protocol in PROTOCOLS.items() if protocol.misc != "own"]
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in protocol_rows(results, systems=systems, protocols=protocols):
        groups.setdefault((row["system"], row["domain"]), []).append(row)
    result = []
    for (system, domain), rows in groups.items():
        low, high = min(rows, key=lambda row: row["mean"]), max(rows, key=lambda row: row["mean"])
        result.append(
            {
                "system": system,
                "domain": domain,
                "min": low["mean"],
                "max": high["mean"],
                "range": round(high["mean"] - low["mean"], 4),
                "min_protocol": low["protocol"],
                "max_protocol": high["protocol"],
            }
        )
    return result


def score_protocols(gold_tags, predicted_tags, protocols=None, *, tokens=None) -> list[dict]:
    """Scores of tagged sentences under protocols.

    Parameters
    ----------
    gold_tags, predicted_tags : sequence of sequence of str
        IOB2 tags of the same sentences; a predicted I- tag may continue nothing.
    protocols : sequence of str, optional
        As for `parse_protocol`; by default all of `PROTOCOLS` that tags alone (and tokens, where given) suffice
        for: without train and dev there are no leaked sentences to leave out.
    tokens : sequence of sequence of str, optional
        The words, for protocols that compare strings.

    Returns
    -------
    list of dict
        `protocol`; `precision`, `recall`, `f1` in percent; `gold` and `predicted`: numbers of items.

    Raises
    ------
    ConfigError
        If a protocol is unknown or needs what is not given.
    DataError
        If the sentences differ in length, or a tag is not O, B-TYPE or I-TYPE.

    Examples
    --------
    >>> rows = score_protocols([["B-song", "I-song"]], [["O", "I-song"]], ["headline", "wrong", "token"])
    >>> [(row["protocol"], row["predicted"], round(row["f1"], 1)) for row in rows]
    [('headline', 0, 0.0), ('wrong', 1, 0.0), ('token', 1, 66.7)]
    """
    gold, predicted = _read_tags(gold_tags, predicted_tags, tokens)
    if protocols is None:
        protocols = [name for name, one in PROTOCOLS.items() if _lacking(one, tokens) is None]
    rows = []
    for name in protocols:
        protocol = parse_protocol(name)
        if _lacking(protocol, tokens):
            raise ConfigError(f"protocol {name!r} needs {_lacking(protocol, tokens)}, which tags don't have")
        counts = sentence_counts(gold, predicted, protocol)
        f1, precision, recall = _scores(counts)
        _, found, true = counts.sum(axis=0)
        rows.append(
            {
                "protocol": name,
                "precision": precision,
                "recall": recall,
                "f1": f1,
                "gold": int(true),
                "predicted": int(found),
            }
        )
    return rows


def _lacking(protocol, tokens) -> str | None:
    if protocol.sentences == "unleaked":
        return "train and dev splits"
    return "tokens" if protocol.match == "strings" and tokens is None else None


def _read_tags(gold_tags, predicted_tags, tokens):
    columns = [gold_tags, predicted_tags, *([] if tokens is None else [tokens])]
    if len({len(column) for column in columns}) > 1:
        raise DataError(
            f"the columns differ in their number of sentences: {', '.join(str(len(c)) for c in columns)}"
        )
    gold, predicted = [], []
    for number, (true, found, *words) in enumerate(zip(*columns, strict=True), start=1):
        if len({len(true), len(found), *map(len, words)}) > 1:
            raise DataError(f"the columns of sentence {number} differ in length")
        for tag in (*true, *found):
            check_tag(tag, None, f"sentence {number}", None)
        gold.append(Sentence(tuple(words[0] if words else true), tuple(true)))
        predicted.append(chunks_of(tuple(found)))
    return gold, predicted
