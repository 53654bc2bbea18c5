"""The command `graphmining duplicates`."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from graphmining.command import as_json, check_folder, say, write_output
from graphmining.duplicates.methods import METHODS
from graphmining.errors import FileError, GraphError, OptionError

_METHODS = "\n".join(f"  {name:<12} {meaning}" for name, meaning in METHODS.items())
HELP = f"""\
One file is searched for duplicates; of two files, those of one are sought in the other. A file is a table (.csv,
.tsv, .parquet), JSON (.jsonl, .ndjson, .json) or plain text (.txt, one document a line; a folder of .txt files
has one document a file); .gz may follow. Which columns are compared is guessed, and said on standard error;
so is the threshold, which needs no labels.

Standard output gets the rows id,cluster,size,representative of all items that have duplicates, cluster by
cluster, the largest first (with --json: {{"items": n, "threshold": t, "clusters": [[id, …], …], …}}).

methods:
{_METHODS}

examples:
  graphmining duplicates people.csv --id number --html review.html > clusters.csv
  graphmining duplicates old.csv new.jsonl --json
  graphmining duplicates articles.txt --threshold 0.8 --output clusters.csv
  graphmining duplicates articles.parquet --engine duckdb --memory-limit 2GB --output clusters.parquet
  graphmining duplicates people.csv --explain 17 4711
  graphmining duplicates people.csv --labels known.csv --truth truth.csv"""


def add_duplicates(parser):
    """Give a parser the options of the command."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="one file or two; with --engine any number")
    reading = parser.add_argument_group("reading")
    reading.add_argument("--id", metavar="COLUMN", help="column with the names of items (default: the row number)")
    reading.add_argument("--columns", nargs="+", metavar="COLUMN", help="what is compared (default: guessed)")
    reading.add_argument("--kind", metavar="KIND", help="records or texts (default: guessed)")
    reading.add_argument("--delimiter", metavar="C", help="what separates fields (default: guessed)")
    reading.add_argument("--encoding", default="utf-8", metavar="NAME", help="default utf-8")
    reading.add_argument("--one-list", action="store_true", help="two files are parts of one list")
    finding = parser.add_argument_group("finding")
    finding.add_argument("--method", metavar="NAME", help="default average; between two lists mutual-best")
    finding.add_argument("--threshold", type=float, metavar="X", help="least score (default: from the scores)")
    finding.add_argument("--max-size", type=int, metavar="N", help="no cluster gets larger")
    finding.add_argument("--labels", metavar="FILE", help="rows id,cluster of some items, to learn scores from")
    finding.add_argument(
        "--decisions", metavar="FILE", help="JSON with must_link and cannot_link, as the review page exports it"
    )
    finding.add_argument("--seed", type=int, default=0, metavar="N", help="default 0")
    finding.add_argument("--threads", type=int, metavar="N", help="do not change the answer (default: all cores)")
    scale = parser.add_argument_group("texts beyond memory")
    scale.add_argument(
        "--engine",
        default="memory",
        metavar="NAME",
        help="memory, duckdb (out of core) or spark (many machines): texts in the one column that --columns names "
        "(default text), in any number of .parquet, .csv, .tsv or .jsonl files",
    )
    scale.add_argument("--memory-limit", metavar="SIZE", help="for duckdb and spark, like 2GB")
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="JSON instead of rows")
    output.add_argument("--output", metavar="FILE", help="write there, not to standard output")
    output.add_argument("--html", metavar="FILE", help="write a page to review the clusters")
    output.add_argument("--explain", nargs=2, metavar="ID", help="say why two items are together, or are not")
    truth = output.add_mutually_exclusive_group()
    truth.add_argument("--truth", metavar="FILE", help="rows id,cluster: print precision, recall and F1")
    truth.add_argument("--truth-pairs", metavar="FILE", help="likewise, rows of two ids that are duplicates")


def duplicates_command(arguments):
    """Read, find, and print what was found."""
    if arguments.engine != "memory":
        _find_in_files(arguments)
        return
    if arguments.memory_limit is not None:
        raise OptionError("--memory-limit goes with --engine duckdb or spark")
    from graphmining.duplicates.files import read_items
    from graphmining.duplicates.pipeline import find_duplicates
    from graphmining.duplicates.review import read_decisions

    for output in (arguments.output, arguments.html):
        check_folder(output)
    items, report = read_items(
        arguments.files,
        id=arguments.id,
        columns=arguments.columns,
        kind=arguments.kind,
        delimiter=arguments.delimiter,
        encoding=arguments.encoding,
    )
    for sentence in report.sentences():
        say(sentence)
    if report.columns:
        say("compared: " + ", ".join(f"{name} ({kind})" for name, kind in report.columns.items()))
    if arguments.one_list:
        items = replace(items, lists=None)
    links = {} if arguments.decisions is None else read_decisions(arguments.decisions)
    labels = None if arguments.labels is None else _read_clusters(arguments.labels, items)
    truth = _read_truth(arguments, items)
    if arguments.explain:
        for name in arguments.explain:
            items.position(name)
    found = find_duplicates(
        items,
        labels=labels,
        method=arguments.method,
        threshold=arguments.threshold,
        max_size=arguments.max_size,
        seed=arguments.seed,
        threads=arguments.threads,
        **links,
    )
    for sentence in found.summary():
        say(sentence)
    scores = None if truth is None else _judge(found, truth)
    if arguments.html:
        found.html(arguments.html, title=", ".join(Path(file).name for file in arguments.files))
        say(f"review: {arguments.html}")
    write_output(_text(arguments, found, report, scores), arguments.output)


