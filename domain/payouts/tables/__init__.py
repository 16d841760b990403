"""Rows of payouts, attempts, batches and destinations."""

from __future__ import annotations

from domain.payouts.tables.payouts import (
    Destination,
    Payout,
    PayoutInstruction,
    PayoutMemberHold,
    PayoutObserver,
    PayoutRelease,
    PayoutRun,
    Spending,
)
from domain.payouts.tables.sending import (
    PayoutAttempt,
    PayoutBatch,
    PayoutResolution,
    PayoutRouteClaim,
    ProviderCall,
    ProviderPace,
    ProviderQuarantine,
    ProviderSequence,
    RouteDecision,
)

__all__ = [
    "Destination",
    "Payout",
    "PayoutAttempt",
    "PayoutBatch",
    "PayoutInstruction",
    "PayoutMemberHold",
    "PayoutObserver",
    "PayoutRelease",
    "PayoutResolution",
    "PayoutRouteClaim",
    "PayoutRun",
    "ProviderCall",
    "ProviderPace",
    "ProviderQuarantine",
    "ProviderSequence",
    "RouteDecision",
    "Spending",
]
