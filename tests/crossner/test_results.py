"""Folders of runs opened for analysis: what was stored comes back, named apart, or one sentence says why not."""

import json

import pytest

from crossner.analysis import rows_of
from crossner.errors import ConfigError, StoreError
from crossner.results import Results
from crossner.scoring.spans import f1_from_counts
from crossner.transfer.store import Store

SYSTEMS = [
    {"seeds": [1, 2], "error": 0.3},
    {"regime": "joint", "source": "news", "seeds": [1], "unknown": 0.5, "orphans": 0.3},
    {"tagger": "crf", "shots": 4, "domains": ["ai"]},
]


@pytest.fixture(scope="module")
def folder(write_runs, tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs"), SYSTEMS)


@pytest.fixture(scope="module")
def results(folder):
    return Results([folder])


def test_systems_are_the_rows_of_the_table(results):
    assert [s.name for s in results.systems] == ["direct · crf · 4 sentences", "direct · linear", "joint · linear"]
    by_name = {system.name: system for system in results.systems}
    assert [a.seed for a in by_name["direct · linear"].answers["music"]] == [1, 2]
    assert by_name["joint · linear"].source == "news"
    few = by_name["direct · crf · 4 sentences"]
    assert list(few.answers) == ["ai"]
    assert len(few.answers["ai"][0].train) == few.shots == 4


def test_spans_score_what_the_record_says(results):
    stored = {record["id"]: record["scores"]["test"]["strict"]["f1"] for record in results.records}
    for system in results.systems:
        for domain, answers in system.answers.items():
            gold = [set(sentence.spans) for sentence in results.gold(domain)]
            for one in answers:
                found = [{chunk[:3] for chunk in chunks if chunk.opened} for chunks in one.chunks]
                right = sum(len(f & g) for f, g in zip(found, gold, strict=True))
                f1 = f1_from_counts(right, sum(map(len, found)), sum(map(len, gold)))
                assert f1 == pytest.approx(stored[one.run], abs=1e-4)
                assert [len(c) for c in one.chunks] == [len(c) for c in one.confidences]


def test_a_run_in_two_folders_counts_once(folder, results, write_runs, tmp_path):
    other = write_runs(tmp_path / "more", [*SYSTEMS[1:], {"regime": "direct", "encoder": "mpnet"}])
    both = Results([folder, other])
    assert len(both.records) == len(results.records) + len(both.domains)
    assert "direct · linear · mpnet" in [system.name for system in both.systems]


def test_names_say_the_source_where_it_differs(write_runs, tmp_path):
    systems = [
        {"regime": "pretrain-finetune", "source": source, "domains": ["ai"]} for source in ("news", "music")
    ]
    names = [system.name for system in Results(write_runs(tmp_path, systems)).systems]
    assert sorted(names) == ["pretrain-finetune · from music", "pretrain-finetune · from news"]


def test_what_cannot_be_opened_is_one_sentence(results, folder, write_runs, tmp_path):
    with pytest.raises(ConfigError, match="no folder of runs"):
        Results([])
    with pytest.raises(StoreError, match="no such folder"):
        Results([tmp_path / "nowhere"])
    with pytest.raises(ConfigError, match="joint · linear"):
        results.system("best")
    copy = write_runs(tmp_path / "copy", SYSTEMS[:1])
    path = Store(copy).folders()[0] / "predictions.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(stored | {"run": "another"}), encoding="utf-8")
    with pytest.raises(StoreError, match="of another run"):
        Results(copy).systems  # noqa: B018


@pytest.mark.parametrize(
    "rows",
    [
        [[0, 1, "task", 0.5], [0, 1, "task", 0.5]],  # would count twice
        [[0, 2, "task", 0.5], [1, 3, "task", 0.5]],
        [[1, 2, "task", 0.5], [0, 1, "task", 0.5]],
        [[0, 1, ["task"], 0.5]],
        [[0, 1, None, 0.5]],
        [[0.0, 1, "task", 0.5]],
        [[False, 1, "task", 0.5]],
        [[0, 1, "task", float("nan")]],
        [[0, 1, "task", "high"]],
        [[0, 1, "task", 1.5]],
        [[0, 10**30, "task", 0.5]],
        [["a", "b"]],
    ],
)
def test_damaged_predictions_are_one_sentence_that_names_the_run(write_runs, tmp_path, rows):
    folder = write_runs(tmp_path, [{"domains": ["ai"]}])
    path = Store(folder).folders()[0] / "predictions.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["sentences"][3] = rows
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(StoreError, match="sentence 3") as caught:
        Results(folder).systems  # noqa: B018
    assert str(path.parent) in str(caught.value)


def test_damaged_records_are_one_sentence_that_names_the_run(write_runs, tmp_path):
    folder = write_runs(tmp_path, [{"domains": ["ai"], "shots": 2}])
    run = Store(folder).folders()[0]
    predictions, record = (
        json.loads((run / f"{name}.json").read_text("utf-8")) for name in ("predictions", "run")
    )
    for name, content, words in (
        ("run", record | {"shots": [10**9]}, "train sentences"),
        ("run", record | {"shots": "all"}, "train sentences"),
        ("predictions", predictions | {"data": predictions["data"] | {"sha256": None}}, "damaged"),
        ("predictions", predictions | {"sentences": []}, "not those of"),
    ):
        kept = (run / f"{name}.json").read_text("utf-8")
        (run / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(StoreError, match=words) as caught:
            Results(folder).systems  # noqa: B018
        assert str(run) in str(caught.value)
        (run / f"{name}.json").write_text(kept, encoding="utf-8")


def test_names_are_different_whatever_users_call_their_systems(write_runs, tmp_path):
    alike = [
        {"regime": "imported", "tagger": "a · b", "encoder": None},
        {"regime": "imported", "tagger": "a", "encoder": "b"},
        {"regime": "imported", "tagger": "a · b", "encoder": None, "shots": 3},
        {"regime": "imported", "tagger": "a", "encoder": "b · 3 sentences"},
    ]
    results = Results(write_runs(tmp_path, [system | {"domains": ["ai"]} for system in alike]))
    names = [system.name for system in results.systems]
    assert len(set(names)) == len(alike)
    for system in results.systems:
        assert results.system(system.name) is system


def test_other_data_are_refused(write_runs, tmp_path, write_domains):
    own = write_domains({"ai": dict.fromkeys(("train", "dev", "test"), "x\tB-task\n")})
    with pytest.raises(StoreError, match="name the right data"):
        Results(write_runs(tmp_path / "runs", SYSTEMS[:1]), data=own).systems  # noqa: B018


def test_a_source_that_is_a_target_too_has_a_column_and_leaves_averages_as_they_are(write_runs, tmp_path):
    five = write_runs(tmp_path / "five", [{"seeds": [1, 2]}, {"regime": "joint", "source": "news"}])
    sixth = write_runs(tmp_path / "sixth", [{"domains": ["news"], "shots": 8}])
    alone, both = Results([five]), Results([five, sixth])
    assert both.domains == (*alone.domains, "news")
    assert both.targets == alone.targets == alone.domains
    names = [system.name for system in alone.systems]
    for name in ("scores", "protocols", "comparisons", "mention-length", "errors", "calibration"):
        rows = rows_of(both, name, systems=names)
        assert rows == rows_of(alone, name), name
        assert {"average", "all"} & {row["domain"] for row in rows}
