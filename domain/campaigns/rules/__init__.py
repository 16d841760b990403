"""What a campaign may become, what it may say, and what one place of it costs."""

from __future__ import annotations

from domain.campaigns.rules.oversight import TEXT_LENGTH_MAX, TEXT_LENGTH_MIN, text_problem
from domain.campaigns.rules.states import (
    ACKNOWLEDGED,
    MOVES,
    PUBLIC_STATES,
    REOPENING_STATES,
    CampaignEvent,
    CampaignParty,
    CampaignState,
    PauseReason,
    available_events,
    next_state,
)
from domain.campaigns.rules.terms import (
    CLAIM_MINUTES_DEFAULT,
    REVIEW_DAYS_DEFAULT,
    REVISION_COUNT_MAX,
    Category,
    Clause,
    Price,
    Problem,
    Terms,
    instructions_problem,
    price,
    terms_problem,
)

__all__ = [
    "ACKNOWLEDGED",
    "CLAIM_MINUTES_DEFAULT",
    "MOVES",
    "PUBLIC_STATES",
    "REOPENING_STATES",
    "REVIEW_DAYS_DEFAULT",
    "REVISION_COUNT_MAX",
    "TEXT_LENGTH_MAX",
    "TEXT_LENGTH_MIN",
    "CampaignEvent",
    "CampaignParty",
    "CampaignState",
    "Category",
    "Clause",
    "PauseReason",
    "Price",
    "Problem",
    "Terms",
    "available_events",
    "instructions_problem",
    "next_state",
    "price",
    "terms_problem",
    "text_problem",
]
