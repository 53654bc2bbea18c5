"""The command `graphmining`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import NamedTuple

from graphmining.command import as_json, check_folder, run_program, say, write_output
from graphmining.duplicates.cli import HELP, add_duplicates, duplicates_command
from graphmining.errors import GraphError, GraphMiningError, OptionError, unknown

EXAMPLES = {
    None: """\
A graph is an edge list (.csv, .tsv, .txt), GML, GraphML or Matrix Market (.mtx) file; .gz may follow.

examples:
  graphmining cluster friends.csv --algorithm leiden --output clusters.csv
  graphmining measure friends.csv --clusters clusters.csv --truth truth.csv
  graphmining rank friends.csv --top 10
  graphmining convert friends.csv friends.graphml
  graphmining duplicates people.csv --html review.html""",
    "cluster": """\
Standard output gets the rows `node,cluster` (with --json: the graph, the clusters and their quality), or
--output does; standard error gets a summary. Clusters are numbered from 0, the largest first. Clusters of
ego-splitting overlap: a node has a row for each of its clusters. What structural leaves out as hubs and
outliers is given as clusters of one node.

{algorithms}

examples:
  graphmining cluster friends.csv > clusters.csv
  graphmining cluster friends.csv --algorithm leiden --objective cpm --resolution 0.05 --json
  graphmining cluster pairs.tsv --weight score --algorithm hierarchical --threshold 0.8
  graphmining cluster roads.mtx --algorithm spectral -k 8 --output parts.csv""",
    "rank": """\
Standard output gets the rows `node,score`, the highest first (with --json: the same as JSON), or --output does.

{methods}

examples:
  graphmining rank friends.csv
  graphmining rank friends.csv --method personalized-pagerank --seeds ada bob
  graphmining rank friends.csv --method similar --seeds ada --similarity jaccard --json
  graphmining rank friends.csv --method triangles --top 0 --output triangles.csv""",
    "measure": """\
The file of clusters has rows `node,cluster`, as `graphmining cluster` writes them; a header may be there. So has
the file of true clusters.

examples:
  graphmining measure friends.csv --clusters clusters.csv
  graphmining measure football.gml --clusters clusters.csv --truth-attribute gt --json""",
    "convert": """\
Formats: csv, tsv, edges (white space), gml, graphml, mtx (Matrix Market); the endings of the files name them.

examples:
  graphmining convert friends.csv friends.graphml
  graphmining convert pairs.csv.gz pairs.mtx --weight score
  graphmining convert dump.data graph.gml --from edges""",
    "duplicates": HELP,
}


class Entry(NamedTuple):
    """An algorithm of the command line.

    Attributes
    ----------
    function : str
        Its name in this package.
    summary : str
    options : dict of str to str
        Names of options on the command line, and of the function's arguments.
    required : tuple of str
        At least one of these has to be given.
    """

    function: str
    summary: str
    options: dict[str, str]
    required: tuple[str, ...] = ()


def _options(*same, **renamed):
    return {name.replace("_", "-"): name for name in same} | {
        name.replace("_", "-"): argument for name, argument in renamed.items()
    }


ALGORITHMS = {
    "louvain": Entry("louvain", "high modularity, fast", _options("resolution", "max_levels", "seed", "threads")),
    "leiden": Entry(
        "leiden",
        "high modularity or CPM, well-connected clusters",
        _options("objective", "resolution", "iterations", "seed", "threads"),
    ),
    "label-propagation": Entry("label_propagation", "what most neighbours say", _options("seed", "threads")),
    "components": Entry("connected_components", "connected components", _options("connection")),
    "affinity": Entry(
        "affinity_clustering",
        "rounds of mutual nearest clusters",
        _options("aggregation", "percentile", "rounds", "threshold", "min_size", "max_size", "threads"),
    ),
    "hierarchical": Entry(
        "hierarchical_clustering",
        "a dendrogram, cut",
        _options("linkage", "threshold", clusters="count"),
        ("clusters", "threshold"),
    ),
    "correlation": Entry(
        "correlation_clustering",
        "negative weights apart; where all are positive, set --resolution",
        _options("resolution", "seed", "threads"),
    ),
    "structural": Entry(
        "structural_clustering",
        "SCAN: similar neighbourhoods; weights do not count",
        _options("epsilon", "mu", "threads"),
    ),
    "ego-splitting": Entry(
        "ego_splitting",
        "overlapping clusters",
        _options("local", "resolution", "seed", "threads", **{"global": "global_"}),
    ),
    "balanced": Entry(
        "balanced_partition",
        "k clusters of about equal size",
        _options("imbalance", "seed", clusters="k"),
        ("clusters",),
    ),
    "spectral": Entry(
        "spectral_clustering", "k clusters from eigenvectors", _options("seed", clusters="k"), ("clusters",)
    ),
}

RANKINGS = {
    "pagerank": Entry("pagerank", "how often a random surfer visits", _options("alpha", "threads")),
    "personalized-pagerank": Entry(
        "personalized_pagerank",
        "closeness to the seeds by random walks",
        _options("alpha", "epsilon", seeds="seeds"),
        ("seeds",),
    ),
    "similar": Entry(
        "similar_nodes",
        "similarity to one seed, by --similarity",
        _options("alpha", "epsilon", "decay", "threads", seeds="nodes", similarity="method"),
        ("seeds",),
    ),
    "simrank": Entry(
        "similar_nodes", "SimRank to one seed", _options("decay", "threads", seeds="nodes"), ("seeds",)
    ),
    "core-numbers": Entry("core_numbers", "largest k of a k-core with the node", {}),
    "triangles": Entry("triangles", "triangles through the node", _options("threads")),
    "clustering-coefficients": Entry(
        "clustering_coefficients", "share of possible triangles", _options("threads")
    ),
}


def main(argv=None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0, or 2 where the user has to change something.
    """
    return run_program("graphmining", _parser, argv, GraphMiningError)


