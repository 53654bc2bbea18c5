"""The exceptions of this package: one family, one sentence each.

Every error a user can cause derives from `CrossnerError`. The command line prints its message
without a traceback and exits with status 2.
"""


class CrossnerError(Exception):
    """Base of all errors of this package."""


class DataError(CrossnerError):
    """Something about the data is wrong.

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


class EncoderError(CrossnerError):
    """An encoder cannot be found, or is not the one its name promises."""


class ConfigError(CrossnerError):
    """An option has a value that cannot work."""


class StoreError(CrossnerError):
    """A folder of results cannot be read or does not fit what is asked of it."""
