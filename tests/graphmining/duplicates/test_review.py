"""The page for review: whole, faithful to what was found, safe, and of use without a network."""

import json
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import combinations

import lxml.html
import numpy as np
import pytest

from graphmining.duplicates.candidates.tfidf import TfidfNeighbors
from graphmining.duplicates.explanation import compare_pairs, differences
from graphmining.duplicates.inputs import as_items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.pipeline import find_duplicates
from graphmining.duplicates.review import read_decisions, write_review
from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.errors import FileError, OptionError

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</td></table></script><!-- ",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eabc\u05d0\u05d1 &amp; &lt;",
    "half \ud800 pair, no\0thing",
]
PEOPLE = [
    ("Grace Hopper", "12 Mill Lane", "London"),
    ("Grace Hoper", "12 Mill Lane", "London"),
    ("GRACE HOPPER", "12 Mill Ln.", None),
    ("Edsger Dijkstra", "7 Station Road", "Rotterdam"),
    ("Edsger W. Dijkstra", "7 Station Road", "Austin"),
    ("Barbara Liskov", "99 High Street", None),
    ("Barbara Liskof", "99 High Street", "Boston"),
    ("Niklaus Wirth", "4 Church Walk", "Zürich"),
    ("Nikolaus Wirt", "4 Church Way", "Winterthur"),
    ("Katherine Johnson", "31 Harbour View", "Hampton"),
]


def records(rows):
    return [dict(zip(("name", "street", "city"), row)) for row in rows]


def find(items, other=None, **options):
    options = {"candidates": TfidfNeighbors(), "score": Cosine(), "threshold": 0.55, "progress": False} | options
    return find_duplicates(items, other, **options)


def write(found, tmp_path, **options):
    path = tmp_path / "review.html"
    write_review(found, path, **options)
    return path.read_text(encoding="utf-8")


def cards(page, section):
    return list(lxml.html.document_fromstring(page).get_element_by_id(section).find_class("card"))


def first_of(card):
    return shown(card)[0]


def shown(card):
    """Ids and verdicts, values as runs, by item."""
    keys = [json.loads(each.get("data-key")) for each in card.iter() if each.get("data-key")]
    rows = [row.findall("td") for row in card.iter("tr") if row.findall("td")]
    if card.find_class("columns"):
        rows = [list(column) for column in zip(*rows)]
    return keys, [[(reading(cell), verdict(cell)) for cell in row] for row in rows]


def verdict(cell):
    found = cell.find_class("verdict")
    return found[0].text_content().split() if found else []


def reading(cell):
    """What is in the item, and what was taken out, of one value."""
    value = cell.find_class("value")[0]
    removed = "".join(each.text_content() for each in value.iter("del"))
    for each in list(value.iter("del")):
        each.drop_tree()
    return value.text_content(), removed


@pytest.fixture(scope="module")
def people():
    return find(records(PEOPLE))


def test_all_clusters_are_on_the_page(people, tmp_path):
    page = write(people, tmp_path)
    found = [shown(card)[0] for card in cards(page, "clusters")]
    assert sorted(sorted(keys) for keys in found) == sorted(people.clusters)
    assert len(found) == 3
    assert {keys[0] for keys in found} == set(people.representatives)
    text = lxml.html.document_fromstring(page).text_content()
    assert all(line in text for line in people.summary())
    assert not list(tmp_path.glob(".*"))


def test_the_least_sure_come_first(people, tmp_path):
    clusters = map(first_of, cards(write(people, tmp_path), "clusters"))
    merged = [min(people.explain(a, b).merged_at for a, b in combinations(ids, 2)) for ids in clusters]
    assert merged == sorted(merged)
    assert len(set(merged)) == len(people)


def test_what_holds_a_cluster_together_is_said(people, tmp_path):
    facts = {
        frozenset(first_of(card)): card.find_class("facts")[0].text_content()
        for card in cards(write(people, tmp_path), "clusters")
    }
    path = people.explain(0, 2)
    scores = sorted(people.explain(a, b).score for a, b in ((0, 1), (0, 2), (1, 2)))
    merged = min(path.merged_at, people.explain(0, 1).merged_at)
    assert facts[frozenset({0, 1, 2})] == (
        f"merged at {merged:.3f} · weakest link {scores[1]:.3f}: {path.weakest[0]} – {path.weakest[1]} · "
        f"mean score {np.mean(scores):.3f}, lowest {scores[0]:.3f}, 3 of 3 pairs compared"
    )
    assert facts[frozenset({3, 4})] == f"score {people.explain(3, 4).score:.3f}"
    linked = write(find(records(PEOPLE), must_link=[(7, 9)]), tmp_path)
    (card,) = [card for card in cards(linked, "clusters") if set(first_of(card)) == {7, 9}]
    assert card.find_class("facts")[0].text_content() == "equal, or said to be the same"


