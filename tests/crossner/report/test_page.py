"""The report's page: its numbers are those of the analyses, it is whole, safe, and needs nothing beside it."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from crossner.audit import audit
from crossner.audit.report import ambiguous_rows, duplicate_rows, seen_rows
from crossner.data.dataset import load
from crossner.data.spans import tags_of
from crossner.errors import ConfigError, StoreError
from crossner.report.page import main_systems, page_model, write_page
from crossner.report.page.commands import commands
from crossner.report.page.examples import examples
from crossner.report.page.pairs import decided, nice_step, ranked, verdict_of
from crossner.report.page.panels import curve_note, curve_panels, strata_panels
from crossner.report.page.pictures import all_pictures
from crossner.report.page.sections import SECTIONS, SIGNS
from crossner.report.page.summary import summary
from crossner.report.page.systems import curve_results, main_results, system_labels
from crossner.report.page.text import key_of, number, p_value, signed
from crossner.report.page.write import render, write_model
from crossner.results import Results
from crossner.scoring.calibration import calibration_summary
from crossner.scoring.curves import curve_rows
from crossner.scoring.disagreement import disagreement_rows
from crossner.scoring.errors import KINDS, classify, error_rows
from crossner.scoring.generalisation import VIEWS, generalisation_rows
from crossner.scoring.matrix import source_matrix
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
    monkeypatch.setattr("crossner.report.page.pictures.Picture.embedded", lambda picture: None)


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


class Tables(HTMLParser):
    """Text of the tables, a list of rows each, the caption in the first."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.inside = [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "caption":
            self.tables.append([[""]])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        self.inside = self.inside or tag in ("caption", "th", "td")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("caption", "th", "td")

    def handle_data(self, data):
        if self.inside:
            self.tables[-1][-1][-1] += data


def tables_of(page, section):
    """Caption, head and rows of the tables of a section."""
    start = page.index(f'<section id="{section}"')
    found = Tables(page[start : page.index("</section>", start)]).tables
    return [(caption, head, rows) for [caption], head, *rows in found]


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


def test_the_matrix_on_the_page_is_that_of_the_analysis(results, page):
    matrix = source_matrix(results, resamples=RESAMPLES)
    ((_, [first, *targets, last], rows),) = tables_of(page, "sources")
    assert (first, last) == ("source", "mean gain")
    cells = {(one["source"], one["target"]): one for one in matrix["cells"]}
    means = {one["source"]: one["gain"] for one in matrix["sources"]}
    assert sum(cell["gain"] is not None for cell in cells.values()) == 4
    for source, *texts, mean in rows:
        assert mean == signed(means[source], 1)
        for target, text in zip(targets, texts, strict=True):
            one = cells.pop((source, target))
            expected = "–" if one["f1"] is None else f"{one['f1']:.1f}"
            if one["gain"] is not None:
                expected += f" ({signed(one['gain'], 1)}{'*' if one['p_holm'] < 0.05 else ''})"
            assert text == expected
    assert all(one["f1"] is None for one in cells.values())
    assert "linear · minilm, 5 target sentences" in page


def test_the_curves_on_the_page_are_those_of_the_analysis(results, page):
    rows = curve_rows(curve_results(results))
    tables = tables_of(page, "curves")
    for domain in {row["domain"] for row in rows}:
        own = [row for row in rows if row["domain"] == domain]
        ((_, head, shown),) = [table for table in tables if f"sentences, {domain};" in table[0]]
        found = {
            (series, shots): text for series, *texts in shown for shots, text in zip(head[1:], texts, strict=True)
        }
        for row in own:
            text = found.pop((row["series"], "all" if row["shots"] is None else str(row["shots"])))
            assert text == f"{row['mean']:.2f}" + (f" ± {row['sd']:.2f}" if row["sd"] is not None else "")
        assert set(found.values()) <= {"–"}


def test_what_a_source_is_worth_is_that_of_the_analysis():
    label = {"tagger": "linear", "encoder": "minilm", "domain": "ai", "sd": None}
    points = {"direct": [(1, 10.0), (10, 20.0), (100, 30.0)], "joint": [(1, 15.0), (10, 40.0)]}
    rows = [
        label
        | {"series": name, "regime": name, "source": None if name == "direct" else "news"}
        | {"shots": count, "sentences": count, "mean": mean}
        for name, own in points.items()
        for count, mean in own
    ]
    (panel,) = curve_panels({"curves": rows})
    # Halfway between 10 and 20 is the root of 10 sentences.
    assert panel["gaps"]["rows"] == [["joint", "1", "15.00", "3", "3.2"], ["joint", "10", "40.00", "–", "–"]]
    assert curve_panels({"curves": rows[:3]})[0]["gaps"] is None
    assert curve_panels({"curves": rows[3:]})[0]["gaps"] is None
    assert curve_note(rows) == "All of linear · minilm. The source is news."


