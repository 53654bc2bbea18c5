"""Graphs from files and into files."""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from graphmining.errors import FileError, GraphError, OptionError, unknown
from graphmining.graph.arrays import from_edges
from graphmining.graph.csr import Graph
from graphmining.graph.edge_lists import decode, field_writer, number_names, read_edge_list
from graphmining.memory import check_memory

# Endings of each format; .gz may follow.
FORMATS = {
    "csv": (".csv",),
    "tsv": (".tsv", ".tab"),
    "edges": (".edges", ".edgelist", ".txt"),
    "gml": (".gml",),
    "graphml": (".graphml",),
    "mtx": (".mtx",),
}
_DELIMITERS = {"csv": ",", "tsv": "\t", "edges": None}
_EDGES_AT_ONCE = 2**18
_UNREADABLE = (OSError, EOFError, zlib.error)
# Control characters and what is no character; a file would not hold them, or its readers break lines there.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def read_graph(path, *, format=None, weight="weight", directed=None, progress=True):
    """Read a graph.

    Parameters
    ----------
    path : path-like
        An edge list with commas (.csv), tabs (.tsv, .tab) or white space (.txt, .edges, .edgelist), GML
        (.gml), GraphML (.graphml) or Matrix Market (.mtx); .gz may follow.
    format : {"csv", "tsv", "edges", "gml", "graphml", "mtx"}, optional
        Default: what the ending says.
    weight : str or None
        Column or edge attribute with the weights. None, or where there is none: every weight is 1.
    directed : bool, optional
        Default: what the file says; an edge list that says nothing is undirected.
    progress : bool
        Show a bar on standard error, if that is a terminal.

    Returns
    -------
    Graph
        Its nodes are plain (0, …, n - 1) if exactly these are named, else integers if all names look like
        integers (007 does not), else strings. Parallel edges add up.

    Raises
    ------
    FileError
        If the file cannot be read or is malformed; names the line where there is one.

    Notes
    -----
    An edge list has one edge a line, every line the same number of fields; lines that start with `#` are
    comments. Its first line is a header if it names the ends (source and target, from and to, src and dst)
    or has names where the second line has numbers. Without names for the ends the first two columns are
    taken; the weights are the column of that name, else a third column of numbers, if it or no ends are named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "path.csv").write_text("source,target,weight\\nada,bob,2\\nbob,eve,0.5\\n")
    ...     graph = read_graph(f"{folder}/path.csv")
    >>> graph.nodes, graph.degrees.tolist()
    (['ada', 'bob', 'eve'], [2.0, 2.5, 0.5])
    """
    return read_described(path, format=format, weight=weight, directed=directed, progress=progress)[0]


def read_described(path, *, format=None, weight="weight", directed=None, progress=True):
    """What `read_graph` reads, and a few words on what was taken from the file (str)."""
    path = Path(path)
    kind = check_format(path, format)
    if weight is not None and not isinstance(weight, str):
        raise OptionError(f"weight must be the name of a column or attribute, or None, not {weight!r}")
    taken = []
    with opened(path, progress) as (stream, describe):

        def describe_too(sentence):
            taken.append(sentence)
            describe(sentence)

        if kind in _DELIMITERS:
            edges = read_edge_list(stream, path, delimiter=_DELIMITERS[kind], weight=weight, describe=describe_too)
            *edges, says = edges
            graph = _assemble(path, *edges, directed=says if directed is None else directed)
        elif kind == "mtx":
            graph = _read_matrix(stream, path, weight, directed)
        else:
            graph = _read_networkx(_parse_networkx(stream, path, kind, progress), path, weight, directed)
    return graph, "".join(taken)


def write_graph(graph, path, *, format=None):
    """Write a graph; the file appears whole or not at all.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Names of nodes are strings without line breaks, or integers. Weights are written where one is not 1.
    path : path-like
        Its ending names the format; see `read_graph`. What was there is replaced.
    format : {"csv", "tsv", "edges", "gml", "graphml", "mtx"}, optional
        Default: what the ending says.

    Raises
    ------
    FileError
        If the file cannot be written, or the format cannot hold a node's name.

    Notes
    -----
    Nodes without edges, the direction of edges, and (Matrix Market) names of nodes are written as comments
    that `read_graph` understands. An edge list does not keep the order of named nodes.

    Examples
    --------
    >>> import networkx as nx
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_graph(nx.path_graph(3), f"{folder}/path.csv")
    ...     Path(folder, "path.csv").read_text()
    'source,target\\n0,1\\n1,2\\n'
    """
    from graphmining.graph.interface import as_graph

    path = Path(path)
    kind = check_format(path, format)
    graph = as_graph(graph, negative=True)
    _check_names(graph, path, kind)
    with new_file(path) as stream:
        if kind in _DELIMITERS:
            _write_edge_list(graph, stream, _DELIMITERS[kind])
        elif kind == "mtx":
            _write_matrix(graph, stream)
        else:
            _write_networkx(graph, stream, kind)


