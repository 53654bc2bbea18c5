"""Threads, seeds, memory: what every algorithm shares."""

import random

import numpy as np
import pytest

from graphmining.errors import GraphError, OptionError
from graphmining.memory import check_memory
from graphmining.seeds import seed_value
from graphmining.threads import even_pieces, team, thread_count


def test_thread_count_from_the_environment(monkeypatch):
    monkeypatch.setenv("GRAPHMINING_THREADS", "3")
    assert thread_count() == 3
    assert thread_count(1) == 1
    monkeypatch.delenv("GRAPHMINING_THREADS")
    assert thread_count() >= 1


@pytest.mark.parametrize("threads", [0, -1, 1.5, "many", [2]])
def test_wrong_thread_count(threads):
    with pytest.raises(OptionError, match="threads must be a positive integer"):
        thread_count(threads)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_team_does_every_piece_once(threads):
    seen = np.zeros(100, int)

    def add(start, stop, step):
        seen[start:stop] += step

    with team(threads) as run:
        run(add, [0, 10, 10, 70, 100], 2)
    assert (seen == 2).all()


@pytest.mark.parametrize("threads", [1, 2])
def test_team_passes_errors_on(threads):
    def fail(start, stop):
        if start == 1:
            raise ValueError("broken piece")

    with team(threads) as run, pytest.raises(ValueError, match="broken piece"):
        run(fail, [0, 1, 2])


def test_even_pieces_cover_all_rows():
    rng = np.random.default_rng(0)
    indptr = np.concatenate([[0], np.cumsum(rng.integers(0, 50, 200))])
    for pieces in (1, 2, 3, 7):
        bounds = even_pieces(indptr, pieces)
        assert bounds[0] == 0
        assert bounds[-1] == 200
        assert len(bounds) == pieces + 1
        costs = np.diff(indptr[bounds])
        assert costs.max() <= indptr[-1] / pieces + 50 + 200


def test_seeds():
    assert seed_value(3) == seed_value(np.int64(3)) == 3
    assert seed_value(None) != seed_value(None)
    for make in (random.Random, np.random.default_rng, np.random.RandomState):
        one, other = make(1), make(1)
        assert seed_value(one) == seed_value(other)
        assert seed_value(one) != seed_value(make(1))  # it was advanced
    assert 0 <= seed_value(-5) < 2**63
    for wrong in ("1", 1.5, True):
        with pytest.raises(OptionError, match="seed must be"):
            seed_value(wrong)


def test_memory():
    check_memory(1, "a byte")
    with pytest.raises(GraphError, match=r"a moon needs about 1,024.0 GB of memory, but .* GB are free"):
        check_memory(2**40, "a moon")
