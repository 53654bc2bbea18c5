"""Importing: what is refused and with which words, what the run holds, and what types become."""

import json

import pytest

import crossner
from crossner.errors import ConfigError, DataError, StoreError
from crossner.importing.labels import name_types, read_mapping
from crossner.importing.run import import_predictions
from crossner.report.table import format_table, make_table
from crossner.transfer.store import Store


@pytest.fixture
def first(sample):
    """The tokens of the first two sentences of ai's test split."""
    return [list(sentence.tokens) for sentence in sample.domain("ai").test.sentences[:2]]


def sentence(tokens, *tags):
    tags = [*tags, *["O"] * (len(tokens) - len(tags))]
    return "".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True))


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        # columns
        ("", None, "holds no sentence"),
        ("# nothing\n\n-DOCSTART- O\n", None, "holds no sentence"),
        ("Ada\n", 1, "token and, in the last column, its tag"),
        ("Ada O\n\nBob  \n", 3, "last column"),
        ("Ada\tO\nBob\t\n", 2, "last column"),
        ("Ada O\nBob NN O\n", 2, "has 3 columns, line 1 has 2"),
        ("Ada B-person\nBob X-person\n", 2, "unknown tag 'X-person'"),
        ("Ada person\n", 1, "unknown tag 'person'"),
        ("Ada B-\n", 1, "unknown tag 'B-'"),
        ("Ada\0 O", 1, "binary"),
        # JSON
        ("[]", None, "holds no prediction"),
        ('{"sentence": 0, "entities": []}\n{"sentence": 1, "entities"\n', 2, "not JSON"),
        ('[{"sentence": 0, "entities": []},\n\n {"sentence": 1 "entities": []}]', 3, "not JSON"),
        ('{"sentence": 0, "entities": []}\n\n5\n', 3, "list of entities"),
        ('[{"sentence": 0, "entities": []},\n{"sentence": 1}]', 2, "has no list of entities"),
        ('{"sentence": 0, "entities": 5}', 1, "list of entities"),
        ('{"sentence": 32, "entities": []}', 1, "no sentence 32; they are numbered from 0 to 31"),
        ('{"sentence": -1, "entities": []}', 1, "no sentence -1"),
        ('{"sentence": 0, "entities": []}\n{"id": "a", "entities": []}', 2, "names no sentence"),
        ('{"sentence": 0, "entities": []}\n{"entities": []}', 2, "names no sentence"),
        ('{"tokens": "Ada", "entities": []}', 1, "'tokens' must be a list of strings"),
        ('{"tokens": [1], "entities": []}', 1, "'tokens' must be a list of strings"),
        ('{"text": 5, "entities": []}', 1, "'text' must be a string"),
        ('{"text": "a c", "tokens": ["a", "b"], "entities": []}', 1, "'text' and 'tokens' differ"),
        ('[[], [], [["a", "b"]]]', None, "3 lists of entities for 32 sentences"),
        ('[{"entity": "B-person", "start": 0, "end": 1}]', None, "1 lists of entities for 32"),
        ('{"text": "a", "entities": [5]}', 1, "expected an entity"),
        ('{"text": "a", "entities": [["a"]]}', 1, "expected [string, label]"),
        ('{"text": "a", "entities": [[0, "a", "b"]]}', 1, "expected [string, label]"),
        ('{"text": "a", "entities": {"person": "a"}}', 1, "list of strings for each label"),
        ('{"text": "a", "entities": [{"start": 0, "end": 1}]}', 1, "has no label"),
        ('{"text": "a", "entities": [{"start": 0, "end": 1, "label": 3}]}', 1, "label must be a string"),
        ('{"text": "a", "entities": [{"start": 0, "end": 1, "label": " "}]}', 1, "label must be a string"),
        ('{"text": "a", "entities": [{"label": "x"}]}', 1, "neither start and end nor a text"),
        ('{"text": "a", "entities": [{"label": "x", "start": 0}]}', 1, "both be whole numbers"),
        ('{"text": "a", "entities": [{"label": "x", "start": 0, "end": true}]}', 1, "both be whole numbers"),
        ('{"text": "a", "entities": [{"label": "x", "start": 0, "end": 1.0}]}', 1, "both be whole numbers"),
        ('{"text": "a", "entities": [{"label": "x", "text": 4}]}', 1, "must be a string, got 4"),
        ('{"text": "a", "entities": [{"label": "x", "text": "a", "score": 99.1}]}', 1, "from 0 to 1, got 99.1"),
        ('{"text": "a", "entities": [{"label": "x", "text": "a", "score": NaN}]}', 1, "from 0 to 1"),
        ('{"text": "a", "entities": [{"label": "x", "text": "a", "score": "0.5"}]}', 1, 'from 0 to 1, got "0.5"'),
        ('{"text": "a", "unit": "byte", "entities": []}', 1, "unknown unit 'byte'"),
        ('{"sentence": 0, "entities": [[0, 1, "x"]]}', 1, "say which with --offsets"),
        ('{"text": "a", "entities": [{"entity": "B-x", "start": 4, "end": 5}]}', 1, "4 to 5 are outside"),
        (
            '{"text": "a", "entities": [{"entity": "B-x", "start": 0, "end": 1}, '
            '{"entity_group": "x", "start": 0, "end": 1}]}',
            None,
            "mixes",
        ),
        (
            '{"text": "a", "entities": [{"entity_group": "x", "start": 0, "end": 1}, '
            '{"label": "x", "start": 0, "end": 1}]}',
            None,
            "without 'entity_group' or 'entity'",
        ),
        ("[" * 100_000, 1, "not JSON"),
        # neither of which is of this split
        ("Ada O\nLovelace O\n", None, "no sentence in it is one of ai/test.txt"),
    ],
)
def test_files_that_are_not_right(bring, tmp_path, content, line, words):
    with pytest.raises(DataError) as caught:
        bring(content)
    message = str(caught.value)
    place = f"{tmp_path / 'file.txt'}:" + (f"{line}: " if line else " ")
    assert message.startswith(place)
    assert words in message
    assert "\n" not in message
    assert not (tmp_path / "runs").exists()


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        import_predictions(tmp_path / "none", out=tmp_path, data="sample", domain="ai", name="x")


