"""Rows as the analyses give them can be drawn and told: runs on the sample, every figure."""

import re

import pytest

from crossner.report.figures import (
    calibration,
    confusion,
    curves,
    differences,
    domains,
    errors,
    matrix,
    protocols,
    seen,
)
from crossner.report.figures.common import inline_svg
from crossner.results import Results


@pytest.fixture(scope="module")
def results(tmp_path_factory, write_runs):
    systems = [
        {"regime": "direct", "seeds": [1, 2], "error": 0.4},
        {"regime": "direct", "shots": 2, "error": 0.8},
        {"regime": "pretrain-finetune", "source": "news", "seeds": [1, 2], "error": 0.1},
        {"regime": "pretrain-finetune", "source": "ai", "error": 0.2, "domains": ["music"]},
    ]
    return Results([write_runs(tmp_path_factory.mktemp("runs"), systems)])


def analyses(results):
    from crossner.scoring.calibration import calibration_rows, calibration_summary
    from crossner.scoring.curves import curve_rows
    from crossner.scoring.errors import confusion as confused
    from crossner.scoring.errors import error_rows
    from crossner.scoring.generalisation import generalisation_rows
    from crossner.scoring.matrix import source_matrix
    from crossner.scoring.protocols import protocol_rows
    from crossner.scoring.significance import comparison_rows, interval_rows

    names = [system.name for system in results.systems]
    return [
        (domains, [interval_rows(results, resamples=50)]),
        (differences, [comparison_rows(results, resamples=50)]),
        (protocols, [protocol_rows(results)]),
        (seen, [generalisation_rows(results, "seen-target", resamples=50)]),
        (errors, [error_rows(results)]),
        (confusion, [confused(results, names[0], "music")]),
        (calibration, [calibration_rows(results), calibration_summary(results)]),
        (matrix, [source_matrix(results, resamples=50)]),
        (curves, [curve_rows(results, resamples=50)]),
    ]


def test_every_analysis_has_its_figure(results):
    pictures = []
    for module, rows in analyses(results):
        alt = module.describe(*rows)
        assert any(character.isdigit() for character in alt), alt
        pictures.append(inline_svg(module.draw(*rows), module.__name__, alt))
    ids = re.findall(r' id="([^"]*)"', "".join(pictures))
    assert len(ids) == len(set(ids))