def read_attribute(path, attribute, *, format=None):
    """Read an attribute of the nodes of a GML or GraphML file.

    Parameters
    ----------
    path : path-like
    attribute : str
        Every node must have it.
    format : {"gml", "graphml"}, optional
        Default: what the ending says.

    Returns
    -------
    dict
        Value by node, named as `read_graph` names it.

    Raises
    ------
    FileError
        If the format has no attributes of nodes, or a node lacks this one.
    """
    path = Path(path)
    kind = check_format(path, format)
    if kind not in ("gml", "graphml"):
        raise FileError(f"the format {kind} has no attributes of nodes; gml and graphml do", path=path)
    with opened(path, False) as (stream, _):
        graph = _parse_networkx(stream, path, kind, False)
    values = {}
    for node, data in graph.nodes(data=True):
        if attribute not in data:
            known = sorted({name for _, other in graph.nodes(data=True) for name in other})
            raise FileError(
                f"node {node!r} has no attribute {attribute!r}; nodes have: {', '.join(known) or 'none'}",
                path=path,
            )
        values[node] = data[attribute]
    names = [str(node) for node in values]
    order, nodes = number_names(names)
    return dict(zip(order.tolist() if nodes is None and order is not None else nodes or [], values.values()))


def check_format(path, format=None):
    """The format that a name, or else a file's ending, names.

    Raises
    ------
    OptionError, FileError
        If it names none.
    """
    path = Path(path)
    if format is not None:
        if format not in FORMATS:
            raise OptionError(unknown("format", format, FORMATS))
        return format
    ending = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    for name, endings in FORMATS.items():
        if ending.lower() in endings:
            return name
    valid = ", ".join(ending for endings in FORMATS.values() for ending in endings)
    what = f"the ending {ending!r} names no format" if ending else "a name without an ending names no format"
    raise FileError(f"{what}; say which it is, or use one of {valid}", path=path)


def _assemble(path, source, target, weights, names, *, directed):
    order, nodes = (None, None) if isinstance(names, int) else number_names(names)
    if order is not None:
        source, target = order[source], order[target]
    count = names if isinstance(names, int) else len(names)
    try:
        return from_edges(source, target, weights, n=count, directed=bool(directed), nodes=nodes)
    except GraphError as error:
        raise FileError(str(error), path=path) from None


# -- reading


