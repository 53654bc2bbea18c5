"""The report's pictures: which figure shows what of the model, for the page and as files."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module

from crossner.errors import ConfigError
from crossner.report.page import panels
from crossner.report.page.scores import AVERAGE, HEADLINE
from crossner.report.page.text import setting


@dataclass(frozen=True)
class Picture:
    """A figure and what it is of.

    Attributes
    ----------
    figure : str
        Name of a module of `crossner.report.figures`.
    rows : tuple
        What its `draw` and `describe` take.
    title : str
    options : dict
        Of both.
    """

    figure: str
    rows: tuple
    title: str
    options: dict = field(default_factory=dict)

    def draw(self, **look):
        """The matplotlib figure; None where there is nothing to draw.

        Parameters
        ----------
        **look
            `title` and `subtitle` of its `draw`.
        """
        try:
            return self._module.draw(*self.rows, **self.options, **look)
        except ConfigError:
            return None

    def words(self) -> str:
        """Its content in a sentence or two."""
        return self._module.describe(*self.rows, **self.options)

    @property
    def _module(self):
        return import_module(f"crossner.report.figures.{self.figure}")

    def embedded(self) -> dict | None:
        """`svg` for a page and `words`; None where there is nothing to draw."""
        from crossner.report.figures.common import inline_svg

        figure = self.draw(title="")
        if figure is None:
            return None
        words = self.words()
        return {"svg": inline_svg(figure, self.title, words), "words": words}


def single_pictures(model) -> dict[str, Picture]:
    """Pictures that are there once: by domain, source by target, by protocol."""
    from crossner.scoring.protocols import PROTOCOLS

    found = {}
    if model["scores"] and len(model["domains"]) > 1:
        found["domains"] = Picture("domains", (model["scores"][HEADLINE],), "F1 by target domain")
    if model["matrix"]:
        matrix = model["matrix"][0]
        found["matrix"] = Picture("matrix", (matrix,), f"Transfer from source to target, {setting(matrix)}")
    if model["protocols"]:
        whole = [name for name in model["scores"] if PROTOCOLS[name].misc != "own"]
        rows = [row | {"protocol": name} for name in whole for row in model["scores"][name]]
        domain = AVERAGE if any(row["domain"] == AVERAGE for row in rows) else model["domains"][0]
        found["protocols"] = Picture("protocols", (rows,), f"F1 by protocol, {domain}", {"domain": domain})
    return found


def type_picture(panel) -> Picture:
    """F1 by entity type of a domain."""
    return Picture("types", (panel["rows"],), f"F1 by entity type, {panel['name']}")


def curve_picture(panel) -> Picture:
    """Learning curves of a domain."""
    return Picture("curves", (panel["rows"],), f"Learning curves, {panel['name']}")


def strata_picture(panel) -> Picture:
    """F1 by bucket of a view."""
    return Picture("seen", (panel["rows"],), panel["name"], {"domain": panel["domain"]})


def error_picture(panel) -> Picture:
    """Kinds of errors in a domain."""
    title = f"Kinds of findings, {panel['name']}"
    return Picture("errors", (panel["rows"],), title, {"domain": panel["domain"]})


def calibration_picture(panel) -> Picture:
    """Reliability diagram of a domain."""
    title = f"Confidence and precision, {panel['name']}"
    return Picture("calibration", (panel["rows"], panel["summary"]), title, {"domain": panel["domain"]})


def all_pictures(model) -> dict[str, Picture]:
    """Every picture of the report by a name for its file, and those that the page draws itself.

    Parameters
    ----------
    model : dict
        Of `page_model`.
    """
    found = single_pictures(model)
    if model["comparisons"]:
        baseline = model["comparisons"][0]["a"]
        rows = [row for pair in model["comparisons"] if pair["a"] == baseline for row in pair["rows"]]
        if rows:
            found["differences"] = Picture("differences", (rows,), f"Differences to {baseline}")
    for part, make, panels_of in (
        ("types", type_picture, panels.type_panels),
        ("curves", curve_picture, panels.curve_panels),
        ("errors", error_picture, panels.error_panels),
        ("calibration", calibration_picture, panels.calibration_panels),
    ):
        if model[part]:
            found |= {f"{part} {panel.get('domain', panel['name'])}": make(panel) for panel in panels_of(model)}
    if model["strata"]:
        for panel in panels.strata_panels(model):
            found[f"{panel['view']} {panel['domain']}"] = strata_picture(panel)
    for one in model["confusion"] or ():
        title = f"Types taken for types, {one['domain']}, {one['system']}"
        found[f"confusion {one['domain']} {one['system']}"] = Picture("confusion", (one,), title)
    return found
