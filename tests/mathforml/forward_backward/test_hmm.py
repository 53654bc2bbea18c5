"""Hidden Markov models against hmmlearn; Baum–Welch; emissions; bad input."""

import numpy as np
import pytest
from hmmlearn import hmm as peer
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from mathforml import forward_backward as fb
from mathforml.errors import ArgumentError, InfeasibleError, SingularError

LENGTHS = [40, 7, 1, 120, 23]


def categorical(seed=0, states=4, symbols=5):
    rng = np.random.default_rng(seed)
    return fb.HMM(
        rng.dirichlet(np.ones(states)),
        rng.dirichlet(np.ones(states), size=states),
        fb.Categorical(rng.dirichlet(np.ones(symbols), size=states)),
    )


def gaussian(seed=0, states=3, d=2):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(states, d, d))
    return fb.HMM(
        rng.dirichlet(np.ones(states)),
        rng.dirichlet(np.ones(states), size=states),
        fb.Gaussian(3 * rng.normal(size=(states, d)), roots @ roots.swapaxes(1, 2) + np.eye(d)),
    )


def in_hmmlearn(model, implementation="log", **options):
    """The same model in hmmlearn."""
    k = len(model.initial)
    options = {"implementation": implementation, "init_params": "", "tol": -np.inf} | options
    if isinstance(model.emissions, fb.Categorical):
        theirs = peer.CategoricalHMM(n_components=k, **options)
        theirs.emissionprob_ = model.emissions.probabilities
    else:
        # hmmlearn's priors on covariances count; without them its update is that of maximum likelihood
        options |= {"covariance_type": "full", "covars_prior": 0, "covars_weight": 0, "min_covar": 0}
        theirs = peer.GaussianHMM(n_components=k, **options)
        theirs.means_, theirs.covars_ = model.emissions.means, model.emissions.covariances
    theirs.startprob_, theirs.transmat_ = model.initial, model.transitions
    return theirs


def drawn(model, lengths=LENGTHS):
    return [model.generate(length, seed=seed).observations for seed, length in enumerate(lengths)]


def stacked(sequences):
    """hmmlearn's form: one below the other, two axes."""
    flat = np.concatenate(sequences)
    return flat if flat.ndim == 2 else flat[:, None]


@pytest.mark.parametrize("implementation", ["log", "scaling"])
@pytest.mark.parametrize("make", [categorical, gaussian])
def test_likelihoods_and_posteriors_are_those_of_hmmlearn(make, implementation):
    model = make()
    sequences = drawn(model)
    theirs = in_hmmlearn(model, implementation)
    log_likelihood, gamma = theirs.score_samples(stacked(sequences), LENGTHS)
    mine = model.marginals(sequences)
    assert abs(mine.log_z.sum() / log_likelihood - 1) <= 2e-15
    # Its logarithmic implementation rounds log γ, which is off by as much as log Z is large.
    assert np.abs(np.concatenate(mine.gamma) - gamma).max() <= (2e-15 if implementation == "scaling" else 1e-12)
    score, path = theirs.decode(stacked(sequences), LENGTHS)
    best = model.viterbi(sequences)
    assert (np.concatenate(best.path) == path).all()
    assert abs(best.score.sum() / score - 1) <= 2e-15
    assert (model.log_likelihood(sequences) == mine.log_z).all()


@pytest.mark.parametrize("implementation", ["log", "scaling"])
@pytest.mark.parametrize("make", [categorical, gaussian])
def test_baum_welch_goes_where_hmmlearn_goes(make, implementation):
    sequences, start = drawn(make(1)), make(2)
    fit = fb.baum_welch(start, sequences, iterations=12, tolerance=0)
    theirs = in_hmmlearn(start, implementation, n_iter=12).fit(stacked(sequences), LENGTHS)
    assert len(fit.log_likelihoods) == 13
    assert not fit.converged
    assert np.allclose(fit.log_likelihoods[:-1], theirs.monitor_.history, rtol=1e-11, atol=0)
    assert np.allclose(fit.hmm.initial, theirs.startprob_, atol=1e-10)
    assert np.allclose(fit.hmm.transitions, theirs.transmat_, atol=1e-10)
    if make is categorical:
        assert np.allclose(fit.hmm.emissions.probabilities, theirs.emissionprob_, atol=1e-10)
    else:
        assert np.allclose(fit.hmm.emissions.means, theirs.means_, atol=1e-9)
        assert np.allclose(fit.hmm.emissions.covariances, theirs.covars_, atol=1e-9)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([categorical, gaussian]))
def test_baum_welch_never_loses(seed, make):
    sequences = drawn(make(seed), [30, 50, 40])
    try:
        fit = fb.baum_welch(make(seed + 1), sequences, iterations=15, tolerance=0)
    except SingularError:  # a Gaussian on a single point: the likelihood has no bound
        reject()
    gains = np.diff(fit.log_likelihoods)
    assert (gains >= -1e-11 * np.abs(fit.log_likelihoods[1:])).all()
    assert fit.log_likelihoods[-1] == fit.hmm.log_likelihood(sequences).sum()


