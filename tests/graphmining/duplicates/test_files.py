"""Items from files: what others write comes back, what cannot be read is said."""

import csv
import gzip
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.files import guess_columns, read_items
from graphmining.errors import FileError, OptionError

values = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=6) | st.text('ab", ;|%\t\n', max_size=6)


@st.composite
def tables(draw):
    """Names and rows; no value is missing in every row."""
    width = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(values, min_size=width, max_size=width), min_size=1, max_size=6))
    return [f"c{at}" for at in range(width)], rows


def cleaned(rows):
    """Columns as they have to come out."""
    return [[value.strip() or None for value in column] for column in zip(*rows)]


def read(path, names, **options):
    """Fields in the order of the columns, nothing left out."""
    items, report = read_items(path, columns=names, progress=False, **options)
    assert report.skipped == []
    assert report.read == report.rows == len(items)
    return [items.fields[name] for name in names]


@settings(max_examples=150, deadline=None)
@given(
    table=tables(),
    delimiter=st.sampled_from(",;|%\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_comes_back(tmp_path_factory, table, delimiter, quoting):
    names, rows = table
    rows = [row for row in rows if any(map(str.strip, row))] or [["x"] * len(names)]
    path = tmp_path_factory.mktemp("t") / "a.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
        writer.writerows([names, *rows])
    got = read(path, names, delimiter=delimiter, kind="records")
    assert got == cleaned(rows)


@settings(max_examples=80, deadline=None)
@given(table=tables(), data=st.data())
def test_what_json_writes_comes_back(tmp_path_factory, table, data):
    names, rows = table
    folder = tmp_path_factory.mktemp("t")
    objects = [dict(zip(names, row)) for row in rows]
    ascii_only = data.draw(st.booleans())
    lines = [json.dumps(each, ensure_ascii=ascii_only) + "\n" for each in objects]
    (folder / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "b.json").write_text(json.dumps(objects, ensure_ascii=ascii_only, indent=1), encoding="utf-8")
    (folder / "c.ndjson.gz").write_bytes(gzip.compress("".join(lines).encode()))
    for name in ("a.jsonl", "b.json", "c.ndjson.gz"):
        assert read(folder / name, names, kind="records") == cleaned(rows)


@settings(max_examples=15, deadline=None)
@given(table=tables())
def test_what_pyarrow_writes_comes_back(tmp_path_factory, table):
    names, rows = table
    path = tmp_path_factory.mktemp("t") / "a[1]*.parquet"
    frame = pd.DataFrame(rows, columns=names)
    frame.to_parquet(path)
    assert read(path, names, kind="records") == cleaned(rows)


def test_types_of_parquet(tmp_path):
    frame = pd.DataFrame(
        {"n": [1, None], "i": [1, 2], "b": [True, False], "t": [["x", "y"], []], 'a"b': ["c", None]}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    items, _ = read_items(tmp_path / "a.parquet", columns=["n", "i", "b", "t", 'a"b'])
    assert items.fields == {
        "n": ["1.0", None],
        "i": ["1", "2"],
        "b": ["true", "false"],
        "t": ["x, y", None],
        'a"b': ["c", None],
    }


def write(tmp_path, text, name="a.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# -- what is taken


def test_values_of_json(tmp_path):
    path = write(tmp_path, '{"a": 1.50, "b": [1, "x"]}\n\n{"b": {"c": null}, "d": true, "a": NaN}\n', "a.jsonl")
    items, report = read_items(path, columns=["a", "b", "d"])
    assert items.fields == {"a": ["1.50", None], "b": ["1, x", '{"c": null}'], "d": [None, "true"]}
    assert items.ids == ["1", "2"]
    assert report.rows == 2


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('n,d\nSony 3.5" disk,7\n', [['Sony 3.5" disk', "7"]]),
        ('n,d\n"Sony 3.5" disk",7\n', [['Sony 3.5" disk', "7"]]),
        ('n,d\n"Sony 3"" disk",7\n', [['Sony 3" disk', "7"]]),
        ('n,d\n"12, inch" ,7\n', [["12, inch", "7"]]),
        ('n,d\n1, "a, b"\n', [["1", "a, b"]]),
        ('n,d\n"never closed,7\nb,8\n', [['"never closed', "7"], ["b", "8"]]),
        ('n,d\n7,"never closed\nb,8\n', [["7", '"never closed'], ["b", "8"]]),
        ('n,d\n7,"two\nlines"\nb,8\n', [["7", "two\nlines"], ["b", "8"]]),
        ('n,d\n"two\n\nlines",7\nb,8\n', [["two\n\nlines", "7"], ["b", "8"]]),
        ('n,d\n"say ""hi, you""",7\n', [['say "hi, you"', "7"]]),
        ('n,d\n"a" or "b",7\n', [['a" or "b', "7"]]),
        ("n,d\r\na,7\r\n\r\nb,8", [["a", "7"], ["b", "8"]]),
        ("n,d\ra,7\rb,8\r", [["a", "7"], ["b", "8"]]),
        ("\ufeffn,d\na,7\n", [["a", "7"]]),
        ("n,d\na,7,,\nb,8\n", [["a", "7"], ["b", "8"]]),
        ("n,d,\na,7,\nb,8\n", [["a", "7"], ["b", "8"]]),
        ("n;d\na, b;7\n", [["a, b", "7"]]),
        ("n, or so;d\na, b;7\nc;8\n", [["a, b", "7"], ["c", "8"]]),
        ('n,d\na,7\n,\n"",""\nb,8\n', [["a", "7"], ["b", "8"]]),
        (" n , d \n a , 7 \n", [["a", "7"]]),
    ],
)
def test_tables_of_others(tmp_path, text, rows):
    path = write(tmp_path, text)
    names = text.lstrip("\ufeff").partition("d")[0].strip(" ,;%"), "d"
    assert read(path, names, kind="records") == [list(column) for column in zip(*rows)]


def test_a_row_with_a_delimiter_too_many_is_skipped(tmp_path):
    path = write(tmp_path, "n%d\n50% off%x\na%b\nb%c\n")
    items, report = read_items(path)
    assert report.skipped == [(str(path), 2, "3 fields where the header has 2")]
    assert items.fields == {"n": ["a", "b"], "d": ["b", "c"]}


def test_unnamed_and_repeated_columns(tmp_path):
    items, report = read_items(write(tmp_path, ",n,n,,\nx,a,b,,\ny,c,d,,\n"))
    assert items.fields == {"column 1": ["x", "y"], "n": ["a", "c"], "n (2)": ["b", "d"]}
    assert report.taken == ["a.csv: 2 rows, columns column 1, n, n (2); separated by commas"]


def test_texts(tmp_path):
    items, report = read_items(write(tmp_path, "One text.\n\n  Another, text.\n", "a.txt"))
    assert (items.fields, items.ids) == ({"text": ["One text.", "Another, text."]}, ["1", "2"])
    assert (report.kind, report.columns) == ("texts", {"text": "string"})


def test_a_folder_of_texts(tmp_path):
    (tmp_path / "more").mkdir()
    for name, text in (
        ("b.txt", b"two\nlines\n"),
        ("a.txt", b"one"),
        ("more/c.txt", b"\xff"),
        ("d.txt", b" \n"),
        ("e.csv", b""),
    ):
        (tmp_path / name).write_bytes(text)
    items, report = read_items(tmp_path)
    assert (items.ids, items.fields) == (["a.txt", "b.txt"], {"text": ["one", "two\nlines"]})
    assert (report.rows, report.read) == (4, 2)
    assert [(path.removeprefix(f"{tmp_path}/"), line) for path, line, _ in report.skipped] == [
        ("d.txt", 1),
        ("more/c.txt", 1),
    ]


def test_kinds(tmp_path):
    path = write(tmp_path, "id,name,town\n1,Ann,Ulm\n2,Bob,\n")
    for kind, fields in (
        ("records", {"name": ["Ann", "Bob"], "town": ["Ulm", None]}),
        ("texts", {"text": ["Ann Ulm", "Bob"]}),
    ):
        items, report = read_items(path, kind=kind)
        assert (items.fields, report.kind) == (fields, kind)
    assert read_items(path)[1].kind == "records"
    items, report = read_items(path, columns="name")
    assert (items.fields, report.kind) == ({"text": ["Ann", "Bob"]}, "texts")
    assert read_items(path, columns="NAME", kind="records")[0].fields == {"name": ["Ann", "Bob"]}


def test_what_is_left_out_is_said(tmp_path):
    path = write(tmp_path, "id,name,town,note,country\n1,Ann,Ulm,,DE\n2,Bob,Bonn,,DE\n")
    items, report = read_items(path)
    assert list(items.fields) == ["name", "town"]
    assert report.sentences() == [
        "a.csv: 2 rows, columns id, name, town, note, country; separated by commas",
        "not compared, because it looks like an identifier of rows: id",
        "not compared, because it is empty: note",
        "not compared, because it has the same value everywhere: country",
    ]
    items, report = read_items(path, columns=["country", "name"])
    assert list(items.fields) == ["country", "name"]
    assert report.notes == []


def test_names_from_a_column(tmp_path):
    path = write(tmp_path, "name,key\nAnn,x\nBob,\nCy,y\n")
    items, report = read_items(path, id="KEY")
    assert (items.ids, items.fields) == (["x", "y"], {"text": ["Ann", "Cy"]})
    assert report.skipped == [(str(path), 3, "nothing in column key, which names the items")]
    assert (report.rows, report.read) == (3, 2)
    assert read_items(path)[0].ids == ["1", "2", "3"]


def test_skipped_rows_keep_their_numbers_and_are_said(tmp_path):
    path = write(tmp_path, b"name,town\nAnn,Ulm\nBob\n\nCy,Bonn,x\nD\xff,Rom\n\xc3\xa9,Ulm/Bonn\nEve,\0\n")
    items, report = read_items(path)
    assert items.ids == ["1", "5"]
    assert items.fields == {"name": ["Ann", "é"], "town": ["Ulm", "Ulm/Bonn"]}
    assert report.skipped == [
        (str(path), 3, "1 field where the header has 2"),
        (str(path), 5, "3 fields where the header has 2"),
        (str(path), 6, "byte 0xff is not utf-8"),
        (str(path), 8, "a NUL byte"),
    ]
    assert (report.rows, report.read) == (6, 2)
    assert report.sentences()[-1] == (
        f"{path}: 4 rows skipped (line 3: 1 field where the header has 2; "
        "line 5: 3 fields where the header has 2; line 6: byte 0xff is not utf-8; and 1 more)"
    )


def test_skipped_json(tmp_path):
    path = write(tmp_path, '{"a": "x"}\n{"a": \n[1]\nnull\n7\n{"a": "\\ud800"}\n{"a": "y"}\n', "a.jsonl")
    items, report = read_items(path)
    assert (items.ids, items.fields) == (["1", "7"], {"text": ["x", "y"]})
    assert [line for _, line, _ in report.skipped] == [2, 3, 4, 5, 6]
    assert [reason for *_, reason in report.skipped] == [
        "no JSON (Expecting value, column 7)",
        "an array, not an object",
        "a single value, not an object",
        "a single value, not an object",
        "half of a surrogate pair, which is no character",
    ]
    path = write(tmp_path, '[{"a": "x"}, 3, {"a": "y"}]', "a.json")
    items, report = read_items(path)
    assert (items.ids, report.skipped) == (["1", "3"], [(str(path), 2, "a single value, not an object")])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "utf-8-sig", "utf-32"])
