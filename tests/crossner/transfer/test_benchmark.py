"""The grid: what is planned, what is refused beforehand, what is done again (nothing)."""

import shutil

import pytest

from crossner import evaluate, tagging
from crossner.data.dataset import load
from crossner.errors import ConfigError, CrossnerError, DataError, StoreError
from crossner.scoring.predictions import predictions_record
from crossner.tagging.confidences import span_confidences
from crossner.tagging.saved import load as load_tagger
from crossner.transfer.benchmark import REGIME_NAMES, make_grid, run_grid
from crossner.transfer.regimes import REGIMES
from crossner.transfer.store import Store, read_predictions

BAD = {
    "domain": ({"domains": ["aii"]}, ["'aii'", "did you mean 'ai'"]),
    "regime": ({"regimes": ["dierct"]}, ["'dierct'", "did you mean 'direct'"]),
    "tagger": ({"tagger": "liner"}, ["'liner'", "did you mean 'linear'"]),
    "encoder": ({"encoder": "./nowhere"}, ["./nowhere", "minilm"]),
    "hub name": ({"encoder": "owner/no-such-model"}, ["owner/no-such-model"]),
    "no seeds": ({"seeds": 0}, ["--seeds 0"]),
    "no shots": ({"shots": 0}, ["--shots 0", "ai"]),
    "too many shots": ({"shots": 9999}, ["--shots 9999", "ai"]),
    "source": ({"source": "newz", "regimes": ["joint"]}, ["'newz'", "did you mean 'news'"]),
    "own source": ({"source": "ai", "regimes": ["joint"]}, ["ai", "own source"]),
    "vectors with an encoder": ({"vectors": "v.txt"}, ["--vectors", "bilstm-crf"]),
    "vectors": ({"vectors": "v.txt", "tagger": "bilstm-crf"}, ["--vectors v.txt", "no such file"]),
    "epochs": ({"epochs": 0}, ["--epochs 0", "greater than 0"]),
    "lr": ({"lr": -1.0}, ["--lr -1", "greater than 0"]),
    "lr nan": ({"lr": float("nan")}, ["--lr nan", "greater than 0"]),
    "lr inf": ({"lr": float("inf")}, ["--lr inf", "greater than 0"]),
    "head-lr": ({"head_lr": 0.0}, ["--head-lr 0", "greater than 0"]),
    "batch-tokens": ({"batch_tokens": 0}, ["--batch-tokens 0", "greater than 0"]),
    "patience": ({"patience": 0}, ["--patience 0", "greater than 0"]),
    "select": ({"select": "best"}, ["select", "'best'", "dev, last"]),
    "decoding": ({"decoding": "greedy"}, ["decoding", "'greedy'", "iob2, argmax"]),
    "source-epochs": (
        {"source_epochs": 0, "regimes": ["pretrain-finetune"]},
        ["--source-epochs 0", "greater than 0"],
    ),
    "target-weight": ({"target_weight": 0, "regimes": ["joint"]}, ["--target-weight 0", "greater than 0"]),
}


@pytest.mark.parametrize(("options", "essentials"), BAD.values(), ids=BAD)
def test_a_bad_option_is_one_sentence_before_anything_is_trained(plan, options, essentials):
    with pytest.raises(CrossnerError) as caught:
        plan(**options)
    message = str(caught.value)
    assert "\n" not in message
    for essential in essentials:
        assert essential in message


def test_one_bad_domain_among_good_ones_stops_the_whole_plan(plan):
    with pytest.raises(ConfigError, match="aii"):
        plan(domains=["ai", "aii"])


def test_a_bad_vectors_file_is_named_before_anything_is_trained(plan, tmp_path, listener):
    path = tmp_path / "vectors.txt"
    path.write_text("a 1 2\nb 3\n")
    grid = plan(tagger="bilstm-crf", vectors=path, regimes=["pretrain-finetune"])
    with pytest.raises(DataError, match=r"vectors\.txt:2: expected a word and 2 numbers"):
        next(run_grid(grid, Store(tmp_path / "runs"), progress=listener))
    assert listener.titles == []


def folder_of(tmp_path, sample, *domains):
    for domain in domains:
        shutil.copytree(sample.location.root / domain, tmp_path / "mine" / domain)
    return load(tmp_path / "mine")


def test_a_regime_with_source_asks_for_one_where_there_is_none(tmp_path, sample, tiny_encoder):
    dataset = folder_of(tmp_path, sample, "ai", "music")
    with pytest.raises(ConfigError, match="--source") as caught:
        make_grid(dataset, regimes=["joint"], encoder=tiny_encoder)
    assert "ai" in str(caught.value)
    assert (
        len(make_grid(dataset, domains=["ai"], regimes=["joint"], source="music", encoder=tiny_encoder).runs) == 1
    )


