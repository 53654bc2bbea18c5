"""Every protocol against whoever scores that way: seqeval, nervaluate, the token scores, brute force."""

import itertools
import json
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate import Evaluator

from crossner.data.dataset import load
from crossner.data.spans import Chunk, chunks_of
from crossner.data.types import Sentence
from crossner.errors import ConfigError, DataError
from crossner.report.deduplicated import deduplicate
from crossner.results import Results
from crossner.scoring.protocols import (
    DESCRIPTIONS,
    HEADLINE,
    PROTOCOLS,
    VALUES,
    Protocol,
    answers_counts,
    kept_sentences,
    parse_protocol,
    protocol_rows,
    protocol_text,
    score_protocols,
    sentence_counts,
    spread_rows,
    type_counts,
)
from crossner.scoring.score import score
from crossner.scoring.surface import normalise
from crossner.transfer.store import Store

RESULTS = Path(__file__).parents[3] / "results" / "crossner"
TYPES = ["band", "song", "misc"]
LEVELS = VALUES["level"]
ALL = [
    Protocol(level, malformed, misc, match)
    for level, malformed, misc, match in itertools.product(*(VALUES[k] for k in list(VALUES)[:4]))
    if match == "offsets" or level in ("entity", "span")
]

words = st.sampled_from(["The", "the", "Kinks", "kinks", "Lola", "!", "a"])
tags = st.sampled_from(["O", *(f"{prefix}-{type_}" for prefix in "BI" for type_ in TYPES)])


def well_formed(row):
    """The same tags, where an I- tag that continues nothing opens with B-."""
    return [
        tag.replace("I-", "B-") if tag.startswith("I-") and before[2:] != tag[2:] else tag
        for before, tag in zip(["O", *row], row, strict=False)
    ]


rows = st.lists(st.tuples(words, tags, tags), min_size=1, max_size=9)
corpora = st.lists(rows, min_size=1, max_size=5)


def columns_of(corpus):
    """Tokens, gold tags and predicted tags."""
    tokens, gold, predicted = zip(*(zip(*sentence, strict=True) for sentence in corpus), strict=True)
    return tokens, [well_formed(row) for row in gold], [list(row) for row in predicted]


def read(corpus):
    tokens, gold, predicted = columns_of(corpus)
    sentences = [Sentence(*pair) for pair in zip(tokens, map(tuple, gold), strict=True)]
    return sentences, [tuple(chunks_of(row)) for row in predicted]


def f1(counts):
    credit, predicted, gold = counts.sum(axis=0)
    return 200 * credit / (predicted + gold) if predicted + gold else 0.0


def case(gold, predicted, tokens=None):
    """A sentence of such tags."""
    gold, predicted = gold.split(), predicted.split()
    return [Sentence(tuple(tokens or gold), tuple(gold))], [chunks_of(predicted)]


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_modes_are_seqevals_and_tokens_those_of_score(corpus):
    _, gold, predicted = columns_of(corpus)
    expected, (sentences, chunks) = score(gold, predicted), read(corpus)
    for mode, protocol in (("strict", HEADLINE), ("default", Protocol(malformed="repair"))):
        counts = sentence_counts(sentences, chunks, protocol)
        credit, found, true = counts.sum(axis=0)
        assert f1(counts) == pytest.approx(expected[mode]["f1"], abs=1e-4)
        assert (credit / found if found else 0) == pytest.approx(expected[mode]["precision"] / 100, abs=1e-6)
        assert (credit / true if true else 0) == pytest.approx(expected[mode]["recall"] / 100, abs=1e-6)
    tokens = sentence_counts(sentences, chunks, PROTOCOLS["token"])
    assert f1(tokens) == pytest.approx(expected["tokens"]["f1"], abs=1e-4)


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_types_are_seqevals(corpus):
    _, gold, predicted = columns_of(corpus)
    found = type_counts(*read(corpus), HEADLINE)
    assert {name: pytest.approx(row["f1"], abs=1e-4) for name, row in score(gold, predicted)["types"].items()} == {
        name: f1(counts) for name, counts in found.items()
    }


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_overlaps_on_tags_are_nervaluates_with_openings_repaired(corpus):
    _, gold, predicted = columns_of(corpus)
    theirs = Evaluator(gold, predicted, tags=TYPES, loader="list").evaluate()
    for level, scheme in (("partial", "partial"), ("type", "ent_type"), ("entity", "strict"), ("span", "exact")):
        protocol = Protocol(level, malformed="repair")
        assert f1(sentence_counts(*read(corpus), protocol)) == pytest.approx(100 * theirs["overall"][scheme].f1)
        if level != "span":
            assert {name: f1(counts) for name, counts in type_counts(*read(corpus), protocol).items()} == {
                name: pytest.approx(100 * results[scheme].f1) for name, results in theirs["entities"].items()
            }


