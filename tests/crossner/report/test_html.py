"""The report: every number of the table is on the page, and nothing is run as code."""

import copy
import re

import pytest

from crossner.report.html import type_scores, write_report
from crossner.report.table import make_table


def record(domain, regime, seed, f1, *, name="sample"):
    scores = {"strict": {"f1": f1, "macro_f1": 40.0}, "default": {"f1": f1}, "tokens": {"f1": f1}}
    scores["types"] = {"song": {"f1": f1, "support": 3}, "band": {"f1": 1.0, "support": 8}}
    return {
        "id": f"{domain}-{regime}-{seed}-0123456789",
        "code": "c0de",
        "data": {"name": name, "revision": "sha256:1", "targets": ["music", "ai"]},
        "config": {
            "domain": domain,
            "regime": regime,
            "seed": seed,
            "tagger": "linear",
            "encoder": "<b>minilm</b>",
            "shots": None,
        },
        "encoder": {"name": "minilm", "sha256": "ab"},
        "scores": {"test": scores, "dev": {"strict": {"f1": 12.0}}},
        "fit": {"best_epoch": 3},
        "timings": {"training_seconds": 7.0, "tagging_sentences_per_second": 90.0},
        "environment": {
            "processor": "p",
            "threads": 1,
            "device": "cpu",
            "python": "3.11",
            "packages": {"torch": "2.13.0"},
        },
    }


RECORDS = [
    record("music", "direct", 1, 41.21),
    record("music", "direct", 2, 43.43),
    record("ai", "direct", 1, 37.77),
    record("ai", "joint", 1, 39.99),
]


def page(records, tmp_path):
    path = tmp_path / "report.html"
    write_report(records, path)
    return path.read_text(encoding="utf-8")


def test_every_mean_and_every_run_is_on_the_page(tmp_path):
    text = page(RECORDS, tmp_path)
    for shown in ("42.32", "1.57", "37.77", "39.99", "41.21", "43.43"):
        assert shown in text


def test_names_are_escaped(tmp_path):
    text = page(RECORDS, tmp_path)
    assert "&lt;b&gt;minilm" in text
    assert "<b>minilm" not in text


@pytest.mark.parametrize("name", ["sample", "crossner"])
def test_sample_scores_are_called_sample_scores(tmp_path, name):
    records = copy.deepcopy(RECORDS)
    for entry in records:
        entry["data"]["name"] = name
    assert ("built-in sample" in page(records, tmp_path)) == (name == "sample")


def test_the_page_needs_nothing_beside_it(tmp_path):
    text = page(RECORDS, tmp_path)
    assert not re.search(r"<(script|link|img)\b|\bsrc=", text)
    assert text.count("<svg") == 1


def test_type_scores_are_means_a_row_most_frequent_type_first():
    rows = type_scores(RECORDS, make_table(RECORDS))
    assert [(row["type"], row["support"]) for row in rows["music"]] == [("band", 8), ("song", 3)]
    assert rows["music"][1]["f1"] == [pytest.approx((41.21 + 43.43) / 2), None]
    assert rows["ai"][1]["f1"] == [37.77, 39.99]
