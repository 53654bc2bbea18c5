"""Taggers on disk: safetensors and JSON, no pickle.

model/
  tagger.json           architecture, entity types, vocabulary
  head.safetensors      all weights but the transformer's
  encoder/              the transformer and its tokenizer, as transformers saves them
"""

from __future__ import annotations

import json
from pathlib import Path

from crossner import tagging
from crossner.errors import StoreError
from crossner.tagging.encoders import Encoder

ENCODER_PREFIX = "embeddings.model."


def save(tagger, folder):
    """Write a tagger into an existing folder."""
    from safetensors.torch import save_file

    folder = Path(folder)
    if tagger.encoder is not None:
        tagger.encoder.save_pretrained(folder / "encoder")
        tagger.model.embeddings.tokenizer.save_pretrained(folder / "encoder")
    rest = {
        name: tensor.contiguous()
        for name, tensor in tagger.model.state_dict().items()
        if tagger.encoder is None or not name.startswith(ENCODER_PREFIX)
    }
    save_file(rest, folder / "head.safetensors")
    meta = {
        "tagger": tagger.name,
        "types": tagger.types,
        "vocabulary": tagger.vocabulary,
        "decoding": tagger.decoding,
    }
    (folder / "tagger.json").write_text(json.dumps(meta), encoding="utf-8")


def load(folder):
    """Read a tagger back.

    Parameters
    ----------
    folder : path-like
        A folder that `save` wrote, or a run's folder with `model/` in it.

    Returns
    -------
    Tagger

    Raises
    ------
    StoreError
        If there is no tagger, or not a whole one.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(folder)
    if (folder / "model").is_dir():
        folder = folder / "model"
    try:
        meta = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
        name, types, vocabulary, decoding = (meta[key] for key in ("tagger", "types", "vocabulary", "decoding"))
        weights = load_file(folder / "head.safetensors")
    except FileNotFoundError:
        raise StoreError(
            f"{folder}: holds no tagger; `crossner run --keep-models` keeps those it trains"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise StoreError(f"{folder}: the tagger cannot be read ({error})") from None
    encoder = None if vocabulary is not None else Encoder(name, str(folder / "encoder"), None)
    if encoder is not None and not (folder / "encoder").is_dir():
        raise StoreError(f"{folder}: the tagger cannot be read (no folder encoder/ in it)")
    try:
        tagger = tagging.build(name, types, encoder=encoder, vocabulary=vocabulary, decoding=decoding)
        result = tagger.model.load_state_dict(weights, strict=False)
    except Exception as error:  # whatever Flair, transformers or PyTorch make of files that do not fit
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise StoreError(f"{folder}: the tagger cannot be read ({reason[0]})") from None
    if result.unexpected_keys or any(not key.startswith(ENCODER_PREFIX) for key in result.missing_keys):
        raise StoreError(f"{folder}: the weights do not fit the tagger that tagger.json describes")
    tagger.model.eval()
    return tagger