def brute_force_strings(corpus, typed):
    """Each different (string, type) of the one side looked up in the other, as UniversalNER's script does."""
    counts = []
    for sentence, chunks in zip(*read(corpus), strict=True):
        sides = []
        for mentions in (sentence.spans, [chunk for chunk in chunks if chunk.opened]):
            side = []
            for start, end, type_, *_ in mentions:
                item = (normalise(" ".join(sentence.tokens[start:end])), type_ if typed else None)
                if item not in side:
                    side.append(item)
            sides.append(side)
        true, found = sides
        counts.append([sum(item in true for item in found), len(found), len(true)])
    return counts


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_strings_are_those_of_brute_force(corpus):
    for level in ("entity", "span"):
        counts = sentence_counts(*read(corpus), Protocol(level, match="strings"))
        assert counts.tolist() == brute_force_strings(corpus, level == "entity")


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_what_misc_out_leaves_out_is_misc_alone(corpus):
    for level, malformed in itertools.product(("entity", "token"), VALUES["malformed"]):
        counted = {m: sentence_counts(*read(corpus), Protocol(level, malformed, m)) for m in VALUES["misc"]}
        np.testing.assert_array_equal(counted["in"], counted["out"] + counted["own"])


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_misc_out_is_the_score_without_those_tags(corpus):
    def without(tags):
        return ["O" if tag.endswith("-misc") else tag for tag in tags]

    for protocol in ALL:
        if protocol.misc == "out":
            stripped = [
                [(w, *without((g, p))) for w, g, p in zip(*s, strict=True)] for s in zip(*columns_of(corpus))
            ]
            expected = sentence_counts(
                *read(stripped), Protocol(protocol.level, protocol.malformed, "in", protocol.match)
            )
            np.testing.assert_array_equal(sentence_counts(*read(corpus), protocol), expected)


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_a_wrong_piece_costs_precision_alone(corpus):
    for protocol in ALL:
        if protocol.malformed == "wrong":
            options = protocol.level, "strict", protocol.misc, protocol.match
            wrong, strict = (sentence_counts(*read(corpus), p) for p in (protocol, Protocol(*options)))
            np.testing.assert_array_equal(wrong[:, [0, 2]], strict[:, [0, 2]])
            repaired = sentence_counts(*read(corpus), Protocol(protocol.level, "repair", *options[2:]))
            assert (strict[:, 1] <= wrong[:, 1]).all()
            if protocol.match == "offsets":
                np.testing.assert_array_equal(wrong[:, 1], repaired[:, 1])


@given(corpora, st.randoms())
@settings(deadline=None, max_examples=40)
def test_sentences_are_scored_each_on_its_own(corpus, random):
    order = random.sample(range(len(corpus)), len(corpus))
    for protocol in ALL:
        counts = sentence_counts(*read(corpus), protocol)
        shuffled = sentence_counts(*read([corpus[number] for number in order]), protocol)
        np.testing.assert_array_equal(shuffled, counts[order])
        assert counts.shape == (len(corpus), 3)
        assert (counts[:, 0] <= counts[:, 1:].min(axis=1)).all()


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_perfect_predictions_have_100_under_every_protocol(corpus):
    tokens, gold, _ = columns_of([*corpus, [("Lola", "B-song", "O"), ("Kinks", "B-misc", "O")]])
    perfect = score_protocols(gold, gold, tokens=tokens)
    assert {row["f1"] for row in perfect} == {100.0}
    for protocol in ALL:
        assert f1(sentence_counts(*read([[*zip(*s)] for s in zip(tokens, gold, gold)]), protocol)) == 100


