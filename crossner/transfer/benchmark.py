"""The grid of runs: domains × regimes × seeds, what is missing of it, and doing that."""

from __future__ import annotations

import os
from dataclasses import dataclass

from crossner.data.dataset import load
from crossner.data.source import sha256
from crossner.errors import ConfigError
from crossner.report.table import make_table
from crossner.tagging import DECODINGS, NEEDS_ENCODER, TAGGERS
from crossner.tagging.encoders import Encoder, resolve
from crossner.transfer.progress import terminal_progress
from crossner.transfer.run import Run, RunConfig, choose_shots, execute, make_run
from crossner.transfer.schedules import default_schedule, default_source_schedule
from crossner.transfer.store import Store
from graphmining.errors import unknown

REGIME_NAMES = ("direct", "pretrain-finetune", "joint")
TARGET_WEIGHT = 20
SELECTIONS = ("dev", "last")


@dataclass(frozen=True)
class Grid:
    """A list of runs and what they share.

    Attributes
    ----------
    dataset : Dataset
    runs : list of Run
    encoder : Encoder or None
    vectors : str or None
    """

    dataset: object
    runs: list[Run]
    encoder: Encoder | None
    vectors: str | None


def make_grid(
    dataset,
    *,
    domains=None,
    regimes=("direct",),
    tagger="linear",
    encoder="minilm",
    seeds=1,
    shots=None,
    source=None,
    vectors=None,
    **options,
) -> Grid:
    """Plan runs, and check all there is to check before the first one starts.

    Parameters
    ----------
    dataset : Dataset
    domains : sequence of str, optional
        Targets; all of the data set's by default.
    regimes : sequence of str
    tagger : str
    encoder : str
        For taggers that have one.
    seeds : int
        Number of seeds; they are 1, 2, ….
    shots : int, optional
        Number of train sentences a target.
    source : str, optional
        Source domain; conll2003 or news by default.
    vectors : path-like, optional
        Word vectors, for `bilstm-crf`.
    **options
        `epochs`, `lr`, `head_lr`, `batch_tokens`, `select`, `patience`, `source_epochs`,
        `target_weight`, `decoding`; None means the default.

    Raises
    ------
    ConfigError, DataError, EncoderError
    """
    for regime in regimes:
        if regime not in REGIME_NAMES:
            raise ConfigError(unknown("regime", regime, REGIME_NAMES))
    if tagger not in TAGGERS:
        raise ConfigError(unknown("tagger", tagger, TAGGERS))
    if seeds < 1:
        raise ConfigError(f"--seeds {seeds}: at least one seed is needed")
    if vectors is not None and tagger != "bilstm-crf":
        raise ConfigError("--vectors is for --tagger bilstm-crf; the other taggers have an encoder")
    if vectors is not None and not os.path.isfile(vectors):
        raise ConfigError(f"--vectors {vectors}: no such file")
    _check_options(options)
    resolved = resolve(encoder) if tagger in NEEDS_ENCODER else None
    source = source or dataset.source
    targets = [name for name in dataset.targets if name != source]
    if not domains and not targets:
        raise ConfigError(f"data {dataset.name} holds no domain but the source {source}; a target is needed")
    runs = []
    for domain in domains or targets:
        for regime in regimes:
            needs_source = regime != "direct"
            if needs_source and source is None:
                raise ConfigError(
                    f"regime {regime} needs a source domain; name it with --source ({', '.join(dataset.names)})"
                )
            if needs_source and source == domain:
                raise ConfigError(f"domain {domain} cannot be its own source in regime {regime}")
            for seed in range(1, seeds + 1):
                config = _configure(
                    domain,
                    regime,
                    tagger,
                    resolved,
                    seed,
                    shots,
                    source if needs_source else None,
                    sha256(vectors) if vectors else None,
                    options,
                )
                choose_shots(config, dataset.domain(domain))
                runs.append(make_run(config, dataset, resolved, targets=targets))
    return Grid(dataset, runs, resolved, vectors)


def _check_options(options):
    for name, valid in (("select", SELECTIONS), ("decoding", DECODINGS)):
        if options.get(name) is not None and options[name] not in valid:
            raise ConfigError(unknown(name, options[name], valid))
    for name in ("source_epochs", "target_weight"):
        if options.get(name) is not None and options[name] < 1:
            raise ConfigError(f"--{name.replace('_', '-')} {options[name]}: must be a number greater than 0")


def _configure(domain, regime, tagger, encoder, seed, shots, source, vectors, options) -> RunConfig:
    chosen = {key: value for key, value in options.items() if value is not None}
    source_epochs = chosen.pop("source_epochs", None)
    target_weight = chosen.pop("target_weight", TARGET_WEIGHT)
    decoding = chosen.pop("decoding", DECODINGS[0])
    large = encoder is not None and encoder.hidden_size >= 768
    return RunConfig(
        domain=domain,
        regime=regime,
        tagger=tagger,
        encoder=encoder and encoder.name,
        seed=seed,
        shots=shots,
        source=source,
        schedule=default_schedule(tagger, regime, large=large, **chosen),
        source_schedule=default_source_schedule(tagger, large=large, epochs=source_epochs)
        if regime == "pretrain-finetune"
        else None,
        target_weight=target_weight if regime == "joint" else None,
        vectors=vectors,
        decoding=decoding if tagger == "linear" else None,
    )


def run_grid(grid, store, *, keep_models=False, progress=None):
    """Do what is missing of a grid.

    Runs that another process has under way are left to it and looked at again at the end.

    Parameters
    ----------
    grid : Grid
    store : Store
    keep_models : bool
        Also store the weights.
    progress : callable, optional
        See `crossner.transfer.run.execute`.

    Yields
    ------
    run : Run
    record : dict or None
        None for a run that was in the store before.

    Raises
    ------
    StoreError
        Before any training, if the store holds runs on other data.
    """
    store.check(grid.dataset)
    waiting = list(grid.runs)
    for wait in (False, True):
        postponed = []
        for run in waiting:
            with store.lock(run, wait=wait) as held:
                if not held:
                    postponed.append(run)
                elif store.has(run, model=keep_models):
                    yield run, None
                else:
                    record, predictions, tagger = execute(
                        run, grid.dataset, encoder=grid.encoder, vectors=grid.vectors, progress=progress
                    )
                    store.write(run, record, predictions, tagger if keep_models else None)
                    yield run, record
        waiting = postponed


def evaluate(data="crossner", *, out, keep_models=False, progress=terminal_progress, **options) -> dict:
    """Evaluate transfer between domains: plan the grid, do what is missing of it, make the table.

    Parameters
    ----------
    data : str or path-like
        `crossner`, `sample`, or a folder of `<domain>/{train,dev,test}.txt`.
    out : path-like
        Where runs are stored. Called again with the same folder, only missing runs are done.
    keep_models : bool
        Also store the weights.
    progress : callable, optional
        See `crossner.transfer.run.execute`; None for silence.
    **options
        See `make_grid`.

    Returns
    -------
    dict
        See `crossner.report.table.make_table`; over all runs in the folder.

    Raises
    ------
    CrossnerError
    """
    store = Store(out)
    grid = make_grid(load(data), **options)
    for _ in run_grid(grid, store, keep_models=keep_models, progress=progress):
        pass
    return make_table(store.records())
