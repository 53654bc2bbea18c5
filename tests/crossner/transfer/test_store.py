"""Runs on disk: whole or not at all, one process at a time, damage named."""

import json
import os
import signal
import subprocess
import sys

import pytest

from crossner.errors import StoreError
from crossner.transfer.benchmark import make_grid
from crossner.transfer.store import Store, read_predictions, read_record

PREDICTIONS = {
    "format": 1,
    "data": {"name": "sample", "domain": "ai", "split": "test", "sha256": "0" * 64},
    "sentences": [[[0, 2, "person", 0.5]], [], [[3, 4, "misc", None, "I"]]],
}

# Writes a run, and stops in the middle of it until it is killed. The order is the store's: run.json
# is there in full when the predictions are asked for.
WRITER = """
import sys, time
from crossner.data.dataset import load
from crossner.transfer.benchmark import make_grid
from crossner.transfer.store import Store

class Sentences:
    def __iter__(self):
        print("writing", flush=True)
        time.sleep(600)

(run,) = make_grid(load("sample"), domains=["ai"], tagger="bilstm-crf").runs
store = Store(sys.argv[1])
with store.lock(run, wait=True):
    store.write(run, RECORD, {"format": 1, "sentences": Sentences()})
"""


@pytest.fixture
def run(sample):
    (run,) = make_grid(sample, domains=["ai"], tagger="bilstm-crf").runs
    return run


@pytest.fixture
def record(run):
    config = {
        "domain": "ai",
        "regime": "direct",
        "tagger": "bilstm-crf",
        "encoder": None,
        "shots": None,
        "seed": 1,
    }
    return {
        "format": 1,
        "id": "0",
        "code": "0",
        "encoder": None,
        "data": run.data,
        "config": config,
        "scores": {"test": {"strict": {"f1": 12.5}}},
    }


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs")


@pytest.fixture
def filled(store, run, record):
    store.write(run, record, PREDICTIONS)
    return store


def test_what_is_written_is_read_back(filled, run, record):
    assert filled.has(run)
    assert not filled.has(run, model=True)
    assert filled.records() == [record]
    assert read_record(filled.path(run)) == record
    assert read_predictions(filled.path(run)) == PREDICTIONS


def test_a_run_without_sentences_is_readable(store, run, record):
    store.write(run, record, PREDICTIONS | {"sentences": []})
    assert read_predictions(store.path(run))["sentences"] == []


def test_an_error_while_writing_leaves_nothing(store, run, record):
    with pytest.raises(TypeError):
        store.write(run, record, PREDICTIONS | {"sentences": [object()]})
    assert list(store.root.iterdir()) == []


def test_a_killed_writer_leaves_no_half_run_and_the_next_attempt_works(store, run, record, sample):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    script = WRITER.replace("RECORD", repr(record))
    with subprocess.Popen(
        [sys.executable, "-c", script, store.root], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "writing\n"
            with store.lock(run, wait=False) as held:
                assert not held
        finally:
            process.send_signal(signal.SIGKILL)
    assert list(store.root.rglob("run.json"))  # it was in the middle of it
    assert not store.has(run)
    store.check(sample)
    with pytest.raises(StoreError, match="holds no run"):
        store.records()
    with store.lock(run, wait=False) as held:
        assert held
        store.write(run, record, PREDICTIONS)
    assert store.records() == [record]
    assert {path.name for path in store.root.iterdir()} == {run.folder, ".locks"}


def test_a_lock_is_held_by_one_at_a_time_and_free_afterwards(store, run):
    with store.lock(run, wait=False) as first, store.lock(run, wait=False) as second:
        assert (first, second) == (True, False)
    with store.lock(run, wait=False) as third:
        assert third


def test_a_lock_is_free_after_an_error(store, run):
    with pytest.raises(ZeroDivisionError), store.lock(run, wait=True):
        _ = 1 / 0
    with store.lock(run, wait=False) as held:
        assert held


def test_a_file_is_no_folder_of_runs(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        Store(tmp_path / "file")


def test_a_folder_below_a_file_cannot_be_written(tmp_path, run):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "runs")
    with pytest.raises(StoreError, match="cannot be written"), store.lock(run, wait=True):
        pass


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_runs_says_how_to_make_some(tmp_path, exists):
    folder = tmp_path / "runs"
    if exists:
        folder.mkdir()
    with pytest.raises(StoreError, match=f"crossner run --out {folder}"):
        Store(folder).records()


def without(key):
    def damage(record):
        *path, last = key.split(".")
        for part in path:
            record = record[part]
        del record[last]

    return damage


@pytest.mark.parametrize("key", ["data", "data.name", "config", "config.seed", "scores", "scores.test.strict.f1"])
def test_a_record_that_lacks_something_is_named(filled, run, record, key):
    without(key)(record)
    path = filled.path(run) / "run.json"
    path.write_text(json.dumps(record))
    with pytest.raises(StoreError) as caught:
        filled.records()
    assert str(path) in str(caught.value)


CONTENTS = [b"", b"{", b"[]", b"null", b"3", b'{"format": 1}', b'{"format": 2}', b"\xff\xfe", b'{"config": 1}']


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize(("file", "read"), [("run.json", read_record), ("predictions.json", read_predictions)])
def test_a_damaged_file_is_named(filled, run, file, read, content):
    path = filled.path(run) / file
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        read(filled.path(run))
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("read", [read_record, read_predictions])
def test_another_folder_or_a_file_is_no_run(tmp_path, read):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(StoreError, match="not the folder of a run"):
            read(path)


def test_runs_on_other_data_need_a_folder_of_their_own(filled, sample, record, run):
    filled.check(sample)
    record["data"] = record["data"] | {"revision": "sha256:other"}
    (filled.path(run) / "run.json").write_text(json.dumps(record))
    with pytest.raises(StoreError, match="folder of their own"):
        filled.check(sample)
