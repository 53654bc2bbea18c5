"""The commands that compare and explain stored results: score, compare, analyse, report."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from crossner.errors import ConfigError, DataError


def score_command(arguments):
    """Score a file of columns in seqeval's modes, or files and folders of runs under protocols."""
    folders = [path for path in arguments.paths if os.path.isdir(path)]
    protocols = _unique(arguments.protocol)
    if folders and len(folders) < len(arguments.paths):
        nowhere = next((path for path in arguments.paths if not os.path.exists(path)), None)
        if nowhere is not None:
            raise DataError("no such file or folder", path=nowhere)
        raise ConfigError("score takes files of columns or folders of runs, not both at once")
    if not folders and len(arguments.paths) > 1:
        raise ConfigError("score takes one file of columns; several folders of runs may be named")
    if not folders and (arguments.data is not None or arguments.systems is not None):
        raise ConfigError("--data and --systems go with folders of runs; a file of columns holds its gold tags")
    if folders:
        _score_folders(folders, protocols, arguments)
    elif arguments.protocols or protocols:
        _score_protocols(arguments.paths[0], protocols, arguments)
    else:
        _score_file(arguments.paths[0], arguments)


def _score_folders(folders, protocols, arguments):
    from crossner.analysis import format_analysis
    from crossner.results import Results
    from crossner.scoring.protocols import protocol_rows

    if not (arguments.protocols or protocols):
        raise ConfigError(
            "folders of runs are scored with --protocols, or --protocol NAME; `crossner table` shows the headline"
        )
    results = Results(folders, data=arguments.data)
    rows = protocol_rows(results, systems=_unique(arguments.systems), protocols=protocols)
    _print(format_analysis("protocols", rows, style=arguments.style, caption=data_line(results)))
    if arguments.style == "text":
        _print("\n" + _meanings(protocols))


def _score_protocols(path, protocols, arguments):
    from crossner.report.rows import format_rows
    from crossner.scoring.predictions import read_tokens
    from crossner.scoring.protocols import score_protocols

    tokens, gold, predicted = read_tokens(path)
    rows = score_protocols(gold, predicted, protocols, tokens=tokens)
    columns = ["protocol", "precision", "recall", "f1", "gold", "predicted"]
    _print(format_rows(rows, columns, style=arguments.style))
    if arguments.style == "text":
        _print("\n" + _meanings([row["protocol"] for row in rows]))


def _meanings(names):
    """What protocols mean, a line each."""
    from crossner.scoring.protocols import DESCRIPTIONS, PROTOCOLS, parse_protocol, protocol_text

    names = list(PROTOCOLS) if names is None else names
    return "\n".join(f"{name}: {DESCRIPTIONS.get(name) or protocol_text(parse_protocol(name))}" for name in names)


def _score_file(path, arguments):
    from tabulate import tabulate

    from crossner.scoring.predictions import read_predictions
    from crossner.scoring.score import score

    style = arguments.style
    if style not in ("text", "json"):
        raise ConfigError(f"--{style} goes with --protocols")
    result = score(*read_predictions(path))
    if style == "json":
        print(json.dumps(result, indent=2))
        return
    columns = ("precision", "recall", "f1")
    rows = [[mode, *(result[mode][c] for c in columns)] for mode in ("strict", "default", "tokens")]
    print("seqeval, IOB2, percent: strict and default count entities, tokens counts tokens\n")
    _print(tabulate(rows, ["", *columns], floatfmt=".2f"))
    rows = [[name, *(row[c] for c in columns), row["support"]] for name, row in result["types"].items()]
    _print("\n" + tabulate(rows, ["type (strict)", *columns, "gold"], floatfmt=".2f"))


def compare_command(arguments):
    """Compare systems: verdicts, and the numbers behind them."""
    from crossner.analysis import format_analysis, pairs_of, protocol_of
    from crossner.results import Results
    from crossner.scoring.protocols import protocol_text
    from crossner.scoring.significance import MANY, comparison_rows
    from crossner.scoring.verdicts import row_verdicts

    if arguments.seed < 0:
        raise ConfigError(f"--seed {arguments.seed}: must be a whole number that is not negative")
    results = Results(arguments.folders, data=arguments.data)
    if len(results.systems) < 2:
        raise ConfigError(f"{', '.join(arguments.folders)}: holds one system; a comparison needs two")
    protocol = protocol_of(arguments.protocol)
    pairs = pairs_of(arguments.systems)
    rows = comparison_rows(
        results, pairs=pairs, protocol=protocol, resamples=arguments.resamples, seed=arguments.seed
    )
    verdicts = row_verdicts(rows)
    style = arguments.style
    if style == "json":
        _print(json.dumps({"verdicts": verdicts, "rows": rows}, indent=2, ensure_ascii=False))
        return
    caption = f"{data_line(results)} · {protocol_text(protocol)} · {arguments.resamples:,} resamples"
    if pairs is None and len(results.systems) > MANY:
        caption += f" · more than {MANY} systems: each with the best one, other pairs with --systems"
    _print(format_analysis("comparisons", rows, style=style, caption=caption))
    if style == "text":
        _print("\n" + "\n".join(verdicts))