def test_encodings(tmp_path, encoding):
    text = "name,town\nJosé,Köln\nBob,Ulm\n"
    items, _ = read_items(write(tmp_path, text.encode(encoding)), encoding=encoding)
    assert items.fields == {"name": ["José", "Bob"], "town": ["Köln", "Ulm"]}


# -- two lists


def test_two_lists(tmp_path):
    one = write(tmp_path, "id,Name,town,age\na1,Ann,Ulm,7\na2,Bob,Bonn,8\n", "one.csv")
    two = write(tmp_path, "TOWN\tname\tid\tcode\nUlm\tAnn\tb1\tq1\n", "two.tsv")
    items, report = read_items([one, two], id="id")
    assert items.ids == ["a1", "a2", "b1"]
    assert items.fields == {"Name": ["Ann", "Bob", "Ann"], "town": ["Ulm", "Bonn", "Ulm"]}
    assert items.lists.tolist() == [0, 0, 1]
    assert items.lists.dtype == np.int8
    assert report.notes == [
        "not compared, because two.tsv has no such column: age",
        "not compared, because one.csv has no such column: code",
    ]
    assert report.rows == report.read == 3


def test_names_that_clash(tmp_path):
    one, two = (write(tmp_path, "name,town\nAnn,Ulm\nBob,Bonn\n", name) for name in ("one.csv.gz", "two.csv"))
    one.write_bytes(gzip.compress(one.read_bytes()))
    assert read_items([one, two])[0].ids == ["one:1", "one:2", "two:1", "two:2"]
    assert read_items([two, two])[0].ids == ["1:1", "1:2", "2:1", "2:2"]


