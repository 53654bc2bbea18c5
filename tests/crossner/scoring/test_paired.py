"""Intervals and paired tests: against scipy, enumeration, closed testing, simulated error rates."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crossner.errors import ConfigError, DataError
from crossner.scoring.paired import Comparison, bootstrap, compare, holm
from crossner.scoring.resampling import f1

cells = st.integers(0, 3)
triples = st.tuples(cells, cells, cells).map(lambda c: (min(c[0], c[1], c[2]), c[1], c[2]))


@st.composite
def two_systems(draw, most=6):
    """Counts of A and B, of equal numbers of seeds and sentences, with the same gold."""
    seeds, sentences = draw(st.integers(1, 3)), draw(st.integers(1, most))
    shape = st.lists(
        st.lists(triples, min_size=sentences, max_size=sentences), min_size=2 * seeds, max_size=2 * seeds
    )
    stack = np.array(draw(shape), dtype=float)
    return stack[:seeds], stack[seeds:]


def made_up(seed, *, seeds=2, sentences=80, lead=0.0):
    """Counts of two systems; B finds a share `lead` more."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(1, 6, size=sentences)
    rate = rng.uniform(0.3, 0.9, size=sentences)
    systems = []
    for extra in (0, lead):
        found = rng.binomial(gold, np.clip(rate + extra, 0, 1), size=(seeds, sentences))
        spurious = rng.poisson(0.8, size=(seeds, sentences))
        systems.append(
            np.stack([found, found + spurious, np.broadcast_to(gold, found.shape)], axis=-1).astype(float)
        )
    return systems


def mean_f1(stack):
    return np.mean([f1(run) for run in stack])


def exact_p(a, b):
    """The randomisation test by all 2ⁿ exchanges."""
    observed = abs(mean_f1(b) - mean_f1(a))
    as_far = []
    for swap in product([False, True], repeat=a.shape[1]):
        mask = np.array(swap)[None, :, None]
        as_far.append(abs(mean_f1(np.where(mask, a, b)) - mean_f1(np.where(mask, b, a))) >= observed - 1e-9)
    return np.mean(as_far)


def close(p, exact, resamples):
    """Whether a p-value by simulation is within 4 standard errors of the exact one."""
    return abs(p - exact) <= 4 * (exact * (1 - exact) / resamples) ** 0.5 + 2 / resamples


@given(two_systems())
@settings(deadline=None, max_examples=40, derandomize=True)
def test_randomisation_agrees_with_all_exchanges(systems):
    a, b = systems
    assert close(compare(a, b, resamples=2000).p_randomisation, exact_p(a, b), 2000)


@pytest.mark.parametrize("seed", range(3))
def test_randomisation_agrees_with_scipys_permutation_test(seed):
    a, b = made_up(seed, sentences=10, lead=0.3)
    rows = np.arange(10)

    def statistic(x, y):  # sentence numbers, of B from 10 on
        both = np.concatenate([a, b], axis=1)
        return mean_f1(both[:, y.astype(int)]) - mean_f1(both[:, x.astype(int)])

    expected = stats.permutation_test(
        (rows, rows + 10), statistic, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert close(compare(a, b).p_randomisation, expected.pvalue, 10_000)


@pytest.mark.parametrize("seed", range(2))
def test_intervals_agree_with_scipys_bootstrap(seed):
    a, b = made_up(seed, lead=0.1)

    def difference(rows):
        rows = rows.astype(int)
        return mean_f1(b[:, rows]) - mean_f1(a[:, rows])

    options = {"method": "percentile", "n_resamples": 3000, "vectorized": False, "rng": 1}
    rows = np.arange(a.shape[1])
    expected = stats.bootstrap((rows,), difference, **options)
    found = compare(a, b)
    # A quantile's standard error is √(q(1 − q)/n) over the density there; that of a normal is near.
    error = 0.15 / 3000**0.5 / stats.norm.pdf(1.96) * expected.standard_error * 1.2
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval), abs=4 * error)
    one = stats.bootstrap((rows,), lambda r: mean_f1(a[:, r.astype(int)]), **options)
    interval = bootstrap(a)
    error *= one.standard_error / expected.standard_error
    assert (interval.low, interval.high) == pytest.approx(tuple(one.confidence_interval), abs=4 * error)
    assert interval.mean == pytest.approx(mean_f1(a))


