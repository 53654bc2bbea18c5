"""Published scores: each row's form, averages worked out again, numbers typed from the papers' tables, marks."""

import re
import tomllib
from statistics import fmean

import pytest

from crossner.errors import ConfigError, DataError
from crossner.report.published import DOMAINS, PATH, beside, load_published, published_rows
from crossner.results import Results
from crossner.scoring.protocols import PROTOCOLS, Protocol, protocol_rows

ROWS = load_published()
BY_NAME = {row["name"]: row for row in ROWS}
IN_CROSSNER = "arXiv:2012.04373"
# politics, science, music, literature, ai, average
TRAINED = {
    "BiLSTM-CRF, word": "52.52 44.6 40.77 35.69 38.24 42.36",
    "BiLSTM-CRF, word + char": "56.60 49.97 44.79 43.03 43.56 47.59",
    "Coach, word": "54.01 44.88 45.58 36.18 40.41 44.21",
    "Coach, word + char": "61.50 52.09 51.66 48.35 45.15 51.75",
    "Jia et al. 2019": "68.44 64.31 63.56 59.59 53.70 61.92",
    "Multi-Cell (Jia & Zhang 2020)": "70.56 66.42 70.52 66.96 58.28 66.55",
    "Multi-Cell (Jia & Zhang 2020) + DAPT": "71.45 67.68 74.19 68.63 61.64 68.71",
    "BERT, pre-train then fine-tune": "68.71 64.94 68.30 63.63 58.88 64.89",
    "BERT, pre-train then fine-tune + DAPT": "72.05 68.78 75.71 69.04 62.56 69.63",
    "BERT, direct": "66.56 63.73 66.59 59.95 50.37 61.44",
    "BERT, joint": "68.85 65.03 67.59 62.57 58.57 64.52",
    "LST-NER": "73.25 70.07 76.83 70.76 63.28 70.84",
    "LANER": "74.06 71.83 78.78 71.11 65.79 72.31",
    "CP-NER": "74.25 75.82 79.10 72.17 67.95 73.86",
    "PromptNER": "78.61 72.59 84.26 74.44 64.83 74.95",
    "IF-WRANER": "79.80 75.31 85.43 75.52 68.81 76.97",
    "NE-R1": "81.35 75.83 83.51 76.30 73.78 78.15",
}
# ai, literature, music, politics, science, average
ZERO_SHOT = {
    "UniNER-7B": "53.5 59.7 65.0 60.8 61.1 60.0",
    "GLiNER-L": "57.2 64.4 69.6 72.6 62.6 65.3",
    "GLiNER-multitask-large": "51.4 65.7 71.9 78.7 66.6 66.8",
    "NuNER-Zero-span": "60.1 64.9 69.9 72.7 66.4 66.8",
    "NuNER-Zero": "59.1 72.4 76.0 83.1 66.6 71.44",
    "NuNER-Zero-span, by token": "64.7 72.5 72.9 79.5 72.0 72.32",
    "GNER-LLaMA-7B": "63.1 68.2 75.7 69.4 69.9 69.3",
    "GNER-T5-xxl": "68 69 81 75 77 74",
}
GOOD = """
[papers.one]
authors = "A & B"
year = 2024
source = "arXiv:2401.00001"
protocol = { level = "entity", misc = "in", match = "offsets", malformed = "strict", seeds = 3 }
[[row]]
paper = "one"
name = "first"
setting = "target-trained"
f1 = { politics = 60, science = 61.0, music = 62.0, literature = 63.0, ai = 64.0 }
average = 62.0
first_hand = true
[[row]]
paper = "one"
name = "second"
setting = "zero-shot"
f1 = { ai = 1.0, literature = 2.0, music = 3.0, politics = 4.0, science = 5.0 }
first_hand = false
via = "a later table"
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "scores.toml"
        path.write_text(text, encoding="utf-8")
        return load_published(path)

    return load


@pytest.mark.parametrize(
    ("name", "columns", "text"),
    [(name, DOMAINS, text) for name, text in TRAINED.items()]
    + [(name, ("ai", "literature", "music", "politics", "science"), text) for name, text in ZERO_SHOT.items()],
)
def test_the_numbers_are_those_of_the_papers(name, columns, text):
    row = BY_NAME[name]
    assert [row[key] for key in (*columns, "average")] == list(map(float, text.split()))
    assert row["setting"] == ("target-trained" if name in TRAINED else "zero-shot")


def test_nothing_else_is_there():
    assert set(BY_NAME) == {*TRAINED, *ZERO_SHOT}
    assert len(ROWS) == 25


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_row_says_where_it_is_from_and_how_it_was_scored(row):
    assert list(row) == list(ROWS[0])
    assert all(0 < row[domain] < 100 for domain in DOMAINS)
    assert row["average"] == pytest.approx(fmean(row[domain] for domain in DOMAINS), abs=0.1)
    assert re.match(r"arXiv:\d{4}\.\d{5}$|https://", row["source"]) or not row["first_hand"]
    assert row["year"] is None or 2021 <= row["year"] <= 2026
    if row["source"].startswith("arXiv:"):
        assert (
            0 <= row["year"] - 2000 - int(row["source"][6:8]) <= 1 or row["name"] == "LST-NER"
        )  # put there later


def test_what_was_only_read_elsewhere_is_not_called_first_hand():
    from_memory = {row["name"] for row in ROWS if row["via"] == "memory"}
    assert from_memory == {"BERT, direct", "BERT, joint"}
    second_hand = {row["name"] for row in ROWS if not row["first_hand"]} - from_memory
    assert second_hand >= {
        "LST-NER",
        "LANER",
        "CP-NER",
        "PromptNER",
        "IF-WRANER",
        "NE-R1",
        "UniNER-7B",
        "GLiNER-L",
    }


def test_protocols_differ_as_the_systems_code_does():
    def of(name, *keys):
        return tuple(BY_NAME[name][key] for key in keys)

    assert of("UniNER-7B", "misc", "match") == of("GNER-T5-xxl", "misc", "match") == ("out", "strings")
    assert of("GLiNER-L", "misc", "match") == ("in", "offsets")
    assert of("NuNER-Zero", "level") == of("NuNER-Zero-span, by token", "level") == ("token",)
    assert of("NuNER-Zero-span", "level") == ("entity",)
    assert of("BERT, direct", "malformed", "seeds", "data") == ("repair", 3, "before 2021-01-05")
    assert "sentence before" in BY_NAME["BERT, joint"]["note"]


def test_beside_the_headline_stand_the_papers_that_score_the_same_thing():
    comparable, others = beside(ROWS)
    assert len(comparable) + len(others) == len(ROWS)
    assert {row["name"] for row in comparable} == {r["name"] for r in ROWS if r["source"] == IN_CROSSNER} | {
        "LANER"
    }
    marks = {row["name"]: row["mark"].split("; ") for row in (*comparable, *others)}
    for row in ROWS:
        assert any("older data" in mark for mark in marks[row["name"]]) == (row["source"] == IN_CROSSNER)
        assert {"second-hand", "from memory"}.isdisjoint(marks[row["name"]]) == row["first_hand"]
    assert marks["CP-NER"] == ["protocol not stated", "second-hand"]
    assert marks["GLiNER-L"] == ["zero-shot", "second-hand"]
    assert marks["NuNER-Zero-span"] == ["zero-shot", "misc not stated"]
    assert {"zero-shot", "token level"} <= set(marks["NuNER-Zero"])
    assert {"misc dropped", "strings, not offsets"} <= set(marks["UniNER-7B"])
    assert any("unlabelled" in mark for mark in marks["BERT, pre-train then fine-tune + DAPT"])
    assert "mark" not in ROWS[0]


@pytest.mark.parametrize(
    ("protocol", "setting", "names"),
    [
        ("strings-misc-out", "zero-shot", {"UniNER-7B", "GNER-LLaMA-7B", "GNER-T5-xxl"}),
        ("headline", "zero-shot", {"GLiNER-L"}),
        ("token", "zero-shot", set()),  # whether with misc is not known
        ("unleaked", "target-trained", set()),
        ("partial", "target-trained", set()),
        ("misc-out", "target-trained", set()),
    ],
)
def test_another_protocol_has_other_neighbours(protocol, setting, names):
    comparable, others = beside(ROWS, PROTOCOLS[protocol], setting=setting)
    assert {row["name"] for row in comparable} == names
    assert all(row["mark"] for row in others)


def test_openings_with_i_are_remarked_on_only_where_they_are_treated_differently():
    for protocol, expected in ((Protocol(), True), (Protocol(malformed="repair"), False)):
        marks = {row["name"]: row["mark"] for row in beside(ROWS, protocol)[0]}
        assert ("I- openings repaired" in marks["BERT, joint"]) == expected


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match=r"unknown setting 'few-shot'.*zero-shot"):
        beside(ROWS, setting="few-shot")


def test_rows_for_a_table_are_flat_and_comparable_ones_come_first():
    rows = published_rows()
    keys = ["name", "year", "setting", "encoder", "parameters", *DOMAINS, "average"]
    assert all(list(row) == [*keys, "comparable", "mark", "source", "first_hand"] for row in rows)
    assert sorted(row["name"] for row in rows) == sorted(BY_NAME)
    flags = [row["comparable"] for row in rows]
    assert flags == sorted(flags, reverse=True)
    assert sum(flags) == len(beside(ROWS)[0])


class TestOwn:
    """One's own systems before the published ones."""

    @pytest.fixture
    def results(self, write_runs, tmp_path):
        return Results([write_runs(tmp_path, [{"seeds": [1, 2], "orphans": 0.3}, {"regime": "joint"}])])

    @pytest.mark.parametrize("name", ["headline", "repair-misc-out"])
    def test_they_are_scored_under_the_protocol(self, results, name):
        *own, _ = rows = published_rows(results, PROTOCOLS[name])[:3]
        assert [row["name"] for row in own] == ["direct", "joint"]
        assert list(rows[0]) == list(rows[2])
        for row in protocol_rows(results, protocols=[name]):
            (mine,) = (one for one in own if one["name"] == row["system"])
            assert mine[row["domain"]] == row["mean"]

    def test_the_average_is_over_targets_where_a_source_is_a_target_too(self, write_runs, tmp_path):
        both = {"domains": [*DOMAINS, "news"]}
        results = Results([write_runs(tmp_path / "both", [both, {"shots": 5, "domains": ["ai"]}])])
        assert "news" in results.domains
        few, own = published_rows(results)[:2]
        assert own["average"] == pytest.approx(fmean(own[domain] for domain in DOMAINS), abs=1e-3)
        assert few["average"] is None
        assert "few train sentences (5)" in few["mark"]
        assert "few" not in own["mark"]

    def test_the_published_ones_follow(self, results):
        assert published_rows(results)[2:] == published_rows()

    def test_scores_on_other_data_are_not_called_comparable(self, results):
        own = published_rows(results)[0]
        assert (own["comparable"], own["mark"]) == (False, "on other data (sample)")
        results.table["data"]["name"] = "crossner"
        own = published_rows(results)[0]
        assert (own["comparable"], own["mark"], own["encoder"]) == (True, "", "minilm")

    def test_without_all_domains_there_is_no_average(self, write_runs, tmp_path):
        results = Results([write_runs(tmp_path, [{"domains": ["ai", "music"]}])])
        own = published_rows(results)[0]
        assert own["average"] is own["politics"] is None
        assert own["ai"] > 0


