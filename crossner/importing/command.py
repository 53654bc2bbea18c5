"""The command `crossner import`."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter

from crossner.errors import ConfigError

SUMMARY = "store predictions that were made elsewhere as a run, joining every table and test"
EXAMPLES = """\
The file is of one of these kinds:
  columns      token first, predicted tag last, blank lines between sentences; IOB2, IOB1 or BIOES
  spans        JSON, an object a line: {"tokens": [...] or "text": "..." or "sentence": 0,
               "entities": [{"start": 0, "end": 2, "label": "person", "score": 0.9}, ...]}
               or, without offsets, [["Ada Lovelace", "person"], ...]
  huggingface  what a token classification pipeline gives for all sentences, as JSON

Sentences may be in any order, cut or tokenised differently; what has no place in the data's tokens
is listed. Sentences without a prediction count as empty.

examples:
  crossner import tagged.txt --domain ai --name spacy --out runs/all
  crossner import spans.jsonl --domain music --name gliner --map artist=musicalartist --map date= --out runs/all
  crossner import output.json --domain ai --name bert --seed 2 --types labels.toml --strict --out runs/all"""
SHOWN = 10  # of each list in the text summary


def add_options(parser):
    """Give an `argparse` parser the options of the command."""
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--domain", required=True, help="whose test split the predictions are of")
    parser.add_argument("--name", required=True, help="of the system, for tables")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of runs to put it into")
    parser.add_argument(
        "--data",
        metavar="DATA",
        default="crossner",
        help="sample, crossner or a folder of <domain>/{train,dev,test}.txt (default crossner)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the system's run (default 1)")
    parser.add_argument(
        "--format", default="auto", help="columns, spans, huggingface (default: what the file looks like)"
    )
    parser.add_argument("--strict", action="store_true", help="refuse a file that cannot be aligned completely")
    parser.add_argument("--json", action="store_true", help="print JSON")
    names = parser.add_argument_group("types")
    names.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="LABEL=TYPE",
        help="the type that a label is; an empty one leaves the label's mentions out (repeatable)",
    )
    names.add_argument("--types", metavar="FILE", help="a JSON or TOML file of such pairs")
    reading = parser.add_argument_group("where the file leaves it open")
    reading.add_argument("--offsets", help="token, char: what start and end of spans count")
    reading.add_argument(
        "--end",
        default="exclusive",
        help="exclusive, inclusive: whether end is the first unit after the span (default exclusive)",
    )
    reading.add_argument("--scheme", default="auto", help="iob2, iob1, bioes (default: what the tags look like)")
    label = parser.add_argument_group("for tables")
    label.add_argument("--regime", default="imported", help="default imported")
    label.add_argument("--encoder", metavar="NAME", help="that the system is built on")
    label.add_argument("--source", metavar="DOMAIN", help="source domain that it was trained on")
    label.add_argument("--shots", type=int, metavar="K", help="target train sentences that it used (default all)")


def import_command(arguments):
    """Import a file and print what came of it."""
    from crossner.importing.run import import_predictions

    options = ("out", "data", "domain", "name", "seed", "format", "regime", "encoder", "source", "shots")
    more = ("offsets", "end", "scheme", "strict")
    summary = import_predictions(
        arguments.file,
        types=_mapping(arguments.types, arguments.map),
        **{name: getattr(arguments, name) for name in (*options, *more)},
    )
    if arguments.json:
        print(json.dumps(summary.as_dict(), indent=2))
    else:
        text = format_summary(summary)
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding))


def _mapping(file, pairs):
    from crossner.importing.labels import read_mapping

    mapping = {} if file is None else read_mapping(file)
    for pair in pairs:
        label, equals, type_ = pair.rpartition("=")
        if not equals or not label:
            raise ConfigError(f"--map {pair}: expected LABEL=TYPE")
        mapping[label] = type_
    return mapping


def format_summary(summary) -> str:
    """An import in words.

    Parameters
    ----------
    summary : Summary
    """
    kind = summary.format if summary.scheme is None else f"{summary.format}, {summary.scheme.upper()}"
    lines = [
        f"{summary.domain}/test ({kind}): {summary.spans} spans in {summary.sentences} of {summary.total} "
        f"sentences, strict F1 {summary.f1:.2f}",
        f"{'run' if summary.new else 'was there'}: {summary.folder}",
    ]
    if summary.missing:
        lines.append(
            f"{len(summary.missing)} of {summary.total} sentences have no prediction and count as empty: "
            + _some([str(number) for number in summary.missing])
        )
    lines += _unaligned(summary.unaligned)
    if summary.format == "huggingface" and any(one["reason"] == "inside a token" for one in summary.unaligned):
        lines.append("a pipeline without aggregation gives word pieces, which are joined along the data's tokens")
    if summary.ambiguous:
        lines.append(f"{len(summary.ambiguous)} strings occur more than once; the first place was taken:")
        lines += [
            f"  line {one['line']}: {one['text']!r}, {one['places']} places" for one in summary.ambiguous[:SHOWN]
        ]
        lines += _rest(summary.ambiguous)
    if summary.unclosed:
        lines.append(f"{summary.unclosed} entities have no closing tag; they end where they stop")
    if summary.renamed:
        renamed = (f"{_shown(label)} → {_shown(type_)}" for label, type_ in summary.renamed.items())
        lines.append("renamed: " + ", ".join(renamed))
    if summary.dropped:
        dropped = (f"{_shown(label)} ({count})" for label, count in summary.dropped.items())
        lines.append("left out: " + ", ".join(dropped))
    if summary.unknown:
        lines.append(f"types that {summary.domain} does not have, each span of them counts as wrong:")
        for label, one in summary.unknown.items():
            hint = ""
            if one["nearest"] is not None and label.isprintable():
                hint = f"; if it is ours: --map {shlex.quote(label)}={one['nearest']}"
            spans = "1 span" if one["count"] == 1 else f"{one['count']} spans"
            lines.append(f"  {_shown(label)} ({spans}){hint}")
    return "\n".join(lines)


def _shown(label) -> str:
    """A label as far as a line has room for it, without what a terminal would take for a command."""
    label = label if len(label) <= 60 else label[:59] + "…"
    return label if label.isprintable() else repr(label)


def _unaligned(problems) -> list[str]:
    from crossner.importing.align import MENTION_REASONS, PASSAGE_REASONS

    if not problems:
        return []
    meanings = PASSAGE_REASONS | MENTION_REASONS
    lines = [f"{len(problems)} could not be aligned:"]
    counts = Counter(one["reason"] for one in problems)
    lines += [f"  {count} {reason} ({meanings[reason]})" for reason, count in counts.most_common()]
    lines.append("the first of them:")
    for one in problems[:SHOWN]:
        place = f"sentence {one['sentence']}" if one["line"] is None else f"line {one['line']}"
        text = one["text"] if len(one["text"]) <= 60 else one["text"][:59] + "…"
        lines.append(f"  {place}: {one['reason']}: {text!r}")
    return lines + _rest(problems)


def _rest(entries) -> list[str]:
    return [f"  … and {len(entries) - SHOWN} more (--json lists all)"] if len(entries) > SHOWN else []


def _some(names) -> str:
    return ", ".join(names[:SHOWN]) + (f", … ({len(names) - SHOWN} more)" if len(names) > SHOWN else "")