@given(corpora)
@settings(deadline=None, max_examples=40)
def test_types_of_entities_and_tokens_add_up(corpus):
    for protocol in ALL:
        if protocol.level in ("entity", "token"):
            total = sum(type_counts(*read(corpus), protocol).values(), np.zeros((len(corpus), 3)))
            np.testing.assert_array_equal(total, sentence_counts(*read(corpus), protocol))


GOLD = "B-band I-band O B-song O B-misc"


@pytest.mark.parametrize(
    ("predicted", "options", "counts"),
    [
        ("B-band I-band O I-song O B-misc", "malformed=strict", [2, 2, 3]),
        ("B-band I-band O I-song O B-misc", "malformed=repair", [3, 3, 3]),
        ("B-band I-band O I-song O B-misc", "malformed=wrong", [2, 3, 3]),
        ("B-band I-band O I-song O B-misc", "misc=out", [1, 1, 2]),
        ("B-band I-band O I-song O B-misc", "misc=own", [1, 1, 1]),
        ("B-band I-band O I-misc O O", "malformed=wrong,misc=out", [1, 1, 2]),
        ("B-band I-band O I-misc O O", "malformed=wrong,misc=own", [0, 1, 1]),
        ("B-song I-song O B-song O O", "level=entity", [1, 2, 3]),
        ("B-song I-song O B-song O O", "level=span", [2, 2, 3]),
        ("B-song I-song O B-song O O", "level=token", [1, 3, 4]),
        ("O B-band O I-song I-song O", "level=token", [1, 1, 4]),
        ("O B-band O I-song I-song O", "level=token,malformed=repair", [2, 3, 4]),
        ("O B-band O I-song I-song O", "level=token,malformed=wrong", [1, 3, 4]),
        ("O B-song O O O B-misc", "level=partial", [1.5, 2, 3]),
        ("O B-song O O O B-misc", "level=type", [1, 2, 3]),
        ("O B-band O O O B-misc", "level=type", [2, 2, 3]),
        ("O B-band O I-song O B-song", "level=muc", [2, 4, 6]),
        ("O B-band O I-song O B-song", "level=muc,malformed=wrong", [2, 6, 6]),
        ("O B-band O I-song O B-song", "level=muc,malformed=repair", [4, 6, 6]),
    ],
)
def test_counts_by_hand(predicted, options, counts):
    assert sentence_counts(*case(GOLD, predicted), parse_protocol(options)).tolist() == [counts]


def test_strings_know_no_place_and_no_repetition():
    tokens = ["Lola", "by", "the", "Kinks", "Lola"]
    sentence, found = case("B-song O B-band I-band B-song", "O O O B-band B-song", tokens)
    assert sentence_counts(sentence, found).tolist() == [[1, 2, 3]]
    assert sentence_counts(sentence, found, PROTOCOLS["strings"]).tolist() == [[2, 2, 2]]
    _, found = case("O O O O O", "O O B-song I-song I-song", tokens)
    assert sentence_counts(sentence, found, PROTOCOLS["strings"]).tolist() == [[0, 1, 2]]
    _, found = case("O O O O O", "I-song O O B-song O", tokens)
    wrong = Protocol(malformed="wrong", match="strings")
    assert sentence_counts(sentence, found, wrong).tolist() == [[0, 2, 2]]
    assert sentence_counts(sentence, found, Protocol("span", match="strings")).tolist() == [[1, 1, 2]]


