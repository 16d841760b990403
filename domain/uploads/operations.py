"""Everything that changes an upload. Its bytes come and go outside of transactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, in_transaction, one_transaction
from domain.errors import InvalidInput, NotFound, Refused
from domain.given import NewId
from domain.uploads.provider import FileStore
from domain.uploads.rules import (
    TICKET_TIME,
    UNUSED_BYTES_MAX,
    UNUSED_COUNT_MAX,
    UNUSED_TIME,
    Kept,
    UploadKind,
    Wanted,
    wanted_problem,
)

DROP_COUNT_MAX: Final = 500


class UploadsUsedUp(Refused):
    """Too much of the member's was asked for or sent, and not handed in."""

    code = "UPLOADS_USED_UP"

    def __init__(self) -> None:
        super().__init__(
            f"{UNUSED_COUNT_MAX} files or {UNUSED_BYTES_MAX:,} bytes wait to be handed in already"
        )


_LOCK_OWNER: Final = "select from member where id = $1 for no key update"
_UNUSED: Final = """
    select count(*) as files, coalesce(sum(byte_count), 0) as bytes from upload
    where owner_id = $1 and state <> 'attached' and expires_at > $2
"""
_ASK: Final = """
    insert into upload (id, owner_id, subject_id, kind, media_type, byte_count, sha256, state,
                        asked_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, $9)
"""


async def ask_upload(
    *, owner_id: UUID, subject_id: UUID, wanted: Wanted, new_id: NewId, now: datetime
) -> UUID:
    """Room for one file, for ten minutes. Ask within the transaction that allows it.

    Refuses with `InvalidInput` or `UploadsUsedUp`.
    """
    assert in_transaction()
    problem = wanted_problem(wanted)
    if problem is not None:
        message, field = problem
        raise InvalidInput(message, path=(field,))
    await execute(_LOCK_OWNER, owner_id)  # one of them at a time, so that the sum holds
    unused = await fetch_row(_UNUSED, owner_id, now)
    assert unused is not None
    is_too_much = unused["bytes"] + wanted.byte_count > UNUSED_BYTES_MAX
    if is_too_much or unused["files"] >= UNUSED_COUNT_MAX:
        raise UploadsUsedUp
    upload_id = new_id()
    await execute(
        _ASK,
        upload_id,
        owner_id,
        subject_id,
        wanted.kind.value,
        wanted.media_type,
        wanted.byte_count,
        wanted.sha256,
        now,
        now + TICKET_TIME,
    )
    return upload_id


_CHECKED: Final = """
    update upload set state = 'checked', expires_at = $3, kept_byte_count = $4, kept_sha256 = $5
    where id = $1 and state = 'asked' and expires_at > $2
"""


@one_transaction
async def record_upload(*, upload_id: UUID, kept: Kept, now: datetime) -> None:
    """What was asked for has come, and this is kept of it. Once; then refuses with `NotFound`."""
    until = now + UNUSED_TIME
    if not await execute(_CHECKED, upload_id, now, until, kept.byte_count, kept.sha256):
        raise NotFound("no such upload")


_ATTACH: Final = """
    update upload set state = 'attached', expires_at = null
    where id = any($1) and owner_id = $2 and subject_id = $3 and state = 'checked'
    returning id, kind
"""


async def attach_uploads(
    *, ids: Sequence[UUID], owner_id: UUID, subject_id: UUID
) -> dict[UUID, UploadKind]:
    """For good, and to nothing else: those of the owner's that were sent for this subject."""
    assert in_transaction()
    rows = await fetch(_ATTACH, list(ids), owner_id, subject_id)
    return {row["id"]: UploadKind(row["kind"]) for row in rows}


# Marked first: what is half deleted can be handed in no more.
_MARK: Final = """
    update upload set state = 'dropped' where id in (
        select id from upload where state <> 'attached' and expires_at <= $1
        order by expires_at limit $2 for update skip locked)
    returning id
"""


async def drop_uploads(*, store: FileStore, now: datetime) -> int:
    """What was asked for and never sent, or sent and never handed in; 500 at a time."""
    dropped = await _mark(now)
    for upload_id in dropped:
        await store.forget(upload_id)
    await _forget(dropped)
    return len(dropped)


@one_transaction
async def _mark(now: datetime) -> list[UUID]:
    return [row["id"] for row in await fetch(_MARK, now, DROP_COUNT_MAX)]


@one_transaction
async def _forget(ids: Sequence[UUID]) -> None:
    await execute("delete from upload where id = any($1) and state = 'dropped'", list(ids))
