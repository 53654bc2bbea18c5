"""The table: means worked out by hand, nothing missing passed over, every format."""

import csv
import io
import json
import random
import re

import pytest

from crossner.errors import ConfigError, StoreError
from crossner.report.table import FORMATS, caption, format_table, make_table
from crossner.scoring.score import PROTOCOL, PROTOCOL_TEXT


@pytest.fixture(scope="module")
def records(make_record):
    """Two seeds of two domains in two regimes; of joint, ai lacks the second seed."""
    return [
        make_record("ai", 40, seed=1),
        make_record("ai", 44, seed=2),
        make_record("music", 50, seed=1),
        make_record("music", 60, seed=2),
        make_record("ai", 45.5, seed=1, regime="joint"),
        make_record("music", 55.5, seed=1, regime="joint"),
        make_record("music", 65.5, seed=2, regime="joint"),
    ]


def summary(mean, sd, n):
    return pytest.approx({"mean": mean, "sd": sd, "n": n}, abs=1e-4)


def test_means_deviations_and_averages_are_those_worked_out_by_hand(records):
    direct, joint = make_table(records)["rows"]
    assert direct["seeds"] == joint["seeds"] == [1, 2]
    assert direct["f1"]["ai"] == summary(42, 8**0.5, 2)
    assert direct["f1"]["music"] == summary(55, 50**0.5, 2)
    assert direct["average"] == summary(48.5, 24.5**0.5, 2)  # of 45 and 52
    assert joint["f1"]["ai"] == {"mean": 45.5, "sd": None, "n": 1}
    assert joint["f1"]["music"] == summary(60.5, 50**0.5, 2)
    assert joint["average"] == {"mean": 50.5, "sd": None, "n": 1}  # of the one seed with both domains


def test_the_table_names_data_protocol_and_columns(records):
    table = make_table(records)
    assert table["data"] == {"name": "toy", "revision": "sha256:0123456789abcdef"}
    assert table["protocol"] == PROTOCOL
    assert table["domains"] == ["music", "ai"]  # as the data set orders them
    assert [list(row) for row in table["rows"]] == [
        ["tagger", "encoder", "regime", "shots", "options", "seeds", "runs", "f1", "average"]
    ] * 2


def test_the_order_of_records_does_not_matter(records):
    expected = make_table(records)
    for seed in range(10):
        assert make_table(random.Random(seed).sample(records, len(records))) == expected


def test_a_missing_domain_makes_the_average_missing(make_record):
    (row,) = make_table([make_record("ai", 40), make_record("ai", 42, seed=2)])["rows"]
    assert set(row["f1"]) == {"ai"}
    assert row["average"] is None


def test_seeds_that_complete_each_other_give_no_average(make_record):
    (row,) = make_table([make_record("ai", 40, seed=1), make_record("music", 42, seed=2)])["rows"]
    assert row["seeds"] == [1, 2]
    assert row["average"] is None


def test_a_domain_that_is_no_target_has_a_column_at_the_end(make_record):
    scores = {"ai": 40, "music": 50, "law": 60}
    table = make_table([make_record(domain, f1) for domain, f1 in scores.items()])
    assert table["domains"] == ["music", "ai", "law"]
    assert table["targets"] == ["music", "ai"]
    assert table["rows"][0]["average"]["mean"] == 45  # of the targets alone


def test_the_average_is_over_the_targets_of_all_runs(make_record):
    few, all_ = {"targets": ["ai"]}, {"targets": ["music", "ai"]}
    (row,) = make_table([make_record("ai", 40, data=few)])["rows"]
    assert row["average"] == {"mean": 40, "sd": None, "n": 1}
    (row,) = make_table([make_record("ai", 40, data=few), make_record("ai", 42, seed=2, data=all_)])["rows"]
    assert row["average"] is None


