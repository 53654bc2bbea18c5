"""The evaluation as a script: trains a grid through the public API, prints the table, asserts floors.

    pytest tests/evaluation --data sample --domains ai --regimes direct -s

Options: --data --domains --regimes --tagger --encoder --seeds; see `crossner run --help`.
"""

import pytest

import crossner
from crossner.report.table import format_table

# Test F1 in percent that every domain must reach: by data set, tagger, encoder and regime, with
# default schedules. Well below what one seed gives (sample: 33 and more, crossner: 41 and more); a
# tagger that has learned nothing has less than 2.
FLOORS = {
    ("sample", "linear", "minilm"): {"direct": 25, "pretrain-finetune": 25, "joint": 20},
    ("crossner", "linear", "minilm"): {"direct": 34, "pretrain-finetune": 36, "joint": 34},
}


def names(values):
    """Names given apart or joined by commas."""
    return [name for value in values for name in value.split(",") if name]


@pytest.fixture
def table(request, tmp_path):
    """The table of the grid that the options describe."""
    option = request.config.getoption
    domains, regimes = names(option("--domains")), names(option("--regimes"))
    table = crossner.evaluate(
        option("--data"),
        out=tmp_path / "runs",
        domains=domains,
        regimes=regimes,
        tagger=option("--tagger"),
        encoder=option("--encoder"),
        seeds=option("--seeds"),
    )
    print(f"\n{format_table(table)}")
    assert {row["regime"] for row in table["rows"]} == set(regimes)
    assert all(set(row["f1"]) == set(domains) for row in table["rows"])
    return table


def test_every_score_is_there_and_above_its_floor(table, request):
    seeds = request.config.getoption("--seeds")
    for row in table["rows"]:
        known = FLOORS.get((table["data"]["name"], row["tagger"], row["encoder"]), {})
        floor = known.get(row["regime"])
        if floor is None:
            print(f"\nno floor is known for {row['regime']} on {table['data']['name']}: only that scores exist")
        for domain, cell in row["f1"].items():
            assert cell["n"] == seeds
            assert 0 <= cell["mean"] <= 100
            if floor is not None:
                assert cell["mean"] >= floor, f"{domain}, {row['regime']}: {cell['mean']:.2f} is below {floor}"
