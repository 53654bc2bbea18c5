"""The registry of CrossNER: what each domain holds, where it comes from and how to check it.

Entity types, split sizes and checksums are those of the files at `REVISION`; the paper's tables
differ in places (it prints 456 sentences for the test split of music, the file holds 465).

References
----------
Liu et al., "CrossNER: Evaluating Cross-Domain Named Entity Recognition", AAAI 2021,
https://arxiv.org/abs/2012.04373.
Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 Shared Task", CoNLL 2003,
https://aclanthology.org/W03-0419.
"""

from __future__ import annotations

from dataclasses import dataclass

REPOSITORY = "zliucr/CrossNER"
REVISION = "2e7ba2a7798c961e3f29fbc51252c5a8d40224bf"
BASE_URL = f"https://raw.githubusercontent.com/{REPOSITORY}/{REVISION}/ner_data"
SPLITS = ("train", "dev", "test")

CROSSNER_CITATION = (
    "Liu, Xu, Yu, Dai, Ji, Cahyawijaya, Madotto and Fung. CrossNER: Evaluating Cross-Domain Named "
    "Entity Recognition. AAAI 2021. arXiv:2012.04373"
)
CONLL_CITATION = (
    "Tjong Kim Sang and De Meulder. Introduction to the CoNLL-2003 Shared Task: "
    "Language-Independent Named Entity Recognition. CoNLL 2003. W03-0419"
)


@dataclass(frozen=True)
class DomainInfo:
    """What the registry knows of a domain.

    Attributes
    ----------
    name : str
        The folder's name in the data set.
    types : tuple of str
        Entity types; the order fixes the order of tags in every tagger.
    sizes : dict of str to int
        Sentences a split.
    sha256 : dict of str to str
        Checksum of each split's file.
    licence, citation : str
    """

    name: str
    types: tuple[str, ...]
    sizes: dict[str, int]
    sha256: dict[str, str]
    licence: str = "MIT"
    citation: str = CROSSNER_CITATION


def _splits(train, dev, test):
    return dict(zip(SPLITS, (train, dev, test), strict=True))


POLITICS = DomainInfo(
    "politics",
    (
        "politician",
        "person",
        "organisation",
        "politicalparty",
        "event",
        "election",
        "country",
        "location",
        "misc",
    ),
    _splits(200, 541, 651),
    _splits(
        "1d8be31abb58463349496fe21b13d70114cf015294a9ff9cce77af9b83e8aa84",
        "4f1f30eb832f4c5fe474f67ca45e875d863bddf0bbe432262d272ef13639fa8f",
        "05cadc5e129d394f7f92b4a052cf4b6ea4c60878d32a833e500cf046c297455f",
    ),
)
SCIENCE = DomainInfo(
    "science",
    (
        "scientist",
        "person",
        "university",
        "organisation",
        "country",
        "location",
        "discipline",
        "enzyme",
        "protein",
        "chemicalelement",
        "chemicalcompound",
        "astronomicalobject",
        "academicjournal",
        "event",
        "theory",
        "award",
        "misc",
    ),
    _splits(200, 450, 543),
    _splits(
        "8f6a26096cc7be6790b5790bf5f5b5c8928d8b73d4632e7d45dc8bffad0504ac",
        "87ec141c7b41b3b52ec861737c4030d65c6e53954ed3d8106baca8603bbf8f24",
        "3616d59d4d2b9dbf4c1126f8d8ba47ff97886223c95f93649bfd527343e64ced",
    ),
)
MUSIC = DomainInfo(
    "music",
    (
        "musicgenre",
        "song",
        "band",
        "album",
        "musicalartist",
        "musicalinstrument",
        "award",
        "event",
        "country",
        "location",
        "organisation",
        "person",
        "misc",
    ),
    _splits(100, 380, 465),
    _splits(
        "3774c38e0ebbeb4b98dbfae137071e4911e8764cdb7f247599009841f68d9fb5",
        "e256f1949df52a61a3bb60095a0f41c1060843f1014b0f3d22d8371611b72e78",
        "c66e345f959ac65593f76c6b1bd8c6d75f2a6f0bc197389b2e6700d101fd094c",
    ),
)
LITERATURE = DomainInfo(
    "literature",
    (
        "book",
        "writer",
        "award",
        "poem",
        "event",
        "magazine",
        "literarygenre",
        "person",
        "location",
        "organisation",
        "country",
        "misc",
    ),
    _splits(100, 400, 416),
    _splits(
        "0647e403a85040742c2f4041cf002146a81aa2e13adda19d0e82a8bcd493c18b",
        "99281a51943cf7e3c2a58b3dc45c0e5ab6d329624ebf2ba6b4801c428396162f",
        "77267f8b3e8afe993865c64cfc605f65671f6a0ac9cba65de970f12180fed20e",
    ),
)
AI = DomainInfo(
    "ai",
    (
        "field",
        "task",
        "product",
        "algorithm",
        "researcher",
        "metrics",
        "programlang",
        "conference",
        "university",
        "country",
        "person",
        "organisation",
        "location",
        "misc",
    ),
    _splits(100, 350, 431),
    _splits(
        "484217a660f52927bd5157507c22fc103b36306364329f62f80fc8acb897b187",
        "b47ffda6de5901a454a873feac1bebe782e54ce7edf9deb729cab3d769212eee",
        "7595ad386e0a98067100fe47f86811b38867a236011fee97cfaa90f778c37bcf",
    ),
)
CONLL2003 = DomainInfo(
    "conll2003",
    ("person", "organisation", "location", "misc"),
    _splits(14041, 3250, 3453),
    _splits(
        "098791b165293cac55aa60ea5395b48ed441bc962c00278aa4789dce68624bf8",
        "c8869cec4f419e7b635843aae285990581bf4685b7193c81696d87e1939f0c63",
        "18d9d738defc506ebc5d6748cb580245327ef5c4357b026d7d9ba7c6e55fe841",
    ),
    licence="Reuters terms (research use only)",
    citation=CONLL_CITATION,
)

TARGETS = (POLITICS, SCIENCE, MUSIC, LITERATURE, AI)
DOMAINS = {info.name: info for info in (*TARGETS, CONLL2003)}
TARGET_NAMES = tuple(info.name for info in TARGETS)
# The source of a folder where --source names none: CoNLL-2003, or `news`, the sample's own.
SOURCE_NAMES = (CONLL2003.name, "news")
# The types that a folder of that name must keep to; any other folder's are inferred.
SCHEMAS = {name: info.types for name, info in DOMAINS.items()} | {"news": CONLL2003.types}
