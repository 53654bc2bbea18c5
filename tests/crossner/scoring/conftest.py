"""Results made in memory: a few sentences, and what systems predicted for them, span by span."""

from collections import defaultdict
from types import SimpleNamespace

import pytest

from crossner.data.spans import Chunk, tags_of
from crossner.data.types import Domain, Sentence, Split
from crossner.results import Answers, Results, System


class InMemory(Results):
    """Results without folders."""

    domains, targets, systems, dataset = (), (), (), None

    def __init__(self, gold, predicted, types):
        self.domains = self.targets = tuple(gold)
        self._gold = {
            domain: tuple(
                Sentence(("x",) * length, tuple(tags_of([Chunk(*span, True) for span in spans], length)))
                for length, spans in sentences
            )
            for domain, sentences in gold.items()
        }
        split = Split("train", (), "")
        domains = {name: Domain(name, tuple(types), split, split, split) for name in gold}
        self.dataset = SimpleNamespace(domain=domains.__getitem__)
        self.systems = tuple(self._made(*item) for item in predicted.items())

    def gold(self, domain):
        return self._gold[domain]

    def _made(self, name, by_domain):
        answers = defaultdict(list)
        for domain, by_seed in by_domain.items():
            for seed, sentences in sorted(by_seed.items()):
                answers[domain].append(_answers(f"{name} {domain} {seed}", domain, seed, sentences))
        return System(
            name, "direct", "linear", None, None, None, {key: tuple(runs) for key, runs in answers.items()}
        )


def _answers(run, domain, seed, sentences):
    rows = [[(*row, *(0.5, True)[len(row) - 3 :]) for row in one] for one in sentences]
    chunks = tuple(tuple(Chunk(s, e, t, opened) for s, e, t, _, opened in one) for one in rows)
    confidences = tuple(tuple(row[3] for row in one) for one in rows)
    return Answers(run, domain, seed, chunks, confidences, None, None)


@pytest.fixture(scope="session")
def in_memory():
    """Make `Results` of gold `{domain: [(length, [(start, end, type), …]), …]}` and predictions.

    Predictions are `{system: {domain: {seed: [[(start, end, type, confidence, opened), …], …]}}}`, a
    list a sentence; confidence is 0.5 and opened True where they are not given.
    """

    def make(gold, predicted, types=("song", "band", "misc")):
        return InMemory(gold, predicted, types)

    return make
