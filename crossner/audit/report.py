"""An audit for people: tables on the terminal, and a page that needs nothing beside it."""

from __future__ import annotations

import math
import textwrap

from crossner.data.domains import SPLITS
from crossner.errors import ConfigError
from crossner.report.table import short_revision

SPLIT_PAIRS = (("train", "test"), ("dev", "test"), ("train", "dev"))
LISTED = 100  # sentences in a list on the page; all are in the JSON
WIDTH = 100
DARKEST = 0.6


def format_audit(result) -> str:
    """The audit as tables, the most important first.

    Parameters
    ----------
    result : dict
        What `audit` gives. Where it holds words, sentences that are in two splits are printed.
    """
    from tabulate import tabulate

    parts = [
        heading(result),
        duplicates_title(result),
        tabulate(
            duplicate_rows(result),
            duplicate_columns(),
            disable_numparse=True,
            colalign=_aligned(duplicate_columns()),
        ),
    ]
    if shared := across_line(result):
        parts.append(shared)
    parts += [
        "Test mentions that occur in training data, %: with the same type (with any)",
        tabulate(
            seen_rows(result), seen_columns(result), disable_numparse=True, colalign=_aligned(seen_columns(result))
        ),
        "Mentions whose type is not the most frequent one of their words in their domain",
        tabulate(ambiguous_rows(result), ("domain", "mentions", "minority", "%", "the worst"), floatfmt=".1f"),
        rare_title(result),
        "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in rare_lines(result)) or "none",
        vocabulary_title(result),
        tabulate(
            [[name, *row] for name, row in zip(result["vocabulary"]["domains"], result["vocabulary"]["overlap"])],
            ["", *result["vocabulary"]["domains"]],
            floatfmt=".1f",
        ),
    ]
    if text := _sentences(result):
        parts += ["Sentences in two splits or tagged in two ways, and near duplicates", text]
    return "\n\n".join(parts)


def _aligned(columns):
    return ["left", *["right"] * (len(columns) - 1)]


def heading(result) -> str:
    """Data set and revision."""
    return f"{result['data']['name']} @ {short_revision(result['data']['revision'])}"


def duplicates_title(result) -> str:
    """What the first table counts."""
    return (
        "Sentences in two splits: identical + near duplicates (Jaccard of word pairs ≥ "
        f"{result['options']['similarity']:g});\ngroups of identical sentences in a domain"
    )


def duplicate_columns() -> list[str]:
    """Header of `duplicate_rows`."""
    return ["domain", *(f"{one}–{other}" for one, other in SPLIT_PAIRS), "groups", "conflicting tags"]


def duplicate_rows(result) -> list[list]:
    """A row a domain: shared sentences by pair of splits, groups, and groups with conflicting tags."""
    index = {file: position for position, file in enumerate(result["splits"])}
    exact, near = result["duplicates"]["exact"], result["duplicates"]["near"]
    rows = []
    for domain, counts in result["duplicates"]["domains"].items():
        pairs = [(index[f"{domain}/{one}"], index[f"{domain}/{other}"]) for one, other in SPLIT_PAIRS]
        cells = [f"{exact[i][j]} + {near[i][j]}" for i, j in pairs]
        rows.append([domain, *cells, counts["groups"], counts["conflicting"]])
    return rows


def across_line(result) -> str:
    """The pairs of domains that share sentences, or nothing."""
    across = result["duplicates"]["across"]
    if not across:
        return ""
    pairs = ", ".join(f"{'–'.join(row['domains'])} {row['sentences']}" for row in across)
    total = sum(row["sentences"] for row in across)
    return textwrap.fill(f"Identical sentences in two domains: {total} ({pairs})", WIDTH)


def seen_columns(result) -> list[str]:
    """Header of `seen_rows`."""
    names = dict.fromkeys(name for row in result["seen"].values() for name in row)
    return ["domain", *names]


def seen_rows(result) -> list[list]:
    """A row a domain: test mentions, and the percentages that were seen."""
    rows = []
    for domain, row in result["seen"].items():
        cells = [row.get(name) for name in seen_columns(result)[2:]]
        shares = ["–" if c is None else f"{c['same_type']:.1f} ({c['any_type']:.1f})" for c in cells]
        rows.append([domain, row["mentions"], *shares])
    return rows


