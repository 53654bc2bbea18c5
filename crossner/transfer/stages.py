"""Source stages: trained once, kept in the cache, shared by all targets and later runs."""

from __future__ import annotations

import json
from dataclasses import dataclass

from crossner.data.source import cache_subfolder
from crossner.errors import StoreError
from graphmining.atomic import new_folder


@dataclass(frozen=True)
class Stage:
    """A tagger's weights below the head after training on the source.

    Attributes
    ----------
    state : dict of str to Tensor
    vocabulary : dict or None
        Of a tagger without pre-trained encoder.
    record : dict
        `id`, source domain, strict micro F1 on its dev and test split in percent, seconds.
    """

    state: dict
    vocabulary: dict | None
    record: dict


def load_or_train(run, task, progress) -> Stage:
    """The source stage of a run: from the cache, or trained now and put there.

    A second process that needs the same stage waits for the first.

    Raises
    ------
    StoreError
        If what is in the cache is damaged.
    """
    from filelock import FileLock
    from safetensors import SafetensorError
    from safetensors.torch import load_file, save_file

    from crossner.scoring.spans import micro_f1
    from crossner.transfer.regimes import source_stage

    folder = cache_subfolder("stages") / run.stage_identity[:20]
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            tagger, fit = source_stage(task, progress)
            scores = {
                split.name: round(
                    micro_f1(split.sentences, [t.tags for t in tagger.predict(tagger.encode(split.sentences))]),
                    4,
                )
                for split in (task.source.dev, task.source.test)
            }
            record = {
                "id": run.stage_identity,
                "source": task.source.name,
                "strict_f1": scores,
                "training_seconds": round(fit.seconds, 2),
            }
            with new_folder(folder) as scratch:
                save_file(
                    {k: v.contiguous() for k, v in tagger.encoder_state().items()},
                    scratch / "weights.safetensors",
                )
                (scratch / "stage.json").write_text(
                    json.dumps({"record": record, "vocabulary": tagger.vocabulary}), encoding="utf-8"
                )
    try:
        meta = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
        return Stage(load_file(folder / "weights.safetensors"), meta["vocabulary"], meta["record"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise StoreError(
            f"{folder}: the source stage in the cache cannot be read ({error}); remove the folder and run again"
        ) from None
