"""A second person looks at a file of a bank: then it counts, or it never did."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.deposits import operations as deposits
from domain.errors import InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import Clock, NewId, Vault
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.payouts import operations as payouts
from domain.payouts.provider import FileReport
from domain.provider_inbox.operations.match_lines import insert_lines, match_lines
from domain.provider_inbox.operations.read_file import report_of
from domain.provider_inbox.provider import NewsDirectory
from domain.provider_inbox.rules import FILE_RETRY, NOTE_LENGTH_MAX, FileState, content_context
from domain.texts import require_text

SWEEP_COUNT_MAX: Final = 500

_LOCK: Final = """
    select state, read_by, concerned_ids from provider_file where id = $1 for update
"""
_CONFIRM: Final = """
    update provider_file set state = 'confirmed', decided_by = $2, decided_at = $3, due_at = $4
    where id = $1
"""
_DECLINE: Final = """
    update provider_file
    set state = 'declined', decided_by = $2, decided_at = $3, note = $4, content = null
    where id = $1
"""
_CONFIRMED: Final = """
    select instance_id, digest, content from provider_file
    where id = $1 and state = 'confirmed'
"""
_APPLIED: Final = """
    update provider_file
    set state = 'applied', content = null, due_at = null, unclear_count = $2
    where id = $1 and state = 'confirmed'
"""
# It moves to the end of the line: what can never be carried out keeps nothing else waiting.
_OVERDUE: Final = """
    update provider_file set due_at = $2 where id in (
        select id from provider_file where due_at <= $1 order by due_at limit $3
        for update skip locked)
    returning id
"""


@dataclass(frozen=True, slots=True)
class FileConfirmed:
    replayed: bool


@one_transaction
async def confirm_file(
    *, file_id: UUID, member_id: UUID, key: IdempotencyKey, now: datetime
) -> FileConfirmed:
    """Another person has compared it: a job carries out what it says.

    The same `key` again is answered as the first time. Refuses with `NotAllowed`, `NotFound`,
    `InvalidTransition`, or `SecondPersonNeeded` for who brought it or is paid by it.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    if await idempotency.claim(key=key, now=now) is not None:
        return FileConfirmed(replayed=True)
    row = await _waiting(file_id, event="confirm")
    if row["read_by"] == member_id:
        raise SecondPersonNeeded("you have brought it: another person is needed")
    if member_id in row["concerned_ids"]:
        raise SecondPersonNeeded("nobody confirms news of what they are paid")
    await execute(_CONFIRM, file_id, member_id, now, now + FILE_RETRY)
    await enqueue([apply_job(file_id)])
    await idempotency.answer(key=key, result=str(file_id))
    return FileConfirmed(replayed=False)


@one_transaction
async def decline_file(*, file_id: UUID, member_id: UUID, note: str, now: datetime) -> None:
    """Nothing of it counts; the true one may come under the same name. Whoever brought it may.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    require_text(note, path="note", most=NOTE_LENGTH_MAX, is_line=True)
    await _waiting(file_id, event="decline")
    await execute(_DECLINE, file_id, member_id, now, note)


async def apply_file(
    *, file_id: UUID, news: NewsDirectory, vault: Vault, clock: Clock, new_id: NewId
) -> None:
    """Payments first, the fact last: after a crash it is done again, and says nothing twice."""
    row = await fetch_row(_CONFIRMED, file_id)
    if row is None:
        return  # another job worker was quicker
    reader = news.file_reader(instance_id=row["instance_id"])
    if reader is None:
        raise NotFound(f"{row['instance_id']} reads no files any more")
    provider, manifest = reader
    content = vault.unseal(row["content"], context=content_context(file_id))
    assert hashlib.sha256(content).digest() == row["digest"], "what was confirmed has changed"
    now = clock()
    report = await report_of(provider, content, now=now)
    recorded = await payouts.record_observations(
        instance_id=row["instance_id"],
        observations=report.items,
        whole_batches=report.batches,
        manifest=manifest,
        new_id=new_id,
        now=now,
    )
    await deposits.record_arrivals(
        instance_id=row["instance_id"], arrivals=report.arrivals, new_id=new_id, now=now
    )
    await _end(
        file_id,
        report,
        instance_id=row["instance_id"],
        unclear_count=len(recorded.unclear),
        new_id=new_id,
        now=now,
    )
    await match_lines(instance_id=row["instance_id"], now=now)


@one_transaction
async def recover_files(*, now: datetime) -> int:
    """Enqueue again what was confirmed and should be carried out by now; how many there were."""
    rows = await fetch(_OVERDUE, now, now + FILE_RETRY, SWEEP_COUNT_MAX)
    if rows:
        await enqueue([apply_job(row["id"]) for row in rows])
    return len(rows)


def apply_job(file_id: UUID) -> JobRequest:
    return JobRequest(
        name="provider_file_apply", arguments={"file_id": str(file_id)}, once_key=str(file_id)
    )


@one_transaction
async def _end(
    file_id: UUID,
    report: FileReport,
    *,
    instance_id: str,
    unclear_count: int,
    new_id: NewId,
    now: datetime,
) -> None:
    if await execute(_APPLIED, file_id, unclear_count):
        await insert_lines(report.lines, instance_id=instance_id, new_id=new_id, now=now)


async def _waiting(file_id: UUID, *, event: str) -> Any:
    row = await fetch_row(_LOCK, file_id)
    if row is None:
        raise NotFound("no such file")
    if row["state"] != FileState.WAITING:
        raise InvalidTransition(subject="the file", state=row["state"], event=event)
    return row
