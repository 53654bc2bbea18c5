"""The source stage: trained once, shared, refused when damaged."""

import pytest
import torch

from crossner.data.source import cache_folder
from crossner.errors import DataError, StoreError
from crossner.transfer.benchmark import run_grid
from crossner.transfer.store import Store, read_predictions

STAGE = {"regimes": ["pretrain-finetune"]}


def stage_titles(listener):
    return [title for title in listener.titles if "source stage" in title]


def stage_folders():
    return [path for path in (cache_folder() / "stages").iterdir() if path.is_dir()]


def records(grid, store, progress=None):
    return [record for _, record in run_grid(grid, store, progress=progress)]


def test_a_stage_is_trained_once_for_all_targets_and_later_runs(plan, tmp_path, listener):
    ai, music = records(plan(domains=["ai", "music"], **STAGE), Store(tmp_path / "one"), listener)
    (later,) = records(plan(domains=["politics"], **STAGE), Store(tmp_path / "two"), listener)
    assert len(stage_titles(listener)) == 1
    assert len(listener.titles) == 4
    assert ai["stage"] == music["stage"] == later["stage"]
    assert ai["stage"]["source"] == "news"
    assert set(ai["stage"]["strict_f1"]) == {"dev", "test"}
    assert len(stage_folders()) == 1


@pytest.mark.parametrize("tagger", ["linear", "bilstm-crf"])
def test_a_stage_from_the_cache_gives_the_same_predictions_as_a_fresh_one(plan, tmp_path, listener, tagger):
    grid = plan(tagger=tagger, **STAGE)
    sentences = []
    for name in ("fresh", "cached"):
        store = Store(tmp_path / name)
        records(grid, store, listener)
        sentences.append(read_predictions(store.path(grid.runs[0]))["sentences"])
    assert len(stage_titles(listener)) == 1
    assert sentences[0] == sentences[1]


def test_a_pretrained_encoder_differs_from_none(plan, tmp_path):
    """The same target fit from the same seed: only the stage can make the losses differ."""
    (direct,) = records(plan(), Store(tmp_path / "a"))
    (pretrained,) = records(plan(**STAGE), Store(tmp_path / "b"))
    assert direct["stage"] is None
    assert direct["config"]["schedule"] == pretrained["config"]["schedule"]
    assert direct["fit"]["losses"] != pretrained["fit"]["losses"]


@pytest.mark.parametrize("file", ["stage.json", "weights.safetensors"])
@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_stage_is_named_and_nothing_is_written(plan, tmp_path, file, damage):
    grid, store = plan(**STAGE), Store(tmp_path / "runs")
    records(grid, Store(tmp_path / "before"))
    (folder,) = stage_folders()
    path = folder / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError) as caught:
        records(grid, store)
    assert str(folder) in str(caught.value)
    assert "remove the folder" in str(caught.value)
    assert not store.has(grid.runs[0])


def test_an_interrupted_stage_leaves_nothing_and_is_trained_again(plan, tmp_path, listener):
    def interrupt(sentences, loss):
        raise KeyboardInterrupt

    grid, store = plan(**STAGE), Store(tmp_path / "runs")
    step, listener.step = listener.step, interrupt
    with pytest.raises(KeyboardInterrupt):
        records(grid, store, listener)
    assert stage_folders() == []
    listener.step = step
    (record,) = records(grid, store, listener)
    assert record["stage"]
    assert torch.isfinite(torch.tensor(record["fit"]["losses"])).all()


def test_a_cache_that_cannot_be_written_is_one_sentence(plan, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CROSSNER_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="CROSSNER_CACHE names another folder"):
        records(plan(**STAGE), Store(tmp_path / "runs"))
