"""What the plan needs of a database."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Engine(ABC):
    """Tables by name, made from queries and from functions of batches, which are in `batches.py`.

    Attributes
    ----------
    batch_threads : int
        Threads that a function of a batch may use.
    """

    batch_threads: int

    @abstractmethod
    def read(self, source, *, text, id):
        """Make {documents}: text; id, if not None; doc, the position from 0 on in the order of files and rows."""

    @abstractmethod
    def table(self, name, query):
        """Make a table, or make it anew, from a query that may read the old one."""

    @abstractmethod
    def map(self, name, query, function, columns):
        """Make a table of what a function makes of batches of a query's rows.

        Parameters
        ----------
        name, query : str
        function : callable
            dict of column to ndarray or list → likewise.
        columns : str
            Names and types of its result.
        """

    @abstractmethod
    def map_parts(self, name, left, right, parts, function, columns):
        """Make a table from two others, one part after the other: their rows with `part` 0, 1, …, `parts` - 1."""

    @abstractmethod
    def rows(self, query):
        """The few rows of a query: list of tuple."""

    @abstractmethod
    def drop(self, *names):
        """Forget tables."""

    @abstractmethod
    def frame(self, query):
        """The rows of a query: pandas.DataFrame."""

    @abstractmethod
    def write(self, query, output):
        """Write the rows of a query, whole or not at all."""

    @abstractmethod
    def close(self):
        """Give back whatever is held."""
