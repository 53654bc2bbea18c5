"""Comparisons of stored runs: the same numbers as from counts, and what belongs to which row."""

import json
import zlib
from statistics import fmean, stdev

import numpy as np
import pytest

from crossner.errors import ConfigError
from crossner.results import Results
from crossner.scoring import significance
from crossner.scoring.protocols import HEADLINE, PROTOCOLS, answers_counts
from crossner.scoring.significance import (
    bootstrap,
    compare,
    compare_systems,
    comparison_rows,
    default_pairs,
    f1,
    holm,
    interval_rows,
    verdict,
)

FAST = {"resamples": 500, "seed": 4}


@pytest.fixture(scope="module")
def results(write_runs, tmp_path_factory):
    """Four systems: two of unequal seeds, a copy of the first, and one that lacks domains."""
    systems = [
        {"regime": "direct", "seeds": [1, 2, 3], "error": 0.5, "noise": 1},
        {"regime": "joint", "source": "news", "seeds": [1, 2], "error": 0.2},
        {"regime": "pretrain-finetune", "source": "news", "seeds": [1, 2, 3], "error": 0.5, "noise": 1},
        {"regime": "direct", "shots": 5, "domains": ["music", "ai"], "error": 0.6},
    ]
    return Results([write_runs(tmp_path_factory.mktemp("runs"), systems)])


def stack(results, name, domain, protocol=HEADLINE):
    return np.stack([answers_counts(results, one, protocol) for one in results.system(name).answers[domain]])


def by(rows, *keys):
    return {tuple(row[key] for key in keys): row for row in rows}


def test_means_and_spreads_are_those_of_the_table(results):
    rows = by(interval_rows(results, **FAST), "system", "domain")
    for row, system in zip(results.table["rows"], results.systems, strict=True):
        cells = row["f1"] | ({"average": row["average"]} if row["average"] else {})
        assert {domain for name, domain in rows if name == system.name} == set(cells)
        for domain, cell in cells.items():
            found = rows[system.name, domain]
            assert {key: found[key] for key in ("mean", "sd", "n")} == pytest.approx(cell, abs=2e-4)
            assert found["low"] < found["mean"] < found["high"]


def test_a_domain_is_what_its_counts_give(results):
    seed = (4, zlib.crc32(b"ai"))
    expected = bootstrap(stack(results, "direct", "ai"), resamples=500, seed=seed)
    row = by(interval_rows(results, **FAST), "system", "domain")["direct", "ai"]
    assert [row[key] for key in ("mean", "low", "high")] == pytest.approx(
        [expected.mean, expected.low, expected.high], abs=1e-4
    )
    counts = [stack(results, name, "ai") for name in ("direct", "joint")]
    alone = compare(*counts, resamples=500, seed=seed)
    found = compare_systems(results, "direct", "joint", **FAST)["ai"]
    for key in ("difference", "low", "high", "p_bootstrap", "p_randomisation", "seeds", "same"):
        assert getattr(found, key) == pytest.approx(getattr(alone, key))


@pytest.mark.parametrize("option", [{"resample_seeds": True}, {"level": 0.8}])
def test_options_reach_the_counts(results, option):
    counts = [stack(results, name, "ai") for name in ("direct", "joint")]
    alone = compare(*counts, resamples=500, seed=(4, zlib.crc32(b"ai")), **option)
    found = compare_systems(results, "direct", "joint", **FAST, **option)["ai"]
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))


def test_the_protocol_is_the_one_that_is_asked_for(results):
    protocol = PROTOCOLS["misc-out"]
    for given in (protocol, "misc-out"):
        found = compare_systems(results, "direct", "joint", protocol=given, **FAST)["music"].difference
        a, b = (fmean(map(f1, stack(results, name, "music", protocol))) for name in ("direct", "joint"))
        assert found == pytest.approx(b - a)


def test_holm_is_over_domains_and_leaves_the_average_alone(results):
    found = compare_systems(results, "direct", "joint", **FAST)
    average = found.pop("average")
    assert list(found) == list(results.domains)
    assert [one.p_holm for one in found.values()] == holm([one.p_randomisation for one in found.values()]).tolist()
    assert average.p_holm is None
    assert average.p_randomisation <= 0.01


