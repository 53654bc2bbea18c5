"""The report's page: its numbers are those of the analyses, it is whole, safe, and needs nothing beside it."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from crossner.data.dataset import load
from crossner.data.spans import tags_of
from crossner.errors import ConfigError
from crossner.report.page import main_systems, page_model, write_page
from crossner.report.page.commands import commands
from crossner.report.page.examples import examples
from crossner.report.page.pairs import decided, nice_step
from crossner.report.page.sections import SECTIONS, SIGNS
from crossner.report.page.systems import curve_results, main_results, system_labels
from crossner.report.page.text import number, p_value, signed
from crossner.report.page.write import render, write_model
from crossner.results import Results
from crossner.scoring.calibration import calibration_summary
from crossner.scoring.disagreement import disagreement_rows
from crossner.scoring.errors import KINDS, classify, error_rows
from crossner.scoring.protocols import PROTOCOLS, protocol_rows
from crossner.scoring.score import score
from crossner.scoring.significance import comparison_rows, interval_rows

RESAMPLES = 60
NASTY = """</script><b>"'&amp; {{ 7 * 7 }} x</b>"""
VOID = {"meta", "link", "br", "hr", "img", "input", "path", "line", "circle", "rect", "use"}


@pytest.fixture(scope="module")
def results(tmp_path_factory, write_runs):
    """Two systems and a nasty one to compare, others with few sentences or from another source."""
    folder = write_runs(
        tmp_path_factory.mktemp("runs"),
        [
            {"error": 0.4, "seeds": [1, 2]},
            {"regime": "joint", "source": "news", "error": 0.2, "seeds": [1], "orphans": 0.2},
            {"encoder": NASTY, "error": 0.3, "domains": ["music"], "unknown": 0.5},
            {"shots": 3, "error": 0.7},
            {"shots": 5, "error": 0.6},
            {"regime": "pretrain-finetune", "source": "news", "shots": 5, "domains": ["music", "ai"]},
            {"regime": "pretrain-finetune", "source": "science", "shots": 5, "domains": ["music", "ai"]},
        ],
    )
    for path in sorted(folder.glob("*/run.json"))[3:]:
        complete(path)
    return Results([folder])


def complete(path):
    """Give a run what training would have recorded."""
    record = json.loads(path.read_text())
    predictions = json.loads((path.parent / "predictions.json").read_text())
    sentences = load("sample").domain(record["config"]["domain"]).test.sentences
    chunks = [[(s, e, t, not rest) for s, e, t, _, *rest in row] for row in predictions["sentences"]]
    tags = [tags_of(found, len(sentence)) for found, sentence in zip(chunks, sentences, strict=True)]
    record["scores"]["test"] |= score([sentence.tags for sentence in sentences], tags)
    record |= {
        "fit": {"best_epoch": 3},
        "timings": {"training_seconds": 71.0, "tagging_sentences_per_second": 90.0},
    }
    record["environment"] = {"processor": "p", "threads": 2, "device": "cpu", "python": "3.11", "packages": {}}
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture(scope="module")
def model(results):
    return page_model(results, resamples=RESAMPLES)


@pytest.fixture(scope="module")
def page(model):
    return render(model)


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures take most of the time."""
    monkeypatch.setattr("crossner.report.page.write._draw", lambda *rows, **options: None)


class Page(HTMLParser):
    """Elements with their attributes, and whether tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.wrong = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


@pytest.fixture(scope="module")
def parsed(page):
    return Page(page)


def names_of(model):
    """The direct system, the joint one and the one of the nasty name."""
    nasty, direct, joint = model["names"]
    assert NASTY in nasty
    assert joint.startswith("joint")
    return direct, joint, nasty


def test_the_model_is_json(model):
    assert json.loads(json.dumps(model, allow_nan=False)) == json.loads(json.dumps(model))


def test_few_sentences_and_other_sources_are_not_in_the_table(results, model):
    assert [system.name for system in main_systems(results)] == model["names"]
    assert len(model["names"]) == 3
    assert all(label["shots"] is None for label in model["systems"] if label["main"])
    assert sum(not label["main"] for label in model["systems"]) == 4


def test_where_all_systems_have_few_sentences_all_are_compared(tmp_path, write_runs):
    results = Results([write_runs(tmp_path, [{"shots": 3}, {"shots": 5}])])
    assert [label["main"] for label in system_labels(results)] == [True, True]


