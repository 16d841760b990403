"""Proposals, by staff and by the rule of 6.5. From here on a person has 48 hours."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, in_transaction, one_transaction
from domain.errors import InvalidTransition, NotAllowed, NotFound
from domain.given import NewId
from domain.members import operations as members
from domain.members.queries import require_role
from domain.members.rules import FREE_STATES, MemberState, Role
from domain.quality.rules import SUSPENSION_GOLD_MIN
from domain.quality.rules import propose_suspension as is_unreliable
from domain.suspensions.operations.steps import require_own_work
from domain.suspensions.rules import (
    ACCURACY_MIN,
    REVIEW_TIME,
    WORK_COUNT_MAX,
    Measured,
    SuspensionSource,
    SuspensionState,
    Work,
)
from domain.texts import require_grounds

UNRELIABLE_MAX: Final = 500
# A gold task has a known label; what it was answered counts since the last proposal, so that
# nobody is proposed twice for the same. Agreement is with what the crowd was found to mean:
# how likely the worker's own label is, where others agree on another one.
_MEASURED: Final = """
    with asked as (
        select a.worker_id from task t join assignment a on a.task_id = t.id
        where t.gold_label is not null and a.state in ('submitted', 'revision_requested',
              'approved', 'partly_approved', 'rejected', 'disputed', 'closed_rejected')
        group by a.worker_id having count(*) >= $1
    ), since as (
        select m.id as worker_id, coalesce(max(s.proposed_at), '-infinity') as at
        from asked join member m on m.id = asked.worker_id
        left join suspension s on s.member_id = m.id
        where m.state in ('registered', 'active') group by m.id
    ), answers as (
        select a.worker_id, a.id, t.gold_label, k.label, k.confidence_percent, i.text as said
        from since
        join assignment a on a.worker_id = since.worker_id and a.claimed_at > since.at
        join task t on t.id = a.task_id
        left join task_consensus k on k.task_id = t.id
        cross join lateral (select s.id from submission s where s.assignment_id = a.id
                            order by s.revision desc limit 1) s
        join submission_item i on i.submission_id = s.id and i.role = 'answer'
        where t.gold_label is not null or k.confidence_percent is not null
    )
    select worker_id, count(gold_label) as gold,
           count(*) filter (where said = gold_label) as gold_right,
           round(avg(case when said = label then confidence_percent
                          else 100 - confidence_percent end))::int as agreement,
           (array_agg(id order by id desc) filter (where said <> gold_label))[1:$2] as wrong
    from answers group by worker_id
    having count(gold_label) >= $1
       and count(*) filter (where said = gold_label) < count(gold_label) * $4::float
       and avg(case when said = label then confidence_percent
                    else 100 - confidence_percent end) < 100 * $4::float
    order by worker_id limit $3
"""


@one_transaction
async def propose_suspension(
    *, staff_id: UUID, member_id: UUID, text: str, work: Work, new_id: NewId, now: datetime
) -> UUID:
    """The member may begin nothing new until another person decides, 48 hours at most.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound`, or `InvalidTransition` for whom it is
    proposed already, or who does not act.
    """
    return await begin_proposal(
        staff_id=staff_id, member_id=member_id, text=text, work=work, new_id=new_id, now=now
    )


async def begin_proposal(
    *, staff_id: UUID, member_id: UUID, text: str, work: Work, new_id: NewId, now: datetime
) -> UUID:
    """As `propose_suspension`, in the transaction of another decision. Refuses as that one."""
    assert in_transaction()
    await require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("nobody proposes this for themselves")
    require_grounds(text)
    found = await fetch_row("select state from member where id = $1 for update", member_id)
    if found is None:
        raise NotFound("no such member")
    await require_own_work(member_id, work)
    if found["state"] not in FREE_STATES:
        raise InvalidTransition(subject="the member", state=found["state"], event="restrict")
    return await _begin(
        member_id=member_id,
        before=MemberState(found["state"]),
        source=SuspensionSource.STAFF,
        staff_id=staff_id,
        text=text.strip(),
        work=work,
        measured=None,
        new_id=new_id,
        now=now,
    )


async def propose_unreliable(*, new_id: NewId, now: datetime) -> int:
    """How many workers a person should look at, as gold and the crowd agree (6.5).

    May run twice at once: whoever is proposed already is left alone.
    """
    limits = SUSPENSION_GOLD_MIN, WORK_COUNT_MAX, UNRELIABLE_MAX, ACCURACY_MIN
    rows = await fetch(_MEASURED, *limits)
    proposed = 0
    for row in rows:
        right, wrong = row["gold_right"], row["gold"] - row["gold_right"]
        agreement = row["agreement"] / 100
        if is_unreliable(right=right, wrong=wrong, reliability=agreement, threshold=ACCURACY_MIN):
            measured = Measured(
                gold_count=row["gold"], gold_right_count=right, agreement_percent=row["agreement"]
            )
            work = Work(assignment_ids=tuple(row["wrong"]))
            proposed += await _propose_worker(row["worker_id"], work, measured, new_id, now)
    return proposed


@one_transaction
async def _propose_worker(
    worker_id: UUID, work: Work, measured: Measured, new_id: NewId, now: datetime
) -> bool:
    found = await fetch_row("select state from member where id = $1 for update", worker_id)
    assert found is not None
    if found["state"] not in FREE_STATES:
        return False
    await _begin(
        member_id=worker_id,
        before=MemberState(found["state"]),
        source=SuspensionSource.RELIABILITY,
        staff_id=None,
        text=None,
        work=work,
        measured=measured,
        new_id=new_id,
        now=now,
    )
    return True


_INSERT: Final = """
    insert into suspension
        (id, member_id, state, source, grounds, assignment_ids, campaign_ids, gold_count,
         gold_right_count, agreement_percent, member_state, proposed_at, proposed_by, due_at)
    values ($1, $2, 'proposed', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


async def _begin(
    *,
    member_id: UUID,
    before: MemberState,
    source: SuspensionSource,
    staff_id: UUID | None,
    text: str | None,
    work: Work,
    measured: Measured | None,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """The member's row is locked. Proposed, and at once for a person to look at."""
    suspension_id = new_id()
    await execute(
        _INSERT,
        suspension_id,
        member_id,
        source.value,
        text,
        list(work.assignment_ids),
        list(work.campaign_ids),
        None if measured is None else measured.gold_count,
        None if measured is None else measured.gold_right_count,
        None if measured is None else measured.agreement_percent,
        before.value,
        now,
        staff_id,
        now + REVIEW_TIME,
    )
    await execute(
        "update suspension set state = $2 where id = $1",
        suspension_id,
        SuspensionState.HUMAN_REVIEW.value,
    )
    await members.move_member(member_id=member_id, sources={before}, to=MemberState.RESTRICTED)
    return suspension_id
