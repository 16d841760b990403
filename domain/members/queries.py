"""Reads of members for operations and loaders. The public row and the person stay apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.errors import NotAllowed
from domain.members.rules import Device, Mark, MemberState, Role, WorkPreferences


@dataclass(frozen=True, slots=True)
class MemberRecord:
    id: UUID
    state: MemberState
    country: str
    roles: frozenset[Role]
    registered_at: datetime
    verification_level: int  # as `domain.verification` last said


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Personal: shown to the member alone, and kept out of every log."""

    member_id: UUID
    email: str = field(repr=False)
    name: str = field(repr=False)
    born_on: date = field(repr=False)


_MEMBERS: Final = (
    "select id, state, country, roles, registered_at, verification_level"
    " from member where id = any($1)"
)
_PERSONS: Final = (
    "select member_id, email, name, born_on from member_person where member_id = any($1)"
)


async def members_by_id(*, ids: Sequence[UUID]) -> dict[UUID, MemberRecord]:
    rows = await fetch(_MEMBERS, list(ids))
    return {
        row["id"]: MemberRecord(
            id=row["id"],
            state=MemberState(row["state"]),
            country=row["country"],
            roles=frozenset(Role(role) for role in row["roles"]),
            registered_at=row["registered_at"],
            verification_level=row["verification_level"],
        )
        for row in rows
    }


async def require_role(*, member_id: UUID, role: Role) -> None:
    """Refuses with `NotAllowed`."""
    found = await members_by_id(ids=[member_id])
    if member_id not in found or role not in found[member_id].roles:
        raise NotAllowed(f"this needs the role {role.value}")


async def persons_by_id(*, ids: Sequence[UUID]) -> dict[UUID, PersonRecord]:
    """For documents and letters; the schema asks for the viewer's own id only."""
    rows = await fetch(_PERSONS, list(ids))
    return {
        row["member_id"]: PersonRecord(
            member_id=row["member_id"],
            email=row["email"],
            name=row["name"],
            born_on=row["born_on"],
        )
        for row in rows
    }


async def marks_of(*, owner_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, Mark]:
    """By the member that is marked."""
    rows = await fetch(
        "select member_id, mark from member_mark where owner_id = $1 and member_id = any($2)",
        owner_id,
        list(member_ids),
    )
    return {row["member_id"]: Mark(row["mark"]) for row in rows}


async def work_preferences_of(*, member_id: UUID) -> WorkPreferences:
    """The schema asks for the viewer's own id only."""
    row = await fetch_row(
        "select languages, devices, wants_adult from work_preference where member_id = $1",
        member_id,
    )
    if row is None:
        return WorkPreferences()
    return WorkPreferences(
        languages=tuple(row["languages"]),
        devices=tuple(Device(each) for each in row["devices"]),
        wants_adult=row["wants_adult"],
    )