def analyse_command(arguments):
    """Print one of the analyses."""
    from crossner.analysis import ANALYSES, format_analysis, get_analysis, protocol_of, rows_of
    from crossner.results import Results
    from crossner.scoring.protocols import protocol_text

    if arguments.list:
        width = max(map(len, ANALYSES))
        print("\n".join(f"{name:{width}}  {analysis.summary}" for name, analysis in ANALYSES.items()))
        return
    if not arguments.name or not arguments.folders:
        raise ConfigError("name an analysis and a folder of runs; `crossner analyse --list` says which there are")
    analysis = get_analysis(arguments.name)
    given = {key: getattr(arguments, key) for key in ("systems", "protocol", "resamples")}
    results = Results(arguments.folders, data=arguments.data)
    rows = rows_of(results, arguments.name, **{key: value for key, value in given.items() if value is not None})
    if not rows:
        raise ConfigError(f"{', '.join(arguments.folders)}: {arguments.name} needs {analysis.needs}")
    caption = f"{data_line(results)} · {analysis.summary}"
    if arguments.protocol is not None:
        caption += f" · {protocol_text(protocol_of(arguments.protocol))}"
    _print(format_analysis(arguments.name, rows, style=arguments.style, caption=caption))


def report_command(arguments):
    """Write the report; its figures and tables as files too, where asked for."""
    from crossner.report.export import make_folder, write_figures, write_tables
    from crossner.report.page import page_model
    from crossner.report.page.write import write_model
    from crossner.results import Results

    results = Results(arguments.folders, data=arguments.data)
    progress = _say if sys.stderr.isatty() else None
    only_files = arguments.html is None and (arguments.figures or arguments.tables)
    html = Path(arguments.html or Path(arguments.folders[0], "report.html"))
    # What cannot be written is said before any work is done, what cannot be read before anything is written.
    for option in ("figures", "tables"):
        if getattr(arguments, option):
            make_folder(getattr(arguments, option), f"--{option}")
    if not only_files and (html.is_dir() or not html.parent.is_dir()):
        raise ConfigError(f"--html {html}: {'is a folder' if html.is_dir() else 'its folder does not exist'}")
    missing = _missing(results, arguments.data)
    if missing and arguments.tables:
        raise DataError(f"{missing}; --tables needs the data")
    if missing:
        print(f"crossner: only what the records hold is shown, without the data: {missing}", file=sys.stderr)
    model = page_model(
        results,
        examples=not (only_files or arguments.no_examples),
        resamples=arguments.resamples,
        progress=progress,
    )
    if not only_files:
        write_model(model, html)
        print(f"report: {html}")
    if arguments.figures:
        print(f"figures: {len(write_figures(model, arguments.figures))} in {arguments.figures}")
    if arguments.tables:
        tables = write_tables(results, model, arguments.tables, resamples=arguments.resamples)
        print(f"tables: {len(tables)} in {arguments.tables}")


def _missing(results, data):
    """Why the data that the runs name is not at hand, or None; runs that are damaged are an error."""
    try:
        for domain in results.domains:
            results.dataset.domain(domain)
    except (ConfigError, DataError) as error:
        if data is not None:
            raise
        return str(error)
    _ = results.systems  # reads the predictions
    return None


def _unique(names):
    """Names without repetitions; None where there is none."""
    return list(dict.fromkeys(names)) if names else None


def _print(text):
    """Print a text, also where standard output cannot show all of it."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def _say(text):
    print(f"{text} …", file=sys.stderr, flush=True)


def data_line(results) -> str:
    """Name and revision of the data of some results."""
    from crossner.report.table import short_revision

    data = results.table["data"]
    note = " (built-in sample, for teaching and tests)" if data["name"] == "sample" else ""
    return f"{data['name']}{note} @ {short_revision(data['revision'])}"
