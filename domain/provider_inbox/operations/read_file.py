"""Takes a file that staff brought from a provider: once, whoever brings it, whatever its name.

What only tells of progress counts at once. What ends a payment, or is held against the books,
waits until a second person has confirmed it: anybody can write such a file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_value, one_transaction
from domain.deposits import operations as deposits
from domain.errors import InvalidInput, NotFound, Refused, SecondPersonNeeded
from domain.given import Clock, NewId, Vault
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import is_bookable
from domain.payouts import operations as payouts
from domain.payouts.operations import Recorded
from domain.payouts.provider import FileRefused, FileReport, ReadsFiles
from domain.provider import CallContext, ProviderError
from domain.provider_inbox.operations.file_findings import Findings, findings_of
from domain.provider_inbox.operations.match_lines import insert_lines, match_lines
from domain.provider_inbox.provider import NewsDirectory
from domain.provider_inbox.rules import (
    EVENT_ID_LENGTH_MAX,
    FILE_BYTES_MAX,
    FileState,
    content_context,
    needs_second,
)

NAME_LENGTH_MAX: Final = 200


class FileUnreadable(Refused):
    """The provider's plugin does not know what it is."""

    code = "FILE_UNREADABLE"
    argument = "content"


class FileKnown(Refused):
    """Read before, with nothing unclear: a second reading would say nothing new."""

    code = "FILE_KNOWN"
    argument = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """`unknown` and `unclear` are for people: references and batches that fit nothing of ours."""

    file_id: UUID
    state: FileState
    changed: int
    lines: int
    unknown: tuple[str, ...]
    unclear: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """A file as it stands on the counter."""

    instance_id: str
    name: str
    content: bytes = field(repr=False)
    report: FileReport
    findings: Findings
    by: UUID | None


_KNOWN: Final = """
    select 1 from provider_file
    where instance_id = $1 and state not in ('declined', 'superseded')
      and ((digest = $2 and (unclear_count = 0 or state <> 'applied'))
           or (file_id = $3 and digest <> $2)) limit 1
"""
_SUPERSEDE: Final = """
    update provider_file set state = 'superseded'
    where instance_id = $1 and digest = $2 and state = 'applied' and unclear_count > 0
"""
_INSERT: Final = """
    insert into provider_file
        (id, instance_id, file_id, digest, name, byte_count, item_count, line_count, read_by,
         read_at, unclear_count, state, needs_second, content, outcomes, unknown_count,
         differing_count, concerned_ids, arrivals)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $16, $17, $18,
            $19::jsonb)
    on conflict do nothing
    returning id
"""


async def read_file(
    *,
    instance_id: str,
    name: str,
    content: bytes,
    read_by: UUID | None,
    news: NewsDirectory,
    vault: Vault,
    clock: Clock,
    new_id: NewId,
) -> FileRead:
    """What it says of payments counts as a look-up; its lines are held against the books.

    Payments first, the fact that it was read last: after a crash the same file may come again,
    and says nothing twice. Nobody brings it where an operator does, at the command line: then
    all of it counts at once. Refuses with `NotAllowed`, `InvalidInput`, `NotFound`,
    `FileUnreadable`, `FileKnown`, or `SecondPersonNeeded` where it is about money of whoever
    brings it.
    """
    if read_by is not None:
        await members.require_role(member_id=read_by, role=Role.FINANCE)
    if not name.isprintable():
        raise InvalidInput("a name in one line", path=("name",))
    reader = news.file_reader(instance_id=instance_id)
    if reader is None:
        raise NotFound("no such instance, or none that reads files")
    provider, manifest = reader
    if not 0 < len(content) <= FILE_BYTES_MAX:
        raise FileUnreadable(f"empty, or over {FILE_BYTES_MAX} bytes")
    now = clock()
    report = await _read_once(instance_id, provider, content, now=now)
    brought = _Brought(
        instance_id=instance_id,
        name=name[:NAME_LENGTH_MAX],
        content=content,
        report=report,
        findings=await findings_of(report, instance_id=instance_id),
        by=read_by,
    )
    if read_by in brought.findings.concerned:
        raise SecondPersonNeeded("nobody brings news of what they are paid")
    if read_by is not None and needs_second(report):
        file_id = await _keep(brought, recorded=None, vault=vault, new_id=new_id, now=now)
        return _answer(file_id, brought, recorded=None)
    recorded = await payouts.record_observations(
        instance_id=instance_id,
        observations=report.items,
        whole_batches=report.batches,
        manifest=manifest,
        new_id=new_id,
        now=now,
    )
    await deposits.record_arrivals(
        instance_id=instance_id, arrivals=report.arrivals, new_id=new_id, now=now
    )
    file_id = await _keep(brought, recorded=recorded, vault=vault, new_id=new_id, now=now)
    await match_lines(instance_id=instance_id, now=now)
    return _answer(file_id, brought, recorded=recorded)


