"""Learning curves: points that the records hold, in order, and how many sentences the baseline needs."""

import json
import math
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.errors import ConfigError
from crossner.results import Results
from crossner.scoring.curves import all_series, curve_rows, gap_rows, sentences_needed

TRANSFER = {"regime": "pretrain-finetune", "source": "news"}
SYSTEMS = [
    *({"shots": shots, "seeds": [1, 2], "error": 2 / (2 + shots)} for shots in (1, 8)),
    {"seeds": [1, 2, 3], "error": 0.05},
    TRANSFER | {"shots": 1, "error": 0.4},
    TRANSFER | {"shots": 8, "error": 0.1, "domains": ["ai", "music"]},
    # As many sentences as there are (32 in every domain of the sample).
    TRANSFER | {"shots": 32, "error": 0.06, "domains": ["ai"]},
    TRANSFER | {"error": 0.05, "domains": ["ai", "music"]},
    {"regime": "joint", "source": "news"},  # a point alone is no curve
]


@pytest.fixture(scope="module")
def results(write_runs, tmp_path_factory):
    return Results([write_runs(tmp_path_factory.mktemp("runs"), SYSTEMS)])


@pytest.fixture(scope="module")
def rows(results):
    return curve_rows(results, resamples=100)


def shots_of(rows, series, domain):
    return [(r["shots"], r["sentences"]) for r in rows if r["series"] == series and r["domain"] == domain]


def test_systems_that_differ_in_shots_are_a_series(results):
    direct, transfer = all_series(results)
    assert (direct.name, direct.source, direct.options) == ("direct", None, "")
    assert [system.shots for system in direct.systems] == [1, 8, None]
    assert (transfer.name, transfer.source) == ("pretrain-finetune", "news")
    assert [system.shots for system in transfer.systems] == [1, 8, 32, None]


def test_points_are_in_order_and_all_sentences_have_their_number(rows):
    assert shots_of(rows, "direct", "ai") == [(1, 1), (8, 8), (None, 32)]
    assert shots_of(rows, "direct", "average") == [(1, 1), (8, 8), (None, 32)]
    assert shots_of(rows, "pretrain-finetune", "music") == [(1, 1), (8, 8), (None, 32)]
    assert shots_of(rows, "pretrain-finetune", "politics") == [(1, 1)]
    assert shots_of(rows, "pretrain-finetune", "average") == [(1, 1)]  # the others lack domains


def test_a_subset_of_all_sentences_stands_for_all(rows):
    assert shots_of(rows, "pretrain-finetune", "ai") == [(1, 1), (8, 8), (32, 32)]


def test_points_are_what_the_records_hold(results, rows):
    for row in rows:
        scores: dict = {}
        for record in results.records:
            config = record["config"]
            if all(config[key] == row[key] for key in ("regime", "tagger", "encoder", "source", "shots")):
                f1 = record["scores"]["test"]["strict"]["f1"]
                scores.setdefault(config["domain"], {})[config["seed"]] = f1
        if row["domain"] == "average":
            values = [fmean(scores[domain][seed] for domain in results.domains) for seed in scores["ai"]]
        else:
            values = list(scores[row["domain"]].values())
        assert row["mean"] == pytest.approx(fmean(values), abs=1e-3)
        assert row["sd"] == (pytest.approx(stdev(values), abs=1e-3) if len(values) > 1 else None)
        assert row["n"] == len(values)
        assert row["low"] <= row["mean"] <= row["high"]


def test_the_order_of_runs_changes_nothing(write_runs, tmp_path, rows):
    parts = [write_runs(tmp_path / str(number), [system]) for number, system in enumerate(SYSTEMS)]
    assert curve_rows(Results(parts[::-1]), resamples=100) == rows


