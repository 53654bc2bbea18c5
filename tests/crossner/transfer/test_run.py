"""A run's identity: what changes it and what does not. Its record."""

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import crossner
from crossner.data.dataset import load
from crossner.transfer.benchmark import REGIME_NAMES, make_grid
from crossner.transfer.run import CODE, TAGGER_CODE, _bare_code, code_fingerprint, execute

PACKAGE = Path(crossner.__file__).parent


def identity(grid):
    (run,) = grid.runs
    return run.identity


@pytest.fixture
def copy(tmp_path):
    """The sample's ai and news as a folder of the user's, to be changed."""
    root = tmp_path / "mine"
    for domain in ("ai", "news"):
        shutil.copytree(PACKAGE / "data" / "sample" / domain, root / domain)
    return root


def identity_of(root, **options):
    defaults = {"domains": ["ai"], "tagger": "bilstm-crf"}
    return identity(make_grid(load(root), **defaults | options))


def change_a_tag(path):
    text = path.read_text(encoding="utf-8")
    assert "\tO\n" in text
    path.write_text(text.replace("\tO\n", "\tB-misc\n", 1), encoding="utf-8")


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_data_changes_the_identity(copy, split):
    before = identity_of(copy)
    change_a_tag(copy / "ai" / f"{split}.txt")
    assert identity_of(copy) != before


@pytest.mark.parametrize("regime", REGIME_NAMES)
def test_source_data_changes_the_identity_where_the_source_is_read(copy, regime):
    before = identity_of(copy, regimes=[regime])
    change_a_tag(copy / "news" / "train.txt")
    assert (identity_of(copy, regimes=[regime]) == before) == (regime == "direct")


def test_the_same_data_elsewhere_is_the_same_run(copy, tmp_path, sample):
    other = tmp_path / "elsewhere"
    shutil.copytree(copy, other)
    expected = identity(make_grid(sample, domains=["ai"], tagger="bilstm-crf"))
    assert identity_of(copy) == identity_of(other) == expected


CHANGES = {
    "domain": {"domains": ["music"]},
    "regime": {"regimes": ["joint"]},
    "tagger": {"tagger": "crf"},
    "encoder": {"encoder": "minilm"},
    "shots": {"shots": 3},
    "epochs": {"epochs": 2},
    "lr": {"lr": 1e-3},
    "head_lr": {"head_lr": 1e-3},
    "batch_tokens": {"batch_tokens": 99},
    "select": {"select": "dev"},
    "patience": {"patience": 2},
    "decoding": {"decoding": "argmax"},
}


def test_each_option_changes_the_identity(plan):
    identities = {name: identity(plan(**options)) for name, options in CHANGES.items()}
    identities["nothing"] = identity(plan())
    assert len(set(identities.values())) == len(identities)


def test_the_seed_changes_the_identity(plan):
    assert len({run.identity for run in plan(seeds=3).runs}) == 3


@pytest.mark.parametrize(
    ("regime", "change"), [("joint", {"target_weight": 3}), ("pretrain-finetune", {"source_epochs": 4})]
)
def test_options_of_a_regime_change_its_identity_alone(plan, regime, change):
    for name in REGIME_NAMES:
        same = identity(plan(regimes=[name])) == identity(plan(regimes=[name], **change))
        assert same == (name != regime)


def test_other_weights_under_the_same_name_are_another_run(plan, tiny_encoder, tmp_path):
    other = tmp_path / tiny_encoder.name
    shutil.copytree(tiny_encoder, other)
    before = identity(plan(encoder=other))
    assert before == identity(plan())
    weights = other / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert identity(plan(encoder=other)) != before


def test_the_source_stage_is_the_same_for_all_targets_shots_and_schedules(plan, sample):
    options = {"regimes": ["pretrain-finetune"]}
    grids = [
        plan(domains=list(sample.targets), **options),
        plan(shots=3, **options),
        plan(epochs=5, lr=1e-3, **options),
    ]
    runs = [run for grid in grids for run in grid.runs]
    assert len({run.identity for run in runs}) == len(runs)
    assert len({run.stage_identity for run in runs}) == 1


@pytest.mark.parametrize("change", [{"source_epochs": 3}, {"tagger": "crf"}, {"source": "science"}])
def test_the_source_stage_changes_with_what_it_is_trained_on_and_how(plan, change):
    (one,) = plan(regimes=["pretrain-finetune"]).runs
    (other,) = plan(regimes=["pretrain-finetune"], **change).runs
    assert one.stage_identity != other.stage_identity