class _Version(argparse.Action):
    """Looks the version up when it is asked for."""

    def __call__(self, parser, *_):
        from importlib.metadata import version

        print(f"graphmining {version('crossner-suite')}")
        parser.exit()


def _parser():
    parser = argparse.ArgumentParser(
        prog="graphmining",
        description="Cluster, rank and measure graphs; find duplicates.",
        epilog=EXAMPLES[None],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    cluster = _command(commands, "cluster", cluster_command, "find clusters")
    _graph_options(cluster)
    cluster.add_argument("--algorithm", default="leiden", metavar="NAME", help="default leiden")
    _output_options(cluster, "node,cluster")
    _cluster_options(cluster.add_argument_group("options of algorithms"))

    rank = _command(commands, "rank", rank_command, "rank nodes")
    _graph_options(rank)
    rank.add_argument("--method", default="pagerank", metavar="NAME", help="default pagerank")
    rank.add_argument("--top", type=int, default=20, metavar="N", help="so many nodes; 0: all (default 20)")
    _output_options(rank, "node,score")
    _rank_options(rank.add_argument_group("options of methods"))

    measure = _command(commands, "measure", measure_command, "judge clusters by the graph, or by the truth")
    _graph_options(measure)
    measure.add_argument("--clusters", required=True, metavar="FILE", help="rows node,cluster")
    truth = measure.add_mutually_exclusive_group()
    truth.add_argument("--truth", metavar="FILE", help="true clusters, rows node,cluster")
    truth.add_argument("--truth-attribute", metavar="NAME", help="node attribute of a GML or GraphML file")
    measure.add_argument("--resolution", type=float, default=1.0, help="of the modularity (default 1)")
    measure.add_argument("--json", action="store_true", help="print JSON")

    duplicates = _command(commands, "duplicates", duplicates_command, "find duplicates in records or texts")
    add_duplicates(duplicates)

    convert = _command(commands, "convert", convert_command, "write a graph in another format")
    convert.add_argument("file", metavar="IN")
    convert.add_argument("output", metavar="OUT", help="what was there is replaced")
    convert.add_argument("--from", dest="format", metavar="FORMAT", help="default: what the ending of IN says")
    convert.add_argument("--to", metavar="FORMAT", help="default: what the ending of OUT says")
    _weight_options(convert)
    return parser


def _command(commands, name, function, summary):
    tables = {"algorithms": _table("algorithms", ALGORITHMS), "methods": _table("methods", RANKINGS)}
    epilog = EXAMPLES[name]
    for placeholder, table in tables.items():
        epilog = epilog.replace(f"{{{placeholder}}}", table)
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=function)
    return parser


def _table(title, registry):
    lines = [f"{title}, and the options they take:"]
    for name, entry in registry.items():
        lines.append(f"  {name:<23} {entry.summary}")
        if entry.options:
            lines.append(f"  {'':<23} " + " ".join(f"--{option}" for option in entry.options))
    return "\n".join(lines)


