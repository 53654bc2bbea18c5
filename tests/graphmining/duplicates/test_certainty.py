"""How sure clusters are, against networkx's spanning trees and explanations of all pairs."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.candidates.tfidf import TfidfNeighbors
from graphmining.duplicates.certainty import profile_clusters
from graphmining.duplicates.pipeline import find_duplicates
from graphmining.duplicates.scoring.cosine import Cosine

names = st.lists(st.text("abc ", min_size=1, max_size=7), min_size=2, max_size=14)


def find(items, **options):
    options = {"candidates": TfidfNeighbors(k=4), "score": Cosine(), "threshold": 0.4, "progress": False} | options
    return find_duplicates(items, **options)


@settings(max_examples=60, deadline=None)
@given(names, st.sampled_from(["average", "components", "correlation"]), st.data())
def test_profiles_are_those_of_all_pairs(items, method, data):
    pair = st.lists(st.integers(0, len(items) - 1), min_size=2, max_size=2, unique=True)
    found = find(items, method=method, must_link=data.draw(st.lists(pair, max_size=2)))
    profile = profile_clusters(found)
    everything = nx.Graph()
    scores = zip(found.pairs.left.tolist(), found.pairs.right.tolist(), found.scores.tolist())
    everything.add_weighted_edges_from(edge for edge in scores if edge[2] > 0)
    everything.add_weighted_edges_from((int(found.groups[at]), at, 1.0) for at in range(len(items)))
    assert len(profile.margin) == len(found.members)
    for place, members in enumerate(found.members):
        inside = everything.subgraph(members)
        assert nx.is_connected(inside) == (profile.weakest[place] is not None)
        if profile.weakest[place] is not None:
            a, b, weakest = profile.weakest[place]
            tree = nx.maximum_spanning_tree(inside)
            assert weakest == pytest.approx(min(weight for *_, weight in tree.edges(data="weight")))
            assert inside[a][b]["weight"] == pytest.approx(weakest)
        merged = [found.explain(a, b).merged_at for a, b in combinations(members, 2)]
        assert profile.joined_at[place] == (None if None in merged else min(merged))
        within = np.isin(found.pairs.left, members) & np.isin(found.pairs.right, members)
        assert profile.compared[place] == within.sum()
        if within.any():
            assert profile.mean[place] == pytest.approx(found.scores[within].mean())
            assert profile.lowest[place] == found.scores[within].min()
        else:
            assert np.isnan([profile.mean[place], profile.lowest[place]]).all()
        if method == "average":
            assert profile.margin[place] == pytest.approx(min(min(merged), 1) - 0.4)
            assert profile.margin[place] >= -1e-9
        elif profile.weakest[place] is not None:
            assert profile.margin[place] == pytest.approx(weakest - 0.4)
