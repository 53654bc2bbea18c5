"""The exceptions of this package: one family, one sentence each.

Every error a user can cause derives from `GraphMiningError`. The command line prints its message
without a traceback and exits with status 2.
"""


class GraphMiningError(Exception):
    """Base of all errors of this package."""


class GraphError(GraphMiningError, ValueError):
    """A graph, its nodes or its weights are not what the algorithm needs."""


class OptionError(GraphMiningError, ValueError):
    """An option has a value that cannot work."""


class FileError(GraphMiningError):
    """A file cannot be read or written.

    Parameters
    ----------
    message : str
        What is wrong and what would be right.
    path : path-like, optional
        The file it is wrong in.
    line : int, optional
        Line number in that file, from 1.
    """

    def __init__(self, message, *, path=None, line=None):
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(place + message)
        self.path = path
        self.line = line


def unknown(kind, name, valid):
    """The message for a name that is not in a registry.

    Examples
    --------
    >>> unknown("linkage", "avarage", ["average", "single"])
    "unknown linkage 'avarage'; did you mean 'average'? Valid: average, single"
    """
    import difflib

    valid = list(valid)
    close = difflib.get_close_matches(str(name), valid, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return f"unknown {kind} {name!r}{hint} Valid: {', '.join(valid)}"
