"""Known predictions in every format: the very spans, confidences and scores come back."""

import json
import random

import pytest

from crossner.data.spans import chunks_of
from crossner.results import Results
from crossner.scoring.score import score


def columns(sequences, separator="\t"):
    return "\n".join("".join(separator.join(fields) + "\n" for fields in lines) for lines in sequences)


def tagged(system, tags=None):
    return [list(zip(s.tokens, t)) for s, t in zip(system.sentences, tags or system.tags, strict=True)]


def rewritten(system, change):
    """Tags with other prefixes: `change(first, last, parts)` gives a token's, `parts` where a like span ends."""
    result = []
    for row, sentence in zip(system.rows, system.sentences, strict=True):
        tags, before = ["O"] * len(sentence), (None, None)
        for (start, end, type_, _), _score in row:
            for i in range(start, end):
                tags[i] = f"{change(i == start, i == end - 1, before == (start, type_))}-{type_}"
            before = end, type_
        result.append(tags)
    return result


def check(system, result, *, scores=True, complete=True):
    summary, record, stored = result
    assert stored == system.stored(scores=scores)
    assert record["scores"]["test"] == score([s.tags for s in system.sentences], system.tags)
    assert summary.spans == sum(map(len, system.rows))
    assert summary.f1 == record["scores"]["test"]["strict"]["f1"]
    if complete:
        assert (summary.missing, summary.unaligned, summary.ambiguous, summary.unknown) == ([], [], [], {})
        assert summary.sentences == summary.total == len(system.split)


@pytest.mark.parametrize("domain", ["politics", "science", "music", "literature", "ai"])
def test_two_columns(system, bring, domain):
    made = system(domain, orphans=0.2)
    assert any(not chunk.opened for row in made.rows for chunk, _ in row)
    summary, *rest = bring(columns(tagged(made)), domain=domain)
    check(made, (summary, *rest), scores=False)
    assert (summary.format, summary.scheme) == ("columns", "iob2")


def test_columns_of_the_command_predictions(system, bring):
    from crossner.scoring.predictions import format_predictions

    made = system(orphans=0.2)
    check(made, bring(format_predictions(made.split, made.tags)), scores=False)


def test_columns_of_conll_files(system, bring):
    made = system()
    lines = [[(token, "NN", "I-NP", tag) for token, tag in sentence] for sentence in tagged(made)]
    text = "-DOCSTART- -X- -X- O\n\n# a comment\n" + columns(lines, " ").replace("\n", "\r\n") + "\r\n \r\n"
    check(made, bring(text), scores=False)


SCHEMES = {
    "iob1": lambda first, last, parts: "B" if first and parts else "I",
    "bioes": lambda first, last, parts: "S" if first and last else "B" if first else "E" if last else "I",
    "bilou": lambda first, last, parts: "U" if first and last else "B" if first else "L" if last else "I",
}


@pytest.mark.parametrize("name", SCHEMES)
def test_other_schemes(system, bring, name):
    made = system("music")
    summary, *rest = bring(columns(tagged(made, rewritten(made, SCHEMES[name]))), domain="music")
    check(made, (summary, *rest), scores=False)
    assert summary.scheme == ("iob1" if name == "iob1" else "bioes")


def test_sentences_in_another_order(system, bring):
    made = system(orphans=0.2)
    lines = tagged(made)
    random.Random(0).shuffle(lines)
    check(made, bring(columns(lines)), scores=False)


def test_finer_tokens(system, bring):
    made = system(orphans=0.2)
    lines = []
    for sentence in tagged(made):
        fine = []
        for token, tag in sentence:
            parts = [token[:1], token[1:]] if len(token) > 1 else [token]
            inner = tag if tag == "O" else f"I-{tag[2:]}"
            fine += [(part, tag if i == 0 else inner) for i, part in enumerate(parts)]
        lines.append(fine)
    check(made, bring(columns(lines)), scores=False)


def test_coarser_tokens(system, bring):
    made = system()
    lines = []
    for sentence in tagged(made):
        coarse = [list(sentence[0])]
        for token, tag in sentence[1:]:
            if tag.startswith("I-") or tag == coarse[-1][1] == "O":
                coarse[-1][0] += token
            else:
                coarse.append([token, tag])
        lines.append(coarse)
    check(made, bring(columns(lines)), scores=False)


