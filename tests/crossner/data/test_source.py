"""Finding and downloading the data: the right bytes or one clear sentence, whatever server and cache do."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crossner.data.domains import DOMAINS, REVISION, SPLITS
from crossner.data.source import cache_folder, fetch, locate, sha256
from crossner.errors import ConfigError, DataError

REMEDIES = ("--data sample", "--data DIR", "CROSSNER_DATA")
# Another process with the small registry: says when it starts and where the files are.
FETCH = """
import json, sys
import filelock, pooch, requests, tqdm
from crossner.data import source
from crossner.data.domains import DomainInfo
source.DOMAINS = {name: DomainInfo(name, (), {}, digests) for name, digests in json.loads(sys.argv[2]).items()}
print("starts", flush=True)
print(source.fetch(url=sys.argv[1]))
"""


def digests_of(files):
    digests = {}
    for name, content in files.items():
        domain, split = name.removesuffix(".txt").split("/")
        digests.setdefault(domain, {})[split] = hashlib.sha256(content).hexdigest()
    return json.dumps(digests)


@pytest.fixture
def fetch_process(server, registry):
    """Starts processes that fetch; none is left over."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", FETCH, server.url, digests_of(registry)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "starts\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def contents(root):
    """What lies under a folder, without lock files."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def check_message(error, *essentials):
    message = str(error.value)
    assert "\n" not in message
    for part in essentials:
        assert part in message


def test_all_files_arrive_once_and_are_found_again(server, registry):
    server.files = registry
    root = fetch(url=server.url)
    assert root.parent == cache_folder()
    assert REVISION[:12] in root.name
    assert contents(root) == registry
    assert sorted(server.requested) == sorted(registry)
    server.files = {}
    assert fetch(url=server.url) == root
    assert len(server.requested) == len(registry)


def test_a_slash_at_the_end_of_the_url_makes_no_difference(server, registry):
    server.files = registry
    assert contents(fetch(url=server.url + "/")) == registry
    assert not any("//" in name for name in server.requested)


def test_the_real_registry_accepts_the_real_files(server, real_folder, monkeypatch):
    server.files = {
        f"{name}/{split}.txt": (real_folder / name / f"{split}.txt").read_bytes()
        for name in DOMAINS
        for split in SPLITS
    }
    root = fetch(url=server.url)
    assert contents(root) == server.files
    monkeypatch.delenv("CROSSNER_DATA")
    assert locate().root == root


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(server, registry):
    first = next(iter(registry))
    server.files = registry | {first: b"other\tO\n"}
    with pytest.raises(DataError) as caught:
        fetch(url=server.url)
    check_message(caught, f"{server.url}/{first}", REVISION[:12], "SHA-256", "nothing was kept", *REMEDIES)
    assert contents(cache_folder()) == {}


def test_a_truncated_file_is_refused_and_nothing_is_kept(server, registry):
    first, content = next(iter(registry.items()))
    server.files = registry | {first: server.truncate(content)}
    with pytest.raises(DataError) as caught:
        fetch(url=server.url)
    check_message(caught, f"{server.url}/{first}", *REMEDIES)
    assert contents(cache_folder()) == {}


def test_a_missing_file_is_named_with_the_status(server, registry):
    last = list(registry)[-1]
    server.files = {name: content for name, content in registry.items() if name != last}
    with pytest.raises(DataError) as caught:
        fetch(url=server.url)
    check_message(caught, f"{server.url}/{last}", "HTTP status 404", *REMEDIES)
    assert contents(cache_folder() / f"crossner-{REVISION[:12]}") == server.files


def test_a_stalled_download_is_given_up_after_the_timeout(server, registry):
    first, content = next(iter(registry.items()))
    server.files = registry | {first: server.stall(content)}
    with pytest.raises(DataError) as caught:
        fetch(url=server.url, timeout=0.2)
    check_message(caught, f"{server.url}/{first}", *REMEDIES)
    assert contents(cache_folder()) == {}


def test_a_failed_download_goes_on_where_it_stopped(server, registry):
    names = list(registry)
    server.files = registry | {names[7]: server.truncate(registry[names[7]])}
    with pytest.raises(DataError):
        fetch(url=server.url)
    assert server.requested == names[:8]
    server.files = registry
    assert contents(fetch(url=server.url)) == registry
    assert server.requested[8:] == names[7:]


def test_a_killed_download_goes_on_where_it_stopped(server, registry, fetch_process):
    names = list(registry)
    server.files = registry | {names[2]: server.stall(registry[names[2]])}
    process = fetch_process()
    assert server.stalled.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.released.set()
    server.files = registry
    root = fetch(url=server.url)  # the lock went with the process
    assert server.requested == names[:3] + names[2:]
    assert {name: (root / name).read_bytes() for name in names} == registry


def test_two_processes_fetch_each_file_once(server, registry, fetch_process):
    first, content = next(iter(registry.items()))
    server.files = registry | {first: server.stall(content)}
    processes = [fetch_process()]
    assert server.stalled.wait(60)
    server.stalled.clear()
    processes.append(fetch_process())
    assert not server.stalled.wait(0.5)  # the second one asks for nothing while the first one holds the lock
    server.released.set()
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        assert contents(Path(output.strip())) == registry
    assert sorted(server.requested) == sorted(registry)


def test_a_damaged_file_in_the_cache_is_fetched_again(server, registry):
    server.files = registry
    root = fetch(url=server.url)
    damaged = list(registry)[4]
    (root / damaged).write_bytes(registry[damaged][:-3])
    server.requested.clear()
    fetch(url=server.url)
    assert server.requested == [damaged]
    assert contents(root) == registry


def test_without_network_the_remedies_are_named(registry):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DataError) as caught:
        fetch(url=f"http://127.0.0.1:{port}")
    check_message(caught, f"cannot download http://127.0.0.1:{port}/", *REMEDIES)


@pytest.mark.parametrize(
    "url", ["nowhere", "ftp://127.0.0.1/x", "http://", "http://[::1", "http://.", "http://a..b"]
)
def test_a_wrong_url_is_named(url, registry, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DataError) as caught:
        fetch(url=url)
    check_message(caught, url.rstrip("/"), "cannot download", *REMEDIES)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_timeout_that_nobody_can_wait_is_refused(timeout, registry):
    with pytest.raises(ConfigError, match=r"--timeout .*above 0"):
        fetch(url="http://127.0.0.1:1", timeout=timeout)


def test_a_cache_that_cannot_be_written_is_named(registry, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("CROSSNER_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError) as caught:
        fetch(url="http://127.0.0.1:1")
    check_message(caught, str(tmp_path / "file"), "cannot be written", "CROSSNER_CACHE")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


def test_nothing_shows_on_a_pipe(server, registry, capfd):
    server.files = registry
    fetch(url=server.url)
    assert capfd.readouterr() == ("", "")


def test_the_cache_is_the_environment_s_or_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv("CROSSNER_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("CROSSNER_CACHE")
    assert cache_folder().name == "crossner"


def test_the_environment_goes_before_the_cache(monkeypatch, registry, write_domains):
    root = write_domains({"ai": {split: registry[f"ai/{split}.txt"].decode() for split in SPLITS}})
    monkeypatch.setenv("CROSSNER_DATA", str(root))
    location = locate("crossner")
    assert (location.name, location.root, location.verify) == ("crossner", root, True)
    assert location.domains() == ("ai",)


@pytest.mark.parametrize("name", ["", "none", "file"])
def test_what_is_no_folder_is_refused_with_the_choices(name, tmp_path):
    (tmp_path / "file").write_text("x\tO\n", encoding="utf-8")
    path = name and str(tmp_path / name)
    with pytest.raises(DataError) as caught:
        locate(path)
    check_message(caught, path, "--data names no folder", "sample, crossner or a folder of domains")


def test_an_environment_that_names_no_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSNER_DATA", str(tmp_path / "none"))
    with pytest.raises(DataError, match="CROSSNER_DATA names no folder"):
        locate("crossner")


def test_folders_without_domains_are_refused(tmp_path, monkeypatch):
    (tmp_path / "empty" / "ai").mkdir(parents=True)
    with pytest.raises(DataError, match=r"holds no folder with train\.txt, dev\.txt and test\.txt"):
        locate(tmp_path / "empty")
    monkeypatch.setenv("CROSSNER_DATA", str(tmp_path / "empty"))
    with pytest.raises(DataError, match=r"CROSSNER_DATA holds no domain of CrossNER \(politics, science"):
        locate("crossner")


def test_a_home_folder_may_be_abbreviated(tmp_path, monkeypatch, write_domains):
    write_domains({"law": {"train": "x\tO\n"}}, name="mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert locate(os.path.join("~", "mine")).root == tmp_path / "mine"


def test_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert sha256(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
