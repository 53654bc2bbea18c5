"""Rows as tables: readers of each format give back what went in, pivots lose nothing, cells by hand."""

import csv
import io
import json
import math
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.errors import ConfigError
from crossner.report.rows import MISSING, Column, cell, format_rows, frame, pivot
from crossner.report.table import FORMATS

ROWS = [
    {"system": "direct", "domain": "ai", "mean": 44.1251, "sd": 0.5, "n": 3, "low": 42.0, "high": 46.26},
    {"system": "direct", "domain": "average", "mean": 50.0, "sd": None, "n": 1, "low": None, "high": None},
    {"system": "joint", "domain": "ai", "mean": 45.0, "sd": 1.25, "n": 2, "low": 43.0, "high": 47.0},
    {"system": "joint", "domain": "music", "mean": 60.0, "sd": 1.0, "n": 2, "low": 58.0, "high": 62.0},
]
NASTY = [
    "a|b",
    "R&B",
    "snake_case",
    "50%",
    "#1",
    "$x$",
    "{y}",
    "a, b",
    'say "hi"',
    "~^",
    "|&_%|",
    "≤ 20",
    "> 45 <",
]
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\\±–−→"), min_size=1
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-999, 999), st.floats(0, 100), NAMES)


def markdown_cells(text):
    lines = text.splitlines()
    return [[part.strip().replace(r"\|", "|") for part in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def latex_cells(text):
    lines = [line.removesuffix(r"\\").strip() for line in text.splitlines() if line.endswith(r"\\")]
    cells = [[part.strip() for part in re.split(r"(?<!\\)&", line)] for line in lines]
    return [[unescape(part) for part in row] for row in cells]


def unescape(text):
    text = text.replace(r"\textasciitilde{}", "~").replace(r"\^{}", "^").replace("{[}", "[")
    for command, letter in ((r"\textbar{}", "|"), ("$<$", "<"), ("$>$", ">"), (r"$\leq$", "≤")):
        text = text.replace(command, letter)
    return re.sub(r"\\([&%$#_{}])", r"\1", text)


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names_come_back_from_every_format(name):
    rows = [{"system": name, "mean": 1.5}, {"system": "b", "mean": 2.5}]
    columns = [Column("system", title=name), "mean"]
    expected = [[name, "mean"], [name, "1.50"], ["b", "2.50"]]
    head, rule, *body = markdown_cells(format_rows(rows, columns, style="markdown"))
    assert [head, *body] == expected
    assert all(set(part) <= set(":-") for part in rule)
    assert latex_cells(format_rows(rows, columns, style="latex")) == expected
    table = list(csv.reader(io.StringIO(format_rows(rows, columns, style="csv"))))
    assert table == [["system", "mean"], [name, "1.5"], ["b", "2.5"]]
    assert json.loads(format_rows(rows, columns, style="json")) == rows
    assert name in format_rows(rows, columns)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.fixed_dictionaries({"name": NAMES, "value": SCALARS}), min_size=1, max_size=4))
def test_any_rows_come_back(rows):
    columns = ["name", Column("value", digits=3)]
    assert json.loads(format_rows(rows, columns, style="json")) == rows
    expected = [[row["name"], Column("value", digits=3).text(row)] for row in rows]
    assert markdown_cells(format_rows(rows, columns, style="markdown"))[2:] == expected
    found = latex_cells(format_rows(rows, columns, style="latex"))[1:]
    assert [[part.replace("--", MISSING) for part in row] for row in found] == [
        [part.replace("--", MISSING) for part in row] for row in expected
    ]
    found = list(csv.DictReader(io.StringIO(format_rows(rows, columns, style="csv"))))
    assert [row["name"] for row in found] == [row["name"] for row in rows]
    for row, read in zip(rows, found, strict=True):
        assert read["value"] == ("" if row["value"] is None else str(row["value"]))  # floats in full


def test_csv_and_json_hold_every_key_raw():
    rows = [{"system": "a\nb", "mean": 1 / 3}, {"system": "c", "seeds": [1, 2]}]
    found = list(csv.DictReader(io.StringIO(format_rows(rows, ["system"], style="csv"))))
    assert found == [
        {"system": "a\nb", "mean": str(1 / 3), "seeds": ""},
        {"system": "c", "mean": "", "seeds": "[1, 2]"},
    ]
    assert json.loads(format_rows(rows, ["system"], style="json", caption="not there")) == rows


def test_values_are_shown_as_their_columns_say():
    columns = [
        Column("system"),
        Column("mean", title="F1", digits=1),
        Column(lambda row: row["high"] and row["high"] - row["low"], title="width", format="+.2f"),
        Column("n", format=lambda n: f"{n} seeds"),
        Column("n", title="several", format=None, align="center"),
    ]
    body = markdown_cells(format_rows(ROWS[:2], columns, style="markdown"))[2:]
    assert body == [["direct", "44.1", "+4.26", "3 seeds", "3"], ["direct", "50.0", MISSING, "1 seeds", "1"]]


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_missing_is_a_dash(value):
    assert Column("x").text({"x": value}) == Column("y").text({}) == MISSING
    assert "--" in format_rows([{"x": value}], ["x"], style="latex").splitlines()[-3]


def test_truth_is_yes_or_no():
    assert [Column("x").text({"x": value}) for value in (True, False, 1, 0)] == ["yes", "no", "1", "0"]


def test_numbers_stand_right_and_text_left_unless_told():
    text = format_rows(ROWS, ["system", "mean", Column("n", align="left"), "sd", "nothing"], style="markdown")
    rule = re.split(r"\|", text.splitlines()[1])[1:-1]
    assert ["right" if part.endswith(":") else "left" for part in rule] == [
        "left",
        "right",
        "left",
        "right",
        "left",
    ]


