"""Predictions on disk: the very tags come back, and the text never gets there."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.data.conll import read_conll
from crossner.data.spans import chunks_of
from crossner.data.types import Sentence, Split
from crossner.errors import DataError, StoreError
from crossner.scoring.predictions import (
    format_predictions,
    predicted_tags,
    predictions_record,
    read_predictions,
)
from crossner.tagging.tagger import Tagged
from crossner.transfer.run import RunConfig, make_run

TYPES = ("field", "task")
tags = st.sampled_from(["O", *(f"{prefix}-{type_}" for prefix in "BI" for type_ in TYPES)])
predictions = st.lists(
    st.lists(st.tuples(tags, st.floats(0.01, 1)), min_size=1, max_size=6), min_size=1, max_size=4
)


@pytest.fixture(scope="module")
def run(sample):
    config = RunConfig("ai", "direct", "linear", None, 1, None, None, schedule=None)
    return make_run(config, sample, None, targets=["ai"])


def split_of(lengths):
    """A split of such sentences, all of the word Zanzibar, tagged once."""
    sentences = [Sentence(("Zanzibar",) * length, ("B-field", *["O"] * (length - 1))) for length in lengths]
    return Split("test", tuple(sentences), "ab" * 32)


def unzip(case):
    rows = [zip(*sentence, strict=True) for sentence in case]
    return [Tagged(list(t), list(p)) for t, p in rows]


def record_of(run, split, predicted):
    confidences = [[0.5] * len(chunks_of(one.tags)) for one in predicted]
    return predictions_record(run, split, predicted, confidences)


@given(predictions)
@settings(deadline=None)
def test_the_very_tags_come_back_from_json(run, case):
    split, predicted = split_of(map(len, case)), unzip(case)
    record = json.loads(json.dumps(record_of(run, split, predicted), allow_nan=False))
    assert predicted_tags(record, split) == [tagged.tags for tagged in predicted]


@given(predictions)
@settings(deadline=None, max_examples=20)
def test_the_text_is_not_stored(run, case):
    record = record_of(run, split_of(map(len, case)), unzip(case))
    assert "zanzibar" not in json.dumps(record).lower()


def test_a_record_names_run_file_and_checksum(run):
    record = record_of(run, split_of([1]), [Tagged(["O"], [1.0])])
    assert record["run"] == run.identity
    assert record["data"] == {
        "name": "sample",
        "revision": run.data["revision"],
        "domain": "ai",
        "split": "test",
        "sha256": "ab" * 32,
    }
    assert record["sentences"] == [[]]


def test_a_row_is_a_span_with_its_confidence_and_whether_it_opened_with_i(run):
    tagged = Tagged(["B-field", "I-field", "O", "I-task"], None)
    (rows,) = predictions_record(run, split_of([4]), [tagged], [[0.72, 0.123456]])["sentences"]
    assert rows == [[0, 2, "field", 0.72], [3, 4, "task", 0.1235, "I"]]


@given(predictions)
@settings(deadline=None, max_examples=30)
def test_columns_join_text_gold_and_predictions(tmp_path_factory, run, case):
    split = split_of(map(len, case))
    predicted = [tagged.tags for tagged in unzip(case)]
    path = tmp_path_factory.getbasetemp() / "columns.txt"
    path.write_text(format_predictions(split, predicted), encoding="utf-8")
    assert read_predictions(path) == ([list(sentence.tags) for sentence in split.sentences], predicted)
    # Without the third column it is the split's file again.
    lines = [line.rpartition("\t")[0] for line in path.read_text(encoding="utf-8").split("\n")]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert tuple(read_conll(path)) == split.sentences


def test_predictions_of_another_file_are_refused(run):
    split = split_of([2])
    record = record_of(run, split, [Tagged(["O", "O"], None)])
    with pytest.raises(StoreError) as caught:
        predicted_tags(record, Split("test", split.sentences, "cd" * 32))
    message = str(caught.value)
    assert "\n" not in message
    for part in ("ai/test.txt", "abababababab", "cdcdcdcdcdcd", "--data"):
        assert part in message


@pytest.mark.parametrize(
    "sentences",
    [
        pytest.param(None, id="null"),
        pytest.param({}, id="object"),
        pytest.param([[]], id="a sentence is missing"),
        pytest.param([[], [], []], id="one too many"),
    ],
)
def test_another_number_of_sentences_is_refused(run, sentences):
    record = record_of(run, split_of([2, 3]), []) | {"sentences": sentences}
    with pytest.raises(StoreError, match=r"not those of the 2 sentences of ai/test\.txt"):
        predicted_tags(record, split_of([2, 3]))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[0, 4, "task", None]], id="past the end"),
        pytest.param([[-1, 1, "task", None]], id="before the beginning"),
        pytest.param([[1, 1, "task", None]], id="empty"),
        pytest.param([[2, 1, "task", None]], id="reversed"),
        pytest.param([[0, 1]], id="too short"),
        pytest.param([["0", "1", "task", None]], id="no numbers"),
        pytest.param([0], id="no list"),
        pytest.param(None, id="null"),
    ],
)
def test_what_are_no_spans_of_the_sentence_is_refused(run, rows):
    record = record_of(run, split_of([2, 3]), []) | {"sentences": [[], rows]}
    with pytest.raises(
        StoreError, match=r"predictions of sentence 1 of ai/test\.txt are not spans of its 3 tokens"
    ):
        predicted_tags(record, split_of([2, 3]))


@pytest.mark.parametrize(
    ("text", "line", "essentials"),
    [
        ("a\tO\n", 1, ("3 columns", "token, gold tag, predicted tag")),
        ("a\tO\tO\n\nb\tO\tO\tO\n", 3, ("3 columns",)),
        ("a\tO\tO\nb\tX\tO\n", 2, ("'X'", "O, B-TYPE or I-TYPE")),
        ("a\tO\tS-task\n", 1, ("'S-task'", "O, B-TYPE or I-TYPE")),
        ("a\tI-task\tO\n", 1, ("gold tag 'I-task'", "'B-task'")),
        ("a\tB-task\tO\n\nb\tI-task\tO\n", 3, ("gold tag 'I-task'", "'B-task'")),
    ],
)
def test_a_defect_in_a_file_is_named_with_its_line(text, line, essentials, tmp_path):
    path = tmp_path / "columns.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_predictions(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert all(part in str(caught.value) for part in essentials)


def test_a_predicted_tag_may_continue_nothing(tmp_path):
    path = tmp_path / "columns.txt"
    path.write_text("\ufeffa B-task I-field\r\nb I-task I-task\r\n", encoding="utf-8")
    assert read_predictions(path) == ([["B-task", "I-task"]], [["I-field", "I-task"]])
