"""The commands data, audit, table, score and predictions: what they print, and one line for what is wrong."""

import csv
import io
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crossner.audit import audit
from crossner.audit.report import format_audit
from crossner.cli import main
from crossner.data.dataset import load, stats
from crossner.data.domains import DOMAINS, SPLITS
from crossner.data.spans import tags_of
from crossner.report.table import format_table, make_table
from crossner.scoring.score import score

COLUMNS = "Ada\tB-person\tB-person\nLovelace\tI-person\tO\n\nPython\tB-product\tI-product\n"


def write_run(folder, record, predictions=None):
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    if predictions is not None:
        (folder / "predictions.json").write_text(json.dumps(predictions), encoding="utf-8")
    return folder


@pytest.fixture
def no_network(monkeypatch):
    """Whatever leaves this machine goes to a port that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    for name in ("NO_PROXY", "no_proxy", "CROSSNER_DATA"):
        monkeypatch.delenv(name, raising=False)


# -- all commands


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["tabel"],
        ["--verbose"],
        ["data"],
        ["data", "get"],
        ["data", "stats", "--jsn"],
        ["data", "stats", "--data"],
        ["data", "fetch", "--timeout", "soon"],
        ["table"],
        ["table", "a", "b"],
        ["table", "a", "--json", "--csv"],
        ["table", "a", "--html"],
        ["audit", "a"],
        ["audit", "--few", "some"],
        ["audit", "--html"],
        ["score"],
        ["score", "a", "--mode", "strict"],
        ["predictions"],
        ["predictions", "a", "--data"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_give_usage_and_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("usage: crossner")
    assert re.fullmatch(r"crossner.*: error: .+", errors.rstrip("\n").split("\n")[-1])


@pytest.mark.parametrize(
    "command",
    [[], ["data"], ["data", "stats"], ["data", "fetch"], ["audit"], ["table"], ["score"], ["predictions"]],
    ids=" ".join,
)
def test_help_explains_each_command(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    output = capsys.readouterr().out
    assert output.startswith(f"usage: {' '.join(['crossner', *command])}")
    if len(command) < 2:
        assert re.search(r"^examples?:\n  crossner", output, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import crossner", ("torch", "flair", "numpy", "transformers", "requests")),
        ("main(['--help'])", ("torch", "flair", "numpy", "transformers", "requests")),
        ("main(['run', '--help'])", ("torch", "flair", "numpy", "transformers", "requests")),
        ("main(['data', 'stats', '--data', 'sample'])", ("torch", "flair", "numpy", "transformers", "requests")),
        ("main(['audit', '--data', 'none'])", ("torch", "flair", "numpy", "transformers", "requests")),
        ("main(['table', 'none'])", ("torch", "flair", "numpy", "transformers")),
        ("main(['score', 'none'])", ("torch", "flair", "numpy", "transformers")),
        ("main(['predictions', 'none'])", ("torch", "flair", "numpy", "transformers")),
    ],
)
def test_what_is_not_needed_is_not_imported(statement, heavy, tmp_path):
    code = f"""
import sys
{"from crossner.cli import main" if "main" in statement else ""}
try:
    {statement}
except SystemExit:
    pass
