"""Tag schemes, against seqeval on any tags and against tags written from spans."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, Entities

from crossner.data.spans import Chunk, chunks_of
from crossner.importing.schemes import chunks_in, detect_scheme, split_tag, unclosed

checked = settings(deadline=None, max_examples=40)
SEQEVAL = {"iob1": IOB1, "iob2": IOB2, "iobes": IOBES, "bilou": BILOU}


@st.composite
def spans(draw):
    """Length of a sentence and spans that do not overlap."""
    found, place = [], 0
    for gap, length, type_ in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(["song", "chemical-x", "e"])))
    ):
        found.append((place + gap, place + gap + length, type_))
        place += gap + length
    return place + draw(st.integers(0, 2)), found


def write(length, found, scheme):
    """Tags of spans."""
    tags = ["O"] * length
    for start, end, type_ in found:
        for index in range(start, end):
            first, last = index == start, index == end - 1
            if scheme == "iob1":
                parts = first and start > 0 and tags[start - 1].endswith(f"-{type_}")
                prefix = "B" if parts else "I"
            elif scheme == "iob2":
                prefix = "B" if first else "I"
            else:
                begin, inner, end_, single = {"iobes": "BIES", "bilou": "BILU", "bmes": "BMES"}[scheme]
                prefix = single if first and last else begin if first else end_ if last else inner
            tags[index] = f"{prefix}-{type_}"
    return tags


def tags_over(prefixes):
    entity = st.builds("{}-{}".format, st.sampled_from(prefixes), st.sampled_from(["song", "band"]))
    return st.lists(st.just("O") | entity, max_size=10)


@given(spans(), st.sampled_from(["iob1", "iob2", "iobes", "bilou", "bmes"]))
@checked
def test_spans_come_back_from_every_scheme(case, scheme):
    length, found = case
    tags = write(length, found, scheme)
    ours = scheme if scheme in ("iob1", "iob2") else "bioes"
    assert chunks_in(tags, ours) == [Chunk(*span, True) for span in found]
    if ours == "bioes":
        assert unclosed(tags) == 0
    if scheme in SEQEVAL:
        entities = Entities([tags], SEQEVAL[scheme]).entities[0]
        assert [(entity.start, entity.end, entity.tag) for entity in entities] == found
    # Nothing tells schemes apart where no entity shows a difference; then they mean the same.
    assert chunks_in(tags, detect_scheme([tags])) == [Chunk(*span, True) for span in found]


@given(tags_over("BI"))
@checked
def test_iob2_is_read_as_everywhere_in_the_package(tags):
    assert chunks_in(tags, "iob2") == chunks_of(tags)


@given(tags_over("BI"))
@checked
def test_iob1_is_what_conlleval_reads(tags):
    expected = [(start, end + 1, type_) for type_, start, end in get_entities(tags)]
    assert [tuple(chunk[:3]) for chunk in chunks_in(tags, "iob1")] == expected
    assert all(chunk.opened for chunk in chunks_in(tags, "iob1"))


@given(tags_over("BIES"))
@checked
def test_malformed_bioes_is_cut_as_conlleval_cuts_it(tags):
    expected = [(start, end + 1, type_) for type_, start, end in get_entities(tags)]
    found = chunks_in(tags, "bioes")
    assert [tuple(chunk[:3]) for chunk in found] == expected
    assert [chunk.opened for chunk in found] == [tags[chunk.start][0] in "BS" for chunk in found]


@given(tags_over("BIES"))
@checked
def test_letters_do_not_matter(tags):
    for letters in ("BILU", "BMES"):
        other = [tag.translate(str.maketrans("BIES", letters)) if tag == "O" else tag for tag in tags]
        other = [letters["BIES".index(tag[0])] + tag[1:] if tag != "O" else tag for tag in other]
        assert chunks_in(other, "bioes") == chunks_in(tags, "bioes")


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (["O", "O"], "iob2"),
        (["B-song", "I-song"], "iob2"),
        (["I-song", "I-song", "O"], "iob1"),
        (["I-song", "B-song"], "iob1"),
        (["I-song", "O", "B-song"], "iob2"),  # a malformed opening among good ones
        (["B-song", "I-band"], "iob2"),
        (["B-song", "E-song"], "bioes"),
        (["U-song"], "bioes"),
        (["song", "song", "O"], "iob1"),
    ],
)
def test_scheme_is_recognised(tags, scheme):
    assert detect_scheme([tags]) == scheme


def test_a_hyphen_belongs_to_the_type():
    assert split_tag("I-chemical-x") == ("I", "chemical-x")
    assert split_tag("chemical-x") == ("I", "chemical-x")
