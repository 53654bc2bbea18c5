"""Options that several rankings share, checked in one place."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real

from graphmining.errors import GraphError, OptionError


def check_damping(name, value, *, below_one=False):
    """A probability of going on as float.

    Raises
    ------
    OptionError
        If it is no number from 0 to 1, or 1 where that would never end.
    """
    valid = isinstance(value, Real) and 0 <= value <= 1 and not (below_one and value == 1)
    if not valid:
        end = "below 1" if below_one else "at most 1"
        raise OptionError(f"{name} must be at least 0 and {end}, not {value!r}")
    return float(value)


def check_positive(name, value):
    """A number above 0 as float.

    Raises
    ------
    OptionError
        If it is none, or not finite.
    """
    if not isinstance(value, Real) or not 0 < value < float("inf"):
        raise OptionError(f"{name} must be a number above 0, not {value!r}")
    return float(value)


def check_count(name, value, *, least=1):
    """An integer from `least` as int.

    Raises
    ------
    OptionError
        If it is none.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise OptionError(f"{name} must be an integer of at least {least}, not {value!r}")
    return int(value)


def find_nodes(graph, nodes):
    """The positions of one node or several.

    Parameters
    ----------
    graph : Graph
    nodes : node or collection of nodes
        What is a node of the graph is taken as one, even if it is a tuple.

    Returns
    -------
    positions : ndarray of int64
    single : bool
        Whether it is one node.

    Raises
    ------
    GraphError
        If there is no such node.
    """
    try:
        return graph.positions([nodes]), True
    except GraphError:
        if isinstance(nodes, (str, bytes)) or not isinstance(nodes, Iterable):
            raise
    return graph.positions(nodes), False
