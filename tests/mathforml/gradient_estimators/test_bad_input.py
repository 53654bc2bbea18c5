"""What is refused, and in which words."""

import numpy as np
import pytest

from mathforml.errors import ArgumentError
from mathforml.gradient_estimators import (
    Bernoulli,
    Categorical,
    Gaussian,
    GradientEstimate,
    Poisson,
    control_variate,
    exact_gradient,
    gumbel_softmax,
    measure_valued,
    pathwise,
    quadratic_variances,
    rao_blackwell,
    score_function,
    straight_through,
    taylor_control,
)

P = Gaussian(0.0, 1.0)
CLASSES = Categorical([0.0, 1.0])
NOISY = GradientEstimate(np.arange(4.0), 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Gaussian(0.0, 0.0), "std must be above 0"),
        (lambda: Gaussian(0.0, [1.0]), "std must have shape"),
        (lambda: Gaussian([0.0, np.nan], 1.0), "mean must be finite"),
        (lambda: Gaussian([[0.0]], 1.0), "mean must be a number or have shape"),
        (lambda: Gaussian([], 1.0), "mean must be a number or have shape"),
        (lambda: Gaussian(1.0, 1e-13), "samples cannot be told apart"),
        (lambda: Gaussian(0.0, 1e-200), "samples cannot be told apart"),
        (lambda: Bernoulli("heads"), "logits must be an array of numbers"),
        (lambda: Categorical(0.0), "logits must have shape"),
        (lambda: Categorical([1.0]), "at least 2 classes"),
        (lambda: Poisson(-1.0), "rate must be above 0"),
        (lambda: Poisson(1e30), "rate must be at most"),
        (lambda: score_function(3, P), "f must be a function"),
        (lambda: score_function(np.sin, 3), "p must be a Gaussian"),
        (lambda: score_function(np.sin, P, samples=1), "samples must be"),
        (lambda: score_function(np.sin, P, wrt="variance"), "unknown wrt 'variance'; valid: mean, std"),
        (lambda: score_function(np.sin, P, baseline="median"), "unknown baseline 'median'; valid: mean, optimal"),
        (lambda: score_function(np.sin, P, baseline=np.nan), "baseline must be"),
        (lambda: score_function(np.sin, P, seed=-1), "seed must be"),
        (lambda: score_function(np.sum, P), "f must return one value a sample"),
        (lambda: score_function(lambda x: x * np.nan, P), "f must be finite at the samples; it is nan"),
        (lambda: score_function(lambda x: "none", P), "f's value must be an array of numbers"),
        (lambda: score_function(lambda x: x[:, np.newaxis], P), "f must return one value a sample"),
        (lambda: pathwise(np.log, P), "f must be finite at the samples; it is nan"),
        (lambda: pathwise(lambda x: np.sqrt(np.maximum(x, 0.0)), P), "f must have a finite derivative"),
        (lambda: pathwise(np.sin, Bernoulli(0.0)), "not a Bernoulli: its samples must move smoothly"),
        (lambda: pathwise(np.sum, P), "f must return one value a sample"),
        (lambda: pathwise(lambda x: x[0], P), "f must return one value a sample"),
        (lambda: measure_valued(np.sin, CLASSES), "p must be a Gaussian, Bernoulli or Poisson"),
        (lambda: measure_valued(np.sin, P, samples=0), "samples must be"),
        (lambda: taylor_control(np.sin, Poisson(1.0)), "p must be a Gaussian"),
        (lambda: taylor_control(np.sin, P, order=3), "order must be 1 or 2"),
        (lambda: taylor_control(lambda x: np.sqrt(np.abs(x)), P), "finite derivatives at the mean"),
        (lambda: gumbel_softmax(np.sin, P, temperature=1.0), "p must be a Categorical"),
        (lambda: gumbel_softmax(np.sin, CLASSES, temperature=0.0), "temperature must be a number above 0"),
        (lambda: straight_through(np.sin, P), "p must be a Categorical"),
        (lambda: straight_through(np.sin, CLASSES), "f must return one value a sample"),
        (lambda: rao_blackwell(lambda x: x[:, 0], CLASSES, exact=3), "exact must be at most 2"),
        (lambda: rao_blackwell(lambda x: x[:, 0], CLASSES, exact=-1), "exact must be a whole number"),
        (lambda: exact_gradient(lambda x: x[:, 0], Bernoulli(np.zeros(40))), "too many to enumerate"),
        (lambda: GradientEstimate(np.ones(1), 1), "at least 2 samples"),
        (lambda: GradientEstimate([1.0, np.nan], 2), "per_sample must be finite"),
        (lambda: control_variate(3.0, [1.0], 0.0), "result must be a GradientEstimate"),
        (lambda: control_variate(NOISY, [1.0, 2.0], 0.0), "control must have shape"),
        (lambda: control_variate(NOISY, np.ones(4), 1.0), "control must vary"),
        (lambda: control_variate(NOISY, np.arange(4), [1.0, 2.0]), "expectation must be a number"),
        (lambda: control_variate(NOISY, np.arange(4), 1.0, coefficient="best"), "coefficient must be"),
        (lambda: quadratic_variances(0.5, 0.0), "std must be a number above 0"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()
