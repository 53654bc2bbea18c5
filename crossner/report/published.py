"""Published scores on CrossNER, each with its protocol and its source, and which of them can stand beside ours."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from crossner.errors import ConfigError, DataError
from crossner.scoring.protocols import HEADLINE, protocol_rows
from graphmining.errors import unknown

PATH = Path(__file__).with_name("published.toml")
DOMAINS = ("politics", "science", "music", "literature", "ai")
SETTINGS = ("target-trained", "zero-shot")
VALUES = {
    "level": ("entity", "token", "unknown"),
    "misc": ("in", "out", "unknown"),
    "match": ("offsets", "strings", "unknown"),
    "malformed": ("strict", "repair", "none", "unknown"),
}
ROUNDING = 0.1
_COLUMNS = ("name", "year", "setting", "encoder", "parameters", *DOMAINS, "average")
_PAPER = ("authors", "year", "source", "note")
_ROW = ("name", "setting", "encoder", "parameters", "unlabelled", "average", "first_hand", "via")
_REQUIRED = ("paper", "name", "setting", "f1", "first_hand")
_NAMES = {"level": "entities or tokens", "misc": "misc", "match": "offsets or strings"}
_DIFFERENCES = {
    ("level", "token"): "token level",
    ("level", "entity"): "entity level",
    ("misc", "in"): "misc scored",
    ("misc", "out"): "misc dropped",
    ("match", "strings"): "strings, not offsets",
    ("match", "offsets"): "offsets, not strings",
    ("malformed", "repair"): "I- openings repaired",
    ("malformed", "strict"): "I- openings dropped",
    ("malformed", "unknown"): "treatment of I- openings not stated",
}


def load_published(path=None) -> list[dict]:
    """The published scores.

    Parameters
    ----------
    path : path-like, optional
        A file like `published.toml`, which describes its keys; that file itself by default.

    Returns
    -------
    list of dict
        In the order of the file, all with the same keys: `name`, `setting`, `encoder`, `parameters` (in
        millions), `unlabelled`; F1 of the five domains and `average`, in percent (where no average is printed,
        the mean of the five); the protocol: `level`, `misc`, `match`, `malformed`, `seeds`, `data`; `authors`,
        `year`, `source` (of the paper that prints the numbers), `first_hand`, `via`, `note`. None where not
        known.

    Raises
    ------
    DataError
        If the file is not TOML, or an entry is incomplete, has a key or value that is not valid, or an average
        that is not the mean of the five; the message names the entry.

    Examples
    --------
    >>> row = next(row for row in load_published() if row["name"] == "CP-NER")
    >>> row["music"], row["average"], row["first_hand"]
    (79.1, 73.86, False)
    """
    path = PATH if path is None else Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"this is not TOML: {error}", path=path) from None
    except OSError as error:
        raise DataError(f"the published scores cannot be read: {error.strerror}", path=path) from None
    try:
        return _rows(content)
    except DataError as error:
        raise DataError(str(error), path=path) from None


def beside(rows, protocol=HEADLINE, *, setting="target-trained") -> tuple[list[dict], list[dict]]:
    """Which published scores can stand beside scores under a protocol.

    Comparable is what is known to be of the same setting, level, misc and match, on all test sentences. That is
    not to say identical: what else differs is in the mark.

    Parameters
    ----------
    rows : list of dict
        Of `load_published`.
    protocol : Protocol
    setting : {"target-trained", "zero-shot"}
        Of the scores they are to stand beside.

    Returns
    -------
    comparable, others : list of dict
        The rows, in their order, with `mark`: what differs or is not known, in a few words; "" for nothing.

    Raises
    ------
    ConfigError
        If there is no such setting.

    Examples
    --------
    >>> comparable, others = beside(load_published())
    >>> comparable[-1]["name"], others[-1]["mark"]
    ('LANER', 'zero-shot; misc dropped; strings, not offsets; I- openings repaired; second-hand')
    """
    if setting not in SETTINGS:
        raise ConfigError(unknown("setting", setting, SETTINGS))
    comparable, others = [], []
    for row in rows:
        differences = _differences(row, protocol, setting)
        marked = row | {"mark": "; ".join(differences + _remarks(row, protocol))}
        (others if differences else comparable).append(marked)
    return comparable, others


def published_rows(results=None, protocol=HEADLINE, *, setting="target-trained") -> list[dict]:
    """Published scores as rows of a table, after one's own where there are some.

    Parameters
    ----------
    results : Results, optional
        Its systems come first, scored under the protocol.
    protocol : Protocol
    setting : {"target-trained", "zero-shot"}
        Of one's own scores.

    Returns
    -------
    list of dict
        `name`, `year`, `setting`, `encoder`, `parameters`, F1 of the five domains, `average`, `comparable`,
        `mark` (see `beside`), `source`, `first_hand`: one's own, then what is comparable, then the rest. One's
        own scores are means over seeds; they are comparable where the data is CrossNER and they were not imported.
    """
    comparable, others = beside(load_published(), protocol, setting=setting)
    rows = [] if results is None else _own(results, protocol, setting)
    for group, flag in ((comparable, True), (others, False)):
        for row in group:
            rest = {"comparable": flag, **{key: row[key] for key in ("mark", "source", "first_hand")}}
            rows.append({key: row[key] for key in _COLUMNS} | rest)
    return rows


def _differences(row, protocol, setting) -> list[str]:
    found = [] if row["setting"] == setting else [row["setting"]]
    missing = [key for key in _NAMES if row[key] == "unknown"]
    found += ["protocol not stated"] if len(missing) > 1 else [f"{_NAMES[key]} not stated" for key in missing]
    found += [
        _DIFFERENCES[key, row[key]] for key in _NAMES if key not in missing and row[key] != getattr(protocol, key)
    ]
    return found + (["leaked sentences counted"] if protocol.sentences != "all" else [])


def _remarks(row, protocol) -> list[str]:
    found = []
    stated = sum(row[key] == "unknown" for key in _NAMES) < 2
    if stated and row["level"] != "token" and row["malformed"] not in ("none", protocol.malformed):
        found.append(_DIFFERENCES["malformed", row["malformed"]])
    if row["unlabelled"]:
        found.append("trained on unlabelled text of the domain too")
    if row["data"]:
        found.append(f"older data ({row['data']})")
    if not row["first_hand"]:
        found.append("from memory" if row["via"] == "memory" else "second-hand")
    return found


def _own(results, protocol, setting) -> list[dict]:
    text = ",".join(f"{key}={value}" for key, value in asdict(protocol).items())
    means: dict[str, dict[str, float]] = {}
    for row in protocol_rows(results, protocols=[text]):
        means.setdefault(row["system"], {})[row["domain"]] = row["mean"]
    data = results.table["data"]["name"]
    same = data == "crossner"
    imported = {record["id"] for record in results.records if record.get("imported")}
    rows = []
    for system in results.systems:
        f1 = means.get(system.name, {})
        unknown_setting = any(one.run in imported for answers in system.answers.values() for one in answers)
        described = dict.fromkeys(_COLUMNS) | {
            "name": system.name,
            "setting": None if unknown_setting else setting,
            "encoder": system.encoder,
            **{domain: f1.get(domain) for domain in DOMAINS},
            "average": f1.get("average") if set(results.targets) == set(DOMAINS) else None,
        }
        marks = [] if same else [f"on other data ({data})"]
        if system.shots is not None:
            marks.append(f"few train sentences ({system.shots})")
        if unknown_setting:
            marks.append("imported: what it was trained on is not known here")
        own = {
            "comparable": same and not unknown_setting,
            "mark": "; ".join(marks),
            "source": "own runs",
            "first_hand": True,
        }
        rows.append(described | own)
    return rows


def _rows(content) -> list[dict]:
    _keys(content, ("papers", "row"), ("papers", "row"), "the file")
    papers, entries = content["papers"], content["row"]
    _require(isinstance(papers, dict), "the file: papers must be tables [papers.KEY]")
    _require(isinstance(entries, list), "the file: rows must be tables [[row]]")
    for key, paper in papers.items():
        _check_paper(paper, f"paper {key!r}")
    rows = []
    for number, entry in enumerate(entries, 1):
        _require(isinstance(entry, dict), f"row {number} must be a table [[row]]")
        name = entry.get("name")
        place = f"row {name!r}" if isinstance(name, str) and name.strip() else f"row number {number}"
        _check_row(entry, papers, place)
        rows.append(_flat(entry, papers[entry["paper"]], place))
    for name, count in Counter(row["name"] for row in rows).items():
        _require(count == 1, f"row {name!r} is there {count} times; a name stands for one system")
    for key in papers:
        _require(any(entry["paper"] == key for entry in entries), f"paper {key!r} has no row")
    return rows


def _check_paper(paper, place):
    _require(isinstance(paper, dict), f"{place} must be a table")
    _keys(paper, (*_PAPER, "protocol"), ("source", "protocol"), place)
    for key, value in paper.items():
        if key != "protocol":
            _check_value(key, value, place)
    _check_protocol(paper["protocol"], tuple(VALUES), place)


def _check_row(entry, papers, place):
    _keys(entry, (*_ROW, "paper", "f1", "protocol", "source", "note"), _REQUIRED, place)
    _require(entry["paper"] in list(papers), f"{place}: {unknown('paper', entry['paper'], papers)}")
    for key, value in entry.items():
        if key not in ("paper", "f1", "protocol"):
            _check_value(key, value, place)
    _check_protocol(entry.get("protocol", {}), (), place)
    f1 = entry["f1"]
    _require(isinstance(f1, dict), f"{place}: f1 must be a table of the five domains")
    _keys(f1, DOMAINS, DOMAINS, f"{place}: f1")
    for domain, value in f1.items():
        _require(_score(value), f"{place}: F1 of {domain} is {value!r}; it must be a number from 0 to 100")


def _check_protocol(protocol, required, place):
    _require(isinstance(protocol, dict), f"{place}: protocol must be a table")
    _keys(protocol, (*VALUES, "seeds", "data"), required, f"{place}: protocol")
    for key, value in protocol.items():
        if key in VALUES:
            problem = unknown(f"value of {key}", value, VALUES[key])
            _require(value in VALUES[key], f"{place}: {problem}")
        else:
            _check_value(key, value, place)


def _flat(entry, paper, place) -> dict:
    scores = {domain: float(entry["f1"][domain]) for domain in DOMAINS}
    mean = fmean(scores.values())
    average = entry.get("average", round(mean, 2))
    explained = "average" in entry.get("note", "")
    _require(
        abs(average - mean) <= ROUNDING + 1e-9 or explained,
        f"{place}: the average {average} is not the mean of the five, {mean:.2f}; give a note on the average",
    )
    source = entry.get("source", paper["source"])
    _require(not (entry["first_hand"] and source == "unknown"), f"{place} is first-hand, so its source is known")
    _require(not (entry["first_hand"] and "via" in entry), f"{place} is first-hand, so it has no via")
    notes = [note for note in (entry.get("note"), paper.get("note")) if note]
    protocol = {
        key: (paper["protocol"] | entry.get("protocol", {})).get(key) for key in (*VALUES, "seeds", "data")
    }
    return {
        **{key: entry.get(key) for key in ("name", "setting", "encoder", "parameters", "unlabelled")},
        **scores,
        "average": float(average),
        **protocol,
        "authors": paper.get("authors"),
        "year": paper.get("year"),
        "source": source,
        "first_hand": entry["first_hand"],
        "via": entry.get("via"),
        "note": "; ".join(notes) or None,
    }


def _check_value(key, value, place):
    valid, wanted = {
        "setting": (lambda: value in SETTINGS, f"one of {', '.join(SETTINGS)}"),
        "year": (lambda: _integer(value, 2020, 2100), "a year from 2020, when CrossNER appeared"),
        "parameters": (lambda: _number(value) and value > 0, "a positive number of millions"),
        "seeds": (lambda: _integer(value, 1, 1000), "a number of runs"),
        "average": (lambda: _score(value), "a number from 0 to 100"),
        "first_hand": (lambda: isinstance(value, bool), "true or false"),
        "source": (lambda: _is_source(value), "arXiv:NUMBER, doi:…, https://… or unknown"),
    }.get(key, (lambda: isinstance(value, str) and bool(value.strip()), "text"))
    _require(valid(), f"{place}: {key} is {value!r}; it must be {wanted}")


def _is_source(value) -> bool:
    form = r"arXiv:\d{4}\.\d{4,5}|doi:10\.\S+/\S+|https://\S+\.\S+|unknown"
    return isinstance(value, str) and re.fullmatch(form, value) is not None


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _integer(value, low, high) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _score(value) -> bool:
    return _number(value) and 0 <= value <= 100


def _keys(table, valid, required, place):
    for key in table:
        _require(key in valid, f"{place}: {unknown('key', key, valid)}")
    missing = [key for key in required if key not in table]
    _require(not missing, f"{place} lacks {', '.join(missing)}")


def _require(condition, message):
    if not condition:
        raise DataError(message)
