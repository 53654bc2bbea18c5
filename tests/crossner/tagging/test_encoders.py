"""Encoders by name: packages (stand-ins, real as far as importlib can tell), folders, the hub."""

import hashlib
import shutil
import zipfile

import pytest

from crossner.data.source import cache_folder
from crossner.errors import EncoderError
from crossner.tagging import linear
from crossner.tagging.encoders import ENCODERS, EncoderInfo, resolve

INSTALL = "pip install crossner-test-encoder"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on sys.path to install distributions in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def install(site, name, files):
    """A distribution of files {path: bytes}, with metadata as pip leaves it."""
    for path, content in files.items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))


@pytest.fixture
def register(monkeypatch):
    def put(name, packages, sha256):
        monkeypatch.setitem(ENCODERS, name, EncoderInfo(name, f"owner/{name}", packages, sha256, "MIT", INSTALL))

    return put


@pytest.fixture
def single(site, register, tiny_encoder):
    """A packaged encoder in one distribution; its folder."""
    files = {f"crossner_test_encoder/model/{p.name}": p.read_bytes() for p in tiny_encoder.iterdir()}
    install(site, "crossner-test-encoder", files)
    register("single", ("crossner-test-encoder",), digest(tiny_encoder / "model.safetensors"))
    return site / "crossner_test_encoder" / "model"


PARTS = tuple(f"crossner-test-part-00{i}" for i in (1, 2, 3))


@pytest.fixture
def split(site, register, tiny_encoder, tmp_path):
    """A packaged encoder whose archive lies in three distributions; the files of the parts."""
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in tiny_encoder.iterdir():
            file.write(path, f"inner/{path.name}")
    content = archive.read_bytes()
    third = len(content) // 3 + 1
    for number, package in enumerate(PARTS):
        piece = content[number * third : (number + 1) * third]
        install(site, package, {f"{package}/model.zip.00{number + 1}": piece})
    register("split", PARTS, digest(tiny_encoder / "model.safetensors"))
    return [site / package / f"model.zip.00{number}" for number, package in enumerate(PARTS, start=1)]


