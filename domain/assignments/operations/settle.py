"""What decisions share: a locked assignment with its terms, and how its place and money end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.assignments.operations.mature import hold_until_mature
from domain.assignments.rules import (
    AssignmentEvent,
    AssignmentState,
    Booking,
    DecidedBy,
    approval,
    awarded,
    late_approval,
    next_state,
    refused_to_employer,
    refused_to_escrow,
    split_approval,
    unused,
)
from domain.campaigns.rules import REOPENING_STATES, CampaignState, Price
from domain.database import execute, fetch, in_transaction
from domain.errors import InvalidTransition
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from domain.workers import operations as workers
from domain.workers.rules import Merit, MeritReason

# What was handed in to a campaign that staff blocked is paid, whatever its employer thinks.
NOT_WHEN_BLOCKED: Final = frozenset({AssignmentEvent.REJECT, AssignmentEvent.ASK_REVISION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """An assignment whose row is ours until the transaction ends."""

    task_id: UUID
    state: AssignmentState
    campaign_state: CampaignState
    booking: Booking
    instruction_version: int
    revision_count: int
    revision_count_max: int
    review_time: timedelta
    deadline_at: datetime
    approves_at: datetime | None
    decided_at: datetime | None
    decided_by: DecidedBy | None

    @property
    def id(self) -> UUID:
        return self.booking.assignment_id

    def require(self, event: AssignmentEvent) -> AssignmentState:
        """The state after the event, or `InvalidTransition`."""
        target = next_state(self.state, event)
        is_late = self.campaign_state is CampaignState.BLOCKED and event in NOT_WHEN_BLOCKED
        if target is None or is_late:
            raise InvalidTransition(subject="the assignment", state=self.state, event=event)
        return target

    def require_in_time(self, event: AssignmentEvent, now: datetime) -> AssignmentState:
        """`require`, and the review time has not passed: from then on the work is as good as
        paid (R4), however late the sweep comes that pays it.
        """
        target = self.require(event)
        if self.approves_at is not None and self.approves_at <= now:
            raise InvalidTransition(
                subject="the assignment", state="past its review time", event=event
            )
        return target


LOCKED_COLUMNS: Final = """
    a.id, a.task_id, a.campaign_id, a.worker_id, c.employer_id, a.state, c.state as campaign_state,
    a.currency, a.reward_micros, a.fee_micros, a.vat_micros, a.instruction_version,
    a.revision_count, c.revision_count_max, c.review_days, a.deadline_at, a.approves_at,
    a.decided_at, a.decided_by
"""
_LOCK: Final = f"""
    select {LOCKED_COLUMNS} from assignment a join campaign c on c.id = a.campaign_id
    where a.id = $1 for update of a
"""  # noqa: S608  # our own column list


async def lock_assignment(*, assignment_id: UUID) -> Locked | None:
    assert in_transaction()
    rows = await fetch(_LOCK, assignment_id)
    return locked(rows[0]) if rows else None


_APPROVE: Final = """
    with moved as (
        update assignment set state = 'approved', decided_at = $2, decided_by = $3
        where id = any($1) returning task_id
    ), settled as (
        select task_id, count(*) as places from moved group by task_id order by task_id
    )
    update task set place_count_filled = place_count_filled - settled.places,
                    place_count_settled = place_count_settled + settled.places
    from settled where task.id = settled.task_id
