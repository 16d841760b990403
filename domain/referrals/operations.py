"""Everything that changes a referral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from re import fullmatch
from typing import Any, Final
from uuid import UUID

from domain.access import operations as access
from domain.access.provider import PasswordHasher
from domain.database import (
    execute,
    fetch,
    fetch_row,
    fetch_value,
    in_transaction,
    one_transaction,
)
from domain.errors import InvalidTransition, NotFound, Refused
from domain.given import NewId, NewToken
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members import queries as members
from domain.members.rules import SIGN_IN_STATES, Role
from domain.money import Money
from domain.referrals.queries import EARNED, LINK
from domain.referrals.rules import (
    CODE_LENGTH,
    MOVES,
    SAFETY_MARGIN,
    Plan,
    ReferralState,
    Reward,
    Work,
    end_of,
    plan_rewards,
)
from domain.texts import require_grounds


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


# Approved work that has earned nothing yet, and earns at least one micro. What a ruling split
# counts with the share that the referee got.
_UNREWARDED: Final = """
    from assignment a
    cross join lateral (
        select basis_points from rate
        where kind = 'referral' and scope = '*'
          and valid_from <= (a.decided_at at time zone 'UTC')::date
        order by valid_from desc limit 1
    ) share
    where a.worker_id = r.referee_id and a.state in ('approved', 'partly_approved')
      and a.decided_at >= r.rewarded_through - $2::interval and a.decided_at < r.ends_at
      and coalesce(a.awarded_reward_micros, a.reward_micros)::numeric * share.basis_points >= 5000
      and not exists (select from referral_reward w where w.assignment_id = a.id)
"""
# Locked referrals are another run's; whoever has the lock sees all earlier runs' rewards.
_LOCK_DUE: Final = f"""
    select r.id, r.state, r.ends_at,
           case when r.state = 'signed_up' then {LINK} end as reject_reason
    from referral r
    where r.state in ('signed_up', 'earning')
      and (r.ends_at <= $1::timestamptz - $2::interval or exists (select {_UNREWARDED}))
    order by r.rewarded_through, r.id limit $3 for update of r skip locked
"""  # noqa: S608  # our own condition
_WORKS: Final = f"""
    select r.id as referral_id, r.referrer_id, w.* from referral r
    cross join lateral (
        select a.id as assignment_id, a.currency, a.decided_at, share.basis_points,
               coalesce(a.awarded_reward_micros, a.reward_micros) as reward_micros
        {_UNREWARDED}
    ) w
    where r.id = any($1)
    order by array_position($1::uuid[], r.id), w.decided_at, w.assignment_id limit $3
"""  # noqa: S608
_REWARD: Final = """
    insert into referral_reward (assignment_id, referral_id, currency, amount_micros, rewarded_at)
    select assignment_id, referral_id, currency, micros, $5
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
        as reward (assignment_id, referral_id, currency, micros)
"""
_REJECT: Final = """
    update referral r set state = 'rejected', reject_reason = linked.reason
    from unnest($1::uuid[], $2::text[]) as linked (id, reason)
    where r.id = linked.id
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

    A referral whose first work is due is rejected instead where the two are linked.
    Looks for work itself, so no approval is lost. May run any number of times at once.
    """
    due = await fetch(_LOCK_DUE, now, SAFETY_MARGIN, limit)
    linked = [row for row in due if row["reject_reason"] is not None]
    if linked:
        reasons = [row["reject_reason"] for row in linked]
        await execute(_REJECT, [row["id"] for row in linked], reasons)
    referrals = [row for row in due if row["reject_reason"] is None]
    if not referrals:
        return 0
    ids = [row["id"] for row in referrals]
    rows = await fetch(_WORKS, ids, SAFETY_MARGIN, limit)
    earned = {
        (row["referral_id"], row["currency"]): row["micros"] for row in await fetch(EARNED, ids)
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


_LOCK_ONE: Final = "select referrer_id, state from referral where id = $1 for update"
_CLAW_BACK: Final = """
    update referral
    set state = 'clawed_back', claw_back_text = $2, clawed_back_by = $3, clawed_back_at = $4
    where id = $1
"""


@one_transaction
async def claw_back_referral(
    *,
    staff_id: UUID,
    referral_id: UUID,
    text: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> bool:
    """E7r: what it earned is taken back, as far as the referrer has it; the rest is our loss.

    A person has found fraud, and the referrer reads `text`. True for a key that was used before.
    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    require_grounds(text)
    row = await fetch_row(_LOCK_ONE, referral_id)
    if row is None:
        raise NotFound("no such referral")
    if ReferralState.CLAWED_BACK not in MOVES[ReferralState(row["state"])]:
        raise InvalidTransition(subject="referral", state=row["state"], event="claw_back")
    await execute(_CLAW_BACK, referral_id, text.strip(), staff_id, now)
    sums = await fetch(EARNED, [referral_id])
    transfers = [
        await _taken_back(
            referral_id, row["referrer_id"], Money(each["micros"], each["currency"]), staff_id
        )
        for each in sums
    ]
    await idempotency.answer(key=key, result=str(referral_id))
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())
    return False


async def _taken_back(
    referral_id: UUID, referrer_id: UUID, amount: Money, staff_id: UUID
) -> Transfer:
    account = Account(AccountKind.WORKER_EARNINGS, referrer_id)
    await ledger.lock_account(account=account, currency=amount.currency)
    there = await balances.available(account=account, currency=amount.currency)
    taken = min(amount, max(there, Money(0, amount.currency)))
    return Transfer(
        event="E7r",
        kind="referral.clawed_back",
        key=f"referral:{referral_id}:clawed_back:{amount.currency}",
        correlation_id=referral_id,
        actor_id=staff_id,
        legs=legs(
            debit(account, taken),
            debit(Account(AccountKind.EXPENSE_LOSSES), amount - taken),
            credit(Account(AccountKind.EXPENSE_REFERRALS), amount),
        ),
    )


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


_END_REFERRALS: Final = """
    update referral set ends_at = greatest(signed_up_at, $2)
    where referrer_id = $1 and ends_at > $2
"""
_FORGET: Final = "delete from referral_link where member_id = $1"


async def end_referrals(*, member_id: UUID, now: datetime) -> None:
    """Whoever leaves earns nothing by others any more. Part of the caller's transaction."""
    assert in_transaction()
    await execute(_END_REFERRALS, member_id, now)


async def forget_referral_link(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {"referral_link": await execute(_FORGET, member_id)}
