"""One run: its configuration, its identity, and carrying it out."""

from __future__ import annotations

import ast
import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from crossner.data.shots import k_shot
from crossner.errors import ConfigError
from crossner.transfer.schedules import Schedule

# What decides the predictions. A change of what one of these files does makes a new run.
CODE = (
    "data/conll.py",
    "data/spans.py",
    "data/shots.py",
    "data/flair.py",
    "tagging/batching.py",
    "tagging/tagger.py",
    "transfer/regimes.py",
    "transfer/training.py",
    "scoring/spans.py",
)
TRANSFORMER_CODE = ("tagging/linear.py", "tagging/subwords.py", "tagging/onednn.py")
TAGGER_CODE = {
    "linear": (*TRANSFORMER_CODE, "tagging/decoding.py"),
    "crf": (*TRANSFORMER_CODE, "tagging/crf.py"),
    "bilstm-crf": ("tagging/bilstm_crf.py", "tagging/crf.py", "tagging/onednn.py"),
}


@dataclass(frozen=True)
class RunConfig:
    """What a run is to do.

    Attributes
    ----------
    domain : str
        The target.
    regime, tagger : str
    encoder : str or None
        Name for tables; None for `bilstm-crf`.
    seed : int
    shots : int or None
        Number of target train sentences; None for all.
    source : str or None
        The source domain, where the regime has one.
    schedule : Schedule
    source_schedule : Schedule or None
        Of the source stage.
    target_weight : int or None
        For `joint`.
    vectors : str or None
        SHA-256 of the word vectors file, for `bilstm-crf`.
    decoding : str or None
        For `linear`.
    """

    domain: str
    regime: str
    tagger: str
    encoder: str | None
    seed: int
    shots: int | None
    source: str | None
    schedule: Schedule
    source_schedule: Schedule | None = None
    target_weight: int | None = None
    vectors: str | None = None
    decoding: str | None = None


@dataclass(frozen=True)
class Run:
    """A configuration on given data with a given encoder.

    Attributes
    ----------
    config : RunConfig
    data : dict
        `name`, `revision`, `targets`, and `sha256` of each split that is read.
    encoder : dict or None
        `name`, `path` and `sha256` of the weights.
    """

    config: RunConfig
    data: dict
    encoder: dict | None

    @property
    def identity(self) -> str:
        """Hexadecimal hash of data, configuration and code."""
        return _digest(
            {
                "data": self.data["sha256"],
                "config": asdict(self.config),
                "encoder": self.encoder and (self.encoder["sha256"] or self.encoder["name"]),
                "code": code_fingerprint(self.config.tagger),
            }
        )

    @property
    def stage_identity(self) -> str:
        """Hash of what the source stage depends on: the same for every target."""
        own = replace(
            self.config, domain="", regime="", shots=None, schedule=None, target_weight=None, decoding=None
        )
        return _digest(
            {
                "data": {k: v for k, v in self.data["sha256"].items() if k.startswith(f"{self.config.source}/")},
                "config": asdict(own),
                "encoder": self.encoder and (self.encoder["sha256"] or self.encoder["name"]),
                "code": code_fingerprint(self.config.tagger),
            }
        )

    @property
    def folder(self) -> str:
        """Name of the run's folder: readable, and ending in its identity."""
        config = self.config
        shots = "all" if config.shots is None else f"{config.shots}shot"
        parts = (config.domain, config.regime, config.tagger, config.encoder, shots, f"seed{config.seed}")
        name = "-".join([part for part in parts if part] + [self.identity[:12]])
        return name.replace("/", "_")  # of a hub name


def make_run(config, dataset, encoder, *, targets) -> Run:
    """Bind a configuration to its data; reads and checks the files it needs.

    Parameters
    ----------
    config : RunConfig
    dataset : Dataset
    encoder : Encoder or None
    targets : list of str
        The domains that an average is taken over.
    """
    sha256 = {}
    for name in filter(None, (config.domain, config.source)):
        for split in dataset.domain(name).splits:
            sha256[f"{name}/{split.name}"] = split.sha256
    data = {
        "name": dataset.name,
        "revision": dataset.revision,
        "targets": targets,
        "sha256": sha256,
    }
    return Run(config, data, encoder and {"name": encoder.name, "path": encoder.path, "sha256": encoder.sha256})


