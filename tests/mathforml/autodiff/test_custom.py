"""Rules of the user's own, checkpoints, check_grads and what things cost."""

import numpy as np
import pytest

from mathforml.autodiff import (
    Cost,
    check_grads,
    checkpoint,
    cost,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    primitive,
    vjp,
)
from mathforml.autodiff.tree import flatten, rebuild
from mathforml.errors import ArgumentError
from mathforml.implicit import differentiable_root

RNG = np.random.default_rng(3)
X = RNG.uniform(0.5, 1.5, size=4)


def newton_root(x):
    # Plain floating point inside: nothing that could be traced.
    y = np.array([float(v) for v in x])
    for _ in range(60):
        y = 0.5 * (y + x / y)
    return y


def pull(cotangent, output, x):
    return (cotangent / (2 * root_by_vjp(x)),)


def push(tangents, output, x):
    return tangents[0] / (2 * root_by_jvp(x))


TIMES = primitive(lambda a, b: a * b, vjp=lambda g, y, a, b: (g * b,))

root_by_vjp = primitive(newton_root, vjp=pull)
root_by_jvp = primitive(jvp=push)(newton_root)
root_by_both = primitive(newton_root, vjp=pull, jvp=push)


@pytest.mark.parametrize("root", [root_by_vjp, root_by_jvp, root_by_both])
def test_one_rule_gives_both_modes_and_all_orders(root):
    def f(x):
        return np.sum(root(x * x + 1.0) ** 3)

    def plain(x):
        return np.sum(np.sqrt(x * x + 1.0) ** 3)

    np.testing.assert_allclose(grad(f)(X), grad(plain)(X), rtol=1e-13)
    assert jvp(f, (X,), (X,))[1] == pytest.approx(jvp(plain, (X,), (X,))[1], rel=1e-13)
    np.testing.assert_allclose(hessian(f)(X), hessian(plain)(X), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(jacobian(grad(f), mode="reverse")(X), hessian(plain)(X), rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(root(X), newton_root(X))


def test_containers_options_and_zero_cotangents():
    def scale(state, times, *, power):
        return {"x": state["x"] * times**power, "y": (state["y"], times)}

    def scale_vjp(cotangent, output, state, times, *, power):
        return {"x": cotangent["x"] * times**power, "y": cotangent["y"][0]}, None

    scaled = primitive(scale, vjp=scale_vjp)

    def f(state, use):
        out = use(state, 3.0, power=2)
        return np.sum(out["x"] ** 2) * np.sum(out["y"][0]) + out["y"][1]

    state = {"x": X, "y": np.float64(2.0)}
    mine, plain = grad(f)(state, scaled), grad(f)(state, scale)
    np.testing.assert_allclose(mine["x"], plain["x"], rtol=1e-13)
    assert mine["y"] == pytest.approx(plain["y"], rel=1e-13)
    assert grad(lambda t: np.sum(scaled(state, t, power=2)["x"]))(3.0) == 0.0
    same = jvp(lambda s: f(s, scale), (state,), (state,))[1]
    assert jvp(lambda s: f(s, scaled), (state,), (state,))[1] == pytest.approx(same, rel=1e-13)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: primitive(np.sin), "primitive needs a derivative rule: vjp, jvp or both"),
        (lambda: primitive(np.sin, vjp=1), "vjp must be a function"),
        (lambda: grad(primitive(np.sin, vjp=lambda g, y, x: g))(1.0), "one cotangent for each of the 1 arguments"),
        (
            lambda: grad(primitive(np.sum, vjp=lambda g, y, x: (g,)))(X),
            "a cotangent from vjp of sum must have shape (4,), not ()",
        ),
        (
            lambda: jvp(primitive(np.sin, jvp=lambda t, y, x: np.ones(3)), (X,), (X,)),
            "the tangent from jvp of sin must have shape (4,), not (3,)",
        ),
        (
            lambda: grad(lambda x: primitive(lambda y: x * y, vjp=lambda g, y, x: (g,))(x))(1.0),
            "uses a traced value that is not among its positional arguments",
        ),
        (lambda: grad(lambda x: checkpoint(lambda y: x * y)(x))(1.0), "pass it as one"),
        # Nothing traced comes in, so the rule would not be asked: that must not go unnoticed.
        (lambda: grad(lambda x: TIMES(2.0, b=x))(1.0), "pass it as one"),
        (lambda: grad(lambda x: primitive(lambda y: x * y, vjp=lambda g, y, x: (g,))(2.0))(1.0), "pass it as one"),
    ],
)
def test_rules_that_do_not_fit(make, words):
    with pytest.raises(ArgumentError) as error:
        make()
    assert words in str(error.value)


@pytest.mark.parametrize("result", [1.1, np.float64(1.1), [1.1, 2.0], {"a": 1.1, "b": ()}])
def test_results_keep_their_precision(result):
    # A Python number counts as float64, as it does for numpy.
    constant = primitive(lambda x: result, jvp=lambda t, y, x: rebuild(result, [t[0]] * len(flatten(result))))
    value, pullback = vjp(constant, 0.7)
    assert [float(x) for x in flatten(value)] == flatten(result)
    (slope,) = pullback(rebuild(result, [1.0] * len(flatten(result))))
    assert slope.dtype == np.float64
    assert slope == len(flatten(result))


def test_a_result_may_be_empty():
    assert grad(lambda x: x * (checkpoint(lambda x: ())(x) == ()))(3.0) == 1.0