def _graph_options(parser):
    parser.add_argument("file", metavar="FILE", help="the graph")
    parser.add_argument(
        "--format", metavar="FORMAT", help="csv, tsv, edges, gml, graphml, mtx (default: the ending)"
    )
    _weight_options(parser)


def _weight_options(parser):
    weight = parser.add_mutually_exclusive_group()
    weight.add_argument(
        "--weight",
        metavar="NAME",
        default="weight",
        help="column or edge attribute (default weight, if it is there)",
    )
    weight.add_argument(
        "--unweighted", dest="weight", action="store_const", const=None, help="every edge weighs 1"
    )
    direction = parser.add_mutually_exclusive_group()
    direction.add_argument("--directed", action="store_const", const=True, help="whatever the file says")
    direction.add_argument("--undirected", dest="directed", action="store_const", const=False, help="likewise")


def _output_options(parser, columns):
    parser.add_argument("--output", metavar="FILE", help=f"write {columns} there, not to standard output")
    parser.add_argument("--json", action="store_true", help="JSON instead of rows")


def _cluster_options(group):
    group.add_argument("-k", "--clusters", type=int, metavar="K", help="number of clusters")
    group.add_argument("--resolution", type=float, metavar="X", help="the higher, the smaller the clusters")
    group.add_argument("--threshold", type=float, metavar="X", help="least similarity to merge at")
    group.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same clusters (default 0)")
    group.add_argument("--threads", type=int, metavar="N", help="do not change the clusters (default: all cores)")
    group.add_argument("--objective", metavar="NAME", help="modularity, cpm")
    group.add_argument("--iterations", type=int, metavar="N", help="passes over all levels")
    group.add_argument("--max-levels", type=int, metavar="N", help="levels to climb at most")
    group.add_argument("--connection", metavar="NAME", help="weak, strong")
    group.add_argument("--linkage", metavar="NAME", help="average, single, complete, weighted")
    group.add_argument(
        "--aggregation", metavar="NAME", help="average, edge-average, max, sum, percentile, cut-sparsity"
    )
    group.add_argument("--percentile", type=float, metavar="X", help="of weights, from 0 to 1")
    group.add_argument("--rounds", type=int, metavar="N", help="rounds at most")
    group.add_argument("--min-size", type=int, metavar="N", help="so large clusters look for no other")
    group.add_argument("--max-size", type=int, metavar="N", help="no cluster gets larger")
    group.add_argument("--imbalance", type=float, metavar="X", help="what a cluster may exceed its share by")
    group.add_argument("--epsilon", type=float, metavar="X", help="least similarity of neighbourhoods")
    group.add_argument("--mu", type=int, metavar="N", help="similar neighbours of a core, itself included")
    group.add_argument("--local", metavar="NAME", help="for neighbours of a node: label_propagation, components")
    group.add_argument(
        "--global", metavar="NAME", help="for the parts of nodes: louvain, label_propagation, components"
    )


def _rank_options(group):
    group.add_argument("--seeds", nargs="+", metavar="NODE", help="nodes to start from, or to compare with")
    group.add_argument(
        "--similarity",
        metavar="NAME",
        help="common-neighbors, jaccard, adamic-adar, resource-allocation, personalized-pagerank, simrank",
    )
    group.add_argument("--alpha", type=float, metavar="X", help="probability of going on (default 0.85)")
    group.add_argument("--epsilon", type=float, metavar="X", help="accuracy")
    group.add_argument("--decay", type=float, metavar="X", help="of SimRank (default 0.9)")
    group.add_argument("--threads", type=int, metavar="N", help="do not change the scores (default: all cores)")


def _choose(kind, name, registry, arguments):
    """The entry of a registry, and the options given for it.

    Raises
    ------
    OptionError
        If there is no such entry, or it takes an option not, or lacks one.
    """
    if name not in registry:
        raise OptionError(unknown(kind, name, registry))
    entry = registry[name]
    every = {option for other in registry.values() for option in other.options}
    given = {option: getattr(arguments, option.replace("-", "_")) for option in sorted(every)}
    given = {option: value for option, value in given.items() if value is not None}
    for option in given:
        if option not in entry.options:
            takers = ", ".join(other for other in registry if option in registry[other].options)
            raise OptionError(f"{name} takes no --{option}; {takers} do" + ("es" if "," not in takers else ""))
    if entry.required and not any(option in given for option in entry.required):
        raise OptionError(f"{name} needs " + " or ".join(f"--{option}" for option in entry.required))
    return entry, {entry.options[option]: value for option, value in given.items()}


