"""Members keep searches; the clock tells them of campaigns that open and fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.assignments.queries import claim_facts
from domain.assignments.rules import claim_reasons
from domain.campaigns.queries import OPEN
from domain.database import execute, fetch, fetch_row, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.events.queries import events_of_market, newest_position
from domain.events.rules import EventKind, EventPosition
from domain.filters import Condition, Parameters, Some, compiled
from domain.searches.rules import (
    ALERTS_A_DAY_MAX,
    NAME_LENGTH_MAX,
    PASSING,
    SEARCH_COUNT_MAX,
    read_condition,
    search_problem,
    stored_condition,
)
from domain.texts import require_text

EVENTS_MAX: Final = 100  # of one round through all searches
MEMBERS_MAX: Final = 20  # of one transaction

# One writer of a member's searches at a time: they are counted.
_LOCK: Final = "select pg_advisory_xact_lock(hashtext('saved_search'), hashtext($1::uuid::text))"
_OTHERS: Final = "select count(*) from saved_search where member_id = $1 and name <> $2"
_SET: Final = """
    insert into saved_search (member_id, name, filter, condition, is_alerting, set_at)
    values ($1, $2, $3, $4::text::jsonb, $5, $6)
    on conflict (member_id, name) do update
    set filter = excluded.filter, condition = excluded.condition,
        is_alerting = excluded.is_alerting, set_at = excluded.set_at
"""
_REMOVE: Final = "delete from saved_search where member_id = $1 and name = $2"
_POSITION: Final = """
    select tx::text as tx, seq, until_tx::text as until_tx, until_seq, last_member_id
    from search_position for update skip locked
"""
_END: Final = """
    update search_position set tx = $1::text::xid8, seq = $2, until_tx = null, until_seq = null,
                               last_member_id = null
"""
_GO_ON: Final = """
    update search_position
    set until_tx = $1::text::xid8, until_seq = $2, last_member_id = $3
"""
_SEARCHES: Final = """
    select member_id, array_agg(condition::text) as conditions
    from saved_search
    where is_alerting and member_id in (
        select distinct member_id from saved_search
        where is_alerting and ($1::uuid is null or member_id > $1) order by member_id limit $2)
    group by member_id order by member_id
"""
_FITTING: Final = """
    select {member}::uuid as member_id, id as campaign_id from campaign
    where id = any($1::uuid[]) and state = 'running' and employer_id <> {member}::uuid
      and not exists (select from search_alert a
                      where a.member_id = {member}::uuid and a.campaign_id = campaign.id)
      and ({condition})
"""
_TODAY: Final = """
    select member_id, count(*)::int as number from search_alert
    where member_id = any($1) and told_at >= $2 group by member_id
"""
_TELL: Final = """
    insert into search_alert (member_id, campaign_id, told_at)
    select member_id, campaign_id, $3 from unnest($1::uuid[], $2::uuid[])
        as found (member_id, campaign_id)
    on conflict (member_id, campaign_id) do nothing
