"""Everything that changes a dispute. Money moves once, when it is final."""

from __future__ import annotations

from domain.disputes.operations.clock import advance_disputes
from domain.disputes.operations.offers import offer_share
from domain.disputes.operations.panel import advance_panels, vote_on_panel
from domain.disputes.operations.parties import (
    accept_ruling,
    answer_dispute,
    appeal_dispute,
    concede_dispute,
    escalate_dispute,
    open_all_disputes,
    open_dispute,
    open_fraud_dispute,
)
from domain.disputes.operations.rule import rule_dispute

__all__ = [
    "accept_ruling",
    "advance_disputes",
    "advance_panels",
    "answer_dispute",
    "appeal_dispute",
    "concede_dispute",
    "escalate_dispute",
    "offer_share",
    "open_all_disputes",
    "open_dispute",
    "open_fraud_dispute",
    "rule_dispute",
    "vote_on_panel",
]
