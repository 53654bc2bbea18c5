"""Strata of mentions: hand-counted ones, sums that give the headline, and F1 by seqeval of a bucket alone."""

from dataclasses import replace
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

import crossner
from crossner.audit.mentions import seen_mentions
from crossner.data.spans import Chunk, chunks_of, spans_of, tags_of
from crossner.data.types import Domain, Sentence, Split
from crossner.errors import ConfigError
from crossner.results import Results
from crossner.scoring.generalisation import VIEWS, generalisation_rows, strata_counts, train_sentences
from crossner.scoring.significance import bootstrap
from crossner.scoring.spans import span_counts

SYSTEMS = [
    {"seeds": [1, 2, 3], "error": 0.4},
    {"regime": "joint", "source": "news", "seeds": [1, 2], "orphans": 0.3},
    {"regime": "pretrain-finetune", "source": "music", "seeds": [1], "domains": ["politics", "ai"]},
    {"shots": 20, "seeds": [1, 2], "domains": ["ai"]},
    {"domains": ["news"]},
]


@pytest.fixture(scope="module")
def results(write_runs, tmp_path_factory):
    return Results([write_runs(tmp_path_factory.mktemp("runs"), SYSTEMS)])


def sentence(text, *spans):
    tokens = tuple(text.split())
    return Sentence(tokens, tuple(tags_of([Chunk(*span, True) for span in spans], len(tokens))))


def totals(view, gold, predicted, **context):
    """Non-empty buckets with true positives, predicted and gold spans."""
    found = [[Chunk(*span, True) for span in spans] for spans in predicted]
    counts = strata_counts(gold, found, view, **context)
    assert counts.shape == (len(VIEWS[view].buckets), len(gold), 3)
    sums = zip(VIEWS[view].buckets, counts.sum(axis=1).tolist(), strict=True)
    return {bucket: row for bucket, row in sums if any(row)}


TRAIN = [
    sentence("Ada Lovelace met Paris", (0, 2, "person"), (3, 4, "person")),
    sentence("Paris in May", (0, 1, "location")),
]
GOLD = [
    sentence("Paris saw Ada Lovelace and paris", (0, 1, "location"), (2, 4, "person"), (5, 6, "location")),
    sentence("Paris Ada", (0, 1, "event"), (1, 2, "person")),
]
# Right; right; a person who is seen with that type; a boundary error; a spurious one.
FOUND = [
    [(0, 1, "location"), (2, 4, "person")],
    [(0, 1, "person"), (1, 2, "location")],
]


def test_a_mention_is_seen_by_its_own_words_and_type():
    assert totals("seen-target", GOLD, FOUND, train=TRAIN) == {
        "seen, same type": [2, 3, 2],
        "seen, other type": [0, 0, 1],  # Paris as an event
        "unseen": [0, 1, 2],  # "paris" differs in case, Ada alone is no mention of train
    }


def test_the_source_is_what_a_mention_is_looked_up_in():
    split = Split("train", tuple(TRAIN), "")
    source = Domain("news", ("person", "location"), split, split, split)
    assert totals("seen-source", GOLD, FOUND, source=source) == totals("seen-target", GOLD, FOUND, train=TRAIN)
    assert totals("new-types", GOLD, FOUND, source=source) == {
        "shared with the source": [2, 4, 4],
        "new in the target": [0, 0, 1],
    }


@pytest.mark.parametrize(
    ("length", "bucket"), [(1, "1 token"), (2, "2 tokens"), (3, "3 tokens"), (4, "4+ tokens"), (9, "4+ tokens")]
)
def test_mentions_by_length(length, bucket):
    gold = [sentence("x " * 10, (0, length, "song"))]
    assert totals("mention-length", gold, [[(1, 1 + length, "song")]]) == {bucket: [0, 1, 1]}


@pytest.mark.parametrize(
    ("length", "bucket"),
    [
        *((1, "≤ 20 tokens"), (20, "≤ 20 tokens"), (21, "21–30 tokens"), (30, "21–30 tokens")),
        *((31, "31–45 tokens"), (45, "31–45 tokens"), (46, "> 45 tokens"), (200, "> 45 tokens")),
    ],
)
def test_mentions_by_sentence(length, bucket):
    assert totals("sentence-length", [sentence("x " * length, (0, 1, "song"))], [[]]) == {bucket: [0, 0, 1]}