def test_the_average_is_over_the_seeds_that_all_domains_have(write_runs, tmp_path):
    folder = write_runs(tmp_path, [{"regime": "joint", "source": "news", "seeds": [1, 2], "error": 0.2}])
    write_runs(folder, [{"seeds": [1, 3]}, {"seeds": [5], "domains": ["ai"]}])
    results = Results([folder])
    direct = results.system("direct")
    assert [one.seed for one in direct.answers["ai"]] == [1, 3, 5]
    rows = by(interval_rows(results, **FAST), "system", "domain")
    values = [fmean(f1(stack(results, "direct", domain)[place]) for domain in results.domains) for place in (0, 1)]
    assert rows["direct", "average"]["n"] == 2
    assert rows["direct", "average"]["mean"] == pytest.approx(fmean(values), abs=1e-4)
    assert rows["direct", "average"]["sd"] == pytest.approx(stdev(values), abs=1e-4)
    found = compare_systems(results, "direct", "joint", **FAST)
    assert found["average"].difference == pytest.approx(
        rows["joint", "average"]["mean"] - rows["direct", "average"]["mean"], abs=1e-3
    )
    assert found["average"].seeds == 2


def test_an_average_is_narrower_than_its_parts(results):
    found = compare_systems(results, "direct", "joint", **FAST)
    average = found.pop("average")
    assert average.difference == pytest.approx(fmean(one.difference for one in found.values()))
    # Domains are independent: variances of the parts add up. Widths at 500 resamples are within a tenth or so.
    expected = np.sqrt(sum((one.high - one.low) ** 2 for one in found.values())) / len(found)
    assert average.high - average.low == pytest.approx(expected, rel=0.25)


def test_systems_share_the_domains_both_have(results):
    found = compare_systems(results, "joint", "direct · 5 sentences", **FAST)
    assert list(found) == ["music", "ai"]
    assert all(one.p_holm is not None for one in found.values())


def test_equal_predictions(results):
    found = compare_systems(results, "direct", "pretrain-finetune", **FAST)
    assert all(one.same and one.p_randomisation == 1 and one.low == one.high == 0 for one in found.values())
    assert verdict("direct", "pretrain-finetune", found) == (
        "direct and pretrain-finetune score the same in every sentence of all five domains."
    )


def test_a_domain_does_not_depend_on_the_others(results, write_runs, tmp_path):
    systems = [
        {"regime": "direct", "seeds": [1, 2, 3], "error": 0.5, "noise": 1, "domains": ["ai"]},
        {"regime": "joint", "source": "news", "seeds": [1, 2], "error": 0.2, "domains": ["ai"]},
    ]
    alone = Results([write_runs(tmp_path, systems)])
    assert alone.domains == results.domains  # of the table, of which one has runs
    keys = ("difference", "low", "high", "p_bootstrap", "p_randomisation")
    one, other = (compare_systems(r, "direct", "joint", **FAST) for r in (results, alone))
    assert list(other) == ["ai"]
    assert [getattr(one["ai"], key) for key in keys] == [getattr(other["ai"], key) for key in keys]


def test_rows_are_flat_json_and_agree_with_each_pair_alone(results):
    rows = comparison_rows(results, **FAST)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert {(row["a"], row["b"]) for row in rows} == set(default_pairs(results))
    for row in by(rows, "a", "b", "domain").values():
        alone = compare_systems(results, row["a"], row["b"], **FAST)[row["domain"]]
        assert row["difference"] == pytest.approx(alone.difference, abs=1e-4)
        for key in ("p_bootstrap", "p_randomisation", "p_holm", "seeds", "same", "resamples"):
            assert row[key] == getattr(alone, key)
        assert row["resamples"] == FAST["resamples"]
    rows = interval_rows(results, **FAST)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_pairs_and_systems_can_be_named(results):
    rows = comparison_rows(results, pairs=[("joint", "direct")], **FAST)
    assert {(row["a"], row["b"]) for row in rows} == {("joint", "direct")}
    assert rows[0]["difference"] < 0
    assert {row["system"] for row in interval_rows(results, systems=["joint"], **FAST)} == {"joint"}
    assert comparison_rows(results, pairs=[], **FAST) == interval_rows(results, systems=[], **FAST) == []


def test_many_systems_are_compared_with_the_best(results, monkeypatch):
    assert len(default_pairs(results)) == 6
    monkeypatch.setattr(significance, "MANY", 3)
    assert default_pairs(results) == [
        ("direct · 5 sentences", "joint"),
        ("direct", "joint"),
        ("pretrain-finetune", "joint"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pairs": [("direct", "joined")]}, "unknown system 'joined'; did you mean 'joint'"),
        ({"resamples": 0}, "at least 1"),
        ({"level": 95}, "level 95"),
        ({"protocol": "headlines"}, "headline"),
        ({"seed": -1}, "non-negative"),
    ],
)
def test_bad_options(results, options, message):
    with pytest.raises(ConfigError, match=message):
        comparison_rows(results, **{"resamples": 10} | options)