def chain(steps, segments=None):
    """x ↦ Σ tanh∘…∘tanh(x), whole or in checkpointed segments; counts its steps."""
    calls = []

    def run(x, count):
        for _ in range(count):
            calls.append(1)
            x = np.tanh(1.1 * x)
        return x

    def f(x):
        if segments is None:
            return np.sum(run(x, steps))
        for _ in range(segments):
            x = checkpoint(lambda x: run(x, steps // segments))(x)
        return np.sum(x)

    return f, calls


def test_checkpoint_gives_the_same_gradient_for_twice_the_work_and_less_memory():
    plain, once = chain(64)
    saving, twice = chain(64, 8)
    np.testing.assert_array_equal(grad(saving)(X), grad(plain)(X))
    assert (len(once), len(twice)) == (64, 128)
    # All 2·64 results and x and the sum, or x, 8 results, the sum and one segment with its input.
    assert cost(grad(plain), X).stored == 2 * 64 + 2
    assert cost(grad(saving), X).stored == 1 + 8 + 1 + (2 * 8 + 1)


def test_checkpoint_nests_and_has_every_derivative():
    def inner(state, w):
        return np.tanh(w @ state[0] + state[1]), np.sin(state[0])

    def outer(w, step):
        state = (X, 0.1 * X)
        for _ in range(3):
            state = step(state, w)
        return np.sum(state[0] * state[1])

    w = RNG.normal(size=(4, 4))
    twice = checkpoint(lambda state, w: checkpoint(inner)(state, w))
    np.testing.assert_allclose(grad(lambda w: outer(w, twice))(w), grad(lambda w: outer(w, inner))(w), rtol=1e-14)
    np.testing.assert_allclose(
        hvp(lambda w: outer(w, twice), w, w), hvp(lambda w: outer(w, inner), w, w), rtol=1e-12, atol=1e-14
    )
    check_grads(lambda w: outer(w, twice), w, order=2)


def test_checkpoint_passes_other_arguments_through():
    repeat = checkpoint(lambda x, times, name: x**times if name == "power" else x)
    assert grad(lambda x: repeat(x, 3, "power"))(2.0) == 12.0


def test_check_grads_names_the_mode_that_is_wrong():
    right_jvp = {"jvp": lambda t, y, x: t[0] * np.cos(x)}
    wrong = primitive(np.sin, vjp=lambda g, y, x: (2 * g * np.cos(x),), **right_jvp)
    with pytest.raises(ArgumentError, match=r"of order 1 differ: reverse mode is off by .*\(central differences"):
        check_grads(wrong, 0.5)
    wrong = primitive(np.sin, vjp=lambda g, y, x: (g * np.cos(x),), jvp=lambda t, y, x: t[0] * np.sin(x))
    with pytest.raises(ArgumentError, match="of order 1 differ: forward mode is off by"):
        check_grads(wrong, 0.5)


def test_check_grads_sees_the_second_order():
    # The rule's value is right, but the derivative of the rule is not: it stops the gradient of cos.
    from mathforml.autodiff import stop_gradient

    wrong = primitive(np.sin, vjp=lambda g, y, x: (g * stop_gradient(np.cos(x)),))
    check_grads(wrong, 0.5, order=1)
    with pytest.raises(ArgumentError, match="of order 2 differ"):
        check_grads(wrong, 0.5)


@pytest.mark.parametrize(("option", "words"), [({"order": 0}, "order must be"), ({"rtol": -1.0}, "rtol must be")])
def test_check_grads_options(option, words):
    with pytest.raises(ArgumentError, match=words):
        check_grads(np.sin, 0.5, **option)


def test_check_grads_without_arguments():
    check_grads(lambda: 1.0)


def test_cheap_gradients():
    # A few times the function, whatever the number of inputs; forward mode takes one pass an input.
    def f(x):
        return np.sum(np.sin(x[1:] * x[:-1]))

    for n in (4, 16, 64):
        x = np.ones(n)
        once = cost(f, x)
        assert once == Cost(operations=3 * (n - 1), stored=0)
        assert cost(grad(f), x).operations <= 5 * once.operations
        every = cost(lambda x, n=n: [jvp(f, (x,), (e,)) for e in np.eye(n)], x)
        assert every.operations == n * cost(lambda x: jvp(f, (x,), (x,)), x).operations
        assert every.stored == 0


def test_cost_of_products_and_sums():
    a = np.ones((2, 3))
    assert cost(lambda a: a @ a.T, a).operations == 2 * 2 * 3
    assert cost(lambda a: np.cumsum(a), a).operations == 6
    assert cost(lambda a: np.add(a, a, out=np.ones((2, 3))), a).operations == 6
    assert cost(lambda a: [x + 1 for x in np.modf(a)], a).operations == 4 * 6


def test_cost_with_derivatives_inside():
    x = np.ones(3)
    # A variable inside that takes its value from outside costs what it costs alone.
    assert cost(lambda x: grad(lambda y: np.sum(x * y * y))(x), x) == cost(grad(lambda y: np.sum(x * y * y)), x)
    assert cost(lambda x: jvp(lambda y: np.sum(x * y), (np.ones(3),), (np.ones(3),)), x).operations > 0
    root = differentiable_root(lambda x, theta: x**3 + theta * x - 1.0, 1.0)
    for theta in (0.0, 0.5):
        assert cost(grad(lambda theta: np.sin(root(theta))), theta).operations > 0


def test_cost_leaves_other_arguments_as_they_are():
    def f(x, index, name, flag):
        assert (type(index), name, flag) == (int, "square", True)
        return x[index] ** 2

    assert cost(f, np.ones(3), 1, "square", True).operations == 1


def test_pullbacks_see_the_arguments_they_were_made_with():
    x = np.array([1.0, 2.0])
    _, pullback = vjp(lambda x: x * x, x)
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [2.0, 4.0])
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [2.0, 4.0])
