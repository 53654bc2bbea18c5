"""Deduplicated scores: seqeval's on the sentences that are left, the stored ones where nothing leaks."""

import json
from pathlib import Path

import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from crossner.data.dataset import load
from crossner.data.spans import chunks_of
from crossner.errors import ConfigError, StoreError
from crossner.report.deduplicated import deduplicate
from crossner.report.table import FORMATS, format_table, make_table
from crossner.scoring.leaks import leaked_sentences
from crossner.scoring.predictions import predicted_tags
from crossner.transfer.store import Store, read_predictions

RESULTS = Path(__file__).parents[3] / "results" / "crossner"
TEXTS = {
    "music": {
        "train": "a\tB-song\n\nb\tO\n",
        "dev": "c\tO\n",
        "test": "a\tB-song\n\nc\tO\n\nd\tB-song\n\ne\tB-song\n\na\tO\n",
    },
    "news": {"train": "d\tB-person\n", "dev": "x\tB-person\n", "test": "e\tB-person\n"},
}
PREDICTED = [["B-song"], ["B-song"], ["B-song"], ["O"], ["I-song"]]


@pytest.fixture
def own(write_domains):
    return load(write_domains(TEXTS))


@pytest.fixture
def write_runs(tmp_path, make_record, own):
    """Write runs that predict `PREDICTED`; gives their folder."""

    def write(*options, data=own):
        for number, config in enumerate(options):
            described = {"name": data.name, "revision": data.revision, "targets": ["music"]}
            record = make_record("music", 60, data=described, seed=number + 1, **config)
            folder = tmp_path / "results" / f"run{number}"
            folder.mkdir(parents=True)
            (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
            file = described | {"domain": "music", "split": "test", "sha256": data.domain("music").test.sha256}
            rows = [[[*c[:3], None, *([] if c.opened else ["I"])] for c in chunks_of(tags)] for tags in PREDICTED]
            predictions = {"format": 1, "run": record["id"], "data": file, "sentences": rows}
            (folder / "predictions.json").write_text(json.dumps(predictions), encoding="utf-8")
        return tmp_path / "results"

    return write


def seqeval(gold, predicted):
    return round(100 * f1_score(gold, predicted, mode="strict", scheme=IOB2), 4)


def test_what_train_or_dev_of_target_and_source_hold_is_leaked(own):
    assert leaked_sentences(own, "music", []) == [0, 1, 4]
    assert leaked_sentences(own, "music", ["news"]) == [0, 1, 2, 4]
    assert leaked_sentences(own, "news", []) == []


def test_all_runs_on_a_target_are_scored_on_the_same_sentences(own, write_runs):
    folder = write_runs({}, {"regime": "joint", "source": "news"})
    records, left_out = deduplicate(Store(folder).records(), folder, data=own.location.root)
    assert left_out == {"music": 4}
    assert [record["scores"]["test"]["strict"]["f1"] for record in records] == [0, 0]


def test_the_new_f1_is_that_of_the_sentences_left(own, write_runs):
    folder = write_runs({})
    stored = Store(folder).records()
    (record,), left_out = deduplicate(stored, folder, data=own.location.root)
    assert left_out == {"music": 3}
    assert record["scores"]["test"]["strict"]["f1"] == pytest.approx(200 / 3, abs=1e-4)  # of d and e
    assert stored == Store(folder).records()


def test_of_the_committed_runs_f1_is_seqeval_s_on_the_sentences_left(real_folder):
    stored = Store(RESULTS).records()
    records, left_out = deduplicate(stored, RESULTS, data=real_folder)
    assert left_out == {"politics": 1, "science": 16, "music": 23, "literature": 0, "ai": 4}
    for old, new in zip(stored, records, strict=True):
        if old["config"]["domain"] == "literature":
            assert old == new
    for name in ("music-pretrain-finetune", "ai-joint"):
        folder = next(RESULTS.glob(f"{name}-*"))
        dataset, predictions = load(real_folder), read_predictions(folder)
        domain = dataset.domain(name.split("-")[0])
        known = {s.tokens for split in (domain.train, domain.dev) for s in split.sentences}
        tags = predicted_tags(predictions, domain.test)
        kept = [
            (list(s.tags), t) for s, t in zip(domain.test.sentences, tags, strict=True) if s.tokens not in known
        ]
        (record,) = (record for record in records if record["id"] == predictions["run"])
        assert record["scores"]["test"]["strict"]["f1"] == seqeval(*zip(*kept, strict=True))


@pytest.mark.parametrize("style", FORMATS)
def test_the_table_says_what_is_left_out_in_every_format(style, own, write_runs):
    folder = write_runs({})
    records, left_out = deduplicate(Store(folder).records(), folder, data=own.location.root)
    text = format_table(make_table(records, left_out=left_out), style)
    if style == "json":
        table = json.loads(text)
        assert table["left_out"] == {"music": 3}
        assert table["protocol"]["sentences"] == "without those of train or dev"
    else:
        assert "without 3 test sentences that occur in train or dev (music 3)" in text
    assert "66.6" in text


def test_without_leaks_the_table_says_so(make_record):
    text = format_table(make_table([make_record("music", 60)], left_out={"music": 0}))
    assert "without 0 test sentences that occur in train or dev ·" in text


def test_data_that_is_not_at_hand_is_one_sentence(own, write_runs, tmp_path):
    folder = write_runs({})
    records = Store(folder).records()
    with pytest.raises(ConfigError, match=r"on data named 'own'; say where it is with --data DIR"):
        deduplicate(records, folder)
    with pytest.raises(StoreError, match=r"the runs are on own sha256:.*; name the right data with --data"):
        deduplicate(records, folder, data="sample")


def test_runs_on_different_data_are_refused(own, write_runs, make_record):
    folder = write_runs({})
    with pytest.raises(StoreError, match="different data"):
        deduplicate([*Store(folder).records(), make_record("music", 1)], folder, data=own.location.root)


def test_a_run_without_its_predictions_is_named(own, write_runs):
    folder = write_runs({}, {})
    (folder / "run1" / "predictions.json").unlink()
    records = Store(folder).records()
    with pytest.raises(StoreError, match=r"no predictions of the music run .*; run it again"):
        deduplicate(records, folder, data=own.location.root)


def test_a_folder_that_a_process_fills_is_passed_over(own, write_runs):
    folder = write_runs({})
    (folder / ".run9.partial").mkdir()
    (folder / ".run9.partial" / "predictions.json").write_text("{", encoding="utf-8")
    assert deduplicate(Store(folder).records(), folder, data=own.location.root)[1] == {"music": 3}
