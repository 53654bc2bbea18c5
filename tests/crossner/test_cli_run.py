"""`crossner run` and `crossner tag` on the command line, with the tiny encoder."""

import json
import os
import subprocess
import sys

import pytest

from crossner.cli import main
from crossner.tagging.saved import load
from crossner.tagging.text import tag_texts

# From the train split of the sample's ai.
TEXT = "David Rumelhart , Geoffrey Hinton and Ronald Williams popularised backpropagation in a 1986 article ."
LEARN = ["--epochs", "12", "--lr", "5e-3", "--head-lr", "2e-2"]


@pytest.fixture(scope="module")
def options(tiny_encoder):
    return ["run", "--data", "sample", "--encoder", str(tiny_encoder), "--epochs", "1"]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "runs"


@pytest.fixture(scope="module")
def kept(options, tmp_path_factory):
    """The folder of a run with its weights."""
    out = tmp_path_factory.mktemp("kept")
    assert main([*options, *LEARN, "--domains", "ai", "--keep-models", "--out", str(out)]) == 0
    (folder,) = (path.parent for path in out.glob("*/run.json"))
    return folder


def refused(arguments, capsys):
    """The one line on standard error of a command that exits with status 2."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("crossner: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_run_prints_each_run_and_the_table(options, out, capsys):
    assert main([*options, "--domains", "ai", "music", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["[1/2] ai direct seed 1", "[2/2] music direct seed 1"]
    assert all("test F1" in line for line in lines)
    assert captured.out.startswith("sample (built-in sample, for teaching and tests)")
    for word in ("strict IOB2", "linear", "tiny", "direct", "ai", "music"):
        assert word in captured.out


def test_the_same_command_again_finds_everything_there(options, out, capsys):
    command = [*options, "--domains", "ai", "--out", str(out)]
    assert main(command) == 0
    first = capsys.readouterr()
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert again.err == "[1/1] ai direct seed 1: was there\n"


def test_names_may_be_joined_by_commas(options, out, capsys):
    assert main([*options, "--domains", "ai,music", "--shots", "3", "--out", str(out)]) == 0
    assert "[2/2] music" in capsys.readouterr().err


def test_json_is_all_there_is_on_standard_output(options, out, capsys):
    assert main([*options, "--domains", "ai", "--seeds", "2", "--json", "--out", str(out)]) == 0
    table = json.loads(capsys.readouterr().out)
    (row,) = table["rows"]
    assert (row["tagger"], row["encoder"], row["regime"], row["shots"]) == ("linear", "tiny", "direct", None)
    assert row["seeds"] == [1, 2]
    assert row["f1"]["ai"]["n"] == 2
    assert row["average"] is None
    assert main(["table", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == table


def test_every_regime_of_a_folder_of_ones_own(sample, tmp_path, out, capsys):
    for source, name in (("ai", "mine"), ("music", "base")):
        (tmp_path / "data" / name).mkdir(parents=True)
        for split in sample.domain(source).splits:
            content = sample.location.file(source, split.name).read_bytes()
            (tmp_path / "data" / name / f"{split.name}.txt").write_bytes(content)
    command = ["run", "--data", str(tmp_path / "data"), "--source", "base", "--tagger", "bilstm-crf"]
    command += ["--epochs", "1", "--source-epochs", "1", "--target-weight", "1"]
    command += ["--regimes", "direct", "pretrain-finetune", "joint", "--json", "--out", str(out)]
    assert main(command) == 0
    table = json.loads(capsys.readouterr().out)
    assert [row["regime"] for row in table["rows"]] == ["direct", "pretrain-finetune", "joint"]
    assert all(list(row["f1"]) == ["mine"] for row in table["rows"])
    assert table["rows"][0]["encoder"] is None
    assert table["rows"][0]["average"] == table["rows"][0]["f1"]["mine"]


BAD = {
    "domain": (["--domains", "aii"], "did you mean 'ai'"),
    "regime": (["--regimes", "dierct"], "did you mean 'direct'"),
    "tagger": (["--tagger", "liner"], "did you mean 'linear'"),
    "encoder": (["--encoder", "./nowhere"], "./nowhere: no such folder"),
    "seeds": (["--seeds", "0"], "--seeds 0"),
    "shots": (["--shots", "5000"], "--shots 5000 is out of range"),
    "epochs": (["--epochs", "-1"], "--epochs -1"),
    "data": (["--data", "./nowhere"], "--data names no folder"),
    "source": (["--source", "nowhere", "--regimes", "joint"], "unknown domain 'nowhere'"),
    "vectors": (["--vectors", "nowhere.txt"], "--vectors is for --tagger bilstm-crf"),
}


@pytest.mark.parametrize(("arguments", "essential"), BAD.values(), ids=BAD)
def test_a_bad_option_is_one_line_and_leaves_nothing(options, out, capsys, arguments, essential):
    assert essential in refused([*options, "--out", str(out), *arguments], capsys)
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments", [["--epochs", "many"], ["--select", "best"], ["--device", "tpu"], ["--nope"]]
)
def test_a_value_of_the_wrong_kind_is_a_usage_error(options, out, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main([*options, "--out", str(out), *arguments])
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err
    assert not out.exists()


def test_a_file_in_the_place_of_the_folder_is_refused(options, tmp_path, capsys):
    (tmp_path / "file").write_text("precious")
    assert "is a file" in refused([*options, "--out", str(tmp_path / "file")], capsys)
    assert (tmp_path / "file").read_text() == "precious"


def test_two_processes_share_a_folder_and_do_each_run_once(options, out, capsys):
    command = [*options, "--domains", "ai", "music", "science", "--shots", "6", "--seeds", "2"]
    command += ["--json", "--out", str(out)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-m", "crossner.cli", *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as other:
        first = other.stderr.readline()  # it has begun; now this process joins in
        assert main(command) == 0
        others_table, others_rest = other.communicate()
    assert other.returncode == 0
    own = capsys.readouterr()
    names = sorted(f"{domain} direct seed {seed}" for domain in ("ai", "music", "science") for seed in (1, 2))
    outcomes = [line.split("] ")[1].split(": ") for line in (own.err + first + others_rest).splitlines()]
    assert sorted(name for name, outcome in outcomes if outcome == "was there") == names
    assert sorted(name for name, outcome in outcomes if outcome.startswith("test F1")) == names
    assert len(list(out.glob("*/run.json"))) == len(names)
    (row,) = json.loads(own.out)["rows"]
    assert {name: cell["n"] for name, cell in row["f1"].items()} == {"ai": 2, "music": 2, "science": 2}
    assert json.loads(others_table)["rows"] == [row]


def test_tag_prints_entities_as_the_tagger_finds_them(kept, capsys):
    (expected,) = tag_texts(load(kept), [TEXT])
    assert expected
    assert main(["tag", "--model", str(kept), TEXT, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"text": TEXT, "entities": expected}
    assert main(["tag", "--model", str(kept / "model"), TEXT]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == TEXT
    assert len(rest) == len(expected)
    for line, entity in zip(rest, expected, strict=True):
        assert entity["type"] in line
        assert line.endswith(entity["text"])


def test_tag_reads_a_file_of_a_text_on_each_line(kept, tmp_path, capsys):
    texts = [TEXT, "Grünes Café in 東京 .", "It ran ."]
    path = tmp_path / "notes.txt"
    path.write_bytes(("\ufeff" + "\r\n\r\n".join(texts) + "\r\n").encode())
    assert main(["tag", "--model", str(kept), str(path), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["text"] for row in rows] == texts
    assert [row["entities"] for row in rows] == tag_texts(load(kept), texts)


@pytest.mark.parametrize("text", ["", "  "])
def test_tag_without_text_is_refused(kept, capsys, text):
    assert "no text" in refused(["tag", "--model", str(kept), text], capsys)


def test_tag_refuses_a_binary_file(kept, tmp_path, capsys):
    path = tmp_path / "binary"
    path.write_bytes(b"a\n\0\1")
    assert f"{path}:2: is a binary file" in refused(["tag", "--model", str(kept), str(path)], capsys)


def test_tag_with_a_run_without_weights_says_how_to_keep_them(options, out, capsys):
    assert main([*options, "--domains", "ai", "--shots", "2", "--out", str(out)]) == 0
    capsys.readouterr()
    (folder,) = (path.parent for path in out.glob("*/run.json"))
    assert "--keep-models" in refused(["tag", "--model", str(folder), TEXT], capsys)
