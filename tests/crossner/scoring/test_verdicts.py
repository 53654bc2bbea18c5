"""A comparison in a sentence: every case in full."""

from dataclasses import replace

import pytest

from crossner.scoring.paired import Comparison, holm
from crossner.scoring.verdicts import format_p, verdict


def won(difference, p, **options):
    low, high = sorted((0.5 * difference, 1.5 * difference))
    return Comparison(difference, low, high, p, p, seeds=3, p_holm=p, **options)


OPEN = Comparison(0.31, -0.52, 1.14, 0.4, 0.43, seeds=3, p_holm=0.86)
SAME = Comparison(0, 0, 0, 1, 1, seeds=3, same=True, p_holm=1)
AVERAGE = Comparison(-1.2, -2, -0.4, 0.002, 0.0024, seeds=3)
LEVEL = Comparison(-0.04, -1, 0.9, 0.8, 0.83, seeds=3)

CASES = [
    ({}, "A and B have no domain in common."),
    ({"ai": won(2, 0.004)}, "B beats A on ai by 2.0 [1.0, 3.0] (p = 0.004)."),
    ({"ai": won(-2, 0.0001)}, "A beats B on ai by 2.0 [1.0, 3.0] (p < 0.001)."),
    (
        {"ai": OPEN},
        "There is no evidence of a difference between A and B on ai: B less A is 0.3 [−0.5, 1.1] (p = 0.86).",
    ),
    ({"ai": SAME}, "A and B score the same in every sentence of ai."),
    (
        {"music": won(2, 0.004), "ai": won(1, 0.02)},
        "B beats A on music by 2.0 [1.0, 3.0] (p = 0.004) and on ai by 1.0 [0.5, 1.5] (p = 0.020).",
    ),
    (
        {
            "politics": won(1, 0.01),
            "science": won(-2, 0.01),
            "music": won(2, 0.01),
            "literature": OPEN,
            "ai": SAME,
        },
        "B beats A on politics by 1.0 [0.5, 1.5] (p = 0.010) and on music by 2.0 [1.0, 3.0] (p = 0.010); "
        "A beats B on science by 2.0 [1.0, 3.0] (p = 0.010); they score the same in every sentence of ai; "
        "there is no evidence of a difference on literature.",
    ),
    (
        {"politics": won(1, 0.01), "science": won(2, 0.01), "music": won(4, 0.01)},
        "B beats A on politics by 1.0 [0.5, 1.5] (p = 0.010), on science by 2.0 [1.0, 3.0] (p = 0.010) and on "
        "music by 4.0 [2.0, 6.0] (p = 0.010).",
    ),
    (
        {"music": OPEN, "ai": OPEN, "science": won(-2, 0.05)},
        "A beats B on science by 2.0 [1.0, 3.0] (p = 0.050); there is no evidence of a difference on music or ai.",
    ),
    ({"music": OPEN, "ai": OPEN}, "There is no evidence of a difference between A and B on either domain."),
    (
        dict.fromkeys("abcde", OPEN),
        "There is no evidence of a difference between A and B on any of the five domains.",
    ),
    (
        dict.fromkeys("abcde", OPEN) | {"average": LEVEL},
        "There is no evidence of a difference between A and B on any of the five domains, nor on average.",
    ),
    (
        dict.fromkeys("abc", OPEN) | {"average": AVERAGE},
        "There is no evidence of a difference between A and B on any of the three domains; on average A is ahead "
        "by 1.2 [0.4, 2.0] (p = 0.002).",
    ),
    (
        {"ai": won(2, 0.01), "music": OPEN, "average": LEVEL},
        "B beats A on ai by 2.0 [1.0, 3.0] (p = 0.010); there is no evidence of a difference on music, nor on "
        "average.",
    ),
    (
        {"ai": won(2, 0.01), "music": won(-2, 0.01), "average": LEVEL},
        "B beats A on ai by 2.0 [1.0, 3.0] (p = 0.010); A beats B on music by 2.0 [1.0, 3.0] (p = 0.010); on "
        "average there is no evidence of a difference.",
    ),
    ({"music": SAME, "ai": SAME, "average": SAME}, "A and B score the same in every sentence of both domains."),
    (dict.fromkeys("abcde", SAME), "A and B score the same in every sentence of all five domains."),
    (
        {"music": SAME, "ai": OPEN},
        "A and B score the same in every sentence of music; there is no evidence of a difference on ai.",
    ),
]