def test_a_target_that_only_a_matrix_has_is_no_column(tmp_path, write_runs, sample):
    domains = [*sample.targets, "news"]
    folder = write_runs(
        tmp_path,
        [
            {"error": 0.4},
            {"regime": "joint", "source": "news"},
            {"shots": 5, "domains": domains},
            {"regime": "joint", "source": "science", "shots": 5, "domains": ["music", "news"]},
        ],
    )
    results = Results([folder])
    assert results.domains[-1] == "news"
    part = main_results(results)
    assert part.domains == sample.targets
    assert [system.name for system in part.systems] == [system.name for system in main_systems(results)]
    for system, row in zip(part.systems, part.table["rows"], strict=True):
        assert {one.run for answers in system.answers.values() for one in answers} == set(row["runs"])
    assert all(row["average"] for row in part.table["rows"])
    curves = curve_results(results)
    assert "news" not in curves.domains
    assert {system.shots for system in curves.systems} == {None, 5}
    assert all(set(system.answers) <= set(sample.targets) for system in curves.systems)
    assert {system.source for system in curves.systems} == {None, "news"}


def test_scores_are_those_of_every_protocol(results, model):
    assert list(model["scores"]) == list(PROTOCOLS)
    expected = {
        (row["protocol"], row["system"], row["domain"]): row
        for row in protocol_rows(results, systems=model["names"])
    }
    found = {(name, row["system"], row["domain"]): row for name, rows in model["scores"].items() for row in rows}
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        for part in ("mean", "sd", "n", "precision", "recall"):
            assert found[key][part] == row[part], (key, part)


def test_intervals_and_comparisons_are_those_of_the_tests(results, model):
    direct, joint, nasty = names_of(model)
    headline = interval_rows(results, systems=model["names"], resamples=RESAMPLES)
    for row, expected in zip(model["scores"]["headline"], headline, strict=True):
        assert [row[key] for key in ("system", "domain", "low", "high")] == [
            expected[key] for key in ("system", "domain", "low", "high")
        ]
        assert row["mean"] == pytest.approx(expected["mean"], abs=2e-4)
    pairs = [(nasty, direct), (nasty, joint), (direct, joint)]
    expected = comparison_rows(results, pairs=pairs, resamples=RESAMPLES)
    assert [row for pair in model["comparisons"] for row in pair["rows"]] == expected


def test_errors_disagreement_and_calibration_are_those_of_the_analyses(results, model):
    direct, joint, _ = names_of(model)
    assert model["errors"] == error_rows(results, systems=model["names"])
    rows = [row for row in model["disagreement"] if (row["a"], row["b"]) == (direct, joint)]
    assert rows == disagreement_rows(results, direct, joint, examples=0)
    assert model["calibration"]["summary"] == calibration_summary(results, systems=[direct, joint])
    assert model["calibration"]["without"] == [names_of(model)[2]]


def test_examples_hold_every_finding_of_the_first_seed(results, model):
    packed = model["examples"]
    assert tuple(packed["kinds"]) == KINDS == tuple(SIGNS)
    for system, one in zip(main_systems(results), packed["systems"], strict=True):
        for domain, shown in zip(packed["domains"], one["domains"], strict=True):
            runs = system.answers.get(domain["name"])
            assert (shown is None) == (runs is None)
            if runs is None:
                continue
            sentences = results.gold(domain["name"])
            assert domain["tokens"] == [" ".join(sentence.tokens) for sentence in sentences]
            for sentence, chunks, findings in zip(sentences, runs[0].chunks, shown["findings"], strict=True):
                expected = classify(sentence.spans, chunks)
                assert [packed["kinds"][row[0]] for row in findings] == [one.kind for one in expected]
                spans = [
                    [span and (span[0], span[1], packed["types"][span[2]]) for span in row[1:]] for row in findings
                ]
                assert spans == [
                    [one.gold] if one.kind == "correct" else [one.gold, one.predicted] for one in expected
                ]