def test_bootstrap_p_counts_differences_as_far_off_as_the_one_at_hand():
    # Two sentences: A right in neither, B in the first. Resampled, B's F1 is 0, 50 or 100 with chances ¼, ½, ¼,
    # and the difference at hand is 50: as far from 50 as 50 is from 0 are 0 and 100.
    a, b = [[[0, 1, 1], [0, 1, 1]]], [[[1, 1, 1], [0, 1, 1]]]
    assert close(compare(a, b).p_bootstrap, 0.5, 10_000)


@given(two_systems(), st.integers(0, 5))
@settings(deadline=None, max_examples=30)
def test_names_do_not_matter(systems, seed):
    a, b = systems
    one, other = (compare(x, y, resamples=200, seed=seed) for x, y in ((a, b), (b, a)))
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert (one.p_bootstrap, one.p_randomisation) == (other.p_bootstrap, other.p_randomisation)


@given(two_systems(), st.integers(2, 4))
@settings(deadline=None, max_examples=30)
def test_a_seed_that_is_there_several_times_changes_nothing(systems, times):
    a, b = systems
    once = compare(a, b, resamples=100)
    often = compare(np.tile(a, (times, 1, 1)), np.tile(b, (times, 1, 1)), resamples=100)
    assert often.difference == pytest.approx(once.difference)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert (often.p_bootstrap, often.p_randomisation) == (once.p_bootstrap, once.p_randomisation)


def test_the_order_of_sentences_matters_to_chance_alone():
    a, b = made_up(1, lead=0.07)
    order = np.random.default_rng(0).permutation(a.shape[1])
    one, other = compare(a, b), compare(a[:, order], b[:, order])
    assert one.difference == pytest.approx(other.difference)
    assert close(one.p_randomisation, other.p_randomisation, 5000)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.25)


@given(two_systems())
@settings(deadline=None, max_examples=30)
def test_a_system_does_not_differ_from_itself(systems):
    a, _ = systems
    assert compare(a, a, resamples=50) == Comparison(0, 0, 0, 1, 1, seeds=len(a), same=True, resamples=50)


def test_a_system_without_errors_beats_one_without_hits():
    right, wrong = np.ones((1, 40, 3)), np.tile([0.0, 1, 1], (1, 40, 1))
    found = compare(wrong, right, resamples=999)
    assert found == Comparison(100, 100, 100, 0.001, 0.001, seeds=1, same=False, resamples=999)


def test_unequal_seeds_are_swapped_each_with_each():
    (a, b), (more, _) = made_up(3, seeds=1, sentences=8, lead=0.2), made_up(3, seeds=2, sentences=8)
    a = np.concatenate([a, more])
    observed, as_far = mean_f1(b) - mean_f1(a), []
    for swap in product([False, True], repeat=8):
        mask = np.array(swap)[:, None]
        changes = [f1(np.where(mask, run, b[0])) - f1(np.where(mask, b[0], run)) for run in a]
        as_far.append(abs(np.mean(changes)) >= abs(observed) - 1e-9)
    found = compare(a, b)
    assert found.seeds == 1
    assert found.difference == pytest.approx(observed)
    assert close(found.p_randomisation, np.mean(as_far), 10_000)


def test_nothing_at_all():
    empty = np.zeros((2, 0, 3))
    assert compare(empty, empty, resamples=10) == Comparison(0, 0, 0, 1, 1, seeds=2, same=True, resamples=10)
    nothing = np.zeros((1, 5, 3))  # sentences without an entity, and none predicted
    assert compare(nothing, nothing, resamples=10).p_randomisation == 1
    assert bootstrap(nothing, resamples=10).mean == 0


