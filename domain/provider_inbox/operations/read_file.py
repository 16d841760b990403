"""Takes a file that staff brought from a provider: once, whoever brings it, whatever its name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound, Refused
from domain.given import Clock, NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.payouts import operations as payouts
from domain.payouts import queries as paid
from domain.payouts.provider import FileRefused, FileReport, ReadsFiles
from domain.provider import CallContext, ProviderError
from domain.provider_inbox.operations.match_lines import insert_lines, match_lines
from domain.provider_inbox.provider import NewsDirectory
from domain.provider_inbox.rules import EVENT_ID_LENGTH_MAX, FILE_BYTES_MAX
from domain.routing.operations import SecondPersonNeeded

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
    changed: int
    lines: int
    unknown: tuple[str, ...]
    unclear: tuple[str, ...]


_KNOWN: Final = """
    select 1 from provider_file
    where instance_id = $1
      and ((digest = $2 and unclear_count = 0) or (file_id = $3 and digest <> $2)) limit 1
"""
_AGAIN: Final = """
    update provider_file set unclear_count = $3, read_by = $4, read_at = $5
    where instance_id = $1 and digest = $2 and unclear_count > 0
    returning id
"""
_INSERT: Final = """
    insert into provider_file
        (id, instance_id, file_id, digest, name, byte_count, item_count, line_count, read_by,
         read_at, unclear_count)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
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
    clock: Clock,
    new_id: NewId,
) -> FileRead:
    """What it says of payments counts as a look-up; its lines are held against the books.

    Payments first, the fact that it was read last: after a crash the same file may come again,
    and says nothing twice. Nobody brings it where an operator does, at the command line.
    Refuses with `NotAllowed`, `InvalidInput`, `NotFound`, `FileUnreadable`, `FileKnown`, or
    `SecondPersonNeeded` where it names a payment to whoever brings it.
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
    await _require_others(instance_id, report, read_by)
    recorded = await payouts.record_observations(
        instance_id=instance_id,
        observations=report.items,
        whole_batches=report.batches,
        manifest=manifest,
        new_id=new_id,
        now=now,
    )
    row_id = await _keep(
        instance_id=instance_id,
        name=name[:NAME_LENGTH_MAX],
        content=content,
        report=report,
        unclear_count=len(recorded.unclear),
        read_by=read_by,
        new_id=new_id,
        now=now,
    )
    await match_lines(instance_id=instance_id, now=now)
    return FileRead(
        file_id=row_id,
        changed=recorded.changed,
        lines=len(report.lines),
        unknown=recorded.unknown,
        unclear=recorded.unclear,
    )


async def _require_others(instance_id: str, report: FileReport, read_by: UUID | None) -> None:
    is_own = read_by is not None and await paid.is_paid_to(
        instance_id=instance_id,
        item_refs=[each.item_ref for each in report.items],
        batch_refs=[each.batch_ref for each in report.batches],
        member_id=read_by,
    )
    if is_own:
        raise SecondPersonNeeded("nobody brings news of what they are paid")


async def _read_once(
    instance_id: str, provider: ReadsFiles, content: bytes, *, now: datetime
) -> FileReport:
    digest = hashlib.sha256(content).digest()
    if await fetch_value(_KNOWN, instance_id, digest, None):
        raise FileKnown("this file was read before")
    context = CallContext(now=now, send_no=1, correlation_id=f"file:{digest.hex()[:16]}")
    try:
        report = await provider.read_file(content, context)
    except FileRefused as refused:
        raise FileUnreadable(str(refused)[:200] or "its plugin cannot read it") from refused
    except ProviderError as error:
        raise FileUnreadable("its plugin fails to read it") from error
    if await fetch_value(_KNOWN, instance_id, digest, file_id_of(report, digest)):
        raise FileKnown("a file with this name inside was read before")
    return report


@one_transaction
async def _keep(
    *,
    instance_id: str,
    name: str,
    content: bytes,
    report: FileReport,
    unclear_count: int,
    read_by: UUID | None,
    new_id: NewId,
    now: datetime,
) -> UUID:
    digest = hashlib.sha256(content).digest()
    row_id = await fetch_value(_AGAIN, instance_id, digest, unclear_count, read_by, now)
    row_id = row_id or await fetch_value(
        _INSERT,
        new_id(),
        instance_id,
        file_id_of(report, digest),
        digest,
        name,
        len(content),
        len(report.items) + len(report.batches),
        len(report.lines),
        read_by,
        now,
        unclear_count,
    )
    if row_id is None:
        raise FileKnown("somebody else has just read it")
    assert isinstance(row_id, UUID)
    await insert_lines(report.lines, instance_id=instance_id, new_id=new_id, now=now)
    return row_id


def file_id_of(report: FileReport, digest: bytes) -> str:
    """Its own name, unless that cannot be kept."""
    text = report.file_id
    is_kept = 0 < len(text) <= EVENT_ID_LENGTH_MAX and text.isprintable()
    return text if is_kept else f"sha256:{digest.hex()}"
