"""Refuse work that does not fit into memory before it starts."""

from __future__ import annotations

from graphmining.errors import GraphError


def check_memory(needed, what):
    """Compare what is needed with what is free.

    Parameters
    ----------
    needed : int
        Bytes, an estimate.
    what : str
        What needs them, for the message.

    Raises
    ------
    GraphError
        If more is needed than is free.
    """
    if needed < 2**26:  # asking the system takes longer
        return
    import psutil

    free = psutil.virtual_memory().available
    if needed > free:
        gigabytes = needed / 2**30
        raise GraphError(f"{what} needs about {gigabytes:,.1f} GB of memory, but {free / 2**30:,.1f} GB are free")
