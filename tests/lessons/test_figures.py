import io

import numpy as np
import pytest
from PIL import Image

from lessons import atlas, figures
from lessons.atlas import PARTS, draw_map

ALT = "A line that rises from zero to one."


def labelled(**options):
    fig, axes = figures.figure(**options)
    for ax in np.atleast_1d(axes).ravel():
        ax.set(xlabel="x", ylabel="y")
    return fig, axes


def test_palette_is_told_apart_without_colour():
    # Of the palette's neighbours in lightness no two lines may be equal in gray; sRGB luma.
    names = ["blue", "orange", "green", "red", "sky", "yellow", "black"]
    rgb = np.array([[int(figures.COLORS[n][i : i + 2], 16) for i in (1, 3, 5)] for n in names])
    assert len({tuple(row) for row in rgb.tolist()}) == len(names)


def test_slope_of_a_power_law():
    fig, ax = labelled()
    x = 2.0 ** np.arange(3, 9)
    assert figures.slope(ax, x, 7 * x**-1.5, theory=-1.5, label="rule") == pytest.approx(-1.5)
    points, line = ax.get_lines()
    assert points.get_label() == "rule: slope −1.50 (theory −1.5)"
    assert line.get_ydata() == pytest.approx(7 * np.array([8.0, 256.0]) ** -1.5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["8", "16", "32", "64", "128", "256"]
    figures.check(fig, ALT)


def test_no_minus_zero_in_a_slope():
    ax = labelled()[1]
    figures.slope(ax, [1, 2], [1, 1 - 1e-9], theory=0, label="flat")
    assert ax.get_lines()[0].get_label() == "flat: slope 0.00 (theory 0)"


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1], [1], "two points"),
        ([1, 2], [1, 2, 3], "one length"),
        ([1, 2], [0, 1], "positive"),
        ([0, 1], [1, 1], "positive"),
    ],
)
def test_slope_needs_points(x, y, message):
    with pytest.raises(ValueError, match=message):
        figures.slope(labelled()[1], x, y, theory=1, label="rule")


def test_labels_and_alt_text_are_needed():
    fig, ax = figures.figure()
    with pytest.raises(ValueError, match="no xlabel and no ylabel"):
        figures.check(fig, ALT)
    ax.axis("off")
    figures.check(fig, ALT)
    with pytest.raises(ValueError, match="alt must say"):
        figures.check(fig, "A line.")


def test_shared_labels_count():
    fig, axes = figures.figure(1, 2, sharey=True)
    axes[0].set(xlabel="x", ylabel="y")
    axes[1].set(xlabel="x")
    figures.check(fig, ALT)
    fig, axes = figures.figure(2, 1)
    fig.supxlabel("x")
    fig.supylabel("y")
    figures.check(fig, ALT)


def test_colorbar_needs_no_axes_labels():
    fig, ax = labelled()
    fig.colorbar(ax.imshow(np.eye(2)), ax=ax)
    figures.check(fig, ALT)


def test_same_figure_same_bytes():
    first, second = (figures.png(labelled()[0]) for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).size == (640, 400)


def test_show(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda *a, **k: shown.append((a, k)))
    figures.show(labelled()[0], alt=ALT)
    (data,), options = shown[0]
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == f"Figure: {ALT}"
    assert options == {"metadata": {"image/png": {"alt": ALT}}, "raw": True}


def test_map():
    fig, alt = draw_map(here=7)
    figures.check(fig, alt)
    assert [part.number for part in PARTS] == list(range(1, 13))
    assert all(part.region in alt for part in PARTS)


def test_map_to_a_file(tmp_path, capsys):
    atlas.main([str(tmp_path / "map.png")])
    assert (tmp_path / "map.png").read_bytes() == figures.png(draw_map()[0])
    with pytest.raises(SystemExit):
        atlas.main([str(tmp_path / "no" / "map.png")])
    assert "is not a PNG file" in capsys.readouterr().err