@pytest.mark.parametrize("size", [2, 5, 1000])
def test_sentences_joined(system, bring, size):
    made = system()
    lines = tagged(made)
    joined = [[line for one in lines[i : i + size] for line in one] for i in range(0, len(lines), size)]
    check(made, bring(columns(joined)), scores=False)


def test_sentences_cut_in_two(system, bring):
    made = system()
    lines = []
    for sentence in tagged(made):
        places = [i for i in range(1, len(sentence)) if not sentence[i][1].startswith("I-")]
        lines += [sentence[: places[-1]], sentence[places[-1] :]]
    check(made, bring(columns(lines)), scores=False)


def test_sentences_left_out_count_as_empty(system, bring):
    made = system()
    gone = [0, 7, 31]
    lines = [sentence for i, sentence in enumerate(tagged(made)) if i not in gone]
    for number in gone:
        made.rows[number] = []
    summary, *rest = bring(columns(lines))
    check(made, (summary, *rest), scores=False, complete=False)
    assert (summary.missing, summary.sentences, summary.unaligned) == (gone, 29, [])
    assert rest[0]["imported"]["missing"] == 3


def entity(chunk, confidence, **place):
    return {"label": chunk.type, "score": confidence, "start": chunk.start, "end": chunk.end} | place


def characters(sentence, chunk):
    start = len(" ".join(sentence.tokens[: chunk.start])) + (chunk.start > 0)
    return {"start": start, "end": start + len(" ".join(sentence.tokens[chunk.start : chunk.end]))}


def text_of(sentence, chunk):
    return " ".join(sentence.tokens[chunk.start : chunk.end])


def test_spans_of_tokens(system, bring):
    made = system()
    values = [
        {"tokens": list(s.tokens), "entities": [entity(*pair) for pair in row]}
        for s, row in zip(made.sentences, made.rows, strict=True)
    ]
    random.Random(0).shuffle(values)
    summary, *rest = bring(values)
    check(made, (summary, *rest))
    assert (summary.format, summary.scheme) == ("spans", None)
    (again, *_) = bring(json.dumps(values, indent=2))  # the same as one list
    assert (again.folder, again.new) == (summary.folder, False)


def test_spans_of_characters(system, bring):
    made = system()
    values = [
        {
            "text": " ".join(s.tokens),
            "id": f"no-{number}",
            "spans": [
                entity(c, score, **characters(s, c), text=text_of(s, c)) for c, score in sorted(row, reverse=True)
            ],
        }
        for number, (s, row) in enumerate(zip(made.sentences, made.rows, strict=True))
    ]
    check(made, bring(values))


def test_spans_of_a_text_without_spaces(system, bring):
    made = system()
    values = [
        {
            "text": "\u00a0".join("".join(s.tokens)),
            "predictions": [
                entity(c, score, start=2 * before, end=2 * (before + len("".join(s.tokens[c.start : c.end]))))
                for c, score in row
                for before in [len("".join(s.tokens[: c.start]))]
            ],
        }
        for s, row in zip(made.sentences, made.rows, strict=True)
    ]
    check(made, bring(values))


def test_inclusive_ends(system, bring):
    made = system()
    values = [
        {"tokens": list(s.tokens), "entities": [[c.start, c.end - 1, c.type, score] for c, score in row]}
        for s, row in zip(made.sentences, made.rows, strict=True)
    ]
    check(made, bring(values, end="inclusive"))


@pytest.mark.parametrize("offsets", ["token", "char"])
def test_numbered_sentences(system, bring, offsets):
    made = system()
    values = [
        {
            "sentence": number,
            "unit": offsets,
            "entities": [entity(c, p, **({} if offsets == "token" else characters(s, c))) for c, p in row],
        }
        for number, (s, row) in enumerate(zip(made.sentences, made.rows, strict=True))
    ]
    random.Random(0).shuffle(values)
    check(made, bring(values))
    lists = [value["entities"] for value in sorted(values, key=lambda value: value["sentence"])]
    check(made, bring(lists, offsets=offsets))