@pytest.mark.parametrize(
    ("times", "bucket"),
    [
        *((0, "0 mentions"), (1, "1–9 mentions"), (9, "1–9 mentions"), (10, "10–29 mentions")),
        *((29, "10–29 mentions"), (30, "30–99 mentions"), (99, "30–99 mentions"), (100, "100+ mentions")),
    ],
)
def test_mentions_by_frequency_of_their_type(times, bucket):
    train = [sentence("x y", (0, 1, "song"), (1, 2, "band"))] * times
    assert totals("type-frequency", [sentence("z", (0, 1, "song"))], [[(0, 1, "song")]], train=train) == {
        bucket: [1, 1, 1]
    }


SOURCE = crossner.load("sample").domain("news")
WORDS, TYPES = ["Ada", "Bo", "Paris"], ["person", "location", "song"]
TAGS = st.sampled_from(["O", *(f"{prefix}-{type_}" for prefix in "BI" for type_ in TYPES)])


@st.composite
def tagged(draw):
    """Sentences with well-formed gold tags, and any tags as predictions."""
    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=5))
    gold, predicted = [], []
    for length in lengths:
        words = draw(st.lists(st.sampled_from(WORDS), min_size=length, max_size=length))
        tags = draw(st.lists(TAGS, min_size=length, max_size=length))
        gold.append(Sentence(tuple(words), tuple(tags_of([Chunk(*s, True) for s in spans_of(tags)], length))))
        predicted.append(draw(st.lists(TAGS, min_size=length, max_size=length)))
    return gold, predicted


@settings(deadline=None, max_examples=40)
@given(tagged(), tagged(), st.randoms(use_true_random=False))
def test_buckets_add_up_to_the_headline_and_follow_their_sentences(pair, other, rng):
    (gold, predicted), (train, _) = pair, other
    chunks = [chunks_of(tags) for tags in predicted]
    order = list(range(len(gold)))
    rng.shuffle(order)
    for view in VIEWS:
        counts = strata_counts(gold, chunks, view, train=train, source=SOURCE)
        assert np.array_equal(counts.sum(axis=0), span_counts(gold, predicted))
        assert (counts[..., 0] <= counts[..., 1:].min(axis=-1)).all()
        shuffled = [[one[place] for place in order] for one in (gold, chunks)]
        moved = strata_counts(*shuffled, view, train=train, source=SOURCE)
        assert np.array_equal(moved, counts[:, order])


def independent_bucket(view, sentences, source, tokens, span):
    """The bucket's number, told by lists in place of look-ups."""
    mentions = [(s.tokens[a:b], t) for s in sentences for a, b, t in s.spans]
    if view == "seen-source":
        mentions = [(s.tokens[a:b], t) for s in source.train.sentences for a, b, t in s.spans]
    if view.startswith("seen"):
        words = tokens[span.start : span.end]
        return 0 if (words, span.type) in mentions else 1 if words in [w for w, _ in mentions] else 2
    if view == "new-types":
        return int(span.type not in source.types)
    if view == "mention-length":
        return [1, 2, 3].index(span.end - span.start) if span.end - span.start < 4 else 3
    if view == "type-frequency":
        count = [t for _, t in mentions].count(span.type)
        return sum(count >= limit for limit in (1, 10, 30, 100))
    return sum(len(tokens) > limit for limit in (20, 30, 45))


