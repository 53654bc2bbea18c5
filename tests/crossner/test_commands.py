"""The commands score, compare, analyse and import: what they print, and one line for what is wrong."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest

import crossner as package
from crossner.analysis import ANALYSES, analyse, format_analysis, rows_of
from crossner.cli import main
from crossner.errors import ConfigError
from crossner.report.table import FORMATS
from crossner.results import Results
from crossner.scoring.predictions import format_predictions, predicted_tags
from crossner.scoring.protocols import PROTOCOLS, protocol_rows
from crossner.scoring.significance import compare_systems
from crossner.scoring.verdicts import verdict
from crossner.transfer.store import Store, read_predictions

SYSTEMS = [
    {"seeds": [1, 2], "error": 0.4, "noise": "a"},
    {"regime": "joint", "source": "news", "seeds": [1, 2], "error": 0.1, "noise": "b"},
    {"shots": 4, "error": 0.6},
    {"shots": 8, "error": 0.5},
    {"regime": "pretrain-finetune", "source": "news", "shots": 8, "error": 0.3},
    {"regime": "pretrain-finetune", "source": "music", "shots": 8, "error": 0.5, "domains": ["ai", "politics"]},
]
DIRECT, JOINT = "direct", "joint · from news"


@pytest.fixture(scope="module")
def folder(write_runs, tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs"), SYSTEMS)


@pytest.fixture(scope="module")
def results(folder):
    return Results([folder])


@pytest.fixture
def columns(folder, results, tmp_path):
    """The columns file of a run, with its record."""
    stored = read_predictions(Store(folder).folders()[0])
    split = results.dataset.domain(stored["data"]["domain"]).test
    path = tmp_path / "columns.txt"
    path.write_text(format_predictions(split, predicted_tags(stored, split)), encoding="utf-8")
    return path, stored


# -- analyses


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_gives_rows_a_frame_and_a_table(name, results):
    rows = rows_of(results, name)
    assert rows
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    frame = analyse(results, name)
    assert len(frame) == len(rows)
    for style in FORMATS:
        text = format_analysis(name, rows, style=style, caption="what it is")
        assert style in ("json", "csv") or text.startswith("what it is")
        assert len(text.split("\n")) > 3
    assert len(list(csv.DictReader(io.StringIO(format_analysis(name, rows, style="csv"))))) == len(rows)


@pytest.mark.parametrize("name", [name for name, one in ANALYSES.items() if "systems" in one.options])
def test_systems_are_chosen_by_name(name, results):
    rows = rows_of(results, name, systems=[JOINT, DIRECT])
    named = {row[key] for row in rows for key in ("system", "a", "b") if key in row}
    assert named == {JOINT, DIRECT}


def test_an_option_that_an_analysis_lacks_is_refused(results):
    with pytest.raises(ConfigError, match="no option protocol"):
        rows_of(results, "errors", protocol="repair")
    with pytest.raises(ConfigError, match="seen-target"):
        analyse(results, "seen")
    with pytest.raises(ConfigError, match="two systems"):
        rows_of(results, "comparisons", systems=[DIRECT])


def test_the_package_offers_them():
    assert package.Results is Results
    assert package.analyse is analyse


# -- crossner analyse


def test_analyse_lists_what_there_is(crossner):
    assert [line.split()[0] for line in crossner("analyse", "--list").splitlines()] == list(ANALYSES)


def test_analyse_prints_what_python_gives(crossner, folder, results):
    printed = json.loads(crossner("analyse", "errors", folder, "--systems", DIRECT, "--json"))
    assert printed == rows_of(results, "errors", systems=[DIRECT])
    assert "sample (built-in sample" in crossner("analyse", "mention-length", folder, "--resamples", 50)
    partial = json.loads(crossner("analyse", "scores", folder, "--protocol", "level=partial", "--json"))
    assert partial == rows_of(results, "scores", protocol="partial")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--list"),
        (["errors"], "--list"),
        (["erors", "DIR"], "'errors'"),
        (["errors", "DIR", "--systems", "best"], "best"),
        (["errors", "DIR", "--protocol", "repair"], "no option protocol"),
        (["scores", "DIR", "--protocol", "strictest"], "strictest"),
        (["scores", "DIR", "--resamples", "-1"], "resamples"),
        (["comparisons", "DIR", "--systems", DIRECT, DIRECT], "two systems"),
        (["errors", "none"], "no such folder"),
    ],
)
def test_what_cannot_be_analysed_is_one_line(arguments, words, refused, folder):
    assert words in refused("analyse", *(folder if one == "DIR" else one for one in arguments))


@pytest.mark.parametrize(("name", "words"), [("matrix", "pretrain-finetune"), ("curves", "--shots")])
def test_what_these_runs_cannot_feed_says_which_would(name, words, refused, write_runs, tmp_path):
    assert words in refused("analyse", name, write_runs(tmp_path / "runs", [{"domains": ["ai"]}]))


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("comparisons", "two systems with a domain in common"),
        ("disagreement", "two systems with a domain in common"),
        ("matrix", "with a source"),
        ("curves", "few target sentences"),
        ("costly", "that errs"),
        ("calibration", "confidences"),
        ("reliability", "confidences"),
        ("thresholds", "confidences"),
    ],
)
def test_what_cannot_feed_an_analysis_is_one_line(name, needs, refused, write_runs, tmp_path):
    folder = write_runs(tmp_path / "one", [{"domains": ["ai"], "error": 0.0, "unknown": 1.0}])
    assert f"{name} needs " in refused("analyse", name, folder)
    assert needs in refused("analyse", name, folder, "--json")
    assert rows_of(Results(folder), name) == []


def test_systems_of_no_domain_in_common_are_not_compared(refused, write_runs, tmp_path):
    folder = write_runs(tmp_path, [{"domains": ["ai"]}, {"domains": ["music"], "regime": "joint"}])
    assert "domain in common" in refused("analyse", "comparisons", folder)
    assert "domain in common" in refused("analyse", "disagreement", folder)


@pytest.fixture
def own(sample, write_domains, write_runs, tmp_path):
    """Data without a domain that is called like a source, and runs on it: two systems, one with a source."""
    from crossner.data.conll import format_conll

    texts = {
        name: {split.name: format_conll(split.sentences) for split in sample.domain(like).splits}
        for name, like in (("law", "ai"), ("press", "news"))
    }
    data = write_domains(texts)
    systems = [{"error": 0.2}, {"regime": "joint", "source": "press"}]
    return data, write_runs(tmp_path / "own runs", systems, data=package.load(data))


def test_own_data_is_analysed_as_far_as_it_goes(own, crossner, refused):
    data, folder = own
    assert "--data DIR" in refused("analyse", "scores", folder)
    assert "law" in crossner("analyse", "scores", folder, "--data", data, "--resamples", 20)
    assert "domain of CrossNER" in refused("analyse", "published", folder, "--data", data)
    rows = json.loads(crossner("analyse", "seen-source", folder, "--data", data, "--resamples", 20, "--json"))
    assert {row["system"] for row in rows} == {"joint"}  # direct has no source, and the data names none
    assert "neither" in refused("analyse", "seen-source", folder, "--data", data, "--systems", "direct")
    assert "name the right data" in refused("analyse", "scores", folder, "--data", "sample")
    assert "name the right data" in refused("report", folder, "--data", "sample", "--resamples", 20)


def test_tables_say_their_protocol(crossner, folder):
    caption = crossner("analyse", "scores", folder, "--protocol", "misc-out", "--resamples", 20).split("\n")[0]
    assert "misc left out" in caption


def test_output_that_cannot_show_every_letter_shows_its_number(folder):
    command = [sys.executable, "-m", "crossner.cli", "compare", str(folder), "--resamples", "20"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    assert rb"\u2212" in done.stdout


# -- crossner compare


def test_compare_prints_the_verdict_under_its_numbers(crossner, folder, results):
    text = crossner("compare", folder, "--systems", DIRECT, JOINT, "--resamples", 500)
    expected = verdict(DIRECT, JOINT, compare_systems(results, DIRECT, JOINT, resamples=500))
    assert text.rstrip().split("\n")[-1] == expected
    assert f"{JOINT} beats {DIRECT}" in expected
    printed = json.loads(crossner("compare", folder, "--systems", DIRECT, JOINT, "--resamples", 500, "--json"))
    assert printed["verdicts"] == [expected]
    assert [row["domain"] for row in printed["rows"]] == [*results.domains, "average"]


def test_one_system_cannot_be_compared(refused, write_runs, tmp_path):
    folder = write_runs(tmp_path / "one", SYSTEMS[:1])
    assert "needs two" in refused("compare", folder)
    assert "--seed -1" in refused("compare", folder, "--seed", -1)


def test_of_many_systems_the_table_says_that_not_all_pairs_are_compared(crossner, write_runs, tmp_path):
    folder = write_runs(tmp_path, [{"shots": number, "domains": ["ai"]} for number in range(1, 12)])
    assert "each with the best one" in crossner("compare", folder, "--resamples", 20).split("\n")[0]
    names = [system.name for system in Results(folder).systems]
    assert "best one" not in crossner("compare", folder, "--resamples", 20, "--systems", *names[:3])


# -- crossner score --protocols


def test_folders_are_scored_under_every_protocol(crossner, folder, results):
    rows = json.loads(crossner("score", folder, "--protocols", "--json"))
    assert rows == protocol_rows(results)
    assert {row["protocol"] for row in rows} == set(PROTOCOLS)
    text = crossner("score", folder, "--protocol", "repair", "--protocol", "level=span,misc=out")
    assert "conlleval" in text
    assert "span micro F1 whatever the type, misc left out" in text


def test_a_file_is_scored_under_every_protocol_that_it_suffices_for(crossner, columns, results):
    path, stored = columns
    printed = {row["protocol"]: row for row in json.loads(crossner("score", path, "--protocols", "--json"))}
    assert set(printed) == set(PROTOCOLS) - {"unleaked"}
    (system,) = (
        s for s in results.systems for group in s.answers.values() for a in group if a.run == stored["run"]
    )
    rows = protocol_rows(results, systems=[system.name], protocols=["strings", "muc"])
    own = {row["protocol"]: row for row in rows if row["domain"] == stored["data"]["domain"] and row["n"] == 1}
    for name, row in own.items():
        assert printed[name]["f1"] == row["mean"]


def test_what_is_named_twice_is_shown_once(crossner, folder, columns):
    twice = ["--protocol", "repair", "--protocol", "repair"]
    assert len(json.loads(crossner("score", columns[0], *twice, "--json"))) == 1
    once = crossner("score", folder, "--protocol", "repair", "--systems", DIRECT)
    assert crossner("score", folder, *twice, "--systems", DIRECT, DIRECT) == once
    once = crossner("analyse", "scores", folder, "--systems", DIRECT, "--resamples", 20)
    assert crossner("analyse", "scores", folder, "--systems", DIRECT, DIRECT, "--resamples", 20) == once


def test_all_protocols_or_some(columns, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["score", str(columns[0]), "--protocols", "--protocol", "repair"])
    assert exit_.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_files_and_folders_are_not_mixed(refused, folder, columns):
    path, _ = columns
    assert "not both" in refused("score", folder, path)
    assert "nowhere: no such file or folder" in refused("score", folder, "nowhere", "--protocols")
    assert "one file" in refused("score", path, path)
    assert "--protocols" in refused("score", folder)
    assert "--protocols" in refused("score", path, "--csv")
    assert "holds its gold" in refused("score", path, "--data", "sample")
    assert "train and dev" in refused("score", path, "--protocol", "unleaked")


# -- crossner import


def test_an_imported_run_joins_the_table_and_the_comparison(crossner, columns, folder, tmp_path):
    path, stored = columns
    domain = stored["data"]["domain"]
    text = crossner(
        "import", path, "--data", "sample", "--domain", domain, "--name", "other", "--out", tmp_path / "o"
    )
    assert "strict F1" in text
    both = Results([folder, tmp_path / "o"])
    (mine,) = (s for s in both.systems if s.tagger == "other")
    assert [s.name for s in Results([tmp_path / "o"]).systems] == ["imported · other"]
    rows = rows_of(both, "comparisons", systems=[mine.name, next(s.name for s in both.systems if s is not mine)])
    assert {row["domain"] for row in rows} == {domain}
    assert crossner("predictions", next((tmp_path / "o").glob("*/run.json")).parent) == path.read_text("utf-8")


def test_an_imported_system_is_not_claimed_to_be_trained_on_the_target(crossner, columns, tmp_path):
    path, stored = columns
    domain = stored["data"]["domain"]
    crossner("import", path, "--data", "sample", "--domain", domain, "--name", "llm", "--out", tmp_path / "o")
    own = rows_of(Results([tmp_path / "o"]), "published")[0]
    assert (own["name"], own["setting"], own["comparable"]) == ("imported · llm", None, False)
    assert "not known" in own["mark"]