def test_identifiers_that_start_again(tmp_path):
    one, two = (write(tmp_path, "number,name\n1,Ann\n2,Bob\n3,Cy\n", name) for name in ("one.csv", "two.csv"))
    items, report = read_items([one, two])
    assert list(items.fields) == ["text"]
    assert report.notes == ["not compared, because it looks like an identifier of rows: number"]


# -- kinds of columns


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        ("a", [None, None], "empty"),
        ("a", [], "empty"),
        ("a", ["x", None, "x"], "constant"),
        ("a", ["x"], "string"),
        ("a", ["4", "5", "6"], "identifier"),
        ("a", ["4", "6", "5"], "number"),
        ("Entity Id", ["x", "y"], "identifier"),
        ("product_id", ["x", "y", "x"], "string"),
        ("id", ["7", None], "number"),
        ("madrid", ["x", "y"], "string"),
        ("productId", ["x", "y"], "identifier"),
        ("a", ["123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001"], "identifier"),
        ("a", ["1995,", "(2001).", None, "1995"], "year"),
        ("a", ["2001-05-06", "06.05.2001", "2001-05-06T10:00:00"], "year"),
        ("a", ["$1,299.00", "7", "-3.5", "1e5"], "number"),
        ("a", ["EZXS88W", "F3H982-10", "AM53BK"], "code"),
        ("a", ["Ann Lee", "Bob Ray", "Ann Lee"], "string"),
        ("a", ["word " * 12, "word " * 9 + "more more"], "text"),
        ("a", ["", "-"], "string"),
    ],
)
def test_kinds_of_columns(name, column, kind):
    assert guess_columns({name: column}) == {name: kind}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.text(min_size=1), max_size=8))