def tags_in_bucket(results, view, answers, source, number):
    """Gold and predicted tags with only the spans of a bucket left, for seqeval."""
    train = train_sentences(results, answers)
    gold, predicted = [], []
    for true, chunks in zip(results.gold(answers.domain), answers.chunks, strict=True):
        for spans, tags in ((true.spans, gold), ([c for c in chunks if c.opened], predicted)):
            kept = [
                Chunk(*span[:3], True)
                for span in spans
                if independent_bucket(view, train, source, true.tokens, span) == number
            ]
            tags.append(tags_of(kept, len(true)))
    return gold, predicted


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_rows_are_what_seqeval_says_of_the_mentions_of_a_bucket(results, view):
    few, joint = "direct · 20 sentences", "joint · from news"
    rows = generalisation_rows(results, view, systems=[few, joint], domains=["ai", "music"], resamples=0)
    assert [(row["system"], row["domain"]) for row in rows[:: len(VIEWS[view].buckets)]] == [
        *((few, "ai"), (joint, "ai"), (joint, "music"), (joint, "all")),
    ]
    for row in rows:
        if row["domain"] == "all":
            continue
        number = VIEWS[view].buckets.index(row["bucket"])
        expected = {"mean": [], "precision": [], "recall": [], "gold": [], "predicted": []}
        for answers in results.system(row["system"]).answers[row["domain"]]:
            pair = tags_in_bucket(results, view, answers, results.dataset.domain("news"), number)
            true, found = (sum(tag.startswith("B") for tags in side for tag in tags) for side in pair)
            expected["gold"].append(true)
            expected["predicted"].append(found)
            for key, there, metric in (
                *(("mean", true + found, f1_score), ("precision", found, precision_score)),
                ("recall", true, recall_score),
            ):
                if there:
                    value = metric(*pair, mode="strict", scheme=IOB2, zero_division=0) if true and found else 0
                    expected[key].append(100 * float(value))
        for key, values in expected.items():
            assert row[key] == (pytest.approx(fmean(values), abs=1e-3) if values else None)
        scores = expected["mean"]
        assert row["n"] == len(scores)
        assert row["sd"] == (pytest.approx(stdev(scores), abs=1e-3) if len(scores) > 1 else None)


def test_all_domains_are_their_counts_added_up(results):
    domains, view = ["politics", "ai"], "mention-length"
    rows = generalisation_rows(results, view, resamples=0, domains=domains)
    pooled = {row["system"] for row in rows if row["domain"] == "all"}
    assert pooled == {"direct", "joint · from news", "pretrain-finetune · from music"}  # these have both
    for name in pooled:
        runs = [results.system(name).answers[domain] for domain in domains]
        by_seed = np.zeros((len(runs[0]), len(VIEWS[view].buckets), 3))
        for answers in runs:
            assert [one.seed for one in answers] == [one.seed for one in runs[0]]
            by_seed += [strata_counts(results.gold(a.domain), a.chunks, view).sum(axis=1) for a in answers]
        for number, row in enumerate([r for r in rows if r["system"] == name and r["domain"] == "all"]):
            scores = [200 * hit / (found + true) for hit, found, true in by_seed[:, number]]
            assert row["mean"] == pytest.approx(fmean(scores), abs=1e-3)
            assert row["gold"] == by_seed[0, number, 2]


def test_each_seed_sorts_by_the_sentences_it_used(results):
    view, system = "type-frequency", results.system("direct · 20 sentences")
    rows = generalisation_rows(results, view, systems=[system.name], resamples=0)
    trains = [train_sentences(results, answers) for answers in system.answers["ai"]]
    assert [len(train) for train in trains] == [20, 20]
    gold = results.gold("ai")
    by_seed = [
        strata_counts(gold, [()] * len(gold), view, train=train)[..., 2].sum(axis=1).tolist() for train in trains
    ]
    assert by_seed[0] != by_seed[1]
    assert [row["domain"] for row in rows] == ["ai"] * len(VIEWS[view].buckets)
    assert [row["gold"] for row in rows] == [fmean(pair) for pair in zip(*by_seed, strict=True)]


def test_sentences_that_are_not_known_are_not_taken_for_all(write_runs, tmp_path):
    """An imported run says how many train sentences it used, not which."""
    results = Results([write_runs(tmp_path, [{"shots": 5}, {"seeds": [1, 2]}])])
    few = next(system for system in results.systems if system.shots)
    for runs in few.answers.values():
        assert all(len(answers.train) == 5 for answers in runs)
    unknown = {domain: tuple(replace(one, train=None) for one in runs) for domain, runs in few.answers.items()}
    results.systems = tuple(replace(one, answers=unknown) if one is few else one for one in results.systems)
    for view, options in VIEWS.items():
        shown = {row["system"] for row in generalisation_rows(results, view, resamples=0)}
        assert shown == {"direct"} if options.needs_train else {"direct", few.name}
    assert [view for view, options in VIEWS.items() if options.needs_train] == ["seen-target", "type-frequency"]