def test_data_of_the_source_alone_has_no_target(tmp_path, sample):
    with pytest.raises(ConfigError, match="a target is needed"):
        make_grid(folder_of(tmp_path, sample, "news"), tagger="bilstm-crf")


def test_the_grid_is_domains_times_regimes_times_seeds(plan, sample):
    grid = plan(domains=None, regimes=REGIME_NAMES, seeds=2)
    found = {(run.config.domain, run.config.regime, run.config.seed) for run in grid.runs}
    assert len(found) == len(grid.runs)
    assert found == {(d, r, s) for d in sample.targets for r in REGIME_NAMES for s in (1, 2)}
    assert len({run.identity for run in grid.runs}) == len(grid.runs)
    assert set(REGIME_NAMES) == set(REGIMES)


@pytest.mark.parametrize("tagger", tagging.TAGGERS)
def test_every_tagger_runs_under_every_regime(plan, tmp_path, tagger):
    grid, store = plan(tagger=tagger, regimes=REGIME_NAMES, shots=4, target_weight=1), Store(tmp_path)
    records = [record for _, record in run_grid(grid, store)]
    assert [record["config"]["regime"] for record in records] == list(REGIME_NAMES)
    assert len(store.records()) == 3
    for record in records:
        assert 0 <= record["scores"]["test"]["strict"]["f1"] <= 100


def test_joint_knows_the_types_of_source_and_target(plan, tmp_path, sample):
    grid = plan(domains=["music"], source="science", regimes=["joint"], target_weight=1)
    store = Store(tmp_path)
    list(run_grid(grid, store, keep_models=True))
    types = load_tagger(store.path(grid.runs[0])).types
    assert len(types) == len(set(types))
    assert set(types) == {*sample.domain("music").types, *sample.domain("science").types}


def test_a_second_time_nothing_is_done(plan, tmp_path, listener):
    grid, store = plan(domains=["ai", "music"]), Store(tmp_path)
    first = list(run_grid(grid, store, progress=listener))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    titles = list(listener.titles)
    again = list(run_grid(plan(domains=["ai", "music"]), store, progress=listener))
    assert all(record for _, record in first)
    assert [record for _, record in again] == [None, None]
    assert listener.titles == titles
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == before


def test_only_what_is_missing_is_done(plan, tmp_path, listener):
    store = Store(tmp_path)
    list(run_grid(plan(domains=["music"]), store))
    outcomes = list(run_grid(plan(domains=["ai", "music"]), store, progress=listener))
    assert [(run.config.domain, record is None) for run, record in outcomes] == [("ai", False), ("music", True)]
    assert len(listener.titles) == 1


def test_an_interrupted_run_leaves_nothing_and_the_rest_stays(plan, tmp_path, listener):
    grid, store = plan(domains=["ai", "music"]), Store(tmp_path)
    outcomes = run_grid(grid, store, progress=listener)
    next(outcomes)

    def interrupt(sentences, loss):
        raise KeyboardInterrupt

    listener.step = interrupt
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)
    assert [record["config"]["domain"] for record in store.records()] == ["ai"]
    assert [record is None for _, record in run_grid(grid, store)] == [True, False]


def test_weights_asked_for_later_are_added_and_give_the_stored_predictions(plan, tmp_path, sample):
    grid, store = plan(), Store(tmp_path)
    list(run_grid(grid, store))
    (run,) = grid.runs
    assert not store.has(run, model=True)
    before = (store.path(run) / "run.json").read_bytes()
    list(run_grid(grid, store, keep_models=True))
    assert store.has(run, model=True)
    assert (store.path(run) / "run.json").read_bytes() == before
    test = sample.domain("ai").test
    tagger = load_tagger(store.path(run))
    examples = tagger.encode(test.sentences)
    tagged = tagger.predict(examples)
    again = predictions_record(run, test, tagged, span_confidences(tagger, examples, tagged))
    assert again == read_predictions(store.path(run))
    assert [record for _, record in run_grid(grid, store, keep_models=True)] == [None]


def test_a_folder_with_runs_on_other_data_is_refused_before_training(
    plan, tmp_path, sample, tiny_encoder, listener
):
    store = Store(tmp_path / "runs")
    list(run_grid(plan(), store))
    other = folder_of(tmp_path, sample, "ai")
    grid = make_grid(other, domains=["ai"], encoder=tiny_encoder, epochs=1)
    with pytest.raises(StoreError, match="folder of their own"):
        next(run_grid(grid, store, progress=listener))
    assert listener.titles == []


def test_evaluate_gives_the_table_of_the_folder(tmp_path, tiny_encoder):
    options = {"encoder": tiny_encoder, "epochs": 1, "progress": None}
    table = evaluate("sample", out=tmp_path, domains=["ai"], **options)
    again = evaluate("sample", out=tmp_path, domains=["ai"], **options)
    assert table == again
    (row,) = table["rows"]
    assert list(row["f1"]) == ["ai"]
    assert row["average"] is None
