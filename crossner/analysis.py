"""Every analysis of stored predictions by its name: its rows, and the table that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from crossner.errors import ConfigError
from crossner.report.rows import Column, cell, format_rows, frame, pivot
from crossner.scoring.generalisation import VIEWS
from graphmining.errors import unknown

P = ".4f"


@dataclass(frozen=True)
class Analysis:
    """An analysis of `Results`.

    Attributes
    ----------
    summary : str
    rows : callable
        `rows(results, **options)` gives tidy rows.
    columns : tuple of (str or Column)
        Of its table; ignored where `wide` is set.
    wide : tuple or None
        Index, column and value of `pivot`, for a table that is wide.
    options : tuple of str
        Of `systems`, `protocol`, `resamples`: those that it takes.
    needs : str
        What results have to hold; those that lack it give no rows.
    """

    summary: str
    rows: Callable
    columns: tuple = ()
    wide: tuple | None = None
    options: tuple[str, ...] = ("systems",)
    needs: str = "runs"


def analyse(results, name, **options):
    """An analysis as a data frame.

    Parameters
    ----------
    results : Results
    name : str
        A key of `ANALYSES`.
    **options
        Some of `systems` (names), `protocol` (a name or `Protocol`) and `resamples`; each analysis
        says which of them it takes.

    Returns
    -------
    pandas.DataFrame
        Empty where the results lack what the analysis needs.

    Raises
    ------
    ConfigError
        If there is no such analysis, or it has no such option.
    """
    return frame(rows_of(results, name, **options))


def rows_of(results, name, **options) -> list[dict]:
    """An analysis as tidy rows; see `analyse`."""
    analysis = get_analysis(name)
    for option, value in options.items():
        if option not in analysis.options:
            taken = f"it takes {', '.join(analysis.options)}" if analysis.options else "it takes no option"
            raise ConfigError(f"analysis {name} has no option {option}={value!r}; {taken}")
    if options.get("systems") is not None:
        options["systems"] = list(dict.fromkeys(options["systems"]))
    return analysis.rows(results, **options)


def get_analysis(name) -> Analysis:
    """An analysis by its name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name not in ANALYSES:
        raise ConfigError(unknown("analysis", name, ANALYSES))
    return ANALYSES[name]


def format_analysis(name, rows, *, style="text", caption="") -> str:
    """Rows of an analysis as its table.

    Parameters
    ----------
    name : str
    rows : list of dict
        What `rows_of` gave.
    style : {"text", "json", "markdown", "csv", "latex"}
    caption : str
    """
    analysis = get_analysis(name)
    if analysis.wide is None or style in ("json", "csv"):
        return format_rows(rows, list(analysis.columns), style=style, caption=caption)
    wide = pivot(rows, *analysis.wide)
    index = (analysis.wide[0],) if isinstance(analysis.wide[0], str) else analysis.wide[0]
    keys = list(wide[0]) if wide else list(index)
    columns = [Column(key, align="left" if key in index else "right") for key in keys]
    return format_rows(wide, columns, style=style, caption=caption)


def protocol_of(protocol):
    """A `Protocol` from its name, or itself."""
    from crossner.scoring.protocols import parse_protocol

    return parse_protocol(protocol) if isinstance(protocol, str) else protocol


def _scores(results, *, systems=None, protocol="headline", resamples=10_000):
    from crossner.scoring.significance import interval_rows

    return interval_rows(results, systems=systems, protocol=protocol, resamples=resamples)


def _protocols(results, *, systems=None):
    from crossner.scoring.protocols import protocol_rows

    return protocol_rows(results, systems=systems)


def _spread(results, *, systems=None):
    from crossner.scoring.protocols import spread_rows

    return spread_rows(results, systems=systems)


def _comparisons(results, *, systems=None, protocol="headline", resamples=10_000):
    from crossner.scoring.significance import comparison_rows

    return comparison_rows(results, pairs=pairs_of(systems), protocol=protocol, resamples=resamples)