def test_linked_items_need_no_comparison(tmp_path):
    found = find(["red wine", "green tea", "blue ink"], candidates=TfidfNeighbors(floor=0.9), must_link=[(0, 2)])
    assert len(found.pairs) == 0
    (card,) = cards(write(found, tmp_path), "clusters")
    assert [each.text_content() for each in card.find_class("score")] == ["equal, or linked"]


@pytest.mark.parametrize("section", ["clusters", "near"])
def test_values_verdicts_and_scores_are_those_of_the_items(people, tmp_path, section):
    columns = list(people.items.fields)
    signs = {"same", "similar", "different", "missing"}
    seen = set()
    for card in cards(write(people, tmp_path), section):
        keys, rows = shown(card)
        assert len(rows) == len(keys) > 1
        for key, row in zip(keys, rows):
            expected = people.explain(keys[0], key).fields
            for name, field, ((value, removed), said) in zip(columns, expected, row):
                own = people.items.fields[name][key]
                if key == keys[0]:
                    assert (value, said) == ("–" if own is None else own, [])
                    continue
                assert (value, said[0]) == (own or "", field.verdict)
                assert set(removed) <= set(people.items.fields[name][keys[0]] or "")
                if field.verdict in ("similar", "different"):
                    assert float(said[1]) == pytest.approx(field.similarity, abs=0.006)
                seen.add(field.verdict)
        scores = [each.text_content() for each in card.find_class("score")]
        for key, score in zip(keys[1:], scores, strict=True):
            direct = people.explain(keys[0], key).score
            assert score == ("not compared" if direct is None else f"score {direct:.3f}")
    assert seen == signs or section == "near"


def test_near_misses_are_the_best_pairs_of_different_clusters(people, tmp_path):
    best = {}
    for a, b, score in zip(people.pairs.left.tolist(), people.pairs.right.tolist(), people.scores.tolist()):
        sides = frozenset((int(people.labels[a]), int(people.labels[b])))
        if len(sides) == 2 and score > best.get(sides, (0,))[0]:
            best[sides] = score, (a, b)
    expected = [pair for _, pair in sorted(best.values(), key=lambda each: -each[0])][:50]
    assert [tuple(first_of(card)) for card in cards(write(people, tmp_path), "near")] == expected
    assert len(expected) > 5
    ruled = find(records(PEOPLE), cannot_link=[expected[0]])
    assert expected[0] not in [tuple(first_of(card)) for card in cards(write(ruled, tmp_path), "near")]


@pytest.mark.parametrize("rows", [3, 9])
def test_hostile_values_are_text(tmp_path, rows):
    """With columns for records and with rows for them; as values, names of columns, ids and title."""
    items = [
        {
            "id": f"{HOSTILE[k % 6]} {k}",
            HOSTILE[0]: HOSTILE[0] + " same" * 5,
            "b": HOSTILE[k % 6] + "ten words" * 3,
        }
        for k in range(rows)
    ]
    found = find(items, id="id", columns=[HOSTILE[0], "b"], threshold=0.1)
    assert [len(cluster) for cluster in found.clusters] == [rows]
    page = write(found, tmp_path, title=HOSTILE[2])
    document = lxml.html.document_fromstring(page)
    assert [len(list(document.iter(tag))) for tag in ("script", "img", "table", "main")] == [1, 0, 2, 1]
    assert not [name for each in document.iter() for name in each.attrib if name.startswith("on")]
    assert document.findtext(".//h1") == HOSTILE[2]
    (card,) = cards(page, "clusters")
    keys, values = shown(card)
    safe = {item["id"].replace("\0", "\ufffd").replace("\ud800", "?"): item for item in items}
    assert sorted(each.text_content() for each in card.find_class("id")) == sorted(safe)
    assert sorted(keys) == sorted(found.items.ids)
    for key, row in zip([each.text_content() for each in card.find_class("id")], values):
        expected = safe[key]["b"].replace("\0", "\ufffd").replace("\ud800", "?")
        assert row[1][0][0] == expected


