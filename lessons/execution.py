"""Execute notebooks from a clean kernel, and compare what comes out with what is committed."""

import base64
import copy
import io
import os
import re
import time
from dataclasses import dataclass

import nbformat

#: Seconds that one cell may take.
CELL_LIMIT = 300

# What differs between two runs of the same source on other machines and says nothing.
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_MEMORY = "from lessons.memory import peak_memory; print(peak_memory())"


@dataclass(frozen=True)
class Execution:
    """One run of a notebook from a clean kernel.

    Attributes
    ----------
    notebook : NotebookNode
        With its outputs.
    seconds : float
        From the start of the kernel to the last cell.
    megabytes : float
        The kernel's largest resident memory.
    answers : dict of int to str
        What the check of an exercise printed with the hidden solution in place, by the number of its cell.
    """

    notebook: nbformat.NotebookNode
    seconds: float
    megabytes: float
    answers: dict


def read(path):
    """Read a notebook, as version 4 whatever it was."""
    return nbformat.read(path, as_version=4)


def execute(notebook, *, folder, solutions=False):
    """Execute a notebook in a new kernel.

    Parameters
    ----------
    notebook : NotebookNode
        Left as it is.
    folder : path-like
        The working directory.
    solutions : bool
        Whether to run, after each check of an exercise, the hidden solution and the check again.

    Returns
    -------
    Execution

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    from nbclient import NotebookClient

    notebook = copy.deepcopy(notebook)
    cells, added = [], []
    for number, cell in enumerate(notebook.cells):
        cells.append(cell)
        if solutions and is_check(cell):
            tried = [
                nbformat.v4.new_code_cell(solution_of(notebook, number)),
                nbformat.v4.new_code_cell(cell.source),
            ]
            cells += tried
            added.append((number, tried))
    last = nbformat.v4.new_code_cell(_MEMORY)
    running = nbformat.v4.new_notebook(cells=[*cells, last], metadata=dict(_METADATA))
    # A saved widget shows nothing without its kernel; hash seeds change the order of sets.
    environment = os.environ | {"LESSONS_WIDGETS": "off", "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "default"}
    started = time.monotonic()
    client = NotebookClient(
        running, timeout=CELL_LIMIT, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    with client.setup_kernel(env=environment):
        for index, cell in enumerate(running.cells):
            client.execute_cell(cell, index)
    seconds = time.monotonic() - started
    peak = int(text_of(last))
    answers = {number: text_of(again) for number, (_, again) in added}
    notebook.metadata = nbformat.from_dict(_METADATA)
    count = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {})
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [_settled(output, count) for output in _joined(cell.outputs)]
    return Execution(notebook, seconds, peak / 1e6, answers)


def _joined(outputs):
    """Join neighbouring pieces of one stream: where they are cut depends on the clock."""
    joined = []
    for output in outputs:
        if joined and output.output_type == "stream" and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(copy.deepcopy(output))
    return joined


def _settled(output, count):
    if output.output_type == "execute_result":
        output.execution_count = count
    output.pop("transient", None)
    return output


def write(notebook, path):
    """Write a notebook, whole or not at all."""
    partial = f"{path}.partial"
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
    nbformat.validate(notebook)
    nbformat.write(notebook, partial)
    os.replace(partial, path)


def tags(cell):
    return cell.metadata.get("tags", [])


def is_check(cell):
    return cell.cell_type == "code" and "check" in tags(cell)


def solution_of(notebook, number):
    """The hidden solution that follows the check in cell `number`.

    Raises
    ------
    ValueError
        If there is none.
    """
    following = notebook.cells[number + 1] if number + 1 < len(notebook.cells) else None
    if following is not None and following.cell_type == "markdown":
        found = re.search(r"<details>.*?```python\n(.*?)```.*?</details>", following.source, flags=re.DOTALL)
        if found:
            return found[1]
    raise ValueError(f"the check in cell {number} is not followed by a solution in <details>")


def text_of(cell):
    """What a cell printed."""
    return "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stdout")


def differences(committed, executed, *, pixels=0.02):
    """What the outputs of two runs do not share.

    Parameters
    ----------
    committed, executed : NotebookNode
        With the same cells.
    pixels : float
        Largest mean difference of two pictures, as a share of white.

    Returns
    -------
    list of str
        One sentence a difference.
    """
    found = []
    if [c.source for c in committed.cells] != [c.source for c in executed.cells]:
        return ["the cells differ"]
    for number, (before, after) in enumerate(zip(committed.cells, executed.cells)):
        if before.cell_type != "code":
            continue
        if before.execution_count != after.execution_count:
            found.append(
                f"cell {number}: committed as number {before.execution_count}, not {after.execution_count}"
            )
        if len(before.outputs) != len(after.outputs):
            found.append(
                f"cell {number}: {len(before.outputs)} outputs are committed, {len(after.outputs)} came out"
            )
            continue
        for old, new in zip(before.outputs, after.outputs):
            found += [f"cell {number}: {difference}" for difference in _output_differences(old, new, pixels)]
    return found


def _output_differences(old, new, pixels):
    if old.output_type != new.output_type:
        return [f"a {old.output_type} is committed, a {new.output_type} came out"]
    if old.output_type == "stream":
        return [] if old.text == new.text else [f"committed {old.text!r}, came out {new.text!r}"]
    found = []
    if set(old.data) != set(new.data):
        found.append(f"committed as {sorted(old.data)}, came out as {sorted(new.data)}")
    for kind in sorted(set(old.data) & set(new.data)):
        if kind == "image/png":
            distance = _distance(old.data[kind], new.data[kind])
            if not distance <= pixels:
                found.append(f"the picture differs by {distance:.3f} from the committed one")
        elif old.data[kind] != new.data[kind]:
            found.append(f"committed {old.data[kind]!r}, came out {new.data[kind]!r}")
    if old.metadata != new.metadata:
        found.append("the alt text differs")
    return found


def _distance(old, new):
    import numpy as np
    from PIL import Image

    images = [Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB") for text in (old, new)]
    first, second = (np.asarray(image, dtype=float) for image in images)
    # Tick labels of another width shift a picture's edge; another size is another picture.
    return float(np.abs(first - second).mean() / 255) if first.shape == second.shape else float("inf")
