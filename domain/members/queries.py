"""Reads of members for operations and loaders. The public row and the person stay apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.errors import NotAllowed
from domain.members.rules import (
    BOUND_STATES,
    ChangeableField,
    ChangeState,
    Device,
    Gender,
    Mark,
    MemberState,
    Profile,
    ProfileField,
    Role,
    WorkPreferences,
)
from domain.retention import Ended


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProfile:
    """What others see of a member: the rest is not there. `born_on` is for its band."""

    profile: Profile
    languages: tuple[str, ...] | None
    devices: tuple[Device, ...] | None
    born_on: date | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChangeRecord:
    member_id: UUID
    about: ChangeableField
    wanted: str | None = field(repr=False)
    reason: str = field(repr=False)
    state: ChangeState
    asked_at: datetime
    decided_at: datetime | None
    answer: str | None = field(repr=False)


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
    found = (await members_by_id(ids=[member_id])).get(member_id)
    if found is None or role not in found.roles or found.state in BOUND_STATES:
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


_PROFILE: Final = """
    select city, gender, interests, shown from member_profile
    where member_id = $1
"""
_SHOWN: Final = """
    select p.member_id, p.shown, e.born_on,
           case when 'city' = any(p.shown) then p.city end as city,
           case when 'gender' = any(p.shown) then p.gender end as gender,
           case when 'interests' = any(p.shown) then p.interests else '{}' end as interests,
           case when 'languages' = any(p.shown) then coalesce(w.languages, '{}') end as languages,
           case when 'devices' = any(p.shown) then coalesce(w.devices, '{}') end as devices
    from member_profile p join member_person e on e.member_id = p.member_id
    left join work_preference w on w.member_id = p.member_id
    where p.member_id = any($1)
"""
_CHANGES: Final = """
    select member_id, field, wanted, reason, state, asked_at, decided_at, answer
    from profile_change where member_id = $1 order by asked_at desc, id desc limit $2
"""
ENDED: Final = Ended(table="profile_change", ended_at="t.decided_at", owner="t.member_id")
_QUEUE: Final = """
    select member_id, field, wanted, reason, state, asked_at, decided_at, answer
    from profile_change where state = 'waiting' order by asked_at, id limit $1
"""


async def profile_of(*, member_id: UUID) -> Profile:
    row = await fetch_row(_PROFILE, member_id)
    return Profile() if row is None else _profile(row)


async def shown_profiles(*, ids: Sequence[UUID]) -> dict[UUID, ShownProfile]:
    rows = await fetch(_SHOWN, list(ids))
    return {
        row["member_id"]: ShownProfile(
            profile=_profile(row),
            languages=None if row["languages"] is None else tuple(row["languages"]),
            devices=(
                None if row["devices"] is None else tuple(Device(each) for each in row["devices"])
            ),
            born_on=row["born_on"] if ProfileField.AGE_BAND in row["shown"] else None,
        )
        for row in rows
    }


async def profile_changes_of(*, member_id: UUID, limit: int) -> list[ProfileChangeRecord]:
    """Newest first."""
    return [_change(row) for row in await fetch(_CHANGES, member_id, limit)]


async def profile_change_queue(*, limit: int) -> list[ProfileChangeRecord]:
    """What waits for staff, the oldest first."""
    return [_change(row) for row in await fetch(_QUEUE, limit)]


def _profile(row: Mapping[str, Any]) -> Profile:
    return Profile(
        city=row["city"],
        gender=None if row["gender"] is None else Gender(row["gender"]),
        interests=tuple(row["interests"]),
        shown=frozenset(ProfileField(each) for each in row["shown"]),
    )


def _change(row: Mapping[str, Any]) -> ProfileChangeRecord:
    return ProfileChangeRecord(
        member_id=row["member_id"],
        about=ChangeableField(row["field"]),
        wanted=row["wanted"],
        reason=row["reason"],
        state=ChangeState(row["state"]),
        asked_at=row["asked_at"],
        decided_at=row["decided_at"],
        answer=row["answer"],
    )