def test_types_that_only_the_prediction_has_are_there():
    gold, predicted = case("B-band I-band O", "B-band I-band I-song")
    assert list(type_counts(gold, predicted)) == ["band"]
    counts = type_counts(gold, predicted, Protocol(malformed="wrong"))
    assert {name: rows.tolist() for name, rows in counts.items()} == {"band": [[1, 1, 1]], "song": [[0, 1, 0]]}
    assert type_counts([], [], HEADLINE) == {}
    assert sentence_counts([], []).shape == (0, 3)


def test_spans_have_no_types():
    with pytest.raises(ConfigError, match=r"level=span has no types"):
        type_counts(*case(GOLD, GOLD), PROTOCOLS["span"])


def test_every_named_protocol_is_described_and_different():
    assert next(iter(PROTOCOLS)) == "headline"
    assert PROTOCOLS["headline"] == HEADLINE == Protocol()
    assert list(DESCRIPTIONS) == list(PROTOCOLS)
    assert len(set(PROTOCOLS.values())) == len(PROTOCOLS)
    texts = [protocol_text(protocol) for protocol in PROTOCOLS.values()]
    assert len(set(texts)) == len(texts)
    assert all("\n" not in text for text in (*texts, *DESCRIPTIONS.values()))


def test_a_protocol_is_a_name_or_pairs():
    for name, protocol in PROTOCOLS.items():
        assert parse_protocol(name) == protocol
        pairs = ",".join(f"{key}={getattr(protocol, key)}" for key in VALUES)
        assert parse_protocol(pairs) == protocol
    assert parse_protocol(" misc = out , level=muc") == Protocol("muc", misc="out")
    assert parse_protocol("misc=in") == HEADLINE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mis-out", ["did you mean 'misc-out'", "headline", "misc=in|out|own", "level=entity|"]),
        ("", ["unknown protocol", "headline"]),
        ("levl=muc", ["did you mean 'level'", "malformed, misc, match, sentences"]),
        ("misc=out,", ["unknown key of a protocol ''", "level"]),
        ("misc=no", ["value of misc", "in, out, own"]),
        ("malformed=discard", ["strict, repair, wrong"]),
        ("level=muc,match=strings", ["level=entity or level=span", "level=muc"]),
        ("misc=in,misc=out", ["two different things of misc"]),
    ],
)
def test_what_is_no_protocol_is_an_error_that_says_what_is(text, words):
    with pytest.raises(ConfigError) as error:
        parse_protocol(text)
    assert all(word in str(error.value) for word in words), error.value


@given(corpora)
@settings(deadline=None, max_examples=20)
def test_a_file_of_columns_is_scored_under_all_protocols_it_suffices_for(corpus):
    tokens, gold, predicted = columns_of(corpus)
    rows = {row["protocol"]: row for row in score_protocols(gold, predicted)}
    assert set(PROTOCOLS) - set(rows) == {"strings", "strings-misc-out", "unleaked"}
    expected = score(gold, predicted)
    for name, scores in (("headline", "strict"), ("repair", "default"), ("token", "tokens")):
        for key in ("precision", "recall", "f1"):
            assert rows[name][key] == pytest.approx(expected[scores][key], abs=1e-4)
    for name in ("gold", "predicted"):
        assert rows["headline"][name] == sum(sentence_counts(*read(corpus))[:, {"predicted": 1, "gold": 2}[name]])
    json.dumps(list(rows.values()))
    with_tokens = {row["protocol"]: row for row in score_protocols(gold, predicted, tokens=tokens)}
    assert set(PROTOCOLS) - set(with_tokens) == {"unleaked"}
    assert with_tokens["headline"] == rows["headline"]
    assert with_tokens["strings"]["f1"] == pytest.approx(f1(np.array(brute_force_strings(corpus, True))), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([["O"]], [["O"], ["O"]]), DataError, "number of sentences: 1, 2"),
        (([["O"], ["O"]], [["O"], ["O", "O"]]), DataError, "sentence 2 differ in length"),
        (([["O"]], [["X-song"]]), DataError, "X-song"),
        (([["O"]], [["O"]], ["strings"]), ConfigError, "'strings' needs tokens"),
        (([["O"]], [["O"]], ["sentences=unleaked"]), ConfigError, "needs train and dev"),
        (([["O"]], [["O"]], ["hedline"]), ConfigError, "headline"),
    ],
)
def test_what_cannot_be_scored_is_an_error(arguments, error, words):
    with pytest.raises(error, match=words):
        score_protocols(*arguments)


