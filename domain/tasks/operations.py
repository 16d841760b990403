"""Adds tasks and places, and ends a campaign: they move places, and with them money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.campaigns import operations as campaigns
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignEvent, CampaignState
from domain.database import (
    execute,
    fetch,
    fetch_row,
    fetch_value,
    in_transaction,
    one_transaction,
)
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members.operations import require_free
from domain.money import Money
from domain.quality.rules import Aggregator
from domain.tasks.queries import plans_of
from domain.tasks.rules import (
    EXTENSION_MAX,
    PLACE_COUNT_MAX,
    PLACE_TOTAL_MAX,
    NewTask,
    TaskConsensus,
    TaskState,
    first_problem,
    mode_problem,
    plan_problem,
)


@dataclass(frozen=True, slots=True)
class Stopped:
    campaign_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into task
        (id, campaign_id, position, state, content_kind, content_text, content_url,
         external_reference, priority, place_count_total, place_count_open, place_count_held,
         place_count_filled, place_count_settled, place_count_cancelled, gold_label,
         answers_asked, variables)
    select w.id, $1, w.position, 'open', w.kind, w.text, w.url, w.reference, w.priority,
           w.places, w.places, 0, 0, 0, 0, w.gold, case when w.gold is null then $11::int end,
           w.variables
    from unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
                $9::int[], $10::text[], $12::jsonb[])
        as w (id, position, kind, text, url, reference, priority, places, gold, variables)
"""


async def append_tasks(
    *, employer_id: UUID, campaign_id: UUID, tasks: Sequence[NewTask], new_id: NewId
) -> list[UUID]:
    """Append tasks to a draft; all of them or none.

    Refuses with `NotFound`, `InvalidTransition` once funded, or `InvalidInput` that names
    the first wrong task.
    """
    assert in_transaction()
    campaign = await campaigns.lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state is not CampaignState.DRAFT:
        raise InvalidTransition(subject="the campaign", state=campaign.state, event="add tasks")
    plan = (await plans_of(campaign_ids=[campaign_id])).get(campaign_id)
    problem = (
        first_problem(tasks) or plan_problem(tasks, plan) or mode_problem(tasks, campaign.work_mode)
    )
    if problem is not None:
        message, path = problem
        raise InvalidInput(message, path=path)
    added = sum(task.place_count for task in tasks)
    if campaign.place_count + added > PLACE_TOTAL_MAX:
        raise InvalidInput(f"a campaign has at most {PLACE_TOTAL_MAX:,} places", path=("tasks",))
    await campaigns.name_variables(campaign=campaign, names=tasks[0].variables)
    last = await fetch_value(
        "select coalesce(max(position), 0) from task where campaign_id = $1", campaign_id
    )
    ids = [new_id() for _ in tasks]
    await fetch(
        _INSERT,
        campaign_id,
        ids,
        [last + number for number in range(1, len(tasks) + 1)],
        [task.kind.value for task in tasks],
        [task.text.strip() for task in tasks],
        [task.url for task in tasks],
        [task.external_reference for task in tasks],
        [task.priority for task in tasks],
        [task.place_count for task in tasks],
        [task.gold_label for task in tasks],
        None if plan is None else plan.answer_count_min,
        [_json(task.variables) for task in tasks],
    )
    await campaigns.note_hosts(
        campaign_id=campaign_id, texts=(text for task in tasks for text in task.texts)
    )
    await campaigns.count_places(campaign_id=campaign_id, added=added)
    return ids


add_tasks: Final = one_transaction(append_tasks)


def _json(variables: Mapping[str, str]) -> str:
    named = [{"name": name, "value": value} for name, value in variables.items()]
    return msgspec.json.encode(named).decode()


@one_transaction
async def stop_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Stopped:
    """Take no more claims and give back what open places would have cost (E10), fee too.

    Live claims and submissions go on; what they leave over comes back as they end.
    Refuses with `NotFound` or `InvalidTransition`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Stopped(campaign_id, replayed=True)
    campaign = await campaigns.lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await campaigns.move_campaign(campaign=campaign, event=CampaignEvent.STOP)
    await release_open_places(campaign=campaign, actor_id=employer_id, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(campaign_id))
    return Stopped(campaign_id, replayed=False)


@dataclass(frozen=True, slots=True)
class Extended:
    campaign_id: UUID
    replayed: bool


_EXTENDED_TASK: Final = """
    select id, place_count_total, state from task
    where campaign_id = $1 and ($2::uuid is null or id = $2) order by position limit 2 for update
