import base64
import re

import ipywidgets
import pytest

from lessons import figures, sliders


def draw(n, sigma, rule):
    fig, ax = figures.figure()
    ax.plot(range(n))
    ax.set(xlabel="x", ylabel="y")
    return fig, f"A <line> of {n} points with sigma {sigma:.2f} under the {rule}."


HANDLES = {"n": (2, 64, 8), "sigma": (0.5, 3.0, 1.0), "rule": ["midpoint", "simpson"]}


def test_moving_a_handle_changes_the_figure():
    box = sliders.panel(draw, ipywidgets, **HANDLES)
    n, sigma, rule, picture = box.children
    assert isinstance(n, ipywidgets.IntSlider)
    assert isinstance(sigma, ipywidgets.FloatSlider)
    before = picture.value
    assert 'alt="A &lt;line&gt; of 8 points with sigma 1.00 under the midpoint."' in before
    n.value, rule.value = 32, "simpson"
    assert "32 points with sigma 1.00 under the simpson" in picture.value
    pictures = [re.search(r"base64,([^\"]*)", html)[1] for html in (before, picture.value)]
    assert pictures[0] != pictures[1]
    assert base64.b64decode(pictures[1]).startswith(b"\x89PNG")


def test_static_where_widgets_are_off(monkeypatch):
    shown = []
    monkeypatch.setenv("LESSONS_WIDGETS", "off")
    monkeypatch.setattr(sliders.figures, "show", lambda fig, alt: shown.append(alt))
    assert sliders.explore(draw, **HANDLES) is None
    assert shown == ["A <line> of 8 points with sigma 1.00 under the midpoint."]


def test_static_without_ipywidgets(monkeypatch):
    shown = []
    monkeypatch.delenv("LESSONS_WIDGETS", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    monkeypatch.setattr(sliders.figures, "show", lambda fig, alt: shown.append(alt))
    sliders.explore(draw, **HANDLES)
    assert len(shown) == 1


def test_widget_is_displayed(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.delenv("LESSONS_WIDGETS", raising=False)
    monkeypatch.setattr(IPython.display, "display", shown.append)
    sliders.explore(draw, **HANDLES)
    assert isinstance(shown[0], ipywidgets.VBox)


@pytest.mark.parametrize("handle", [3, (1, 2), (1, 5, 9), [], "midpoint"])
def test_bad_handles(handle):
    with pytest.raises(TypeError, match="n must be a tuple"):
        sliders.explore(draw, n=handle)