def test_baum_welch_stops_when_it_gains_little():
    sequences = drawn(categorical(1))
    fit = fb.baum_welch(categorical(2), sequences, iterations=500, tolerance=0.05)
    assert fit.converged
    gains = np.diff(fit.log_likelihoods)
    assert gains[-1] <= 0.05 < gains[:-1].min()


def test_given_log_likelihoods_learn_the_chain_alone():
    model = gaussian()
    sequences = drawn(model)
    scores = [model.emissions.log_likelihoods(one) for one in sequences]
    bare = fb.HMM(model.initial, model.transitions, fb.Given(3))
    assert np.allclose(bare.log_likelihood(scores), model.log_likelihood(sequences), rtol=1e-14)
    fit = fb.baum_welch(bare, scores, iterations=1, tolerance=0)
    counts = model.marginals(sequences).xi_sum.sum(axis=0)
    assert np.allclose(fit.hmm.transitions, counts / counts.sum(axis=1, keepdims=True), atol=1e-14)
    assert fit.hmm.emissions is bare.emissions
    with pytest.raises(ArgumentError, match="observations must be log-likelihoods, numbers or -inf"):
        bare.log_likelihood([[0.0, np.nan, 0.0]])
    with pytest.raises(ArgumentError, match="cannot be drawn"):
        bare.generate(3)


def test_a_state_that_never_occurs_keeps_what_it_has():
    model = fb.HMM([1.0, 0.0], np.eye(2), fb.Categorical([[0.5, 0.5], [0.1, 0.9]]))
    fit = fb.baum_welch(model, [0, 1, 1], iterations=1)
    assert fit.hmm.transitions.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert fit.hmm.emissions.probabilities[1].tolist() == [0.1, 0.9]
    means, covariances = np.array([[0.0], [5.0]]), np.ones((2, 1, 1))
    model = fb.HMM([1.0, 0.0], np.eye(2), fb.Gaussian(means, covariances))
    fit = fb.baum_welch(model, [[0.0], [1.0], [2.0]], iterations=1)
    assert fit.hmm.emissions.means[:, 0].tolist() == [1.0, 5.0]


def test_gaussian_density_is_scipys():
    model, points = gaussian().emissions, np.random.default_rng(0).normal(size=(6, 2))
    for k, column in enumerate(model.log_likelihoods(points).T):
        assert np.allclose(column, multivariate_normal(model.means[k], model.covariances[k]).logpdf(points))


def test_generated_sequences_have_the_model_s_frequencies():
    steps, model = 40_000, categorical()
    states, symbols = model.generate(steps, seed=0)
    for k in range(4):
        here = states[:-1] == k
        p = model.transitions[k]
        share = np.bincount(states[1:][here], minlength=4) / here.sum()
        assert (np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / here.sum())).all()
        q = model.emissions.probabilities[k]
        share = np.bincount(symbols[states == k], minlength=5) / (states == k).sum()
        assert (np.abs(share - q) <= 4 * np.sqrt(q * (1 - q) / (states == k).sum())).all()
    states, points = gaussian().generate(steps, seed=0)
    for k in range(3):
        mean, covariance = gaussian().emissions.means[k], gaussian().emissions.covariances[k]
        error = points[states == k].mean(axis=0) - mean
        assert (np.abs(error) <= 4 * np.sqrt(np.diag(covariance) / (states == k).sum())).all()
    assert model.generate(5, seed=1).states.tolist() == model.generate(5, seed=1).states.tolist()


@pytest.mark.parametrize("make", [categorical, gaussian])
def test_forms_of_observations(make):
    model = make()
    sequences = drawn(model, [6, 6])
    padded = np.stack(sequences)
    listed, batch, one = model.marginals(sequences), model.marginals(padded), model.marginals(sequences[0])
    assert (np.stack(listed.gamma) == batch.gamma).all()
    assert np.allclose(batch.gamma[0], one.gamma, atol=1e-14)
    short = padded.astype(float)
    short[1, 4:] = np.nan
    cut = model.marginals(short, lengths=[6, 4])
    assert np.allclose(cut.gamma[1, :4], model.marginals(sequences[1][:4]).gamma, atol=1e-14)
    assert (cut.gamma[1, 4:] == 0).all()
    assert model.messages(padded).alpha.shape == (2, 6, len(model.initial))
    assert model.sample(padded, size=3, seed=0).shape == (2, 3, 6)
    fit, same = (
        fb.baum_welch(model, of, iterations=2, **options)
        for of, options in (
            ([sequences[0], sequences[1][:4]], {}),
            (short, {"lengths": [6, 4]}),
        )
    )
    assert np.allclose(fit.log_likelihoods, same.log_likelihoods, rtol=1e-13)


def test_observations_of_probability_zero():
    model = fb.HMM([1.0, 0.0], np.eye(2), fb.Categorical([[1.0, 0.0], [0.5, 0.5]]))
    assert model.log_likelihood([0, 0, 1]) == -np.inf
    with pytest.raises(InfeasibleError, match="the sequence is impossible"):
        model.marginals([0, 0, 1])
    with pytest.raises(InfeasibleError, match="sequence 1 is impossible"):
        fb.baum_welch(model, [[0, 0], [1, 0]])


