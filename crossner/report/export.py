"""The report's figures and tables as files, for papers and slides."""

from __future__ import annotations

import re
from pathlib import Path

from crossner.errors import ConfigError

FIGURE_ENDINGS = ("svg", "png")
TABLE_ENDINGS = {"markdown": "md", "latex": "tex", "csv": "csv"}
LARGE = ("confusion", "reliability", "thresholds", "costly")  # tables of hundreds of rows: CSV alone


def write_figures(model, folder) -> list[Path]:
    """Write every picture of the report as SVG and PNG.

    Parameters
    ----------
    model : dict
        What `page_model` gives.
    folder : path-like
        Made where it is not there; files of the same name are replaced.

    Returns
    -------
    list of Path

    Raises
    ------
    ConfigError
        If a file cannot be written.
    """
    from crossner.report.figures.common import save_figure
    from crossner.report.page.pictures import all_pictures

    folder = make_folder(folder, "--figures")
    data = model["data"]
    paths = []
    for name, picture in all_pictures(model).items():
        figure = picture.draw(title=picture.title, subtitle=f"{data['name']} @ {data['short']}")
        if figure is None:
            continue
        for ending in FIGURE_ENDINGS:
            path = folder / f"{file_name(name)}.{ending}"
            save_figure(figure, path, option="--figures")
            paths.append(path)
    return paths


def write_tables(results, model, folder, *, resamples=10_000) -> list[Path]:
    """Write every analysis of the report's systems as Markdown, LaTeX and CSV.

    Parameters
    ----------
    results : Results
    model : dict
        What `page_model` gives of them; says which systems are compared.
    folder : path-like
        Made where it is not there; files of the same name are replaced.
    resamples : int
        Of intervals and tests.

    Returns
    -------
    list of Path
        An analysis that these results cannot feed has no file.

    Raises
    ------
    ConfigError
        If a file cannot be written.
    """
    from crossner.analysis import ANALYSES, VIEWS, format_analysis, rows_of, with_source
    from crossner.commands import data_line

    folder = make_folder(folder, "--tables")
    paths = []
    for name, analysis in ANALYSES.items():
        options: dict = {"resamples": resamples} if "resamples" in analysis.options else {}
        names = model["names"]
        if "systems" in analysis.options:
            if name in VIEWS and VIEWS[name].needs_source:
                names = [one for one in names if one in with_source(results)]
            options["systems"] = names
        if not names or (len(names) < 2 and name in ("comparisons", "disagreement")):
            continue
        rows = rows_of(results, name, **options)
        if not rows:
            continue
        caption = f"{data_line(results)} · {analysis.summary}"
        for style, ending in TABLE_ENDINGS.items():
            if style == "csv" or name not in LARGE:
                path = folder / f"{name}.{ending}"
                _write(path, format_analysis(name, rows, style=style, caption=caption) + "\n")
                paths.append(path)
    return paths


def file_name(name) -> str:
    """A name with nothing in it that a file system or a shell could mind.

    Examples
    --------
    >>> file_name("confusion ai direct · minilm")
    'confusion-ai-direct-minilm'
    """
    return re.sub(r"[^\w.+]+", "-", name).strip("-.")


def make_folder(folder, option) -> Path:
    """A folder that is there from now on.

    Raises
    ------
    ConfigError
        If it cannot be made.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {folder}: cannot be made ({error.strerror})") from None
    return folder


def _write(path, text):
    from graphmining.atomic import write_text

    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigError(f"--tables {path}: cannot be written ({error.strerror})") from None
