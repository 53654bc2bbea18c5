"""The table: a row a system, a column a domain, mean ± sd over seeds, and the average."""

from __future__ import annotations

import csv
import io
import json
import re
from statistics import fmean, stdev

from crossner.errors import ConfigError, StoreError
from crossner.scoring.score import PROTOCOL, PROTOCOL_TEXT
from graphmining.errors import unknown

LABEL = ("tagger", "encoder", "regime", "shots")
REGIME_ORDER = ("direct", "pretrain-finetune", "joint")
FORMATS = ("text", "json", "markdown", "csv", "latex")


def make_table(records, *, left_out=None) -> dict:
    """Aggregate runs.

    Parameters
    ----------
    records : list of dict
        What `Store.records` gives, or `deduplicate` made of it.
    left_out : dict of str to int, optional
        Number of test sentences that the records' F1 leaves out, by domain.

    Returns
    -------
    dict
        `data`: `name`, `revision`; `protocol`; `domains`: column names; `targets`: those of them
        that the average is over (not a source that some run has as its target); `rows`, each with
        `tagger`, `encoder`, `regime`, `shots`, `options` (what tells the row from another one of
        that name), `seeds`, `runs` (identities), `f1`: `{domain: {"mean", "sd", "n"}}` and
        `average`. F1 in percent; `sd` is the sample standard deviation, None for one seed. The
        average is taken within each seed that has all domains; it is None where no seed has. With
        `left_out`, also that, and `sentences` in the protocol.

    Raises
    ------
    StoreError
        If the runs are on different data.
    """
    name, revision = data_of(records)
    targets = list(dict.fromkeys(domain for record in records for domain in record["data"]["targets"]))
    domains = targets + sorted({record["config"]["domain"] for record in records}.difference(targets))
    groups: dict = {}
    for record in records:
        groups.setdefault(_system(record), []).append(record)
    rows = [_row(json.loads(system), members, domains, targets) for system, members in groups.items()]
    _tell_apart(rows)
    rows.sort(key=_order)
    return {
        "data": {"name": name, "revision": revision},
        "protocol": PROTOCOL if left_out is None else PROTOCOL | {"sentences": "without those of train or dev"},
        **({} if left_out is None else {"left_out": left_out}),
        "domains": domains,
        "targets": targets,
        "rows": [{key: value for key, value in row.items() if key != "system"} for row in rows],
    }


def data_of(records) -> tuple[str, str]:
    """Name and revision of the data that all runs are on.

    Raises
    ------
    StoreError
        If they are on different data.
    """
    sets = {(record["data"]["name"], record["data"]["revision"]) for record in records}
    if len(sets) > 1:
        names = ", ".join(sorted(f"{name} {revision[:16]}" for name, revision in sets))
        raise StoreError(f"the runs are on different data ({names}); keep each in a folder of its own")
    return sets.pop()


def _system(record) -> str:
    config = {key: value for key, value in record["config"].items() if key not in ("domain", "seed")}
    config["code"] = record["code"]
    config["weights"] = record["encoder"] and record["encoder"]["sha256"]
    return json.dumps(_flatten(config), sort_keys=True)


def _flatten(tree, prefix="") -> dict:
    flat = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _row(system, records, domains, targets) -> dict:
    f1: dict[str, dict[int, float]] = {}
    for record in records:
        by_seed = f1.setdefault(record["config"]["domain"], {})
        by_seed[record["config"]["seed"]] = record["scores"]["test"]["strict"]["f1"]
    complete = set.intersection(*(set(f1.get(domain, {})) for domain in targets))
    averages = [fmean(f1[domain][seed] for domain in targets) for seed in sorted(complete)]
    return {
        **{key: system[key] for key in LABEL},
        "options": "",
        "seeds": sorted({seed for by_seed in f1.values() for seed in by_seed}),
        "runs": sorted(record["id"] for record in records),
        "f1": {domain: _summary(list(f1[domain].values())) for domain in domains if domain in f1},
        "average": _summary(averages) if averages else None,
        "system": system,
    }


def _summary(values) -> dict:
    return {
        "mean": round(fmean(values), 4),
        "sd": round(stdev(values), 4) if len(values) > 1 else None,
        "n": len(values),
    }


def _tell_apart(rows):
    """Name the options in which rows of the same label differ."""
    for row in rows:
        like = [other for other in rows if all(other[key] == row[key] for key in LABEL)]
        if len(like) > 1:
            keys = {key for other in like for key in other["system"]}
            differing = sorted(
                key for key in keys if len({json.dumps(other["system"].get(key)) for other in like}) > 1
            )
            row["options"] = " ".join(f"{key}={row['system'].get(key)}" for key in differing)


