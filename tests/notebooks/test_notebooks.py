"""Every notebook runs from a clean kernel, keeps the rules, and gives what is committed."""

from pathlib import Path

import pytest

from lessons import execution, rules

ROOT = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(path for path in ROOT.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)

SECONDS = 60
MEGABYTES = 1000


def test_the_twelve_parts_are_there():
    parts = [path.name[:2] for path in NOTEBOOKS if path.parent.name == "mathforml"]
    assert parts == [f"{number:02d}" for number in range(1, 13)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path):
    committed = execution.read(path)
    assert rules.broken_rules(committed, path, sections=rules.sections_for(path)) == []
    done = execution.execute(committed, folder=path.parent, solutions=True)
    assert rules.broken_rules(done.notebook, path, sections=rules.sections_for(path)) == []
    assert execution.differences(committed, done.notebook) == []
    assert [text for text in done.answers.values() if not text.strip().endswith(": solved")] == []
    assert done.seconds < SECONDS
    assert done.megabytes < MEGABYTES