def _read(arguments):
    """The graph; what it is goes to standard error."""
    from graphmining.graph.files import read_described

    graph, taken = read_described(
        arguments.file, format=arguments.format, weight=arguments.weight, directed=arguments.directed
    )
    kind = "directed" if graph.directed else "undirected"
    what = f"{len(graph):,} nodes, {graph.number_of_edges:,} edges, {kind}"
    say(f"{arguments.file}: {what}" + (f" ({taken})" if taken else ""))
    return graph


def cluster_command(arguments):
    entry, options = _choose("algorithm", arguments.algorithm, ALGORITHMS, arguments)
    check_folder(arguments.output)
    graph = _read(arguments)
    start = time.perf_counter()
    clusters = _find_clusters(entry, graph, options)
    seconds = time.perf_counter() - start
    quality = _quality(graph, clusters)
    seed = options.get("seed", 0) if "seed" in entry.options else None
    _summarise(arguments.algorithm, seed, clusters, quality, seconds)
    if arguments.json:
        names = graph.names()
        text = as_json(
            {
                "nodes": len(graph),
                "edges": graph.number_of_edges,
                "algorithm": arguments.algorithm,
                "seed": seed,
                "options": {name: value for name, value in options.items() if name not in ("seed", "threads")},
                "seconds": round(seconds, 3),
                "clusters": [[names[at] for at in cluster.tolist()] for cluster in _members(clusters)],
                "quality": quality,
            }
        )
    else:
        from graphmining.graph.labels import cluster_rows

        text = cluster_rows(graph, clusters)
    write_output(text, arguments.output)


def _find_clusters(entry, graph, options):
    """Labels of the nodes, or overlapping clusters."""
    import numpy as np

    if entry.function == "hierarchical_clustering":
        cut = {name: options.pop(name) for name in ("count", "threshold") if name in options}
        if len(cut) == 2:
            raise OptionError("hierarchical needs --clusters or --threshold, not both")
        dendrogram = _call(entry, graph, options)
        options.update(cut)
        return dendrogram.cut_into(cut["count"]) if "count" in cut else dendrogram.cut(cut["threshold"])
    found = _call(entry, graph, options)
    if entry.function == "structural_clustering":
        labels = found.clusters.copy()
        alone = np.flatnonzero(labels < 0)
        labels[alone] = labels.max(initial=-1) + 1 + np.arange(len(alone))
        return labels
    return found


def _call(entry, graph, options):
    import graphmining as gm

    try:
        return getattr(gm, entry.function)(graph, **options)
    except GraphError as error:
        if graph.directed and "undirected" in str(error):
            raise OptionError("this needs an undirected graph; --undirected ignores the directions") from None
        raise


def _members(clusters):
    """Positions of the nodes of each cluster."""
    import numpy as np

    if not isinstance(clusters, np.ndarray):
        return clusters
    order = np.argsort(clusters, kind="stable")
    return np.split(order, np.cumsum(np.bincount(clusters))[:-1]) if len(clusters) else []


def _quality(graph, clusters):
    """Measures of clusters that do not overlap; None where they are not defined."""
    import numpy as np

    import graphmining as gm

    if not isinstance(clusters, np.ndarray):
        return None
    if graph.least_weight < 0:
        return {"cut": gm.cut(graph, clusters)}
    quality = gm.quality(graph, clusters)
    return {name: value for name, value in quality.items() if name != "sizes"}


def _summarise(algorithm, seed, clusters, quality, seconds):
    import numpy as np

    sizes = np.array([len(cluster) for cluster in _members(clusters)], np.int64)
    named = algorithm if seed is None else f"{algorithm}, seed {seed}"
    many = f"{len(sizes):,} cluster{'s' if len(sizes) != 1 else ''}"
    say(f"{named}: {many} in {seconds:.2f} s")
    if len(sizes):
        shown = ", ".join(f"{size:,}" for size in sizes[:10].tolist())
        rest = f", … (median {np.median(sizes):g}, smallest {sizes.min():,})" if len(sizes) > 10 else ""
        say(f"sizes: {shown}{rest}")
    if quality is None:
        say("clusters overlap, so they have no modularity")
    elif "modularity" in quality:
        names = ("modularity", "coverage", "mean_conductance")
        say(", ".join(f"{name.replace('_', ' ')} {quality[name]:.4f}" for name in names))
    else:
        say(f"cut {quality['cut']:g}; negative weights, so there is no modularity")