def test_rows_follow_tagger_shots_and_regime(make_record):
    labels = [
        ("bilstm-crf", None, "direct", None),
        ("linear", "minilm", "direct", 5),
        ("linear", "minilm", "direct", 50),
        ("linear", "minilm", "direct", None),
        ("linear", "minilm", "pretrain-finetune", None),
        ("linear", "minilm", "joint", None),
        ("linear", "mpnet", "direct", None),
    ]
    names = ("tagger", "encoder", "regime", "shots")
    records = [make_record("ai", 40, **dict(zip(names, label, strict=True))) for label in labels]
    rows = make_table(random.Random(0).sample(records, len(records)))["rows"]
    assert [tuple(row[name] for name in names) for row in rows] == labels
    assert {row["options"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("option", "values", "named"),
    [
        ("epochs", (25, 30), ["schedule.epochs=25", "schedule.epochs=30"]),
        ("code", ("1111", "2222"), ["code=1111", "code=2222"]),
        ("sha256", ("aa", "bb"), ["weights=aa", "weights=bb"]),
        ("decoding", ("argmax", "iob2"), ["decoding=argmax", "decoding=iob2"]),
    ],
)
def test_rows_of_one_name_are_told_apart_and_never_mixed(option, values, named, make_record):
    records = [make_record("ai", 40 + i, **{option: value}) for i, value in enumerate(values)]
    rows = make_table(records)["rows"]
    assert [row["options"] for row in rows] == named
    assert [row["f1"]["ai"]["mean"] for row in rows] == [40, 41]


@pytest.mark.parametrize("other", [{"name": "crossner"}, {"revision": "sha256:fedcba9876543210"}])
def test_runs_on_different_data_are_refused(other, make_record):
    with pytest.raises(StoreError) as caught:
        make_table([make_record("ai", 40), make_record("ai", 41, seed=2, data=other)])
    message = str(caught.value)
    assert "different data" in message
    assert "toy sha256:012345678" in message
    assert next(iter(other.values()))[:16] in message


def test_json_is_the_table(records):
    table = make_table(records)
    assert json.loads(format_table(table, "json")) == table


def test_csv_has_every_number_and_the_protocol(records):
    table = make_table(records)
    rows = list(csv.DictReader(io.StringIO(format_table(table, "csv"))))
    assert len(rows) == len(table["rows"])
    for line, row in zip(rows, table["rows"], strict=True):
        assert (line["tagger"], line["encoder"], line["regime"], line["shots"]) == (
            "linear",
            "minilm",
            row["regime"],
            "",
        )
        assert line["seeds"] == "1 2"
        assert (line["data"], line["revision"], line["protocol"]) == (
            "toy",
            table["data"]["revision"],
            PROTOCOL_TEXT,
        )
        for column, cell in {**row["f1"], "average": row["average"]}.items():
            assert float(line[f"{column} mean"]) == cell["mean"]
            assert line[f"{column} sd"] == ("" if cell["sd"] is None else str(cell["sd"]))
            assert int(line[f"{column} n"]) == cell["n"]


def test_csv_leaves_what_is_missing_empty(make_record):
    (line,) = csv.DictReader(io.StringIO(format_table(make_table([make_record("ai", 40)]), "csv")))
    assert [line[f"{column} mean"] for column in ("music", "ai", "average")] == ["", "40.0", ""]
    assert [line[f"{column} n"] for column in ("music", "ai", "average")] == ["0", "1", "0"]


EXPECTED_CELLS = [
    ["tagger", "encoder", "regime", "shots", "seeds", "music", "ai", "average"],
    ["linear", "minilm", "direct", "all", "2", "55.00 ± 7.07", "42.00 ± 2.83", "48.50 ± 4.95"],
    ["linear", "minilm", "joint", "all", "2", "60.50 ± 7.07", "45.50", "50.50"],
]


def test_text_has_the_cells(records):
    first, blank, header, rule, *body = format_table(make_table(records)).split("\n")
    assert first == caption(make_table(records))
    assert blank == ""
    assert set(rule) == {"-", " "}
    assert [re.split(r"\s{2,}", line.strip()) for line in (header, *body)] == EXPECTED_CELLS


def test_markdown_has_the_cells(records):
    _, blank, header, rule, *body = format_table(make_table(records), "markdown").split("\n")
    assert blank == ""
    assert set(rule) <= set("|-: ")
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, *body)] == EXPECTED_CELLS


def test_latex_has_the_cells(records):
    text = format_table(make_table(records), "latex")
    assert r"\begin{tabular}{llllrrrr}" in text
    assert text.rstrip().endswith(r"\end{tabular}")
    lines = [line for line in text.split("\n") if line.rstrip().endswith(r"\\")]
    cells = [[cell.strip() for cell in line.replace(r"\\", "").split("&")] for line in lines]
    assert [[cell.replace(r"$\pm$", "±") for cell in row] for row in cells] == EXPECTED_CELLS


@pytest.mark.parametrize("style", sorted(set(FORMATS) - {"json", "csv"}))
def test_every_table_prints_data_and_protocol(style, records):
    text = format_table(make_table(records), style)
    assert text.startswith("toy @ sha256:0123456789abcdef")
    assert PROTOCOL_TEXT in text


@pytest.mark.parametrize("style", FORMATS)
def test_what_comes_from_the_sample_says_so(style, make_record):
    table = make_table([make_record("ai", 40, data={"name": "sample"})])
    assert "sample" in format_table(table, style)


@pytest.mark.parametrize("style", sorted(set(FORMATS) - {"json", "csv"}))
def test_what_is_missing_is_a_dash(style, make_record):
    table = make_table([make_record("ai", 40, tagger="bilstm-crf", encoder=None, shots=5)])
    (line,) = (line for line in format_table(table, style).split("\n") if "bilstm-crf" in line)
    cells = [cell for cell in re.split(r"[|&\s\\]+", line) if cell]
    assert cells == ["bilstm-crf", "–", "direct", "5", "1", "–", "40.00", "–"]


def test_the_revision_is_short_where_it_is_a_commit(make_record):
    data = {"name": "crossner", "revision": "2e7ba2a7798c961e3f29fbc51252c5a8d40224bf"}
    assert caption(make_table([make_record("ai", 40, data=data)])).startswith("crossner @ 2e7ba2a ·")


def test_names_that_users_chose_do_not_break_latex_and_markdown(make_record):
    data = {"name": "50%_own", "targets": ["a_b", "R&D"]}
    records = [make_record(domain, 40, data=data, encoder="my|_x") for domain in data["targets"]]
    records += [make_record("a_b", 41, data=data, encoder="my|_x", code="0_0")]
    latex = format_table(make_table(records), "latex")
    assert not re.search(r"(?<!\\)[_%]", latex)
    for name in (r"50\%\_own", r"a\_b", r"R\&D", r"my|\_x", r"code=0\_0"):
        assert name in latex
    lines = format_table(make_table(records), "markdown").split("\n")[2:]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_an_unknown_style_is_refused_with_the_valid_ones(records):
    with pytest.raises(
        ConfigError, match=r"unknown table style 'latx'; did you mean 'latex'.* text, json, markdown"
    ):
        format_table(make_table(records), "latx")