def test_cells_of_several_lines_are_joined():
    assert "a b" in format_rows([{"x": "a\n  b"}], ["x"])


@pytest.mark.parametrize("style", FORMATS)
def test_no_rows_are_a_table_too(style):
    text = format_rows([], ["system", "mean"], style=style)
    assert text == "[]" if style == "json" else style == "csv" or "system" in text


@pytest.mark.parametrize(("style", "shown"), [("text", "R&B_1 ± 2"), ("latex", r"R\&B\_1 $\pm$ 2")])
def test_the_caption_stands_before_the_table(style, shown):
    assert format_rows(ROWS, ["mean"], style=style, caption="R&B_1 ± 2").startswith(f"{shown}\n\n")


def test_a_latex_row_that_begins_with_a_bracket_is_no_length():
    assert "{[}1, 2]" in format_rows([{"x": "[1, 2]"}], ["x"], style="latex")


def test_latex_has_no_letter_that_it_shows_as_another():
    """In LaTeX's default font < > | are other letters, and ≤ is none."""
    text = format_rows([{"bucket": "≤ 20"}, {"bucket": "> 45 | <"}], ["bucket"], style="latex")
    assert r"$\leq$ 20" in text
    assert r"$>$ 45 \textbar{} $<$" in text


def test_an_unknown_style_is_refused():
    with pytest.raises(ConfigError, match=r"unknown table style 'markdwon'; did you mean 'markdown'.*latex"):
        format_rows(ROWS, ["mean"], style="markdwon")


@pytest.mark.parametrize(
    ("options", "words"),
    [({"key": len}, "needs a title"), ({"key": "x", "align": "rigth"}, "unknown alignment 'rigth'.*right")],
)
def test_a_column_that_cannot_work_is_refused(options, words):
    with pytest.raises(ConfigError, match=words):
        Column(**options)


def test_a_pivot_is_that_of_pandas():
    wide = pivot(ROWS, "system", "domain")
    assert [list(row) for row in wide] == [["system", "ai", "music", "average"]] * 2
    expected = pd.DataFrame(ROWS).pivot(index="system", columns="domain", values="mean")
    found = pd.DataFrame(wide).set_index("system")[list(expected.columns)]
    pd.testing.assert_frame_equal(found, expected, check_names=False)
    assert wide[0]["music"] is None


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.tuples(st.sampled_from("abc"), st.integers(1, 2), NAMES), st.floats(0, 100)))
def test_a_pivot_loses_nothing(cells):
    rows = [{"s": s, "n": n, "column": f"={name}", "mean": f1} for (s, n, name), f1 in cells.items()]
    wide = pivot(rows, ["s", "n"], "column")
    back = {(row["s"], row["n"], key[1:]): row[key] for row in wide for key in row if key[0] == "="}
    assert {place: f1 for place, f1 in back.items() if f1 is not None} == cells
    assert len({tuple(row) for row in wide}) <= 1


def test_a_pivot_of_cells_is_a_table_of_means_and_deviations():
    wide = pivot(ROWS, "system", "domain", cell)
    assert wide == [
        {"system": "direct", "ai": "44.13 ± 0.50 [42.0, 46.3]", "music": None, "average": "50.00"},
        {
            "system": "joint",
            "ai": "45.00 ± 1.25 [43.0, 47.0]",
            "music": "60.00 ± 1.00 [58.0, 62.0]",
            "average": None,
        },
    ]
    text = format_rows(wide, list(wide[0]), style="latex")
    assert r"45.00 $\pm$ 1.25 [43.0, 47.0]" in text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*ROWS, ROWS[0]], "two rows are for one cell.*system='direct', domain='ai'"),
        ([{"system": "a", "domain": "system", "mean": 1}], "'system' is a value of domain and also a key"),
    ],
)
def test_a_pivot_that_would_lose_rows_is_refused(rows, words):
    with pytest.raises(ConfigError, match=words):
        pivot(rows, "system", "domain")


@pytest.mark.parametrize(
    ("style", "digits", "expected"),
    [
        ("mean", 2, "44.13"),
        ("sd", 2, "44.13 ± 0.50"),
        ("interval", 1, "44.1 [42.0, 46.3]"),
        ("both", 1, "44.1 ± 0.5 [42, 46]"),
        ("both", 0, "44 ± 0 [42, 46]"),
    ],
)
def test_cells_by_hand(style, digits, expected):
    assert cell(ROWS[0], style, digits=digits) == expected


@pytest.mark.parametrize("style", ["mean", "sd", "interval", "both"])
def test_a_cell_leaves_out_what_is_missing(style):
    assert cell(ROWS[1], style) == cell({"mean": 50.0}, style) == "50.00"
    assert cell({"mean": None}, style) is None


def test_an_unknown_style_of_a_cell_is_refused():
    with pytest.raises(ConfigError, match=r"unknown style of a cell 'se'.*interval"):
        cell(ROWS[0], "se")


def test_a_frame_has_what_rows_are_about_first_and_statistics_last():
    rows = [{"n": 3, "mean": 50.0, "recall": 1.0, "domain": "ai", "b": "y", "a": "x"}, {"share": 0.5, "a": "z"}]
    table = frame(rows)
    assert list(table) == ["a", "b", "domain", "recall", "share", "mean", "n"]
    assert table["a"].tolist() == ["x", "z"]
    assert table["mean"].isna().tolist() == [False, True]
    assert frame([]).empty
