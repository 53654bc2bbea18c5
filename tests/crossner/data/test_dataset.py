"""Benchmarks in memory: any folder of domains, copies of CrossNER, and what is refused."""

import shutil

import pytest

import crossner
from crossner.data.dataset import load, stats
from crossner.data.domains import REVISION, SPLITS, TARGET_NAMES
from crossner.errors import ConfigError, DataError

LAW = {
    "train": "Lex\tB-statute\nMercatoria\tI-statute\n.\tO\n\nHolmes\tB-judge\n",
    "dev": "nothing\tO\nhere\tO\n",
    "test": "Hand\tB-judge\n\nthe\tO\nCourt\tB-court\n",
}
NEWS = dict.fromkeys(SPLITS, "Reuters\tB-organisation\n")


def copy_of(registry, write_domains, **options):
    """A folder that holds the small registry's files."""
    domains = {}
    for name, content in registry.items():
        domain, split = name.removesuffix(".txt").split("/")
        domains.setdefault(domain, {})[split] = content.decode()
    return write_domains(domains, **options)


def test_any_folder_is_a_benchmark_and_its_types_are_inferred(write_domains):
    data = load(write_domains({"law": LAW, "art": NEWS}, name="own"))
    assert (data.name, data.names, data.targets, data.source) == ("own", ("art", "law"), ("art", "law"), None)
    law = data.domain("law")
    assert law.types == ("court", "judge", "statute")
    assert [len(split) for split in law.splits] == [2, 1, 2]
    assert [split.name for split in law.splits] == list(SPLITS)


def test_known_domains_come_first_and_the_source_is_no_target(write_domains):
    data = load(write_domains({"law": LAW, "news": NEWS, "ai": NEWS}))
    assert data.names == ("ai", "news", "law")
    assert data.targets == ("ai", "law")
    assert data.source == "news"


def test_a_known_domain_keeps_to_its_schema(write_domains):
    root = write_domains({"ai": NEWS, "music": LAW})
    assert "algorithm" in load(root).domain("ai").types  # although no file holds one
    with pytest.raises(DataError, match="'statute' is not one of this domain's: musicgenre") as caught:
        load(root).domain("music")
    assert str(caught.value).startswith(f"{root / 'music' / 'train.txt'}:1: ")


@pytest.mark.parametrize("missing", SPLITS)
def test_a_missing_split_is_named(missing, write_domains):
    root = write_domains({"law": {split: text for split, text in LAW.items() if split != missing}})
    with pytest.raises(DataError) as caught:
        load(root).domain("law")
    assert str(caught.value) == (
        f"{root / 'law' / f'{missing}.txt'}: missing; a domain needs train.txt, dev.txt, test.txt"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "holds no sentence"), ("word\n", "expected 2 columns"), ("a\0\tO\n", "is a binary file")],
)
def test_a_defect_in_any_split_is_named_with_its_file(text, reason, write_domains):
    for split in SPLITS:
        root = write_domains({"law": LAW | {split: text}}, name=f"own-{split}")
        with pytest.raises(DataError, match=reason) as caught:
            load(root).domain("law")
        assert str(root / "law" / f"{split}.txt") in str(caught.value)


def test_a_directory_in_a_file_s_place_is_refused(write_domains):
    root = write_domains({"law": {split: text for split, text in LAW.items() if split != "dev"}})
    (root / "law" / "dev.txt").mkdir()
    with pytest.raises(DataError, match="is a directory; a text file is expected"):
        load(root).domain("law")
    with pytest.raises(DataError, match=r"dev\.txt"):
        stats(load(root))


def test_a_domain_without_entities_is_refused(write_domains):
    root = write_domains({"law": dict.fromkeys(SPLITS, "word\tO\n")})
    with pytest.raises(DataError, match="no split of this domain holds an entity") as caught:
        load(root).domain("law")
    assert str(root / "law") in str(caught.value)


def test_files_beside_the_domains_do_not_matter(write_domains):
    root = write_domains({"law": LAW})
    (root / "README.md").write_text("about", encoding="utf-8")
    (root / "images").mkdir()
    assert load(root).names == ("law",)


def test_an_unknown_domain_is_refused_with_the_valid_ones(write_domains):
    with pytest.raises(ConfigError, match=r"unknown domain 'muzic'; did you mean 'music'\? Valid: .*ai.*sample"):
        load("sample").domain("muzic")
    with pytest.raises(ConfigError, match=r"Valid: law \(data own\)"):
        load(write_domains({"law": LAW})).domain("ai")