# Options that need all items in memory.
_IN_MEMORY = [
    "kind",
    "delimiter",
    "one_list",
    "max_size",
    "labels",
    "decisions",
    "html",
    "explain",
    "truth",
    "truth_pairs",
]


def _find_in_files(arguments):
    """Find near-duplicate texts by SQL, and print the clusters or leave them in a file."""
    from graphmining.duplicates.relational.run import find_duplicates_in

    if arguments.encoding != "utf-8":
        raise OptionError(
            f"--engine {arguments.engine} reads UTF-8 only; leave --encoding out, or convert the files"
        )
    for name in _IN_MEMORY:
        if getattr(arguments, name):
            option = name.replace("_", "-")
            raise OptionError(
                f"--{option} needs all items in memory; leave it out, or --engine {arguments.engine}"
            )
    columns = arguments.columns or ["text"]
    if len(columns) > 1:
        raise OptionError(f"--engine {arguments.engine} compares texts in one column, not in {len(columns)}")
    check_folder(arguments.output)
    found = find_duplicates_in(
        arguments.files,
        engine=arguments.engine,
        text=columns[0],
        id=arguments.id,
        output=None if arguments.json else arguments.output,
        method=arguments.method or "average",
        threshold=arguments.threshold,
        seed=arguments.seed,
        threads=arguments.threads,
        memory_limit=arguments.memory_limit,
    )
    for sentence in found.summary():
        say(sentence)
    if found.frame is None:
        return
    several = found.frame[found.frame["size"] > 1].sort_values(
        ["size", "cluster", "id"], ascending=[False, True, True]
    )
    if arguments.json:
        clusters = several.groupby("cluster", sort=False)["id"].agg(list).tolist()
        result = {"items": found.documents, "threshold": found.threshold.value, "clusters": clusters}
        more = {"reason": found.threshold.reason, "candidates": found.pairs, "notes": list(found.notes)}
        write_output(as_json(result | more), arguments.output)
        return
    write_output(several.to_csv(index=False, lineterminator="\n"), None)


def _text(arguments, found, report, scores):
    explanation = found.explain(*arguments.explain) if arguments.explain else None
    if arguments.json:
        result = found.to_dict() | {"skipped": [[path, line, reason] for path, line, reason in report.skipped]}
        if scores is not None:
            result["scores"] = scores
        if explanation is not None:
            result["explanation"] = explanation.to_dict()
        return as_json(result)
    if explanation is not None:
        return f"{explanation}\n"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "cluster", "size", "representative"])
    ids = found.items.ids
    for number, (members, best) in enumerate(zip(found.members, found.representatives)):
        writer.writerows([ids[at], number, len(members), ids[best]] for at in members)
    return text.getvalue()


def _judge(found, truth):
    from graphmining.duplicates.curves import read_truth
    from graphmining.measures.agreement import bcubed, pairwise_scores

    labels = read_truth(found.items, truth)
    scores = {"pairwise": pairwise_scores(found.labels, labels), "bcubed": bcubed(found.labels, labels)}
    for name, values in scores.items():
        say(f"{name}: " + ", ".join(f"{which} {value:.4f}" for which, value in values.items()))
    return scores


def _read_truth(arguments, items):
    if arguments.truth is not None:
        return _read_clusters(arguments.truth, items)
    if arguments.truth_pairs is None:
        return None
    return [(_find(items, one, 0), _find(items, other, 1)) for one, other in _rows(arguments.truth_pairs, items)]


def _read_clusters(path, items):
    """Label by id."""
    return {_find(items, identity): label for identity, label in _rows(path, items)}


def _rows(path, items):
    """Rows of two fields, without a header: the first row is one if its first field names no item."""
    from graphmining.duplicates.tables import read_table

    table = read_table(path, progress=False)
    if len(table.names) != 2:
        raise FileError(f"has {len(table.names)} columns; a row is an id and its cluster, or two ids", path=path)
    rows = list(zip(*table.columns))
    first = tuple(table.names)
    return [first, *rows] if _known(items, first[0]) else rows


def _known(items, name):
    try:
        _find(items, name)
    except GraphError:
        return False
    return True


def _find(items, name, place=None):
    """The id of an item as a file of its own list names it: without what tells lists apart."""
    if items.lists is None or name in items:
        return items.ids[items.position(name)]
    stems = {}
    for at in (0, len(items) - 1):
        stems[int(items.lists[at])] = str(items.ids[at]).rpartition(":")[0]
    for which in (0, 1) if place is None else (place,):
        if f"{stems.get(which, '')}:{name}" in items:
            return f"{stems[which]}:{name}"
    return items.ids[items.position(name)]