def test_examples_are_cut_to_a_size_and_say_so(results):
    systems = main_systems(results)
    whole = examples(results, systems)
    assert whole["left_out"] is None
    cut = examples(results, systems, size=len(json.dumps(whole)) // 3)
    assert len(json.dumps(cut, separators=(",", ":"))) <= len(json.dumps(whole)) // 3
    kept = sum(len(domain["tokens"]) for domain in cut["domains"])
    assert (
        f"holds {kept} of {sum(len(domain['tokens']) for domain in whole['domains'])} sentences" in cut["left_out"]
    )
    for system in cut["systems"]:
        for domain, one in zip(cut["domains"], system["domains"], strict=True):
            assert one is None or len(one["findings"]) == len(domain["tokens"])


def test_without_examples_no_sentence_is_quoted(results, model, tmp_path, undrawn):
    path = tmp_path / "page.html"
    told = []
    write_page(results, path, examples=False, resamples=5, progress=told.append)
    assert {"comparisons", "pictures"} < set(told)
    text = path.read_text(encoding="utf-8")
    for domain in model["examples"]["domains"]:
        assert not any(sentence in text for sentence in domain["tokens"])
    assert 'id="examples"' not in text


def test_the_page_is_well_formed_and_its_references_resolve(parsed):
    assert parsed.wrong == []
    assert parsed.open == []
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in parsed.elements:
        for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
            assert set(attributes.get(name, "").split()) <= set(ids), (tag, attributes)
        href = attributes.get("href", "#main")
        assert href.startswith("#")
        assert href[1:] in ids


def test_tables_and_controls_have_names(parsed):
    tags = [tag for tag, _ in parsed.elements]
    assert tags.count("caption") == tags.count("table") > 15
    assert all("scope" in attributes for tag, attributes in parsed.elements if tag == "th")
    labelled = {attributes.get("for") for tag, attributes in parsed.elements if tag == "label"}
    for index, (tag, attributes) in enumerate(parsed.elements):
        if tag in ("select", "input") and attributes.get("id") not in labelled:
            assert parsed.elements[index - 1][0] == "label"


def test_every_section_is_there_in_order(page, model):
    sections = re.findall(r'<section id="([^"]+)"', page)
    assert sections == list(SECTIONS)
    assert re.findall(r'<li><a href="#([^"]+)"', page) == sections
    assert page.count('<p class="read">How to read: ') == len(sections)


def test_the_page_needs_nothing_beside_it(page, parsed):
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"@import|url\((?!#)", page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    policy = next(attributes["content"] for _, attributes in parsed.elements if "http-equiv" in attributes)
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")


def test_names_are_text(page, parsed):
    assert "<b>&quot;" not in page
    assert "&lt;b&gt;" in page
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert NASTY in data["examples"]["systems"][0]["name"]


def test_the_headline_is_there_without_a_script(page, model):
    rows = [row for row in model["scores"]["headline"] if row["domain"] == "average"]
    assert rows
    table = page[page.index('<table id="scores"') : page.index("</table>")]
    for row in rows:
        assert f"{row['mean']:.2f}" in table
        assert f"[{row['low']:.1f}, {row['high']:.1f}]" in table


def test_sample_scores_are_called_sample_scores(page, model, undrawn):
    assert "built-in sample" in page
    elsewhere = model | {"data": model["data"] | {"name": "own"}, "notices": [], "facts": []}
    assert "built-in sample" not in render(elsewhere)


@pytest.mark.parametrize(
    ("part", "section"),
    [
        ("comparisons", "verdicts"),
        ("types", "types"),
        ("matrix", "sources"),
        ("curves", "curves"),
        ("strata", "strata"),
        ("disagreement", "disagreement"),
        ("calibration", "calibration"),
        ("examples", "examples"),
        ("protocols", "protocols"),
        ("audit", "audit"),
    ],
)
def test_a_section_without_data_is_absent(model, part, section, undrawn):
    text = render(model | {part: None})
    assert f'id="{section}"' not in text
    assert f'href="#{section}"' not in text
    assert Page(text).wrong == []


def test_without_the_data_the_page_says_what_is_missing(write_runs, tmp_path, undrawn):
    folder = write_runs(tmp_path / "runs", [{"seeds": [1, 2]}, {"regime": "joint"}])
    for path in folder.glob("*/run.json"):
        complete(path)
        record = json.loads(path.read_text())
        record["data"] |= {"name": "crossner", "revision": "2e7ba2a"}
        path.write_text(json.dumps(record))
    found = Results([folder], data="sample")
    model = page_model(found)
    assert "data at hand is sample" in model["data"]["missing"]
    assert "crossner data fetch" in " ".join(model["notices"])
    assert list(model["scores"]) == ["headline"]
    for row in model["scores"]["headline"]:
        label = next(one for one in system_labels(found) if one["name"] == row["system"])
        expected = next(one for one in found.table["rows"] if one["runs"] == label["runs"])
        summary = expected["average"] if row["domain"] == "average" else expected["f1"][row["domain"]]
        assert (row["mean"], row["sd"], row["n"]) == (summary["mean"], summary["sd"], summary["n"])
    text = render(model)
    assert re.findall(r'<section id="([^"]+)"', text) == ["scores-section", "domains", "types", "runs", "again"]
    assert Page(text).wrong == []
    assert "Published" in text


def test_types_are_means_over_seeds(results, model):
    direct = names_of(model)[0]
    by_id = {record["id"]: record for record in results.records}
    label = next(label for label in model["systems"] if label["name"] == direct)
    for row in model["types"]:
        if row["system"] == direct:
            values = [
                by_id[run]["scores"]["test"]["types"][row["type"]]
                for run in label["runs"]
                if by_id[run]["config"]["domain"] == row["domain"]
                and row["type"] in by_id[run]["scores"]["test"].get("types", {})
            ]
            assert row["mean"] == pytest.approx(sum(one["f1"] for one in values) / len(values), abs=1e-3)
            assert row["gold"] == max(one["support"] for one in values)


def test_runs_that_were_imported_have_dashes(page, results):
    table = page[page.index('<section id="runs"') : page.index('<section id="again"')]
    assert table.count("<td>71</td>") == sum("fit" in record for record in results.records)
    assert len(results.records) - table.count("<td>71</td>") == 3
    assert "3 runs were imported" in page


def config(regime="direct", **changes):
    from dataclasses import asdict

    from crossner.transfer.schedules import default_schedule, default_source_schedule

    options = {key: changes.pop(key) for key in ("epochs", "lr") if key in changes}
    tagger = changes.get("tagger", "linear")
    return {
        "tagger": tagger,
        "encoder": "minilm",
        "regime": regime,
        "shots": None,
        "source": None if regime == "direct" else "conll2003",
        "schedule": asdict(default_schedule(tagger, regime, **options)),
        "source_schedule": asdict(default_source_schedule(tagger)) if regime == "pretrain-finetune" else None,
        "target_weight": 20 if regime == "joint" else None,
        "decoding": "iob2",
        "vectors": None,
    } | changes


class Recorded:
    """Results with nothing but records."""

    def __init__(self, *runs, name="crossner"):
        self.table = {"data": {"name": name}}
        self.records = [
            {"config": one | {"domain": domain, "seed": seed}, "data": {"targets": ["music", "ai"]}, "fit": {}}
            for domain, seed, one in runs
        ]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([("music", 1, config()), ("ai", 1, config())], ["crossner run --regimes direct --out runs"]),
        (
            [(d, s, config(r)) for r in ("direct", "joint") for d in ("music", "ai") for s in (1, 2)],
            ["crossner run --regimes direct joint --seeds 2 --out runs"],
        ),
        (
            [("ai", 3, config("pretrain-finetune", shots=20, epochs=7, lr=1e-3))],
            [
                "crossner run --domains ai --regimes pretrain-finetune --seeds 3 --shots 20 --epochs 7 --lr 0.001 "
                "--out runs"
            ],
        ),
        (
            [("ai", 1, config("joint", source="music", target_weight=5))],
            ["crossner run --domains ai --regimes joint --source music --target-weight 5 --out runs"],
        ),
        (
            [("ai", 1, config(encoder="x; rm y")), ("music", 1, config(encoder="x; rm y"))],
            ["crossner run --regimes direct --encoder 'x; rm y' --out runs"],
        ),
    ],
)
def test_commands_name_what_differs_from_the_defaults(runs, expected):
    assert [row["command"] for row in commands(Recorded(*runs))] == expected


