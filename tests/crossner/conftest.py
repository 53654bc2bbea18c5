"""Fixtures of data and runs: the real files, made-up ones, a local server of them, records of runs."""

import hashlib
import json
import os
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import crossner
from crossner.cli import main
from crossner.data.domains import DOMAINS, SPLITS, DomainInfo
from crossner.data.shots import k_shot
from crossner.data.spans import Chunk, tags_of
from crossner.scoring.spans import micro_f1


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Other processes import the same package, whatever their folder."""
    folders = [str(Path(crossner.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))


@pytest.fixture(scope="session")
def real_folder():
    """The folder of CrossNER that the environment names."""
    if not os.environ.get("CROSSNER_DATA"):
        pytest.skip("CROSSNER_DATA is unset: no real data")
    return Path(os.environ["CROSSNER_DATA"])


@pytest.fixture
def write_domains(tmp_path):
    """Write `{domain: {split: text}}` as a folder of domains."""

    def write(domains, name="own"):
        for domain, splits in domains.items():
            (tmp_path / name / domain).mkdir(parents=True)
            for split, text in splits.items():
                (tmp_path / name / domain / f"{split}.txt").write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def registry(monkeypatch):
    """A registry of CrossNER's domain names with a small file for each split; gives `{path: bytes}`."""
    files, infos = {}, {}
    for name in DOMAINS:
        texts = {split: f"{name}\tB-misc\n{split}\tO\n".encode() for split in SPLITS}
        digests = {split: hashlib.sha256(text).hexdigest() for split, text in texts.items()}
        infos[name] = DomainInfo(name, ("misc",), dict.fromkeys(SPLITS, 1), digests)
        files |= {f"{name}/{split}.txt": text for split, text in texts.items()}
    monkeypatch.setattr("crossner.data.source.DOMAINS", infos)
    monkeypatch.setattr("crossner.data.dataset.DOMAINS", infos)
    return files