def test_the_strata_on_the_page_are_those_of_the_analysis(results, model, page):
    panels = {panel["key"]: panel["table"] for panel in strata_panels(model)}
    tables = tables_of(page, "strata")
    assert len(tables) == len(panels)
    for name in VIEWS:
        rows = generalisation_rows(results, name, systems=model["names"], resamples=RESAMPLES)
        for domain in {row["domain"] for row in rows}:
            own = [row for row in rows if row["domain"] == domain]
            table = panels[key_of(name, domain)]
            assert (table["caption"], table["head"], table["rows"]) in tables
            found = {
                (system, head.rsplit(" (", 1)[0]): text
                for system, *texts in table["rows"]
                for head, text in zip(table["head"][1:], texts, strict=True)
            }
            for row in own:
                interval = "" if row["low"] is None else f" [{row['low']:.1f}, {row['high']:.1f}]"
                expected = "–" if row["mean"] is None else f"{row['mean']:.1f}{interval}"
                assert found[row["system"], row["bucket"]] == expected


def test_the_audit_on_the_page_is_the_audit(results, page):
    found = audit(results.dataset)
    expected = [duplicate_rows(found), seen_rows(found), [row[:4] for row in ambiguous_rows(found)]]
    shown = [rows for _, _, rows in tables_of(page, "audit")]
    for table, rows in zip(shown, expected, strict=True):
        assert table == [[f"{x:.1f}" if isinstance(x, float) else str(x) for x in row] for row in rows]


def test_the_summary_names_the_best_and_what_is_known_of_it(model):
    direct, joint, _ = names_of(model)
    average = {row["system"]: row["mean"] for row in model["scores"]["headline"] if row["domain"] == "average"}
    assert average[joint] > average[direct]
    verdicts = [verdict_of(pair) for pair in model["comparisons"]]
    (_, who), (_, against), (_, lost) = summary(model, verdicts)
    assert who.startswith(f"{joint}, with an F1 of {average[joint]:.1f} [")
    assert f"; then {direct}, with {average[direct]:.1f} [" in who
    (pair,) = [index for index, one in enumerate(model["comparisons"]) if {one["a"], one["b"]} == {direct, joint}]
    assert against == verdicts[pair]
    own = [row for row in model["errors"] if (row["system"], row["domain"]) == (joint, "all")]
    worst = max((row for row in own if row["kind"] != "correct"), key=lambda row: row["f1_gain"])
    assert f"“{worst['kind']}”" in lost
    assert ranked(model)[:2] == [joint, direct]


def test_one_domain_is_summed_up_by_itself_and_two_apart_not(write_runs, tmp_path):
    one = Results([write_runs(tmp_path / "one", [{"domains": ["ai"]}, {"regime": "joint", "domains": ["ai"]}])])
    model = page_model(one, examples=False, resamples=5)
    (_, who), (_, against), (_, lost) = summary(model, [verdict_of(pair) for pair in model["comparisons"]])
    assert " on ai; then " in who
    assert "direct" in against
    assert "unseen ones" in lost
    text = render(model)
    assert "<svg" in text[text.index('<section id="strata"') : text.index('<section id="errors"')]
    systems = [{"domains": ["ai"]}, {"encoder": "other", "domains": ["music"]}]
    apart = page_model(Results([write_runs(tmp_path / "two", systems)]), examples=False, resamples=5)
    assert summary(apart, []) == []


def test_the_comparison_that_opens_is_that_of_the_best(model, page):
    direct, joint, _ = names_of(model)
    start = page.index('<div class="panel on" data-key=', page.index('id="verdicts"'))
    assert page[start:].startswith(f'<div class="panel on" data-key="{escape(key_of(joint, direct))}"')


def test_of_many_systems_each_is_compared_with_the_best(write_runs, tmp_path, undrawn):
    rates = [0.9, 0.8, 0.7, 0.6, 0.1, 0.5, 0.4, 0.3, 0.2, 0.45, 0.55]
    systems = [{"encoder": f"e{i:02}", "error": rate, "domains": ["ai"]} for i, rate in enumerate(rates)]
    model = page_model(Results([write_runs(tmp_path, systems)]), examples=False, resamples=5)
    best = model["comparisons"][0]["a"]
    assert "e04" in best
    assert {pair["a"] for pair in model["comparisons"]} == {row["a"] for row in model["disagreement"]} == {best}
    assert len(model["comparisons"]) == 10
    text = render(model)
    assert f"each is compared with {best} alone" in text
    assert "no domain in common" not in text
    assert len(all_pictures(model)["differences"].rows[0]) == 10


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
            {"config": one | {"domain": domain, "seed": seed}, "data": {"targets": ["music", "ai"]}}
            | {"fit": {"best_epoch": 1}}
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


def test_damaged_predictions_are_no_missing_data(write_runs, tmp_path):
    folder = write_runs(tmp_path / "runs", [{"domains": ["ai"]}])
    next(folder.glob("*/predictions.json")).write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"predictions\.json"):
        page_model(Results([folder]), examples=False, resamples=20)
