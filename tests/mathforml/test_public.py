"""The parts: there, documented, light to import, alone."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import mathforml
from mathforml.errors import MathForMLError

PACKAGE = Path(mathforml.__file__).parent
PARTS = [part for part in mathforml.__all__ if part != "five_ways"]


def public(part):
    module = getattr(mathforml, part)
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return [(f"{part}.{name}", getattr(module, name)) for name in names]


NAMES = [pair for part in PARTS for pair in public(part)]


@pytest.mark.parametrize("part", mathforml.__all__)
def test_parts_are_documented(part):
    assert inspect.getdoc(getattr(mathforml, part))
    assert part in dir(mathforml)


@pytest.mark.parametrize(("name", "value"), NAMES, ids=[name for name, _ in NAMES])
def test_every_public_name_is_documented(name, value):
    assert inspect.getdoc(value)


def test_unknown_part():
    with pytest.raises(AttributeError, match="has no attribute 'quadratur'"):
        _ = mathforml.quadratur


@pytest.mark.parametrize("part", mathforml.__all__)
def test_import_is_light(part):
    code = (
        "import time, numpy; start = time.perf_counter(); "
        f"import mathforml.{part}, sys; "
        "print([m for m in ('torch', 'matplotlib', 'pandas', 'sklearn', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_numpy_and_scipy_only():
    allowed = {"mathforml", "numpy", "scipy"} | sys.stdlib_module_names
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots = {(node.module or "").split(".")[0]}
            else:
                continue
            assert roots <= allowed, f"{path.name} imports {roots - allowed}"


def test_one_family_of_errors():
    from mathforml import errors

    kinds = [value for value in vars(errors).values() if inspect.isclass(value)]
    assert len(kinds) > 4
    assert all(issubclass(kind, MathForMLError) for kind in kinds)
