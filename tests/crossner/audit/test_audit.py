"""The whole audit: what is known of CrossNER, places that lead to the words, no words unless asked for."""

import json
import math
import re

import pytest

from crossner.audit import audit
from crossner.audit.report import format_audit, write_page
from crossner.data.dataset import load
from crossner.data.domains import SPLITS, TARGET_NAMES
from crossner.errors import ConfigError

SHARED = "Zanzibar\tB-island\nlies\tO\nin\tO\nthe\tO\nwest\tO\nof\tO\nthe\tO\nIndian\tB-ocean\nOcean\tI-ocean\n"
NEAR = SHARED.replace("west", "West") + ".\tO\n"
OTHER = "Zanzibar\tB-city\n"


@pytest.fixture
def own(write_domains):
    """Two domains with an identical sentence whose tags conflict, a near one, and words with two types."""
    test = SHARED.replace("B-island", "B-city")
    return load(
        write_domains(
            {
                "geo": {"train": f"\n{OTHER}\n{SHARED}", "dev": NEAR, "test": f"{test}\n{OTHER}"},
                "news": {"train": SHARED.replace("island", "location").replace("ocean", "location")}
                | dict.fromkeys(("dev", "test"), "Peace\tO\n\nRain\tO\n"),
            }
        )
    )


@pytest.fixture(scope="module")
def real(real_folder):
    return audit(load(real_folder))


def page(result, tmp_path):
    write_page(result, tmp_path / "audit.html")
    return (tmp_path / "audit.html").read_text(encoding="utf-8")


def between(result, domain, one, other):
    index = result["splits"].index
    return result["duplicates"]["exact"][index(f"{domain}/{one}")][index(f"{domain}/{other}")]


# -- what is known of CrossNER


@pytest.mark.parametrize(
    ("domain", "train_test", "dev_test", "train_dev", "conflicting", "groups"),
    [
        ("music", 6, 17, 1, 27, 38),
        ("science", 1, 11, 4, 11, 26),
        ("ai", 0, 3, 0, 2, 3),
        ("politics", 0, 1, 0, 1, 2),
        ("literature", 0, 0, 0, 0, 0),
    ],
)
def test_duplicates_of_the_real_data(real, domain, train_test, dev_test, train_dev, conflicting, groups):
    pairs = (("train", "test"), ("dev", "test"), ("train", "dev"))
    assert [between(real, domain, *pair) for pair in pairs] == [train_test, dev_test, train_dev]
    assert real["duplicates"]["domains"][domain] == {"groups": groups, "conflicting": conflicting}


def test_domains_of_the_real_data_share_twelve_sentences(real):
    across = real["duplicates"]["across"]
    assert sum(row["sentences"] for row in across) == 12
    assert {"domains": ["politics", "literature"], "sentences": 5} in across


def test_mentions_of_the_real_data_that_were_seen_in_train(real):
    shares = {name: row["train"]["same_type"] for name, row in real["seen"].items()}
    assert {round(shares[name]) for name in TARGET_NAMES} <= set(range(14, 23))
    assert round(shares["conll2003"]) == 52


def test_rare_types_of_the_real_data(real):
    rare = {(row["domain"], row["type"]): row["train"] for row in real["rare"]}
    assert rare == {
        ("music", "musicalinstrument"): 2,
        ("ai", "person"): 6,
        ("ai", "location"): 7,
        ("science", "theory"): 8,
        ("science", "country"): 9,
    }


def test_of_the_real_data_politics_is_nearest_to_news(real):
    names, overlap = real["vocabulary"]["domains"], real["vocabulary"]["overlap"]
    news = dict(zip(names, overlap[names.index("conll2003")], strict=True))
    assert max(TARGET_NAMES, key=news.get) == "politics"
    assert all(20 < news[name] < 45 for name in TARGET_NAMES)


# -- any data