def fails(name):
    """The message of the EncoderError; one sentence, one line."""
    with pytest.raises(EncoderError) as caught:
        resolve(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_packaged_default_is_the_published_file():
    encoder = resolve("minilm")
    assert encoder.sha256 == ENCODERS["minilm"].sha256
    assert encoder.hidden_size == 384


@pytest.mark.parametrize("info", ENCODERS.values(), ids=ENCODERS)
def test_the_registry_says_how_to_get_each_encoder(info):
    assert info.install.startswith("pip install ")
    assert len(info.sha256) == 64
    assert info.packages
    assert info.licence


def test_a_package_is_found_by_its_files(single):
    encoder = resolve("single")
    assert (encoder.name, encoder.path, encoder.hidden_size) == ("single", str(single), 32)


def test_a_missing_package_is_named_with_the_command_that_brings_it(register):
    register("absent", ("crossner-test-absent",), "0" * 64)
    message = fails("absent")
    assert "crossner-test-absent" in message
    assert INSTALL in message


def test_one_missing_part_is_named(site, split):
    shutil.rmtree(site / "crossner_test_part_002-1.0.dist-info")
    assert "crossner-test-part-002" in fails("split")


def test_changed_weights_are_refused(single):
    with (single / "model.safetensors").open("ab") as file:
        file.write(b"x")
    message = fails("single")
    assert "not the published ones" in message
    assert INSTALL in message


@pytest.mark.parametrize("what", ["model.safetensors", "the folder"])
def test_a_package_without_its_weights_asks_to_be_installed_again(single, what):
    if what == "the folder":
        shutil.rmtree(single)
    else:
        (single / what).unlink()
    assert INSTALL in fails("single")


def test_a_package_that_holds_something_else_asks_to_be_installed_again(site, register):
    install(site, "crossner-test-other", {"other/readme.txt": b"nothing"})
    register("other", ("crossner-test-other",), "0" * 64)
    assert INSTALL in fails("other")


def test_a_split_archive_is_assembled_into_the_cache(split, tiny_encoder):
    encoder = resolve("split")
    folder = cache_folder() / "encoders" / "split"
    assert encoder.path == str(folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in tiny_encoder.iterdir()
    }
    assert {p.name for p in folder.parent.iterdir()} <= {"split", "split.lock"}


def test_a_split_archive_is_assembled_once(split):
    first = resolve("split")
    for part in split:
        part.write_bytes(b"not read again")
    assert resolve("split") == first


def test_an_assembled_encoder_that_was_damaged_is_assembled_again(split):
    folder = cache_folder() / "encoders" / "split"
    first = resolve("split")
    (folder / "model.safetensors").write_bytes(b"damaged")
    assert resolve("split") == first
    assert digest(folder / "model.safetensors") == first.sha256


@pytest.mark.parametrize("damage", ["truncated", "missing", "wrong"])
def test_damaged_parts_leave_nothing_in_the_cache(split, register, damage):
    if damage == "truncated":
        split[1].write_bytes(split[1].read_bytes()[:-50])
    elif damage == "missing":
        split[1].unlink()
    else:
        register("split", PARTS, "0" * 64)
    assert INSTALL in fails("split")
    assert [path.name for path in (cache_folder() / "encoders").iterdir() if path.name != "split.lock"] == []


def test_an_archive_without_weights_asks_to_be_installed_again(site, register, tmp_path):
    archive = tmp_path / "empty.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "nothing")
    for number in (1, 2):
        content = archive.read_bytes() if number == 1 else b""
        install(site, f"crossner-test-e{number}", {f"e{number}/model.zip.00{number}": content})
    register("empty", ("crossner-test-e1", "crossner-test-e2"), "0" * 64)
    message = fails("empty")
    assert "no model.safetensors" in message
    assert INSTALL in message


def test_a_folder_is_an_encoder(tiny_encoder):
    encoder = resolve(tiny_encoder)
    assert encoder.name == tiny_encoder.name
    assert encoder.sha256 == digest(tiny_encoder / "model.safetensors")
    assert encoder.hidden_size == 32


def test_a_relative_folder_is_an_encoder(tiny_encoder, monkeypatch):
    monkeypatch.chdir(tiny_encoder)
    assert resolve(".").name == tiny_encoder.name


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_without_model_says_what_it_should_hold(tiny_encoder, tmp_path, missing):
    folder = tmp_path / "copy"
    shutil.copytree(tiny_encoder, folder, ignore=shutil.ignore_patterns(missing))
    message = fails(folder)
    assert message.startswith(str(folder))
    assert "config.json" in message
    assert "model.safetensors" in message


def test_a_folder_without_tokenizer_is_refused_before_training(tiny_encoder, tmp_path):
    for file in ("config.json", "model.safetensors"):
        shutil.copy(tiny_encoder / file, tmp_path)
    message = fails(tmp_path)
    assert message.startswith(str(tmp_path))
    assert "tokenizer.json" in message


@pytest.mark.parametrize("content", [b"", b"not safetensors", None], ids=["empty", "other", "truncated"])
def test_a_folder_with_damaged_weights_is_refused_before_training(tiny_encoder, tmp_path, content):
    folder = tmp_path / "copy"
    shutil.copytree(tiny_encoder, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100] if content is None else content)
    assert str(weights) in fails(folder)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere", "some/where/else"])
def test_a_path_to_nothing_is_no_hub_name(name):
    message = fails(name)
    assert message.startswith(name)
    assert "minilm" in message


def test_an_unknown_hub_name_without_network_is_one_sentence():
    encoder = resolve("crossner-test-owner/no-such-model")
    assert encoder.sha256 is None
    for load in (lambda: encoder.hidden_size, lambda: linear.transformer_embeddings(encoder)):
        with pytest.raises(EncoderError, match="crossner-test-owner/no-such-model") as caught:
            load()
        assert "--encoder minilm needs no network" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "{}", '{"model_type": "no-such-type"}'])
def test_a_damaged_configuration_is_one_sentence(tiny_encoder, tmp_path, content):
    folder = tmp_path / "copy"
    shutil.copytree(tiny_encoder, folder)
    (folder / "config.json").write_text(content)
    encoder = resolve(folder)
    with pytest.raises(EncoderError, match="cannot load encoder 'copy'"):
        _ = encoder.hidden_size
