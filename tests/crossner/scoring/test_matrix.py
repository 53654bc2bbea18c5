"""Sources and targets: scores that the records hold, gains, tests of them, and what is missing."""

from statistics import fmean

import pytest

from crossner.errors import ConfigError
from crossner.results import Results
from crossner.scoring.matrix import matrix_groups, source_matrix
from crossner.scoring.protocols import PROTOCOLS
from crossner.scoring.significance import compare_systems

FEW = {"shots": 4}
TRANSFER = FEW | {"regime": "pretrain-finetune"}
BASELINE = [FEW | {"seeds": [1, 2], "error": 0.4, "noise": "a", "domains": ["politics", "music", "ai", "news"]}]
SOURCES = [
    TRANSFER | {"source": "news", "seeds": [1, 2], "error": 0.1, "domains": ["politics", "music", "ai"]},
    TRANSFER | {"source": "politics", "seeds": [1], "error": 0.95, "domains": ["music", "ai", "news"]},
    # The very predictions of the baseline, so its seeds matter; one target has no baseline.
    TRANSFER | {"source": "music", "seeds": [1, 2], "error": 0.4, "noise": "a", "domains": ["ai", "science"]},
    # Not the matrix's: another regime, all sentences.
    {"regime": "joint", "source": "news", "shots": 4},
    {"regime": "pretrain-finetune", "source": "news"},
    {},
]
GROUP = ("linear", "minilm", 4)
NUMBERS = ("f1", "direct", "gain", "low", "high", "p", "p_holm", "negative", "certain", "n", "n_direct")