def test_a_good_file_is_read(load):
    first, second = load(GOOD)
    assert (first["average"], first["politics"], first["authors"], first["seeds"]) == (62, 60, "A & B", 3)
    assert (second["average"], second["via"], second["encoder"]) == (3, "a later table", None)


def test_a_row_overrides_and_adds_to_what_its_paper_says(load):
    text = GOOD.replace("seeds = 3 }", 'seeds = 3 }\nnote = "of all"')
    text = text.replace(
        'via = "a later table"', 'protocol = { misc = "out" }\nsource = "doi:10.1/x"\nnote = "of one"'
    )
    first, second = load(text)
    assert (first["misc"], second["misc"], second["match"], second["seeds"]) == ("in", "out", "offsets", 3)
    assert (first["source"], second["source"]) == ("arXiv:2401.00001", "doi:10.1/x")
    assert (first["note"], second["note"]) == ("of all", "of one; of all")


def test_an_average_that_is_printed_wrong_needs_a_note(load):
    with pytest.raises(DataError, match=r"row 'first': the average 63.0 is not the mean of the five, 62.00"):
        load(GOOD.replace("average = 62.0", "average = 63.0"))
    (first, _) = load(GOOD.replace("average = 62.0", 'average = 63.0\nnote = "the average is printed so"'))
    assert first["average"] == 63
    load(GOOD.replace("average = 62.0", "average = 62.1"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[[row]]", "[[row", "not TOML"),
        ("[papers.one]", "[paper.one]", "unknown key 'paper'; did you mean 'papers'"),
        ("[papers.one]", "title = 1\n[papers.one]", "unknown key 'title'"),
        ("year = 2024", "year = 1999", "paper 'one': year is 1999.*2020"),
        ("year = 2024", "year = true", "year is True"),
        ("year = 2024", "years = 2024", "paper 'one': unknown key 'years'; did you mean 'year'"),
        ('source = "arXiv:2401.00001"', "", "paper 'one' lacks source"),
        ('source = "arXiv:2401.00001"', 'source = ""', "source is ''.*arXiv:NUMBER"),
        ('source = "arXiv:2401.00001"', 'source = "the web"', "source is 'the web'"),
        ('source = "arXiv:2401.00001"', 'source = "unknown"', "row 'first' is first-hand, so its source is known"),
        ('misc = "in", ', "", "paper 'one': protocol lacks misc"),
        ('misc = "in"', 'misc = "maybe"', "unknown value of misc 'maybe'.*in, out, unknown"),
        ('level = "entity"', 'level = "partial"', "unknown value of level 'partial'"),
        ('level = "entity"', 'level = ["entity"]', "unknown value of level"),
        ("seeds = 3", "seeds = 0", "seeds is 0"),
        ("seeds = 3", "seed = 3", "protocol: unknown key 'seed'; did you mean 'seeds'"),
        ('paper = "one"\nname = "first"', 'paper = "two"\nname = "first"', "row 'first': unknown paper 'two'"),
        ('paper = "one"\nname = "first"', 'paper = ["one"]\nname = "first"', "row 'first': unknown paper"),
        ('name = "first"', "", "row number 1 lacks name"),
        ('name = "first"', "name = 7", "row number 1: name is 7; it must be text"),
        ('name = "first"', 'name = "second"', "row 'second' is there 2 times"),
        ('setting = "zero-shot"', 'setting = "few-shot"', "row 'second': setting is 'few-shot'.*zero-shot"),
        ("politics = 60, ", "", "row 'first': f1 lacks politics"),
        ("politics = 60", "politics = 160", "row 'first': F1 of politics is 160; .*0 to 100"),
        ("politics = 60", "politics = nan", "F1 of politics is nan"),
        ("politics = 60", 'politics = "60"', "F1 of politics is '60'"),
        ("politics = 60", "law = 1.0, politics = 60", "f1: unknown key 'law'"),
        ("f1 = { politics", "scores = { politics", "row 'first': unknown key 'scores'"),
        ("average = 62.0", "average = -1", "row 'first': average is -1"),
        ("average = 62.0", "parameters = 0", "parameters is 0; .*millions"),
        ("average = 62.0", 'encoder = ""', "encoder is ''"),
        ("average = 62.0", 'via = "a table"', "row 'first' is first-hand, so it has no via"),
        ("first_hand = true", 'first_hand = "yes"', "row 'first': first_hand is 'yes'; it must be true or false"),
        ("first_hand = true", "", "row 'first' lacks first_hand"),
        (
            "[papers.one]",
            "[papers.two]\nsource = 'unknown'\nprotocol = {}\n[papers.one]",
            "'two': protocol lacks level",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence_that_names_the_entry(load, old, new, words):
    assert old in GOOD
    with pytest.raises(DataError, match=words) as caught:
        load(GOOD.replace(old, new, 1))
    assert str(caught.value).count("scores.toml") == 1
    assert "\n" not in str(caught.value)


def test_a_paper_without_rows_is_named(load):
    paper = GOOD[GOOD.index("[papers.one]") : GOOD.index("[[row]]")]
    with pytest.raises(DataError, match="paper 'two' has no row"):
        load(paper.replace("one", "two") + GOOD)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.toml: the published scores cannot be read: No such file"):
        load_published(tmp_path / "none.toml")


def test_the_file_is_part_of_the_package():
    pattern = tomllib.loads((PATH.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = pattern["tool"]["setuptools"]["package-data"]["crossner"]
    assert any(PATH.relative_to(PATH.parents[1]).match(glob) for glob in patterns)
