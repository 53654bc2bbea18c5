"""Taggers on disk: the same predictions back, and damaged folders refused."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from crossner import tagging
from crossner.errors import StoreError
from crossner.tagging.encoders import resolve
from crossner.tagging.saved import load, save
from crossner.transfer.training import set_seed


@pytest.fixture(scope="module", params=tagging.TAGGERS)
def tagger(request, tiny_encoder, sample):
    domain = sample.domain("music")
    set_seed(1)
    encoder = resolve(tiny_encoder) if request.param in tagging.NEEDS_ENCODER else None
    tagger = tagging.build(request.param, domain.types, encoder=encoder, sentences=domain.train.sentences)
    with torch.no_grad():
        for parameter in tagger.model.parameters():  # nothing is as a fresh tagger has it
            parameter += 0.1 * torch.randn_like(parameter)
    return tagger


@pytest.fixture(scope="module")
def kept(tagger, tmp_path_factory):
    """A run's folder with the tagger in model/."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "model").mkdir()
    save(tagger, folder / "model")
    return folder


@pytest.mark.parametrize("place", [".", "model"])
def test_a_tagger_comes_back_with_identical_predictions(tagger, kept, sample, place):
    again = load(kept / place)
    assert (again.name, again.types, again.decoding) == (tagger.name, tagger.types, tagger.decoding)
    sentences = sample.domain("music").test.sentences
    assert again.predict(again.encode(sentences)) == tagger.predict(tagger.encode(sentences))


@pytest.mark.parametrize("decoding", tagging.DECODINGS)
def test_the_decoding_comes_back(tiny_encoder, tmp_path, decoding):
    save(tagging.build("linear", ("song",), encoder=resolve(tiny_encoder), decoding=decoding), tmp_path)
    assert load(tmp_path).decoding == decoding


def test_no_pickle_is_written(kept):
    suffixes = {path.suffix for path in kept.rglob("*") if path.is_file()}
    assert suffixes <= {".json", ".safetensors", ".txt"}


def remove_description(folder):
    (folder / "tagger.json").unlink()


def remove_weights(folder):
    (folder / "head.safetensors").unlink()


def truncate_description(folder):
    (folder / "tagger.json").write_text((folder / "tagger.json").read_text()[:-5])


def empty_description(folder):
    (folder / "tagger.json").write_text("{}")


def description_of_another_kind(folder):
    (folder / "tagger.json").write_text("[1, 2]")


def other_types(folder):
    meta = json.loads((folder / "tagger.json").read_text())
    (folder / "tagger.json").write_text(json.dumps(meta | {"types": ["song"]}))


def other_tagger(folder):
    meta = json.loads((folder / "tagger.json").read_text())
    (folder / "tagger.json").write_text(json.dumps(meta | {"tagger": "perceptron"}))


def truncate_weights(folder):
    path = folder / "head.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def one_weight_less(folder):
    weights = load_file(folder / "head.safetensors")
    weights.pop("linear.weight")
    save_file(weights, folder / "head.safetensors")


def one_weight_more(folder):
    weights = load_file(folder / "head.safetensors")
    save_file(weights | {"extra.weight": torch.zeros(1)}, folder / "head.safetensors")


DAMAGES = [
    remove_description,
    remove_weights,
    truncate_description,
    empty_description,
    description_of_another_kind,
    other_types,
    other_tagger,
    truncate_weights,
    one_weight_less,
    one_weight_more,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_refused(kept, tmp_path, damage):
    folder = tmp_path / "copy"
    shutil.copytree(kept / "model", folder)
    damage(folder)
    with pytest.raises(StoreError) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder}: ")
    assert "\n" not in str(caught.value)


def remove_encoder(folder):
    shutil.rmtree(folder / "encoder")


def truncate_encoder(folder):
    path = folder / "encoder" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def encoder_without_weights(folder):
    (folder / "encoder" / "model.safetensors").unlink()


def encoder_without_configuration(folder):
    (folder / "encoder" / "config.json").unlink()


ENCODER_DAMAGES = [remove_encoder, truncate_encoder, encoder_without_weights, encoder_without_configuration]


@pytest.mark.parametrize("damage", ENCODER_DAMAGES)
def test_a_damaged_encoder_is_refused(tiny_encoder, tmp_path, damage):
    save(tagging.build("linear", ("song",), encoder=resolve(tiny_encoder)), tmp_path)
    damage(tmp_path)
    with pytest.raises(StoreError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_a_folder_without_tagger_says_how_to_keep_one(tmp_path, name):
    with pytest.raises(StoreError, match="--keep-models"):
        load(tmp_path / name)
