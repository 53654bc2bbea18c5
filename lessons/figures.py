"""Figures for pages that everyone can read: colour-blind safe, labelled, with alt text."""

import io

import numpy as np
from matplotlib.figure import Figure

#: Okabe and Ito's palette, told apart with every kind of colour vision
#: (https://jfly.uni-koeln.de/color/).
COLORS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#F0E442",
    "black": "#000000",
    "gray": "#7F7F7F",
}

_STYLE = {
    "axes.grid": True,
    "axes.prop_cycle": None,  # filled in on use
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "font.size": 10,
    "grid.alpha": 0.25,
}
_DPI = 100


def _style():
    import matplotlib
    from cycler import cycler

    colors = [COLORS[name] for name in ("blue", "orange", "green", "red", "purple", "sky", "black")]
    return matplotlib.rc_context(_STYLE | {"axes.prop_cycle": cycler(color=colors)})


def figure(rows=1, columns=1, *, width=None, height=None, **options):
    """A figure in the style of these pages, without pyplot's global state.

    Parameters
    ----------
    rows, columns : int
        How many axes.
    width, height : float, optional
        In inches; default: 6.4 by 4 for one, wider and taller for more, at most 10 wide.
    **options
        What `Figure.subplots` takes: sharex, sharey, subplot_kw, width_ratios, …

    Returns
    -------
    fig : Figure
    axes : Axes, or ndarray of Axes
        Where there are several.
    """
    width = width or min(6.4 * columns, 10.0)
    height = height or (4.0 if columns == 1 else 3.8) * (1 if rows == 1 else 0.85 * rows)
    with _style():
        fig = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
        axes = fig.subplots(rows, columns, **options)
    return fig, axes


def slope(ax, x, y, *, theory, label, color=None, marker="o", offset=1.0):
    """Draw `y` against `x` on logarithmic axes beside the power law that theory predicts.

    The fitted slope and the predicted one stand in the label; call `ax.legend()` to show it.

    Parameters
    ----------
    ax : Axes
    x, y : array_like, shape (n,)
        Positive.
    theory : float
        The exponent; a dashed line through the middle of the points has it.
    label : str
    color : str, optional
    marker : str
    offset : float
        Factor by which the dashed line is moved off the points.

    Returns
    -------
    float
        The slope of the least-squares line through (log x, log y).

    Raises
    ------
    ValueError
        If there are fewer than two points, or one is not positive.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or len(x) < 2:
        raise ValueError(f"slope needs two points or more, x and y of one length, not {x.shape} and {y.shape}")
    if not (np.all(x > 0) and np.all(y > 0)):
        raise ValueError("slope needs positive x and y: a logarithm is taken of both")
    fitted = float(np.polyfit(np.log(x), np.log(y), 1)[0])
    text = f"{label}: slope {_signed(fitted, 2)} (theory {_signed(theory)})"
    (line,) = ax.loglog(x, y, marker=marker, linestyle="none", color=color, label=text)
    middle = np.exp(np.mean(np.log(y)) - theory * np.mean(np.log(x))) * offset
    ends = np.array([x.min(), x.max()])
    ax.loglog(ends, middle * ends**theory, linestyle="--", linewidth=1.2, color=line.get_color())
    _ticks(ax, x)  # last: each loglog sets them anew
    return fitted


def _ticks(ax, x):
    """Name the points themselves where they are few and far between; else decades only."""
    from matplotlib.ticker import FixedLocator, FormatStrFormatter, NullFormatter, NullLocator

    steps = np.sort(x)[1:] / np.sort(x)[:-1]
    if 3 <= len(x) <= 9 and steps.min() > 1.3 and x.max() < 1e5 and x.min() >= 1:
        ax.xaxis.set(
            major_locator=FixedLocator(x), major_formatter=FormatStrFormatter("%g"), minor_locator=NullLocator()
        )
    ax.xaxis.set_minor_formatter(NullFormatter())


def _signed(number, decimals=None):
    text = f"{number:g}" if decimals is None else f"{number:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def check(fig, alt):
    """Stop where a figure cannot be read: no alt text, or axes without labels.

    Raises
    ------
    ValueError
        With what is missing.
    """
    if not isinstance(alt, str) or len(alt.split()) < 6:
        raise ValueError("alt must say in a sentence what the figure shows, for those who cannot see it")
    for number, ax in enumerate(fig.axes, start=1):
        if not ax.axison or ax.get_label() == "<colorbar>":
            continue
        names = ["xlabel", "ylabel", *(["zlabel"] if hasattr(ax, "get_zlabel") else [])]
        missing = [name for name in names if not getattr(ax, f"get_{name}")() and not _shared(ax, name)]
        if missing:
            raise ValueError(f"axes {number} has no {' and no '.join(missing)}; set it, or turn the axis off")


def _shared(ax, name):
    """Whether the label stands at other axes, or at the figure, because the axis is shared."""
    if getattr(ax.figure, f"get_sup{name}", lambda: "")():
        return True
    group = ax.get_shared_x_axes() if name == "xlabel" else ax.get_shared_y_axes() if name == "ylabel" else None
    return group is not None and any(getattr(other, f"get_{name}")() for other in group.get_siblings(ax))


def png(fig):
    """The figure as PNG bytes, the same for the same figure."""
    buffer = io.BytesIO()
    with _style():
        fig.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def show(fig, alt):
    """Display a figure with its alt text.

    Parameters
    ----------
    fig : Figure
    alt : str
        What the figure shows, for those who cannot see it.

    Raises
    ------
    ValueError
        If the alt text says too little, or axes have no labels.
    """
    from IPython.display import display

    check(fig, alt)
    display(
        {"image/png": png(fig), "text/plain": f"Figure: {alt}"},
        metadata={"image/png": {"alt": alt}},
        raw=True,
    )
