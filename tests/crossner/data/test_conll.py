"""The parser: forgiving where nothing changes, strict with file and line elsewhere, and only ever a DataError."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.data.conll import format_conll, read_conll, read_text
from crossner.data.domains import DOMAINS, SCHEMAS
from crossner.data.source import locate
from crossner.data.spans import is_orphan
from crossner.data.types import Sentence
from crossner.errors import DataError

TYPES = ("person", "programlang")
PLAIN = "Ada\tB-person\nLovelace\tI-person\nwrote\tO\n\nPython\tB-programlang\n.\tO\n"
PARSED = [
    Sentence(("Ada", "Lovelace", "wrote"), ("B-person", "I-person", "O")),
    Sentence(("Python", "."), ("B-programlang", "O")),
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A file to write over and over."""
    return tmp_path_factory.mktemp("conll") / "train.txt"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param("\ufeff" + PLAIN, id="byte-order mark"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="CRLF"),
        pytest.param("\ufeff" + PLAIN.replace("\n", "\r\n"), id="byte-order mark and CRLF"),
        pytest.param(PLAIN.replace("wrote\tO\n", "wrote\tO\r\n"), id="one CRLF"),
        pytest.param(PLAIN.replace("\n\n", "\n \n"), id="blank line with a space"),
        pytest.param(PLAIN.replace("\n\n", "\n \t \n"), id="blank line with a tab"),
        pytest.param(PLAIN.replace("\n\n", "\n\n\n  \n\n"), id="several blank lines"),
        pytest.param(PLAIN + "\n\n \n", id="blank lines at the end"),
        pytest.param("\n \n" + PLAIN, id="blank lines at the beginning"),
        pytest.param(PLAIN.rstrip("\n"), id="no newline at the end"),
        pytest.param(PLAIN.replace("\t", " "), id="columns apart by a space"),
    ],
)
def test_what_cannot_change_a_score_passes(text, scratch):
    scratch.write_bytes(text.encode())
    assert read_conll(scratch, types=TYPES) == PARSED


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\u00a0"])
def test_a_line_ends_at_a_newline_only(separator, scratch):
    token = f"New{separator}York"
    scratch.write_text(f"{token}\tO\n", encoding="utf-8")
    assert read_conll(scratch)[0].tokens == (token,)


@pytest.mark.parametrize(
    ("text", "line", "essentials"),
    [
        pytest.param("Ada\tO\nwrote\n", 2, ("2 columns", "token, tag", "'wrote'"), id="no tag"),
        pytest.param("Ada\tO\nwrote\t\n", 2, ("2 columns", "token, tag"), id="empty tag"),
        pytest.param("Ada\tO\n\tO\n", 2, ("2 columns", "token, tag"), id="empty token"),
        pytest.param("Ada\tO\nx\tO\tO\n", 2, ("2 columns", "token, tag"), id="third column"),
        pytest.param("New York\n", 1, ("'York'", "O, B-TYPE or I-TYPE"), id="a line of text"),
        pytest.param("Ada\tE-person\n", 1, ("'E-person'", "O, B-TYPE or I-TYPE"), id="unknown prefix"),
        pytest.param("Ada\tB_person\n", 1, ("'B_person'", "O, B-TYPE or I-TYPE"), id="wrong joint"),
        pytest.param("Ada\tb-person\n", 1, ("'b-person'", "O, B-TYPE or I-TYPE"), id="small prefix"),
        pytest.param("Ada\tB-\n", 1, ("'B-'", "O, B-TYPE or I-TYPE"), id="no type"),
        pytest.param("Ada\tB-x-\n", 1, ("'B-x-'", "hyphen"), id="hyphen at the end of a type"),
        pytest.param("Ada\tB- x\n", 1, ("'B- x'", "white space"), id="white space in a type"),
        pytest.param("Ada\to\n", 1, ("'o'", "O, B-TYPE or I-TYPE"), id="small o"),
        pytest.param("a\tO\nAda\tI-person\n", 2, ("'I-person'", "'O'", "'B-person'"), id="orphan after O"),
        pytest.param("Ada\tI-person\n", 1, ("'I-person'", "'B-person'"), id="orphan at the beginning"),
        pytest.param("Ada\tB-person\n\nX\tI-person\n", 3, ("'I-person'",), id="orphan after a blank line"),
        pytest.param(
            "Ada\tB-person\nX\tI-programlang\n",
            2,
            ("'I-programlang'", "'B-person'", "'B-programlang'"),
            id="orphan after another type",
        ),
        pytest.param("Ada\tO\nX\tB-band\n", 2, ("'band'", "person, programlang"), id="type of another domain"),
        pytest.param("Ada\tO\na\0b\tO\n", 2, ("binary", "UTF-8"), id="binary"),
    ],
)
def test_what_would_change_a_score_is_named_with_file_and_line(text, line, essentials, scratch):
    scratch.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_conll(scratch, types=TYPES)
    message = str(caught.value)
    assert message.startswith(f"{scratch}:{line}: ")
    assert (caught.value.path, caught.value.line) == (scratch, line)
    assert all(part in message for part in essentials)
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "\n\n", " \n\t\n", "\ufeff", "\ufeff\r\n"])
def test_a_file_without_sentence_is_refused(text, scratch):
    scratch.write_bytes(text.encode())
    with pytest.raises(DataError, match="holds no sentence") as caught:
        read_conll(scratch)
    assert str(caught.value).startswith(f"{scratch}: ")


