"""How the runs can be made again: commands, versions, and what to cite."""

from __future__ import annotations

import shlex

from crossner.data.domains import CONLL_CITATION, CROSSNER_CITATION, SOURCE_NAMES

SEQEVAL_CITATION = (
    "Nakayama. seqeval: A Python framework for sequence labeling evaluation. 2018. github.com/chakki-works/seqeval"
)
OPTIONS = ("epochs", "lr", "head_lr", "batch_tokens", "select", "patience")


def commands(results, *, out="runs") -> list[dict]:
    """The commands that do the runs again, options only where they differ from the defaults.

    Runs that were imported have none.

    Parameters
    ----------
    results : Results
    out : str
        Folder for `--out`.

    Returns
    -------
    list of dict
        `command`, and `runs`: how many of the runs at hand it makes. One of them may make more than are at
        hand: seeds are always 1, 2, … up to the highest.
    """
    groups: dict[tuple, dict[str, list[dict]]] = {}
    for record in sorted(results.records, key=lambda one: one["config"]["shots"] or 0):
        if record.get("fit"):
            parts = tuple(_system_options(record))
            groups.setdefault(parts, {}).setdefault(record["config"]["domain"], []).append(record)
    lines: dict[tuple, list] = {}
    for parts, by_domain in groups.items():
        by_seeds: dict[int, list[str]] = {}
        for domain, records in by_domain.items():
            by_seeds.setdefault(max(record["config"]["seed"] for record in records), []).append(domain)
        for seeds, domains in by_seeds.items():
            count = sum(len(by_domain[domain]) for domain in domains)
            targets = by_domain[domains[0]][0]["data"]["targets"]
            chosen = () if set(domains) == set(targets) else tuple(sorted(domains, key=_place(targets)))
            regimes = lines.setdefault((parts[1:], chosen, seeds), [])
            regimes.append((parts[0], count))
    return [
        {
            "command": shlex.join(
                [
                    "crossner",
                    "run",
                    *_data_option(results),
                    *(["--domains", *chosen] if chosen else []),
                    "--regimes",
                    *(regime for regime, _ in regimes),
                    *(["--seeds", str(seeds)] if seeds > 1 else []),
                    *rest,
                    "--out",
                    out,
                ]
            ),
            "runs": sum(count for _, count in regimes),
        }
        for (rest, chosen, seeds), regimes in lines.items()
    ]


def _place(targets):
    return lambda domain: targets.index(domain) if domain in targets else len(targets)


def _data_option(results):
    name = results.table["data"]["name"]
    return [] if name == "crossner" else ["--data", name if name == "sample" else "DIR"]


def _system_options(record):
    """Regime first, then the arguments of `crossner run` that are not its defaults."""
    config = record["config"]
    yield config["regime"]
    for key, default in (("tagger", "linear"), ("encoder", "minilm"), ("shots", None)):
        if config[key] not in (None, default):
            yield from (f"--{key}", str(config[key]))
    if config.get("source") not in (None, *SOURCE_NAMES):
        yield from ("--source", config["source"])
    yield from _schedule_options(config)
    if config.get("decoding") not in (None, "iob2"):
        yield from ("--decoding", config["decoding"])
    if config.get("vectors"):
        yield from ("--vectors", "FILE")


def _schedule_options(config):
    from crossner.transfer.benchmark import TARGET_WEIGHT
    from crossner.transfer.schedules import default_schedule, default_source_schedule

    # Whether the encoder counted as large is not in the record; the defaults that fit better say it.
    fewest = None
    for large in (False, True):
        default = default_schedule(config["tagger"], config["regime"], large=large)
        parts = []
        for name in OPTIONS:
            value = config["schedule"].get(name)
            if value not in (None, getattr(default, name)):
                parts += [f"--{name.replace('_', '-')}", str(value)]
        source = config.get("source_schedule")
        usual = default_source_schedule(config["tagger"], large=large)
        if source and source["epochs"] != usual.epochs:
            parts += ["--source-epochs", str(source["epochs"])]
        if fewest is None or len(parts) < len(fewest):
            fewest = parts
    if config.get("target_weight") not in (None, TARGET_WEIGHT):
        fewest += ["--target-weight", str(config["target_weight"])]
    return fewest


def environments(results) -> list[str]:
    """Machines and versions that the runs name, a line each."""

    def line(environment):
        packages = ", ".join(f"{name} {version}" for name, version in environment.get("packages", {}).items())
        threads = environment.get("threads")
        parts = [
            environment.get("processor"),
            threads and f"{threads} thread{'s' if threads > 1 else ''}",
            environment.get("device"),
        ]
        python = environment.get("python")
        return "; ".join(filter(None, [", ".join(filter(None, parts)), python and f"Python {python}", packages]))

    found = {line(record["environment"]) for record in results.records if record.get("environment")}
    return sorted(found - {""})


def citations(results) -> list[str]:
    """Papers of the data and of the scorer."""
    if results.table["data"]["name"] != "crossner":
        return [SEQEVAL_CITATION]
    return [CROSSNER_CITATION, CONLL_CITATION, SEQEVAL_CITATION]