COIN = fb.Categorical([[0.5, 0.5], [0.1, 0.9]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fb.HMM([0.5, 0.6], np.eye(2), COIN), "initial must sum to one along the last axis; it sums"),
        (lambda: fb.HMM([0.5, 0.5], [[1, 0], [0.9, 0.2]], COIN), "transitions must sum to one .* row 1 sums"),
        (
            lambda: fb.HMM([0.5, 0.5], [[1, 0], [-0.5, 1.5]], COIN),
            r"transitions must hold prob.* \(1, 0\) is -0.5",
        ),
        (lambda: fb.HMM([0.5, 0.5], [[1, 0], [np.nan, 1]], COIN), "transitions must be finite"),
        (lambda: fb.HMM([0.5, 0.5], np.eye(3), COIN), r"transitions must have shape \(2, 2\), not \(3, 3\)"),
        (lambda: fb.HMM([1.0], np.eye(2), COIN), r"initial must have shape \(2\), not \(1\)"),
        (lambda: fb.HMM([0.5, 0.5], np.eye(2), [[1.0]]), r"emissions must be Categorical\(…\), .* not list"),
        (lambda: fb.Categorical([[0.5, 0.6]]), "probabilities must sum to one"),
        (lambda: fb.Categorical([0.5, 0.5]), r"probabilities must have shape \(K, M\), not \(2\)"),
        (lambda: fb.Gaussian([0.0], [[1.0]]), r"means must have shape \(K, d\), not \(1\)"),
        (lambda: fb.Gaussian([[0.0]], [[1.0]]), r"covariances must have shape \(1, 1, 1\), not \(1, 1\)"),
        (lambda: fb.Gaussian([[0.0, 0]], [[[1, 2], [0, 1]]]), r"covariances\[0\] must be symmetric"),
        (lambda: fb.Given(0), "states must be a whole number of at least 1"),
    ],
)
def test_improper_models(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


MODEL = fb.HMM([0.5, 0.5], np.eye(2), COIN)


@pytest.mark.parametrize(
    ("observations", "options", "message"),
    [
        ([0, 2], {}, "observations must be whole numbers from 0 to 1, not 2"),
        ([0, 0.5], {}, "observations must be whole numbers from 0 to 1, not 0.5"),
        ([0, np.nan], {}, "observations must be finite"),
        (np.zeros((1, 2, 3)), {}, r"observations must have shape \(T\) or \(B, T\), or be a list"),
        ([], {}, "observations must have at least one step"),
        ([[0, 1], []], {}, "at least one step; sequence 1 has none"),
        ([[0, 1], [1]], {"lengths": [1, 1]}, "lengths goes with a padded array"),
        ([0, 1], {"lengths": [1]}, "lengths goes with a padded array"),
        (np.zeros((2, 3)), {"lengths": [4, 1]}, "lengths must be whole numbers from 1 to 3"),
        ("rain", {}, "observations must be an array of numbers"),
    ],
)
def test_observations_that_do_not_fit(observations, options, message):
    for call in (MODEL.log_likelihood, MODEL.viterbi, lambda *a, **o: fb.baum_welch(MODEL, *a, **o)):
        with pytest.raises(ArgumentError, match=message):
            call(observations, **options)


def test_gaussian_observations_that_do_not_fit():
    with pytest.raises(ArgumentError, match=r"observations must have shape \(T, 2\), not \(4, 3\)"):
        gaussian().log_likelihood(np.zeros((4, 3)))
    with pytest.raises(ArgumentError, match=r"observations must have shape \(T, d\) or \(B, T, d\)"):
        gaussian().log_likelihood(np.zeros(4))
    with pytest.raises(ArgumentError, match="same number of columns"):
        gaussian().log_likelihood([np.zeros((4, 2)), np.zeros((4, 3))])


def test_observations_too_far_away_for_a_density():
    model = fb.HMM([1.0], [[1.0]], fb.Gaussian([[0.0]], [[[1.0]]]))
    assert model.log_likelihood([[0.0], [1e200]]) == -np.inf
    with pytest.raises(InfeasibleError, match="the sequence is impossible"):
        model.marginals([[0.0], [1e200]])


def test_a_covariance_that_collapses():
    with pytest.raises(SingularError, match=r"covariances\[0\] is singular"):
        fb.baum_welch(gaussian(d=2), np.random.default_rng(0).normal(size=(2, 2)))


def test_wrong_options_of_baum_welch():
    with pytest.raises(ArgumentError, match="hmm must be an HMM to start from, not str"):
        fb.baum_welch("model", [0])
    with pytest.raises(ArgumentError, match="iterations must be a whole number"):
        fb.baum_welch(MODEL, [0], iterations=0)
    with pytest.raises(ArgumentError, match="tolerance must be a number of at least 0"):
        fb.baum_welch(MODEL, [0], tolerance=-1)
    with pytest.raises(ArgumentError, match="steps must be a whole number"):
        MODEL.generate(0)
