"""Reads of referrals, for the referrer alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_value
from domain.filters import Column, Condition, Kind
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.money import Money
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.referrals.rules import ReferralRejectReason, ReferralState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRecord:
    id: UUID
    referrer_id: UUID
    referee_id: UUID
    state: ReferralState
    signed_up_at: datetime
    ends_at: datetime
    reject_reason: ReferralRejectReason | None
    claw_back_text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralCase:
    """What staff see of a referral; `link` is what the two have in common, if anything."""

    referral: ReferralRecord
    link: ReferralRejectReason | None
    rewards: list[Money]


_COLUMNS: Final = """
    id, referrer_id, referee_id, state, signed_up_at, ends_at, reject_reason, claw_back_text
"""
_BY_ID: Final = f"""
    select {_COLUMNS} from referral where id = any($1) and referrer_id = $2
"""  # noqa: S608  # our own column list
OF_REFERRER: Final = Listing(
    columns=_COLUMNS,
    source="from referral where referrer_id = parent.id",
    orders={"signed_up_at": ("signed_up_at", "id")},
    filters={
        "state": Column("state"),
        "referee_id": Column("referee_id", Kind.ID),
        "signed_up_at": Column("signed_up_at", Kind.INSTANT),
        "ends_at": Column("ends_at", Kind.INSTANT),
    },
    row="referral",
)
_SUMS: Final = """
    select w.referral_id, w.currency, sum(w.amount_micros)::bigint as micros
    from referral_reward w join referral r on r.id = w.referral_id
    where w.referral_id = any($1) and r.referrer_id = $2
    group by w.referral_id, w.currency order by w.currency
"""
_TOTALS: Final = """
    select w.currency, sum(w.amount_micros)::bigint as micros
    from referral_reward w join referral r on r.id = w.referral_id
    where r.referrer_id = $1 group by w.currency order by w.currency
"""

# Why the two are no strangers to each other.
LINK: Final = """
    case
        when exists (select from member_person a join member_person b
                         on lower(b.name) = lower(a.name) and b.born_on = a.born_on
                     where a.member_id = r.referrer_id and b.member_id = r.referee_id)
            then 'self'
        when exists (select from destination a join destination b on b.payee_hash = a.payee_hash
                     where a.member_id = r.referrer_id and b.member_id = r.referee_id)
            then 'payout_link'
    end
"""
QUEUE_MAX: Final = 20
_CASES: Final = f"""
    select r.*, link.reason as link
    from referral r cross join lateral (select {LINK} as reason) link
"""  # noqa: S608  # our own condition
_QUEUE: Final = f"""
    {_CASES} where r.state in ('earning', 'ended') and link.reason is not null
    order by r.signed_up_at desc, r.id limit $1
"""
_CASE: Final = f"{_CASES} where r.id = $1"
EARNED: Final = """
    select referral_id, currency, sum(amount_micros)::bigint as micros
    from referral_reward where referral_id = any($1) group by referral_id, currency
    order by currency
