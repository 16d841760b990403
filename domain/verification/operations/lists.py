"""Lists to screen against: kept as their publishers offer them, and loaded by each process."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from domain.database import execute, fetch, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.provider import CallContext, FileRefused, NoAnswer, ProviderError
from domain.verification.provider import (
    ListFile,
    ListVersion,
    ReadsLists,
    Verifier,
    VerifierDirectory,
)

CONTENT_BYTES_MAX: Final = 200_000_000

# What each verifier object of this process has loaded: digests of the files, by its identity.
_LOADED: Final[WeakKeyDictionary[object, tuple[str, ...]]] = WeakKeyDictionary()

_NEWEST: Final = """
    select distinct on (list_id) id, list_id, name, digest from verification_list
    where instance_id = $1 order by list_id, added_at desc, id desc
"""
_CONTENT: Final = "select content from verification_list where id = $1"
_INSERT: Final = """
    insert into verification_list
        (id, instance_id, list_id, name, digest, published_on, entry_count, content, added_by,
         added_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
# What people look at is of before: it is asked anew, and what nobody has accepted is forgotten.
SCREEN_AGAIN: Final = """
    update verification_check c
    set recheck_at = least(c.recheck_at, $1), due_at = null, is_for_people = false, tried = '{}',
        facts = case when c.is_for_people then null else c.facts end,
        valid_until = case when c.is_for_people then v.valid_until else c.valid_until end
    from verification v
    where v.id = c.verification_id and v.attempt_no = c.attempt_no and v.state = 'verified'
      and c.state = 'verified' and (c.due_at is null or c.is_for_people)
"""
_RESCREEN: Final = f"{SCREEN_AGAIN} and c.instance_id = $2"


async def require_loaded(verifier: Verifier[object], *, instance_id: str, now: datetime) -> None:
    """Load the newest lists if this process has others; raises `NoAnswer` where there are none."""
    assert isinstance(verifier, ReadsLists)
    rows = await fetch(_NEWEST, instance_id)
    if not rows:
        raise NoAnswer("no list was given")
    wanted = tuple(row["digest"] for row in rows)
    if _LOADED.get(verifier) == wanted:
        return
    files = [
        ListFile(
            list_id=row["list_id"],
            name=row["name"],
            content=await _content(row["id"]),
        )
        for row in rows
    ]
    context = CallContext(now=now, send_no=1, correlation_id=f"lists:{instance_id}")
    try:
        await verifier.load(files, context)
    except FileRefused as refused:
        raise NoAnswer("a list that could be read before cannot be read now") from refused
    _LOADED[verifier] = wanted


async def add_list(
    *,
    instance_id: str,
    list_id: str,
    name: str,
    content: bytes,
    member_id: UUID | None,
    verifiers: VerifierDirectory,
    new_id: NewId,
    now: datetime,
) -> ListVersion:
    """Keep a newer file of one list, once its verifier could read it; everybody is screened anew.

    `member_id` is None on the operator's command line. Refuses with `NotAllowed`, `NotFound` or
    `InvalidInput`.
    """
    if member_id is not None:
        await members.require_role(member_id=member_id, role=Role.STAFF)
    verifier = _reader(instance_id, list_id=list_id, verifiers=verifiers)
    if not 0 < len(content) <= CONTENT_BYTES_MAX:
        raise InvalidInput(f"a list has 1 to {CONTENT_BYTES_MAX} bytes", path=("content",))
    version = await _read(
        verifier,
        instance_id=instance_id,
        added=ListFile(list_id=list_id, name=name, content=content),
        now=now,
    )
    await _keep(
        version,
        instance_id=instance_id,
        name=name,
        content=content,
        member_id=member_id,
        new_id=new_id,
        now=now,
    )
    return version


async def _content(file_id: UUID) -> bytes:
    packed: bytes = await fetch_value(_CONTENT, file_id)
    return await asyncio.to_thread(zlib.decompress, packed)


def _reader(instance_id: str, *, list_id: str, verifiers: VerifierDirectory) -> Verifier[object]:
    if instance_id not in verifiers.instance_ids:
        raise NotFound("no such verifier")
    verifier = verifiers.named(instance_id)
    if list_id not in verifier.manifest.lists:
        known: Sequence[str] = verifier.manifest.lists
        raise InvalidInput(f"it reads {', '.join(known) or 'no lists'}", path=("list_id",))
    return verifier


async def _read(
    verifier: Verifier[object], *, instance_id: str, added: ListFile, now: datetime
) -> ListVersion:
    """With all others, so that what is kept is what can be loaded."""
    assert isinstance(verifier, ReadsLists)
    others = [
        ListFile(
            list_id=row["list_id"],
            name=row["name"],
            content=await _content(row["id"]),
        )
        for row in await fetch(_NEWEST, instance_id)
        if row["list_id"] != added.list_id
    ]
    _LOADED.pop(verifier, None)
    context = CallContext(now=now, send_no=1, correlation_id=f"lists:{instance_id}")
    try:
        versions = await verifier.load([*others, added], context)
    except (FileRefused, ProviderError) as error:
        raise InvalidInput(f"the list cannot be read: {error}", path=("content",)) from error
    found = [each for each in versions if each.list_id == added.list_id]
    digest = hashlib.sha256(added.content).hexdigest()
    if len(found) != 1 or found[0].digest != digest or found[0].entry_count < 1:
        raise InvalidInput("the verifier did not read this list", path=("content",))
    return found[0]


@one_transaction
async def _keep(
    version: ListVersion,
    *,
    instance_id: str,
    name: str,
    content: bytes,
    member_id: UUID | None,
    new_id: NewId,
    now: datetime,
) -> None:
    await execute(
        _INSERT,
        new_id(),
        instance_id,
        version.list_id,
        name,
        version.digest,
        version.published_on,
        version.entry_count,
        await asyncio.to_thread(zlib.compress, content),
        member_id,
        now,
    )
    await execute(_RESCREEN, now, instance_id)
