"""The public names: there, documented, light to import."""

import inspect
import os
import subprocess
import sys

import pytest

import graphmining


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize("name", graphmining.__all__)
def test_every_name_is_there_and_documented(name):
    value = getattr(graphmining, name)
    assert inspect.getdoc(value)
    assert name in dir(graphmining)


DATA = {"graph", "clusters", "predicted", "truth", "a", "b", "sets", "k", "seeds", "source", "path", "n", "name",
        "size", "categories", "dendrogram", "nodes", "items", "other", "paths", "n_documents",
        "chain"}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in graphmining.__all__ if inspect.isfunction(getattr(graphmining, n))])
def test_options_are_keyword_only(name):
    parameters = inspect.signature(getattr(graphmining, name)).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert set(positional) <= DATA


def test_unknown_name():
    with pytest.raises(AttributeError, match="has no attribute 'luvain'"):
        _ = graphmining.luvain


def test_import_is_light():
    heavy = "numba, scipy, sklearn, pandas, matplotlib, networkx, numpy"
    code = f"import sys, graphmining; print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    assert run(code).stdout.strip() == "[]"


def test_first_call_says_that_it_compiles(tmp_path):
    code = "import graphmining as gm; print(gm.connected_components(gm.Graph.from_edges([0], [1])).tolist())"
    cold = run(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert cold.stdout.strip() == "[0, 0]"
    assert cold.stderr.count("graphmining: compiling kernels") == 1
    warm = run(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert warm.stderr == ""
