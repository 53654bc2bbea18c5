"""One fit: batches, optimiser, schedule, best epoch."""

from __future__ import annotations

import random
import time
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch

from crossner.scoring.spans import micro_f1
from crossner.tagging.batching import token_batches
from crossner.tagging.subwords import EmbeddingSubset, vocabulary_subset


@dataclass
class Fit:
    """What happened in a fit.

    Attributes
    ----------
    losses : list of float
        Mean training loss a token, an entry an epoch.
    dev_f1 : list of float
        Strict micro F1 on dev in percent, an entry an epoch; empty with `select="last"`.
    best_epoch : int
        From 1; the epoch whose weights the tagger has.
    seconds : float
    sentences : int
        Sentences seen, repetitions included.
    """

    losses: list[float] = field(default_factory=list)
    dev_f1: list[float] = field(default_factory=list)
    best_epoch: int = 0
    seconds: float = 0.0
    sentences: int = 0


def set_seed(seed):
    """Fix every generator that building and training draw from."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def fit(tagger, train, dev, schedule, *, seed, progress=None, title="training") -> Fit:
    """Train a tagger in place.

    Parameters
    ----------
    tagger : crossner.tagging.tagger.Tagger
    train, dev : sequence of Sentence
        `dev` is read only with `select="dev"`.
    schedule : Schedule
    seed : int
        Of batches and dropout. The same seed gives the same weights on the same CPU and number
        of threads.
    progress : callable, optional
        `progress(title, total)` gives a context manager that is told of steps and epochs, such
        as `crossner.transfer.progress.terminal_progress`.
    title : str
        For the progress bar.

    Returns
    -------
    Fit
    """
    begin = time.perf_counter()
    set_seed(seed)
    use_dev = schedule.select == "dev"
    examples = tagger.encode(train)
    dev_examples = tagger.encode(dev) if use_dev else []
    report = Fit()
    shown = progress(title, schedule.epochs * len(examples)) if progress else nullcontext()
    with _trainable_vocabulary(tagger, examples + dev_examples), shown as bar:
        optimizer = _optimizer(tagger, schedule)
        scheduler = _Linear(optimizer, schedule.warmup, schedule.epochs * len(examples))
        best, best_state = -1.0, None
        for epoch in range(1, schedule.epochs + 1):
            report.losses.append(_epoch(tagger, examples, schedule, optimizer, scheduler, f"{seed}/{epoch}", bar))
            report.sentences += len(examples)
            if not use_dev:
                report.best_epoch = epoch
                continue
            f1 = micro_f1(dev, [tagged.tags for tagged in tagger.predict(dev_examples)])
            report.dev_f1.append(f1)
            if f1 > best:
                best, report.best_epoch = f1, epoch
                best_state = {name: tensor.detach().clone() for name, tensor in tagger.model.state_dict().items()}
            if bar:
                bar.epoch(report)
            if epoch - report.best_epoch >= schedule.patience:
                break
        if best_state is not None:
            tagger.model.load_state_dict(best_state)
    tagger.model.eval()
    report.seconds = time.perf_counter() - begin
    return report


def _epoch(tagger, examples, schedule, optimizer, scheduler, seed, bar) -> float:
    tagger.model.train()
    total = 0.0
    for batch in token_batches([example.cost for example in examples], schedule.batch_tokens, seed=seed):
        loss = tagger.loss([examples[index] for index in batch])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tagger.model.parameters(), schedule.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        scheduler.advance(len(batch))
        value = loss.item()
        total += value * len(batch)
        if bar:
            bar.step(len(batch), value)
    return total / len(examples)


def _trainable_vocabulary(tagger, examples):
    if tagger.encoder is None:
        return nullcontext()
    tokenizer = tagger.features.tokenizer
    return vocabulary_subset(
        tagger.encoder, (e.features for e in examples), special_ids=[tokenizer.pad_token_id or 0]
    )


def _optimizer(tagger, schedule):
    embeddings = (torch.nn.Embedding, EmbeddingSubset)
    undecayed = {id(m.weight) for m in tagger.model.modules() if isinstance(m, embeddings)}
    groups = []
    for parameters, lr in (
        (tagger.encoder_parameters(), schedule.lr),
        (tagger.head_parameters(), schedule.head_lr),
    ):
        decayed = [p for p in parameters if p.ndim > 1 and id(p) not in undecayed]
        plain = [p for p in parameters if p.ndim <= 1 or id(p) in undecayed]
        groups += [
            {"params": decayed, "lr": lr, "weight_decay": schedule.weight_decay},
            {"params": plain, "lr": lr, "weight_decay": 0.0},
        ]
    return torch.optim.AdamW(groups, fused=True)


class _Linear:
    """Warm-up and decay by sentences seen: batches hold different numbers of sentences."""

    def __init__(self, optimizer, warmup, total):
        self.optimizer = optimizer
        self.peaks = [group["lr"] for group in optimizer.param_groups]
        self.warmup, self.total, self.seen = warmup * total, total, 0
        self.advance(0)

    def advance(self, sentences):
        self.seen += sentences
        # Half a sentence ahead, so that neither the first nor the last step has rate 0.
        position = min(self.seen + 0.5, self.total - 0.5)
        rising = position / self.warmup if self.warmup else 1.0
        falling = (self.total - position) / (self.total - self.warmup)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * min(rising, falling, 1.0)