def test_commands_are_understood_and_plan_the_very_runs(results):
    from crossner.cli import _parser

    for row in commands(
        Recorded(("ai", 2, config("joint", epochs=3)), ("music", 1, config(tagger="crf")), name="own")
    ):
        arguments = _parser().parse_args(row["command"].split()[1:])
        assert arguments.out == "runs"
        assert arguments.data == "DIR"


def test_a_file_that_cannot_be_written(model, tmp_path, undrawn):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_model(model, tmp_path / "no folder" / "page.html")


@pytest.mark.parametrize(
    ("value", "expected"), [(1.234, "+1.23"), (-0.5, "−0.50"), (-0.001, "0.00"), (0.0, "0.00"), (None, "–")]
)
def test_differences_have_signs(value, expected):
    assert signed(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0001, "< 0.001"), (0.0123, "0.012"), (0.5, "0.50"), (None, "–")]
)
def test_p_values(value, expected):
    assert p_value(value) == expected


@pytest.mark.parametrize(("width", "step"), [(6.0, 2), (0.7, 0.2), (48, 10), (0, 1), (5, 1)])
def test_ticks_are_round(width, step):
    assert nice_step(width) == pytest.approx(step)


def test_numbers_and_decisions():
    assert number(1234.5, 1) == "1,234.5"
    row = {"p_holm": None, "p_randomisation": 0.05, "same": False}
    assert decided(row)
    assert not decided(row | {"p_holm": 0.06})
    assert not decided(row | {"same": True})
