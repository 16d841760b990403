"""Members agree to sources, or stop; staff add what a source says, under a consent alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import NotAllowed, NotFound, Refused
from domain.given import NewId
from domain.members.queries import members_by_id, require_role
from domain.members.rules import Role
from domain.supplements.rules import PLACE_LENGTH_MAX, TEXT_LENGTH_MAX, DataSource
from domain.texts import require_text


class SourceNotAgreed(Refused):
    """The member does not agree to data from this source."""

    code = "SOURCE_NOT_AGREED"
    argument = "source"


_AGREE: Final = """
    insert into source_consent (id, member_id, source, given_at) values ($1, $2, $3, $4)
    on conflict (member_id, source) where withdrawn_at is null do nothing
"""
_WITHDRAW: Final = """
    update source_consent set withdrawn_at = $3
    where member_id = $1 and source = $2 and withdrawn_at is null returning id
"""
_FORGET_OF_CONSENT: Final = "delete from profile_supplement where consent_id = $1"
_FORGET: Final = "delete from profile_supplement where member_id = $1"
# Whoever withdraws meanwhile waits, and then takes along what was added.
_STANDING: Final = """
    select id from source_consent
    where member_id = $1 and source = $2 and withdrawn_at is null for share
"""
_ADD: Final = """
    insert into profile_supplement (id, member_id, consent_id, text, found_in, added_by, added_at)
    values ($1, $2, $3, $4, $5, $6, $7)
"""


@one_transaction
async def agree_to_source(
    *, member_id: UUID, source: DataSource, new_id: NewId, now: datetime
) -> None:
    """Until it is withdrawn; once is enough."""
    await execute(_AGREE, new_id(), member_id, source.value, now)


@one_transaction
async def withdraw_from_source(*, member_id: UUID, source: DataSource, now: datetime) -> None:
    """What came from it is gone at once; that it was agreed to, and until when, stays."""
    consent_id = await fetch_value(_WITHDRAW, member_id, source.value, now)
    if consent_id is not None:
        await execute(_FORGET_OF_CONSENT, consent_id)


@one_transaction
async def add_supplement(
    *,
    staff_id: UUID,
    member_id: UUID,
    source: DataSource,
    text: str,
    found_in: str,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """Read by the member, and by staff who give a reason.

    Refuses with `NotAllowed` (no staff, or oneself), `InvalidInput`, `NotFound` or
    `SourceNotAgreed`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("somebody else adds to your profile")
    require_text(text, path="text", most=TEXT_LENGTH_MAX)
    require_text(found_in, path="found_in", most=PLACE_LENGTH_MAX, is_line=True)
    if member_id not in await members_by_id(ids=[member_id]):
        raise NotFound("no such member")
    consent_id = await fetch_value(_STANDING, member_id, source.value)
    if consent_id is None:
        raise SourceNotAgreed("the member does not agree to this source")
    supplement_id = new_id()
    await execute(
        _ADD, supplement_id, member_id, consent_id, text.strip(), found_in.strip(), staff_id, now
    )
    return supplement_id


async def forget_supplements(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {"profile_supplement": await execute(_FORGET, member_id)}