@pytest.mark.parametrize("form", ["pairs", "objects", "by label"])
def test_strings(system, bring, form):
    made = system(unique=True)
    values = []
    for number, (s, row) in enumerate(zip(made.sentences, made.rows, strict=True)):
        if form == "by label":
            found = {c.type: [] for c, _ in row}
            for c, _ in row:
                found[c.type].append(text_of(s, c))
        elif form == "pairs":
            found = [[text_of(s, c), c.type] for c, _ in row]
        else:
            found = [{"entity": text_of(s, c), "type": c.type, "confidence": score} for c, score in row]
        values.append({"id": number, "predictions": found})
    summary, *rest = bring(values)
    check(made, (summary, *rest), scores=form == "objects")
    assert summary.format == "spans"


def test_pipeline_with_aggregation(system, bring):
    made = system()
    values = [
        [
            {"entity_group": c.type, "score": score, "word": text_of(s, c).lower(), **characters(s, c)}
            for c, score in row
        ]
        for s, row in zip(made.sentences, made.rows, strict=True)
    ]
    summary, *rest = bring(json.dumps(values), file="output.json")
    check(made, (summary, *rest))
    assert (summary.format, summary.scheme) == ("huggingface", None)


@pytest.mark.parametrize("name", ["iob2", "iob1"])
def test_pipeline_of_word_pieces(system, bring, name):
    """Pieces after a token's first one are tagged at random: they do not count."""
    made = system(orphans=0.2 if name == "iob2" else 0)
    tags = made.tags if name == "iob2" else rewritten(made, SCHEMES["iob1"])
    rng = random.Random(0)
    values = []
    for s, row, sequence in zip(made.sentences, made.rows, tags, strict=True):
        confidence = {i: score for c, score in row for i in range(c.start, c.end)}
        pieces, place = [], 0
        for i, (token, tag) in enumerate(zip(s.tokens, sequence, strict=True)):
            cut = rng.randint(1, len(token))
            parts = [(token[:cut], tag, confidence.get(i)), ("##" + token[cut:], f"B-{made.types[0]}", 0.3)]
            for part, its, p in parts if cut < len(token) else parts[:1]:
                length = len(part.removeprefix("##"))
                if its != "O":
                    at = {"start": place, "end": place + length}
                    pieces.append({"entity": its, "score": p, "index": len(pieces), "word": part} | at)
                place += length
            place += 1
        values.append(pieces)
    if name == "iob1":  # without the noise, which begins entities as IOB1 does not
        values = [[piece for piece in pieces if not piece["word"].startswith("##")] for pieces in values]
    summary, _, stored = bring(json.dumps(values))
    assert [[row[:3] + row[4:] for row in rows] for rows in stored] == [
        [row[:3] + row[4:] for row in rows] for rows in made.stored()
    ]
    found = [row[3] for rows in stored for row in rows]
    assert found == pytest.approx([row[3] for rows in made.stored() for row in rows])
    assert (summary.format, summary.scheme) == ("huggingface", name)


def test_an_import_joins_the_runs(system, bring, write_runs, tmp_path, sample):
    """Stored runs, their columns imported again: the same answers beside each other."""
    folder = write_runs(tmp_path / "runs", [{"seeds": [1, 2], "orphans": 0.1, "regime": "joint"}])
    before = Results([folder])
    (original,) = before.systems
    for domain in before.domains:
        for answers in original.answers[domain]:
            sentences = before.gold(domain)
            rows = [
                [(token, tag) for token, tag in zip(s.tokens, tags_with(chunks, len(s)), strict=True)]
                for s, chunks in zip(sentences, answers.chunks, strict=True)
            ]
            bring(columns(rows), domain=domain, seed=answers.seed, encoder="minilm")
    after = Results([folder])
    systems = {system.tagger: system for system in after.systems}
    assert set(systems) == {"linear", "theirs"}
    for domain in after.domains:
        pairs = zip(systems["linear"].answers[domain], systems["theirs"].answers[domain], strict=True)
        for one, other in pairs:
            assert (one.chunks, one.seed) == (other.chunks, other.seed)
    rows = {row["tagger"]: row for row in after.table["rows"]}
    assert rows["theirs"]["f1"] == rows["linear"]["f1"]
    assert rows["theirs"]["average"] == rows["linear"]["average"]
    assert rows["theirs"]["encoder"] == "minilm"


def tags_with(chunks, length):
    from crossner.data.spans import tags_of

    tags = tags_of(chunks, length)
    assert tuple(chunks_of(tags)) == tuple(chunks)
    return tags