"""
_ADD_PLACES: Final = """
    update task set place_count_total = place_count_total + $2,
                    place_count_open = place_count_open + $2, state = 'open'
    where id = $1
"""


@one_transaction
async def extend_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    task_id: UUID | None,
    place_count: int,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Extended:
    """So many more places of a task, or of the only one, at the campaign's own price (E2).

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput`, `MemberRestricted`,
    `EmployerUnverified` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Extended(campaign_id, replayed=True)
    await require_free(member_id=employer_id)
    campaign = await campaigns.lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await campaigns.move_campaign(campaign=campaign, event=CampaignEvent.EXTEND)
    await _buy_places(campaign, task_id=task_id, place_count=place_count, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(campaign_id))
    return Extended(campaign_id, replayed=False)


@dataclass(frozen=True, slots=True)
class Restarted:
    campaign_id: UUID
    replayed: bool


@one_transaction
async def restart_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    task_id: UUID | None,
    place_count: int,
    ends_at: datetime | None,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Restarted:
    """So many more places for a finished campaign, at its own price (E2). It runs again, or waits
    for staff where they look first.

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput`, `NotAllowed` where it was
    blocked, `MemberRestricted`, `ConsentRequired`, `EmployerUnverified` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Restarted(campaign_id, replayed=True)
    campaign = await campaigns.begin_restart(
        employer_id=employer_id, campaign_id=campaign_id, ends_at=ends_at, now=now
    )
    await _buy_places(campaign, task_id=task_id, place_count=place_count, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(campaign_id))
    return Restarted(campaign_id, replayed=False)


async def _buy_places(
    campaign: CampaignRecord,
    *,
    task_id: UUID | None,
    place_count: int,
    new_id: NewId,
    now: datetime,
) -> None:
    await _add_places(campaign, task_id=task_id, place_count=place_count)
    await campaigns.require_within_cap(campaign=campaign, now=now)
    whole = campaign.place_count + place_count  # only grows, so each time has its own key
    await campaigns.set_aside(
        campaign=campaign,
        cost=campaign.price,
        place_count=place_count,
        kind="campaign.extended",
        key=f"campaign:{campaign.id}:extended:{whole}",
        new_id=new_id,
        now=now,
    )


async def _add_places(campaign: CampaignRecord, *, task_id: UUID | None, place_count: int) -> None:
    if not 1 <= place_count <= EXTENSION_MAX:
        raise InvalidInput(f"1 to {EXTENSION_MAX:,} places", path=("place_count",))
    found = await fetch(_EXTENDED_TASK, campaign.id, task_id)
    if not found:
        raise NotFound("no such task")
    if len(found) > 1:
        raise InvalidInput("it has several tasks: name one", path=("task_id",))
    task = found[0]
    if task["state"] == TaskState.AGREED:
        raise InvalidInput("its answers agree: it needs no more", path=("task_id",))
    if task["place_count_total"] + place_count > PLACE_COUNT_MAX:
        raise InvalidInput(f"a task has at most {PLACE_COUNT_MAX:,} places", path=("place_count",))
    if campaign.place_count + place_count > PLACE_TOTAL_MAX:
        message = f"a campaign has at most {PLACE_TOTAL_MAX:,} places"
        raise InvalidInput(message, path=("place_count",))
    await execute(_ADD_PLACES, task["id"], place_count)
    await campaigns.count_places(campaign_id=campaign.id, added=place_count)


_CANCEL_OPEN: Final = """
    with free as (
        select id, place_count_open from task
        where campaign_id = $1 and place_count_open > 0
          and ($2::uuid[] is null or id = any($2)) order by id for update
    ), cancelled as (
        update task t
        set place_count_cancelled = t.place_count_cancelled + t.place_count_open,
            place_count_open = 0,
            state = case t.state when 'agreed' then 'agreed' else 'full' end
        from free where free.id = t.id
        returning free.place_count_open as places
    )
    select coalesce(sum(places), 0)::bigint as places,
           (select sum(place_count_cancelled) from task where campaign_id = $1)::bigint as before
    from cancelled
"""