def test_names_hold_what_differs_between_series(write_runs, tmp_path):
    systems = [
        {"shots": shots} | system
        for shots in (1, 2)
        for system in (
            *({"encoder": "mpnet"}, {"tagger": "bilstm-crf", "encoder": None}),
            *(TRANSFER, TRANSFER | {"source": "ai"}),
        )
    ]
    results = Results([write_runs(tmp_path / "runs", [one | {"domains": ["music"]} for one in systems])])
    assert sorted(one.name for one in all_series(results)) == [
        "direct · bilstm-crf",
        "direct · linear · mpnet",
        "pretrain-finetune · linear · minilm · from ai",
        "pretrain-finetune · linear · minilm · from news",
    ]


def test_options_part_series_only_where_two_have_the_same_shots(write_runs, tmp_path):
    def with_epochs(folder, shots, epochs):
        """A run trained for another number of epochs."""
        folder = write_runs(tmp_path / folder, [{"shots": shots, "domains": ["ai"]}])
        for path in folder.glob("*/*.json"):
            content = json.loads(path.read_text())
            if path.name == "run.json":
                content["config"]["schedule"]["epochs"] = epochs
            content["id" if path.name == "run.json" else "run"] = folder.name
            path.write_text(json.dumps(content))
        return folder

    folders = [with_epochs(*run) for run in (("a", 1, 30), ("b", 4, 60), ("c", None, 30))]
    assert [one.name for one in all_series(Results(folders))] == ["direct"]
    found = all_series(Results([*folders, with_epochs("d", 1, 60)]))
    assert [(one.name, [s.shots for s in one.systems]) for one in found] == [
        ("direct · schedule.epochs=30", [1, None]),
        ("direct · schedule.epochs=60", [1, 4]),
    ]


def test_single_points_give_no_rows(write_runs, tmp_path):
    assert curve_rows(Results([write_runs(tmp_path / "runs", [{"domains": ["ai"]}])])) == []
    assert gap_rows([]) == []


POINTS = st.lists(
    st.tuples(st.integers(1, 200), st.floats(0, 100)), min_size=2, max_size=6, unique_by=lambda p: p[0]
)


@settings(deadline=None, max_examples=40)
@given(POINTS, st.floats(0, 1))
def test_sentences_needed_inverts_a_rising_curve(points, share):
    numbers = sorted(number for number, _ in points)
    scores = [score + place for place, score in enumerate(sorted(score for _, score in points))]
    score = scores[0] + share * (scores[-1] - scores[0])
    expected = math.exp(np.interp(score, scores, np.log(numbers)))
    assert sentences_needed(list(zip(numbers, scores, strict=True)), score) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("score", "expected"),
    [(9, None), (10, 1), (20, 10), (25, 10**0.5 * 10), (30, 100), (40.1, None), (40, 10_000)],
)
def test_a_falling_stretch_is_passed_at_the_first_crossing(score, expected):
    points = [(1, 10), (10, 20), (100, 30), (1000, 15), (10_000, 40)]
    assert sentences_needed(points, score) == (expected and pytest.approx(expected))


def test_gaps_by_hand():
    def row(regime, sentences, mean, **other):
        label = {"series": regime, "regime": regime, "tagger": "linear", "encoder": "minilm", "domain": "ai"}
        return label | {"sentences": sentences, "mean": mean} | other

    rows = [
        *(row("direct", 100, 60.0), row("direct", 1, 20.0)),
        *(row("pretrain-finetune", 1, 40.0), row("pretrain-finetune", 100, 61.0)),
        row("joint", 1, 40.0, encoder="mpnet"),  # has no baseline
        row("joint", 1, 40.0, domain="music"),
    ]
    label = {"series": "pretrain-finetune", "baseline": "direct", "domain": "ai"}
    assert gap_rows(rows) == [
        label | {"sentences": 1, "mean": 40.0, "needed": 10.0, "worth": 10.0},
        label | {"sentences": 100, "mean": 61.0, "needed": None, "worth": None},
    ]
    with pytest.raises(ConfigError, match=r"'directly'.*did you mean 'direct'"):
        gap_rows(rows, baseline="directly")


def test_bad_options(results):
    with pytest.raises(ConfigError, match="resamples"):
        curve_rows(results, resamples=0)
