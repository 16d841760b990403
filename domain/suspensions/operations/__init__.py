"""Everything that changes a suspension. Money moves only when one is reversed."""

from __future__ import annotations

from domain.suspensions.operations.appeal import appeal_suspension, rule_suspension
from domain.suspensions.operations.clock import advance_suspensions
from domain.suspensions.operations.decide import dismiss_suspension, impose_suspension
from domain.suspensions.operations.propose import (
    begin_proposal,
    propose_suspension,
    propose_unreliable,
)

__all__ = [
    "advance_suspensions",
    "appeal_suspension",
    "begin_proposal",
    "dismiss_suspension",
    "impose_suspension",
    "propose_suspension",
    "propose_unreliable",
    "rule_suspension",
]
