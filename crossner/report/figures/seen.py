"""F1 by bucket of a view (mentions seen or unseen, short or long, …), beside it how many mentions that are."""

from __future__ import annotations

from crossner.report.figures.common import (
    INK,
    SMALL,
    TOGETHER,
    drawable,
    in_words,
    key,
    listed,
    names_of,
    new_figure,
    one_domain,
    percent,
    style,
    tidy,
)
from crossner.report.figures.dots import grouped, groups_height, whiskers


def draw(rows, *, domain=None, title=None, subtitle=""):
    """Draw F1 by bucket.

    Parameters
    ----------
    rows : list of dict
        Of one view: `system`, `view`, `domain`, `bucket`, `mean`, `gold` and, where known, `low`, `high`,
        `sd`: what `generalisation_rows` gives.
    domain : str, optional
        By default all domains together, where the rows have that.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is no row with a value, or it is not clear of which domain.
    """
    domain = one_domain(rows, domain)
    buckets = names_of([row for row in rows if row["domain"] == domain], "bucket")
    shares = _shares(rows, domain)
    rows = drawable(rows, domain=domain)
    systems = names_of(rows, "system")
    figure = new_figure(
        groups_height(systems, buckets),
        title=f"{_name(rows)}: F1 {in_words(domain)}" if title is None else title,
        subtitle=subtitle,
        note=f"{whiskers(rows)} Bars: share of gold mentions.".strip(),
        keys=[key(name, index) for index, name in enumerate(systems)],
    )
    axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=(4, 1))
    tidy(axes)
    places = grouped(axes, rows, systems, buckets, "bucket")
    axes.set_xlabel("F1 (%)")
    tidy(beside, grid="", spines=())
    beside.tick_params(labelleft=False, labelbottom=False)
    beside.set_xlabel("gold (%)")
    same = all(len({shares[s, b] for s in systems if (s, b) in shares}) <= 1 for b in buckets)
    for bucket in buckets:
        inside = [places[system, bucket] for system in systems]
        bars = [(sum(inside) / len(inside), systems[0], INK, 0.35, max(0.8, 0.45 * len(inside)))]
        if not same:
            bars = [(y, s, style(i)["color"], 0.6, 0.7) for i, (s, y) in enumerate(zip(systems, inside))]
        for place, system, color, alpha, height in bars:
            share = shares.get((system, bucket))
            if share is not None:
                beside.barh(place, share, height, color=color, alpha=alpha)
                if same or len(systems) <= TOGETHER:
                    beside.annotate(
                        percent(share),
                        (share, place),
                        (2, 0),
                        textcoords="offset points",
                        va="center",
                        size=SMALL,
                        color=INK,
                    )
    beside.set_xlim(0, 1.35 * max(shares.values(), default=1) or 1)
    return figure


def describe(rows, *, domain=None) -> str:
    """For each system its F1 in every bucket, with the share of gold mentions."""
    domain = one_domain(rows, domain)
    shares = _shares(rows, domain)
    rows = drawable(rows, domain=domain)
    parts = []
    for system in names_of(rows, "system"):
        own = [row for row in rows if row["system"] == system]
        scores = ", ".join(
            f"{row['bucket']} {row['mean']:.1f} ({percent(shares[system, row['bucket']])} % of gold)"
            for row in own
        )
        parts.append(f"{system}: {scores}")
    return f"{_name(rows)}: F1 {in_words(domain)}. " + listed(parts)


def _name(rows):
    from crossner.scoring.generalisation import VIEWS

    view = rows[0]["view"]
    return VIEWS[view].title if view in VIEWS else view


def _shares(rows, domain) -> dict:
    """Percent of a system's gold mentions that are in a bucket, by both names."""
    rows = [row for row in rows if row["domain"] == domain]
    total: dict[str, float] = {}
    for row in rows:
        total[row["system"]] = total.get(row["system"], 0) + (row.get("gold") or 0)
    return {
        (row["system"], row["bucket"]): 100 * (row.get("gold") or 0) / (total[row["system"]] or 1) for row in rows
    }