def test_a_folders_name_says_what_it_is_and_is_one_name(plan):
    (run,) = plan(shots=3).runs
    assert run.folder == f"ai-direct-linear-tiny-3shot-seed1-{run.identity[:12]}"
    hub = replace(run, config=replace(run.config, encoder="owner/model"))
    assert "/" not in hub.folder


def fingerprint_of(package):
    """The fingerprint that a copy of the package computes of itself."""
    result = subprocess.run(
        [sys.executable, "-c", "from crossner.transfer.run import code_fingerprint as f; print(f('linear'))"],
        env=os.environ | {"PYTHONPATH": str(package.parent)},
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("transfer/training.py", "def fit(", "# A comment.\n\n\ndef fit(", False),
        ("transfer/training.py", '"""One fit: ', '"""Another docstring: ', False),
        ("transfer/training.py", "import time\n", "import time  \n", False),
        ("transfer/training.py", "position = min(", "position = max(", True),
        ("tagging/decoding.py", "before[:, inside] > before", "before[:, inside] >= before", True),
        ("tagging/crf.py", "FORBIDDEN = -10000.0", "FORBIDDEN = -9999.0", False),
        ("cli.py", "def main(", "def other():\n    return 1\n\n\ndef main(", False),
    ],
)
def test_code_changes_the_fingerprint_but_comments_docstrings_and_layout_do_not(tmp_path, file, old, new, changes):
    package = tmp_path / "crossner"
    ignored = shutil.ignore_patterns("__pycache__", "sample")
    shutil.copytree(PACKAGE, package, ignore=ignored)
    text = (package / file).read_text(encoding="utf-8")
    assert old in text
    (package / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert (fingerprint_of(package) != code_fingerprint("linear")) == changes


EVERY_FILE = sorted({*CODE, *(name for files in TAGGER_CODE.values() for name in files)})


@pytest.mark.parametrize("name", EVERY_FILE)
def test_each_file_of_the_fingerprint_counts_but_not_its_layout_and_docstrings(name):
    source = (PACKAGE / name).read_text(encoding="utf-8")
    assert _bare_code(ast.unparse(ast.parse(source))) == _bare_code(source)
    assert _bare_code(source + "\nEXTRA = 1\n") != _bare_code(source)
    assert _bare_code(source + "\ndef f():\n    return 1\n") == _bare_code(
        source + '\ndef f():\n    "A docstring."\n    return 1\n'
    )


def test_all_that_trains_and_tags_is_in_a_fingerprint():
    """A new module under tagging/ counts, unless it is known not to decide predictions."""
    free = {"tagging/__init__.py", "tagging/encoders.py", "tagging/saved.py", "tagging/text.py"}
    free.add("tagging/confidences.py")  # how sure of a span, not which
    found = {path.relative_to(PACKAGE).as_posix() for path in (PACKAGE / "tagging").glob("*.py")}
    assert found - free == {name for name in EVERY_FILE if name.startswith("tagging/")}


def test_a_record_holds_what_was_done_and_is_json(plan, sample, listener):
    grid = plan(shots=5, epochs=2, select="dev")
    (run,) = grid.runs
    record, predictions, tagger = execute(run, grid.dataset, encoder=grid.encoder, progress=listener)
    assert json.loads(json.dumps(record)) == record
    assert record["id"] == predictions["run"] == run.identity
    assert len(record["shots"]) == 5
    assert len(record["fit"]["losses"]) == len(record["fit"]["dev_f1"]) == 2
    assert "path" not in record["encoder"]
    assert str(Path.home()) not in json.dumps(record)
    assert len(predictions["sentences"]) == len(sample.domain("ai").test)
    assert tagger.types == sample.domain("ai").types


def test_a_record_holds_no_text_of_the_data(plan, sample):
    grid = plan()
    record, predictions, _ = execute(grid.runs[0], grid.dataset, encoder=grid.encoder)
    words = {token for s in sample.domain("ai").test.sentences for token in s.tokens if len(token) > 9}
    assert len(words) > 20
    text = json.dumps([record["fit"], record["config"], predictions])
    assert not [word for word in words if word in text and word not in sample.domain("ai").types]