"""


async def approve(
    *,
    works: Sequence[Locked],
    decided_by: DecidedBy,
    actor_id: UUID | None,
    new_id: NewId,
    now: datetime,
) -> None:
    """E4 for each, their places settled: one posting however many there are."""
    assert in_transaction()
    await execute(_APPROVE, [work.id for work in works], now, decided_by.value)
    merits = [_merit(work.booking) for work in works]
    await workers.gain_points(merits=merits, on=now.date())
    transfers = [approval(work.booking, actor_id=actor_id) for work in works]
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())
    earned = [(work.booking, work.booking.price.reward) for work in works]
    await hold_until_mature(earned=earned, new_id=new_id, now=now)


_APPROVE_PARTLY: Final = """
    with moved as (
        update assignment
        set state = 'partly_approved', decided_at = $2, decided_by = 'ruling',
            awarded_reward_micros = $3, awarded_fee_micros = $4, awarded_vat_micros = $5
        where id = $1 returning task_id
    )
    update task set place_count_filled = place_count_filled - 1,
                    place_count_settled = place_count_settled + 1
    from moved where task.id = moved.task_id
"""


async def approve_partly(
    *, work: Locked, percent: int, actor_id: UUID | None, new_id: NewId, now: datetime
) -> None:
    """E4p: that share of reward, fee and VAT; the rest goes back to the employer."""
    assert in_transaction()
    award = awarded(work.booking.price, percent)
    await execute(
        _APPROVE_PARTLY, work.id, now, award.reward.micros, award.fee.micros, award.vat.micros
    )
    await workers.gain_points(merits=[_merit(work.booking, award.reward)], on=now.date())
    transfer = split_approval(work.booking, award=award, actor_id=actor_id)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    await hold_until_mature(earned=[(work.booking, award.reward)], new_id=new_id, now=now)


_APPROVE_LATE: Final = """
    update assignment
    set state = 'approved', decided_at = $2, decided_by = $3, is_beyond_places = true where id = $1
"""


async def approve_late(
    *, work: Locked, decided_by: DecidedBy, actor_id: UUID, new_id: NewId, now: datetime
) -> None:
    """E4r: its place may be another worker's by now, so the places stay as they are.

    Refuses with `BalanceTooLow`.
    """
    assert in_transaction()
    available = Account(AccountKind.EMPLOYER_AVAILABLE, work.booking.employer_id)
    await ledger.require_available(account=available, amount=work.booking.price.total)
    await execute(_APPROVE_LATE, work.id, now, decided_by.value)
    await workers.gain_points(merits=[_merit(work.booking)], on=now.date())
    if work.campaign_state is CampaignState.FINISHED:
        await ask_for_fee_invoice(
            employer_id=work.booking.employer_id,
            currency=work.booking.price.reward.currency,
            once_key=f"assignment {work.id}",
        )
    transfer = late_approval(work.booking, actor_id=actor_id)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    earned = [(work.booking, work.booking.price.reward)]
    await hold_until_mature(earned=earned, new_id=new_id, now=now)


async def ask_for_fee_invoice(*, employer_id: UUID, currency: str, once_key: str) -> None:
    """Of a campaign that is over, and has fees on no document."""
    arguments = {"employer_id": str(employer_id), "currency": currency}
    await enqueue([JobRequest(name="fee_invoice_issue", arguments=arguments, once_key=once_key)])


_GIVE_UP: Final = """
    update assignment set state = $2, decided_at = coalesce(decided_at, $3),
                          decided_by = coalesce($4, decided_by)
    where id = any($1)
"""
_MOVE_PLACES: Final = """
    update task set place_count_filled = place_count_filled - given.reopened - given.cancelled,
                    place_count_open = place_count_open + given.reopened,
                    place_count_cancelled = place_count_cancelled + given.cancelled,
                    state = case when given.reopened > 0 and state <> 'agreed' then 'open'
                                 else state end
    from (select * from unnest($1::uuid[], $2::int[], $3::int[]) as g (task_id, reopened, cancelled)
          order by task_id) as given
    where task.id = given.task_id
