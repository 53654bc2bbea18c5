import math

import pytest

from lessons.checks import ClaimError, attempt, claim


@pytest.mark.parametrize(
    ("bounds", "line"),
    [
        ({"expected": -2, "within": 0.05}, "slope: -2.00 (theory -2, within 0.05)"),
        ({"expected": -2.2, "within": 1}, "slope: -2 (theory -2.2, within 1)"),
        ({"expected": -2.0004, "within": 0}, "slope: -2 (theory -2, exactly)"),
        ({"below": 0}, "slope: below 0"),
        ({"above": -3, "below": -1}, "slope: above -3, below -1"),
    ],
)
def test_true_claims(bounds, line, capsys):
    claim("slope", -2.0004, **bounds)
    assert capsys.readouterr().out == line + "\n"


def test_no_minus_zero(capsys):
    claim("mean", -0.0001, 0, within=0.01)
    assert capsys.readouterr().out == "mean: 0.00 (theory 0, within 0.01)\n"


def test_rounding_error_is_not_printed(capsys):
    claim("integral", 1 + 2e-16, 1, within=1e-14)
    assert capsys.readouterr().out == "integral: 1.00000000000000 (theory 1, within 1e-14)\n"


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (1.2, {"expected": 1, "within": 0.1}),
        (2, {"below": 2}),
        (2, {"above": 2}),
        (math.nan, {"expected": 1, "within": 0.1}),
        (math.nan, {"below": 1}),
        (math.nan, {"above": 1}),
    ],
)
def test_false_claims(value, bounds):
    with pytest.raises(ClaimError, match="slope is"):
        claim("slope", value, **bounds)


@pytest.mark.parametrize("bounds", [{}, {"expected": 1}, {"within": 1}, {"within": 1, "below": 1}])
def test_incomplete_claims(bounds):
    with pytest.raises(TypeError, match="expected and within"):
        claim("slope", 1, **bounds)


def test_attempt(capsys):
    with attempt("A"):
        pass
    with attempt("B"):
        raise AssertionError("the sum is off")
    with attempt("C"):
        raise AssertionError
    with attempt("D"):
        _ = None + 1
    with attempt("E"):
        raise ValueError
    assert capsys.readouterr().out.splitlines() == [
        "A: solved",
        "B: not yet – the sum is off",
        "C: not yet",
        "D: not yet – it raised TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'",
        "E: not yet – it raised ValueError: ",
    ]


def test_an_interrupt_is_not_an_answer():
    with pytest.raises(KeyboardInterrupt), attempt("A"):
        raise KeyboardInterrupt