def _answer(file_id: UUID, brought: _Brought, *, recorded: Recorded | None) -> FileRead:
    return FileRead(
        file_id=file_id,
        state=FileState.WAITING if recorded is None else FileState.APPLIED,
        changed=0 if recorded is None else recorded.changed,
        lines=len(brought.report.lines),
        unknown=brought.findings.unknown if recorded is None else recorded.unknown,
        unclear=() if recorded is None else recorded.unclear,
    )


async def _read_once(
    instance_id: str, provider: ReadsFiles, content: bytes, *, now: datetime
) -> FileReport:
    digest = hashlib.sha256(content).digest()
    if await fetch_value(_KNOWN, instance_id, digest, None):
        raise FileKnown("this file was read before")
    report = await report_of(provider, content, now=now)
    if await fetch_value(_KNOWN, instance_id, digest, file_id_of(report, digest)):
        raise FileKnown("a file with this name inside was read before")
    return report


async def report_of(provider: ReadsFiles, content: bytes, *, now: datetime) -> FileReport:
    """Refuses with `FileUnreadable`."""
    digest = hashlib.sha256(content).hexdigest()
    context = CallContext(now=now, send_no=1, correlation_id=f"file:{digest[:16]}")
    try:
        report = await provider.read_file(content, context)
    except FileRefused as refused:
        raise FileUnreadable(str(refused)[:200] or "its plugin cannot read it") from refused
    except ProviderError as error:
        raise FileUnreadable("its plugin fails to read it") from error
    if not all(is_bookable(each.amount) and each.amount.micros > 0 for each in report.arrivals):
        raise FileUnreadable("it tells of payments that no account holds")
    return report


@one_transaction
async def _keep(
    brought: _Brought, *, recorded: Recorded | None, vault: Vault, new_id: NewId, now: datetime
) -> UUID:
    """What waits is kept whole, sealed: the very bytes are confirmed, whoever brings them again."""
    digest = hashlib.sha256(brought.content).digest()
    report, findings, row_id = brought.report, brought.findings, new_id()
    is_applied = recorded is not None
    sealed = None if is_applied else vault.seal(brought.content, context=content_context(row_id))
    await execute(_SUPERSEDE, brought.instance_id, digest)
    kept = await fetch_value(
        _INSERT,
        row_id,
        brought.instance_id,
        file_id_of(report, digest),
        digest,
        brought.name,
        len(brought.content),
        len(report.items) + len(report.batches),
        len(report.lines),
        brought.by,
        now,
        0 if recorded is None else len(recorded.unclear),
        FileState.APPLIED if is_applied else FileState.WAITING,
        not is_applied,
        sealed,
        msgspec.json.encode(findings.outcomes).decode(),
        len(findings.unknown),
        len(findings.differing),
        sorted(findings.concerned),
        msgspec.json.encode(findings.arrivals).decode(),
    )
    if kept is None:
        raise FileKnown("somebody else has just read it")
    if is_applied:
        await insert_lines(report.lines, instance_id=brought.instance_id, new_id=new_id, now=now)
    return row_id


def file_id_of(report: FileReport, digest: bytes) -> str:
    """Its own name, unless that cannot be kept."""
    text = report.file_id
    is_kept = 0 < len(text) <= EVENT_ID_LENGTH_MAX and text.isprintable()
    return text if is_kept else f"sha256:{digest.hex()}"