async def release_open_places(
    *,
    campaign: CampaignRecord,
    actor_id: UUID | None,
    task_ids: Sequence[UUID] | None = None,
    new_id: NewId,
    now: datetime,
) -> None:
    """Cancel the open places of a campaign that its caller has locked, and pay them back (E10):
    of these tasks, or of all.
    """
    assert in_transaction()
    given = None if task_ids is None else list(task_ids)
    row = await fetch_row(_CANCEL_OPEN, campaign.id, given)
    assert row is not None
    if row["places"] == 0 and given is not None:
        return
    # The count of cancelled places only grows, so each refund has a key of its own.
    cancelled = row["before"] + row["places"]
    transfer = refund_of_places(
        campaign=campaign,
        places=row["places"],
        key=f"campaign:{campaign.id}:cancelled:{cancelled}",
        actor_id=actor_id,
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


def refund_of_places(
    *, campaign: CampaignRecord, places: int, key: str, actor_id: UUID | None
) -> Transfer:
    """E10: the whole price of unused places, from escrow to what the employer may spend."""
    cost = campaign.price
    reward = Money(places * cost.reward.micros, cost.reward.currency)
    fees = Money(places * (cost.fee + cost.vat).micros, cost.reward.currency)
    return Transfer(
        event="E10",
        kind="campaign.places_cancelled",
        key=key,
        correlation_id=campaign.id,
        actor_id=actor_id,
        legs=legs(
            debit(Account(AccountKind.CAMPAIGN_ESCROW, campaign.id), reward),
            debit(Account(AccountKind.CAMPAIGN_FEES, campaign.id), fees),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, campaign.employer_id), reward + fees),
        ),
    )


_ASK: Final = """
    update task set answers_asked = w.asked, state = 'open'
    from (select * from unnest($2::uuid[], $3::int[]) as u (id, asked) order by id) as w
    where task.id = w.id and task.campaign_id = $1 and task.state in ('open', 'full')
      and task.answers_asked < w.asked and task.place_count_open > 0
"""
_AGREE: Final = """
    update task set state = 'agreed'
    where campaign_id = $1 and id = any($2) and state in ('open', 'full') and gold_label is null
"""


async def ask_for_answers(*, campaign: CampaignRecord, asked: Mapping[UUID, int]) -> None:
    """That many places of each task may be taken from now on. On a locked campaign."""
    assert in_transaction()
    await execute(_ASK, campaign.id, list(asked), list(asked.values()))


async def agree_on_tasks(
    *, campaign: CampaignRecord, task_ids: Sequence[UUID], new_id: NewId, now: datetime
) -> None:
    """No more answers to these; the money of their open places goes back (E10). On a locked
    campaign. Places that come free later are paid back when they are met here again.
    """
    assert in_transaction()
    await execute(_AGREE, campaign.id, list(task_ids))
    await release_open_places(
        campaign=campaign, actor_id=None, task_ids=task_ids, new_id=new_id, now=now
    )


_STORE: Final = """
    insert into task_consensus (task_id, label, answer_count, confidence_percent, aggregator)
    select w.id, w.label, w.answers, w.confidence, $5
    from unnest($1::uuid[], $2::text[], $3::int[], $4::int[])
        as w (id, label, answers, confidence)
    on conflict (task_id) do update
    set label = excluded.label, answer_count = excluded.answer_count,
        confidence_percent = excluded.confidence_percent, aggregator = excluded.aggregator
"""


async def store_consensus(*, found: Sequence[TaskConsensus], aggregator: Aggregator) -> None:
    """What the answers to these tasks mean, in place of what was found before."""
    assert in_transaction()
    await execute(
        _STORE,
        [each.task_id for each in found],
        [each.label for each in found],
        [each.answer_count for each in found],
        [each.confidence_percent for each in found],
        aggregator.value,
    )
