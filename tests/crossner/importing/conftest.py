"""Predictions of known spans, and exporters that write them in other people's formats."""

import json
import random

import pytest

from crossner.data.spans import Chunk, tags_of


class System:
    """Gold spans of a sample's test split with errors: what a file should give back."""

    def __init__(self, sample, domain, *, orphans=0.0, unique=False, seed=0):
        rng = random.Random(f"{domain} {seed}")
        self.domain = domain
        self.types = sample.domain(domain).types
        self.split = sample.domain(domain).test
        self.rows = [self._row(sentence, rng, orphans, unique) for sentence in self.split.sentences]

    def _row(self, sentence, rng, orphans, unique):
        row, covered, before = [], 0, None
        for start, end, type_ in sentence.spans:
            if rng.random() < 0.3:
                start, end = rng.choice([(start - 1, end), (start, end + 1), (start, end)])
                type_ = rng.choice(self.types)
            words = sentence.tokens[start:end]
            places = [i for i in range(len(sentence)) if sentence.tokens[i : i + len(words)] == words]
            if not covered <= start < end <= len(sentence) or (unique and len(places) > 1):
                continue
            opened = rng.random() >= orphans or (start == covered and type_ == before)
            row.append((Chunk(start, end, type_, opened), round(rng.uniform(0.1, 1), 3)))
            covered, before = end, type_
        return row

    @property
    def sentences(self):
        return self.split.sentences

    @property
    def tags(self):
        pairs = zip(self.rows, self.sentences, strict=True)
        return [tags_of([chunk for chunk, _ in row], len(sentence)) for row, sentence in pairs]

    def stored(self, *, scores=True):
        """What `predictions.json` should hold."""
        return [
            [[*chunk[:3], score if scores else None, *([] if chunk.opened else ["I"])] for chunk, score in row]
            for row in self.rows
        ]


@pytest.fixture
def system(sample):
    def make(domain="ai", **options):
        return System(sample, domain, **options)

    return make


@pytest.fixture
def bring(tmp_path):
    """Write text (or values, as JSON lines) to a file, import it, and give summary, record and predictions."""
    from crossner.importing.run import import_predictions

    def run(content, *, domain="ai", file="file.txt", **options):
        path = tmp_path / file
        if not isinstance(content, str):
            content = "".join(json.dumps(value) + "\n" for value in content)
        path.write_text(content, encoding="utf-8")
        options = {"out": tmp_path / "runs", "data": "sample", "name": "theirs"} | options
        summary = import_predictions(path, domain=domain, **options)
        record = json.loads((summary.folder / "run.json").read_text(encoding="utf-8"))
        predictions = json.loads((summary.folder / "predictions.json").read_text(encoding="utf-8"))
        return summary, record, predictions["sentences"]

    return run