def pairs_of(systems):
    """All pairs of the named systems; None where none is named."""
    if systems is None:
        return None
    systems = list(dict.fromkeys(systems))
    if len(systems) < 2:
        raise ConfigError("a comparison needs two systems or more")
    return list(combinations(systems, 2))


def _view(name):
    def rows(results, *, systems=None, resamples=1000):
        from crossner.scoring.generalisation import generalisation_rows

        if VIEWS[name].needs_source and systems is None:
            systems = with_source(results)
        return generalisation_rows(results, name, systems=systems, resamples=resamples)

    return rows


def with_source(results) -> list[str]:
    """Names of the systems that have a source to be sorted by, their own or the data set's."""
    names = results.dataset.names
    return [system.name for system in results.systems if results.dataset.source or system.source in names]


def _matrix(results, *, protocol="headline", resamples=10_000):
    from crossner.scoring.matrix import matrix_groups, source_matrix

    if not matrix_groups(results):
        return []
    return source_matrix(results, protocol=protocol_of(protocol), resamples=resamples)["cells"]


def _curves(results, *, protocol="headline", resamples=1000):
    from crossner.scoring.curves import curve_rows

    return curve_rows(results, protocol=protocol_of(protocol), resamples=resamples)


def _errors(results, *, systems=None):
    from crossner.scoring.errors import error_rows

    return error_rows(results, systems=systems)


def _costly(results, *, systems=None):
    from crossner.scoring.errors import costly_rows

    return costly_rows(results, systems=systems)


def _confusion(results, *, systems=None):
    from crossner.scoring.errors import confusion

    rows = []
    for name in systems or [system.name for system in results.systems]:
        for domain in results.system(name).answers:
            found = confusion(results, name, domain)
            rows += [
                {"system": name, "domain": domain, "gold": gold, "predicted": other, "count": count}
                for gold, counts in zip(found["types"], found["counts"], strict=True)
                for other, count in zip(found["types"], counts, strict=True)
                if count
            ]
    return rows


def _disagreement(results, *, systems=None):
    from crossner.scoring.disagreement import disagreement_rows
    from crossner.scoring.significance import default_pairs

    pairs = pairs_of(systems) or default_pairs(results)
    return [row for a, b in pairs for row in disagreement_rows(results, a, b)]


def _calibration(results, *, systems=None):
    from crossner.scoring.calibration import calibration_summary

    return calibration_summary(results, systems=systems)


def _reliability(results, *, systems=None):
    from crossner.scoring.calibration import calibration_rows

    return calibration_rows(results, systems=systems)


def _thresholds(results, *, systems=None):
    from crossner.scoring.calibration import threshold_rows

    return threshold_rows(results, systems=systems)


def _published(results, *, protocol="headline"):
    from crossner.report.published import DOMAINS, published_rows

    if not set(results.domains) & set(DOMAINS):
        return []
    return published_rows(results, protocol_of(protocol))


F1 = Column(cell, "F1 ± sd [95 %]", align="right")
STRATUM = ("system", "domain", "bucket", Column("gold", digits=1), F1, "precision", "recall")
PAIR = "two systems with a domain in common"
CONFIDENCES = "runs with confidences"

