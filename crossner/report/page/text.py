"""Numbers and rows in words: what all parts of the page share."""

from __future__ import annotations

import json

from crossner.report.page.scores import AVERAGE

DASH = "–"


def number(value, digits=2) -> str:
    """A number of so many digits, or a dash."""
    return DASH if value is None else f"{value:,.{digits}f}"


def signed(value, digits=2) -> str:
    """A difference with its sign."""
    if value is None:
        return DASH
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if not float(text) else text.replace("-", "−")


def p_value(value) -> str:
    """A p-value."""
    if value is None:
        return DASH
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def key_of(*parts) -> str:
    """The key of a panel, as the script writes it."""
    return json.dumps([str(part) for part in parts], ensure_ascii=False, separators=(",", ":"))


def with_sd(row) -> str:
    """Mean ± sd."""
    return number(row["mean"]) + (f" ± {row['sd']:.2f}" if row.get("sd") is not None else "")


def with_interval(row) -> str:
    """Mean and interval."""
    if row["mean"] is None:
        return DASH
    interval = f" [{row['low']:.1f}, {row['high']:.1f}]" if row.get("low") is not None else ""
    return f"{row['mean']:.1f}{interval}"


def setting(row) -> str:
    """Tagger, encoder and number of sentences that rows have in common."""
    parts = [row["tagger"], *([row["encoder"]] if row["encoder"] else [])]
    shots = row.get("shots")
    return " · ".join(parts) + (f", {shots:,} target sentence{'s' if shots > 1 else ''}" if shots else "")


def domain_name(domain) -> str:
    """What a domain is called in a sentence."""
    return "all domains together" if domain == "all" else domain


def average_first(domains) -> list:
    """Domains, what stands for all of them before the others."""
    return sorted(domains, key=lambda one: one not in (AVERAGE, "all"))


def unique(rows, key) -> list:
    """Distinct values of a column, in their order."""
    return list(dict.fromkeys(row[key] for row in rows))


def pivot(rows, lines, columns, key_line, key_column, show, *, head, caption, before=()) -> dict:
    """A table of rows: a line for each of `lines`, a column for each of `columns`.

    Parameters
    ----------
    rows : list of dict
    lines, columns : list
    key_line, key_column : str
    show : callable
        Text of a row; a dash stands where there is none.
    head : list of str
        Names of the columns before those.
    caption : str
    before : callable, optional
        `before(line)` gives the cells between the line's name and its columns.
    """
    found = {(row[key_line], row[key_column]): row for row in rows}
    return {
        "caption": caption,
        "head": [*head, *columns],
        "text": [0],
        "rows": [
            [
                line,
                *(before(line) if before else ()),
                *(show(found[line, column]) if (line, column) in found else DASH for column in columns),
            ]
            for line in lines
        ],
    }
