"""Everything that changes a referral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from re import fullmatch
from typing import Any, Final
from uuid import UUID

from domain.access import operations as access
from domain.access.provider import PasswordHasher
from domain.database import execute, fetch, fetch_value, one_transaction
from domain.errors import Refused
from domain.given import NewId, NewToken
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members.rules import SIGN_IN_STATES
from domain.money import Money
from domain.referrals.rules import (
    CODE_LENGTH,
    SAFETY_MARGIN,
    Plan,
    ReferralState,
    Reward,
    Work,
    end_of,
    plan_rewards,
)


class ReferralCodeUnknown(Refused):
    """No member's link has this code; registering without one is possible."""

    code = "REFERRAL_CODE_UNKNOWN"
    argument = "code"


_OPEN_LINK: Final = """
    insert into referral_link (member_id, code, created_at) values ($1, $2, $3)
    on conflict (member_id) do nothing
"""


@one_transaction
async def open_link(*, member_id: UUID, new_token: NewToken, now: datetime) -> str:
    """The code of the member's link: the one there is, or a new one."""
    await execute(_OPEN_LINK, member_id, new_token()[:CODE_LENGTH], now)
    return str(await fetch_value("select code from referral_link where member_id = $1", member_id))


_REFERRER: Final = """
    select l.member_id from referral_link l join member m on m.id = l.member_id
    where l.code = $1 and m.state = any($2)
"""


async def register_referred_member(
    *,
    code: str,
    name: str,
    email: str,
    country: str,
    born_on: date,
    password: str,
    hasher: PasswordHasher,
    new_id: NewId,
    now: datetime,
    network: str | None = None,
) -> UUID:
    """As `access.register_member`, and whoever's link it was earns with the new member's work.

    Refuses with `ReferralCodeUnknown` and as `access.register_member`.
    """
    states = [state.value for state in SIGN_IN_STATES]
    referrer_id: UUID | None = None
    if fullmatch(r"[\w-]{1,64}", code):
        referrer_id = await fetch_value(_REFERRER, code, states)
    if referrer_id is None:
        raise ReferralCodeUnknown("no such link")
    password_hash = await access.prepare_registration(
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        password=password,
        hasher=hasher,
        now=now,
        network=network,
    )
    return await _register(
        referrer_id=referrer_id,
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        password_hash=password_hash,
        new_id=new_id,
        now=now,
    )


_INSERT: Final = """
    insert into referral
        (id, referrer_id, referee_id, state, signed_up_at, ends_at, rewarded_through)
    values ($1, $2, $3, 'signed_up', $4, $5, $4)
"""


@one_transaction
async def _register(
    *,
    referrer_id: UUID,
    name: str,
    email: str,
    country: str,
    born_on: date,
    password_hash: str,
    new_id: NewId,
    now: datetime,
) -> UUID:
    referee_id = await access.add_registered(
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        password_hash=password_hash,
        new_id=new_id,
        now=now,
    )
    await add_referral(referrer_id=referrer_id, referee_id=referee_id, new_id=new_id, now=now)
    return referee_id


async def add_referral(
    *, referrer_id: UUID, referee_id: UUID, new_id: NewId, now: datetime
) -> UUID:
    """Part of the transaction that registers the referee."""
    referral_id = new_id()
    await execute(_INSERT, referral_id, referrer_id, referee_id, now, end_of(now))
    return referral_id


