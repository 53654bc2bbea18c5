"""Their names of types and ours."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from crossner.data.conll import read_text
from crossner.errors import ConfigError, DataError
from graphmining.errors import unknown


@dataclass(frozen=True)
class Naming:
    """What becomes of each label.

    Attributes
    ----------
    names : dict of str to (str or None)
        The type each label is; None where its mentions are left out.
    unknown : dict of str to (str or None)
        Labels that the domain has no type for, with the likeliest of its types.
    """

    names: dict[str, str | None]
    unknown: dict[str, str | None]


def read_mapping(path) -> dict[str, str | None]:
    """A JSON object or a TOML table of their labels and our types.

    An empty type (in JSON also null) leaves the label's mentions out.

    Raises
    ------
    DataError
    """
    text = read_text(path)
    try:
        mapping = tomllib.loads(text) if Path(path).suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"cannot be read as {_kind(path)} ({error})", path=path) from None
    if not isinstance(mapping, dict) or not all(isinstance(type_, str | None) for type_ in mapping.values()):
        raise DataError(f"expected {_kind(path)} of labels, each with the name of one of our types", path=path)
    return mapping


def _kind(path):
    return "a TOML table" if Path(path).suffix == ".toml" else "a JSON object"


def check_mapping(mapping, domain, dataset):
    """Make sure that a mapping leads to types of the domain or, as it may serve several, of another one.

    Raises
    ------
    ConfigError
    """
    wanted = [type_ for type_ in mapping.values() if type_]
    for type_ in wanted:
        if type_ not in domain.types and not any(type_ in dataset.domain(name).types for name in dataset.names):
            raise ConfigError(f"--map: {unknown('type', type_, domain.types)}")


def name_types(labels, types, mapping) -> Naming:
    """Find the type of each label.

    A label is what `mapping` says; else the type that differs from it in nothing but case, spaces,
    hyphens and underscores; else it stays as it is and is unknown.

    Parameters
    ----------
    labels : iterable of str
    types : sequence of str
        Those of the domain.
    mapping : mapping of str to (str or None)

    Examples
    --------
    >>> name_types(["Musical Artist", "PER"], ["musicalartist", "person"], {}).names
    {'Musical Artist': 'musicalartist', 'PER': 'PER'}
    """
    plain = {_plain(type_): type_ for type_ in reversed(types)}
    names: dict[str, str | None] = {}
    strange: dict[str, str | None] = {}
    for label in labels:
        if label in types and label not in mapping:
            names[label] = label
        else:
            name = mapping[label] or None if label in mapping else plain.get(_plain(label), _storable(label))
            names[label] = name
            if name is not None and name not in types:
                strange[label] = _nearest(name, types)
    return Naming(names, strange)


def _plain(label) -> str:
    return re.sub(r"[\W_]+", "", label.casefold())


def _storable(label) -> str:
    # White space would not survive writing as columns, and seqeval drops hyphens at the ends; what is not
    # printable (a lone surrogate, a terminal's escape) could not be shown.
    plain = re.sub(r"\s+", "_", label.strip())
    return "".join(letter if letter.isprintable() else "_" for letter in plain).strip("-") or "_"


def _nearest(label, types) -> str | None:
    """The likeliest type: one that begins like the label, else one that is spelt like it."""
    plain = {_plain(type_): type_ for type_ in types}
    found = _plain(label)
    for type_ in plain:
        if min(len(found), len(type_)) >= 3 and (type_.startswith(found) or found.startswith(type_)):
            return plain[type_]
    close = difflib.get_close_matches(found, list(plain), n=1)
    return plain[close[0]] if close else None
