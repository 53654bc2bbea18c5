"""Find the data on disk or download it, and say exactly which data it is."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from crossner.data.domains import BASE_URL, DOMAINS, REVISION, SPLITS
from crossner.errors import ConfigError, DataError

SAMPLE = "sample"
CROSSNER = "crossner"
REMEDIES = "Use --data sample for the built-in corpus, or --data DIR (or CROSSNER_DATA) for a copy of ner_data"


@dataclass(frozen=True)
class Location:
    """A folder of `<domain>/{train,dev,test}.txt`.

    Attributes
    ----------
    name : str
        `sample`, `crossner`, or the folder's name.
    root : Path
    verify : bool
        Whether every file must be the registry's, to the byte.
    """

    name: str
    root: Path
    verify: bool

    def file(self, domain, split) -> Path:
        return self.root / domain / f"{split}.txt"

    def domains(self) -> tuple[str, ...]:
        """Names of the domain folders, those of the registry first; no others where they are verified."""
        try:
            found = {
                path.name for path in self.root.iterdir() if any((path / f"{s}.txt").exists() for s in SPLITS)
            }
        except OSError as error:
            raise DataError(f"cannot be read ({error.strerror})", path=self.root) from None
        if self.verify:
            return tuple(name for name in DOMAINS if name in found)
        known = [name for name in (*DOMAINS, "news") if name in found]
        return (*known, *sorted(found.difference(known)))


def cache_folder() -> Path:
    """Where downloads, assembled encoders and source stages are kept: `CROSSNER_CACHE` or the user's cache."""
    if folder := os.environ.get("CROSSNER_CACHE"):
        return Path(folder)
    import platformdirs

    return Path(platformdirs.user_cache_dir("crossner"))


def cache_subfolder(name) -> Path:
    """A folder in the cache, made if it is not there.

    Raises
    ------
    DataError
        If it cannot be made.
    """
    folder = cache_folder() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"the cache cannot be written ({error.strerror}); CROSSNER_CACHE names another folder", path=folder
        ) from None
    return folder


def sha256(path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate(data=CROSSNER) -> Location:
    """Turn the `--data` option into a folder, downloading CrossNER if it is nowhere to be found.

    Parameters
    ----------
    data : str or path-like
        `sample`, `crossner` (looked for in `CROSSNER_DATA`, then in the cache, then downloaded),
        or a folder of `<domain>/{train,dev,test}.txt`.

    Raises
    ------
    DataError
        If there is no such folder, or nothing can be downloaded.
    """
    if data == SAMPLE:
        return Location(SAMPLE, Path(__file__).parent / "sample", verify=False)
    if data == CROSSNER:
        if folder := os.environ.get("CROSSNER_DATA"):
            location = Location(CROSSNER, _folder(folder, "CROSSNER_DATA"), verify=True)
            if not location.domains():
                raise DataError(f"CROSSNER_DATA holds no domain of CrossNER ({', '.join(DOMAINS)})", path=folder)
            return location
        return Location(CROSSNER, fetch(), verify=True)
    root = _folder(data, "--data")
    name = root.resolve().name
    # A folder called crossner need not hold CrossNER: the bare name is for the verified files.
    location = Location(f"{name} (own folder)" if name in (SAMPLE, CROSSNER) else name, root, verify=False)
    if not location.domains():
        raise DataError("holds no folder with train.txt, dev.txt and test.txt", path=root)
    # A copy of CrossNER is CrossNER wherever it lies.
    if set(DOMAINS) == set(location.domains()) and all(
        location.file(name, split).is_file() and sha256(location.file(name, split)) == digest
        for name, info in DOMAINS.items()
        for split, digest in info.sha256.items()
    ):
        return Location(CROSSNER, root, verify=True)
    return location


def _folder(path, origin) -> Path:
    folder = Path(path).expanduser()
    if not str(path) or not folder.is_dir():
        raise DataError(f"{origin} names no folder; expected sample, crossner or a folder of domains", path=path)
    return folder


def fetch(*, url=BASE_URL, timeout=30, progress=True) -> Path:
    """Download CrossNER at the pinned revision into the cache; files already there are kept.

    Each file appears under its name only after its checksum was verified, so an interrupted
    download goes on where it stopped and two processes may fetch at once.

    Parameters
    ----------
    url : str
        Where `<domain>/<split>.txt` is served; a mirror of the pinned revision.
    timeout : float
        Seconds without a byte after which a download is given up.
    progress : bool
        Show a progress bar (on a terminal only).

    Returns
    -------
    Path
        The folder of domains.

    Raises
    ------
    DataError
        If a file cannot be downloaded or is not the registry's, or the cache cannot be written.
    ConfigError
        If `timeout` is not a number of seconds one can wait.
    """
    if not 0 < timeout <= 86400:
        raise ConfigError(f"--timeout {timeout:g}: a number of seconds above 0 is expected, a day at most")
    root = cache_folder() / f"crossner-{REVISION[:12]}"
    digests = {f"{name}/{split}.txt": d for name, info in DOMAINS.items() for split, d in info.sha256.items()}
    missing = [name for name, digest in digests.items() if not _is_intact(root / name, digest)]
    if not missing:
        return root

    import pooch
    import requests
    from filelock import FileLock
    from tqdm import tqdm
    from urllib3.exceptions import HTTPError

    pooch.get_logger().setLevel("WARNING")
    lock = FileLock(root / ".lock")
    try:
        root.mkdir(parents=True, exist_ok=True)
        held = lock.acquire()
    except OSError as error:
        raise DataError(
            f"the cache cannot be written ({error.strerror}); set CROSSNER_CACHE to a folder that can", path=root
        ) from None
    downloads = pooch.create(path=root, base_url=url.rstrip("/") + "/", registry=digests)

    def download(address, file, _):
        # Not pooch.HTTPDownloader, which leaves the connection open where a download breaks off.
        with requests.get(address, timeout=timeout, stream=True) as response, open(file, "wb") as output:
            response.raise_for_status()
            output.writelines(response.iter_content(chunk_size=65536))

    with held:
        for name in tqdm(missing, desc="CrossNER", unit="file", disable=None if progress else True):
            try:
                downloads.fetch(name, downloader=download)
            except (requests.RequestException, HTTPError, OSError) as error:  # HTTPError: http://a..b
                reason = _reason(error)
                raise DataError(f"cannot download {url.rstrip('/')}/{name} ({reason}). {REMEDIES}") from None
            except ValueError:
                raise DataError(
                    f"{url.rstrip('/')}/{name} is not the file of revision {REVISION[:12]} (its SHA-256 "
                    f"differs); nothing was kept. {REMEDIES}"
                ) from None
    return root


def _is_intact(path, digest) -> bool:
    return path.is_file() and sha256(path) == digest


def _reason(error) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP status {response.status_code}"
    return type(error).__name__