"""

CHECKS: Final[Mapping[str, str]] = {
    "a referral reward is booked once": """
        select 'reward on assignment ' || coalesce(w.assignment_id, b.id) as subject,
               coalesce(w.currency, b.currency) as currency,
               coalesce(w.amount_micros, 0) as expected, coalesce(b.micros, 0) as found
        from (select w.*, r.referrer_id
              from referral_reward w join referral r on r.id = w.referral_id) w
        full join (
            select t.correlation_id as id, a.owner_id, a.currency, sum(-e.amount)::bigint as micros
            from ledger_transfer t
            join ledger_entry e on e.transfer_id = t.id
            join ledger_account a on a.id = e.account_id and a.kind = 'worker:earnings'
            where t.event = 'E7' group by 1, 2, 3
        ) b on b.id = w.assignment_id and b.owner_id = w.referrer_id and b.currency = w.currency
        where coalesce(w.amount_micros, 0) <> coalesce(b.micros, 0)
    """,
    "a referral that was fraud is taken back whole, once": """
        select 'claw-back of referral ' || coalesce(w.id, b.id) as subject,
               coalesce(w.currency, b.currency) as currency,
               coalesce(w.micros, 0) as expected, coalesce(b.micros, 0) as found
        from (select r.id, w.currency, sum(w.amount_micros)::bigint as micros
              from referral_reward w join referral r on r.id = w.referral_id
              where r.state = 'clawed_back' group by 1, 2) w
        full join (
            select t.correlation_id as id, a.currency, sum(-e.amount)::bigint as micros
            from ledger_transfer t
            join ledger_entry e on e.transfer_id = t.id
            join ledger_account a on a.id = e.account_id and a.kind = 'expense:referrals'
            where t.event = 'E7r' group by 1, 2
        ) b on b.id = w.id and b.currency = w.currency
        where coalesce(w.micros, 0) <> coalesce(b.micros, 0)
    """,
}


async def link_code_of(*, member_id: UUID) -> str | None:
    """None until the member has opened a link."""
    found = await fetch_value("select code from referral_link where member_id = $1", member_id)
    return None if found is None else str(found)


async def referrals_by_id(*, ids: Sequence[UUID], referrer_id: UUID) -> dict[UUID, ReferralRecord]:
    rows = await fetch(_BY_ID, list(ids), referrer_id)
    return {row["id"]: _referral(row) for row in rows}


async def referrals_of(
    *, referrer_id: UUID, page: Page, where: Condition | None = None
) -> list[ReferralRecord]:
    """Whom the member brought, newest first."""
    found = await read_pages(OF_REFERRER, parent_ids=[referrer_id], page=page, where=where)
    return [_referral(row) for row in found[referrer_id]]


async def count_referrals_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By referrer."""
    return await count_rows(OF_REFERRER, parent_ids=parent_ids, where=where)


async def reward_sums(*, ids: Sequence[UUID], referrer_id: UUID) -> dict[UUID, list[Money]]:
    """By referral, one sum per currency; empty for what earned nothing or is another's."""
    found: dict[UUID, list[Money]] = {referral_id: [] for referral_id in ids}
    for row in await fetch(_SUMS, list(ids), referrer_id):
        found[row["referral_id"]].append(Money(row["micros"], row["currency"]))
    return found


async def reward_totals(*, referrer_id: UUID) -> list[Money]:
    """All that the member's referrals ever earned, one sum per currency."""
    rows = await fetch(_TOTALS, referrer_id)
    return [Money(row["micros"], row["currency"]) for row in rows]


async def referral_queue() -> list[ReferralCase]:
    """Those that earned something before their members were linked, the newest first, at most
    20. Ask for staff only.
    """
    return await _cases(await fetch(_QUEUE, QUEUE_MAX))


async def case_of(*, referral_id: UUID) -> ReferralCase | None:
    """Ask for staff only."""
    return next(iter(await _cases(await fetch(_CASE, referral_id))), None)


async def _cases(rows: Sequence[Mapping[str, Any]]) -> list[ReferralCase]:
    rewards: dict[UUID, list[Money]] = {row["id"]: [] for row in rows}
    for row in await fetch(EARNED, list(rewards)):
        rewards[row["referral_id"]].append(Money(row["micros"], row["currency"]))
    return [
        ReferralCase(
            referral=_referral(row),
            link=None if row["link"] is None else ReferralRejectReason(row["link"]),
            rewards=rewards[row["id"]],
        )
        for row in rows
    ]


async def audit() -> list[Difference]:
    """Rewards against the books; empty when they agree."""
    return await differences(checks=CHECKS)


def _referral(row: Mapping[str, Any]) -> ReferralRecord:
    return ReferralRecord(
        id=row["id"],
        referrer_id=row["referrer_id"],
        referee_id=row["referee_id"],
        state=ReferralState(row["state"]),
        signed_up_at=row["signed_up_at"],
        ends_at=row["ends_at"],
        reject_reason=None
        if row["reject_reason"] is None
        else ReferralRejectReason(row["reject_reason"]),
        claw_back_text=row["claw_back_text"],
    )
