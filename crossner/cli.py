"""The command `crossner`."""

from __future__ import annotations

import argparse
import json
import os
import sys

from crossner.commands import analyse_command, compare_command, report_command, score_command
from crossner.errors import ConfigError, CrossnerError, DataError, StoreError
from crossner.importing.command import EXAMPLES as IMPORT_EXAMPLES
from crossner.importing.command import add_options, import_command
from graphmining.command import run_program
from graphmining.errors import unknown

EXAMPLES = {
    None: """\
examples:
  crossner run --data sample --regimes direct joint --out runs/sample
  crossner table runs/sample --markdown
  crossner data stats --data sample""",
    "data": """\
examples:
  crossner data fetch                       download CrossNER into the cache
  crossner data stats --data sample --json""",
    "run": """\
examples:
  crossner run --data sample --domains ai --out runs/try
  crossner run --regimes direct pretrain-finetune joint --seeds 3 --out runs/crossner
  crossner run --data my/folder --source news --regimes joint --out runs/mine
  crossner run --domains music --shots 20 --encoder mpnet --out runs/few

The same command again does only what is missing. DIR may be shared by several processes.""",
    "table": """\
examples:
  crossner table results/crossner
  crossner table results/crossner --latex > table.tex
  crossner table results/crossner --deduplicated""",
    "audit": """\
examples:
  crossner audit
  crossner audit --data sample --text
  crossner audit --html audit.html
  crossner audit --data my/folder --json > audit.json""",
    "report": """\
examples:
  crossner report runs/sample
  crossner report results/crossner results/crossner-curve results/crossner-matrix --html report.html
  crossner report runs/sample --html --figures figures --tables tables

The page needs nothing beside it. It quotes sentences of the data where these are at hand; --no-examples
leaves them out, for a page that may be passed on.""",
    "compare": """\
examples:
  crossner compare runs/sample
  crossner compare results/crossner --systems "direct · linear" "joint · linear" --protocol misc-out

Names of systems are those that `crossner analyse scores DIR` prints. All pairs are compared; of more than
ten systems, each with the best one, unless --systems names them.""",
    "analyse": """\
examples:
  crossner analyse --list
  crossner analyse seen-target results/crossner
  crossner analyse matrix results/crossner-matrix results/crossner-curve --json
  crossner analyse errors runs/sample --systems "joint"
  crossner analyse scores results/crossner --protocol level=partial,misc=out --markdown""",
    "plot": """\
example:
  crossner plot results/crossner --output table.svg""",
    "score": """\
A file has lines of `token gold predicted`, tab-separated, and a blank line between sentences; a folder
holds runs. A protocol is one of those that --protocols shows, or pairs like level=partial,misc=out.

examples:
  crossner score predictions.txt --json
  crossner score predictions.txt --protocols
  crossner score results/crossner --protocols
  crossner score results/crossner --protocol repair --protocol misc-out --markdown""",
    "predictions": """\
example:
  crossner predictions runs/sample/RUN > predictions.txt""",
    "import": IMPORT_EXAMPLES,
    "tag": """\
examples:
  crossner tag --model runs/sample/RUN "Ada Lovelace wrote the first program ."
  crossner tag --model runs/sample/RUN notes.txt --json""",
}


