"""The command `import`, through argparse."""

import argparse
import json

import pytest

from crossner.errors import ConfigError
from crossner.importing.command import EXAMPLES, add_options, import_command


@pytest.fixture
def command(tmp_path, capsys):
    def run(content, *options):
        path = tmp_path / "file.txt"
        path.write_text(content, encoding="utf-8")
        parser = argparse.ArgumentParser()
        add_options(parser)
        fixed = ["--domain", "ai", "--data", "sample", "--name", "theirs", "--out", str(tmp_path / "runs")]
        import_command(parser.parse_args([str(path), *fixed, *options]))
        return capsys.readouterr().out

    return run


@pytest.fixture
def content(system):
    made = system()
    values = [
        {"tokens": list(s.tokens), "entities": [[c.start, c.end, c.type.upper(), score] for c, score in row]}
        for s, row in zip(made.sentences, made.rows, strict=True)
    ]
    values[0]["entities"] = [["Zzz", "person"], [0, 1, "ORG"], [1, 2, "DATE"]]
    values[2]["tokens"] = [values[2]["tokens"][0]]
    values[3]["entities"] = [[".", "task"]]
    del values[30:]
    return "".join(json.dumps(value) + "\n" for value in values)


def test_summary_in_words(command, content, tmp_path):
    text = command(content, "--map", "DATE=")
    folder = next((tmp_path / "runs").glob("ai-*"))
    for words in (
        "ai/test (spans): ",
        " spans in 29 of 32 sentences, strict F1 ",
        f"run: {folder}",
        "3 of 32 sentences have no prediction and count as empty: 2, 30, 31",
        "2 could not be aligned:",
        "  1 not found (its text does not occur in the sentence)",
        "  line 1: not found: 'Zzz'",
        "  line 3: no such sentence: ",
        "left out: DATE (1)",
        "TASK → task",
        "types that ai does not have, each span of them counts as wrong:",
        "  ORG (1 span); if it is ours: --map ORG=organisation",
    ):
        assert words in text
    assert f"was there: {folder}" in command(content, "--map", "DATE=")


def test_labels_are_shown_without_what_a_terminal_would_obey(command, sample):
    tokens = list(sample.domain("ai").test.sentences[0].tokens)
    labels = ["person\x1b[31m", "person\ud800", "x" * 500]
    entities = [[number, number + 1, label] for number, label in enumerate(labels)]
    text = command(json.dumps({"tokens": tokens, "entities": entities}))
    assert "\x1b" not in text
    assert r"'person\x1b[31m' (1 span)" in text
    assert max(map(len, text.split("\n"))) < 250


def test_summary_as_json(command, content, tmp_path):
    types = tmp_path / "types.toml"
    types.write_text('DATE = ""\nORG = "person"\n')
    result = json.loads(command(content, "--types", str(types), "--map", "ORG=organisation", "--json"))
    assert (result["sentences"], result["total"], result["missing"]) == (29, 32, [2, 30, 31])
    assert (result["dropped"], result["unknown"]) == ({"DATE": 1}, {})
    assert result["renamed"]["ORG"] == "organisation"
    assert {one["reason"] for one in result["unaligned"]} == {"not found", "no such sentence"}


@pytest.mark.parametrize("pair", ["PER", "=person", "="])
def test_pairs_that_are_none(command, content, pair):
    with pytest.raises(ConfigError, match="expected LABEL=TYPE"):
        command(content, "--map", pair)


def test_a_label_may_hold_an_equals_sign(command):
    assert "left out: a=b (1)" in command('{"sentence": 0, "entities": [["x", "a=b"]]}', "--map", "a=b=")


def test_long_lists_are_cut(command, sample):
    tokens = list(sample.domain("ai").test.sentences[0].tokens)
    text = command(json.dumps({"tokens": tokens, "entities": [["Zzz", "task"]] * 12}))
    assert text.count("'Zzz'") == 10
    assert "… and 2 more (--json lists all)" in text
    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … (21 more)" in text


def test_examples_have_options_that_exist(tmp_path):
    parser = argparse.ArgumentParser()
    add_options(parser)
    lines = [line.split() for line in EXAMPLES.split("\n") if line.startswith("  crossner import")]
    assert len(lines) == 3
    for line in lines:
        assert parser.parse_args(line[2:]).out == "runs/all"


def test_a_pipeline_that_cuts_tokens_is_told_how_not_to(command, sample):
    tokens = sample.domain("ai").test.sentences[0].tokens
    entity = {"entity_group": "task", "start": 0, "end": len(tokens[0]) - 1}
    assert "without aggregation" in command(json.dumps({"text": " ".join(tokens), "entities": [entity]}))
