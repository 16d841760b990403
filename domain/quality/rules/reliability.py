"""How sure we are of a worker, in whole numbers of right and wrong answers. Pure.

Nothing here rejects an assignment or suspends anybody: a person decides (R39).
"""

from __future__ import annotations

import math
from typing import Final

SUSPENSION_CHANCE_MIN: Final = 0.90
SUSPENSION_GOLD_MIN: Final = 20


def beta_cdf(x: float, *, alpha: int, beta: int) -> float:
    """P(X <= x) for X ~ Beta(alpha, beta) with whole parameters: a tail of a binomial."""
    n = alpha + beta - 1
    return sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(alpha, n + 1))


def chance_below(threshold: float, *, right: int, wrong: int) -> float:
    """P(true accuracy < threshold | answers to gold), from a prior of Beta(4, 1)."""
    return beta_cdf(threshold, alpha=4 + right, beta=1 + wrong)


def success_rate(*, good: int, bad: int) -> float:
    """The mean of Beta(9 + good, 1 + bad) (R14): a newcomer begins at 90 %, not at the cliff."""
    return (9 + good) / (10 + good + bad)


def lower_bound(*, good: int, bad: int, quantile: float = 0.10) -> float:
    """The `quantile` of Beta(9 + good, 1 + bad), by bisection: a careful success rate."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if beta_cdf(middle, alpha=9 + good, beta=1 + bad) < quantile:
            low = middle
        else:
            high = middle
    return low


def propose_suspension(*, right: int, wrong: int, reliability: float, threshold: float) -> bool:
    """Whether a person should look, which needs gold and the crowd to agree.

    On public data the gold alone, three control answers deep, named a fifth of the good workers.
    """
    if right + wrong < SUSPENSION_GOLD_MIN or reliability >= threshold:
        return False
    return chance_below(threshold, right=right, wrong=wrong) >= SUSPENSION_CHANCE_MIN