def test_every_column_has_one_kind(column):
    kinds = {"text", "string", "number", "year", "code", "identifier", "constant", "empty"}
    assert guess_columns({"a": column})["a"] in kinds


# -- what cannot be read


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("a.csv", b"", None, "is empty"),
        ("a.csv", b"\n \r\n", None, "is empty"),
        ("a.csv", b"name,town\n", None, "has a header but no rows"),
        ("a.csv", b"name,town\nx\n", 2, "the only row cannot be read: 1 field where the header has 2"),
        ("a.csv", b"\nname,town\nx\ny\n", 3, "none of the 2 rows can be read: 1 field"),
        ("a.csv", b",,\na,b,c\n", 1, "the first line names no column"),
        ("a.csv", b"na\xffme,t\nAnn,\xc3\xa9\n", 1, "the header cannot be read: byte 0xff is not utf-8"),
        (
            "a.csv",
            "name\nJosé\nJosé\nAnn\n".encode("cp1252"),
            2,
            "and 1 more line like this; encoding='cp1252' would",
        ),
        ("a.csv", b"name\n\x81\xe9\n", 2, "byte 0x81 is not utf-8; encoding='latin-1' would read the file"),
        ("a.csv", "name\nJosé\n".encode("utf-16"), 1, "is not utf-8; encoding='utf-16' would read it"),
        ("a.csv", "name\nAnn\n".encode("utf-16-le"), 1, "encoding='utf-16-le' may read it"),
        ("a.csv", "name\nAnn\n".encode("utf-16-be"), 1, "encoding='utf-16-be' may read it"),
        ("a.csv", "name\nJosé\n".encode("utf-32"), 1, "is not utf-8; encoding='utf-32' would read it"),
        ("a.jsonl", b"", None, "is empty"),
        ("a.jsonl", b"{}\n{}\n", None, "no column is left to compare: there are no columns"),
        ("a.jsonl", b"[1]\n", 1, "the only row cannot be read: an array, not an object"),
        ("a.json", b"[]", None, "holds an array without elements"),
        ("a.json", b'[{"a": 1},\n{]', 2, "no JSON"),
        ("a.json", b'[{"a": "\xff"}]\n\xc3\xa9', 1, "byte 0xff"),
        ("a.jsonl", b"[" * 10**5, 1, "nested too deeply"),
        ("a.txt", b"\n", None, "is empty"),
        ("a.parquet", b"", None, "is no Parquet file that can be read"),
        ("a.parquet", b"PAR1 no PAR1", None, "is no Parquet file that can be read"),
        ("a.csv.gz", b"name\n", None, "is no whole gzip file"),
        ("a.xlsx", b"", None, "the ending '.xlsx' is none of .csv, .tsv"),
        ("a", b"", None, "the ending '' is none of"),
        ("a.parquet.gz", b"", None, "the ending '.gz' is none of"),
    ],
)
def test_bad_files(tmp_path, name, content, line, message):
    path = write(tmp_path, content, name)
    with pytest.raises(FileError, match="(?s)" + message.replace("(", r"\(")) as caught:
        read_items(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_missing_files(tmp_path, name):
    with pytest.raises(FileError, match="there is no such file"):
        read_items(tmp_path / name)


def test_a_folder_without_texts(tmp_path):
    with pytest.raises(FileError, match=r"is a folder without .txt files"):
        read_items(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"id": "key"}, "there is no column 'key'; there are name, town, code"),
        ({"columns": ["name", "twon"]}, "there is no column 'twon'; there are name, town, code"),
        ({"id": "town"}, "csv:4: the rows at lines 2 and 4 are both named 'Ulm' in column town"),
    ],
)
def test_bad_columns(tmp_path, options, message):
    path = write(tmp_path, "name,town,code\nAnn,Ulm,x\nBob,Bonn,y\nCy,Ulm,z\n")
    with pytest.raises(FileError, match=message):
        read_items(path, **options)


