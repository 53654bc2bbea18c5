"""Numbers of the page's tables that records alone give, and those of every protocol."""

from __future__ import annotations

from statistics import fmean, stdev

AVERAGE = "average"
HEADLINE = "headline"


def record_rows(table, labels) -> list[dict]:
    """F1 as the records hold it, for a page without data or predictions.

    Parameters
    ----------
    table : dict
        Of `make_table`.
    labels : list of dict
        Of `system_labels`; their rows are found by their runs.

    Returns
    -------
    list of dict
        `system`, `domain`, `mean`, `sd`, `n`; `low`, `high` are None.
    """
    names = {label["runs"][0]: label["name"] for label in labels}
    rows = []
    for row in table["rows"]:
        columns = {**row["f1"], **({AVERAGE: row["average"]} if row["average"] else {})}
        rows += [
            {"system": names[row["runs"][0]], "domain": domain, **summary, "low": None, "high": None}
            for domain, summary in columns.items()
        ]
    return rows


def scores(results, names, *, resamples, progress) -> dict[str, list[dict]]:
    """F1 of systems under every protocol, with intervals.

    Parameters
    ----------
    results : Results
    names : list of str
    resamples : int
    progress : callable

    Returns
    -------
    dict of str to list of dict
        By protocol, the headline first; rows as of `interval_rows`, with `precision` and `recall`.
    """
    from crossner.scoring.protocols import PROTOCOLS, protocol_rows
    from crossner.scoring.significance import interval_rows

    # Means and deviations are those of the other tables, whose F1 is rounded as in the records.
    means = {(row["protocol"], row["system"], row["domain"]): row for row in protocol_rows(results, systems=names)}
    parts = ("mean", "sd", "n", "precision", "recall")
    found = {}
    for name, protocol in PROTOCOLS.items():
        progress(f"intervals, protocol {name}")
        found[name] = [
            row | {part: means[name, row["system"], row["domain"]][part] for part in parts}
            for row in interval_rows(results, systems=names, protocol=protocol, resamples=resamples)
        ]
    return found


def type_rows(results, labels) -> list[dict]:
    """Strict F1 by entity type from the records: mean over seeds.

    Parameters
    ----------
    results : Results
    labels : list of dict
        Of `system_labels`; of the systems wanted.

    Returns
    -------
    list of dict
        `system`, `domain`, `type`, `gold` (mentions in the test split), `mean`, `sd`, `n`; in each domain
        the most frequent type first.
    """
    by_id = {record["id"]: record for record in results.records}
    values: dict[tuple, list[float]] = {}
    support: dict[tuple, int] = {}
    for label in labels:
        for record in (by_id[identity] for identity in label["runs"]):
            domain = record["config"]["domain"]
            for name, one in record["scores"]["test"].get("types", {}).items():
                values.setdefault((label["name"], domain, name), []).append(one["f1"])
                support[domain, name] = max(support.get((domain, name), 0), one["support"])
    order = {domain: index for index, domain in enumerate(results.domains)}
    rows = [
        {
            "system": system,
            "domain": domain,
            "type": name,
            "gold": support[domain, name],
            "mean": round(fmean(found), 4),
            "sd": round(stdev(found), 4) if len(found) > 1 else None,
            "n": len(found),
        }
        for (system, domain, name), found in values.items()
    ]
    return sorted(rows, key=lambda row: (order[row["domain"]], -row["gold"], row["type"]))


def run_rows(results) -> list[dict]:
    """A row a run: what it is, its scores, how it was trained; None where a run does not say."""
    rows = []
    for record in results.records:
        config, test = record["config"], record["scores"]["test"]
        fit, timings = record.get("fit") or {}, record.get("timings") or {}
        rows.append(
            {
                **{
                    key: config.get(key)
                    for key in ("domain", "regime", "tagger", "encoder", "shots", "source", "seed")
                },
                "strict": test["strict"]["f1"],
                "default": test.get("default", {}).get("f1"),
                "macro": test["strict"].get("macro_f1"),
                "tokens": test.get("tokens", {}).get("f1"),
                "dev": ((record["scores"].get("dev") or {}).get("strict") or {}).get("f1"),
                "epoch": fit.get("best_epoch"),
                "training": timings.get("training_seconds"),
                "tagging": timings.get("tagging_sentences_per_second"),
                "run": record["id"],
            }
        )
    order = {domain: index for index, domain in enumerate(results.domains)}
    return sorted(
        rows,
        key=lambda row: (
            order[row["domain"]],
            *(str(row[key] or "") for key in ("tagger", "encoder", "regime", "source")),
            row["shots"] if row["shots"] is not None else float("inf"),
            row["seed"],
        ),
    )
