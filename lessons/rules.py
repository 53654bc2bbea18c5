"""The rules that every notebook keeps, whatever it is about."""

import re
from pathlib import Path

from lessons.execution import is_check, solution_of, tags

#: Headings of a lesson on mathematics, in their order; the ones in brackets may be absent.
SECTIONS = [
    "Question",
    "Idea",
    "Derivation",
    "In code",
    "Picture",
    "Experiment",
    "When it fails",
    "[The same gradient]",
    "Where this is used",
    "Exercises",
    "References",
]


def broken_rules(notebook, path, *, sections=SECTIONS):
    """What is wrong with a notebook that has been executed.

    Parameters
    ----------
    notebook : NotebookNode
    path : path-like
        Where it lies; links are looked up from there.
    sections : list of str or None
        Headings that it must have, in order; None: no such rule.

    Returns
    -------
    list of str
        One sentence a fault.
    """
    faults = [*_outputs(notebook), *_links(notebook, Path(path)), *_numbers(notebook), *_exercises(notebook)]
    if sections is not None:
        faults += [*_sections(notebook, sections), *_lesson(notebook)]
    return faults


def _prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _outputs(notebook):
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield f"cell {number} raises {output.ename}"
            if output.output_type == "stream" and output.name == "stderr":
                yield f"cell {number} warns: {output.text.strip().splitlines()[-1]}"
            if "image/png" in output.get("data", {}) and not output.metadata.get("image/png", {}).get("alt"):
                yield f"the picture of cell {number} has no alt text"
        for name in re.findall(r"(?:matplotlib\.pyplot|import pyplot|%matplotlib|!pip|%pip)", cell.source):
            yield f"cell {number} uses {name}"


def _links(notebook, path):
    for text in _prose(notebook):
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?://[\w.-]+(/|$)", target):
                continue
            file, _, _ = target.partition("#")
            if file and not (path.parent / file).resolve().exists():
                yield f"the link to {target} leads nowhere"


def _numbers(notebook):
    """Every number with decimals in the prose must be in the code or come out of it."""
    shown = " ".join(cell.source for cell in _code(notebook))
    for cell in _code(notebook):
        for output in cell.outputs:
            shown += " " + output.get("text", "") + " ".join(str(v) for v in output.get("data", {}).values())
    shown = shown.replace("−", "-")
    for text in _prose(notebook):
        plain = re.sub(r"<details>.*?</details>|\]\([^)]*\)|https?://\S+", " ", text, flags=re.DOTALL)
        plain = re.sub(r"\barXiv:\S+|\bdoi:\S+", " ", plain, flags=re.IGNORECASE)
        for number in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)", plain):
            if number not in shown:
                yield f"the text says {number}, which no cell shows"


def _exercises(notebook):
    for number, cell in enumerate(notebook.cells):
        if not is_check(cell):
            continue
        if cell.source.count("with attempt(") != 1:
            yield f"the check in cell {number} needs one `with attempt(…)`"
        if number == 0 or "exercise" not in tags(notebook.cells[number - 1]):
            yield f"the check in cell {number} does not follow its exercise"
        try:
            solution_of(notebook, number)
        except ValueError as error:
            yield str(error)
        printed = [output.get("text", "") for output in cell.outputs]
        if not any(": not yet" in text for text in printed):
            yield f"the check in cell {number} passes on an exercise that is not solved"


def _sections(notebook, sections):
    have = [found for text in _prose(notebook) for found in re.findall(r"^## (.+)$", text, flags=re.MULTILINE)]
    optional = {name.strip("[]") for name in sections if name.startswith("[")}
    wanted = [name.strip("[]") for name in sections]
    wanted = [name for name in wanted if name not in optional or name in have]
    if have != wanted:
        yield f"the headings are {', '.join(have)}; they should be {', '.join(wanted)}"


def _lesson(notebook):
    code = "\n".join(cell.source for cell in _code(notebook))
    if len(re.findall(r"^explore\(", code, flags=re.MULTILINE)) != 1:
        yield "there must be one `explore(…)`"
    if not re.search(r"^claim\(|^\s+claim\(", code, flags=re.MULTILINE):
        yield "nothing is claimed"
    if "source(" not in code:
        yield "no code of the package is shown"
    if not 2 <= sum(is_check(cell) for cell in notebook.cells) <= 3:
        yield "there must be two or three exercises"


def sections_for(path):
    """The headings that the notebook at `path` must have; None: any.

    Examples
    --------
    >>> sections_for("notebooks/mathforml/01_overview.ipynb")[:3]
    ['The map', 'Notation', 'Question']
    """
    path = Path(path)
    if path.resolve().parent.name != "mathforml":
        return None
    return ["The map", "Notation", *SECTIONS] if path.name.startswith("01_") else SECTIONS