def test_nothing_to_compare(tmp_path):
    with pytest.raises(
        FileError, match="no column is left to compare: a has the same value everywhere; b is empty"
    ):
        read_items(write(tmp_path, "a,b\nx,\nx,\n"))
    with pytest.raises(FileError, match="no column is left to compare: there is only id"):
        read_items(write(tmp_path, "id\nx\ny\n"), id="id")
    one, two = write(tmp_path, "a,b\nx,y\n", "one.csv"), write(tmp_path, "c,d\nx,y\n", "two.csv")
    with pytest.raises(FileError, match=r"one.csv: has no column in common with two.csv: a, b here, c, d there"):
        read_items([one, two])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "record"}, "unknown kind 'record'; did you mean 'records'"),
        ({"delimiter": "::"}, "delimiter must be one character"),
        ({"delimiter": '"'}, "delimiter must be one character"),
        ({"encoding": "utf-9"}, "there is no encoding 'utf-9'"),
        ({"encoding": "base64"}, "there is no encoding 'base64'"),
        ({"columns": []}, "columns must name at least one column"),
    ],
)
def test_bad_options(tmp_path, options, message):
    with pytest.raises(OptionError, match=message):
        read_items(write(tmp_path, "a,b\nx,y\n"), **options)


def test_number_of_files(tmp_path):
    for paths in ([], ["a.csv"] * 3, None):
        with pytest.raises(OptionError, match="one or two files are needed"):
            read_items(paths)