def main(argv=None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0, or 2 where the user has to change something.
    """
    again = "interrupted; the same command again goes on from here"
    return run_program("crossner", _parser, argv, CrossnerError, interrupted=again)


def _parser():
    from crossner import __version__

    parser = argparse.ArgumentParser(
        prog="crossner",
        description="Evaluate how named entity recognition transfers between domains.",
        epilog=EXAMPLES[None],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"crossner {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    data = _command(commands, "data", None, "fetch the data, or count what is in it")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    fetch = _command(actions, "fetch", data_fetch, "download CrossNER at the pinned revision into the cache")
    fetch.add_argument("--url", help="a mirror of the folder ner_data")
    fetch.add_argument("--timeout", type=float, default=30, help="seconds without a byte (default 30)")
    stats = _command(actions, "stats", data_stats, "sentences, tokens and entities of every split")
    _data_option(stats)
    _json_option(stats)

    audit = _command(
        commands, "audit", audit_command, "look for leaks between splits, conflicting labels and rare types"
    )
    _data_option(audit)
    audit.add_argument(
        "--few", type=int, default=10, metavar="N", help="rare: fewer than N mentions in train (default 10)"
    )
    audit.add_argument(
        "--similarity",
        type=float,
        default=0.8,
        metavar="S",
        help="near duplicates: similarity from 0.5 to 1 (default 0.8)",
    )
    audit.add_argument("--text", action="store_true", help="show words, not only their places")
    audit.add_argument("--html", metavar="FILE", help="write a page too")
    _json_option(audit)

    run = _command(commands, "run", run_command, "train and evaluate a grid of runs, then print the table")
    _run_options(run)

    table = _command(commands, "table", table_command, "print the table of a folder of runs")
    table.add_argument("folder", metavar="DIR", help="folder that `crossner run --out` filled")
    _style_options(table)
    table.add_argument(
        "--deduplicated",
        action="store_true",
        help="score again, without the test sentences that occur in train or dev of target or source",
    )
    table.add_argument(
        "--data", metavar="DATA", help="for --deduplicated (default: the data set that the runs name)"
    )

    compare = _command(
        commands, "compare", compare_command, "say which system is better, where, by how much, and how surely"
    )
    _folders_options(compare)
    compare.add_argument("--protocol", default="headline", help="name, or pairs key=value (default headline)")
    compare.add_argument(
        "--resamples", type=int, default=10_000, metavar="N", help="of bootstrap and randomisation (default 10000)"
    )
    compare.add_argument("--seed", type=int, default=0, metavar="N", help="of the resampling (default 0)")
    _style_options(compare)

    analyse = _command(
        commands, "analyse", analyse_command, "print an analysis: what generalises, which errors, how sure"
    )
    analyse.add_argument("name", nargs="?", metavar="ANALYSIS", help="--list shows them")
    _folders_options(analyse, "*")
    analyse.add_argument("--list", action="store_true", help="list the analyses")
    analyse.add_argument("--protocol", help="name, or pairs key=value (default headline)")
    analyse.add_argument("--resamples", type=int, metavar="N", help="of the bootstrap")
    _style_options(analyse)

    report = _command(
        commands, "report", report_command, "write a page of folders of runs: scores, verdicts, figures, examples"
    )
    _folders_options(report, systems=False)
    report.add_argument(
        "--html",
        nargs="?",
        const="",
        metavar="FILE",
        help="the page (default DIR/report.html of the first folder, or no page where only --figures or "
        "--tables are asked for)",
    )
    report.add_argument("--figures", metavar="FOLDER", help="write its figures as SVG and PNG")
    report.add_argument("--tables", metavar="FOLDER", help="write its tables as Markdown, LaTeX and CSV")
    report.add_argument("--no-examples", action="store_true", help="quote no sentence of the data")
    report.add_argument(
        "--resamples", type=int, default=10_000, metavar="N", help="of bootstrap and randomisation (default 10000)"
    )

    imported = _command(
        commands,
        "import",
        import_command,
        "store predictions made elsewhere as a run, joining every table and test",
    )
    add_options(imported)

    plot = _command(commands, "plot", plot_command, "draw the table of a folder of runs")
    plot.add_argument("folder", metavar="DIR")
    plot.add_argument("--output", metavar="FILE", required=True, help="a .svg, .png or .pdf file")

    score = _command(
        commands, "score", score_command, "score a file of `token gold predicted` lines, or runs, under protocols"
    )
    score.add_argument("paths", nargs="+", metavar="FILE|DIR")
    protocols = score.add_mutually_exclusive_group()
    protocols.add_argument("--protocols", action="store_true", help="score under every protocol, side by side")
    protocols.add_argument(
        "--protocol",
        action="append",
        metavar="P",
        help="score under this one: a name, or pairs key=value (repeatable)",
    )
    score.add_argument("--data", metavar="DATA", help="default: the data set that the runs name")
    score.add_argument("--systems", nargs="+", metavar="SYSTEM", help="names (default all)")
    _style_options(score)

    predictions = _command(
        commands, "predictions", predictions_command, "join a run's predictions with the data, as columns"
    )
    predictions.add_argument("run", metavar="RUN", help="a run's folder")
    predictions.add_argument("--data", metavar="DATA", help="default: the data set that the run names")

    tag = _command(commands, "tag", tag_command, "tag text with a tagger that `run --keep-models` kept")
    tag.add_argument("text", metavar="TEXT|FILE", help="a text, or a file with a text on each line")
    tag.add_argument("--model", required=True, metavar="DIR", help="a run's folder, or its model folder")
    _device_option(tag)
    _json_option(tag)
    return parser


def _command(commands, name, function, summary):
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=EXAMPLES.get(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=function)
    return parser


def _data_option(parser):
    parser.add_argument(
        "--data",
        metavar="DATA",
        default="crossner",
        help="sample, crossner (CROSSNER_DATA, the cache, or a download) or a folder of "
        "<domain>/{train,dev,test}.txt (default crossner)",
    )


def _json_option(parser):
    parser.add_argument("--json", action="store_true", help="print JSON")


def _style_options(parser):
    style = parser.add_mutually_exclusive_group()
    for name in ("json", "markdown", "csv", "latex"):
        style.add_argument(f"--{name}", dest="style", action="store_const", const=name, default="text")


def _folders_options(parser, number="+", *, systems=True):
    parser.add_argument("folders", nargs=number, metavar="DIR", help="folder of runs")
    parser.add_argument("--data", metavar="DATA", help="default: the data set that the runs name")
    if systems:
        parser.add_argument("--systems", nargs="+", metavar="SYSTEM", help="names (default all)")


def _device_option(parser):
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default auto")


def _run_options(parser):
    _data_option(parser)
    parser.add_argument("--domains", nargs="+", metavar="DOMAIN", help="targets (default all)")
    parser.add_argument(
        "--regimes",
        nargs="+",
        metavar="REGIME",
        default=["direct"],
        help="direct, pretrain-finetune, joint (default direct)",
    )
    parser.add_argument("--tagger", default="linear", help="linear, crf, bilstm-crf (default linear)")
    parser.add_argument(
        "--encoder", default="minilm", help="minilm, mpnet, a folder or a hub name (default minilm)"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="number of seeds: 1 … N (default 1)")
    parser.add_argument("--shots", type=int, metavar="K", help="train on K target sentences (default all)")
    parser.add_argument("--source", metavar="DOMAIN", help="source domain (default conll2003, or news)")
    parser.add_argument("--out", required=True, metavar="DIR", help="where runs are stored")
    parser.add_argument("--keep-models", action="store_true", help="store the weights too")
    _device_option(parser)
    _json_option(parser)
    training = parser.add_argument_group("training (defaults depend on tagger, encoder and regime)")
    training.add_argument("--epochs", type=int)
    training.add_argument("--lr", type=float, help="peak learning rate of the encoder")
    training.add_argument("--head-lr", type=float, help="peak learning rate of the head")
    training.add_argument("--batch-tokens", type=int, help="subwords a batch")
    training.add_argument("--select", choices=("dev", "last"), help="best epoch on dev, or the last one")
    training.add_argument("--patience", type=int, help="epochs without a better dev F1, with --select dev")
    training.add_argument("--source-epochs", type=int, help="epochs of the source stage")
    training.add_argument("--target-weight", type=int, help="repetitions of the target in joint")
    training.add_argument(
        "--decoding",
        choices=("iob2", "argmax"),
        help="linear: best well-formed tag sequence, or best tag of each token (default iob2)",
    )
    training.add_argument("--vectors", metavar="FILE", help="word vectors as text, for bilstm-crf")


def _names(values):
    """Names given apart or joined by commas."""
    if values is None:
        return None
    names = [name for value in values for name in value.split(",")]
    if not all(names):
        raise ConfigError(f"{' '.join(values)!r} holds an empty name; names are joined by single commas or spaces")
    return names


def data_fetch(arguments):
    from crossner.data.domains import BASE_URL
    from crossner.data.source import fetch

    print(fetch(url=arguments.url or BASE_URL, timeout=arguments.timeout))


def data_stats(arguments):
    from crossner.data.dataset import load, stats

    result = stats(load(arguments.data))
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    from tabulate import tabulate

    rows = [
        [name, len(info["types"]), split, counts["sentences"], counts["tokens"], counts["entities"]]
        for name, info in result["domains"].items()
        for split, counts in info["splits"].items()
    ]
    print(f"{result['name']} @ {result['revision']}\n")
    print(tabulate(rows, ["domain", "types", "split", "sentences", "tokens", "entities"]))


def audit_command(arguments):
    from crossner.audit import audit
    from crossner.audit.report import format_audit, write_page
    from crossner.data.dataset import load

    result = audit(load(arguments.data), few=arguments.few, similarity=arguments.similarity, text=arguments.text)
    if arguments.html:
        write_page(result, arguments.html)
    print(json.dumps(result, ensure_ascii=False) if arguments.json else format_audit(result))


def _prepare(device):
    """Set up threads and device before torch is imported."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads must not spin beside other work
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if device == "cpu":
        os.environ["FLAIR_DEVICE"] = "cpu"
    import logging

    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: PyTorch finds no CUDA device; --device auto uses what is there")
    import flair  # noqa: F401  sets its own logging level, lowered in the next line

    logging.getLogger("flair").setLevel(logging.WARNING)
    # Each retry of a hub that cannot be reached would be a page; the last failure is our one sentence.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)


def run_command(arguments):
    from crossner.data.dataset import load
    from crossner.report.table import format_table, make_table

    dataset = load(arguments.data)
    _prepare(arguments.device)
    from crossner.transfer.benchmark import make_grid, run_grid
    from crossner.transfer.progress import terminal_progress
    from crossner.transfer.store import Store

    options = [
        "epochs",
        "lr",
        "head_lr",
        "batch_tokens",
        "select",
        "patience",
        "source_epochs",
        "target_weight",
        "vectors",
        "decoding",
    ]
    grid = make_grid(
        dataset,
        domains=_names(arguments.domains),
        regimes=_names(arguments.regimes),
        tagger=arguments.tagger,
        encoder=arguments.encoder,
        seeds=arguments.seeds,
        shots=arguments.shots,
        source=arguments.source,
        **{name: getattr(arguments, name) for name in options},
    )
    store = Store(arguments.out)
    outcomes = run_grid(grid, store, keep_models=arguments.keep_models, progress=terminal_progress)
    for done, (run, record) in enumerate(outcomes, start=1):
        config = run.config
        title = f"[{done}/{len(grid.runs)}] {config.domain} {config.regime} seed {config.seed}"
        print(f"{title}: {_outcome(record)}", file=sys.stderr, flush=True)
    print(format_table(make_table(store.records()), "json" if arguments.json else "text"))


def _outcome(record):
    if record is None:
        return "was there"
    f1, seconds = record["scores"]["test"]["strict"]["f1"], record["timings"]["training_seconds"]
    return f"test F1 {f1:.2f} after {seconds:.0f} s"


def table_command(arguments):
    from crossner.report.table import format_table, make_table
    from crossner.transfer.store import Store

    if arguments.data is not None and not arguments.deduplicated:
        raise ConfigError("--data goes with --deduplicated; a table as stored needs no data")
    records, left_out = Store(arguments.folder).records(), None
    if arguments.deduplicated:
        from crossner.report.deduplicated import deduplicate

        records, left_out = deduplicate(records, arguments.folder, data=arguments.data)
    print(format_table(make_table(records, left_out=left_out), arguments.style))


def plot_command(arguments):
    from crossner.report.plot import plot_table, save_plot
    from crossner.report.table import make_table
    from crossner.transfer.store import Store

    save_plot(plot_table(make_table(Store(arguments.folder).records())), arguments.output)


def predictions_command(arguments):
    from crossner.data.dataset import load
    from crossner.data.domains import SPLITS
    from crossner.scoring.predictions import format_predictions, predicted_tags
    from crossner.transfer.store import read_predictions

    record = read_predictions(arguments.run)
    name = record["data"]["name"]
    if arguments.data is None and name not in ("sample", "crossner"):
        raise ConfigError(f"the run is on data named {name!r}; say where it is with --data DIR")
    domain = load(arguments.data or name).domain(record["data"]["domain"])
    if record["data"]["split"] not in SPLITS:
        raise StoreError(unknown("split", str(record["data"]["split"]), SPLITS))
    split = getattr(domain, record["data"]["split"])
    print(format_predictions(split, predicted_tags(record, split)), end="")


def tag_command(arguments):
    from crossner.data.conll import read_text

    if os.path.isfile(arguments.text):
        texts = [line for line in read_text(arguments.text).split("\n") if line.strip()]
    else:
        texts = [arguments.text]
    if not any(text.strip() for text in texts):
        raise DataError("there is no text to tag")
    _prepare(arguments.device)
    from crossner.tagging.saved import load
    from crossner.tagging.text import tag_texts

    for text, entities in zip(texts, tag_texts(load(arguments.model), texts), strict=True):
        if arguments.json:
            print(json.dumps({"text": text, "entities": entities}, ensure_ascii=False))
        else:
            print(text)
            for entity in entities:
                print(f"  {entity['confidence']:.2f}  {entity['type']:<18} {entity['text']}")


if __name__ == "__main__":
    sys.exit(main())