def test_the_wrong_split_is_recognised(bring, sample):
    lines = [sentence(one.tokens) for one in sample.domain("ai").dev.sentences]
    with pytest.raises(DataError, match=r"holds sentences of ai/dev\.txt"):
        bring("\n".join(lines))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"domain": "musik"}, "did you mean 'music'"),
        ({"format": "column"}, "did you mean 'columns'"),
        ({"offsets": "tokens"}, "did you mean 'token'"),
        ({"offsets": "token"}, "columns have neither"),
        ({"end": "open"}, "unknown end 'open'"),
        ({"scheme": "bio"}, "did you mean"),
        ({"name": " "}, "--name ' ': must be a name"),
        ({"name": "a\nb"}, "--name 'a\\nb': must be a name"),
        ({"name": "a" * 81}, "must be a name of 1 to 80"),
        ({"regime": ""}, "--regime"),
        ({"encoder": ""}, "--encoder"),
        ({"seed": -1}, "--seed -1"),
        ({"shots": 0}, "--shots 0"),
        ({"shots": 1000}, "--shots 1000"),
        ({"source": "conll2003"}, "goes into --name"),
        ({"source": "ai"}, "is the target itself"),
        ({"types": {"PER": "persn"}}, "did you mean 'person'"),
    ],
)
def test_options_that_cannot_work(bring, first, options, words):
    with pytest.raises(ConfigError) as caught:
        bring(sentence(first[0]), **options)
    assert words in str(caught.value)


def test_a_scheme_is_for_tags(bring):
    with pytest.raises(ConfigError, match="--scheme is for tags"):
        bring([{"sentence": 0, "entities": []}], scheme="iob1")
    with pytest.raises(DataError, match="not one of IOB2"):
        bring("Ada S-person\n", scheme="iob2")