# Approved work that has earned nothing yet, and earns at least one micro.
_UNREWARDED: Final = """
    from assignment a
    cross join lateral (
        select basis_points from rate
        where kind = 'referral' and scope = '*'
          and valid_from <= (a.decided_at at time zone 'UTC')::date
        order by valid_from desc limit 1
    ) share
    where a.worker_id = r.referee_id and a.state = 'approved'
      and a.decided_at >= r.rewarded_through - $2::interval and a.decided_at < r.ends_at
      and a.reward_micros::numeric * share.basis_points >= 5000
      and not exists (select from referral_reward w where w.assignment_id = a.id)
"""
# Locked referrals are another run's; whoever has the lock sees all earlier runs' rewards.
_LOCK_DUE: Final = f"""
    select r.id, r.state, r.ends_at from referral r
    where r.state in ('signed_up', 'earning')
      and (r.ends_at <= $1::timestamptz - $2::interval or exists (select {_UNREWARDED}))
    order by r.rewarded_through, r.id limit $3 for update of r skip locked
"""  # noqa: S608  # our own condition
_WORKS: Final = f"""
    select r.id as referral_id, r.referrer_id, w.* from referral r
    cross join lateral (
        select a.id as assignment_id, a.currency, a.reward_micros, a.decided_at, share.basis_points
        {_UNREWARDED}
    ) w
    where r.id = any($1)
    order by array_position($1::uuid[], r.id), w.decided_at, w.assignment_id limit $3
"""  # noqa: S608
_EARNED: Final = """
    select referral_id, currency, sum(amount_micros)::bigint as micros
    from referral_reward where referral_id = any($1) group by referral_id, currency
"""
_REWARD: Final = """
    insert into referral_reward (assignment_id, referral_id, currency, amount_micros, rewarded_at)
    select assignment_id, referral_id, currency, micros, $5
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
        as reward (assignment_id, referral_id, currency, micros)
"""
_MOVE: Final = """
    update referral r
    set state = moved.state, rewarded_through = greatest(r.rewarded_through, moved.through)
    from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as moved (id, state, through)
    where r.id = moved.id
"""


@one_transaction
async def reward_referrals(*, now: datetime, new_id: NewId, limit: int = 500) -> int:
    """Pay referrers their share of their referees' approved work (E7); how many rewards.

    Looks for work itself, so no approval is lost. May run any number of times at once.
    """
    referrals = await fetch(_LOCK_DUE, now, SAFETY_MARGIN, limit)
    if not referrals:
        return 0
    ids = [row["id"] for row in referrals]
    rows = await fetch(_WORKS, ids, SAFETY_MARGIN, limit)
    earned = {
        (row["referral_id"], row["currency"]): row["micros"] for row in await fetch(_EARNED, ids)
    }
    plan = plan_rewards(works=[_work(row) for row in rows], earned=earned)
    await _insert_rewards(plan.rewards, now)
    # The last page may have been cut short, so from its last referral on there may be more.
    complete_count = ids.index(rows[-1]["referral_id"]) if len(rows) == limit else len(ids)
    await _move(referrals, plan=plan, complete_ids=frozenset(ids[:complete_count]), now=now)
    await ledger.post(
        transfers=[_transfer(reward) for reward in plan.rewards],
        new_id=new_id,
        effective_on=now.date(),
    )
    return len(plan.rewards)


async def _insert_rewards(rewards: Sequence[Reward], now: datetime) -> None:
    await execute(
        _REWARD,
        [reward.assignment_id for reward in rewards],
        [reward.referral_id for reward in rewards],
        [reward.amount.currency for reward in rewards],
        [reward.amount.micros for reward in rewards],
        now,
    )


async def _move(
    referrals: Sequence[Mapping[str, Any]],
    *,
    plan: Plan,
    complete_ids: frozenset[UUID],
    now: datetime,
) -> None:
    rewarded_ids = {reward.referral_id for reward in plan.rewards}
    states: list[str] = []
    for row in referrals:
        is_over = row["id"] in complete_ids and row["ends_at"] <= now - SAFETY_MARGIN
        if is_over or row["id"] in plan.capped_ids:
            states.append(ReferralState.ENDED.value)
        elif row["id"] in rewarded_ids:
            states.append(ReferralState.EARNING.value)
        else:
            states.append(row["state"])
    ids = [row["id"] for row in referrals]
    await execute(_MOVE, ids, states, [now if id_ in complete_ids else None for id_ in ids])


def _transfer(reward: Reward) -> Transfer:
    return Transfer(
        event="E7",
        kind="referral.rewarded",
        key=f"referral:{reward.assignment_id}",
        correlation_id=reward.assignment_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.EXPENSE_REFERRALS), reward.amount),
            credit(Account(AccountKind.WORKER_EARNINGS, reward.referrer_id), reward.amount),
        ),
    )


def _work(row: Mapping[str, Any]) -> Work:
    return Work(
        referral_id=row["referral_id"],
        referrer_id=row["referrer_id"],
        assignment_id=row["assignment_id"],
        reward=Money(row["reward_micros"], row["currency"]),
        basis_points=row["basis_points"],
    )