def ambiguous_rows(result) -> list[list]:
    """A row a domain: mentions, those of a minority type, their percentage, and the words with most."""
    return [
        [
            domain,
            row["mentions"],
            row["minority"],
            100 * row["minority"] / max(row["mentions"], 1),
            describe_words(row["words"][0]) if row["words"] else "–",
        ]
        for domain, row in result["ambiguous"].items()
    ]


def describe_words(row) -> str:
    """The types of some words, with the words or a place where they are."""
    types = ", ".join(f"{name} {count}" for name, count in row["types"].items())
    return f"{row['text'] if 'text' in row else place(row['places'][0])}: {types}"


def rare_title(result) -> str:
    """What a rare type is."""
    return f"Types with fewer than {result['options']['few']} mentions in train"


def rare_lines(result) -> list[str]:
    """A line a domain that has rare types, the rarest first."""
    domains = dict.fromkeys(row["domain"] for row in result["rare"])
    return [
        f"{domain}: "
        + ", ".join(
            f"{row['type']} {row['train']}"
            for row in sorted(result["rare"], key=lambda row: row["train"])
            if row["domain"] == domain
        )
        for domain in domains
    ]


def vocabulary_title(result) -> str:
    """What the matrix of domains holds."""
    size = result["vocabulary"]["size"]
    return f"Overlap of the {size} most frequent words in the labelled text without stop words, %"


def place(entry) -> str:
    """`domain/split:line`."""
    return f"{entry['domain']}/{entry['split']}:{entry['line']}"


def notable_groups(result) -> list[dict]:
    """Groups of identical sentences that lie in two splits or are tagged in two ways."""
    return [
        group
        for group in result["duplicates"]["groups"]
        if group["conflicting"] or len({(p["domain"], p["split"]) for p in group["places"]}) > 1
    ]


def group_line(group) -> str:
    """The places of identical sentences, and whether their tags conflict."""
    mark = "; tags conflict" if group["conflicting"] else ""
    return ", ".join(map(place, group["places"])) + mark


def near_line(pair) -> str:
    """The places and the similarity of near duplicates."""
    left, right = (", ".join(map(place, side)) for side in pair["places"])
    return f"{left} ~ {right}: {pair['similarity']:.2f}"


def _sentences(result) -> str:
    groups = [(group_line(g), [g["text"]]) for g in notable_groups(result) if "text" in g]
    pairs = [(near_line(p), p["texts"]) for p in result["duplicates"]["near_pairs"] if "texts" in p]
    return "\n".join("\n".join([line, *(f"  {text}" for text in texts)]) for line, texts in groups + pairs)


def write_page(result, path):
    """Write the audit as one HTML file.

    Parameters
    ----------
    result : dict
        What `audit` gives; words are on the page where it holds them.
    path : path-like

    Raises
    ------
    ConfigError
        If the file cannot be written.
    """
    from jinja2 import Environment, PackageLoader

    from graphmining.atomic import write_text

    environment = Environment(
        loader=PackageLoader("crossner", "report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("audit.html.jinja").render(
        result=result,
        **{view.__name__: view for view in VIEWS},
        LISTED=LISTED,
        vocabulary_shades=vocabulary_shades(result["vocabulary"]["overlap"]),
        domains=list(result["seen"]),
        splits=SPLITS,
        leaks=[
            ("Identical sentences", result["duplicates"]["exact"]),
            ("Near duplicates", result["duplicates"]["near"]),
        ],
    )
    try:
        write_text(path, page)
    except OSError as error:
        raise ConfigError(f"--html {path}: cannot be written ({error.strerror})") from None


def shade(value, largest) -> float:
    """How dark a count is on a heat map, by its logarithm; with the darkest, text can still be read."""
    return round(DARKEST * math.log1p(value) / math.log1p(largest), 3)


def vocabulary_shades(overlap) -> list[list[float]]:
    """How dark the cells of the vocabulary matrix are: not the diagonal, others by their size."""
    others = [value for i, row in enumerate(overlap) for j, value in enumerate(row) if i != j]
    low, high = min(others, default=0), max(others, default=0)
    return [
        [
            0.0 if i == j else round(0.1 + (DARKEST - 0.1) * (value - low) / (high - low or 1), 3)
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(overlap)
    ]


# What the page's template calls.
VIEWS = (
    across_line,
    ambiguous_rows,
    describe_words,
    duplicate_columns,
    duplicate_rows,
    group_line,
    near_line,
    notable_groups,
    rare_title,
    seen_columns,
    seen_rows,
    shade,
)
