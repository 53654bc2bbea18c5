"""A comparison in a sentence."""

from __future__ import annotations

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def verdict(a_name, b_name, comparisons, *, alpha=0.05) -> str:
    """Who beats whom on which domains, by how much, and where nothing can be said.

    Parameters
    ----------
    a_name, b_name : str
    comparisons : dict of str to Comparison
        What `compare_systems` gives. `p_holm` decides, or `p_randomisation` where that is None; in brackets is the
        bootstrap interval.
    alpha : float

    Returns
    -------
    str
        Differences in percentage points of F1. It is about the runs at hand; where a system has only one, that
        is said, and so is where there are too few resamples for any p to be as low as `alpha`.

    Examples
    --------
    >>> from crossner.scoring.paired import Comparison
    >>> music = Comparison(2.14, 0.8, 3.4, 0.002, 0.004, seeds=3, same=False, p_holm=0.008)
    >>> ai = Comparison(-0.3, -1.2, 0.6, 0.5, 0.52, seeds=3, same=False, p_holm=0.52)
    >>> verdict("direct", "joint", {"music": music, "ai": ai})
    'joint beats direct on music by 2.1 [0.8, 3.4] (p = 0.008); there is no evidence of a difference on ai.'
    """
    domains = {domain: found for domain, found in comparisons.items() if domain != "average"}
    if not domains:
        return f"{a_name} and {b_name} have no domain in common."
    same = [domain for domain, found in domains.items() if found.same]
    won = [domain for domain, found in domains.items() if not found.same and _p(found) <= alpha]
    undecided = [domain for domain in domains if domain not in (*same, *won)]
    clauses = []
    for winner, loser, sign in ((b_name, a_name, 1), (a_name, b_name, -1)):
        wins = [domain for domain in won if (domains[domain].difference > 0) == (sign > 0)]
        if wins:
            items = [f"on {domain} by {_numbers(domains[domain], sign, alpha)}" for domain in wins]
            clauses.append(f"{winner} beats {loser} {_listed(items, 'and')}")
    if same:
        pair = "they" if clauses else f"{a_name} and {b_name}"
        where = _whole(len(same)) if len(same) == len(domains) > 1 else _listed(same, "and")
        clauses.append(f"{pair} score the same in every sentence of {where}")
    if undecided:
        between = "" if clauses else f" between {a_name} and {b_name}"
        none = len(undecided) == len(domains) > 1
        where = _any(len(domains)) if none else _listed(undecided, "or")
        clauses.append(f"{'there' if clauses else 'There'} is no evidence of a difference{between} on {where}")
        if len(domains) == 1:
            clauses[-1] += f": {b_name} less {a_name} is {_numbers(domains[undecided[0]], 1, alpha)}"
    average = comparisons.get("average")
    if average and len(domains) > 1 and not average.same:
        if _p(average) <= alpha:
            sign = 1 if average.difference > 0 else -1
            clauses.append(
                f"on average {b_name if sign > 0 else a_name} is ahead by {_numbers(average, sign, alpha)}"
            )
        elif undecided:
            clauses[-1] += ", nor on average"
        else:
            clauses.append("on average there is no evidence of a difference")
    least = min((len(domains) / (1 + found.resamples) for found in domains.values() if found.resamples), default=0)
    powerless = " So few resamples can show no difference on any domain." if undecided and least > alpha else ""
    return "; ".join(clauses) + "." + powerless + _caution(domains)


def _caution(domains):
    """What a difference of runs cannot tell of systems, where one of the two has a single run."""
    single = [domain for domain, found in domains.items() if found.seeds == 1 and not found.same]
    if not single:
        return ""
    where = "" if len(single) == len(domains) else f" on {_listed(single, 'and')}"
    return f" At least one of the two is a single run{where}: another seed may say otherwise."


def row_verdicts(rows, *, alpha=0.05) -> list[str]:
    """A verdict for each pair of systems in `comparison_rows`.

    Parameters
    ----------
    rows : list of dict
    alpha : float
    """
    from crossner.scoring.paired import Comparison

    pairs: dict[tuple[str, str], dict] = {}
    for row in rows:
        values = {key: value for key, value in row.items() if key not in ("a", "b", "domain")}
        pairs.setdefault((row["a"], row["b"]), {})[row["domain"]] = Comparison(**values)
    return [verdict(a, b, comparisons, alpha=alpha) for (a, b), comparisons in pairs.items()]


def _p(found):
    return found.p_randomisation if found.p_holm is None else found.p_holm


def _numbers(found, sign, alpha):
    """`2.1 [0.8, 3.4] (p = 0.004)`, seen from the side that `sign` says."""
    low, high = sorted((sign * found.low, sign * found.high))
    return f"{_points(sign * found.difference)} [{_points(low)}, {_points(high)}] ({format_p(_p(found), alpha)})"


def _points(value):
    return f"{value:.1f}".replace("-0.0", "0.0").replace("-", "−")


def format_p(p, alpha=0.05) -> str:
    """A p-value as text, with digits enough to see on which side of `alpha` it is.

    Examples
    --------
    >>> format_p(0.0003), format_p(0.0042), format_p(0.43), format_p(0.04996)
    ('p < 0.001', 'p = 0.004', 'p = 0.43', 'p = 0.04996')
    """
    if p < min(0.001, alpha):
        return f"p < {min(0.001, alpha):g}"
    digits = 3 if p < 0.1 else 2
    while _side(round(p, digits), alpha) != _side(p, alpha) and digits < 9:
        digits += 1
    return f"p = {p:.{digits}f}"


def _side(p, alpha):
    return int(p > alpha) - int(p < alpha)


def _listed(items, word):
    return f" {word} ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def _whole(number):
    return "both domains" if number == 2 else f"all {_word(number)} domains"


def _any(number):
    return "either domain" if number == 2 else f"any of the {_word(number)} domains"


def _word(number):
    return NUMBERS[number] if number < len(NUMBERS) else str(number)
