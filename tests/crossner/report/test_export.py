"""The report's figures and tables as files, and the command that writes them."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest

from crossner.analysis import ANALYSES, format_analysis, rows_of
from crossner.cli import main
from crossner.errors import ConfigError
from crossner.report.export import TABLE_ENDINGS, file_name, write_figures, write_tables
from crossner.report.page import page_model
from crossner.report.page.pictures import all_pictures
from crossner.results import Results

SYSTEMS = [
    {"seeds": [1, 2], "error": 0.4},
    {"regime": "pretrain-finetune", "source": "news", "error": 0.2},
    {"shots": 4, "error": 0.7},
    {"shots": 8, "error": 0.6},
    {"regime": "pretrain-finetune", "source": "news", "shots": 8, "error": 0.5},
    {"regime": "pretrain-finetune", "source": "music", "shots": 8, "error": 0.5},
]


@pytest.fixture(scope="module")
def folder(write_runs, tmp_path_factory):
    systems = [system | {"domains": ["ai", "politics"]} for system in SYSTEMS]
    return write_runs(tmp_path_factory.mktemp("runs"), systems)


@pytest.fixture(scope="module")
def results(folder):
    return Results([folder])


@pytest.fixture(scope="module")
def model(results):
    return page_model(results, examples=False, resamples=50)


def test_every_table_is_there_in_three_formats_and_is_the_analysis(results, model, tmp_path):
    paths = write_tables(results, model, tmp_path / "tables", resamples=50)
    names = {path.name for path in paths}
    assert names == {path.name for path in (tmp_path / "tables").iterdir()}
    assert {name.split(".")[0] for name in names} == set(ANALYSES)
    for ending in TABLE_ENDINGS.values():
        assert f"scores.{ending}" in names
    rows = rows_of(results, "errors", systems=model["names"])
    text = (tmp_path / "tables" / "errors.csv").read_text(encoding="utf-8")
    assert text == format_analysis("errors", rows, style="csv") + "\n"
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows)


def test_every_picture_is_there_as_svg_and_png(model, tmp_path):
    paths = write_figures(model, tmp_path / "figures")
    kinds = {picture.figure for picture in all_pictures(model).values()}
    expected = {
        "domains",
        "matrix",
        "protocols",
        "differences",
        "curves",
        "errors",
        "calibration",
        "seen",
        "confusion",
    }
    assert kinds >= expected
    assert {path.suffix for path in paths} == {".svg", ".png"}
    assert len(paths) == 2 * len({path.stem for path in paths}) == 2 * len(all_pictures(model))
    for path in paths:
        if path.suffix == ".svg":
            assert ElementTree.parse(path).getroot().tag.endswith("svg")
        else:
            assert path.read_bytes().startswith(b"\x89PNG")


def test_one_system_has_no_comparison_and_no_matrix(write_runs, tmp_path):
    results = Results(write_runs(tmp_path / "runs", SYSTEMS[:1]))
    model = page_model(results, examples=False, resamples=20)
    names = {path.name for path in write_tables(results, model, tmp_path / "tables", resamples=20)}
    assert "scores.md" in names
    assert not {"comparisons.md", "disagreement.md", "curves.md", "matrix.csv"} & names


def test_the_command_writes_page_figures_and_tables(write_runs, crossner, tmp_path):
    folder = write_runs(tmp_path / "runs", [SYSTEMS[0] | {"domains": ["ai"]}])
    places = ["--figures", tmp_path / "f", "--tables", tmp_path / "t", "--resamples", 20]
    output = crossner("report", folder, *places).splitlines()
    assert [line.split(":")[0] for line in output] == ["figures", "tables"]
    assert not (folder / "report.html").exists()
    page = tmp_path / "page.html"
    assert crossner("report", folder, "--html", page, "--no-examples", "--resamples", 20) == f"report: {page}\n"
    assert "<html" in page.read_text(encoding="utf-8")


def test_what_cannot_be_written_is_one_line(folder, refused, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for option in ("--figures", "--tables"):
        assert f"{option} {tmp_path / 'file'}" in refused(
            "report", folder, option, tmp_path / "file", "--resamples", 20
        )
    nowhere = tmp_path / "file" / "page.html"
    assert f"--html {nowhere}" in refused("report", folder, "--html", nowhere, "--resamples", 20)
    assert "no such folder" in refused("report", tmp_path / "none")


def test_damaged_runs_are_refused_and_no_page_says_that_the_data_is_missing(write_runs, refused, tmp_path):
    folder = write_runs(tmp_path / "runs", [SYSTEMS[0] | {"domains": ["ai"]}])
    (next(folder.iterdir()) / "predictions.json").write_text("{", encoding="utf-8")
    assert "predictions.json: cannot be read" in refused("report", folder, "--resamples", 20)
    assert not (folder / "report.html").exists()


def test_without_the_data_the_terminal_says_so_too(write_runs, refused, capsys, monkeypatch, tmp_path):
    folder = write_runs(tmp_path / "runs", [SYSTEMS[0] | {"domains": ["ai"]}])
    for run in folder.iterdir():
        record = json.loads((run / "run.json").read_text(encoding="utf-8"))
        record["data"]["name"] = "own"
        (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert "--tables needs the data" in refused("report", folder, "--tables", tmp_path / "t", "--resamples", 20)
    assert main(["report", str(folder), "--resamples", "20"]) == 0
    output, errors = capsys.readouterr()
    assert output == f"report: {folder / 'report.html'}\n"
    assert errors.startswith("crossner: only what the records hold is shown")
    assert "--data DIR" in errors


def test_a_place_that_cannot_be_written_is_refused_before_any_work(refused, monkeypatch, folder, tmp_path):
    monkeypatch.setattr("crossner.report.page.page_model", None)
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "is a folder" in refused("report", folder, "--html", tmp_path)
    assert "does not exist" in refused("report", folder, "--html", tmp_path / "none" / "page.html")
    assert "--tables" in refused("report", folder, "--tables", tmp_path / "file")


def test_a_folder_that_cannot_be_made_is_refused(model, results, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="--figures"):
        write_figures(model, tmp_path / "file")
    with pytest.raises(ConfigError, match="--tables"):
        write_tables(results, model, tmp_path / "file")


def test_file_names_hold_nothing_to_mind():
    assert file_name("confusion ai a/b: \\c · d*") == "confusion-ai-a-b-c-d"