@pytest.mark.parametrize("threshold", [0.0, 0.55, 1.0])
def test_the_page_needs_nothing_else(people, tmp_path, threshold):
    page = write(people.at(threshold), tmp_path)
    document = lxml.html.document_fromstring(page)
    assert not [each for each in document.iter() if each.get("src") or each.get("href")]
    assert "://" not in page
    assert "url(" not in page
    assert "@import" not in page
    script = next(document.iter("script")).text
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = next(each.get("content") for each in document.iter("meta") if each.get("http-equiv"))
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def test_ids_and_labels_of_the_page_hold_together(people, tmp_path):
    document = lxml.html.document_fromstring(write(people, tmp_path))
    ids = [each.get("id") for each in document.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    named = [each.get("aria-labelledby") for each in document.iter() if each.get("aria-labelledby")]
    assert named
    assert set(named) <= set(ids)
    assert document.get("lang") == "en"


def test_most_caps_the_clusters(people, tmp_path):
    every = [first_of(card) for card in cards(write(people, tmp_path), "clusters")]
    page = write(people, tmp_path, most=1)
    assert [first_of(card) for card in cards(page, "clusters")] == every[:1]
    assert f"{len(every) - 1} clusters that are surer are left out" in page
    page = write(people, tmp_path, most=0)
    assert not cards(page, "clusters")
    assert f"{len(every)} clusters are left out" in page


@pytest.mark.parametrize("most", [-1, 1.5, "many", None])
def test_most_is_a_count(people, tmp_path, most):
    with pytest.raises(OptionError, match="most must be an integer from 0 on"):
        write_review(people, tmp_path / "review.html", most=most)


def test_a_file_that_cannot_be_written(people, tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_review(people, tmp_path / "no folder" / "review.html")


@pytest.mark.parametrize("items", [[], ["one text"], np.empty((0, 3))])
def test_nothing_found(tmp_path, items):
    page = write(find_duplicates(items, progress=False), tmp_path)
    assert "No duplicates were found." in page
    assert not cards(page, "clusters") + cards(page, "near")


def test_vectors_show_ids_and_scores(tmp_path):
    found = find_duplicates(np.eye(4)[[0, 1, 0, 2, 1, 0]] + 0.01, threshold=0.9, progress=False)
    page = write(found, tmp_path)
    assert sorted(sorted(first_of(card)) for card in cards(page, "clusters")) == [[0, 2, 5], [1, 4]]
    assert page.count('<span class="score">score 1.000') == 3
    assert "<td><div" not in page


def test_two_lists(tmp_path):
    found = find(records(PEOPLE[:5]), records(PEOPLE[5:] + PEOPLE[3:4]), method="components")
    (card,) = [card for card in cards(write(found, tmp_path), "clusters") if len(card.find_class("of")) == 3]
    lists = [int(each.text_content().split()[1]) for each in card.find_class("of")]
    assert lists == [key[0] for key in first_of(card)]


def test_notes_of_caps_are_shown(people, tmp_path):
    noted = replace(people, pairs=replace(people.pairs, notes=("2 buckets <were> cut",)))
    document = lxml.html.document_fromstring(write(noted, tmp_path))
    assert [each.text_content() for each in document.find_class("left-out")] == ["2 buckets <were> cut"]


def test_long_texts_are_folded_and_large_clusters_named(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"w{k}" for k in rng.integers(0, 10**6, 3000)]
    texts = [" ".join([*words[:at], "changed", *words[at:]]) for at in (50, 200, 600)]
    page = write(find(texts, method="components"), tmp_path)
    (card,) = cards(page, "clusters")
    folds = [each.text_content() for each in card.find_class("fold")]
    assert any("not compared" in fold for fold in folds)
    assert len(folds) >= 6
    assert len(page) < 60_000
    many = [f"{k} " + "the same long text " * 12 for k in range(60)]
    found = find(many, threshold=0.1, method="components")
    page = write(found, tmp_path)
    (card,) = cards(page, "clusters")
    keys = first_of(card)
    (more,) = card.find_class("more")
    rest = [int(each.text_content()) for each in more.iter("bdi")]
    assert 8 <= len(keys) < 60
    assert sorted(keys + rest) == list(range(60))
    assert f"{len(rest)} more" in more.text_content()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"must_link": [], "cannot_link": 3}', '{"must_link": [[1]], "cannot_link": []}', "\xff"],
)
def test_what_is_no_file_of_decisions(tmp_path, text):
    path = tmp_path / "decisions.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(FileError, match="is no file of decisions"):
        read_decisions(path)
    with pytest.raises(FileError, match="cannot be read"):
        read_decisions(tmp_path / "none.json")


