"""The referral programme: whose work earns what, for how long, up to which sum (R20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.money import MICROS_PER_UNIT, Money, share_micros


class ReferralState(StrEnum):
    SIGNED_UP = "signed_up"
    EARNING = "earning"  # the referee's first paid work was approved
    ENDED = "ended"  # a year has passed, or the cap is reached
    REJECTED = "rejected"  # both are one person, or are paid at one place: it earns nothing
    CLAWED_BACK = "clawed_back"  # fraud, as people found: what it earned was taken back


class ReferralRejectReason(StrEnum):
    SELF = "self"  # the same name and day of birth
    PAYOUT_LINK = "payout_link"  # paid to the same account


_S = ReferralState
MOVES: Final[Mapping[ReferralState, frozenset[ReferralState]]] = {
    _S.SIGNED_UP: frozenset({_S.EARNING, _S.ENDED, _S.REJECTED}),
    _S.EARNING: frozenset({_S.ENDED, _S.CLAWED_BACK}),
    _S.ENDED: frozenset({_S.CLAWED_BACK}),
    _S.REJECTED: frozenset(),
    _S.CLAWED_BACK: frozenset(),
}


# 50 units of the currency per referee; once reached in one currency, the referral ends.
CAP_MICROS: Final = 50 * MICROS_PER_UNIT
CODE_LENGTH: Final = 12  # of a token: 72 random bits

# An approval is stamped before it commits. Looking back so far finds the late ones too;
# that none is rewarded twice, the anti-join and the ledger's key see to.
SAFETY_MARGIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An approved assignment of a referee that may earn the referrer something."""

    referral_id: UUID
    referrer_id: UUID
    assignment_id: UUID
    reward: Money
    basis_points: int  # of the day it was approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    referral_id: UUID
    referrer_id: UUID
    assignment_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class Plan:
    rewards: tuple[Reward, ...]
    capped_ids: frozenset[UUID]  # referrals that have nothing more to earn


def plan_rewards(*, works: Sequence[Work], earned: Mapping[tuple[UUID, str], int]) -> Plan:
    """In the given order, each referral up to its cap, to the micro.

    `earned` is what was paid before: micros by referral and currency.
    """
    sums = dict(earned)
    rewards: list[Reward] = []
    capped_ids: set[UUID] = set()
    for work in works:
        key = (work.referral_id, work.reward.currency)
        share = share_micros(work.reward.micros, work.basis_points)
        amount = min(share, CAP_MICROS - sums.get(key, 0))
        if work.referral_id in capped_ids or amount <= 0:
            continue
        sums[key] = sums.get(key, 0) + amount
        if sums[key] == CAP_MICROS:
            capped_ids.add(work.referral_id)
        rewards.append(
            Reward(
                referral_id=work.referral_id,
                referrer_id=work.referrer_id,
                assignment_id=work.assignment_id,
                amount=replace(work.reward, micros=amount),
            )
        )
    return Plan(tuple(rewards), frozenset(capped_ids))


def end_of(signed_up_at: datetime) -> datetime:
    """The same day a year later; for 29 February the first of March."""
    try:
        return signed_up_at.replace(year=signed_up_at.year + 1)
    except ValueError:
        return signed_up_at.replace(year=signed_up_at.year + 1, month=3, day=1)
