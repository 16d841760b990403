"""Quality control: consensus, overlap and reliability, as pure functions of answers."""

from __future__ import annotations

from domain.quality.rules.choosing import Aggregator, Chosen, aggregate, calibrate, choose
from domain.quality.rules.consensus import (
    Agreed,
    Answer,
    Consensus,
    Priors,
    agree,
    majority,
    posterior,
)
from domain.quality.rules.overlap import KnownWorkers, OverlapPlan, needs_another
from domain.quality.rules.reliability import (
    SUSPENSION_GOLD_MIN,
    chance_below,
    lower_bound,
    propose_suspension,
    success_rate,
)

__all__ = [
    "SUSPENSION_GOLD_MIN",
    "Aggregator",
    "Agreed",
    "Answer",
    "Chosen",
    "Consensus",
    "KnownWorkers",
    "OverlapPlan",
    "Priors",
    "aggregate",
    "agree",
    "calibrate",
    "chance_below",
    "choose",
    "lower_bound",
    "majority",
    "needs_another",
    "posterior",
    "propose_suspension",
    "success_rate",
]
