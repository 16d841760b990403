"""What time does to assignments and campaigns. Each sweep takes 500 rows and may run twice at
once: rows another run holds are skipped, and a move that was made is not found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.settle import (
    LOCKED_COLUMNS,
    Locked,
    approve,
    ask_for_fee_invoice,
    booking_of,
    cancel_outpriced,
    give_up_places,
    locked,
)
from domain.assignments.rules import DECISION_TIME_MIN, AssignmentState, DecidedBy, unused
from domain.assignments.rules.states import DISPUTE_TIME
from domain.campaigns import operations as campaigns
from domain.campaigns.queries import CAMPAIGN_COLUMNS, CampaignRecord, campaign_record
from domain.campaigns.rules import ARCHIVE_TIME, CampaignEvent, CampaignState
from domain.database import AWAY, execute, fetch, fetch_row, one_transaction
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.tasks import operations as tasks

_EXPIRE: Final = """
    with moved as (
        update assignment set state = case state when 'revoked' then 'returned' else 'expired' end
        where id in (
            select id from assignment where state in ('claimed', 'revoked') and deadline_at < $1
            order by id limit 500 for update skip locked)
        returning id, task_id
    ), freed as (
        select task_id, count(*) as places from moved group by task_id order by task_id
    ), opened as (
        update task set place_count_held = place_count_held - freed.places,
                        place_count_open = place_count_open + freed.places,
                        state = case state when 'agreed' then 'agreed' else 'open' end
        from freed where task.id = freed.task_id
    )
    select id from moved
"""


_PAY_BACK: Final = """
    update assignment a set is_outpriced = false
    from campaign c
    where c.id = a.campaign_id and a.id in (
        select id from assignment where is_outpriced order by id limit 500 for update skip locked)
    returning a.id, a.campaign_id, c.employer_id, a.worker_id, a.currency, a.reward_micros,
              a.fee_micros, a.vat_micros
"""


@one_transaction
async def expire_assignments(*, new_id: NewId, now: datetime) -> int:
    """Claims whose deadline has passed give their places back. What nobody can claim any more,
    for its price has changed, is paid back, also what workers gave back before.
    """
    expired = [row["id"] for row in await fetch(_EXPIRE, now)]
    outpriced = await cancel_outpriced(assignment_ids=expired)
    outpriced += [booking_of(row) for row in await fetch(_PAY_BACK)]
    transfers = [unused(booking) for booking in outpriced]
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())
    return len(expired)


_DUE: Final = f"""
    select {LOCKED_COLUMNS} from assignment a join campaign c on c.id = a.campaign_id
    where a.state = $1 and {{instant}} <= $2
    order by a.id limit 500 for update of a skip locked
"""  # noqa: S608  # our own column list
_DUE_FOR_APPROVAL: Final = _DUE.format(instant="a.approves_at")
_DUE_FOR_CLOSING: Final = _DUE.format(instant="a.decided_at")


@one_transaction
async def approve_overdue(*, new_id: NewId, now: datetime) -> int:
    """Submissions nobody decided on in time are paid (R4), and all of a blocked campaign."""
    works = await _due(_DUE_FOR_APPROVAL, AssignmentState.SUBMITTED, now)
    blocked = [work for work in works if work.campaign_state is CampaignState.BLOCKED]
    late = [work for work in works if work.campaign_state is not CampaignState.BLOCKED]
    for decided, by in ((late, DecidedBy.TIME), (blocked, DecidedBy.STAFF)):
        if decided:
            await approve(works=decided, decided_by=by, actor_id=None, new_id=new_id, now=now)
    return len(works)


@one_transaction
async def close_rejections(*, new_id: NewId, now: datetime) -> int:
    """Rejections nobody contested for seven days become final, and their money goes back (E5)."""
    works = await _due(_DUE_FOR_CLOSING, AssignmentState.REJECTED, now - DISPUTE_TIME)
    if works:
        await give_up_places(
            works=works,
            target=AssignmentState.CLOSED_REJECTED,
            actor_id=None,
            new_id=new_id,
            now=now,
        )
    return len(works)


_LAPSE: Final = """
    update assignment a
    set state = 'submitted', revision_count = c.revision_count_max,
        approves_at = greatest($2::timestamptz,
            case when a.revision_count > 1 then a.approves_at
                 else a.approves_at + interval '24 hours' end)
    from campaign c
    where c.id = a.campaign_id and a.id in (
        select id from assignment where state = 'revision_requested' and deadline_at < $1
        order by id limit 500 for update skip locked)