@pytest.mark.parametrize(
    ("raw", "line", "byte"), [(b"caf\xe9\tO\n", 1, "0xe9"), (b"a\tO\n\n\xff\xfea\tO\n", 3, "0xff")]
)
def test_a_byte_that_is_not_utf_8_is_named_with_its_line(raw, line, byte, scratch):
    scratch.write_bytes(raw)
    with pytest.raises(DataError, match=f"{byte} is not UTF-8") as caught:
        read_conll(scratch)
    assert str(caught.value).startswith(f"{scratch}:{line}: ")


def test_utf_16_is_refused_as_binary_or_not_utf_8(scratch):
    scratch.write_bytes(PLAIN.encode("utf-16"))
    with pytest.raises(DataError, match="UTF-8"):
        read_conll(scratch)


def test_a_folder_a_missing_file_and_a_path_through_a_file_are_refused(tmp_path):
    (tmp_path / "file").write_text(PLAIN, encoding="utf-8")
    for path, reason in (
        (tmp_path, "is a directory; a text file is expected"),
        (tmp_path / "none.txt", "no such file"),
        (tmp_path / "file" / "train.txt", "cannot be read"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(DataError) as caught:
            read_text(path)
        assert str(caught.value).startswith(f"{path}: {reason}")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(scratch):
    scratch.write_text(PLAIN, encoding="utf-8")
    scratch.chmod(0)
    try:
        with pytest.raises(DataError, match="cannot be read"):
            read_text(scratch)
    finally:
        scratch.chmod(0o600)


# A token is anything without white space around it, tabs, newlines and NUL; U+FEFF opens a file only.
tokens = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\r\0\ufeff"), min_size=1, max_size=6).filter(
    lambda token: token.strip()
)
pieces = st.lists(st.tuples(st.sampled_from(("O", *TYPES)), st.lists(tokens, min_size=1, max_size=3)), min_size=1)


def sentence_of(parts):
    rows = []
    for type_, words in parts:
        tags = ["O"] * len(words) if type_ == "O" else [f"B-{type_}"] + [f"I-{type_}"] * (len(words) - 1)
        rows += zip(words, tags, strict=True)
    return Sentence(*zip(*rows, strict=True))


@given(st.lists(pieces.map(sentence_of), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_what_is_written_is_read_back(scratch, sentences):
    scratch.write_bytes(format_conll(sentences).encode())
    assert read_conll(scratch, types=TYPES) == sentences


@pytest.fixture(scope="module", params=["sample", "crossner"])
def original(request):
    """A real file's bytes and its types."""
    if request.param == "crossner" and not os.environ.get("CROSSNER_DATA"):
        pytest.skip("CROSSNER_DATA is unset: no real data")
    return locate(request.param).file("ai", "train").read_bytes()[:20000], SCHEMAS["ai"]


FRAGMENTS = [
    b"\t",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
]
FRAGMENTS += [b"O", b"B-", b"I-", b"-", b"I-field", b"\tB-field\n", b"\tI-field\n", b"x\tI-task\n"]
edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["insert", "overwrite", "delete", "repeat", "cut"]),
        st.sampled_from(FRAGMENTS) | st.binary(min_size=1, max_size=4),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=4,
)


def mutate(raw, changes):
    for place, kind, fragment, length in changes:
        at = int(place * len(raw))
        if kind == "insert":
            raw = raw[:at] + fragment + raw[at:]
        elif kind == "overwrite":
            raw = raw[:at] + fragment + raw[at + len(fragment) :]
        elif kind == "delete":
            raw = raw[:at] + raw[at + length :]
        elif kind == "repeat":
            raw = raw[: at + length] + raw[at:]
        else:
            raw = raw[:at]
    return raw


def check_outcome(path, raw, types):
    """The file is refused with its name and a line it has, or read without loss and well-formed."""
    path.write_bytes(raw)
    try:
        sentences = read_conll(path, types=types)
    except DataError as caught:
        error = caught
    else:
        check_sentences(sentences, raw, types)
        return
    assert error.path == path
    assert "\n" not in str(error)
    if error.line is None:
        assert str(error) == f"{path}: holds no sentence"
    else:
        assert str(error).startswith(f"{path}:{error.line}: ")
        assert 1 <= error.line <= raw.count(b"\n") + 1


def check_sentences(sentences, raw, types):
    lines = [line for line in raw.decode("utf-8-sig").split("\n") if line.strip()]
    assert [token for sentence in sentences for token in sentence.tokens] == [
        line.split("\t" if "\t" in line else " ")[0] for line in lines
    ]
    for sentence in sentences:
        assert len(sentence.tokens) == len(sentence.tags) > 0
        previous = ("O", *sentence.tags)
        assert not any(is_orphan(tag, before) for before, tag in zip(previous, sentence.tags, strict=False))
        assert {tag[2:] for tag in sentence.tags if tag != "O"} <= set(types)


@given(edits)
@settings(deadline=None, max_examples=150)
def test_a_mutated_file_gives_sentences_or_a_data_error(scratch, original, changes):
    raw, types = original
    check_outcome(scratch, mutate(raw, changes), types)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=12).map(b"".join))
@settings(deadline=None, max_examples=200)
def test_arbitrary_bytes_give_sentences_or_a_data_error(scratch, raw):
    check_outcome(scratch, raw, DOMAINS["ai"].types)
