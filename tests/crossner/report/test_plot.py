"""The plot: a mark for each number, labels, the same file each time, bad endings refused."""

import pytest

from crossner.errors import ConfigError
from crossner.report.plot import plot_table, row_name, save_plot


def row(regime, f1, average, **label):
    return {
        "tagger": "linear",
        "encoder": "minilm",
        "regime": regime,
        "shots": None,
        "options": "",
        "seeds": [1, 2],
        "f1": {domain: {"mean": mean, "sd": 1.0, "n": 2} for domain, mean in f1.items()},
        "average": average and {"mean": average, "sd": None, "n": 1},
        **label,
    }


TABLE = {
    "data": {"name": "sample", "revision": "sha256:1"},
    "domains": ["music", "ai"],
    "rows": [row("direct", {"music": 42.0, "ai": 38.0}, 40.0), row("joint", {"ai": 39.0}, None)],
}


def test_a_mark_for_each_number_and_labels():
    (axes,) = plot_table(TABLE).axes
    heights = sorted(y for container in axes.containers for y in container.lines[0].get_ydata())
    assert heights == [38.0, 39.0, 40.0, 42.0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("target domain", "F1 (%)")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["music", "ai", "average"]


def test_names_are_as_short_as_keeps_rows_apart():
    rows = [row("direct", {}, None), row("direct", {}, None, encoder="mpnet", shots=20)]
    assert [row_name(entry, rows) for entry in rows] == ["direct · minilm", "direct · mpnet · 20"]
    assert row_name(rows[0], rows[:1]) == "direct"


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_the_same_table_gives_the_same_file(tmp_path, ending):
    files = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for file in files:
        save_plot(plot_table(TABLE), file)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("name", "message"), [("a.bmp", r"ending must be \.svg"), ("no/a.svg", "cannot be written")]
)
def test_a_file_that_cannot_be_is_one_sentence(tmp_path, name, message):
    with pytest.raises(ConfigError, match=message):
        save_plot(plot_table(TABLE), tmp_path / name)