def choose_shots(config, domain) -> list[int] | None:
    """Numbers of the train sentences that a run uses; None for all."""
    if config.shots is None:
        return None
    try:
        return k_shot(domain.train.sentences, config.shots, seed=config.seed)
    except ConfigError as error:
        raise ConfigError(f"{error} ({domain.name})") from None


def execute(run, dataset, *, encoder=None, vectors=None, progress=None):
    """Train, tag the test split, score.

    Parameters
    ----------
    run : Run
    dataset : Dataset
    encoder : Encoder, optional
    vectors : path-like, optional
    progress : callable, optional
        `progress(title, total)` gives a context manager with `step` and `epoch`.

    Returns
    -------
    record : dict
        Configuration, scores, history, timings, environment: all JSON.
    predictions : dict
        Spans by sentence number, without text.
    tagger : Tagger
    """
    from crossner.scoring.predictions import predictions_record
    from crossner.scoring.score import score
    from crossner.scoring.spans import micro_f1
    from crossner.tagging.confidences import span_confidences
    from crossner.transfer.environment import environment
    from crossner.transfer.regimes import REGIMES, Task
    from crossner.transfer.stages import load_or_train

    config = run.config
    domain = dataset.domain(config.domain)
    regime = REGIMES[config.regime]
    chosen = choose_shots(config, domain)
    sentences = domain.train.sentences
    task = Task(
        target=domain,
        train=sentences if chosen is None else tuple(sentences[index] for index in chosen),
        source=dataset.domain(config.source) if config.source else None,
        tagger=config.tagger,
        encoder=encoder,
        vectors=vectors,
        schedule=config.schedule,
        source_schedule=config.source_schedule,
        target_weight=config.target_weight,
        decoding=config.decoding,
        seed=config.seed,
    )
    stage = load_or_train(run, task, progress) if regime.has_stage else None
    tagger, fit = regime.run(task, stage, progress)

    begin = time.perf_counter()
    examples = tagger.encode(domain.test.sentences)
    predicted = tagger.predict(examples)
    seconds = time.perf_counter() - begin
    confidences = span_confidences(tagger, examples, predicted)
    dev = tagger.predict(tagger.encode(domain.dev.sentences))
    record = {
        "format": 1,
        "id": run.identity,
        "code": code_fingerprint(config.tagger),
        "data": run.data,
        "config": asdict(config),
        "encoder": run.encoder and {k: v for k, v in run.encoder.items() if k != "path"},
        "shots": chosen,
        "scores": {
            "test": score([s.tags for s in domain.test.sentences], [t.tags for t in predicted]),
            "dev": {"strict": {"f1": round(micro_f1(domain.dev.sentences, [t.tags for t in dev]), 4)}},
        },
        "fit": {
            "losses": [round(loss, 5) for loss in fit.losses],
            "dev_f1": [round(f1, 4) for f1 in fit.dev_f1],
            "best_epoch": fit.best_epoch,
        },
        "stage": stage and stage.record,
        "timings": {
            "training_seconds": round(fit.seconds, 2),
            "training_sentences_per_second": round(fit.sentences / fit.seconds, 2),
            "tagging_seconds": round(seconds, 2),
            "tagging_sentences_per_second": round(len(domain.test) / seconds, 2),
        },
        "environment": environment(),
    }
    return record, predictions_record(run, domain.test, predicted, confidences), tagger


@cache
def code_fingerprint(tagger) -> str:
    """Hash of the code that decides a tagger's predictions, blind to comments, docstrings and layout."""
    package = Path(__file__).parent.parent
    files = (*CODE, *TAGGER_CODE[tagger])
    return _digest({name: _bare_code((package / name).read_text(encoding="utf-8")) for name in files})[:16]


def _bare_code(source):
    """A module's syntax tree as lists, without docstrings; the same for every version of Python."""
    return _bare(ast.parse(source))


def _bare(node):
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = dict(ast.iter_fields(node))
    if _has_docstring(node):
        fields["body"] = node.body[1:]
    # Newer versions of Python add fields, empty where the syntax is old.
    return [type(node).__name__, {name: _bare(value) for name, value in fields.items() if value not in (None, [])}]


def _has_docstring(node) -> bool:
    """Whether a module, class or function begins with a docstring."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def _digest(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