"""


@one_transaction
async def lapse_revisions(*, now: datetime) -> int:
    """A revision nobody delivered: the last submission is decided on, and none is asked again.

    The sweep that approves by time leaves a day at least to decide.
    """
    return await execute(_LAPSE, now, now + DECISION_TIME_MIN)


# No new claims, for good: places that come free are paid back.
ENDING: Final = frozenset({CampaignState.STOPPING, CampaignState.BLOCKED})
_BUSY: Final = """exists (select 1 from task t where t.campaign_id = c.id
                          and t.place_count_open + t.place_count_held > 0)"""
_OPEN: Final = """exists (select 1 from task t where t.campaign_id = c.id
                          and t.place_count_open > 0)"""
_UNDECIDED: Final = """exists (select 1 from assignment a where a.campaign_id = c.id
    and a.state in ('claimed', 'revoked', 'submitted', 'revision_requested', 'rejected',
                    'disputed'))"""
_MOVABLE: Final = f"""
    select c.id from campaign c
    where c.state in ('running', 'paused', 'paused_system', 'paused_admin', 'exhausted', 'stopping',
                      'blocked')
        and ((c.state in ('running', 'paused', 'paused_system') and c.ends_at <= $1)
        or (c.state = 'running' and not {_BUSY})
        or (c.state = 'exhausted' and ({_BUSY} or not {_UNDECIDED}))
        or (c.state in ('stopping', 'blocked') and ({_OPEN} or not {_UNDECIDED})))
    order by c.id limit 500
"""  # noqa: S608  # our own conditions
_LOCK_CAMPAIGN: Final = f"""
    select {CAMPAIGN_COLUMNS}, {_BUSY} as is_busy, {_OPEN} as is_open,
           {_UNDECIDED} as is_undecided
    from campaign c where c.id = $1 for no key update skip locked
"""  # noqa: S608


_ARCHIVABLE: Final = """
    select c.id from campaign c where c.state = 'finished' and c.finished_at <= $1
    order by c.finished_at limit 500
"""


async def advance_campaigns(*, new_id: NewId, now: datetime) -> int:
    """Campaigns that ran out of places, reached their end, wait for nothing any more, or have been
    over for long enough to be archived.

    A finished campaign asks for its fee invoice. One that fails keeps no other waiting; its
    failure is raised at the end.
    """
    moved = 0
    failures: list[Exception] = []
    for row in [*await fetch(_MOVABLE, now), *await fetch(_ARCHIVABLE, now - ARCHIVE_TIME)]:
        try:
            moved += await _advance(campaign_id=row["id"], new_id=new_id, now=now)
        except AWAY:
            raise
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is this campaign's
            failures.append(failure)
    if failures:
        raise failures[0]
    return moved


@one_transaction
async def _advance(*, campaign_id: UUID, new_id: NewId, now: datetime) -> bool:
    row = await fetch_row(_LOCK_CAMPAIGN, campaign_id)
    if row is None:
        return False  # somebody else is at it
    campaign = campaign_record(row)
    if campaign.state in ENDING and row["is_open"]:
        await tasks.release_open_places(campaign=campaign, actor_id=None, new_id=new_id, now=now)
        return True
    event = _due_event(campaign, is_busy=row["is_busy"], is_undecided=row["is_undecided"], now=now)
    if event is None:
        return False
    await campaigns.move_campaign(campaign=campaign, event=event)
    if event is CampaignEvent.STOP:
        await tasks.release_open_places(campaign=campaign, actor_id=None, new_id=new_id, now=now)
    if event is CampaignEvent.FINISH:
        await _finish(campaign, now)
    return True


def _due_event(
    campaign: CampaignRecord, *, is_busy: bool, is_undecided: bool, now: datetime
) -> CampaignEvent | None:
    is_over = campaign.ends_at is not None and campaign.ends_at <= now
    match campaign.state:
        case CampaignState.RUNNING if not is_busy:
            return CampaignEvent.EXHAUST
        case CampaignState.RUNNING | CampaignState.PAUSED | CampaignState.PAUSED_SYSTEM if is_over:
            return CampaignEvent.STOP
        case CampaignState.EXHAUSTED if is_busy:
            return CampaignEvent.REOPEN
        case CampaignState.EXHAUSTED | CampaignState.STOPPING | CampaignState.BLOCKED if (
            not is_undecided
        ):
            return CampaignEvent.FINISH
        case CampaignState.FINISHED if _is_archivable(campaign, now):
            return CampaignEvent.ARCHIVE
        case _:
            return None


def _is_archivable(campaign: CampaignRecord, now: datetime) -> bool:
    return campaign.finished_at is not None and campaign.finished_at + ARCHIVE_TIME <= now


async def _finish(campaign: CampaignRecord, now: datetime) -> None:
    await execute("update campaign set finished_at = $2 where id = $1", campaign.id, now)
    await ask_for_fee_invoice(
        employer_id=campaign.employer_id,
        currency=campaign.price.reward.currency,
        once_key=str(campaign.id),
    )


async def _due(sql: str, state: AssignmentState, until: datetime) -> Sequence[Locked]:
    return [locked(row) for row in await fetch(sql, state.value, until)]