@pytest.mark.parametrize(("comparisons", "expected"), CASES)
def test_sentences(comparisons, expected):
    assert verdict("A", "B", comparisons) == expected


def test_the_average_of_one_domain_is_not_said_again():
    assert verdict("A", "B", {"ai": won(2, 0.01), "average": won(2, 0.01)}) == verdict(
        "A", "B", {"ai": won(2, 0.01)}
    )


def test_alpha_decides():
    assert "beats" in verdict("A", "B", {"ai": won(2, 0.04)})
    assert "beats" not in verdict("A", "B", {"ai": won(2, 0.04)}, alpha=0.01)


def test_a_comparison_by_itself_is_judged_by_its_own_p():
    alone = Comparison(2, 1, 3, 0.2, 0.01, seeds=1)
    assert verdict("A", "B", {"ai": alone}).startswith("B beats A on ai by 2.0 [1.0, 3.0] (p = 0.010).")


SINGLE = Comparison(2, 1, 3, 0.01, 0.01, seeds=1, p_holm=0.01)
CAUTION = " At least one of the two is a single run"


@pytest.mark.parametrize(
    ("comparisons", "caution"),
    [
        ({"ai": SINGLE}, f"{CAUTION}: another seed may say otherwise."),
        ({"ai": SINGLE, "music": SINGLE, "average": SINGLE}, f"{CAUTION}: another seed may say otherwise."),
        ({"ai": SINGLE, "music": OPEN}, f"{CAUTION} on ai: another seed may say otherwise."),
        (
            {"ai": SINGLE, "music": SINGLE, "science": SAME},
            f"{CAUTION} on ai and music: another seed may say otherwise.",
        ),
        ({"ai": won(2, 0.01), "music": replace(SAME, seeds=1)}, ""),
    ],
)
def test_a_single_run_is_said(comparisons, caution):
    several = {domain: replace(found, seeds=3) for domain, found in comparisons.items()}
    assert verdict("A", "B", comparisons) == verdict("A", "B", several) + caution


@pytest.mark.parametrize(("resamples", "said"), [(50, True), (98, True), (99, False), (10_000, False)])
def test_resamples_that_cannot_show_a_difference_are_named(resamples, said):
    """Of five domains the least p that Holm's correction leaves is 5 / (1 + resamples)."""
    p = holm([1 / (1 + resamples)] * 5)[0]
    found = Comparison(3, 2, 4, 1 / (1 + resamples), 1 / (1 + resamples), seeds=3, p_holm=p, resamples=resamples)
    sentence = verdict("A", "B", dict.fromkeys("abcde", found))
    assert sentence.endswith(" So few resamples can show no difference on any domain.") == said
    assert ("beats" in sentence) == (not said)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0001, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.0349, "p = 0.035"),
        (0.05, "p = 0.050"),
        (0.0501, "p = 0.0501"),
        (0.04999, "p = 0.04999"),
        (0.0994, "p = 0.099"),
        (0.123, "p = 0.12"),
        (1, "p = 1.00"),
    ],
)
def test_p_values(p, text):
    assert format_p(p) == text


@pytest.mark.parametrize(
    ("p", "alpha", "text"),
    [
        (0.0008, 0.0005, "p = 0.001"),
        (0.0003, 0.0005, "p < 0.0005"),
        (0.0003, 0.01, "p < 0.001"),
        (0.0498, 0.0499, "p = 0.0498"),
    ],
)
def test_p_values_show_the_side_of_any_level(p, alpha, text):
    assert format_p(p, alpha) == text
