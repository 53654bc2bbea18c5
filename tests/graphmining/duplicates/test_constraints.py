"""Links and size caps on dendrograms, by enumeration of what each cut holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.clustering.hierarchical import hierarchical_clustering
from graphmining.duplicates.constraints import prune, read_links
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError
from graphmining.graph.csr import Graph


def random_dendrogram(rng, n, density):
    left, right = np.triu_indices(n, 1)
    kept = rng.random(len(left)) < density
    return hierarchical_clustering(Graph.from_edges(left[kept], right[kept], rng.random(kept.sum()), n=n))


def leaves(dendrogram):
    """The leaves below each merge."""
    below = [{leaf} for leaf in range(len(dendrogram.nodes))]
    for a, b in dendrogram.merges:
        below.append(below[a] | below[b])
    return below[len(dendrogram.nodes) :]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(2, 12),
    st.floats(0.1, 1),
    st.integers(0, 4),
    st.sampled_from([None, 1, 2, 5]),
)
def test_what_is_left_keeps_the_rules_and_all_else_stays(seed, n, density, links, max_size):
    rng = np.random.default_rng(seed)
    dendrogram = random_dendrogram(rng, n, density)
    apart = np.array([rng.permutation(n)[:2] for _ in range(links)], np.int64).reshape(-1, 2)
    pruned = prune(dendrogram, max_size=max_size, apart=apart)

    def good(group):
        return (max_size is None or len(group) <= max_size) and not any(
            set(pair) <= group for pair in apart.tolist()
        )

    # A group that is good has good parts: exactly the good ones are left.
    expected = [
        (group, similarity)
        for group, similarity in zip(leaves(dendrogram), dendrogram.similarities)
        if good(group)
    ]
    assert list(zip(leaves(pruned), pruned.similarities)) == expected
    assert pruned.sizes.tolist() == [len(group) for group, _ in expected]
    for threshold in (0, 0.3, 0.7):
        labels = pruned.cut(threshold)
        assert all(good(set(np.flatnonzero(labels == label).tolist())) for label in range(labels.max() + 1))


def test_without_rules_it_is_the_same():
    dendrogram = random_dendrogram(np.random.default_rng(0), 9, 1)
    assert prune(dendrogram) is dendrogram
    assert prune(dendrogram, max_size=9, apart=np.empty((0, 2), np.int64)) is dendrogram


def test_links_are_named_by_ids():
    items = Items(["a", (0, 1), 7], {"text": ["", "", ""]})
    assert read_links(items, [("a", 7), ((0, 1), "a")], "must_link").tolist() == [[0, 2], [1, 0]]
    assert read_links(items, np.array([], object), "must_link").shape == (0, 2)


@pytest.mark.parametrize("links", [[("a", "z")], [("a",)], [5], ["a"], [("a", (0, 1), 7)], [(["a"], 7)], "a"])
def test_bad_links(links):
    with pytest.raises(OptionError, match=r"cannot_link takes pairs of ids of items; .* is none"):
        read_links(Items(["a", (0, 1), 7], {"text": ["", "", ""]}), links, "cannot_link")


def test_no_links():
    with pytest.raises(OptionError, match="cannot_link takes pairs of ids of items, not 5"):
        read_links(Items(["a"], {"text": [""]}), 5, "cannot_link")


def test_a_pair_of_one():
    with pytest.raises(OptionError, match="must_link names the pair of 'a' with itself"):
        read_links(Items(["a"], {"text": [""]}), [("a", "a")], "must_link")
