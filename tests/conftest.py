"""What all tests share: no network, a cache of their own, a tiny encoder, the options of tests/evaluation."""

import os

# Read when libraries are imported: no hub, no threads that wait by spinning, the same arithmetic everywhere.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("FLAIR_DEVICE", "cpu")

from collections import Counter

import pytest


def pytest_addoption(parser):
    group = parser.getgroup("evaluation", "options of tests/evaluation")
    group.addoption("--data", default="sample", help="sample, crossner or a folder (default sample)")
    group.addoption("--domains", nargs="+", default=["ai"], help="targets (default ai)")
    group.addoption("--regimes", nargs="+", default=["direct"], help="regimes (default direct)")
    group.addoption("--tagger", default="linear", help="default linear")
    group.addoption("--encoder", default="minilm", help="default minilm")
    group.addoption("--seeds", type=int, default=1, help="number of seeds (default 1)")


@pytest.fixture(autouse=True)
def isolated_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setenv("CROSSNER_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def sample():
    """The built-in corpus."""
    from crossner.data.dataset import load

    return load("sample")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory, sample):
    """Folder of a random BERT of 2 layers, 32 wide, 128 positions, that knows the sample's words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoders") / "tiny"
    folder.mkdir()
    sentences = [s for name in sample.names for split in sample.domain(name).splits for s in split.sentences]
    counts = Counter(token.lower() for sentence in sentences for token in sentence.tokens)
    characters = sorted({character for word in counts for character in word})
    words = sorted(word for word, count in counts.items() if count > 2 and len(word) > 1)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{c}" for c in characters), *words]
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    BertTokenizerFast(vocab_file=str(vocabulary), model_max_length=128).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    return folder
