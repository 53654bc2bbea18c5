"""Duplicates in records, texts and vectors: candidates, scored edges, clusters, explanation.

>>> found = find_duplicates(["to be or not to be that is", "to be or not to be this is", "all the world"])
>>> found.clusters
[[0, 1]]
"""

from graphmining.duplicates.pipeline import find_duplicates
from graphmining.duplicates.result import Duplicates

__all__ = ["Duplicates", "find_duplicates"]