ANALYSES = {
    "scores": Analysis(
        "F1 by domain: mean ± sd over seeds and 95 % interval over sentences",
        _scores,
        wide=("system", "domain", cell),
        options=("systems", "protocol", "resamples"),
    ),
    "protocols": Analysis(
        "F1 by domain under every protocol",
        _protocols,
        wide=(("system", "protocol"), "domain", lambda row: cell(row, "sd")),
    ),
    "spread": Analysis(
        "how far F1 moves between protocols",
        _spread,
        columns=("system", "domain", "min", "max", "range", "min_protocol", "max_protocol"),
    ),
    "comparisons": Analysis(
        "differences between systems, with intervals and tests",
        _comparisons,
        columns=(
            "a",
            "b",
            "domain",
            Column("difference", "b − a", format="+.2f"),
            Column("low", format="+.2f"),
            Column("high", format="+.2f"),
            Column("p_bootstrap", "p bootstrap", format=P),
            Column("p_randomisation", "p randomisation", format=P),
            Column("p_holm", "p Holm", format=P),
            "seeds",
        ),
        options=("systems", "protocol", "resamples"),
        needs=PAIR,
    ),
    **{
        name: Analysis(
            f"F1: {view.title[0].lower()}{view.title[1:]}",
            _view(name),
            columns=STRATUM,
            options=("systems", "resamples"),
            needs=(
                "a system or a data set with a source"
                if view.needs_source
                else "runs whose train sentences are known"
            ),
        )
        for name, view in VIEWS.items()
    },
    "matrix": Analysis(
        "from every source to every target: F1, and what the source gains",
        _matrix,
        columns=(
            "source",
            "target",
            "f1",
            "direct",
            Column("gain", format="+.2f"),
            Column("low", format="+.2f"),
            Column("high", format="+.2f"),
            Column("p_holm", "p Holm", format=P),
            Column("negative", "below 0"),
            "certain",
        ),
        options=("protocol", "resamples"),
        needs="runs of pretrain-finetune with a source of the data",
    ),
    "curves": Analysis(
        "F1 by number of target sentences",
        _curves,
        columns=("series", "domain", Column("sentences", format="g"), F1),
        options=("protocol", "resamples"),
        needs="runs on few target sentences (--shots)",
    ),
    "errors": Analysis(
        "kinds of errors, and what repairing each would give",
        _errors,
        columns=("system", "domain", "kind", Column("count", digits=1), "share", Column("f1_gain", "F1 gain")),
    ),
    "costly": Analysis(
        "the confusions of types that cost most F1",
        _costly,
        columns=("system", "domain", "gold", "predicted", Column("count", digits=1), Column("f1_gain", "F1 gain")),
        needs="a system that errs",
    ),
    "confusion": Analysis(
        "how often each type was taken for each, summed over seeds",
        _confusion,
        columns=("system", "domain", "gold", "predicted", "count"),
    ),
    "disagreement": Analysis(
        "gold mentions that both, one or none of two systems find",
        _disagreement,
        columns=(
            "a",
            "b",
            "domain",
            *(Column(key, key.replace("_", " "), digits=1) for key in ("both", "only_a", "only_b", "neither")),
            "agreement",
            Column("kappa", digits=3),
            "oracle",
            Column("mcnemar_p", "McNemar p", format=P),
        ),
        needs=PAIR,
    ),
    "calibration": Analysis(
        "how well confidences fit: calibration error, Brier score, AUROC",
        _calibration,
        columns=(
            "system",
            "domain",
            "ece",
            "mce",
            Column("brier", digits=4),
            "auroc",
            "confidence",
            "accuracy",
            "count",
        ),
        needs=CONFIDENCES,
    ),
    "reliability": Analysis(
        "the bins of the reliability diagram",
        _reliability,
        columns=("system", "domain", "low", "high", "confidence", "accuracy", "count"),
        needs=CONFIDENCES,
    ),
    "thresholds": Analysis(
        "precision, recall and F1 of spans above a confidence",
        _thresholds,
        columns=("system", "domain", "threshold", "precision", "recall", "f1", "count", "best_on_test"),
        needs=CONFIDENCES,
    ),
    "published": Analysis(
        "published scores beside these, with what keeps them from being compared",
        _published,
        columns=(
            "name",
            "year",
            "setting",
            "encoder",
            "politics",
            "science",
            "music",
            "literature",
            "ai",
            "average",
            "comparable",
            "mark",
        ),
        options=("protocol",),
        needs="a domain of CrossNER",
    ),
}