print("heavy:", *[name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stderr.rstrip("\n").split("\n")[-1] == "heavy:"


@pytest.mark.parametrize("arguments", [["data", "stats", "--data", "sample"], ["--help"]], ids=" ".join)
def test_a_reader_that_goes_away_is_no_error(arguments, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-m", "crossner.cli", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")


# -- data


def test_stats_as_json_are_those_of_the_data(crossner):
    result = json.loads(crossner("data", "stats", "--data", "sample", "--json"))
    assert result == stats(load("sample"))
    assert set(result) == {"name", "revision", "domains"}
    for domain in result["domains"].values():
        assert set(domain) == {"types", "splits"}
        assert list(domain["splits"]) == list(SPLITS)
        for counts in domain["splits"].values():
            assert set(counts) == {"sentences", "tokens", "entities"}


def test_stats_as_text_have_a_line_a_split(crossner):
    lines = crossner("data", "stats", "--data", "sample").split("\n")
    assert lines[0].startswith("sample @ sha256:")
    numbers = {tuple(line.split()) for line in lines}
    for name, domain in stats(load("sample"))["domains"].items():
        for split, counts in domain["splits"].items():
            assert (name, str(len(domain["types"])), split, *map(str, counts.values())) in numbers


def test_stats_of_the_real_data_are_the_registry_s(crossner, real_folder):
    result = json.loads(crossner("data", "stats", "--json"))
    assert result["name"] == "crossner"
    assert list(result["domains"]) == list(DOMAINS)
    for name, info in DOMAINS.items():
        assert result["domains"][name]["types"] == list(info.types)
        counts = result["domains"][name]["splits"]
        assert {split: counts[split]["sentences"] for split in SPLITS} == info.sizes


def test_stats_of_another_folder_infer_its_types(crossner, write_domains):
    root = write_domains({"law": dict.fromkeys(SPLITS, "Hand\tB-judge\nBooks\tB-book\n")})
    result = json.loads(crossner("data", "stats", "--data", root, "--json"))
    assert result["name"] == "own"
    assert result["domains"]["law"]["types"] == ["book", "judge"]


def test_stats_name_the_file_and_line_that_is_wrong(refused, write_domains):
    root = write_domains({"law": dict.fromkeys(SPLITS, "Hand\tB-judge\n") | {"dev": "a\tO\nb\tI-judge\n"}})
    message = refused("data", "stats", "--data", root)
    assert message.startswith(f"{root / 'law' / 'dev.txt'}:2: 'I-judge' continues nothing")


@pytest.mark.parametrize("name", ["", "none"])
def test_stats_of_no_folder_name_the_choices(name, refused, tmp_path):
    assert "sample, crossner or a folder of domains" in refused(
        "data", "stats", "--data", name and tmp_path / name
    )


def test_fetch_prints_where_the_files_are(crossner, server, registry, tmp_path):
    server.files = registry
    root = crossner("data", "fetch", "--url", server.url).rstrip("\n")
    assert root.startswith(str(tmp_path / "cache"))
    assert {name: Path(root, name).read_bytes() for name in registry} == registry


def test_fetch_names_what_the_server_lacks(refused, server):
    message = refused("data", "fetch", "--url", server.url)
    assert f"{server.url}/politics/train.txt (HTTP status 404)" in message
    assert "--data sample" in message


def test_fetch_refuses_a_timeout_of_nothing(refused):
    assert refused("data", "fetch", "--timeout", "0").startswith("--timeout 0: ")


@pytest.mark.parametrize(
    "command",
    [("data", "fetch"), ("data", "stats"), ("data", "stats", "--json"), ("audit",)],
    ids=" ".join,
)
def test_without_data_and_network_the_remedies_are_named(command, refused, no_network):
    message = refused(*command)
    assert message.startswith("cannot download https://")
    for remedy in ("--data sample", "--data DIR", "CROSSNER_DATA"):
        assert remedy in message


# -- audit


@pytest.fixture(scope="module")
def sample_audit():
    """The sample's audit; made first, so that no command says that it compiles kernels."""
    return audit(load("sample"))


def test_an_audit_as_json_is_that_of_the_data(crossner, sample_audit):
    output = crossner("audit", "--data", "sample", "--json", "--few", "4", "--text")
    result = json.loads(output)
    assert result == audit(load("sample"), few=4, text=True)
    assert result.keys() == sample_audit.keys()


def test_an_audit_as_text_and_as_a_page(crossner, sample_audit, tmp_path):
    output = crossner("audit", "--data", "sample", "--html", tmp_path / "audit.html")
    assert output == format_audit(sample_audit) + "\n"
    assert sample_audit["data"]["revision"] in (tmp_path / "audit.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("sample_audit")
def test_an_audit_that_cannot_be_is_one_sentence(refused, tmp_path):
    assert refused("audit", "--data", "sample", "--similarity", "2").startswith("--similarity 2: ")
    assert refused("audit", "--data", tmp_path / "none").startswith(f"{tmp_path / 'none'}: ")
    assert "cannot be written" in refused("audit", "--data", "sample", "--html", tmp_path / "none" / "a.html")


# -- table


@pytest.fixture
def results(tmp_path, make_record):
    """A folder of three runs and the records in it."""
    records = [make_record("ai", 40), make_record("ai", 44, seed=2), make_record("music", 50)]
    for number, record in enumerate(records):
        write_run(tmp_path / "results" / f"run{number}", record)
    return tmp_path / "results", records


@pytest.mark.parametrize("style", ["text", "json", "markdown", "csv", "latex"])
def test_a_table_in_every_format(style, crossner, results):
    folder, records = results
    flags = [] if style == "text" else [f"--{style}"]
    assert crossner("table", folder, *flags) == format_table(make_table(records), style) + "\n"


def test_the_json_of_a_table_has_the_documented_form(crossner, results):
    table = json.loads(crossner("table", results[0], "--json"))
    assert table["data"] == {"name": "toy", "revision": "sha256:0123456789abcdef"}
    assert {"metric", "mode", "scheme"} <= set(table["protocol"])
    (row,) = table["rows"]
    assert {"tagger", "encoder", "regime", "shots", "seeds", "f1", "average"} <= set(row)
    assert row["f1"] == {"music": {"mean": 50, "sd": None, "n": 1}, "ai": {"mean": 42, "sd": 2.8284, "n": 2}}
    assert row["average"] == {"mean": 45, "sd": None, "n": 1}


def test_the_csv_of_a_table_is_read_by_a_csv_reader(crossner, results):
    (row,) = csv.DictReader(io.StringIO(crossner("table", results[0], "--csv")))
    assert row["ai mean"] == "42.0"


def test_a_table_passes_over_what_is_no_run(crossner, results):
    folder, records = results
    (folder / ".locks").mkdir()
    (folder / ".run9.partial").mkdir()
    (folder / "report.html").write_text("", encoding="utf-8")
    assert crossner("table", folder) == format_table(make_table(records)) + "\n"


def test_a_table_of_no_runs_says_how_to_make_some(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name, reason in (("none", "no such folder"), ("empty", "holds no run"), ("file", "is a file")):
        message = refused("table", tmp_path / name)
        assert message.startswith(f"{tmp_path / name}: {reason}")
        assert name == "file" or f"crossner run --out {tmp_path / name}" in message


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '{"format": 1}', '{"format": 2}', "\x00"])
def test_a_damaged_record_is_named(text, refused, results):
    path = results[0] / "run1" / "run.json"
    path.write_text(text, encoding="utf-8")
    assert refused("table", results[0]).startswith(f"{path}: ")


@pytest.mark.parametrize("part", ["data", "config", "code", "encoder", "scores"])
def test_a_record_without_a_part_is_named(part, refused, results):
    folder, records = results
    path = folder / "run1" / "run.json"
    path.write_text(json.dumps({key: value for key, value in records[1].items() if key != part}), encoding="utf-8")
    assert refused("table", folder).startswith(f"{path}: not a record of format 1")


def test_runs_on_different_data_are_refused(refused, results, make_record):
    write_run(results[0] / "other", make_record("ai", 40, data={"name": "crossner"}))
    assert "different data (crossner sha256:012345678, toy sha256:012345678)" in refused("table", results[0])


def test_a_deduplicated_table_is_that_of_the_sentences_left(crossner, tmp_path, make_record, sample):
    test = sample.domain("ai").test
    data = {"name": "sample", "revision": sample.revision}
    record = make_record("ai", 40, data=data | {"targets": ["ai"]})
    write_run(tmp_path / "results" / "run", record, stored(test) | {"run": record["id"]})
    table = json.loads(crossner("table", tmp_path / "results", "--deduplicated", "--json"))
    assert table["left_out"] == {"ai": 0}
    gold = [list(sentence.tags) for sentence in test.sentences]
    first = [tags_of([(*s.spans[0], True)] if s.spans else [], len(s)) for s in test.sentences]
    assert table["rows"][0]["f1"]["ai"]["mean"] == score(gold, first)["strict"]["f1"]


def test_deduplication_needs_the_data(refused, results):
    assert "on data named 'toy'; say where it is with --data DIR" in refused("table", results[0], "--deduplicated")
    assert refused("table", results[0], "--data", "sample").startswith("--data goes with --deduplicated")


# -- score


@pytest.fixture
def columns(tmp_path):
    path = tmp_path / "columns.txt"
    path.write_text(COLUMNS, encoding="utf-8")
    return path


def test_a_file_is_scored(crossner, columns):
    result = json.loads(crossner("score", columns, "--json"))
    assert result == score([["B-person", "I-person"], ["B-product"]], [["B-person", "O"], ["I-product"]])
    assert list(result) == ["strict", "default", "types", "tokens"]
    assert (result["strict"]["f1"], result["default"]["f1"]) == (0, 50)


def test_scores_as_text_name_the_protocol(crossner, columns):
    lines = crossner("score", columns).split("\n")
    assert lines[0] == "seqeval, IOB2, percent: strict and default count entities, tokens counts tokens"
    cells = [line.split() for line in lines]
    assert ["default", "50.00", "50.00", "50.00"] in cells
    assert ["tokens", "100.00", "66.67", "80.00"] in cells
    assert ["product", "0.00", "0.00", "0.00", "1"] in cells


def test_a_file_without_entities_is_scored(crossner, columns):
    columns.write_text("a\tO\tO\n", encoding="utf-8")
    assert json.loads(crossner("score", columns, "--json"))["strict"]["f1"] == 0
    assert "strict" in crossner("score", columns)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", ": holds no sentence"),
        (b"a\tO\n", ":1: expected 3 columns"),
        (b"a\tO\tO\nb\tO\tQ\n", ":2: unknown tag 'Q'"),
        (b"a\tI-x\tO\n", ":1: gold tag 'I-x' continues nothing"),
        (b"a\tO\tO\n\xff", ":2: byte 0xff is not UTF-8"),
        (b"a\tO\tO\n\0", ":2: is a binary file"),
    ],
)
def test_a_file_that_cannot_be_scored_is_named(raw, reason, refused, columns):
    columns.write_bytes(raw)
    assert refused("score", columns).startswith(f"{columns}{reason}")