"""


async def give_up_places(
    *,
    works: Sequence[Locked],
    target: AssignmentState,
    actor_id: UUID | None,
    decided_by: DecidedBy | None = None,
    new_id: NewId,
    now: datetime,
) -> None:
    """E5 for each: where the campaign lives on the place opens again, else it is paid back.

    Without a `decided_by` it stays who decided before.
    """
    assert in_transaction()
    decided = None if decided_by is None else decided_by.value
    await execute(_GIVE_UP, [work.id for work in works], target.value, now, decided)
    reopened = Counter(work.task_id for work in works if _reopens(work))
    cancelled = Counter(work.task_id for work in works if not _reopens(work))
    task_ids = sorted({work.task_id for work in works})
    await execute(
        _MOVE_PLACES,
        task_ids,
        [reopened[task_id] for task_id in task_ids],
        [cancelled[task_id] for task_id in task_ids],
    )
    transfers = [
        (refused_to_escrow if _reopens(work) else refused_to_employer)(
            work.booking, actor_id=actor_id
        )
        for work in works
    ]
    reopened_ids = [work.id for work in works if _reopens(work)]
    outpriced = await cancel_outpriced(assignment_ids=reopened_ids)
    transfers += [unused(booking) for booking in outpriced]
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())


# Their tasks' rows are ours by what opened the places: so the price is that of now.
_OUTPRICED: Final = """
    with outpriced as (
        select a.id, a.task_id, a.campaign_id, a.worker_id, c.employer_id, a.currency,
               a.reward_micros, a.fee_micros, a.vat_micros
        from assignment a join campaign c on c.id = a.campaign_id
        where a.id = any($1) and (a.reward_micros, a.fee_micros, a.vat_micros)
                                 <> (c.reward_micros, c.fee_micros, c.vat_micros)
    ), closed as (
        select task_id, count(*)::int as places from outpriced group by task_id order by task_id
    ), moved as (
        update task
        set place_count_open = place_count_open - closed.places,
            place_count_cancelled = place_count_cancelled + closed.places,
            state = case when state = 'open' and place_count_open = closed.places then 'full'
                         else state end
        from closed where task.id = closed.task_id
    )
    select * from outpriced order by id
"""


async def cancel_outpriced(*, assignment_ids: Sequence[UUID]) -> list[Booking]:
    """Places that these have just given back, where the campaign has another price by now: nobody
    can claim them at the old one, so they are cancelled. The caller sees to it that they are paid
    back.
    """
    assert in_transaction()
    if not assignment_ids:
        return []
    return [booking_of(row) for row in await fetch(_OUTPRICED, list(assignment_ids))]


def _merit(booking: Booking, award: Money | None = None) -> Merit:
    """Of work that is paid as a whole, or for the `award` of a split."""
    return Merit(
        assignment_id=booking.assignment_id,
        worker_id=booking.worker_id,
        reason=MeritReason.APPROVED if award is None else MeritReason.PARTLY_APPROVED,
        earned=booking.price.reward if award is None else award,
    )


def _reopens(work: Locked) -> bool:
    return work.campaign_state in REOPENING_STATES


def locked(row: Mapping[str, Any]) -> Locked:
    return Locked(
        task_id=row["task_id"],
        state=AssignmentState(row["state"]),
        campaign_state=CampaignState(row["campaign_state"]),
        booking=booking_of(row),
        instruction_version=row["instruction_version"],
        revision_count=row["revision_count"],
        revision_count_max=row["revision_count_max"],
        review_time=timedelta(days=row["review_days"]),
        deadline_at=row["deadline_at"],
        approves_at=row["approves_at"],
        decided_at=row["decided_at"],
        decided_by=None if row["decided_by"] is None else DecidedBy(row["decided_by"]),
    )


def booking_of(row: Mapping[str, Any]) -> Booking:
    currency = row["currency"]
    return Booking(
        assignment_id=row["id"],
        campaign_id=row["campaign_id"],
        employer_id=row["employer_id"],
        worker_id=row["worker_id"],
        price=Price(
            reward=Money(row["reward_micros"], currency),
            fee=Money(row["fee_micros"], currency),
            vat=Money(row["vat_micros"], currency),
        ),
    )
