"""What the README says is what the project does."""

import math
import re
import shlex
from pathlib import Path

import pytest

import crossner.cli
import graphmining.cli
from crossner.report.table import format_table, make_table
from crossner.transfer.store import Store

PARSERS = {"crossner": crossner.cli._parser, "graphmining": graphmining.cli._parser}

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LINES = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENTS, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", [line for line in LINES if line.split(" ")[0] in PARSERS])
def test_every_command_parses(line):
    name, *words = shlex.split(line.split(">")[0].split("|")[0])
    arguments = PARSERS[name]().parse_args(words)
    assert callable(arguments.command)


@pytest.mark.parametrize("line", sorted({line for line in LINES if line.startswith("make ")}))
def test_every_make_target_exists(line):
    target = shlex.split(line)[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_table_is_that_of_the_committed_runs():
    table = format_table(make_table(Store(ROOT / "results" / "crossner").records()), "markdown")
    assert table.split("\n\n", 1)[1] in README


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", DOCUMENTS):
        assert (ROOT / target).exists(), target


def test_the_first_example_with_graphs_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    section = README.split("## Graphs", 1)[1]
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], {})
    assert (tmp_path / "les-miserables.png").read_bytes().startswith(b"\x89PNG")


def test_the_example_with_duplicates_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    section = README.split("## Duplicates", 1)[1]
    names = {}
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], names)
    assert names["found"].clusters == [[0, 1], [2, 3]]
    assert (tmp_path / "review.html").exists()


def test_the_example_with_mathematics_runs():
    section = README.split("## Mathematics", 1)[1]
    names = {}
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], names)
    assert names["integral"] == pytest.approx(0.4695559024132386, abs=1e-15)
    assert names["slope"] == pytest.approx([0, 3 * math.e])
    assert names["anomaly"](0.5) == pytest.approx(1.4987, abs=5e-5)
    assert names["change"] == pytest.approx(1.0347, abs=5e-5)
    # Every pair of neighbours is equal with the same probability, e^½ / (e^½ + 2).
    assert names["posterior"].xi_sum.trace() == pytest.approx(4 * math.exp(0.5) / (math.exp(0.5) + 2))
