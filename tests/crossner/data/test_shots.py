"""Few-shot subsets: nested, seeded, and covering the types as the definition says, step by step."""

import random
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.data.domains import TARGET_NAMES
from crossner.data.shots import k_shot
from crossner.data.types import Sentence
from crossner.errors import ConfigError


def sentence_with(types):
    return Sentence(("x",) * (len(types) + 1), (*(f"B-{type_}" for type_ in types), "O"))


corpora = st.lists(st.lists(st.sampled_from("abcdef"), max_size=3).map(sentence_with), min_size=1, max_size=12)
seeds = st.integers(0, 5)


@given(corpora, seeds)
def test_all_shots_are_all_sentences_once(sentences, seed):
    assert sorted(k_shot(sentences, len(sentences), seed=seed)) == list(range(len(sentences)))


@given(corpora, seeds)
def test_a_larger_choice_begins_with_the_smaller_one(sentences, seed):
    full = k_shot(sentences, len(sentences), seed=seed)
    for shots in range(1, len(sentences) + 1):
        assert k_shot(sentences, shots, seed=seed) == full[:shots]


@given(corpora, seeds)
@settings(max_examples=200)
def test_each_choice_holds_the_rarest_missing_type_and_the_most_others(sentences, seed):
    types = [{span.type for span in sentence.spans} for sentence in sentences]
    frequency = Counter(type_ for found in types for type_ in found)
    missing, left = set(frequency), set(range(len(sentences)))
    for index in k_shot(sentences, len(sentences), seed=seed):
        if missing:
            rarest = min(frequency[type_] for type_ in missing)
            gains = {
                type_: max(len(types[other] & missing) for other in left if type_ in types[other])
                for type_ in missing
                if frequency[type_] == rarest
            }
            assert any(
                type_ in types[index] and len(types[index] & missing) == most for type_, most in gains.items()
            )
        missing -= types[index]
        left.remove(index)


@pytest.mark.parametrize("name", TARGET_NAMES)
def test_as_many_shots_as_types_cover_them_all(name, sample):
    domain = sample.domain(name)
    chosen = k_shot(domain.train.sentences, len(domain.types), seed=1)
    assert {span.type for index in chosen for span in domain.train.sentences[index].spans} == set(domain.types)


def test_the_seed_decides(sample):
    sentences = sample.domain("ai").train.sentences
    choices = [tuple(k_shot(sentences, 20, seed=seed)) for seed in range(5)]
    assert len(set(choices)) == 5
    assert choices == [tuple(k_shot(sentences, 20, seed=seed)) for seed in range(5)]


def test_other_randomness_is_neither_used_nor_changed(sample):
    sentences = sample.domain("ai").train.sentences
    random.seed(1)
    state = random.getstate()
    first = k_shot(sentences, 10, seed=3)
    assert random.getstate() == state
    random.seed(2)
    assert k_shot(sentences, 10, seed=3) == first


def test_every_process_chooses_the_same(monkeypatch):
    code = (
        "from crossner.data.dataset import load; from crossner.data.shots import k_shot; "
        "print(k_shot(load('sample').domain('science').train.sentences, 30, seed=1))"
    )
    outputs = set()
    for hash_seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", hash_seed)
        outputs.add(
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        )
    assert len(outputs) == 1


@pytest.mark.parametrize("shots", [0, -1, 4])
def test_a_number_out_of_range_is_refused_with_the_range(shots):
    with pytest.raises(ConfigError, match=f"--shots {shots} is out of range; the train split has 3 sentences"):
        k_shot([sentence_with("a")] * 3, shots, seed=1)
