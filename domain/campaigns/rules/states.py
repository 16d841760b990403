"""The state machine of a campaign, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CampaignState(StrEnum):
    DRAFT = "draft"
    FUNDED = "funded"  # the money of every place is in escrow
    RUNNING = "running"
    PAUSED = "paused"
    PAUSED_SYSTEM = "paused_system"  # by a rule of ours; `pause_reason` says which
    EXHAUSTED = "exhausted"  # no place open or held; decisions are still due
    STOPPING = "stopping"  # no new claims; what is claimed or handed in goes on
    FINISHED = "finished"


class CampaignEvent(StrEnum):
    FUND = "fund"
    PUBLISH = "publish"
    PAUSE = "pause"
    RESUME = "resume"
    PAUSE_BY_SYSTEM = "pause_by_system"
    ACKNOWLEDGE = "acknowledge"  # the owner has read why, and has put it right
    CLEAR = "clear"  # staff found nothing that stands in the way
    STOP = "stop"
    EXHAUST = "exhaust"
    REOPEN = "reopen"  # a place came back
    FINISH = "finish"


class CampaignParty(StrEnum):
    """Who decided something about a campaign. Staff have no name in it."""

    SYSTEM = "system"
    STAFF = "staff"
    OWNER = "owner"


class PauseReason(StrEnum):
    """Why a campaign takes no claims though its owner did not pause it."""

    LOW_ESCROW = "low_escrow"  # a deposit behind it was taken back
    REJECTION_BREAKER = "rejection_breaker"  # R8
    REVIEW_TIME_BREACH = "review_time_breach"  # decisions were left to the clock
    QUALITY = "quality"  # pay or instructions do not fit what the work takes


# What an owner's word is enough for. The others end by a person of the platform: whoever rejects
# in mass, or pays with money that is gone, would give that word at once.
ACKNOWLEDGED: Final = frozenset({PauseReason.REVIEW_TIME_BREACH, PauseReason.QUALITY})

_S, _E = CampaignState, CampaignEvent
MOVES: Final[Mapping[tuple[CampaignState, CampaignEvent], CampaignState]] = {
    (_S.DRAFT, _E.FUND): _S.FUNDED,
    (_S.FUNDED, _E.PUBLISH): _S.RUNNING,
    (_S.FUNDED, _E.STOP): _S.STOPPING,
    (_S.RUNNING, _E.PAUSE): _S.PAUSED,
    (_S.RUNNING, _E.STOP): _S.STOPPING,
    (_S.RUNNING, _E.EXHAUST): _S.EXHAUSTED,
    (_S.RUNNING, _E.PAUSE_BY_SYSTEM): _S.PAUSED_SYSTEM,
    (_S.PAUSED, _E.RESUME): _S.RUNNING,
    (_S.PAUSED, _E.STOP): _S.STOPPING,
    (_S.PAUSED_SYSTEM, _E.ACKNOWLEDGE): _S.RUNNING,
    (_S.PAUSED_SYSTEM, _E.CLEAR): _S.RUNNING,
    (_S.PAUSED_SYSTEM, _E.STOP): _S.STOPPING,
    # Most rejections come when all places are taken; what they free would be claimed again.
    (_S.EXHAUSTED, _E.PAUSE_BY_SYSTEM): _S.PAUSED_SYSTEM,
    (_S.EXHAUSTED, _E.REOPEN): _S.RUNNING,
    (_S.EXHAUSTED, _E.STOP): _S.STOPPING,
    (_S.EXHAUSTED, _E.FINISH): _S.FINISHED,
    (_S.STOPPING, _E.FINISH): _S.FINISHED,
}
# Places that come free go back to workers here; elsewhere their money goes back to the employer.
REOPENING_STATES: Final = frozenset({_S.RUNNING, _S.PAUSED, _S.PAUSED_SYSTEM, _S.EXHAUSTED})
# What the world may see of other people's campaigns.
PUBLIC_STATES: Final = frozenset(
    {_S.RUNNING, _S.PAUSED, _S.PAUSED_SYSTEM, _S.EXHAUSTED, _S.STOPPING, _S.FINISHED}
)
OWNER_EVENTS: Final = (_E.FUND, _E.PUBLISH, _E.PAUSE, _E.RESUME, _E.ACKNOWLEDGE, _E.STOP)


def next_state(state: CampaignState, event: CampaignEvent) -> CampaignState | None:
    """None: this event is illegal in this state."""
    return MOVES.get((state, event))


def available_events(
    state: CampaignState, *, pause_reason: PauseReason | None
) -> tuple[CampaignEvent, ...]:
    """What the owner may do now, so that no frontend repeats this table."""
    return tuple(
        event
        for event in OWNER_EVENTS
        if (state, event) in MOVES
        and (event is not CampaignEvent.ACKNOWLEDGE or pause_reason in ACKNOWLEDGED)
    )
