"""Ends a campaign, and pays back what is open; what the answers mean needs no more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns import operations as campaigns
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignEvent
from domain.database import (
    execute,
    fetch_row,
    in_transaction,
    one_transaction,
)
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money
from domain.quality.rules import Aggregator
from domain.tasks.rules import (
    TaskConsensus,
)


@dataclass(frozen=True, slots=True)
class Stopped:
    campaign_id: UUID
    replayed: bool


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
