"""Files that a member gives for a check: asked for by a ticket, sealed, seen by staff by name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.given import NewId, NewToken, Vault
from domain.jobs import enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.texts import require_text
from domain.verification.operations.rows import lock_of_check, save_check, step_job
from domain.verification.operations.subjects import upload_context
from domain.verification.provider import CheckState
from domain.verification.queries import CheckRow
from domain.verification.rules import OPEN

TICKET_TIME: Final = timedelta(minutes=15)
UPLOAD_BYTES_MAX: Final = 8_000_000
FILE_PREFIX: Final = "needs_file_"
REASON_LENGTH_MAX: Final = 500
# By what it begins with; what a browser says of a file proves nothing.
_BEGINNINGS: Final = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}

_TICKET: Final = """
    insert into verification_upload (id, check_id, name, ticket_hash, ticket_until)
    values ($1, $2, $3, $4, $5)
    on conflict (check_id, name) do update set ticket_hash = $4, ticket_until = $5
"""
_OF_TICKET: Final = """
    select id, check_id, name from verification_upload where ticket_hash = $1 and ticket_until > $2
"""
_KEEP: Final = """
    update verification_upload
    set media_type = $2, digest = $3, byte_count = $4, content = $5, uploaded_at = $6,
        ticket_until = $6
    where id = $1
"""
_UPLOADS: Final = """
    select id, name, media_type, content from verification_upload
    where check_id = $1 and content is not null order by name
"""
_LOOKED: Final = """
    insert into verification_look (id, member_id, kind, subject_id, reason, looked_at)
    values ($1, $2, $3, $4, $5, $6)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`token` is part of an address, good for one file until `valid_until`."""

    token: str = field(repr=False)
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    name: str = field(repr=False)
    born_on: date = field(repr=False)
    files: tuple[Uploaded, ...]


@one_transaction
async def begin_upload(
    *,
    check_id: UUID,
    name: str,
    member_id: UUID,
    new_token: NewToken,
    new_id: NewId,
    now: datetime,
) -> Ticket:
    """For a file that the check asks for. Refuses with `NotFound`, `InvalidTransition` or
    `InvalidInput`.
    """
    check = await _asking_for_files(check_id, member_id=member_id)
    if f"{FILE_PREFIX}{name}" not in check.reasons:
        raise InvalidInput("this file is not asked for", path=("name",))
    token, until = new_token(), now + TICKET_TIME
    await execute(_TICKET, new_id(), check_id, name, _hash(token), until)
    return Ticket(token=token, valid_until=until)


@one_transaction
async def finish_upload(*, token: str, content: bytes, vault: Vault, now: datetime) -> None:
    """Keep the file; when it was the last one missing, the check goes on.

    Refuses with `NotFound`, `InvalidTransition` or `InvalidInput`.
    """
    row = await fetch_row(_OF_TICKET, _hash(token), now)
    if row is None:
        raise NotFound("no such ticket")
    if not 0 < len(content) <= UPLOAD_BYTES_MAX:
        raise InvalidInput(f"a file has 1 to {UPLOAD_BYTES_MAX} bytes", path=("content",))
    media_type = media_type_of(content)
    if media_type is None:
        raise InvalidInput("a JPEG, a PNG or a PDF", path=("content",))
    locked = await lock_of_check(row["check_id"])
    assert locked is not None
    verification, check = locked
    if verification.state not in OPEN or check.state is not CheckState.NEEDS_INPUT:
        raise InvalidTransition(subject="the check", state=check.state, event="upload")
    await execute(
        _KEEP,
        row["id"],
        media_type,
        hashlib.sha256(content).hexdigest(),
        len(content),
        vault.seal(content, context=upload_context(row["id"])),
        now,
    )
    missing = tuple(each for each in check.reasons if each != f"{FILE_PREFIX}{row['name']}")
    after = replace(check, reasons=missing, due_at=check.due_at if missing else now)
    await save_check(check, after, now=now)
    if not missing:
        await enqueue([step_job(after, why="input")])


@one_transaction
async def reveal_case(
    *,
    check_id: UUID,
    member_id: UUID,
    reason: str,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> Revealed:
    """What a person needs to see to decide; who looked, and why, is kept for ever.

    Refuses with `NotAllowed`, `InvalidInput` or `NotFound`.
    """
    await members.require_role(member_id=member_id, role=Role.STAFF)
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
    locked = await lock_of_check(check_id)
    if locked is None or not locked[1].is_for_people or locked[0].member_id == member_id:
        raise NotFound("no such check waits for people")
    verification, _ = locked
    await execute(_LOOKED, new_id(), member_id, "case", check_id, reason, now)
    person = (await members.persons_by_id(ids=[verification.member_id])).get(verification.member_id)
    if person is None:
        raise NotFound("nobody is behind it any more")
    files = tuple(
        Uploaded(
            name=row["name"],
            media_type=row["media_type"],
            content=vault.unseal(row["content"], context=upload_context(row["id"])),
        )
        for row in await fetch(_UPLOADS, check_id)
    )
    return Revealed(name=person.name, born_on=person.born_on, files=files)


def media_type_of(content: bytes) -> str | None:
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    return None


async def _asking_for_files(check_id: UUID, *, member_id: UUID) -> CheckRow:
    locked = await lock_of_check(check_id)
    if locked is None or locked[0].member_id != member_id:
        raise NotFound("no such check")
    verification, check = locked
    is_open = verification.state in OPEN and check.attempt_no == verification.attempt_no
    if not is_open or check.state is not CheckState.NEEDS_INPUT:
        raise InvalidTransition(subject="the check", state=check.state, event="upload")
    return check


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
