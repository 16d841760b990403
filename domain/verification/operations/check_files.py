"""Checks that staff carry elsewhere as a file, and the answers they carry back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.members import queries as members
from domain.members.rules import Role
from domain.provider import CallContext, FileRefused, ProviderError
from domain.texts import require_text
from domain.verification import queries
from domain.verification.operations.record import record_answer
from domain.verification.operations.rows import Asking, lock_of_check, save_check
from domain.verification.operations.subjects import lacking, request_of, subject_of
from domain.verification.provider import CheckFile, CheckRequest, ChecksByFile, Verifier

CONTENT_BYTES_MAX: Final = 50_000_000
REASON_LENGTH_MAX: Final = 500

_WAITING: Final = """
    select c.id from verification_check c
    join verification v on v.id = c.verification_id and v.attempt_no = c.attempt_no
    where c.instance_id = $1 and not c.is_for_people
      and ((c.state = 'pending' and c.due_at is null
            and v.state in ('started', 'pending', 'needs_input'))
           or (c.state = 'verified' and c.is_stale and v.state = 'verified'))
    order by c.created_at, c.id limit $2
"""
_BY_REF: Final = """
    select id, check_ref, ask_count from verification_check
    where check_ref = any($1) and instance_id = $2
      and (is_stale or state not in ('verified', 'format_ok'))
"""
_LOOKED: Final = """
    insert into verification_look (id, member_id, kind, subject_id, reason, looked_at)
    select id, $2, 'file', check_id, $4, $5
    from unnest($1::uuid[], $3::uuid[]) as taken (id, check_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    answer_count: int
    unknown_count: int  # of no check of ours, or of one that is decided
    unread_lines: tuple[int, ...]


async def render_check_file(
    *, instance_id: str, member_id: UUID, reason: str, asking: Asking
) -> CheckFile:
    """All that wait for this verifier, as one file; who took it is written down for each.

    A check may be in several files: the first answer counts. Refuses with `NotAllowed`,
    `NotFound` or `InvalidInput`.
    """
    await members.require_role(member_id=member_id, role=Role.STAFF)
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
    verifier = _by_file(instance_id, asking)
    now = asking.clock()
    rows = await fetch(_WAITING, instance_id, verifier.manifest.file_lines_max)
    requests = await _requests([row["id"] for row in rows], verifier, asking=asking, now=now)
    if not requests:
        raise NotFound("no check waits for a file")
    assert isinstance(verifier, ChecksByFile)
    context = CallContext(now=now, send_no=1, correlation_id=f"file:{instance_id}")
    try:
        file = await verifier.render(list(requests.values()), context)
    except ProviderError as error:
        raise InvalidInput("the verifier could not write the file") from error
    await _taken(list(requests), member_id=member_id, reason=reason, asking=asking, now=now)
    return file


async def read_check_file(
    *, instance_id: str, member_id: UUID, content: bytes, asking: Asking
) -> FileRead:
    """Each answer once: reading a file again changes nothing. The file itself is not kept.

    Refuses with `NotAllowed`, `NotFound` or `InvalidInput`.
    """
    await members.require_role(member_id=member_id, role=Role.STAFF)
    verifier = _by_file(instance_id, asking)
    if not 0 < len(content) <= CONTENT_BYTES_MAX:
        raise InvalidInput(f"a file has 1 to {CONTENT_BYTES_MAX} bytes", path=("content",))
    assert isinstance(verifier, ChecksByFile)
    now = asking.clock()
    digest = hashlib.sha256(content).hexdigest()
    context = CallContext(now=now, send_no=1, correlation_id=f"file:{digest[:20]}")
    try:
        report = await verifier.read_file(content, context)
    except (FileRefused, ProviderError) as error:
        raise InvalidInput(f"the file cannot be read: {error}", path=("content",)) from error
    known = {
        row["check_ref"]: row
        for row in await fetch(_BY_REF, [each.check_ref for each in report.answers], instance_id)
    }
    count = 0
    for each in report.answers:
        row = known.get(each.check_ref)
        if row is None:
            continue
        subject = await _subject(row["id"], verifier, asking=asking)
        count += await record_answer(
            check_id=row["id"],
            ask_count=row["ask_count"],
            instance_id=instance_id,
            subject=subject.subject,
            answer=each.outcome,
            verifier=verifier,
            asking=asking,
            now=now,
        )
    return FileRead(
        answer_count=count,
        unknown_count=len(report.answers) - count,
        unread_lines=report.unread_lines,
    )


def _by_file(instance_id: str, asking: Asking) -> Verifier[object]:
    if instance_id not in asking.verifiers.instance_ids:
        raise NotFound("no such verifier")
    verifier = asking.verifiers.named(instance_id)
    if not isinstance(verifier, ChecksByFile):
        raise NotFound("this verifier takes no files")
    return verifier


async def _requests(
    check_ids: list[UUID], verifier: Verifier[object], *, asking: Asking, now: datetime
) -> Mapping[UUID, CheckRequest]:
    """Without those whose member has lost a field meanwhile: they are asked for it again."""
    found: dict[UUID, CheckRequest] = {}
    for check_id in check_ids:
        request = await _subject(check_id, verifier, asking=asking)
        if lacking(verifier.manifest.kinds[request.kind], request):
            await _ask_again(check_id, now=now)
        else:
            found[check_id] = request
    return found


async def _subject(check_id: UUID, verifier: Verifier[object], *, asking: Asking) -> CheckRequest:
    check = (await queries.checks_by_id(ids=[check_id]))[check_id]
    verification = (await queries.verifications_by_id(ids=[check.verification_id]))[
        check.verification_id
    ]
    subject = await subject_of(verification.member_id, check.kind, vault=asking.vault)
    told = verifier.manifest.kinds[check.kind].told(subject)
    return await request_of(check, told, vault=asking.vault, as_of=asking.clock().date())


@one_transaction
async def _ask_again(check_id: UUID, *, now: datetime) -> None:
    locked = await lock_of_check(check_id)
    assert locked is not None
    await save_check(locked[1], replace(locked[1], instance_id=None, due_at=now), now=now)


@one_transaction
async def _taken(
    check_ids: list[UUID], *, member_id: UUID, reason: str, asking: Asking, now: datetime
) -> None:
    ids = [asking.new_id() for _ in check_ids]
    await execute(_LOOKED, ids, member_id, check_ids, reason, now)
