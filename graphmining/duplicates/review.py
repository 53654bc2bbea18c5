"""A page on which people review clusters: one HTML file that needs nothing beside it."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from operator import index
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphmining.atomic import write_text
from graphmining.duplicates.certainty import profile_clusters
from graphmining.duplicates.explanation import compare_pairs
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.textdiff import Run, compare_texts, fold, similarity
from graphmining.duplicates.threshold import score_histogram
from graphmining.errors import FileError, OptionError

# Clusters of so many records are shown with a column each; larger ones with a row each.
_SIDE_BY_SIDE = 4
_NEAR_MISSES = 50
# Letters that a cluster may show, so that 500 are a few MB: they are shared by its cells, of eight items at most.
_CLUSTER_ROOM, _SHARERS = 4000, 8
_MOST_SHOWN = 6000  # with markup: items beyond are named only
_LEAST_ROOM, _MOST_ROOM = 60, 1500
_MARKUP = 60  # letters that a cell takes beside its text
_COMPARED = 10_000  # letters of a long text that are compared at all
_MOST_IDS = 200
_SIZES = (2, 3, 4, 5, 10, 20, 50, 100, 1000)


class Cell(NamedTuple):
    """A value beside that of the first item; a missing value has no runs.

    Attributes
    ----------
    runs : list of Run
    verdict : str
        As in `FieldDifference`; empty for the first item's own.
    similarity : float or None
    """

    runs: list
    verdict: str = ""
    similarity: float | None = None


class Entry(NamedTuple):
    """An item on the page.

    Attributes
    ----------
    id : hashable
    key : str
        The id in JSON.
    list : int or None
    score : str
        With the first item, in words; empty for that itself.
    cells : list of Cell
    """

    id: object
    key: str
    list: int | None
    score: str
    cells: list


class Card(NamedTuple):
    """A cluster, or a pair that is none, on the page.

    Attributes
    ----------
    name : str
    size : int
    margin : float
        How far it is above the threshold: the less, the less sure.
    facts : list of str
    entries : list of Entry
        The representative first.
    more : list
        Ids of items that are not shown.
    """

    name: str
    size: int
    margin: float
    facts: list
    entries: list
    more: list


def write_review(found, path, *, title="Duplicates", most=500):
    """Write a page on which people review clusters and decide on them.

    Parameters
    ----------
    found : Duplicates
    path : path-like
        The HTML file. It needs no network and no other file.
    title : str
    most : int
        Clusters that are shown at most; those that are least sure come first.

    Raises
    ------
    FileError
        If the file cannot be written.
    OptionError
        If `most` is no integer from 0 on.

    Notes
    -----
    What is decided on the page stays in the browser. It is exported as JSON, which `read_decisions` reads.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from graphmining import find_duplicates
    >>> found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3)
    >>> with TemporaryDirectory() as folder:
    ...     write_review(found, f"{folder}/review.html")
    """
    from jinja2 import Environment, PackageLoader

    most = _check_most(most)
    environment = Environment(
        loader=PackageLoader("graphmining", "duplicates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["digest"] = _digest
    clusters, near = cluster_cards(found, most), near_cards(found, _NEAR_MISSES)
    shown = [entry.key for card in clusters + near for entry in card.entries]
    notes = found.pairs.notes
    summary = found.summary()
    page = environment.get_template("review.html.jinja").render(
        title=title,
        summary=summary[: len(summary) - len(notes)],
        notes=notes,
        threshold=found.threshold,
        histogram=_histogram(found),
        sizes=_sizes(found),
        columns=list(found.items.fields),
        clusters=clusters,
        left_out=len(found.clusters) - len(clusters),
        near=near,
        side_by_side=_SIDE_BY_SIDE,
        most_ids=_MOST_IDS,
        most_near=_NEAR_MISSES,
        key=_digest("\n".join(shown)),
    )
    # Neither NUL nor half a surrogate pair can be in an HTML file.
    page = page.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    try:
        write_text(path, page)
    except OSError as error:
        raise FileError(f"cannot be written ({error.strerror})", path=path) from None


def read_decisions(path):
    """Read what was decided on a page.

    Parameters
    ----------
    path : path-like
        The JSON file that the page's "Export decisions" makes.

    Returns
    -------
    dict
        `must_link` and `cannot_link`, lists of pairs of ids: arguments of `find_duplicates`.

    Raises
    ------
    FileError
        If it is no such file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "decisions.json")
    ...     _ = path.write_text('{"must_link": [["a", [1, "b"]]], "cannot_link": []}')
    ...     read_decisions(path)
    {'must_link': [('a', (1, 'b'))], 'cannot_link': []}
    """
    try:
        links = json.loads(Path(path).read_text(encoding="utf-8"))
        found = {name: [_tuples(pair) for pair in links[name]] for name in ("must_link", "cannot_link")}
        if any(len(pair) != 2 for pairs in found.values() for pair in pairs):
            raise ValueError
    except OSError as error:
        raise FileError(f"cannot be read ({error.strerror})", path=path) from None
    except (KeyError, TypeError, ValueError):
        message = "is no file of decisions: it needs must_link and cannot_link, lists of pairs of ids"
        raise FileError(message, path=path) from None
    return found


def cluster_cards(found, most):
    """The clusters that are least sure, as they are shown: list of Card."""
    profile = profile_clusters(found)
    order = np.argsort(profile.margin, kind="stable")[:most].tolist()
    rows = []
    for place in order:
        first = found.representatives[place]
        rows.append([first, *(at for at in found.members[place] if at != first)])
    entries, more = _entries(found, rows)
    ids = found.items.ids
    return [
        Card(
            f"Cluster {place}",
            len(found.members[place]),
            round(float(profile.margin[place]), 6),
            _facts(found, profile, place),
            shown,
            [ids[at] for at in rest],
        )
        for place, shown, rest in zip(order, entries, more)
    ]


def near_cards(found, most):
    """The pairs of different clusters with the highest scores, one for two clusters: list of Card.

    Clusters that must stay apart are no near misses.
    """
    labels, left, right = found.labels.astype(np.int64), found.pairs.left, found.pairs.right
    low, high = np.minimum(labels[left], labels[right]), np.maximum(labels[left], labels[right])
    codes = low << 32 | high
    ruled = np.sort(labels[found.rules.apart], axis=1)
    candidates = (low != high) & (found.scores > 0) & ~np.isin(codes, ruled[:, 0] << 32 | ruled[:, 1])
    order = np.flatnonzero(candidates)
    order = order[np.argsort(-found.scores[order], kind="stable")]
    first = np.sort(np.unique(codes[order], return_index=True)[1])[:most]
    chosen = order[first].tolist()
    number = {int(labels[members[0]]): place for place, members in enumerate(found.members)}
    entries, _ = _entries(found, [[int(left[at]), int(right[at])] for at in chosen])
    cards = []
    for place, (at, shown) in enumerate(zip(chosen, entries), 1):
        margin = float(found.scores[at]) - found.threshold.value
        sides = [number.get(int(labels[end])) for end in (left[at], right[at])]
        sides = ["an item that is alone" if side is None else f"cluster {side}" for side in sides]
        where = "two items that are alone" if sides[0] == sides[1] else " and ".join(sides)
        far = f"{abs(margin):.3f} {'below' if margin < 0 else 'above'} the threshold"
        facts = [f"score {found.scores[at]:.3f}, {far}", f"of {where}"]
        cards.append(Card(f"Near miss {place}", 2, round(margin, 6), facts, shown, []))
    return cards


def _facts(found, profile, place):
    ids, members = found.items.ids, found.members[place]
    size, compared = len(members), int(profile.compared[place])
    pairs = size * (size - 1) // 2
    if len(set(found.groups[members].tolist())) == 1:
        return ["equal, or said to be the same"]
    facts = []
    if profile.joined_at[place] is not None and size > 2:
        facts.append(f"merged at {profile.joined_at[place]:.3f}")
    edge = profile.weakest[place]
    if edge is None:
        facts.append("compared pairs alone do not hold it together")
    elif size > 2:
        facts.append(f"weakest link {edge[2]:.3f}: {ids[edge[0]]} – {ids[edge[1]]}")
    if compared:
        facts.append(
            f"mean score {profile.mean[place]:.3f}, lowest {profile.lowest[place]:.3f}, "
            f"{compared:,} of {pairs:,} pairs compared"
            if size > 2
            else f"score {profile.mean[place]:.3f}"
        )
    return facts


def _entries(found, rows):
    """Items as they are shown beside the first of each row, and those that there is no room for."""
    items = found.items
    columns = list(items.fields.values())
    rooms = [_room(len(columns), len(row)) for row in rows]
    shown = [row[: _fitting(columns, row, room)] for row, room in zip(rows, rooms)]
    left = np.array([row[0] for row in shown for _ in row[1:]], np.int64)
    right = np.array([at for row in shown for at in row[1:]], np.int64)
    scores = iter(_scores(found, left, right))
    # One text an item is judged by its words, which is done in any case: a comparison by n-grams would look at
    # all texts that there are.
    compared = iter(compare_pairs(items, Pairs(left, right)) if len(columns) > 1 else [None] * len(left))
    entries = []
    for row, room in zip(shown, rooms):
        first = _entry(items, row[0], "", [Cell(_excerpt(column[row[0]], room)) for column in columns])
        entries.append([first])
        for at in row[1:]:
            fields = next(compared)
            cells = [
                _cell(column[row[0]], column[at], None if fields is None else fields[place], room)
                for place, column in enumerate(columns)
            ]
            entries[-1].append(_entry(items, at, next(scores), cells))
    return entries, [row[len(short) :] for row, short in zip(rows, shown)]


def _entry(items, at, score, cells):
    identity = items.ids[at]
    of = None if items.lists is None else int(items.lists[at])
    return Entry(identity, json.dumps(identity, default=_plain), of, score, cells)


def _plain(identity):
    return identity.item() if isinstance(identity, np.number) else str(identity)


def _room(columns, items):
    """Letters that a cell of a cluster may show."""
    cells = max(columns, 1) * min(items, _SHARERS)
    return min(max(_CLUSTER_ROOM // cells, _LEAST_ROOM), _MOST_ROOM)


def _fitting(columns, row, room):
    """How many items there is room for, at least two."""
    used = 0
    for place, at in enumerate(row):
        used += _MARKUP + sum(min(room, len(column[at] or "")) + _MARKUP for column in columns)
        if used > _MOST_SHOWN and place >= 2:
            return place
    return len(row)


def _scores(found, left, right):
    """Scores of pairs of positions, in words: list of str."""
    codes = found.pairs.left << 32 | found.pairs.right
    wanted = np.minimum(left, right) << 32 | np.maximum(left, right)
    places = np.searchsorted(codes, wanted)
    known = np.isin(wanted, codes)
    one = found.groups[left] == found.groups[right]
    return [
        f"score {found.scores[place]:.3f}" if yes else "equal, or linked" if equal else "not compared"
        for place, yes, equal in zip(places.tolist(), known.tolist(), one.tolist())
    ]


def _cell(old, new, field, room):
    if new is None:
        return Cell([], "missing")
    if old is None:
        return Cell(fold([Run("added", new)], room), "missing")
    runs = compare_texts(old[:_COMPARED], new[:_COMPARED])
    if field is not None:
        verdict, alike = field.verdict, field.similarity
    else:
        alike = similarity(runs)
        verdict = "same" if old == new else "similar" if alike >= 0.5 else "different"
    if similarity(runs) < 0.5 and len(new) <= room:
        # Beside a value that has little in common with it, one reads better as it is.
        runs = [Run("same" if verdict == "same" else "added", new)]
    runs = fold(runs, room)
    if rest := len(new[_COMPARED:].split()):
        runs.append(Run("folded", f"{rest:,} {'word' if rest == 1 else 'words'} not compared"))
    return Cell(runs, verdict, alike)


def _excerpt(text, room):
    return [] if text is None else fold([Run("same", text)], room)


def _histogram(found):
    """Bars of the histogram of scores, on a logarithmic scale: dict."""
    counts = score_histogram(found.scores)
    top = max(10, 10 ** int(np.ceil(np.log10(max(int(counts.max()), 1)))))
    height = np.where(counts > 0, (np.log10(np.maximum(counts, 1)) + 0.3) / (np.log10(top) + 0.3), 0)
    ticks = [10**k for k in range(len(str(top)))]
    return {
        "bars": [
            {"from": place / len(counts), "height": round(float(height[place]), 4), "count": int(count)}
            for place, count in enumerate(counts)
            if count
        ],
        "ticks": [(tick, (np.log10(tick) + 0.3) / (np.log10(top) + 0.3)) for tick in ticks],
        "above": int((found.scores >= found.threshold.value).sum()),
        "pairs": len(found.scores),
    }


def _sizes(found):
    """How many clusters there are of which sizes: list of (str, int, share of the most frequent)."""
    sizes = np.array([len(members) for members in found.members], np.int64)
    counts = np.bincount(np.searchsorted(_SIZES, sizes), minlength=len(_SIZES) + 1).tolist()
    names = [
        f"{last:,}" if last <= 5 else f"{first + 1:,}–{last:,}" for first, last in zip((1, *_SIZES), _SIZES)
    ] + [f"over {_SIZES[-1]:,}"]
    return [(name, count, count / max(counts)) for name, count in zip(names, counts) if count]


def _check_most(most):
    try:
        number = index(most)
    except TypeError:
        number = -1
    if number < 0:
        raise OptionError(f"most must be an integer from 0 on, not {most!r}")
    return number


def _digest(text):
    return b64encode(sha256(str(text).encode("utf-8", "replace")).digest()).decode()


def _tuples(value):
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
