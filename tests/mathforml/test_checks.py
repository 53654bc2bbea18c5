"""What is refused at the door, and in which words."""

import numpy as np
import pytest

from mathforml import checks
from mathforml.errors import ArgumentError


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: checks.check_callable(None), "f must be a function, not None (NoneType)"),
        (lambda: checks.check_count(2.5, "n"), "n must be a whole number of at least 1, not 2.5"),
        (lambda: checks.check_count(True, "n"), "n must be a whole number of at least 1, not True"),
        (lambda: checks.check_number("a", "h"), "h must be a number that is finite, not 'a'"),
        (lambda: checks.check_number(np.inf, "h"), "h must be a number that is finite, not inf"),
        (lambda: checks.check_number([1], "h"), "h must be a number that is finite, not [1]"),
        (lambda: checks.check_number(2, "p", least=0, most=1),
         "p must be a number of at least 0 and of at most 1, not 2"),
        (lambda: checks.check_number(0, "p", above=0, below=1), "p must be a number above 0 and below 1, not 0"),
        (lambda: checks.check_array("abc", "x"), "x must be an array of numbers, not 'abc'"),
        (lambda: checks.check_array([[1], [1, 2]], "x"), "x must be an array of numbers, not [[1], [1, 2]]"),
        (lambda: checks.check_array([1j], "x"), "x must be real, not complex"),
        (lambda: checks.check_choice(np.arange(2), "rule", ["a"]), "unknown rule array([0, 1]); valid: a"),
        (lambda: checks.check_array(1.0, "x", shape=("d",)), "x must have shape (d), not ()"),
        (lambda: checks.check_array([np.inf, 1], "x"), "x must be finite; entry 0 is inf"),
        (lambda: checks.check_array(np.nan, "x"), "x must be finite; it is nan"),
        (lambda: checks.check_covariance([[1, 2, 3]], "Q"), "Q must be square, not 1 × 3"),
        (lambda: checks.check_covariance([[1, 2], [3, 1]], "Q"), "Q must be symmetric"),
        (lambda: checks.check_covariance([[1, 2], [2, 1]], "Q"),
         "Q must have no negative eigenvalue; its least is -1"),
        (lambda: checks.check_covariance(np.eye(2), "Q", size=3), "Q must have shape (3, 3), not (2, 2)"),
        (lambda: checks.check_distribution([0.5, 0.6], "p"),
         "p must sum to one along the last axis; it sums to 1.1"),
        (lambda: checks.check_distribution([-0.5, 1.5], "p"), "p must hold probabilities; entry 0 is -0.5"),
        (lambda: checks.check_choice("b", "rule", ["a", "c"]), "unknown rule 'b'; valid: a, c"),
        (lambda: checks.check_seed(-1), "seed must be a non-negative integer, None or a numpy Generator, not -1"),
    ],
)  # fmt: skip
def test_one_sentence(check, message):
    with pytest.raises(ArgumentError) as error:
        check()
    assert str(error.value) == message


def test_what_passes_comes_back():
    assert checks.check_count(np.int64(3), "n") == 3
    assert checks.check_number(np.float32(0.5), "h", least=0.5, most=0.5) == 0.5
    assert checks.check_array([[1, 2]], "x", shape=(None, "d")).dtype == float
    assert checks.check_covariance(np.zeros((2, 2)), "Q").tolist() == [[0, 0], [0, 0]]
    assert checks.check_distribution([[0.25, 0.75], [1, 0]], "p").shape == (2, 2)
    generator = np.random.default_rng(0)
    assert checks.check_seed(generator) is generator
    assert checks.check_seed(7).integers(1000) == np.random.default_rng(7).integers(1000)