def test_redrawn_seeds_widen_the_interval_and_leave_one_seed_alone():
    rng = np.random.default_rng(2)
    found = rng.binomial(4, np.array([0.4, 0.6, 0.8])[:, None], size=(3, 200))
    spread = np.stack([found, np.full_like(found, 4), np.full_like(found, 4)], axis=-1)
    width = [np.subtract(i.high, i.low) for i in (bootstrap(spread), bootstrap(spread, resample_seeds=True))]
    assert width[1] > 2 * width[0]
    assert bootstrap(spread[:1]) == bootstrap(spread[:1], resample_seeds=True)
    apart = compare(spread, spread, resample_seeds=True)
    # Three seeds a side, of means 40, 60, 80: the variance of a drawn mean is (800/3)/3, of a difference twice it.
    # Its normal interval is ±26; drawn means lie on a grid of 20/3.
    assert (apart.low, apart.high) == pytest.approx((-26, 26), abs=4)
    assert apart.same


def test_higher_levels_are_wider():
    a, b = made_up(0, lead=0.1)
    narrow, wide = compare(a, b, level=0.8, resamples=500), compare(a, b, level=0.99, resamples=500)
    assert wide.low < narrow.low < narrow.difference < narrow.high < wide.high


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([], []),
        ([0.2], [0.2]),
        ([0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]),
        ([0.9, 0.001, 0.5], [1, 0.003, 1]),
        ([0.02, 0.02], [0.04, 0.04]),
    ],
)
def test_holm_by_hand(p, expected):
    assert holm(p).tolist() == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
@settings(deadline=None, max_examples=40)
def test_holm_is_the_closed_test_of_bonferroni(p):
    tests = range(len(p))
    subsets = [s for size in range(1, len(p) + 1) for s in combinations(tests, size)]
    expected = [max(min(1, len(s) * min(p[i] for i in s)) for s in subsets if test in s) for test in tests]
    assert holm(p) == pytest.approx(expected)


@pytest.mark.parametrize("p", [[1.1], [-0.1], [float("nan")], [[0.1]]])
def test_holm_takes_p_values(p):
    with pytest.raises(ConfigError, match="between 0 and 1"):
        holm(p)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.ones((1, 3, 3)), np.ones((1, 4, 3)), "of 3 sentences, those of B of 4"),
        (np.ones((3, 3)), np.ones((1, 3, 3)), "(seeds, sentences, 3)"),
        (np.ones((1, 3, 3)), np.ones((1, 3, 2)), "(seeds, sentences, 3)"),
        (np.ones((0, 3, 3)), np.ones((1, 3, 3)), "at least one seed"),
        (np.ones((1, 3, 3)), -np.ones((1, 3, 3)), "negative"),
        (np.full((1, 3, 3), np.nan), np.ones((1, 3, 3)), "not finite"),
    ],
)
def test_bad_counts(a, b, message):
    with pytest.raises(DataError) as error:
        compare(a, b)
    assert message in str(error.value)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_bad_level(level):
    with pytest.raises(ConfigError, match="level"):
        bootstrap(np.ones((1, 3, 3)), level=level, resamples=5)


@pytest.mark.parametrize("of_b", [2, 1])
def test_error_rates(of_b):
    """Two systems of the same make, each with its own luck in each sentence: 1 in 20 is called different."""
    rng, trials, sentences = np.random.default_rng(of_b), 400, 100
    false, false_bootstrap, covered = [], [], []
    for trial in range(trials):
        gold = rng.integers(1, 8, size=sentences)
        hard = rng.normal(0.5, 1, size=sentences)
        systems = []
        for seeds in (2, of_b):
            rate = 1 / (1 + np.exp(-hard - rng.normal(0, 0.7, size=sentences)))
            found = rng.binomial(gold, rate, size=(seeds, sentences))
            predicted = found + rng.poisson(gold * (1 - rate) / 2, size=found.shape)
            systems.append(np.stack([found, predicted, np.broadcast_to(gold, found.shape)], axis=-1))
        result = compare(*systems, resamples=199, seed=trial)
        false.append(result.p_randomisation <= 0.05)
        false_bootstrap.append(result.p_bootstrap <= 0.05)
        covered.append(result.low <= 0 <= result.high)
    bound = 4 * (0.05 * 0.95 / trials) ** 0.5
    assert np.mean(false) == pytest.approx(0.05, abs=bound)
    assert np.mean(false_bootstrap) == pytest.approx(0.05, abs=bound)
    assert np.mean(covered) == pytest.approx(0.95, abs=bound)
