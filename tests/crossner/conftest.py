"""Fixtures of data and runs: the real files, made-up ones, a local server of them, records of runs."""

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import crossner
from crossner.data.domains import DOMAINS, SPLITS, DomainInfo


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
