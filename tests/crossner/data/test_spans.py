"""Tags to spans and back: nothing is lost, and seqeval finds the same entities."""

from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities

from crossner.data.spans import Chunk, chunks_of, is_orphan, spans_of, tags_of
from crossner.data.types import Sentence

TYPES = ("song", "band", "two-words")
any_tags = st.lists(
    st.sampled_from(["O", *(f"{prefix}-{type_}" for prefix in "BI" for type_ in TYPES)]), max_size=12
)


@st.composite
def laid_out_spans(draw):
    """Spans side by side, with gaps, and the sentence's length."""
    spans, end = [], 0
    for gap, length, type_ in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(TYPES)), max_size=5)
    ):
        spans.append((end + gap, end + gap + length, type_))
        end += gap + length
    return spans, end + draw(st.integers(0, 2))


@given(any_tags)
def test_chunks_give_the_very_same_tags_back(tags):
    assert tags_of(chunks_of(tags), len(tags)) == tags


@given(laid_out_spans())
def test_spans_written_as_tags_are_found_again(case):
    spans, length = case
    tags = tags_of([Chunk(*span, True) for span in spans], length)
    assert len(tags) == length
    assert spans_of(tags) == spans


@given(any_tags)
def test_spans_are_the_entities_of_seqeval_strict_iob2(tags):
    (entities,) = Entities([tags], IOB2).entities
    assert spans_of(tags) == [(entity.start, entity.end, entity.tag) for entity in entities]


@given(any_tags)
def test_chunks_are_the_entities_of_seqeval_default(tags):
    assert [(type_, start, end - 1) for start, end, type_, _ in chunks_of(tags)] == get_entities(tags)


@given(any_tags)
def test_chunks_partition_the_tagged_tokens(tags):
    covered = [index for chunk in chunks_of(tags) for index in range(chunk.start, chunk.end)]
    assert covered == [index for index, tag in enumerate(tags) if tag != "O"]


@given(any_tags)
def test_a_chunk_opens_with_i_exactly_at_an_orphan(tags):
    previous = ["O", *tags]
    orphans = [index for index, tag in enumerate(tags) if is_orphan(tag, previous[index])]
    assert [chunk.start for chunk in chunks_of(tags) if not chunk.opened] == orphans


@given(any_tags.filter(bool))
def test_a_sentence_has_the_spans_of_its_tags(tags):
    assert list(Sentence(("x",) * len(tags), tuple(tags)).spans) == spans_of(tags)
