"""Code from the packages, shown on the page."""

import inspect
import textwrap


def source(*objects, docstring=False):
    """Show the source of functions or classes, highlighted.

    Parameters
    ----------
    *objects : functions, classes or methods
    docstring : bool
        Whether to show their documentation too.

    Raises
    ------
    TypeError
        If one has no Python source.
    """
    from IPython.display import Markdown, display

    parts = []
    for thing in objects:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(thing)))
        parts.append(text.rstrip() if docstring else _without_docstrings(text))
    display(Markdown(f"```python\n{chr(10).join(p + chr(10) for p in parts).rstrip()}\n```"))


def _without_docstrings(text):
    import ast

    lines = text.splitlines()
    drop = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            first = node.body[0]
            drop.update(range(first.lineno - 1, first.end_lineno))
            # A blank line after a docstring would now stand first in the body.
            if first.end_lineno < len(lines) and not lines[first.end_lineno].strip():
                drop.add(first.end_lineno)
    return "\n".join(line for number, line in enumerate(lines) if number not in drop).rstrip()
