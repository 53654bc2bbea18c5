"""How long and how fast a tagger is trained, and what is good where nothing is said."""

from __future__ import annotations

from dataclasses import dataclass

from crossner.errors import ConfigError


@dataclass(frozen=True)
class Schedule:
    """How a tagger is trained.

    Attributes
    ----------
    epochs : int
    lr, head_lr : float
        Peak learning rates of the encoder and of the head.
    batch_tokens : int
        Subwords a batch, padding included.
    warmup : float
        Share of the training in which the rates rise linearly; they fall linearly to 0 after.
    weight_decay : float
        Of weight matrices; not of biases, normalisation and embeddings.
    select : {"dev", "last"}
        Keep the epoch of the best dev F1 (the first of equals), or the last one without looking
        at dev.
    patience : int
        With `select="dev"`: stop after so many epochs without a better dev F1.
    clip : float
        Largest norm of a step's gradient.
    """

    epochs: int
    lr: float
    head_lr: float
    batch_tokens: int = 256
    warmup: float = 0.1
    weight_decay: float = 0.01
    select: str = "last"
    patience: int = 5
    clip: float = 1.0

    def __post_init__(self):
        for name in ("epochs", "lr", "head_lr", "batch_tokens", "patience"):
            if not 0 < getattr(self, name) < float("inf"):
                option = name.replace("_", "-")
                raise ConfigError(f"--{option} {getattr(self, name)}: must be a number greater than 0")


# Small transformers: chosen on the dev splits of CrossNER's ai and literature, with one seed. Not
# tuned: joint, large encoders, and bilstm-crf, whose rates were only raised until its loss fell.
def default_schedule(tagger, regime, *, large=False, **options) -> Schedule:
    """The schedule of a target's fit.

    Parameters
    ----------
    tagger, regime : str
    large : bool
        Whether the encoder is of base size (768 or wider), which wants a smaller rate.
    **options
        Attributes of `Schedule` to use in place of the defaults.
    """
    if tagger == "bilstm-crf":
        defaults = {
            "epochs": 5 if regime == "joint" else 40,
            "lr": 5e-3,
            "head_lr": 5e-3,
            "batch_tokens": 128,
        }
    else:
        defaults = {
            "epochs": 1 if regime == "joint" else 30,
            "lr": 5e-5 if large else 2e-4 if regime == "joint" else 1e-4,
            "head_lr": 1e-3 if large else 2e-3,
            "batch_tokens": 512 if regime == "joint" else 256,
        }
    return Schedule(**defaults | {key: value for key, value in options.items() if value is not None})


def default_source_schedule(tagger, *, large=False, epochs=None) -> Schedule:
    """The schedule of the source stage, without looking at dev.

    One epoch for a transformer: on the dev splits of ai and literature, two and four gave better
    taggers of the source and worse ones of the target.
    """
    if epochs is None:
        epochs = 5 if tagger == "bilstm-crf" else 1
    if tagger == "bilstm-crf":
        return Schedule(epochs=epochs, lr=5e-3, head_lr=5e-3, batch_tokens=256)
    return Schedule(
        epochs=epochs,
        lr=5e-5 if large else 2e-4,
        head_lr=1e-3 if large else 2e-3,
        batch_tokens=512,
    )