@pytest.fixture(scope="module")
def results(tmp_path_factory, write_runs):
    return Results(
        write_runs(
            tmp_path_factory.mktemp("runs"),
            [
                {"seeds": [1, 2, 3], "error": 0.3, "orphans": 0.2},
                {"regime": "joint", "source": "news", "seeds": [1, 2], "error": 0.4, "orphans": 0.1},
                {"regime": "joint", "source": "news", "seeds": [3], "domains": ["music", "ai"], "orphans": 0.1},
                {"encoder": None, "tagger": "bilstm-crf", "domains": ["ai", "music"]},
            ],
        )
    )


def test_headline_rows_are_the_table(results):
    rows = protocol_rows(results, protocols=["headline"])
    found = {(row["system"], row["domain"]): (row["mean"], row["sd"], row["n"]) for row in rows}
    expected = {}
    for system, row in zip(results.systems, results.table["rows"], strict=True):
        for domain, cell in (*row["f1"].items(), ("average", row["average"])):
            if cell is not None:
                expected[system.name, domain] = cell["mean"], cell["sd"], cell["n"]
    assert found == expected
    assert list(found) == list(expected)


def test_rows_are_means_over_seeds_of_each_runs_score(results):
    rows = protocol_rows(results)
    json.dumps(rows)
    assert list(dict.fromkeys(row["protocol"] for row in rows)) == list(PROTOCOLS)
    by_key = {(row["system"], row["protocol"], row["domain"]): row for row in rows}
    assert len(by_key) == len(rows)
    for system in results.systems:
        for name, protocol in PROTOCOLS.items():
            scores = {}
            for domain, answers in system.answers.items():
                counts = [answers_counts(results, one, protocol).sum(axis=0) for one in answers]
                row = by_key[system.name, name, domain]
                values = [200 * credit / (found + true) for credit, found, true in counts]
                scores[domain] = dict(zip([one.seed for one in answers], values, strict=True))
                assert row["mean"] == pytest.approx(fmean(values), abs=1e-3)
                assert row["sd"] == (pytest.approx(stdev(values), abs=1e-3) if len(values) > 1 else None)
                assert row["n"] == len(values)
                assert row["precision"] == pytest.approx(100 * fmean(c / p for c, p, _ in counts), abs=1e-3)
                assert row["recall"] == pytest.approx(100 * fmean(c / g for c, _, g in counts), abs=1e-3)
            if set(scores) < set(results.domains):
                assert (system.name, name, "average") not in by_key
            else:
                seeds = set.intersection(*map(set, scores.values()))
                averages = [fmean(scores[domain][seed] for domain in scores) for seed in seeds]
                assert by_key[system.name, name, "average"]["mean"] == pytest.approx(fmean(averages), abs=1e-3)
                assert by_key[system.name, name, "average"]["n"] == len(seeds)


def test_the_spread_is_that_of_the_rows(results):
    names = ["partial", "headline", "level=muc,misc=out"]
    system = results.systems[0].name
    rows = protocol_rows(results, systems=[system], protocols=names)
    for row in spread_rows(results, systems=[system], protocols=names):
        means = {one["protocol"]: one["mean"] for one in rows if one["domain"] == row["domain"]}
        assert (row["min"], row["max"]) == (min(means.values()), max(means.values()))
        assert (means[row["min_protocol"]], means[row["max_protocol"]]) == (row["min"], row["max"])
        assert row["range"] == pytest.approx(row["max"] - row["min"])
    spread = spread_rows(results)
    assert {row["system"] for row in spread} == {one.name for one in results.systems}
    assert "misc-alone" not in {row["min_protocol"] for row in spread}


