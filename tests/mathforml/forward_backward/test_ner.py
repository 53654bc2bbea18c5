"""A tagger that `crossner` trained: its CRF in Flair and PyTorch, and the same numbers from `mathforml`."""

from types import SimpleNamespace

import numpy as np
import pytest

from mathforml import forward_backward as fb

FLOAT32 = 1e-5


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """Sentences as a trained bilstm-crf scores them: emissions, tags, Flair's loss and PyTorch's gradients."""
    torch = pytest.importorskip("torch")

    import crossner
    from crossner.tagging import saved

    folder = tmp_path_factory.mktemp("runs")
    options = {"domains": ["politics"], "tagger": "bilstm-crf", "shots": 8, "epochs": 4, "head_lr": 0.01}
    crossner.evaluate("sample", out=folder, keep_models=True, progress=None, select="last", **options)
    (path,) = folder.glob("politics-direct-*")
    tagger = saved.load(path)
    sentences = sorted(crossner.load("sample").domain("politics").test.sentences, key=len, reverse=True)
    examples = tagger.encode(sentences)
    crf, caught = tagger.model.crf, []
    watch = crf.register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0]) or inputs[0].retain_grad())
    loss = tagger.loss(examples)
    loss.backward()
    watch.remove()
    tokens = sum(len(one) for one in examples)
    names = tagger.model.label_dictionary
    return SimpleNamespace(
        unary=caught[0].detach().numpy(),
        gradient=caught[0].grad.numpy() * tokens,
        lengths=[len(one) for one in examples],
        tags=[np.array(one.tags) for one in examples],
        transitions=crf.transitions.detach().numpy().T,  # Flair's rows are where a transition leads to
        transitions_gradient=crf.transitions.grad.numpy().T * tokens,
        loss=loss.item() * tokens,
        start=names.get_idx_for_item("<START>"),
        stop=names.get_idx_for_item("<STOP>"),
        predicted=[one.tags for one in tagger.predict(examples)],
        names=names.get_items(),
        torch=torch,
    )


def crf_of(tagged):
    """Flair's transitions; START and STOP are where a path comes from and goes to."""
    return fb.CRF(
        tagged.transitions, initial=tagged.transitions[tagged.start], final=tagged.transitions[:, tagged.stop]
    )


def padded_tags(tagged):
    tags = np.zeros(tagged.unary.shape[:2], dtype=int)
    for row, one in zip(tags, tagged.tags):
        row[: len(one)] = one
    return tags


def test_loss_is_flair_s(tagged):
    mine = crf_of(tagged).loss(tagged.unary, padded_tags(tagged), lengths=tagged.lengths)
    assert abs(mine.loss / tagged.loss - 1) <= FLOAT32


def test_gradient_is_torch_s(tagged):
    mine = crf_of(tagged).loss(tagged.unary, padded_tags(tagged), lengths=tagged.lengths)
    assert np.abs(mine.unary - tagged.gradient).max() <= FLOAT32
    transitions = mine.transitions.copy()
    transitions[tagged.start] += mine.initial
    transitions[:, tagged.stop] += mine.final
    scale = np.abs(tagged.transitions_gradient).max()
    assert scale > 1
    assert np.abs(transitions - tagged.transitions_gradient).max() <= FLOAT32 * scale


def test_marginals_are_the_gradient_of_flair_s_log_z(tagged):
    gamma = tagged.gradient.copy()  # of log Z - score(tags)
    for row, one in zip(gamma, tagged.tags):
        row[np.arange(len(one)), one] += 1
    mine = crf_of(tagged).marginals(tagged.unary, lengths=tagged.lengths)
    assert np.abs(mine.gamma - gamma).max() <= FLOAT32
    for row, length in zip(mine.gamma, tagged.lengths):
        assert 1 - row[:length].max(axis=1).min() > 0.01  # some tag is in doubt


def test_best_tags_are_flair_s(tagged):
    best = crf_of(tagged).viterbi(tagged.unary, lengths=tagged.lengths)
    for path, length, predicted in zip(best.path, tagged.lengths, tagged.predicted):
        assert [tagged.names[tag] for tag in path[:length]] == list(predicted)