def test_what_is_no_file_cannot_be_scored(refused, tmp_path):
    assert "with --protocols" in refused("score", tmp_path)
    assert refused("score", tmp_path / "none") == f"{tmp_path / 'none'}: no such file"


# -- predictions


def stored(split, *, domain="ai", name="sample"):
    """A record of predictions that finds the first span of each sentence."""
    spans = [[[*sentence.spans[0], 0.9]] if sentence.spans else [] for sentence in split.sentences]
    data = {"name": name, "revision": "r", "domain": domain, "split": split.name, "sha256": split.sha256}
    return {"format": 1, "run": "0", "data": data, "sentences": spans}


@pytest.fixture
def tagged_run(tmp_path, sample):
    """A run's folder with predictions for the sample, and these."""
    record = stored(sample.domain("ai").test)
    return write_run(tmp_path / "run", {}, record), record


def test_predictions_are_joined_with_the_data_and_can_be_scored(crossner, tagged_run, sample, tmp_path):
    output = crossner("predictions", tagged_run[0])
    sentences = sample.domain("ai").test.sentences
    blocks = [[line.split("\t") for line in block.split("\n")] for block in output.strip().split("\n\n")]
    assert [tuple(zip(*((token, gold) for token, gold, _ in block), strict=True)) for block in blocks] == [
        (sentence.tokens, sentence.tags) for sentence in sentences
    ]
    (tmp_path / "columns.txt").write_text(output, encoding="utf-8")
    result = json.loads(crossner("score", tmp_path / "columns.txt", "--json"))["strict"]
    found, true = sum(bool(s.spans) for s in sentences), sum(len(s.spans) for s in sentences)
    assert result["precision"] == 100
    assert result["recall"] == pytest.approx(100 * found / true, abs=1e-4)