def test_the_revision_follows_the_content(write_domains):
    revisions = [
        load(write_domains({"law": LAW}, name="a")).revision,
        load(write_domains({"law": LAW}, name="b")).revision,
        load(write_domains({"law": LAW | {"dev": "other\tO\n"}}, name="c")).revision,
        load(write_domains({"tax": LAW}, name="d")).revision,
        load(write_domains({"law": LAW, "tax": LAW}, name="e")).revision,
    ]
    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 4
    assert all(revision.startswith("sha256:") for revision in revisions)


def test_a_copy_of_crossner_is_crossner(registry, write_domains):
    data = load(copy_of(registry, write_domains, name="elsewhere"))
    assert (data.name, data.revision, data.targets, data.source) == (
        "crossner",
        REVISION,
        TARGET_NAMES,
        "conll2003",
    )
    assert [split.sentences[0].tokens for split in data.domain("ai").splits] == [("ai", split) for split in SPLITS]


def test_a_changed_copy_is_data_of_its_own_even_under_that_name(registry, write_domains):
    root = copy_of(registry | {"ai/dev.txt": b"changed\tO\n"}, write_domains, name="crossner")
    data = load(root)
    assert data.name != "crossner"
    assert data.revision.startswith("sha256:")
    assert data.domain("ai").dev.sentences[0].tokens == ("changed",)


def test_a_copy_with_another_domain_is_data_of_its_own(registry, write_domains):
    root = copy_of(registry, write_domains, name="mine")
    shutil.copytree(root / "ai", root / "law")
    data = load(root)
    assert (data.name, data.targets) == ("mine", (*TARGET_NAMES, "law"))
    assert data.domain("law").types == ("misc",)


def test_a_folder_called_sample_is_not_the_sample(write_domains):
    data = load(write_domains({"law": LAW}, name="sample"))
    assert data.name != "sample"
    assert data.targets == ("law",)


def test_files_of_crossner_data_must_be_the_registry_s(registry, write_domains, monkeypatch):
    root = copy_of(registry | {"ai/dev.txt": b"changed\tB-misc\n"}, write_domains)
    monkeypatch.setenv("CROSSNER_DATA", str(root))
    data = load("crossner")
    assert len(data.domain("music").train) == 1
    with pytest.raises(DataError) as caught:
        data.domain("ai")
    assert str(caught.value).startswith(f"{root / 'ai' / 'dev.txt'}: is not the file of CrossNER revision")
    assert "--data" in str(caught.value)


def test_crossner_data_may_lack_domains_and_hold_others(registry, write_domains, monkeypatch):
    some = {name: content for name, content in registry.items() if name.startswith(("ai/", "music/"))}
    root = copy_of(some, write_domains)
    shutil.copytree(root / "ai", root / "law")
    monkeypatch.setenv("CROSSNER_DATA", str(root))
    data = load("crossner")
    assert data.names == ("music", "ai")
    assert set(stats(data)["domains"]) == {"music", "ai"}
    with pytest.raises(ConfigError, match="Valid: music, ai"):
        data.domain("law")


def test_a_copy_of_the_real_files_is_crossner(real_folder, tmp_path):
    shutil.copytree(real_folder, tmp_path / "copy")
    data = load(tmp_path / "copy")
    assert (data.name, data.revision) == ("crossner", REVISION)
    with (tmp_path / "copy" / "ai" / "test.txt").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert load(tmp_path / "copy").name == "copy"


def test_stats_count_sentences_tokens_and_entities(write_domains):
    data = load(write_domains({"law": LAW}))
    assert stats(data) == {
        "name": "own",
        "revision": data.revision,
        "domains": {
            "law": {
                "types": ["court", "judge", "statute"],
                "splits": {
                    "train": {"sentences": 2, "tokens": 4, "entities": 2},
                    "dev": {"sentences": 1, "tokens": 2, "entities": 0},
                    "test": {"sentences": 2, "tokens": 3, "entities": 2},
                },
            }
        },
    }


def test_files_are_read_once(write_domains):
    root = write_domains({"law": LAW})
    data = load(root)
    law = data.domain("law")
    shutil.rmtree(root)
    assert data.domain("law") is law


def test_the_package_exports_load():
    assert crossner.load("sample").names == load("sample").names
