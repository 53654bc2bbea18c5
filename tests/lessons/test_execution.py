import copy

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lessons import __main__ as command
from lessons import execution, rules

FIGURE = """
from lessons import figure, show
fig, ax = figure()
ax.plot([0, {top}])
ax.set(xlabel="x", ylabel="y")
show(fig, alt="A line that rises from zero to somewhere.")
"""
SOLUTION = "<details><summary>Solution</summary>\n\n```python\ndef double(x):\n    return 2 * x\n```\n\n</details>"
CHECK = 'from lessons import attempt\nwith attempt("Exercise 1"):\n    assert double(2) == 4, "twice two is four"'


def lesson(*more):
    return new_notebook(
        cells=[
            new_markdown_cell("# A lesson\n\nHalf of 1 is 0.5."),
            new_code_cell("print(1 / 2)\nprint('two lines')"),
            new_code_cell(FIGURE.format(top=1)),
            new_code_cell("def double(x):\n    ...", metadata={"tags": ["exercise"], "collapsed": True}),
            new_code_cell(CHECK, metadata={"tags": ["check"]}),
            new_markdown_cell(SOLUTION),
            new_code_cell("double(3)"),
            *more,
        ]
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return execution.execute(lesson(), folder=tmp_path_factory.mktemp("lesson"), solutions=True)


def test_solutions_are_tried_and_leave_no_trace(done):
    assert done.answers == {4: "Exercise 1: solved\n"}
    assert execution.text_of(done.notebook.cells[4]) == "Exercise 1: not yet – twice two is four\n"
    assert [cell.source for cell in done.notebook.cells] == [cell.source for cell in lesson().cells]


def test_what_is_kept(done):
    codes = [cell for cell in done.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in codes] == [1, 2, 3, 4, 5]
    assert codes[0].outputs == [{"output_type": "stream", "name": "stdout", "text": "0.5\ntwo lines\n"}]
    assert codes[2].metadata == {"tags": ["exercise"]}
    assert 20 < done.megabytes < 1000
    assert done.seconds > 0


def test_memory_is_the_kernels_own(tmp_path):
    held = bytearray(300_000_000)  # would count if a kernel inherited the peak of the process that starts it
    held[::4096] = b"x" * len(held[::4096])
    small = execution.execute(new_notebook(cells=[new_code_cell("x = 1")]), folder=tmp_path)
    assert small.megabytes < 200
    large = execution.execute(new_notebook(cells=[new_code_cell("x = b'x' * 300_000_000")]), folder=tmp_path)
    assert large.megabytes - small.megabytes == pytest.approx(300, abs=30)


def test_same_run_no_differences(done):
    assert execution.differences(done.notebook, copy.deepcopy(done.notebook)) == []


def test_differences(done, tmp_path):
    other = copy.deepcopy(done.notebook)
    other.cells[1].outputs[0].text = "0.6\n"
    other.cells[2].outputs[0].metadata["image/png"]["alt"] = "Something else altogether is shown here."
    other.cells[3].execution_count = 9
    other.cells[4].outputs = []
    found = execution.differences(done.notebook, other)
    assert [text.split(":")[0] for text in found] == ["cell 1", "cell 2", "cell 3", "cell 4"]
    assert "alt text" in found[1]
    other.cells[0].source = "# Another"
    assert execution.differences(done.notebook, other) == ["the cells differ"]


def test_another_picture_differs(done, tmp_path):
    blank = new_notebook(cells=[new_code_cell(FIGURE.format(top=1).replace("figure()", "figure(width=3)"))])
    other = execution.execute(blank, folder=tmp_path).notebook.cells[0].outputs[0]
    changed = copy.deepcopy(done.notebook)
    changed.cells[2].outputs[0].data["image/png"] = other.data["image/png"]
    assert execution.differences(done.notebook, changed) == [
        "cell 2: the picture differs by inf from the committed one"
    ]


def test_written_whole(done, tmp_path):
    path = tmp_path / "lesson.ipynb"
    execution.write(copy.deepcopy(done.notebook), path)
    again = execution.read(path)
    nbformat.validate(again)
    assert execution.differences(done.notebook, again) == []
    assert [file.name for file in tmp_path.iterdir()] == ["lesson.ipynb"]


def test_an_error_stops(tmp_path):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execution.execute(lesson(new_code_cell("1 / 0")), folder=tmp_path)


def test_a_good_lesson_breaks_no_rule(done, tmp_path):
    assert rules.broken_rules(done.notebook, tmp_path / "lesson.ipynb", sections=None) == []


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (new_markdown_cell("see [there](nowhere.ipynb)"), "the link to nowhere.ipynb leads nowhere"),
        (new_markdown_cell("see [there](https:/broken)"), "the link to https:/broken leads nowhere"),
        (new_markdown_cell("about 3.14"), "the text says 3.14, which no cell shows"),
        (new_code_cell("import sys; print('careful', file=sys.stderr)"), "cell 7 warns: careful"),
        (new_code_cell("import warnings; warnings.warn('careful')"), "cell 7 warns:"),
        (new_code_cell(CHECK, metadata={"tags": ["check"]}), "is not followed by a solution"),
        (new_code_cell("%matplotlib inline"), "cell 7 uses %matplotlib"),
        (
            new_code_cell(
                "from IPython.display import Image, display\nfrom lessons.figures import figure, png\n"
                "display(Image(png(figure()[0])))"
            ),
            "the picture of cell 7 has no alt text",
        ),
    ],
)
def test_broken_rules(cell, fault, tmp_path):
    executed = execution.execute(lesson(cell), folder=tmp_path).notebook
    assert any(fault in found for found in rules.broken_rules(executed, tmp_path / "lesson.ipynb", sections=None))


def test_a_check_that_passes_on_the_stub_is_a_fault(done, tmp_path):
    notebook = copy.deepcopy(done.notebook)
    notebook.cells[4].outputs[0].text = "Exercise 1: solved\n"
    found = rules.broken_rules(notebook, tmp_path / "lesson.ipynb", sections=None)
    assert found == ["the check in cell 4 passes on an exercise that is not solved"]


def test_a_lesson_on_mathematics_has_its_sections(done, tmp_path):
    found = " ".join(rules.broken_rules(done.notebook, tmp_path / "lesson.ipynb"))
    for part in [
        "they should be Question, Idea",
        "one `explore(…)`",
        "nothing is claimed",
        "no code",
        "two or three",
    ]:
        assert part in found
    headings = [new_markdown_cell(f"## {name.strip('[]')}") for name in rules.SECTIONS if not name.startswith("[")]
    assert not any(
        "headings" in fault for fault in rules.broken_rules(new_notebook(cells=headings), tmp_path / "a")
    )


def test_command(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    execution.write(lesson(), path)
    assert command.main([str(path)]) == 0
    assert execution.text_of(execution.read(path).cells[1]) == "0.5\ntwo lines\n"
    execution.write(lesson(new_code_cell("1 / 0")), path)
    before = path.read_bytes()
    assert command.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_command_names_a_wrong_solution(tmp_path, capsys):
    notebook = lesson()
    notebook.cells[5].source = SOLUTION.replace("2 * x", "3 * x")
    execution.write(notebook, tmp_path / "lesson.ipynb")
    assert command.main([str(tmp_path / "lesson.ipynb")]) == 1
    assert "checked in cell 4 gives: Exercise 1: not yet" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nowhere.ipynb", "README.md"])
def test_command_wants_notebooks(name, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main([name])
    assert stop.value.code == 2
    assert f"{name} is not a notebook" in capsys.readouterr().err