"""


@one_transaction
async def set_search(
    *,
    member_id: UUID,
    name: str,
    filter: str,  # noqa: A002  # the word of the API
    condition: Condition,
    is_alerting: bool,
    now: datetime,
) -> str:
    """Keeps a search, or replaces the one of this name; gives the name as it is kept.

    `filter` says the same as `condition`, in the words of the API. Refuses with `InvalidInput`.
    """
    require_text(name, path="name", most=NAME_LENGTH_MAX, is_line=True)
    problem = search_problem(condition, filter=filter)
    if problem is not None:
        raise InvalidInput(problem, path=("where",))
    kept = name.strip()
    await execute(_LOCK, member_id)
    if await fetch_value(_OTHERS, member_id, kept) >= SEARCH_COUNT_MAX:
        raise InvalidInput(f"at most {SEARCH_COUNT_MAX} searches are kept", path=("name",))
    stored = msgspec.json.encode(stored_condition(condition)).decode()
    await execute(_SET, member_id, kept, filter, stored, is_alerting, now)
    return kept


@one_transaction
async def remove_search(*, member_id: UUID, name: str) -> None:
    """Refuses with `InvalidInput` or `NotFound`."""
    require_text(name, path="name", most=NAME_LENGTH_MAX, is_line=True)
    if not await execute(_REMOVE, member_id, name.strip()):
        raise NotFound("no such search")


@one_transaction
async def tell_searches(*, now: datetime) -> bool:
    """Looks through the searches of some members for campaigns that have opened; whether there may
    be more to do.

    A round goes from member to member, for the same events. What is told and how far the round
    has come is written together, so nobody is left out and nobody is told twice.
    """
    row = await fetch_row(_POSITION)
    if row is None:
        return False  # somebody else is at it
    at = EventPosition(int(row["tx"]), row["seq"])
    newest = await newest_position()
    if at.tx > newest.tx:  # restored into a server that counts its transactions from the start
        await execute(_END, str(newest.tx), newest.seq)
        return True
    events = await events_of_market(at=at, limit=EVENTS_MAX)
    if not events:
        return False
    if row["until_tx"] is not None:  # what came after the round began is for the next one
        end = EventPosition(int(row["until_tx"]), row["until_seq"])
    else:
        end = events[-1].position
    opened = {
        each.subject_id
        for each in events
        if each.kind is EventKind.CAMPAIGN_RUNNING and each.position <= end
    }
    searches = await _searches_after(row["last_member_id"]) if opened else {}
    if not searches:
        await execute(_END, str(end.tx), end.seq)
        return True
    await _tell(searches, sorted(opened), now=now)
    await execute(_GO_ON, str(end.tx), end.seq, max(searches))
    return True


async def _searches_after(member_id: UUID | None) -> dict[UUID, Condition]:
    """By member: what fits one of the member's searches."""
    return {
        row["member_id"]: Some(
            tuple(
                read_condition(msgspec.json.decode(each), OPEN.filters)
                for each in row["conditions"]
            )
        )
        for row in await fetch(_SEARCHES, member_id, MEMBERS_MAX)
    }


async def _tell(
    searches: Mapping[UUID, Condition], campaign_ids: Sequence[UUID], *, now: datetime
) -> None:
    fitting = await _fitting(searches, campaign_ids)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await fetch(_TODAY, list(fitting), midnight)
    told = {row["member_id"]: row["number"] for row in rows}
    found: list[tuple[UUID, UUID]] = []
    for member_id, candidates in fitting.items():
        left = ALERTS_A_DAY_MAX - told.get(member_id, 0)
        if left > 0:
            claimable = await _claimable(candidates, member_id, now=now)
            found += [(member_id, each) for each in claimable[:left]]
    if found:
        await execute(_TELL, [each for each, _ in found], [each for _, each in found], now)


async def _fitting(
    searches: Mapping[UUID, Condition], campaign_ids: Sequence[UUID]
) -> dict[UUID, list[UUID]]:
    """By member, in one statement: campaigns of others that the member was not told of."""
    parameters = Parameters([list(campaign_ids)])
    each_ones = [
        _FITTING.format(
            member=parameters.add(member_id),
            condition=compiled(condition, OPEN.filters, parameters),
        )
        for member_id, condition in searches.items()
    ]
    sql = " union all ".join(each_ones) + " order by member_id, campaign_id"
    fitting: dict[UUID, list[UUID]] = {}
    for row in await fetch(sql, *parameters.values):
        fitting.setdefault(row["member_id"], []).append(row["campaign_id"])
    return fitting


async def _claimable(campaign_ids: Sequence[UUID], worker_id: UUID, *, now: datetime) -> list[UUID]:
    """By the rule that the list of matches goes by, but for what passes."""
    facts = await claim_facts(campaign_ids=campaign_ids, worker_id=worker_id, task_id=None, now=now)
    return [
        each
        for each in campaign_ids
        if each in facts and PASSING.issuperset(claim_reasons(facts[each]))
    ]


_FORGET: Final = {
    "saved_search": "delete from saved_search where member_id = $1",
    "search_alert": "delete from search_alert where member_id = $1",
}


async def forget_searches(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
