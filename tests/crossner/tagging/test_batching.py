"""Batches under a token budget."""

from hypothesis import given
from hypothesis import strategies as st

from crossner.tagging.batching import token_batches

COSTS = st.lists(st.integers(1, 60), max_size=60)
SEEDS = st.none() | st.integers(0, 5).map(str)


@given(COSTS, st.integers(1, 200), SEEDS)
def test_each_item_is_in_exactly_one_batch(costs, budget, seed):
    batches = token_batches(costs, budget, seed=seed)
    assert sorted(index for batch in batches for index in batch) == list(range(len(costs)))
    assert all(batches)


@given(COSTS, st.integers(1, 200), SEEDS)
def test_a_padded_batch_stays_within_the_budget_unless_it_is_a_single_item(costs, budget, seed):
    for batch in token_batches(costs, budget, seed=seed):
        assert len(batch) == 1 or max(costs[index] for index in batch) * len(batch) <= budget


@given(COSTS, st.integers(1, 200))
def test_without_seed_items_come_longest_first(costs, budget):
    flat = [costs[index] for batch in token_batches(costs, budget) for index in batch]
    assert flat == sorted(costs, reverse=True)


@given(COSTS, st.integers(1, 200))
def test_without_seed_a_batch_ends_only_where_the_next_item_would_not_fit(costs, budget):
    batches = token_batches(costs, budget)
    for first in batches[:-1]:
        assert costs[first[0]] * (len(first) + 1) > budget


@given(COSTS, st.integers(1, 200), st.integers(0, 5).map(str))
def test_the_same_seed_gives_the_same_batches(costs, budget, seed):
    assert token_batches(costs, budget, seed=seed) == token_batches(costs, budget, seed=seed)


def test_another_seed_gives_other_batches():
    costs = [10 + index % 7 for index in range(50)]
    assert token_batches(costs, 64, seed="1/1") != token_batches(costs, 64, seed="1/2")