def test_the_source_is_the_systems_own_or_the_default(results):
    rows = generalisation_rows(results, "new-types", domains=["ai", "news"], resamples=0)
    gold = {(row["system"], row["bucket"]): row["gold"] for row in rows if row["domain"] == "ai"}
    spans = [span.type for one in results.gold("ai") for span in one.spans]
    for system, source in (("direct", "news"), ("joint", "news"), ("pretrain-finetune · from music", "music")):
        name = next(one.name for one in results.systems if one.name.startswith(system) and one.shots is None)
        types = results.dataset.domain(source).types
        assert gold[name, "shared with the source"] == sum(type_ in types for type_ in spans)
    assert not [row for row in rows if row["domain"] == "news"]  # its own source
    assert {row["domain"] for row in generalisation_rows(results, "mention-length", resamples=0)} >= {"news"}


def test_intervals_are_those_of_the_bootstrap(results):
    rows = generalisation_rows(results, "mention-length", domains=["music"], resamples=200, seed=5)
    system = results.system("direct")
    counts = np.stack(
        [strata_counts(results.gold("music"), a.chunks, "mention-length") for a in system.answers["music"]]
    )
    for number, row in enumerate([row for row in rows if row["system"] == system.name]):
        expected = bootstrap(counts[:, number], resamples=200, seed=5)
        assert (row["mean"], row["low"], row["high"]) == pytest.approx(
            (expected.mean, expected.low, expected.high), abs=1e-3
        )
        assert row["low"] <= row["mean"] <= row["high"]


def test_no_resamples_give_no_interval_and_empty_buckets_no_score(results):
    rows = generalisation_rows(results, "sentence-length", systems=["joint · from news"], resamples=0)
    assert {(row["low"], row["high"]) for row in rows} == {(None, None)}
    rows = generalisation_rows(results, "sentence-length", systems=["joint · from news"], resamples=20)
    empty = [row for row in rows if row["gold"] == row["predicted"] == 0]
    assert empty
    for row in empty:
        assert [row[key] for key in ("mean", "sd", "low", "high", "precision", "recall")] == [None] * 6
        assert row["n"] == 0


@pytest.mark.parametrize(
    ("view", "options", "words"),
    [
        ("seen-targets", {}, "unknown view 'seen-targets'; did you mean 'seen-target'"),
        ("seen-target", {"systems": ["jointly"]}, "unknown system 'jointly'"),
        ("seen-target", {"domains": ["musik"]}, "unknown domain 'musik'"),
        ("seen-target", {"resamples": -1}, "resamples"),
    ],
)
def test_bad_options(results, view, options, words):
    with pytest.raises(ConfigError, match=words):
        generalisation_rows(results, view, **options)


def test_bad_counts():
    with pytest.raises(ConfigError, match="new-types needs a source"):
        strata_counts(GOLD, [[], []], "new-types")
    with pytest.raises(ConfigError, match="2 sentences of gold spans, but 1"):
        strata_counts(GOLD, [[]], "mention-length")


@pytest.fixture(scope="module")
def real(real_folder):
    return crossner.load(real_folder)


@pytest.mark.parametrize("domain", ["politics", "science", "music", "literature", "ai"])
def test_shares_of_seen_mentions_are_those_of_the_audit(real, domain):
    target = real.domain(domain)
    audited, nothing = seen_mentions(target), [()] * len(target.test)
    counts = strata_counts(target.test.sentences, nothing, "seen-target", train=target.train.sentences)
    same, other, _ = 100 * counts[..., 2].sum(axis=1) / audited["mentions"]
    assert audited["train"] == pytest.approx({"same_type": same, "any_type": same + other}, abs=1e-3)
    assert 14 <= round(same) <= 22


def test_shares_of_mentions_seen_in_the_source_are_those_of_the_audit(real):
    target, source = real.domain("ai"), real.domain("conll2003")
    audited, nothing = seen_mentions(target, source), [()] * len(target.test)
    counts = strata_counts(target.test.sentences, nothing, "seen-source", source=source)
    same, other, _ = 100 * counts[..., 2].sum(axis=1) / audited["mentions"]
    assert audited["source train"] == pytest.approx({"same_type": same, "any_type": same + other}, abs=1e-3)