@pytest.mark.parametrize("options", [{"systems": ["no such"]}, {"protocols": ["no such"]}])
def test_unknown_names_are_errors(results, options):
    for function in (protocol_rows, spread_rows):
        with pytest.raises(ConfigError, match="no such"):
            function(results, **options)


TEXTS = {
    "music": {
        "train": "a\tB-song\n\nb\tO\n",
        "dev": "c\tO\n",
        "test": "a\tB-song\n\nc\tO\n\nd\tB-song\n\ne\tB-song\n\na\tO\n",
    },
    "ai": {"train": "a\tB-task\n", "dev": "b\tO\n", "test": "f\tB-task\n"},
    "news": {"train": "d\tB-person\n", "dev": "x\tB-person\n", "test": "e\tB-person\n"},
}
PREDICTED = [[Chunk(0, 1, "song", True)]] * 3 + [[], [Chunk(0, 1, "song", False)]]


@pytest.fixture
def leaky(tmp_path, write_domains, make_record):
    """Results on data of which music's test split leaks into its train and dev, and into news; of such runs."""

    def make(runs):
        data = load(write_domains(TEXTS))
        described = {"name": data.name, "revision": data.revision, "targets": ["music", "ai"]}
        for number, (target, source) in enumerate(runs, start=1):
            place = {"domain": target, "split": "test", "sha256": data.domain(target).test.sha256}
            rows = PREDICTED if target == "music" else [[]]
            spans = [[[*chunk[:3], None, *([] if chunk.opened else ["I"])] for chunk in row] for row in rows]
            record = make_record(target, 60, data=described, seed=number, source=source)
            folder = tmp_path / "runs" / f"run{number}"
            folder.mkdir(parents=True)
            (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
            stored = {"format": 1, "run": record["id"], "data": described | place, "sentences": spans}
            (folder / "predictions.json").write_text(json.dumps(stored), encoding="utf-8")
        return Results(tmp_path / "runs", data=data.location.root)

    return make


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        ([("music", None)], [False, False, True, True, False]),
        ([("music", None), ("music", "news")], [False, False, False, True, False]),
        ([("music", None), ("ai", "news")], [False, False, True, True, False]),
    ],
)
def test_leaked_sentences_count_for_no_system(leaky, runs, kept):
    results = leaky(runs)
    assert kept_sentences(results, "music").tolist() == kept
    assert kept_sentences(results, "music") is kept_sentences(results, "music")
    with pytest.raises(ValueError, match="read-only"):
        kept_sentences(results, "music")[0] = True
    rows = protocol_rows(results, protocols=["unleaked", "sentences=unleaked,misc=out"])
    records, _ = deduplicate(
        Store(results.folders[0]).records(), results.folders[0], data=results.dataset.location.root
    )
    expected = [record["scores"]["test"]["strict"]["f1"] for record in records]
    assert sorted({row["mean"] for row in rows if row["domain"] != "average"}) == sorted(set(expected))
    for answers in (one for system in results.systems for one in system.answers.get("music", ())):
        for protocol in PROTOCOLS.values():
            counts = answers_counts(results, answers, protocol)
            assert len(counts) == (sum(kept) if protocol.sentences == "unleaked" else len(kept))
        everything = sentence_counts(results.gold("music"), answers.chunks)
        np.testing.assert_array_equal(answers_counts(results, answers, PROTOCOLS["unleaked"]), everything[kept])


def test_stored_scores_are_those_of_the_predictions(real_folder):
    if not RESULTS.is_dir():
        pytest.skip("there are no results")
    results = Results(RESULTS)
    scores = {record["id"]: record["scores"]["test"] for record in results.records}
    for system in results.systems:
        for domain, answers in system.answers.items():
            for one in answers:
                gold = results.gold(domain)
                assert f1(sentence_counts(gold, one.chunks)) == pytest.approx(
                    scores[one.run]["strict"]["f1"], abs=1e-4
                )
                tokens = f1(sentence_counts(gold, one.chunks, PROTOCOLS["token"]))
                assert tokens == pytest.approx(scores[one.run]["tokens"]["f1"], abs=1e-4)
