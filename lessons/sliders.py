"""One figure and the handles that change it."""

import base64
import html
import os

from lessons import figures


def explore(draw, **handles):
    """Draw a figure anew whenever a handle moves; a static figure where there are no widgets.

    Parameters
    ----------
    draw : callable
        `draw(**values)` returns (figure, alt text).
    **handles : (low, high, start) or list
        Of three numbers a slider is made, over whole numbers if all three are; of a list a choice that starts
        with its first entry.

    Raises
    ------
    TypeError
        If a handle is neither.

    Notes
    -----
    Without ipywidgets, or with the environment variable LESSONS_WIDGETS=off (set while committed notebooks are
    executed: a saved widget shows nothing without its kernel), the figure at the start values is displayed.
    """
    start = {name: _start(name, handle) for name, handle in handles.items()}
    widgets = _widgets()
    if widgets is None:
        figures.show(*draw(**start))
        return
    from IPython.display import display

    display(panel(draw, widgets, **handles))


def panel(draw, widgets, **handles):
    """The handles above the figure, as one widget.

    Parameters
    ----------
    draw, **handles
        As in `explore`.
    widgets : module
        ipywidgets.

    Returns
    -------
    ipywidgets.VBox
        The controls in order, then the figure as HTML.
    """
    controls = {name: _control(widgets, name, handle) for name, handle in handles.items()}
    picture = widgets.HTML()

    def redraw(_=None):
        fig, alt = draw(**{name: control.value for name, control in controls.items()})
        figures.check(fig, alt)
        image = base64.b64encode(figures.png(fig)).decode()
        picture.value = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{image}">'

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([*controls.values(), picture])


def _widgets():
    if os.environ.get("LESSONS_WIDGETS") == "off":
        return None
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _start(name, handle):
    if isinstance(handle, list) and handle:
        return handle[0]
    if isinstance(handle, tuple) and len(handle) == 3 and handle[0] <= handle[2] <= handle[1]:
        return handle[2]
    raise TypeError(f"{name} must be a tuple (low, high, start) or a list of choices, not {handle!r}")


def _control(widgets, name, handle):
    label = name.replace("_", " ")
    look = {"description": label, "continuous_update": False, "style": {"description_width": "initial"}}
    if isinstance(handle, list):
        return widgets.Dropdown(options=handle, value=handle[0], description=label, style=look["style"])
    low, high, start = handle
    if all(isinstance(bound, int) for bound in handle):
        return widgets.IntSlider(min=low, max=high, value=start, **look)
    return widgets.FloatSlider(min=low, max=high, value=start, step=(high - low) / 100, **look)