def test_what_a_run_holds(bring, first, sample, tmp_path):
    content = sentence(first[0], "B-PER", "I-PER") + "\n" + sentence(first[1], "I-task") + "\nBob\tB-PER\n"
    summary, record, stored = bring(
        content,
        file="spaCy out.txt",
        types={"PER": "person"},
        name="org/x y",
        encoder="bert",
        source="news",
        shots=5,
    )
    split = sample.domain("ai").test
    assert stored == [[[0, 2, "person", None]], [[0, 1, "task", None, "I"]], *[[]] * 30]
    assert summary.folder.parent == tmp_path / "runs"
    assert summary.folder.name == f"ai-imported-org_x_y-bert-5shot-seed1-{record['id'][:12]}"
    assert (record["code"], record["shots"], record["encoder"]) == (
        "imported",
        None,
        {"name": "bert", "sha256": None},
    )
    assert record["data"]["sha256"]["ai/test"] == split.sha256
    assert "news/train" in record["data"]["sha256"]
    assert record["data"]["targets"] == ["politics", "science", "music", "literature", "ai"]
    assert {key for key in ("fit", "stage", "timings", "environment") if record[key] is None} == {
        "fit",
        "stage",
        "timings",
        "environment",
    }
    assert record["config"] == {
        "domain": "ai",
        "regime": "imported",
        "tagger": "org/x y",
        "encoder": "bert",
        "seed": 1,
        "shots": 5,
        "source": "news",
        **dict.fromkeys(("schedule", "source_schedule", "target_weight", "vectors", "decoding")),
    }
    assert record["imported"] == {
        "file": "spaCy out.txt",
        "sha256": crossner.data.source.sha256(tmp_path / "spaCy out.txt"),
        "format": "columns",
        "scheme": "iob2",
        "sentences": 2,
        "missing": 30,
        "spans": 2,
        "unaligned": {"no such sentence": 1},
        "ambiguous": 0,
        "unclosed": 0,
        "types": {"PER": "person", "task": "task"},
    }
    assert summary.unaligned[0] | {"line": 0} == {
        "line": 0,
        "sentence": None,
        "reason": "no such sentence",
        "text": "Bob",
    }
    assert summary.unaligned[0]["line"] == content.split("\n").index("Bob\tB-PER") + 1
    assert json.loads(json.dumps(summary.as_dict()))["folder"] == str(summary.folder)
    # No text of the data is in what is stored.
    files = [path.read_text(encoding="utf-8") for path in summary.folder.iterdir()]
    assert not any(f'"{token}"' in text for token in first[0] for text in files if len(token) > 3)
    table = make_table(Store(tmp_path / "runs").records())
    assert "org/x y" in format_table(table)


def test_the_same_again_is_there_and_other_predictions_are_refused(bring, first, tmp_path):
    summary, *_ = bring(sentence(first[0], "B-person"))
    before = {path: path.read_bytes() for path in summary.folder.iterdir()}
    again, *_ = bring(sentence(first[0], "B-person").replace("\n", "\r\n"), file="other.txt")
    assert (summary.new, again.new, again.folder) == (True, False, summary.folder)
    assert {path: path.read_bytes() for path in summary.folder.iterdir()} == before
    with pytest.raises(StoreError, match="other predictions of theirs for ai, seed 1"):
        bring(sentence(first[0], "B-task"))
    for options in ({"seed": 2}, {"name": "ours"}, {"regime": "joint"}):
        assert bring(sentence(first[0], "B-task"), **options)[0].new
    assert len(Store(tmp_path / "runs").records()) == 4
    assert not [path for path in (tmp_path / "runs").iterdir() if path.name.endswith(".partial")]


def test_runs_on_other_data_are_left_alone(bring, first, write_domains, tmp_path):
    bring(sentence(first[0]))
    text = sentence(first[0], "B-x")
    folder = write_domains({"law": dict.fromkeys(("train", "dev", "test"), text)})
    with pytest.raises(StoreError, match="need a folder of their own"):
        bring(text, data=folder, domain="law")
    summary, *_ = bring(text, data=folder, domain="law", out=tmp_path / "own-runs")
    assert summary.f1 == 100


def test_names_may_be_as_long_in_bytes_as_they_like(bring, first):
    long = {"name": "名" * 80, "encoder": "器" * 80, "regime": "式" * 80}
    summary, record, _ = bring(sentence(first[0]), **long)
    assert len(summary.folder.name.encode()) < 240
    assert record["config"]["tagger"] == long["name"]
    again, *_ = bring(sentence(first[0]), **long)
    assert (again.new, again.folder) == (False, summary.folder)


def test_strict_takes_only_what_is_complete(bring, system, first):
    made = system()
    lines = [sentence(s.tokens, *tags) for s, tags in zip(made.sentences, made.tags, strict=True)]
    with pytest.raises(DataError, match=r"1 of the 32 sentences .* first number 31"):
        bring("\n".join(lines[:-1]), strict=True)
    with pytest.raises(
        DataError, match=r"file\.txt:\d+: 1 could not be aligned, first 'Bob' \(no such sentence\)"
    ):
        bring("\n".join([*lines, "Bob\tO\n"]), strict=True)
    assert bring("\n".join(lines), strict=True)[0].new


def test_an_opening_that_iob2_cannot_express_is_listed(bring, first):
    summary, _, stored = bring(sentence(first[0], "S-person", "I-person", "O", "B-task", "O"))
    assert stored[0] == [[0, 1, "person", None], [3, 4, "task", None]]
    assert [(one["sentence"], one["reason"], one["text"]) for one in summary.unaligned] == [
        (0, "malformed", first[0][1])
    ]
    assert (summary.scheme, summary.unclosed) == ("bioes", 1)


