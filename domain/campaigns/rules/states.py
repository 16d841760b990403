"""The state machine of a campaign, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final


class CampaignState(StrEnum):
    DRAFT = "draft"
    FUNDED = "funded"  # the money of every place is in escrow
    PENDING_REVIEW = "pending_review"  # funded; staff look at it before workers do
    DECLINED = "declined"  # still funded: it can be put right and offered again, or stopped
    RUNNING = "running"
    PAUSED = "paused"
    PAUSED_SYSTEM = "paused_system"  # by a rule of ours; `pause_reason` says which
    PAUSED_ADMIN = "paused_admin"  # reported by members, or staff had a reason of their own
    BLOCKED = "blocked"  # by staff, for good; what was handed in is paid from escrow
    EXHAUSTED = "exhausted"  # no place open or held; decisions are still due
    STOPPING = "stopping"  # no new claims; what is claimed or handed in goes on
    FINISHED = "finished"
    ARCHIVED = "archived"  # nothing of it changes any more (R41)


class CampaignEvent(StrEnum):
    FUND = "fund"
    PUBLISH = "publish"
    ASK_REVIEW = "ask_review"  # publication, where staff look first
    APPROVE = "approve"
    DECLINE = "decline"
    PAUSE = "pause"
    RESUME = "resume"
    PAUSE_BY_SYSTEM = "pause_by_system"
    SUSPEND = "suspend"  # enough members reported it, or staff stop it
    ACKNOWLEDGE = "acknowledge"  # the owner has read why, and has put it right
    BLOCK = "block"
    CLEAR = "clear"  # staff found nothing that stands in the way
    EXTEND = "extend"  # more places, paid for at once
    STOP = "stop"
    RESTART = "restart"  # more places for what was over, paid for at once
    ASK_RESTART = "ask_restart"  # the same, where staff look first
    EXHAUST = "exhaust"
    REOPEN = "reopen"  # a place came back
    FINISH = "finish"
    ARCHIVE = "archive"


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
    REPORTS = "reports"  # P4
    STAFF = "staff"


# What an owner's word is enough for. The others end by a person of the platform: whoever rejects
# in mass, or pays with money that is gone, would give that word at once.
ACKNOWLEDGED: Final = frozenset({PauseReason.REVIEW_TIME_BREACH, PauseReason.QUALITY})

_S, _E = CampaignState, CampaignEvent
MOVES: Final[Mapping[tuple[CampaignState, CampaignEvent], CampaignState]] = {
    (_S.DRAFT, _E.FUND): _S.FUNDED,
    (_S.FUNDED, _E.PUBLISH): _S.RUNNING,
    (_S.FUNDED, _E.ASK_REVIEW): _S.PENDING_REVIEW,
    (_S.FUNDED, _E.STOP): _S.STOPPING,
    (_S.PENDING_REVIEW, _E.APPROVE): _S.RUNNING,
    (_S.PENDING_REVIEW, _E.DECLINE): _S.DECLINED,
    (_S.PENDING_REVIEW, _E.STOP): _S.STOPPING,
    (_S.DECLINED, _E.ASK_REVIEW): _S.PENDING_REVIEW,
    (_S.DECLINED, _E.STOP): _S.STOPPING,
    (_S.RUNNING, _E.PAUSE): _S.PAUSED,
    (_S.RUNNING, _E.SUSPEND): _S.PAUSED_ADMIN,
    (_S.RUNNING, _E.EXTEND): _S.RUNNING,
    (_S.RUNNING, _E.STOP): _S.STOPPING,
    (_S.RUNNING, _E.EXHAUST): _S.EXHAUSTED,
    (_S.RUNNING, _E.PAUSE_BY_SYSTEM): _S.PAUSED_SYSTEM,
    (_S.PAUSED, _E.RESUME): _S.RUNNING,
    (_S.PAUSED, _E.SUSPEND): _S.PAUSED_ADMIN,
    (_S.PAUSED, _E.EXTEND): _S.PAUSED,
    (_S.PAUSED, _E.STOP): _S.STOPPING,
    (_S.PAUSED_SYSTEM, _E.ACKNOWLEDGE): _S.RUNNING,
    (_S.PAUSED_SYSTEM, _E.SUSPEND): _S.PAUSED_ADMIN,
    (_S.PAUSED_SYSTEM, _E.CLEAR): _S.RUNNING,
    (_S.PAUSED_SYSTEM, _E.STOP): _S.STOPPING,
    (_S.PAUSED_ADMIN, _E.CLEAR): _S.RUNNING,
    (_S.PAUSED_ADMIN, _E.BLOCK): _S.BLOCKED,
    (_S.BLOCKED, _E.FINISH): _S.FINISHED,
    # Most rejections come when all places are taken; what they free would be claimed again.
    (_S.EXHAUSTED, _E.PAUSE_BY_SYSTEM): _S.PAUSED_SYSTEM,
    (_S.EXHAUSTED, _E.SUSPEND): _S.PAUSED_ADMIN,
    (_S.EXHAUSTED, _E.EXTEND): _S.RUNNING,
    (_S.EXHAUSTED, _E.REOPEN): _S.RUNNING,
    (_S.EXHAUSTED, _E.STOP): _S.STOPPING,
    (_S.EXHAUSTED, _E.FINISH): _S.FINISHED,
    (_S.STOPPING, _E.FINISH): _S.FINISHED,
    (_S.FINISHED, _E.ARCHIVE): _S.ARCHIVED,
    (_S.FINISHED, _E.RESTART): _S.RUNNING,
    (_S.FINISHED, _E.ASK_RESTART): _S.PENDING_REVIEW,
}
# Places that come free go back to workers here; elsewhere their money goes back to the employer.
REOPENING_STATES: Final = frozenset(
    {_S.RUNNING, _S.PAUSED, _S.PAUSED_SYSTEM, _S.PAUSED_ADMIN, _S.EXHAUSTED}
)
# What the world may see of other people's campaigns.
PUBLIC_STATES: Final = REOPENING_STATES | {_S.STOPPING, _S.FINISHED, _S.ARCHIVED}
# Not what staff are reading just now, and not what is over.
REVISABLE_STATES: Final = REOPENING_STATES | {_S.DRAFT, _S.FUNDED, _S.DECLINED}
ARCHIVE_TIME: Final = timedelta(days=30)  # R41
OWNER_EVENTS: Final = (
    _E.FUND, _E.PUBLISH, _E.ASK_REVIEW, _E.PAUSE, _E.RESUME, _E.ACKNOWLEDGE,
    _E.EXTEND, _E.STOP, _E.RESTART,
)  # fmt: skip


def next_state(state: CampaignState, event: CampaignEvent) -> CampaignState | None:
    """None: this event is illegal in this state."""
    return MOVES.get((state, event))


def available_events(
    state: CampaignState, *, pause_reason: PauseReason | None, is_blocked: bool = False
) -> tuple[CampaignEvent, ...]:
    """What the owner may do now, so that no frontend repeats this table."""
    hidden = set() if pause_reason in ACKNOWLEDGED else {CampaignEvent.ACKNOWLEDGE}
    if (state, CampaignEvent.PUBLISH) in MOVES:
        hidden.add(CampaignEvent.ASK_REVIEW)  # the same wish; we say which of both it is
    if is_blocked:
        hidden.add(CampaignEvent.RESTART)  # staff have ended it for good
    return tuple(event for event in OWNER_EVENTS if (state, event) in MOVES and event not in hidden)
