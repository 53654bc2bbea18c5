"""The registry against the real files, and the built-in sample against what is promised of it."""

import re
from collections import Counter

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from crossner.data import domains
from crossner.data.conll import format_conll
from crossner.data.dataset import load
from crossner.data.domains import DOMAINS, SPLITS, TARGET_NAMES, TARGETS
from crossner.data.source import sha256

# Entities of the test split, counted with another script at the pinned revision.
TEST_ENTITIES = {
    "politics": 4209,
    "science": 3089,
    "music": 3336,
    "literature": 2266,
    "ai": 1809,
    "conll2003": 5628,
}
SAMPLE_DOMAINS = (*TARGET_NAMES, "news")


@pytest.fixture(scope="module")
def real(real_folder):
    """The real files, read once."""
    return load(real_folder)


every_domain = pytest.mark.parametrize("info", DOMAINS.values(), ids=list(DOMAINS))
every_sample_domain = pytest.mark.parametrize("name", SAMPLE_DOMAINS)


def columns(path):
    """Sentences of (token, tag), read without the package."""
    blocks = re.split("\n{2,}", path.read_text(encoding="utf-8").strip())
    return [[tuple(line.split("\t")) for line in block.split("\n")] for block in blocks]


@every_domain
def test_an_entry_is_complete(info):
    assert len(set(info.types)) == len(info.types)
    assert all(re.fullmatch("[a-z]+", type_) for type_ in info.types)
    assert tuple(info.sizes) == tuple(info.sha256) == SPLITS
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in info.sha256.values())
    assert info.licence
    assert re.search(r"20(03|21)\.", info.citation)


def test_the_five_targets_have_39_types_and_share_five():
    assert [info.name for info in TARGETS] == ["politics", "science", "music", "literature", "ai"]
    assert [len(info.types) for info in TARGETS] == [9, 17, 13, 12, 14]
    assert len(set().union(*(info.types for info in TARGETS))) == 39
    shared = set.intersection(*(set(info.types) for info in TARGETS))
    assert shared == {"person", "organisation", "location", "country", "misc"}


def test_the_source_is_pinned():
    assert re.fullmatch("[0-9a-f]{40}", domains.REVISION)
    assert domains.REVISION in domains.BASE_URL
    assert len({digest for info in DOMAINS.values() for digest in info.sha256.values()}) == 18


@every_domain
def test_checksums_and_sizes_are_those_of_the_files(info, real_folder):
    for split in SPLITS:
        path = real_folder / info.name / f"{split}.txt"
        assert sha256(path) == info.sha256[split]
        assert len(columns(path)) == info.sizes[split]


@every_domain
def test_types_and_entities_are_those_of_the_files(info, real_folder):
    tags = {
        split: [[tag for _, tag in sentence] for sentence in columns(real_folder / info.name / f"{split}.txt")]
        for split in SPLITS
    }
    found = {tag[2:] for sentences in tags.values() for sentence in sentences for tag in sentence if tag != "O"}
    assert found == set(info.types)
    assert sum(len(get_entities(sentence)) for sentence in tags["test"]) == TEST_ENTITIES[info.name]


@every_domain
def test_the_real_files_are_well_formed_and_written_as_they_were_read(info, real, real_folder):
    for split in real.domain(info.name).splits:  # an orphan tag would be a DataError
        text = (real_folder / info.name / f"{split.name}.txt").read_text(encoding="utf-8")
        # CoNLL-2003 has a second blank line between documents.
        assert format_conll(split.sentences) == re.sub("\n{2,}", "\n\n", text.strip()) + "\n"


def test_the_sample_has_the_five_domains_and_news():
    assert load("sample").names == SAMPLE_DOMAINS


@every_sample_domain
def test_the_sample_is_as_large_as_promised(name):
    least = (60, 15, 30) if name == "news" else (30, 15, 30)
    sizes = [len(split) for split in load("sample").domain(name).splits]
    assert all(size >= bound for size, bound in zip(sizes, least, strict=True)), sizes


@every_sample_domain
def test_every_type_occurs_in_train_and_test_of_the_sample(name):
    domain = load("sample").domain(name)
    for split in (domain.train, domain.test):
        assert {span.type for sentence in split.sentences for span in sentence.spans} == set(domain.types)


def test_no_sentence_of_the_sample_occurs_twice():
    sample = load("sample")
    counts = Counter(
        sentence.tokens
        for name in sample.names
        for split in sample.domain(name).splits
        for sentence in split.sentences
    )
    assert [" ".join(tokens) for tokens, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", TARGET_NAMES)  # news has datelines
def test_the_sample_reads_as_prose(name):
    for split in load("sample").domain(name).splits:
        for sentence in split.sentences:
            assert sentence.tokens[-1] in {".", "!", "?", '"', "''", ")"}, " ".join(sentence.tokens)
            assert len(sentence) >= 5


@every_sample_domain
def test_no_sentence_of_the_sample_comes_from_crossner(name, real):
    taken = {s.tokens for domain in real.names for split in real.domain(domain).splits for s in split.sentences}
    ours = {sentence.tokens for split in load("sample").domain(name).splits for sentence in split.sentences}
    assert ours.isdisjoint(taken)
