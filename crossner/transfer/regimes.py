"""Regimes: what is trained on what, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crossner import tagging
from crossner.data.types import Domain, Sentence
from crossner.tagging.encoders import Encoder
from crossner.transfer.schedules import Schedule
from crossner.transfer.training import Fit, fit, set_seed


@dataclass(frozen=True)
class Task:
    """All that a regime trains from.

    Attributes
    ----------
    target : Domain
    train : tuple of Sentence
        The target's train sentences in use: the whole split, or a k-shot subset.
    source : Domain or None
    tagger : str
    encoder : Encoder or None
    vectors : str or None
        Word vectors file, for `bilstm-crf`.
    schedule : Schedule
        Of the target's fit.
    source_schedule : Schedule or None
        Of the source stage.
    target_weight : int
        How often a target sentence occurs in an epoch of `joint`.
    decoding : str or None
        Of a tagger without CRF.
    seed : int
    """

    target: Domain
    train: tuple[Sentence, ...]
    source: Domain | None
    tagger: str
    encoder: Encoder | None
    vectors: str | None
    schedule: Schedule
    source_schedule: Schedule | None
    target_weight: int
    decoding: str | None
    seed: int


@dataclass(frozen=True)
class Regime:
    """A way to train.

    Attributes
    ----------
    name : str
    summary : str
    needs_source : bool
    has_stage : bool
        Whether a tagger trained on the source alone comes first, shared by all targets.
    run : callable
        `run(task, stage, progress)` gives a trained tagger and its `Fit`; `stage` is what
        `source_stage` gave, or None.
    """

    name: str
    summary: str
    needs_source: bool
    has_stage: bool
    run: Callable


def direct(task, stage, progress):
    """Train on the target's train split alone."""
    tagger = _build(task, task.target.types, task.train)
    return tagger, _fit(task, tagger, task.train, progress)


def pretrain_finetune(task, stage, progress):
    """Train on the source, then on the target: the encoder travels, the head is new."""
    tagger = _build(task, task.target.types, (*task.source.train.sentences, *task.train))
    tagger.load_encoder_state(stage.state, stage.vocabulary)
    return tagger, _fit(task, tagger, task.train, progress)


def joint(task, stage, progress):
    """Train on the source and the repeated target at once, over the types of both."""
    types = (*task.target.types, *(t for t in task.source.types if t not in task.target.types))
    train = (*task.source.train.sentences, *task.train * task.target_weight)
    tagger = _build(task, types, train)
    return tagger, _fit(task, tagger, train, progress)


def source_stage(task, progress) -> tuple[tagging.tagger.Tagger, Fit]:
    """Train on the source's train split alone; the first stage of `pretrain-finetune`."""
    tagger = _build(task, task.source.types, task.source.train.sentences)
    return tagger, fit(
        tagger,
        task.source.train.sentences,
        task.source.dev.sentences,
        task.source_schedule,
        seed=task.seed,
        progress=progress,
        title=f"{task.source.name} · source stage · seed {task.seed}",
    )


def _fit(task, tagger, train, progress):
    return fit(
        tagger,
        train,
        task.target.dev.sentences,
        task.schedule,
        seed=task.seed,
        progress=progress,
        title=f"{task.target.name} · seed {task.seed}",
    )


def _build(task, types, sentences):
    set_seed(task.seed)
    return tagging.build(
        task.tagger,
        types,
        encoder=task.encoder,
        sentences=sentences,
        vectors=task.vectors,
        decoding=task.decoding,
    )


REGIMES = {
    regime.name: regime
    for regime in (
        Regime("direct", "the target's train split alone", False, False, direct),
        Regime("pretrain-finetune", "the source, then the target", True, True, pretrain_finetune),
        Regime("joint", "the source and the repeated target at once", True, False, joint),
    )
}