def _order(row):
    regime = REGIME_ORDER.index(row["regime"]) if row["regime"] in REGIME_ORDER else len(REGIME_ORDER)
    shots = float("inf") if row["shots"] is None else row["shots"]
    return row["tagger"], row["encoder"] or "", shots, regime, row["options"]


def format_table(table, style="text") -> str:
    """The table as text.

    Parameters
    ----------
    table : dict
        What `make_table` gives.
    style : {"text", "json", "markdown", "csv", "latex"}

    Raises
    ------
    ConfigError
        If there is no such style.
    """
    if style not in FORMATS:
        raise ConfigError(unknown("table style", style, FORMATS))
    if style == "json":
        return json.dumps(table, indent=2)
    if style == "csv":
        return _csv(table)
    from tabulate import tabulate

    between = {"latex": " $\\pm$ "}.get(style, " ± ")
    with_options = any(row["options"] for row in table["rows"])
    header = [*LABEL, *(["options"] if with_options else []), "seeds"]
    header += [*(escape(domain, style) for domain in table["domains"]), "average"]
    body = [
        [
            escape(row["tagger"], style),
            escape(row["encoder"] or "–", style),
            escape(row["regime"], style),
            "all" if row["shots"] is None else row["shots"],
            *([escape(row["options"], style)] if with_options else []),
            len(row["seeds"]),
            *(_cell(row["f1"].get(domain), between) for domain in table["domains"]),
            _cell(row["average"], between),
        ]
        for row in table["rows"]
    ]
    format_name = {"text": "simple", "markdown": "github", "latex": "latex_raw"}[style]
    align = ["left"] * len(header)
    align[-len(table["domains"]) - 2 :] = ["right"] * (len(table["domains"]) + 2)
    lines = tabulate(body, header, tablefmt=format_name, disable_numparse=True, colalign=align)
    return f"{escape(caption(table), style)}\n\n{lines}"


def escape(text, style) -> str:
    r"""Text from outside, such as names that users chose, safe in a table of that style.

    Examples
    --------
    >>> print(escape("R&B_50%", "latex"), escape("rock|pop", "markdown"))
    R\&B\_50\% rock\|pop
    """
    if style == "latex":
        text = text.replace("\\", "/")
        return re.sub(r"[&%$#_{}]", r"\\\g<0>", text).replace("~", r"\textasciitilde{}").replace("^", r"\^{}")
    return text.replace("|", r"\|") if style == "markdown" else text


def caption(table) -> str:
    """Data, revision and protocol in a line."""
    name = table["data"]["name"]
    note = " (built-in sample, for teaching and tests)" if name == "sample" else ""
    return (
        f"{name}{note} @ {short_revision(table['data']['revision'])} · {_protocol(table)} · mean ± sd over seeds"
    )


def _protocol(table) -> str:
    if "left_out" not in table:
        return PROTOCOL_TEXT
    counts = {domain: count for domain, count in table["left_out"].items() if count}
    by_domain = f" ({', '.join(f'{domain} {count}' for domain, count in counts.items())})" if counts else ""
    return f"{PROTOCOL_TEXT}, without {sum(counts.values())} test sentences that occur in train or dev{by_domain}"


def short_revision(revision) -> str:
    """A revision as people read it: seven digits of a git hash, a checksum as it is."""
    return revision if revision.startswith("sha256:") else revision[:7]


def _cell(summary, between) -> str:
    if summary is None:
        return "–"
    if summary["sd"] is None:
        return f"{summary['mean']:.2f}"
    return f"{summary['mean']:.2f}{between}{summary['sd']:.2f}"


def _csv(table) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    columns = [*table["domains"], "average"]
    writer.writerow(
        [
            *LABEL,
            "options",
            "seeds",
            *(f"{column} {part}" for column in columns for part in ("mean", "sd", "n")),
            "data",
            "revision",
            "protocol",
        ]
    )
    for row in table["rows"]:
        cells = []
        for column in columns:
            summary = row["average"] if column == "average" else row["f1"].get(column)
            cells += [summary["mean"], summary["sd"], summary["n"]] if summary else ["", "", 0]
        writer.writerow(
            [
                *(row[key] if row[key] is not None else "" for key in LABEL),
                row["options"],
                " ".join(map(str, row["seeds"])),
                *cells,
                table["data"]["name"],
                table["data"]["revision"],
                _protocol(table),
            ]
        )
    return file.getvalue().rstrip("\n")