def rank_command(arguments):
    entry, options = _choose("method", arguments.method, RANKINGS, arguments)
    if arguments.top < 0:
        raise OptionError(f"--top must be at least 0, not {arguments.top}")
    check_folder(arguments.output)
    graph = _read(arguments)
    if arguments.seeds:
        nodes = [_node(graph, text) for text in arguments.seeds]
        options[entry.options["seeds"]] = nodes
        if entry.function == "similar_nodes":
            if len(nodes) > 1:
                raise OptionError(f"{arguments.method} takes one seed, not {len(nodes)}")
            options |= {"nodes": nodes[0], "k": arguments.top or max(len(graph), 1)}
            if arguments.method == "simrank":
                options["method"] = "simrank"
    found = _call(entry, graph, options)
    names = graph.names()
    # Push leaves most of the graph alone: what it did not reach has no rank.
    reached = entry.function == "personalized_pagerank"
    ranking = [(names[at], score) for at, score in _best(found, arguments.top) if score or not reached]
    if arguments.json:
        text = as_json(
            {
                "nodes": len(graph),
                "edges": graph.number_of_edges,
                "method": arguments.method,
                "scores": [{"node": node, "score": score} for node, score in ranking],
            }
        )
    else:
        from graphmining.graph.edge_lists import field_writer

        quoted = field_writer(",")
        text = "".join(["node,score\n", *(f"{quoted(str(node))},{score!r}\n" for node, score in ranking)])
    write_output(text, arguments.output)


def _node(graph, text):
    """The node that a word of the command line names."""
    integers = graph.nodes is None or (len(graph) and isinstance(graph.nodes[0], int))
    try:
        node = int(text) if integers else text
    except ValueError:
        node = text
    graph.position(node)
    return node


def _best(found, top):
    """Positions and scores, the highest first."""
    import numpy as np

    if isinstance(found, tuple):
        positions, scores = found
        kept = positions >= 0
        positions, scores = positions[kept], scores[kept]
    else:
        positions, scores = np.arange(len(found)), found
    order = np.argsort(-scores, kind="stable")[: top or None]
    return zip(positions[order].tolist(), scores[order].tolist())


def measure_command(arguments):
    import graphmining as gm
    from graphmining.graph.interface import take_clusters
    from graphmining.graph.labels import read_clusters

    graph = _read(arguments)
    clusters = read_clusters(arguments.clusters, graph)
    truth = _truth(arguments, graph)
    overlap = [sum(map(len, groups)) > len(graph) for groups in (clusters, truth or [])]
    result = {"nodes": len(graph), "edges": graph.number_of_edges, "clusters": len(clusters)}
    if not overlap[0]:
        if graph.least_weight < 0:
            result["quality"] = {"cut": gm.cut(graph, clusters)}
        else:
            quality = gm.quality(graph, clusters, resolution=arguments.resolution)
            result["quality"] = {
                name: value for name, value in quality.items() if name not in ("sizes", "clusters")
            }
    if truth is not None:
        result["true_clusters"] = len(truth)
        if any(overlap):
            result["agreement"] = {
                "overlapping_nmi": gm.overlapping_nmi(clusters, truth),
                "omega_index": gm.omega_index(clusters, truth),
            }
        else:
            labels = [take_clusters(graph, groups) for groups in (clusters, truth)]
            result["agreement"] = gm.agreement(*labels)
    if arguments.json:
        print(as_json(result), end="")
        return
    from tabulate import tabulate

    counts = f"{len(clusters):,} clusters" + (f", {len(truth):,} true ones" if truth is not None else "")
    print(counts + ("; they overlap, so they have no modularity" if overlap[0] else ""))
    for title in ("quality", "agreement"):
        if title in result:
            rows = [[name.replace("_", " "), value] for name, value in result[title].items()]
            print("\n" + tabulate(rows, [title, ""], floatfmt=".4f"))


def _truth(arguments, graph):
    from graphmining.graph.files import read_attribute
    from graphmining.graph.labels import read_clusters

    if arguments.truth is not None:
        return read_clusters(arguments.truth, graph)
    if arguments.truth_attribute is None:
        return None
    clusters = {}
    for node, label in read_attribute(arguments.file, arguments.truth_attribute, format=arguments.format).items():
        clusters.setdefault(str(label), []).append(node)
    return list(clusters.values())


def convert_command(arguments):
    from graphmining.graph.files import check_format, write_graph

    check_format(arguments.output, arguments.to)
    check_folder(arguments.output)
    write_graph(_read(arguments), arguments.output, format=arguments.to)


if __name__ == "__main__":
    sys.exit(main())