class Server(ThreadingHTTPServer):
    """Serves `files`; a value is the content, or a function that answers the request itself."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.requested = []
        self.stalled = threading.Event()  # set when a request waits
        self.released = threading.Event()  # lets it go on

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stall(self, content):
        """An answer that stops halfway until it is released."""

        def answer(handler):
            handler.start(len(content))
            handler.wfile.write(content[: len(content) // 2])
            handler.wfile.flush()
            self.stalled.set()
            self.released.wait(60)
            handler.wfile.write(content[len(content) // 2 :])

        return answer

    @staticmethod
    def truncate(content):
        """An answer that is shorter than it says."""

        def answer(handler):
            handler.start(len(content))
            handler.wfile.write(content[: len(content) // 2])

        return answer

    def handle_error(self, request, client_address):
        """A client that goes away is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    def start(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def do_GET(self):
        name = self.path.lstrip("/")
        self.server.requested.append(name)
        answer = self.server.files.get(name)
        if answer is None:
            self.send_error(404)
        elif callable(answer):
            answer(self)
        else:
            self.start(len(answer))
            self.wfile.write(answer)

    def log_message(self, *_):
        """Requests are looked at in `requested`."""


@pytest.fixture
def server(monkeypatch):
    """A local HTTP server, stopped at the end."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.released.set()
        running.shutdown()
        thread.join()


@pytest.fixture(name="crossner")
def run_crossner(capsys):
    """Runs a command that succeeds and gives what it prints."""

    def run(*arguments):
        assert main([str(argument) for argument in arguments]) == 0
        output, errors = capsys.readouterr()
        assert errors == ""
        return output

    return run


@pytest.fixture
def refused(capsys):
    """Runs a command that is refused with one line and gives that line."""

    def run(*arguments):
        assert main([str(argument) for argument in arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert errors.startswith("crossner: ")
        assert errors.endswith("\n")
        assert errors.count("\n") == 1
        return errors.removeprefix("crossner: ").rstrip("\n")

    return run


@pytest.fixture(scope="session")
def make_record():
    """What a run's `run.json` holds of what the table is made from."""

    def make(domain, f1, *, seed=1, data=None, code="c0de", sha256="aa", epochs=30, **label):
        config = {"tagger": "linear", "encoder": "minilm", "regime": "direct", "shots": None} | label
        return {
            "format": 1,
            "id": "-".join(str(part) for part in (domain, f1, seed, code, sha256, epochs, *config.values())),
            "code": code,
            "data": {"name": "toy", "revision": "sha256:0123456789abcdef", "targets": ["music", "ai"]}
            | (data or {}),
            "config": config | {"domain": domain, "seed": seed, "schedule": {"epochs": epochs, "lr": 1e-4}},
            "encoder": config["encoder"] and {"name": config["encoder"], "sha256": sha256},
            "scores": {"test": {"strict": {"f1": f1}}},
        }

    return make


@pytest.fixture(scope="session")
def write_runs(make_record, sample):
    """Write folders of runs, as `crossner run --out` leaves them; nothing is trained.

    `write_runs(folder, systems)` gives the folder; the runs are on the sample, or on the data set `data`. Each
    system is a dict, all of whose keys may be missing:
    `tagger`, `encoder`, `regime`, `shots`, `source` as in a run's configuration; `seeds`: a list; `domains`;
    `error`: what share of the gold spans is dropped, moved, retyped or (as often) joined by a spurious one;
    `unknown`: what share of the confidences is None; `orphans`: what share of the spans opens with I-;
    `noise`: systems of the same noise and the same rates give the same predictions.
    """

    def write(folder, systems, *, data=sample):
        for system in systems:
            label = {"tagger": "linear", "encoder": "minilm", "regime": "direct", "shots": None, "source": None}
            label |= {key: value for key, value in system.items() if key in label}
            for domain in system.get("domains", data.targets):
                for seed in system.get("seeds", [1]):
                    _write_run(Path(folder), make_record, data, domain, seed, label, system)
        return Path(folder)

    return write


def _write_run(folder, make_record, dataset, domain, seed, label, system):
    split = dataset.domain(domain).test
    rng = random.Random(f"{system.get('noise', label)} {domain} {seed}")
    types = dataset.domain(domain).types
    rows = [_corrupted(sentence, types, rng, system) for sentence in split.sentences]
    tags = [
        tags_of([Chunk(s, e, t, not rest) for s, e, t, _, *rest in row], len(sentence.tokens))
        for row, sentence in zip(rows, split.sentences, strict=True)
    ]
    data = {"name": dataset.name, "revision": dataset.revision, "targets": list(dataset.targets)}
    record = make_record(domain, round(micro_f1(split.sentences, tags), 4), seed=seed, data=data, **label)
    train = dataset.domain(domain).train.sentences
    record |= {
        "id": hashlib.sha256(f"{record['id']} {system}".encode()).hexdigest(),
        "shots": None if label["shots"] is None else k_shot(train, label["shots"], seed=seed),
    }
    where = {"domain": domain, "split": "test", "sha256": split.sha256}
    predictions = {
        "format": 1,
        "run": record["id"],
        "data": {"name": dataset.name, "revision": dataset.revision} | where,
        "sentences": rows,
    }
    path = folder / f"{domain}-{label['regime']}-seed{seed}-{record['id'][:12]}"
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (path / "predictions.json").write_text(json.dumps(predictions), encoding="utf-8")


def _corrupted(sentence, types, rng, system):
    """Rows of `predictions.json` for a sentence: its gold spans with errors."""
    error, length = system.get("error", 0.2), len(sentence.tokens)
    found = []
    for start, end, type_ in sentence.spans:
        kind = rng.choice(["drop", "move", "retype", "add"]) if rng.random() < error else None
        if kind == "move":
            start, end = rng.choice([(start - 1, end), (start, end + 1), (start + 1, end), (start, end - 1)])
        elif kind == "retype":
            type_ = rng.choice([other for other in types if other != type_])
        elif kind == "add":
            place = rng.randrange(length)
            found.append((place, place + 1, rng.choice(types)))
        if kind != "drop":
            found.append((start, end, type_))
    rows, covered, previous = [], 0, None
    for start, end, type_ in sorted(found):
        if not covered <= start < end <= length:
            continue  # would overlap, or is empty or outside
        right = (start, end, type_) in sentence.spans
        confidence = round(rng.uniform(0.5, 1) if right else rng.uniform(0.05, 0.95), 4)
        row = [start, end, type_, None if rng.random() < system.get("unknown", 0) else confidence]
        # Without a gap, an I- tag of the same type would go on with the span before.
        if rng.random() < system.get("orphans", 0) and not (start == covered and type_ == previous):
            row.append("I")
        rows.append(row)
        covered, previous = end, type_
    return rows