DRIVER = """
<script>
const of = id => document.getElementById(id);
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const open = () => shown().map(card => card.id);
const type = text => { search.value = text; search.dispatchEvent(new Event("input")); };
const log = {};
log.first = open();
press("j"); press("s"); press("j"); press("j"); press("k"); press("d");
log.pressed = Object.fromEntries(cards.filter(card => card.dataset.decision).map(c => [c.id, c.dataset.decision]));
log.done = of("done").textContent;
open_only.click();
log.undecided = open();
open_only.click();
type("HOPER");
log.search = open();
type("");
sort.value = "size -1"; sort.dispatchEvent(new Event("change"));
log.sizes = shown().filter(card => card.id[0] === "c").map(card => Number(card.dataset.size));
const large = cards.find(card => card.dataset.size === "3");
large.querySelectorAll(".out input")[1].click();
decide(large, "different"); decide(large, "same");
log.large = entries(large).map(entry => entry.dataset.key);
log.links = links();
const sink = document.createElement("pre");
sink.id = "log"; sink.textContent = JSON.stringify(log);
document.body.append(sink);
</script>
"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium to run the page's script")
def test_decisions_can_be_made_and_exported(tmp_path):
    # Ids that JavaScript has no numbers for.
    items = [{"id": 2**60 + k} | row for k, row in enumerate(records(PEOPLE))]
    found = find(items, id="id", candidates=TfidfNeighbors(columns=("name", "street", "city")))
    page = write(found, tmp_path)
    head, policy = page.split('<meta http-equiv="Content-Security-Policy"', 1)
    driven = tmp_path / "driven.html"
    driven.write_text(head + policy.split(">", 1)[1].replace("</body>", DRIVER + "</body>"), encoding="utf-8")
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    run = subprocess.run(
        [*command, "--dump-dom", driven.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    log = json.loads(lxml.html.document_fromstring(run.stdout).get_element_by_id("log").text_content())
    clusters = {card.get("id"): first_of(card) for card in cards(page, "clusters")}
    near = {card.get("id"): first_of(card) for card in cards(page, "near")}
    assert log["first"] == [*list(clusters)[:10], *list(near)[:10]]
    assert log["pressed"] == {"c1": "same", "c2": "different"}
    assert log["done"] == f"2 of {len(clusters) + len(near)} decided"
    assert log["undecided"] == [name for name in log["first"] if name not in log["pressed"]]
    assert 2**60 + 1 in [key for name in log["search"] for key in (clusters | near)[name]]
    assert all(2**60 + 1 in (clusters | near)[name] for name in log["search"])
    assert log["sizes"] == sorted(map(len, clusters.values()), reverse=True)
    (tmp_path / "decisions.json").write_text(log["links"])
    links = read_decisions(tmp_path / "decisions.json")
    first, out, other = map(int, log["large"])
    expected = {"c1": "same", "c2": "different"}
    must = {frozenset((first, other))}
    cannot = {frozenset((first, out))}
    for name, decision in expected.items():
        if len(clusters[name]) == 2:
            (must if decision == "same" else cannot).add(frozenset(clusters[name]))
    assert {frozenset(pair) for pair in links["must_link"]} == must
    assert {frozenset(pair) for pair in links["cannot_link"]} == cannot
    again = find(items, id="id", candidates=TfidfNeighbors(columns=("name", "street", "city")), **links)
    assert all(again.same(*pair) for pair in links["must_link"])
    assert not any(again.same(*pair) for pair in links["cannot_link"])


def test_verdicts_do_not_depend_on_what_else_is_shown():
    rows = [{"name": f"person {k}", "note": None} for k in range(120)]
    rows[0]["note"], rows[1]["note"], rows[2]["note"] = "likes tea", "likes teas", "plays chess"
    items = as_items(records(PEOPLE) + rows, columns=["name", "note"])
    left, right = np.triu_indices(len(items), 1)
    at = {(a, b): place for place, (a, b) in enumerate(zip(left.tolist(), right.tolist()))}
    together = compare_pairs(items, Pairs(left, right))
    for pair in [(10, 11), (10, 12), (0, 1), (0, 10), (3, 4)]:
        assert together[at[pair]] == differences(items, *pair)
    assert [together[at[10, other]][1].verdict for other in (11, 12, 13)] == ["similar", "different", "missing"]
