"""Which systems the page's tables compare; the others are for learning curves and sources."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import replace

from crossner.data.domains import SOURCE_NAMES
from crossner.report.table import make_table
from crossner.results import system_names


def system_labels(results) -> list[dict]:
    """The rows of the table by name, without a look at predictions or data.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of dict
        In the table's order: `name`, `regime`, `tagger`, `encoder`, `shots`, `source`, `seeds`, `runs`
        (identities), `domains` (their number), `main` (whether the row is one of the main comparison).
    """
    rows = results.table["rows"]
    by_id = {record["id"]: record for record in results.records}
    sources = [by_id[row["runs"][0]]["config"].get("source") for row in rows]
    main = set(_main(rows, sources))
    return [
        {
            "name": name,
            **{key: row[key] for key in ("regime", "tagger", "encoder", "shots")},
            "source": source,
            "seeds": row["seeds"],
            "runs": row["runs"],
            "domains": len(row["f1"]),
            "main": index in main,
        }
        for index, (row, name, source) in enumerate(zip(rows, system_names(rows, by_id), sources, strict=True))
    ]


def main_systems(results) -> list:
    """The systems that a table can set side by side.

    They were trained on the whole train split and, where they had a source, on the usual one: CoNLL-2003
    (news in the sample), or what most runs had. Where every system was trained on a few sentences, all are.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of System
    """
    labels = system_labels(results)
    return [system for system, label in zip(results.systems, labels, strict=True) if label["main"]]


def main_results(results):
    """Results of the main systems alone, with no other columns than they have.

    Runs on the source domain itself, which a matrix of sources and targets holds, would otherwise be a column
    of the table that no system can have an average with.

    Parameters
    ----------
    results : Results

    Returns
    -------
    Results
    """
    return part_of(results, _main_records(results))


def main_table(results) -> dict:
    """The table of the main systems, as `make_table` gives it, without a look at predictions or data."""
    return make_table(_main_records(results))


def _main_records(results):
    runs = {run for label in system_labels(results) if label["main"] for run in label["runs"]}
    return [record for record in results.records if record["id"] in runs]


def curve_results(results):
    """Results with any number of train sentences, on the domains and with the sources of the main systems."""
    main = _main_records(results)
    domains = make_table(main)["domains"]
    sources = {record["config"].get("source") for record in main}
    records = [
        record
        for record in results.records
        if record["config"]["domain"] in domains and record["config"].get("source") in (None, *sources)
    ]
    return part_of(results, records)


def part_of(results, records):
    """The same results with some of the records only; systems keep their names."""
    if len(records) == len(results.records):
        return results
    part = copy(results)
    part.records = records
    part.table = make_table(records)
    runs = {record["id"] for record in records}
    of_run = {
        one.run: system for system in results.systems for answers in system.answers.values() for one in answers
    }
    part.__dict__["systems"] = tuple(
        _restricted(of_run[row["runs"][0]], runs, part.domains) for row in part.table["rows"]
    )
    return part


def _restricted(system, runs, domains):
    answers = {
        domain: tuple(one for one in system.answers.get(domain, ()) if one.run in runs) for domain in domains
    }
    return replace(system, answers={domain: found for domain, found in answers.items() if found})


def _main(rows, sources):
    whole = [index for index, row in enumerate(rows) if row["shots"] is None]
    if not whole:
        return range(len(rows))
    counts: Counter = Counter()
    for index in whole:
        counts[sources[index]] += len(rows[index]["runs"])
    counts.pop(None, None)
    if not counts:
        return whole
    usual = next((name for name in SOURCE_NAMES if name in counts), None) or counts.most_common(1)[0][0]
    return [index for index in whole if sources[index] in (None, usual)]
