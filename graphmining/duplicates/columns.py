"""What the columns of a table hold, guessed from their values."""

from __future__ import annotations

import re

_SAMPLE = 10_000  # values by which a kind is guessed
_ID_NAME = re.compile(r"(?:.*[ _.-])?(?i:id|uuid|guid|key)|.*[a-z]I[dD]")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_YEAR = re.compile(
    r"\W*(?:1[5-9]|20)\d\d\W*|\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ][\d:.+Z-]*)?|\d\d?[-/.]\d\d?[-/.](?:\d\d|\d{4})"
)
_NUMBER = re.compile(r"[-+]?[$€£¥]? ?[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:[.,]\d+)?(?:[eE][-+]?\d+)? ?[%$€£¥]?")


def guess_columns(fields):
    """What the columns of a table hold, guessed from their values.

    Parameters
    ----------
    fields : dict of str to list of (str or None)

    Returns
    -------
    dict of str to str
        The first of these that fits: "empty"; "constant" (two values or more, all the same); "identifier" (every
        row has a value of its own, and these are consecutive integers or UUIDs, or the column's name ends in id,
        uuid, guid or key); of 95 % of the values "year" (or a date), "number" (maybe with a currency or %);
        "code" (80 % without spaces, half with a digit); "text" (more than ten words on average); "string".

    Examples
    --------
    >>> guess_columns({"id": ["7", "9"], "year": ["1995,", "(2001)"], "price": ["$9.99", "12"]})
    {'id': 'identifier', 'year': 'year', 'price': 'number'}
    """
    return {name: _guess(name, values) for name, values in fields.items()}


def _guess(name, values):
    present = [value for value in values if value is not None]
    distinct = len(set(present))
    if not present:
        return "empty"
    if distinct == 1 and len(present) > 1:
        return "constant"
    if distinct == len(values) and (_ID_NAME.fullmatch(name) or (distinct > 1 and _in_sequence(present))):
        return "identifier"
    if distinct == len(values) and all(map(_UUID.fullmatch, present)):
        return "identifier"
    sample = present[:: -(-len(present) // _SAMPLE)]

    def share(matches):
        return sum(1 for value in sample if matches(value)) / len(sample)

    def has_digit(value):
        return any(map(str.isdigit, value))

    if share(_YEAR.fullmatch) >= 0.95:
        return "year"
    if share(lambda value: _NUMBER.fullmatch(value) and has_digit(value)) >= 0.95:
        return "number"
    if share(lambda value: " " not in value) >= 0.8 and share(has_digit) >= 0.5:
        return "code"
    return "text" if sum(len(value.split()) for value in sample) > 10 * len(sample) else "string"


def _in_sequence(values):
    try:
        first = int(values[0])
        return all(int(value) == at for at, value in enumerate(values, first))
    except ValueError:
        return False
