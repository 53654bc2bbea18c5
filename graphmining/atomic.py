"""Folders and files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_folder(path):
    """Fill a folder beside its final place, then rename it there.

    The caller holds a lock on `path`: what an earlier, killed process left is removed.

    Parameters
    ----------
    path : Path
        Must not exist yet.

    Yields
    ------
    Path
        The folder to fill.
    """
    scratch = path.with_name(f".{path.name}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
        for file in scratch.rglob("*"):
            if file.is_file():
                _sync(file)
        scratch.rename(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_text(path, text):
    """Write a file under another name, then put it in the place of the old one."""
    path = Path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        scratch.write_text(text, encoding="utf-8")
        _sync(scratch)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _sync(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
