"""The page's sections: what they are called, and a sentence on how to read each."""

from __future__ import annotations

# In the page's order.
SECTIONS = {
    "scores-section": (
        "Scores",
        "numbers of a column are comparable; those of two protocols are not. ± is the spread of training "
        "again with other seeds, brackets are what other sentences of the kind could give.",
    ),
    "verdicts": (
        "Who is better",
        "a difference counts where its p, corrected for the number of domains, is at most 0.05; its "
        "interval says how large it may be. Both are about these trained systems on other sentences.",
    ),
    "domains": (
        "By domain",
        "marks are means over seeds, lines their intervals; farther right is better. Lines may overlap where "
        "a difference is sure: two systems are compared sentence by sentence.",
    ),
    "types": (
        "By entity type",
        "types with few mentions (n) move by many points for one mention; compare those with many.",
    ),
    "sources": (
        "Which source helps",
        "a row is the domain trained on first, a column the target; a gain below 0 is negative transfer.",
    ),
    "curves": (
        "Few sentences",
        "F1 against the number of target sentences; the distance between two curves along the horizontal "
        "is how many times as many sentences the lower one needs. Bands are about other test sentences; "
        "which sentences were drawn to train on is luck that only several seeds show.",
    ),
    "strata": (
        "Seen, unseen and other mentions",
        "each part of the mentions is scored by itself; a system that generalises loses little "
        "on what it has not seen.",
    ),
    "errors": (
        "Errors",
        "each gold and each predicted span is in exactly one finding; the points in brackets are what F1 "
        "would win if all errors of a kind were repaired, and do not add up.",
    ),
    "disagreement": (
        "Where two systems disagree",
        "mentions that only one of two finds are what a combination could win; the oracle is its upper bound.",
    ),
    "calibration": (
        "Confidence",
        "of spans predicted with 80 % confidence, 80 % should be right; points below the diagonal are too sure.",
    ),
    "examples": (
        "Examples",
        "the same words with gold spans above and predicted spans below; the sign and the line's "
        "pattern say what is wrong.",
    ),
    "protocols": (
        "What the protocol is worth",
        "marks of one shape are the same predictions; only the way of scoring them differs.",
    ),
    "audit": (
        "The data",
        "sentences that are also in train or dev, and mentions that were seen there, make scores better "
        "than new text would; words with two types make them worse.",
    ),
    "runs": ("Runs", "a row is one training with one seed."),
    "again": (
        "How to do it again",
        "each command does what is missing in its folder, and no run twice.",
    ),
}

# Controls' signs of kinds of findings: shapes, so that colour is not needed.
SIGNS = {"correct": "✓", "type": "≠", "boundary": "⇔", "boundary and type": "⇎", "missed": "−", "spurious": "+"}
