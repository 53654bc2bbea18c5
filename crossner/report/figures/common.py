"""What all figures share: colours, set-up, what may be drawn, and ways out: a file, or SVG within a page."""

from __future__ import annotations

import hashlib
import html
import io
import re
import textwrap
from pathlib import Path

from crossner.errors import ConfigError

# Colour-blind safe (Okabe and Ito 2008), and told apart by shape as well.
STYLES = (
    ("#0072B2", "o"),
    ("#D55E00", "s"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#E69F00", "v"),
    ("#56B4E9", "P"),
)
BLUE, ORANGE = "#0072B2", "#D55E00"
INK = "#000000"  # greys are this with an alpha, so that a dark page can turn them light
WIDTH = 5.2  # inches
FONT, SMALL = 9, 8  # points
TOTALS = ("average", "all")  # stand for the domains together
TOGETHER = 5  # series that stand beside each other with their numbers; more are told apart by place alone
_LINE = 1.3 / 72  # inches of a line of text, for each point of its size
_MARGIN = 0.06  # inches


def style(index) -> dict:
    """Colour and shape of a series, as arguments of `Axes.plot`; the second time round shapes are open."""
    color, marker = STYLES[index % len(STYLES)]
    return {
        "color": color,
        "marker": marker,
        "markersize": 5,
        "markerfacecolor": color if index // len(STYLES) % 2 == 0 else "white",
        "linestyle": "none",
    }


def key(name, index):
    """A series' entry in the legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=name, **style(index))


def drawable(rows, value="mean", **wanted) -> list[dict]:
    """Rows that have a value, of those that are `wanted`.

    Raises
    ------
    ConfigError
        If there is none.
    """
    found = [
        row
        for row in rows
        if row.get(value) is not None and all(row.get(name) == want for name, want in wanted.items())
    ]
    if not found:
        of = " and ".join(f"{name} {want!r}" for name, want in wanted.items())
        raise ConfigError(f"nothing to draw: there is no row with a value{of and ' for ' + of}")
    return found


def names_of(rows, name) -> list:
    """Distinct values of a column in the order they come in; what stands for all domains comes last."""
    return sorted(dict.fromkeys(row[name] for row in rows), key=lambda one: one in TOTALS)


def one_domain(rows, domain) -> str:
    """The domain to draw: the one asked for, else what stands for all domains, else the only one there is.

    Raises
    ------
    ConfigError
        If there is no row, or none was asked for and it is not clear which.
    """
    domains = names_of(rows, "domain")
    if domain is None and len(domains) > 1 and domains[-1] not in TOTALS:
        raise ConfigError(f"say which domain to draw: {', '.join(domains)}")
    if not domains:
        raise ConfigError("nothing to draw: there is no row")
    return domains[-1] if domain is None else domain


def in_words(domain) -> str:
    """Where: for sentences and titles."""
    return {"average": "on average over domains", "all": "in all domains together"}.get(domain, f"in {domain}")


def percent(share) -> str:
    """A share without decimals; what is not quite nothing doesn't look like it."""
    return "<1" if 0 < share < 0.5 else f"{share:.0f}"


def listed(parts, most=4) -> str:
    """Parts of a sentence, not too many."""
    more = len(parts) - most
    return "; ".join(parts[:most]) + (f"; and {more} more" if more > 0 else "") + "."


def signed(value) -> str:
    """A difference with its sign, to one decimal."""
    text = f"{value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def new_figure(height, *, title="", subtitle="", note="", keys=()):
    """A figure with its words in place; axes that are added lie between them.

    Parameters
    ----------
    height : float
        Inches for the axes and their labels.
    title, subtitle, note : str
        Above and below; long ones are wrapped.
    keys : sequence of matplotlib artists
        Entries of the legend, each with a label.
    """
    from matplotlib.figure import Figure

    above = [(textwrap.wrap(title, 48), 11, 1.0, "bold"), (textwrap.wrap(subtitle, 84), SMALL, 0.7, "normal")]
    below = textwrap.wrap(note, 84)
    labels = ["\n".join(textwrap.wrap(artist.get_label(), 68)) for artist in keys]
    columns, legend = _legend_size(labels)
    words = sum(len(lines) * size * _LINE for lines, size, *_ in above)
    top = words + legend + _MARGIN + 0.06 * bool(words)
    bottom = len(below) * SMALL * _LINE + (0.1 if below else 0.02)
    total = height + top + bottom
    figure = Figure(figsize=(WIDTH, total))
    figure.set_layout_engine("constrained", rect=(0.01, bottom / total, 0.98, height / total))
    at = total - _MARGIN
    for lines, size, alpha, weight in above:
        for line in lines:
            at -= size * _LINE
            figure.text(0.012, at / total, line, size=size, alpha=alpha, weight=weight, color=INK)
    if labels:
        figure.legend(
            keys,
            labels,
            loc="upper left",
            bbox_to_anchor=(0.006, (at - 0.05 * bool(words)) / total),
            ncols=columns,
            frameon=False,
            fontsize=SMALL,
            borderaxespad=0.0,
            borderpad=0.2,
            labelspacing=0.35,
            handletextpad=0.3,
            handlelength=1.4,
            columnspacing=1.2,
        ).set_in_layout(False)
    for number, line in enumerate(reversed(below)):
        figure.text(0.012, (number + 0.3) * SMALL * _LINE / total, line, size=SMALL, alpha=0.7, color=INK)
    return figure


def _legend_size(labels):
    """Columns of a legend that fits the width, and its inches."""
    if not labels:
        return 1, 0.0
    widest = max(len(line) for label in labels for line in label.split("\n"))
    columns = max(1, min(len(labels), int(WIDTH * 72 / (widest * 0.58 * SMALL + 26))))
    rows = -(-len(labels) // columns)
    lines = max(
        sum(label.count("\n") + 1 for label in labels[first : first + rows])
        for first in range(0, len(labels), rows)
    )
    return columns, lines * SMALL * 1.36 / 72 + 0.09


def tidy(axes, *, grid="x", spines=("bottom",)):
    """Only what carries information: a faint grid along one axis, no frame."""
    from matplotlib.ticker import MaxNLocator

    axes.set_facecolor("none")
    for name, spine in axes.spines.items():
        spine.set_visible(name in spines)
        spine.set(color=INK, alpha=0.5, linewidth=0.7)
    if grid:
        axes.grid(axis=grid, color=INK, alpha=0.13, linewidth=0.6)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_locator(), MaxNLocator):  # not where a shared axis has names
            axis.get_major_locator().set_params(steps=[1, 2, 5, 10])
    axes.tick_params(labelsize=SMALL + 0.5, length=0, pad=3, color=INK, labelcolor=INK)
    axes.xaxis.label.set_size(FONT)
    axes.yaxis.label.set_size(FONT)
    return axes


def name_rows(axes, places, names, *, width=26, size=SMALL):
    """Write names at the left of an axes, wrapped; a line is a text of its own, so that any font aligns."""
    axes.set_yticks(places, [""] * len(names))
    for place, name in zip(places, names, strict=True):
        lines = wrap(name, width)
        for number, line in enumerate(lines):
            axes.annotate(
                line,
                (0, place),
                (-4, ((len(lines) - 1) / 2 - number) * size * 1.2),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                va="center",
                size=size,
                color=INK,
                annotation_clip=False,
            )


def wrap(name, width) -> list[str]:
    """A name in lines, broken after its separators where that is possible."""
    lines = [""]
    for part in name.split(" · "):
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if lines[-1] and len(longer) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return [piece for line in lines for piece in textwrap.wrap(line, width)]


def save_figure(figure, path, *, option="--output"):
    """Write a figure; the same figure gives the same file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path-like
        Its ending says the format: .svg, .png or .pdf.
    option : str
        What error messages call the path.

    Raises
    ------
    ConfigError
        If the file's ending names no format, or it cannot be written.
    """
    import matplotlib

    kind = Path(path).suffix.removeprefix(".").lower()
    if kind not in ("svg", "png", "pdf"):
        raise ConfigError(f"{option} {path}: the ending must be .svg, .png or .pdf")
    dates = {"svg": "Date", "pdf": "CreationDate"}
    metadata = {dates[kind]: None} if kind in dates else None
    _plain(figure)
    try:
        with matplotlib.rc_context({"svg.hashsalt": "crossner"}):
            figure.savefig(path, metadata=metadata, dpi=150)
        # Laid out once: a second format of the same figure takes half the time.
        figure.set_layout_engine("none")
    except OSError as error:
        raise ConfigError(f"{option} {path}: cannot be written ({error.strerror})") from None


def inline_svg(figure, title, alt, *, prefix=None) -> str:
    """A figure as SVG to stand within a page of HTML, light or dark.

    Text stays text in the page's own font, black follows the page's colour of text, the background
    is the page's. White, which covers what lies behind it, is the CSS variable `--paper`, else the
    browser's `Canvas`. The width is that of the place it stands in, up to 1.35 times its own.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    title : str
        Its name.
    alt : str
        What it shows, for those who cannot see it.
    prefix : str, optional
        Start of all ids; made from the figure and its title by default, so that only the same
        figure twice in a page needs one.

    Returns
    -------
    str
        An `<svg>` element; the same figure gives the same text.
    """
    import matplotlib

    _plain(figure)
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "crossner", "svg.fonttype": "none"}):
        figure.savefig(
            buffer,
            format="svg",
            facecolor="none",
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    text = buffer.getvalue()
    if prefix is None:
        prefix = "f" + hashlib.sha256(f"{title}\0{alt}\0{text}".encode()).hexdigest()[:10]
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups()
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    # A style element would rule the whole page.
    body = re.sub(r"<metadata>.*?</metadata>|<style[ >].*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    # matplotlib 3.10 wrote font: bold 9px 'DejaVu Sans', …
    body = re.sub(r"\bfont: ([^;\"]*?)([\d.]+px)[^;\"]*", _font, body)
    body = re.sub(r"\bfont-family: [^;\"]*;? ?", "", body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*\)"|<g/>', "", body)
    body = re.sub(r"#[0-9a-fA-F]{6}\b(?=[;\"])", _themed, body)
    body = _own_ids(body.replace("xlink:href", "href"), prefix)
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="100%" viewBox="0 0 {width} {height}" '
        f'aria-labelledby="{prefix}-title {prefix}-desc" fill="currentColor" '
        f'style="max-width: {float(width) * 1.8:.0f}px; height: auto; font-family: inherit; '
        'stroke-linejoin: round; stroke-linecap: butt">\n'
        f'<title id="{prefix}-title">{html.escape(title)}</title>\n'
        f'<desc id="{prefix}-desc">{html.escape(alt)}</desc>\n{body}\n</svg>'
    )


def _plain(figure):
    """A dollar sign in a name is no mathematics."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)


def _font(found):
    weight = "; font-weight: bold" if re.search(r"\b(bold|[6-9]00)\b", found[1]) else ""
    return f"font-size: {found[2]}{weight}"


def _themed(found):
    channels = bytes.fromhex(found[0][1:])
    if max(channels) <= 0x33:
        return "currentColor"
    return "var(--paper, Canvas)" if min(channels) >= 0xF0 else found[0]


def _own_ids(body, prefix):
    """Ids that something refers to, with the prefix; the others are dropped."""
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))

    def renamed(found):
        return f' id="{prefix}-{found[1]}"' if found[1] in used else ""

    body = re.sub(r' id="([^"]*)"', renamed, body)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", body)
