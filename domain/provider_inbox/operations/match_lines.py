"""Holds what providers say was booked against our books; what disagrees is looked into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, one_transaction
from domain.deposits import operations as deposits
from domain.given import NewId
from domain.payouts import operations as payouts
from domain.provider_inbox import queries
from domain.provider_inbox.queries import Subject
from domain.provider_inbox.rules import LineState, Reason, Verdict, verdicts, waited
from domain.provider_news import StatementLine

LINES_MAX: Final = 20_000  # open ones of an instance: beyond that people have more urgent work

_INSERT: Final = """
    insert into provider_statement_line
        (id, instance_id, line_id, kind, booked_at, currency, amount_micros, item_ref,
         deposit_ref, provider_ref, raw_code, received_at, state, reason)
    select given.id, $1, given.line_id, given.kind, given.booked_at, given.currency,
           given.amount_micros, given.item_ref, given.deposit_ref, given.provider_ref,
           given.raw_code, $2, 'waiting', 'not_booked_here'
    from unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bigint[],
                $9::text[], $10::text[], $11::text[], $12::text[])
        as given (id, line_id, kind, booked_at, currency, amount_micros, item_ref, deposit_ref,
                  provider_ref, raw_code)
    on conflict (instance_id, line_id) do nothing
    returning id
"""
_SAVE: Final = """
    update provider_statement_line l
    set state = found.state, reason = found.reason, subject_id = found.subject_id,
        settled_at = case when found.state = 'matched' then $1::timestamptz end
    from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[])
        as found (id, state, reason, subject_id)
    where l.id = found.id and l.state in ('waiting', 'exception')
"""


async def insert_lines(
    lines: Sequence[StatementLine], *, instance_id: str, new_id: NewId, now: datetime
) -> int:
    """Inside the caller's transaction; a line that is here already stays as it is."""
    rows = await fetch(
        _INSERT,
        instance_id,
        now,
        [new_id() for _ in lines],
        [each.line_id for each in lines],
        [each.kind.value for each in lines],
        [each.booked_at for each in lines],
        [each.amount.currency for each in lines],
        [each.amount.micros for each in lines],
        [each.item_ref for each in lines],
        [each.deposit_ref for each in lines],
        [each.provider_ref for each in lines],
        [each.raw_code[:200] for each in lines],
    )
    return len(rows)


@one_transaction
async def match_lines(*, instance_id: str, now: datetime) -> int:
    """How many open lines of the instance agree now. What may still heal is looked up."""
    subjects = await queries.subjects_of(instance_id=instance_id, limit=LINES_MAX)
    clear = {each.line_id: each.ids[0] for each in subjects if len(each.ids) == 1}
    lines = await queries.lines_of(instance_id=instance_id, subjects=clear)
    booked = await queries.booked_of(subject_ids=sorted(lines))
    found: dict[UUID, Verdict] = {}
    for subject_id, of_subject in lines.items():
        found |= verdicts(lines=of_subject, booked=booked[subject_id], now=now)
    for each in subjects:
        if each.line_id not in found:
            found[each.line_id] = _without_subject(each, now)
    await _save(found, clear, now=now)
    await _look_up(
        [each for each in subjects if found[each.line_id].state is LineState.WAITING], now=now
    )
    return sum(verdict.state is LineState.MATCHED for verdict in found.values())


def _without_subject(subject: Subject, now: datetime) -> Verdict:
    if not subject.has_ref:
        return Verdict(LineState.EXCEPTION, Reason.NO_REF)
    may_heal = not subject.has_own_ref  # the provider's own name, which an answer may still tell
    if subject.ids:
        return Verdict(LineState.EXCEPTION, Reason.NO_REF)  # of a kind nobody books
    return waited(
        reason=Reason.UNKNOWN_REF, received_at=subject.received_at, now=now, may_heal=may_heal
    )


async def _save(
    found: Mapping[UUID, Verdict], subjects: Mapping[UUID, UUID], *, now: datetime
) -> None:
    ids = list(found)
    await execute(
        _SAVE,
        now,
        ids,
        [found[each].state.value for each in ids],
        [found[each].reason for each in ids],
        [subjects.get(each) for each in ids],
    )


async def _look_up(waiting: Sequence[Subject], *, now: datetime) -> None:
    """A line is as good as a webhook: it says about whom there is news."""
    batches = {each.batch_id for each in waiting if each.batch_id is not None}
    found = {each.ids[0] for each in waiting if each.is_deposit and each.ids}
    if batches:
        await payouts.hear_of_batches(batch_ids=sorted(batches), now=now)
    if found:
        await deposits.hear_of_deposits(deposit_ids=sorted(found), now=now)