@contextmanager
def opened(path, progress):
    """Open a file to read.

    Yields
    ------
    stream : binary file
        Unpacked, if the file ends in .gz. A bar counts what is read of it.
    describe : callable
        Writes a few words beside the bar.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    from tqdm import tqdm

    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size or None
            bar = tqdm(
                total=size,
                desc=path.name,
                unit="B",
                unit_scale=True,
                leave=False,
                disable=None if progress else True,
            )
            with bar:
                counted = _Counted(file, bar)
                packed = path.suffix.lower() == ".gz"
                yield gzip.GzipFile(fileobj=counted) if packed else counted, bar.set_postfix_str
    except FileNotFoundError:
        raise FileError("there is no such file", path=path) from None
    except IsADirectoryError:
        raise FileError("is a directory, not a file with a graph", path=path) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileError(f"is no whole gzip file ({error})", path=path) from None
    except OSError as error:
        raise FileError(f"cannot be read ({error.strerror})", path=path) from None


class _Counted:
    """A file that tells a bar what was read of it."""

    def __init__(self, file, bar):
        self._file, self._bar = file, bar

    def read(self, size=-1):
        data = self._file.read(size)
        self._bar.update(len(data))
        return data


def _parse_networkx(stream, path, kind, progress):
    """The networkx graph in a GML or GraphML file."""
    if kind == "graphml":
        return _parse_graphml(stream, path)
    text = decode(stream.read(), path, 1).removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.strip():
        raise FileError("is empty", path=path)
    return _parse_gml(text, path, progress)


def _parse_gml(text, path, progress):
    import networkx as nx
    from tqdm import tqdm

    label, repeats = "label", False
    while True:
        lines = text.removesuffix("\n").split("\n")
        try:
            with tqdm(lines, path.name, unit=" lines", leave=False, disable=None if progress else True) as bar:
                return nx.parse_gml(bar, label=label)
        except Exception as error:  # whatever a malformed file makes it raise
            message = " ".join(str(error).split())
        # Many published files repeat edges without saying so, or have no labels.
        if re.fullmatch("edge #.* is duplicated", message) and not repeats:
            text, repeats = re.sub(r"\bgraph\s*\[", r"\g<0> multigraph 1 ", text, count=1), True
        elif "has no 'label' attribute" in message and label == "label":
            label = "id"
        else:
            break
    place = re.search(r" at \((\d+), \d+\)$", message)
    line = int(place[1]) if place else None
    message = message[: place.start()] if place else message
    raise FileError(f"is no GML that can be read: {message}", path=path, line=line)


def _parse_graphml(stream, path):
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    try:
        return nx.read_graphml(stream)
    except _UNREADABLE:
        raise
    except ParseError as error:
        raise FileError(f"is no XML: {error.msg}", path=path, line=error.position[0]) from None
    except Exception as error:  # whatever a malformed file makes it raise
        raise FileError(f"is no GraphML that can be read: {error}", path=path) from None


def _read_networkx(source, path, weight, directed):
    if weight not in (None, "weight") and source.number_of_edges():
        known = sorted({name for *_, data in source.edges(data=True) for name in data})
        if weight not in known:
            raise FileError(f"no edge has {weight!r}; edges have: {', '.join(known) or 'nothing'}", path=path)
    try:
        graph = Graph.from_networkx(source, weight=weight)
    except GraphError as error:
        raise FileError(str(error), path=path) from None
    names = [str(name) for name in graph.names()]
    return _assemble(path, *graph.edges(), names, directed=graph.directed if directed is None else directed)


def _read_matrix(stream, path, weight, directed):
    from scipy.io import mmread
    from scipy.sparse import coo_array

    data = stream.read()
    header, names = _matrix_header(data, path)
    try:
        matrix = coo_array(mmread(io.BytesIO(data)))
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        message, line = str(error), None
        if place := re.match(r"Line (\d+): ", message):
            message, line = message[place.end() :], int(place[1])
        raise FileError(f"is no Matrix Market file that can be read: {message}", path=path, line=line) from None
    n = matrix.shape[0]
    if matrix.shape[0] != matrix.shape[1]:
        raise FileError(f"an adjacency matrix is square; this one has shape {matrix.shape}", path=path)
    if names and len(names) != n:
        raise FileError(f"{len(names)} names for {n} nodes", path=path)
    check_memory(n * 24, f"a graph of {n:,} nodes")
    symmetric = header[4] == "symmetric"
    # A symmetric file's entries come twice; either half is all.
    kept = matrix.row <= matrix.col if symmetric else slice(None)
    source, target = matrix.row[kept], matrix.col[kept]
    weights = None if weight is None else matrix.data[kept]
    graph = _assemble(path, source, target, weights, names or n, directed=not symmetric)
    if symmetric:
        return Graph(graph.indptr, graph.indices, graph.weights, bool(directed), graph.nodes)
    if directed is not False:
        return graph
    if all(
        np.array_equal(getattr(graph, x), getattr(graph.transposed, x)) for x in ("indptr", "indices", "weights")
    ):
        return Graph(graph.indptr, graph.indices, graph.weights, False, graph.nodes)
    return _assemble(path, source, target, weights, names or n, directed=False)


def _matrix_header(data, path):
    """The words of the first line, and the names of nodes that comments hold."""
    first = data[: data.find(b"\n") + 1 or len(data)]
    header = first.decode("latin-1").lower().split()
    if len(header) != 5 or header[:2] != ["%%matrixmarket", "matrix"]:
        raise FileError(
            "the first line must be `%%MatrixMarket matrix coordinate|array real|integer|pattern "
            "general|symmetric`",
            path=path,
            line=1,
        )
    valid = {"format": ("coordinate", "array"), "field": ("real", "double", "integer", "pattern")}
    valid["symmetry"] = ("general", "symmetric")
    for word, (what, words) in zip(header[2:], valid.items()):
        if word not in words:
            raise FileError(f"{what} {word!r} is none of {', '.join(words)}", path=path, line=1)
    names, line, start = [], 1, len(first)
    while data.startswith(b"%", start):
        end = data.find(b"\n", start) + 1 or len(data)
        if data.startswith(b"%node: ", start):
            names.append(decode(data[start + 7 : end], path, line + 1).rstrip("\r\n"))
        start, line = end, line + 1
    return header, names


# -- writing


@contextmanager
def new_file(path):
    """Write a file under another name, then put it in the place of the old one.

    Parameters
    ----------
    path : Path
        Packed if it ends in .gz.

    Yields
    ------
    binary file

    Raises
    ------
    FileError
        If it cannot be written.
    """
    if os.path.isdir(path):
        raise FileError("is a directory; a file is needed", path=path)
    # A terminal or a pipe cannot be replaced.
    special = os.path.exists(path) and not os.path.isfile(path)
    place = path if special else path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(place, "wb") as file:
            if path.suffix.lower() == ".gz":
                with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                    yield packed
            else:
                yield file
            if not special:
                file.flush()
                os.fsync(file.fileno())
        if not special:
            os.replace(place, path)
    except BrokenPipeError:
        raise
    except OSError as error:
        if not path.parent.is_dir():
            raise FileError(f"there is no folder {str(path.parent)!r}", path=path) from None
        raise FileError(f"cannot be written ({error.strerror})", path=path) from None
    finally:
        if not special and os.path.exists(place):
            os.unlink(place)


def _check_names(graph, path, kind):
    """Refuse names that would not come back."""
    if graph.nodes is None:
        return
    types = set(map(type, graph.nodes))
    if types == {int}:
        return
    if types != {str}:
        other = next((node for node in graph.nodes if type(node) not in (int, str)), None)
        what = f"node {other!r} is neither" if other is not None else "these are of both kinds"
        raise FileError(f"names of nodes must be all strings or all integers; {what}", path=path)
    for name in graph.nodes:
        if not name or _UNWRITABLE.search(name):
            raise FileError(f"node {name!r}: a name must not be empty or have control characters", path=path)
        if kind in _DELIMITERS and name != name.strip(" "):
            raise FileError(
                f"node {name!r}: a name in an edge list must not start or end in white space", path=path
            )
        if kind == "gml" and name in ("()", "[]"):
            raise FileError(f"node {name!r}: GML cannot hold this name", path=path)


def _write_edge_list(graph, stream, delimiter):
    quoted = field_writer(delimiter or " ")
    weighted = _is_weighted(graph)
    columns = ["source", "target", "weight"] if weighted else ["source", "target"]
    names = list(map(str, graph.names())) if graph.nodes is None else [quoted(str(name)) for name in graph.nodes]
    head = ["# directed"] if graph.directed else []
    if delimiter is None:
        # Programs that read this format know no header, but skip comments.
        head = head or ["# undirected"]
        head.append("# columns: " + " ".join(columns))
    source, target, _ = graph.edges()
    alone = np.ones(len(graph), bool)
    alone[source] = alone[target] = False
    plain = graph.names()
    head += [f"# node: {plain[at]}" for at in np.flatnonzero(alone).tolist()]
    if delimiter is not None:
        head.append(delimiter.join(columns))
    stream.write("".join(line + "\n" for line in head).encode())
    for u, v, w in _pieces(graph):
        rows = zip(map(names.__getitem__, u), map(names.__getitem__, v), *([w] if weighted else []))
        stream.write("".join([(delimiter or " ").join(row) + "\n" for row in rows]).encode())


def _write_matrix(graph, stream):
    weighted = _is_weighted(graph)
    field = "real" if weighted else "pattern"
    head = [f"%%MatrixMarket matrix coordinate {field} {'general' if graph.directed else 'symmetric'}"]
    head += [f"%node: {name}" for name in graph.nodes or ()]
    head.append(f"{len(graph)} {len(graph)} {graph.number_of_edges}")
    stream.write("".join(line + "\n" for line in head).encode())
    for u, v, w in _pieces(graph):
        # A symmetric matrix is written as its lower triangle.
        row, column = (u, v) if graph.directed else (v, u)
        if weighted:
            lines = [f"{i + 1} {j + 1} {x}\n" for i, j, x in zip(row, column, w)]
        else:
            lines = [f"{i + 1} {j + 1}\n" for i, j in zip(row, column)]
        stream.write("".join(lines).encode())


def _write_networkx(graph, stream, kind):
    import networkx as nx

    converted = graph.to_networkx()
    if not _is_weighted(graph):
        for *_, data in converted.edges(data=True):
            del data["weight"]
    if kind == "graphml":
        nx.write_graphml(converted, stream)
        return
    for line in nx.generate_gml(converted):
        stream.write(line.encode() + b"\n")


def _is_weighted(graph):
    return not (graph.weights == 1).all()


def _pieces(graph):
    """Edges in lists of bounded length: positions, and weights as text."""
    source, target, weights = graph.edges()
    whole = bool((weights == np.rint(weights)).all() and (np.abs(weights) < 2**53).all())
    for start in range(0, len(source), _EDGES_AT_ONCE):
        part = slice(start, start + _EDGES_AT_ONCE)
        numbers = weights[part].astype(np.int64) if whole else weights[part]
        yield source[part].tolist(), target[part].tolist(), list(map(repr, numbers.tolist()))