def test_predictions_on_data_of_one_s_own_need_its_folder(crossner, refused, write_domains, tmp_path):
    root = write_domains({"law": dict.fromkeys(SPLITS, "Hand\tB-judge\n")})
    folder = write_run(tmp_path / "run", {}, stored(load(root).domain("law").test, domain="law", name="own"))
    assert refused("predictions", folder) == "the run is on data named 'own'; say where it is with --data DIR"
    assert crossner("predictions", folder, "--data", root) == "Hand\tB-judge\tB-judge\n"


def test_predictions_of_other_data_are_refused(refused, tagged_run, write_domains):
    root = write_domains({"ai": dict.fromkeys(SPLITS, "Hand\tB-person\n")})
    message = refused("predictions", tagged_run[0], "--data", root)
    assert "another ai/test.txt" in message
    assert "--data" in message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"domain": "law"}, "unknown domain 'law'"),
        ({"split": "tset"}, "unknown split 'tset'; did you mean 'test'"),
        ({"split": "types"}, "unknown split 'types'"),
    ],
)
def test_predictions_of_an_unknown_file_are_refused(change, reason, refused, tagged_run, tmp_path):
    record = tagged_run[1] | {"data": tagged_run[1]["data"] | change}
    assert refused("predictions", write_run(tmp_path / "changed", {}, record)).startswith(reason)


@pytest.mark.parametrize("sentences", [[], None, [[[0, 9999, "task", None]]] * 34, 5])
def test_damaged_predictions_are_refused(sentences, refused, tagged_run, tmp_path):
    folder = write_run(tmp_path / "changed", {}, tagged_run[1] | {"sentences": sentences})
    assert "ai/test.txt" in refused("predictions", folder)


def test_what_is_no_run_has_no_predictions(refused, tmp_path, columns):
    for path in (tmp_path, tmp_path / "none", columns):
        assert refused("predictions", path) == f"{path}: not the folder of a run (no predictions.json)"
