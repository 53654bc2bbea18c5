"""Well-known graphs, most of them with their true clusters."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

from graphmining.errors import FileError, OptionError, unknown

VARIABLE = "GRAPHMINING_DATA"
FILES_SOURCE = "https://github.com/vlivashkin/community-graphs/tree/e282fe4/gml_connected_subgraphs"
_TRUTH = "gt"


@dataclass(frozen=True)
class GraphInfo:
    """What the registry knows of a graph.

    Attributes
    ----------
    nodes, edges : int
    clusters : int or None
        Number of true clusters; None where there is no truth.
    citation, licence, source : str
    attribute : str or None
        The node attribute with the true cluster.
    function : str, optional
        The function of networkx that makes the graph.
    file, sha256 : str, optional
        Otherwise the name of its GML file, and what that has to hold.
    """

    nodes: int
    edges: int
    clusters: int | None
    citation: str
    licence: str = "MIT"
    source: str = FILES_SOURCE
    attribute: str | None = _TRUTH
    function: str | None = None
    file: str | None = None
    sha256: str | None = None


_NETWORKX = {"licence": "BSD-3-Clause", "source": "https://networkx.org"}

GRAPHS = {
    "karate": GraphInfo(
        nodes=34,
        edges=78,
        clusters=2,
        citation="Zachary 1977, An information flow model for conflict and fission in small groups, "
        "doi:10.1086/jar.33.4.3629752",
        attribute="club",
        function="karate_club_graph",
        **_NETWORKX,
    ),
    "davis": GraphInfo(
        nodes=32,
        edges=89,
        clusters=2,
        citation="Davis, Gardner, Gardner 1941, Deep South, University of Chicago Press",
        attribute="bipartite",
        function="davis_southern_women_graph",
        **_NETWORKX,
    ),
    "les-miserables": GraphInfo(
        nodes=77,
        edges=254,
        clusters=None,
        citation="Knuth 1993, The Stanford GraphBase, ACM Press",
        attribute=None,
        function="les_miserables_graph",
        **_NETWORKX,
    ),
    "dolphins": GraphInfo(
        nodes=62,
        edges=159,
        clusters=2,
        citation="Lusseau et al. 2003, The bottlenose dolphin community of Doubtful Sound features a large "
        "proportion of long-lasting associations, doi:10.1007/s00265-003-0651-y",
        file="dolphins.gml",
        sha256="efa96aea5b34537993c3b1ae3841e1273da4d006732b5df5ada3e06f861f4435",
    ),
    "football": GraphInfo(
        nodes=115,
        edges=613,
        clusters=12,
        citation="Girvan, Newman 2002, Community structure in social and biological networks, "
        "doi:10.1073/pnas.122653799",
        file="football.gml",
        sha256="f5f39481a0d66c029375bd79a7123ffbd17a7e61eb00bc6a2d159a134d3f331f",
    ),
    "polbooks": GraphInfo(
        nodes=105,
        edges=441,
        clusters=3,
        citation="Krebs 2004, Books about US politics, unpublished, http://www.orgnet.com",
        file="polbooks.gml",
        sha256="cab19bf3569c4df4076813f31febbc0cfe862349abdac7642eba83e285619551",
    ),
    "cora": GraphInfo(
        nodes=2485,
        edges=5069,
        clusters=7,
        citation="Sen et al. 2008, Collective classification in network data, doi:10.1609/aimag.v29i3.2157",
        file="cora.gml",
        sha256="71d6a5282573e1229048c2cb3e30d1947430c88a3f7beaa48a68de77ccadfbeb",
    ),
}


def load_graph(name, *, folder=None):
    """Load a well-known graph and its true clusters.

    Parameters
    ----------
    name : str or path-like
        "karate", "davis" (bipartite; its clusters are the two sides) and "les-miserables" come with networkx.
        "dolphins", "football", "polbooks" and "cora" are files in `folder`. Anything else is the path of a GML
        file, whose node attribute `gt`, if it has one, names the true clusters.
    folder : path-like, optional
        Default: the environment variable GRAPHMINING_DATA.

    Returns
    -------
    graph : networkx.Graph
    truth : list of set, or None
        The true clusters, the largest first; None where they are not known.

    Raises
    ------
    OptionError
        If there is no such graph.
    FileError
        If the file is missing, cannot be read, or is not the one that is known by this name.

    Notes
    -----
    `graphmining.data.GRAPHS` says for each graph how large it is, where it comes from, and what to cite.

    Examples
    --------
    >>> graph, truth = load_graph("karate")
    >>> len(graph), [len(cluster) for cluster in truth]
    (34, [17, 17])
    """
    info = GRAPHS.get(name) if isinstance(name, str) else None
    if info is None:
        path = _path(name)
        graph = _parse(path, _bytes(path))
        return graph, _truth(graph, _TRUTH, path)
    if info.function is not None:
        import networkx as nx

        graph = getattr(nx, info.function)()
        return graph, _truth(graph, info.attribute, name)
    path = _find(name, info, folder)
    data = _bytes(path)
    found = hashlib.sha256(data).hexdigest()
    if found != info.sha256:
        raise FileError(f"is not the known file: its SHA-256 is {found}, not {info.sha256}", path=path)
    graph = _parse(path, data)
    return graph, _truth(graph, info.attribute, path)


def _path(name):
    if not isinstance(name, (str, os.PathLike)):
        raise OptionError(f"a graph is a name or a path, not {name!r}")
    path = Path(name)
    if not path.suffix and path.parent == Path() and not path.is_file():
        raise OptionError(unknown("graph", name, GRAPHS))
    return path


def _find(name, info, folder):
    folder = folder or os.environ.get(VARIABLE)
    if folder and (path := Path(folder) / info.file).exists():
        return path
    where = f"{info.file} is not in the folder {os.fspath(folder)!r}" if folder else "no folder is set"
    raise FileError(
        f"the graph {name!r} is read from {info.file}, but {where}; download the files from {FILES_SOURCE} and "
        f"set the environment variable {VARIABLE}, or the option folder, to the folder that holds them"
    )


def _bytes(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot be read ({error.strerror})", path=path) from None


def _parse(path, data):
    import networkx as nx

    try:
        return nx.read_gml(io.BytesIO(data))
    except (nx.NetworkXError, ValueError) as error:
        raise FileError(f"is no GML file that networkx can read ({error})", path=path) from None


def _truth(graph, attribute, path):
    clusters = {}
    for node, label in graph.nodes(data=attribute):
        clusters.setdefault(label, set()).add(node)
    if attribute is None or clusters.keys() <= {None}:
        return None
    if None in clusters:
        node = next(node for node in graph if node in clusters[None])
        raise FileError(f"node {node!r} has no attribute {attribute!r}, but others have", path=path)
    return sorted(clusters.values(), key=len, reverse=True)