@pytest.fixture(scope="module")
def folders(write_runs, tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return [write_runs(root / "baseline", BASELINE), write_runs(root / "sources", SOURCES)]


@pytest.fixture(scope="module")
def results(folders):
    return Results(folders)


@pytest.fixture(scope="module")
def matrix(results):
    return source_matrix(results, resamples=500)


def cells_of(matrix):
    return {(cell["source"], cell["target"]): cell for cell in matrix["cells"]}


def test_every_pair_of_domains_has_a_cell_targets_before_the_source(matrix):
    names = ["politics", "science", "music", "literature", "ai", "news"]
    assert matrix["names"] == names
    assert [(c["source"], c["target"]) for c in matrix["cells"]] == [(s, t) for s in names for t in names]
    assert (matrix["tagger"], matrix["encoder"], matrix["shots"]) == GROUP


def test_scores_are_those_of_the_records(results, matrix):
    found: dict = {}
    for record in results.records:
        config = record["config"]
        if config["shots"] == 4 and config["regime"] != "joint":
            key = (config["source"], config["domain"])
            found.setdefault(key, []).append(record["scores"]["test"]["strict"]["f1"])
    for (source, target), cell in cells_of(matrix).items():
        direct, f1 = found.get((None, target)), found.get((source, target))
        if source == target:
            f1 = direct
        assert cell["direct"] == (direct and pytest.approx(fmean(direct), abs=1e-3))
        assert cell["f1"] == (f1 and pytest.approx(fmean(f1), abs=1e-3))
        assert (cell["n"], cell["n_direct"]) == (f1 and len(f1), direct and len(direct))
        if f1 and direct and source != target:
            assert cell["gain"] == pytest.approx(fmean(f1) - fmean(direct), abs=1e-3)
            assert cell["low"] <= cell["gain"] <= cell["high"]
            assert cell["negative"] == (cell["gain"] < 0)
        else:
            assert {cell[key] for key in NUMBERS[2:9]} == {None}


def test_worse_better_and_the_same_are_told_apart(matrix):
    cells = cells_of(matrix)
    for target in ("music", "ai", "news"):
        assert cells["politics", target]["negative"]
        assert cells["politics", target]["certain"]
    for target in ("politics", "music", "ai"):
        assert cells["news", target]["gain"] > 0
        assert cells["news", target]["negative"] is False
    same = cells["music", "ai"]
    assert (same["gain"], same["low"], same["high"], same["p"]) == (0, 0, 0, 1)
    assert (same["negative"], same["certain"]) == (False, False)


def test_p_is_corrected_over_all_cells(results, matrix):
    tested = [cell for cell in matrix["cells"] if cell["p"] is not None]
    assert len(tested) == 3 + 3 + 1
    # Holm by its definition: reject in order of p while p ≤ α / (number of those left).
    for cell in tested:
        before = [other for other in tested if other["p"] <= cell["p"]]
        bounds = [p["p"] * sum(other["p"] >= p["p"] for other in tested) for p in before]
        assert cell["p_holm"] == pytest.approx(min(1, max(bounds)))
        assert cell["certain"] == (cell["p_holm"] < 0.05)
    cell = cells_of(matrix)["news", "music"]
    runs = [
        next(s for s in results.systems if s.regime == regime and s.source == source and s.shots == 4)
        for regime, source in (("direct", None), ("pretrain-finetune", "news"))
    ]
    # The very numbers of a comparison of the two.
    found = compare_systems(results, *(system.name for system in runs), resamples=500)["music"]
    assert cell["p"] == found.p_randomisation
    assert [cell[key] for key in ("gain", "low", "high")] == pytest.approx(
        [found.difference, found.low, found.high], abs=1e-4
    )


def test_margins_are_means_of_complete_rows_and_columns(matrix):
    cells = cells_of(matrix)
    sources = {row["source"]: row for row in matrix["sources"]}
    targets = {row["target"]: row for row in matrix["targets"]}
    # Gains are known for the targets politics, music, ai, news and the sources politics, music, news.
    complete = fmean(cells["politics", target]["gain"] for target in ("music", "ai", "news"))
    assert sources["politics"] == {"source": "politics", "gain": pytest.approx(complete, abs=1e-3), "cells": 3}
    complete = fmean(cells["news", target]["gain"] for target in ("politics", "music", "ai"))
    assert sources["news"] == {"source": "news", "gain": pytest.approx(complete, abs=1e-3), "cells": 3}
    assert sources["music"] == {"source": "music", "gain": None, "cells": 1}
    assert sources["science"] == {"source": "science", "gain": None, "cells": 0}
    complete = fmean(cells[source, "ai"]["gain"] for source in ("politics", "music", "news"))
    assert targets["ai"] == {"target": "ai", "gain": pytest.approx(complete, abs=1e-3), "cells": 3}
    assert targets["politics"] == {"target": "politics", "gain": None, "cells": 1}
    assert targets["literature"] == {"target": "literature", "gain": None, "cells": 0}


def test_the_order_of_folders_changes_nothing(folders, matrix):
    assert source_matrix(Results(folders[::-1]), resamples=500) == matrix


def test_the_group_of_most_cells_then_most_runs_comes_first(results):
    first, second = matrix_groups(results)
    assert first == {
        **dict(zip(("tagger", "encoder", "shots"), GROUP, strict=True)),
        "sources": ["politics", "music", "news"],
        "cells": 7,
        "runs": 11,
    }
    assert (second["shots"], second["sources"], second["cells"], second["runs"]) == (None, ["news"], 5, 5)
    other = source_matrix(results, group=("linear", "minilm", None), resamples=20)
    assert other["shots"] is None
    assert [c["source"] for c in other["cells"] if c["gain"] is not None] == ["news"] * 5


def test_unequal_numbers_of_seeds(write_runs, tmp_path):
    one = {"error": 0.3, "noise": "a", "domains": ["ai"]}
    transfer = {"regime": "pretrain-finetune", "source": "news", "seeds": [3]}
    results = Results([write_runs(tmp_path / "runs", [one | {"seeds": [1, 2, 3]}, one | transfer])])
    cell = cells_of(source_matrix(results, resamples=100))["news", "ai"]
    assert (cell["n"], cell["n_direct"]) == (1, 3)
    assert cell["gain"] == pytest.approx(cell["f1"] - cell["direct"], abs=1e-3)
    assert cell["gain"] != 0
    assert 0 < cell["p"] <= 1


def test_other_protocols(results, matrix):
    other = source_matrix(results, protocol=PROTOCOLS["headline"], resamples=500)
    assert other == matrix
    untyped = next(protocol for protocol in PROTOCOLS.values() if protocol.level == "span")
    cell = cells_of(source_matrix(results, protocol=untyped, resamples=20))["politics", "music"]
    assert cell["f1"] > cells_of(matrix)["politics", "music"]["f1"]


def test_without_a_source_nothing_is_known(write_runs, tmp_path):
    results = Results([write_runs(tmp_path / "runs", [{"domains": ["ai"]}])])
    assert matrix_groups(results) == []
    matrix = source_matrix(results, resamples=10)
    assert {cell[key] for cell in matrix["cells"] for key in NUMBERS} == {None}
    with pytest.raises(ConfigError, match="there are: none"):
        source_matrix(results, group=GROUP)


def test_bad_options(results):
    with pytest.raises(ConfigError, match=r"shots \('linear', 'minilm', 7\); there are: .*4\)"):
        source_matrix(results, group=("linear", "minilm", 7))
    with pytest.raises(ConfigError, match="resamples"):
        source_matrix(results, resamples=0)