def test_overlaps_are_settled_after_labels_are_left_out(bring, first):
    entities = [{"start": 0, "end": 3, "label": "date", "score": 0.9}, {"start": 0, "end": 1, "label": "task"}]
    value = [{"tokens": first[0], "entities": entities}]
    summary, _, stored = bring(value, types={"date": ""})
    assert stored[0] == [[0, 1, "task", None]]
    assert (summary.dropped, summary.unaligned, summary.unknown) == ({"date": 1}, [], {})
    summary, *_ = bring(value, name="kept")
    assert summary.unknown == {"date": {"count": 1, "nearest": None}}
    assert summary.unaligned[0]["reason"] == "overlap"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"start": 1, "end": 1}, "empty"),
        ({"start": 2, "end": 1}, "empty"),
        ({"start": -1, "end": 1}, "outside"),
        ({"start": 0, "end": 999}, "outside"),
        ({"start": 0, "end": 1, "text": "Zzz"}, "text differs"),
        ({"text": "Zzz"}, "not found"),
        ({"text": " "}, "empty"),
    ],
)
def test_spans_without_a_place_are_listed(bring, first, found, reason):
    summary, record, stored = bring([{"tokens": first[0], "entities": [found | {"label": "task"}]}])
    assert stored == [[]] * 32
    assert [(one["line"], one["sentence"], one["reason"]) for one in summary.unaligned] == [(1, 0, reason)]
    assert record["imported"]["unaligned"] == {reason: 1}


def test_text_tells_whether_offsets_are_tokens_or_characters(bring, first):
    word = first[0][1]
    place = len(first[0][0]) + 1
    for number, found in enumerate(({"start": 1, "end": 2}, {"start": place, "end": place + len(word)})):
        entity = found | {"text": word, "label": "task"}
        _, _, stored = bring([{"sentence": 0, "entities": [entity]}], seed=number)
        assert stored[0] == [[1, 2, "task", None]]


def test_a_sentence_may_be_its_text(bring, first):
    _, _, stored = bring([{"sentence": " ".join(first[1]), "id": 7, "entities": [[first[1][0], "task"]]}])
    assert stored[:2] == [[], [[0, 1, "task", None]]]


def test_types(bring, first):
    tags = ["B-Programming Language", "B-PROGRAM_LANG", "B-ORG", "B-gadget", "B-GPE"]
    summary, record, stored = bring(sentence(first[0], *tags), types={"GPE": "country"})
    assert [row[2] for row in stored[0]] == ["Programming_Language", "programlang", "ORG", "gadget", "country"]
    assert summary.renamed == {
        "GPE": "country",
        "PROGRAM_LANG": "programlang",
        "Programming Language": "Programming_Language",
    }
    assert summary.unknown == {
        "Programming Language": {"count": 1, "nearest": "programlang"},
        "ORG": {"count": 1, "nearest": "organisation"},
        "gadget": {"count": 1, "nearest": None},
    }
    assert record["scores"]["test"]["types"]["ORG"]["support"] == 0


def test_a_mapping_may_serve_several_domains(bring, first):
    """`song` is no type of ai, but one of music."""
    summary, *_ = bring(sentence(first[0], "B-track"), types={"track": "song"})
    assert summary.unknown["track"]["count"] == 1


@pytest.mark.parametrize(
    ("labels", "mapping", "names"),
    [
        (["a b", "A-B", "a_b"], {}, ["ab", "ab", "ab"]),
        (["ab"], {"ab": "c"}, ["c"]),  # a mapping goes before a type of the same name
        (["ab", "x"], {"ab": None, "x": ""}, [None, None]),
        (["-x-", "x  y", "--"], {}, ["x", "x_y", "_"]),
        (["a\x1b[31m", "\ud800"], {}, ["a_[31m", "_"]),  # could not be shown
    ],
)
def test_names(labels, mapping, names):
    assert list(name_types(labels, ["ab", "c"], mapping).names.values()) == names


@pytest.mark.parametrize("kind", ["json", "toml"])
def test_mappings_from_files(tmp_path, kind):
    path = tmp_path / f"map.{kind}"
    path.write_text('{"PER": "person", "a b": ""}' if kind == "json" else 'PER = "person"\n"a b" = ""\n')
    assert read_mapping(path) == {"PER": "person", "a b": ""}
    for text in ("{", "5", '{"a": 1}') if kind == "json" else ("=", "a = 1"):
        path.write_text(text)
        with pytest.raises(DataError, match=kind.upper()):
            read_mapping(path)
