"""What a decision of people makes of an attempt and its payout. Pure: nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.payouts.rules import (
    CANCELLABLE,
    CREDITED,
    NOT_EXECUTED,
    OPEN_AT_PROVIDER,
    AttemptState,
    PayoutState,
    Verdict,
)

RESOLVABLE: Final = OPEN_AT_PROVIDER | {AttemptState.UNKNOWN}  # and whatever is frozen


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an attempt and its payout become by a decision of people."""

    attempt: AttemptState
    payout: PayoutState


_OPEN_RESOLVED: Final[Mapping[Verdict, Resolution]] = {
    Verdict.PAID: Resolution(AttemptState.PAID, PayoutState.PAID),
    Verdict.NOT_PAID: Resolution(AttemptState.REJECTED, PayoutState.FAILED),
    Verdict.RETURNED: Resolution(AttemptState.RETURNED, PayoutState.RETURNED),
}


def resolved(
    *, attempt: AttemptState, is_frozen: bool, payout: PayoutState, verdict: Verdict
) -> Resolution | None:
    """None where the verdict is not possible: the money has gone another way already.

    What was not paid closes the attempt, so that any later word of it freezes the payout.
    """
    if attempt not in RESOLVABLE and not is_frozen:
        return None
    if attempt in NOT_EXECUTED:
        return _resolved_late(attempt, payout, verdict)
    if attempt is AttemptState.PAID or payout in CREDITED:
        return _resolved_after_the_end(attempt, payout, verdict)
    return _OPEN_RESOLVED[verdict]


def _resolved_after_the_end(
    attempt: AttemptState, payout: PayoutState, verdict: Verdict
) -> Resolution | None:
    stays = Resolution(attempt, payout)
    if payout in CREDITED:
        return None if verdict is Verdict.PAID else stays
    if verdict is Verdict.PAID:
        return stays
    return Resolution(AttemptState.RETURNED, PayoutState.RETURNED)


def _resolved_late(
    attempt: AttemptState, payout: PayoutState, verdict: Verdict
) -> Resolution | None:
    """Of an attempt that was closed and then seen: its payout may have gone on without it."""
    if verdict is Verdict.PAID:
        is_free = payout in CANCELLABLE
        return Resolution(AttemptState.PAID, PayoutState.PAID) if is_free else None
    return Resolution(attempt, PayoutState.APPROVED if payout is PayoutState.HELD else payout)