def test_places_lead_to_the_words(own):
    result = audit(own, text=True)
    (group,) = (g for g in result["duplicates"]["groups"] if g["conflicting"])
    assert group["conflicting"] == ["geo"]
    assert [(p["domain"], p["split"], p["sentence"], p["line"]) for p in group["places"]] == [
        ("news", "train", 0, 1),
        ("geo", "train", 1, 4),
        ("geo", "test", 0, 1),
    ]
    (pair,) = result["duplicates"]["near_pairs"]
    assert pair["similarity"] == 1
    assert pair["texts"] == [
        "Zanzibar lies in the west of the Indian Ocean",
        "Zanzibar lies in the West of the Indian Ocean .",
    ]
    (words,) = result["ambiguous"]["geo"]["words"]
    for text, places in ((group["text"].split()[0], group["places"]), (words["text"], words["places"])):
        for place in places:
            file = own.location.file(place["domain"], place["split"])
            assert file.read_text(encoding="utf-8").split("\n")[place["line"] - 1].split("\t")[0] == text


@pytest.mark.parametrize("text", [False, True])
def test_words_are_shown_only_where_asked_for(own, text, tmp_path):
    result = audit(own, text=text)
    assert ("Zanzibar" in json.dumps(result)) == text
    assert ("Zanzibar" in format_audit(result)) == text
    assert ("Zanzibar" in page(result, tmp_path)) == text


def test_the_sample_leaks_nothing(sample):
    result = audit(sample)
    size = len(sample.names) * len(SPLITS)
    assert result["duplicates"]["exact"] == result["duplicates"]["near"] == [[0] * size] * size
    assert result["duplicates"]["groups"] == result["duplicates"]["near_pairs"] == []


def test_near_duplicates_follow_the_similarity(own):
    assert len(audit(own, similarity=1)["duplicates"]["near_pairs"]) == 1
    counts = [len(audit(load("sample"), similarity=s)["duplicates"]["near_pairs"]) for s in (1, 0.5)]
    assert counts == sorted(counts)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"few": -1}, "--few -1: "),
        ({"similarity": 0.4}, r"--similarity 0\.4: a number from 0\.5 to 1"),
        ({"similarity": math.nan}, "--similarity nan: "),
    ],
)
def test_options_out_of_range_are_refused(sample, option, message):
    with pytest.raises(ConfigError, match=message):
        audit(sample, **option)


# -- what people see


def test_the_tables_hold_the_counts(own):
    cells = [re.split(r"\s{2,}", line.strip()) for line in format_audit(audit(own)).split("\n")]
    assert ["geo", "2 + 0", "0 + 1", "0 + 1", "2", "1"] in cells
    assert ["geo", "3", "100.0 (100.0)", "100.0 (100.0)", "0.0 (100.0)"] in cells
    assert ["geo", "8", "2", "25.0", "geo/train:2: city 3, island 2"] in cells
    assert ["geo: city 1, island 1, ocean 1"] in cells
    assert ["Identical sentences in two domains: 1 (news–geo 1)"] in cells


def test_the_page_needs_nothing_beside_it_and_names_the_data(own, tmp_path):
    text = page(audit(own), tmp_path)
    assert not re.search(r"<(script|link|img)\b|\bsrc=|https?:", text)
    assert f"own @ {own.revision}" in text


def test_the_matrices_on_the_page_are_those_of_the_audit(own, tmp_path):
    result = audit(own)
    tables = re.findall(r'<table class="heat">(.*?)</table>', page(result, tmp_path), re.DOTALL)
    cells = [
        [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in table.split("<tr>") if "<td" in row]
        for table in tables
    ]
    exact, near, vocabulary = cells
    duplicates = result["duplicates"]
    for found, matrix in ((exact, duplicates["exact"]), (near, duplicates["near"])):
        assert [[int(cell or 0) for cell in row] for row in found] == matrix
    assert vocabulary == [[f"{value:.1f}" for value in row] for row in result["vocabulary"]["overlap"]]


def test_words_on_the_page_are_escaped(write_domains, tmp_path):
    text = "<b>Ada</b>\tB-person\n&\tO\n"
    result = audit(load(write_domains({"law": dict.fromkeys(SPLITS, text)})), text=True)
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp;" in page(result, tmp_path)
    assert "<b>" not in page(result, tmp_path)


def test_a_page_that_cannot_be_written_is_one_sentence(own, tmp_path):
    with pytest.raises(ConfigError, match=r"--html .*cannot be written \(No such file or directory\)"):
        write_page(audit(own), tmp_path / "none" / "audit.html")
