"""Everything that changes a member. Signing in is `domain.access`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, Refused
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.members.queries import require_role
from domain.members.rules import (
    AGE_MIN,
    BOUND_STATES,
    FIRST_ROLES,
    TEXT_LENGTH_MAX,
    ChangeableField,
    ChangeState,
    Mark,
    MemberState,
    Profile,
    Role,
    WorkPreferences,
    age_on,
    change_problem,
    clean_name,
    day_of,
    email_address,
    email_key,
    preferences_problem,
    problem_of,
    profile_problem,
)
from domain.texts import require_text


class EmailTaken(Refused):
    """Somebody is registered with this address already."""

    code = "EMAIL_TAKEN"
    argument = "email"


class TooYoung(Refused):
    """Members are grown up; the day of birth is not kept."""

    code = "TOO_YOUNG"
    argument = "born_on"


class ChangeWaiting(Refused):
    """A request about this field waits for staff already."""

    code = "CHANGE_WAITING"
    argument = "field"


class MemberRestricted(Refused):
    """While a suspension is looked at, or lasts, nothing new is begun."""

    code = "MEMBER_RESTRICTED"


_INSERT_MEMBER: Final = """
    insert into member (id, state, country, roles, registered_at) values ($1, $2, $3, $4, $5)
"""
_INSERT_PERSON: Final = """
    insert into member_person (member_id, email, email_key, name, born_on)
    values ($1, $2, $3, $4, $5) on conflict (email_key) do nothing
"""


def require_admissible(
    *, name: str, email: str, country: str, born_on: date, now: datetime
) -> None:
    """All that can be said without the database; refuses with `InvalidInput` or `TooYoung`."""
    today = now.date()
    problem = profile_problem(name=name, email=email, country=country, born_on=born_on, today=today)
    if problem is not None:
        raise InvalidInput(problem.message, path=(problem.field,))
    if age_on(born_on=born_on, on=today) < AGE_MIN:
        raise TooYoung(f"members are at least {AGE_MIN} years old")


async def add_member(
    *, name: str, email: str, country: str, born_on: date, new_id: NewId, now: datetime
) -> UUID:
    """A new member who may work and employ. Part of the caller's transaction.

    Refuses with `InvalidInput`, `TooYoung` or `EmailTaken`.
    """
    assert in_transaction()
    require_admissible(name=name, email=email, country=country, born_on=born_on, now=now)
    member_id = new_id()
    await execute(
        _INSERT_MEMBER,
        member_id,
        MemberState.REGISTERED.value,
        country,
        [role.value for role in FIRST_ROLES],
        now,
    )
    added = await execute(
        _INSERT_PERSON,
        member_id,
        email_address(email),
        email_key(email),
        clean_name(name),
        born_on,
    )
    if added == 0:  # the caller's transaction rolls the member's row back with the refusal
        raise EmailTaken("this address is registered already")
    return member_id


_CONFIRM: Final = "update member set state = $2 where id = $1 and state = $3"


async def confirm_email(*, member_id: UUID) -> None:
    """Somebody reads letters to the member's address. Once is enough, and says nothing of who is
    restricted or closed. Part of the caller's transaction.
    """
    assert in_transaction()
    states = MemberState.ACTIVE.value, MemberState.REGISTERED.value
    await execute(_CONFIRM, member_id, *states)


_GRANT: Final = """
    update member set roles = array_append(array_remove(roles, $2), $2) where id = $1
"""


@one_transaction
async def grant_role(*, member_id: UUID, role: Role, now: datetime) -> None:  # noqa: ARG001  # kept by the audit trail, once there is one
    """A role a member has already stays; refuses with `NotFound`."""
    if await execute(_GRANT, member_id, role.value) == 0:
        raise NotFound("no such member")


async def require_free(*, member_id: UUID) -> None:
    """Before something new is begun. Refuses with `MemberRestricted`."""
    if await fetch_value("select state from member where id = $1", member_id) in BOUND_STATES:
        raise MemberRestricted("while a suspension is looked at, or lasts, nothing new is begun")


_MOVE: Final = """
    update member set state = $2 where id = $1 and state = any($3) returning true
"""


async def move_member(
    *, member_id: UUID, sources: Collection[MemberState], to: MemberState
) -> bool:
    """Whether the member was in one of the `sources`. Part of the caller's transaction."""
    assert in_transaction()
    states = [state.value for state in sources]
    return await fetch_value(_MOVE, member_id, to.value, states) is not None


async def record_level(*, member_id: UUID, level: int) -> None:
    """What verification has found, for rules below it. Part of its transaction."""
    assert in_transaction()
    await execute("update member set verification_level = $2 where id = $1", member_id, level)


_PREFER: Final = """
    insert into work_preference (member_id, languages, devices, wants_adult)
    values ($1, $2, $3, $4)
    on conflict (member_id) do update set languages = excluded.languages,
        devices = excluded.devices, wants_adult = excluded.wants_adult
"""


@one_transaction
async def set_work_preferences(*, member_id: UUID, preferences: WorkPreferences) -> None:
    """All of them at once; which work is offered follows. Refuses with `InvalidInput`."""
    problem = preferences_problem(preferences)
    if problem is not None:
        raise InvalidInput(problem.message, path=(problem.field,))
    await execute(
        _PREFER,
        member_id,
        sorted(set(preferences.languages)),
        sorted(set(preferences.devices)),
        preferences.wants_adult,
    )


_MARK: Final = """
    insert into member_mark (owner_id, member_id, mark, marked_at)
    select $1, id, $3, $4 from member where id = $2
    on conflict (owner_id, member_id) do update
    set mark = excluded.mark, marked_at = excluded.marked_at
"""


@one_transaction
async def mark_member(*, owner_id: UUID, member_id: UUID, mark: Mark | None, now: datetime) -> None:
    """A favourite, blocked, or neither any more; the other is not told.

    Refuses with `NotFound`, or `NotAllowed` to mark oneself.
    """
    if owner_id == member_id:
        raise NotAllowed("nobody marks themselves")
    if mark is None:
        await execute(
            "delete from member_mark where owner_id = $1 and member_id = $2", owner_id, member_id
        )
    elif await execute(_MARK, owner_id, member_id, mark.value, now) == 0:
        raise NotFound("no such member")


_SET_PROFILE: Final = """
    insert into member_profile (member_id, city, gender, interests, shown)
    values ($1, $2, $3, $4, $5)
    on conflict (member_id) do update
    set city = excluded.city, gender = excluded.gender, interests = excluded.interests,
        shown = excluded.shown
"""


@one_transaction
async def set_profile(*, member_id: UUID, profile: Profile) -> None:
    """The whole of it: what is left out is forgotten. Refuses with `InvalidInput`."""
    problem = problem_of(profile)
    if problem is not None:
        raise InvalidInput(problem.message, path=(problem.field,))
    await execute(
        _SET_PROFILE,
        member_id,
        profile.city,
        profile.gender,
        list(profile.interests),
        sorted(profile.shown),
    )


_ASK: Final = """
    insert into profile_change (id, member_id, field, wanted, reason, state, asked_at)
    values ($1, $2, $3, $4, $5, 'waiting', $6)
    on conflict (member_id, field) where state = 'waiting' do nothing
"""


@one_transaction
async def ask_profile_change(
    *,
    member_id: UUID,
    field: ChangeableField,
    wanted: str,
    reason: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """Without effect until staff approve. Refuses with `InvalidInput` or `ChangeWaiting`.

    Whether an address is somebody else's is said to staff alone.
    """
    problem = change_problem(field=field, wanted=wanted, today=now.date())
    if problem is not None:
        raise InvalidInput(problem, path=("wanted",))
    require_text(reason, path="reason", most=TEXT_LENGTH_MAX)
    if await execute(_ASK, new_id(), member_id, field.value, wanted, reason.strip(), now) == 0:
        raise ChangeWaiting("staff have not decided your last request yet")


_LOCK_CHANGE: Final = """
    select id, wanted from profile_change
    where member_id = $1 and field = $2 and state = 'waiting' for update
"""
_DECIDE: Final = """
    update profile_change
    set state = $2, wanted = null, decided_by = $3, decided_at = $4, answer = $5 where id = $1
"""


@one_transaction
async def decide_profile_change(
    *,
    staff_id: UUID,
    member_id: UUID,
    field: ChangeableField,
    is_approved: bool,
    answer: str,
    now: datetime,
) -> None:
    """What was asked for takes effect, or is forgotten. Nobody decides about themselves.

    An approved day of birth under 18 years ago freezes the member (P16). Refuses with
    `NotAllowed`, `NotFound`, `InvalidInput` or `EmailTaken`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("somebody else decides about you")
    require_text(answer, path="answer", most=TEXT_LENGTH_MAX)
    row = await fetch_row(_LOCK_CHANGE, member_id, field.value)
    if row is None:
        raise NotFound("no such request waits")
    if is_approved:
        await _change(member_id, field, row["wanted"], now=now)
        await enqueue([_tell_of_change(member_id)])
    state = ChangeState.APPROVED if is_approved else ChangeState.DECLINED
    await execute(_DECIDE, row["id"], state.value, staff_id, now, answer.strip())


def _tell_of_change(member_id: UUID) -> JobRequest:
    """Whoever has screened the member knew somebody else."""
    return JobRequest(name="member_changed", arguments={"member_id": str(member_id)})


def _tell_of_freezing(member_id: UUID) -> JobRequest:
    """Whoever keeps their data lets it go (P16)."""
    return JobRequest(name="member_frozen", arguments={"member_id": str(member_id)})


_RENAME: Final = "update member_person set name = $2 where member_id = $1"
_REBORN: Final = "update member_person set born_on = $2 where member_id = $1"
_IS_TAKEN: Final = """
    select exists (select from member_person where email_key = $1 and member_id <> $2)
"""
_READDRESS: Final = "update member_person set email = $2, email_key = $3 where member_id = $1"
_FREEZE: Final = "update member set state = 'frozen' where id = $1 and state <> 'erased'"


async def _change(member_id: UUID, field: ChangeableField, wanted: str, *, now: datetime) -> None:
    if field is ChangeableField.NAME:
        await execute(_RENAME, member_id, clean_name(wanted))
    elif field is ChangeableField.EMAIL:
        if await fetch_value(_IS_TAKEN, email_key(wanted), member_id):
            raise EmailTaken("this address is registered already")
        await execute(_READDRESS, member_id, email_address(wanted), email_key(wanted))
    else:
        born_on = day_of(wanted)
        assert born_on is not None
        await execute(_REBORN, member_id, born_on)
        if age_on(born_on=born_on, on=now.date()) < AGE_MIN:
            await freeze_member(member_id=member_id)
            await enqueue([_tell_of_freezing(member_id)])


_CLOSE: Final = "update member set state = 'closed' where id = $1 and state = any($2)"
_FORGET: Final = {
    "member_profile": "delete from member_profile where member_id = $1",
    "work_preference": "delete from work_preference where member_id = $1",
    "member_mark": "delete from member_mark where owner_id = $1 or member_id = $1",
    "profile_change": "delete from profile_change where member_id = $1",
    "member_person": "delete from member_person where member_id = $1",
}
_ERASED: Final = "update member set state = 'erased' where id = $1"


async def close_member(*, member_id: UUID, from_states: Collection[MemberState]) -> None:
    """Nobody signs in as them any more. Part of the caller's transaction.

    Refuses with `InvalidTransition`.
    """
    assert in_transaction()
    if await execute(_CLOSE, member_id, sorted(from_states)) == 0:
        state = await fetch_value("select state from member where id = $1", member_id)
        raise InvalidTransition(subject="the member", state=str(state), event="close")


async def freeze_member(*, member_id: UUID) -> None:
    """Found under age (P16). Part of the caller's transaction; refuses with `NotFound`."""
    assert in_transaction()
    if await execute(_FREEZE, member_id) == 0:
        raise NotFound("no such member")


async def forget_person(*, member_id: UUID) -> dict[str, int]:
    """What is left is an id and a country. Part of the erasure; rows gone, by table."""
    assert in_transaction()
    gone = {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
    await execute(_ERASED, member_id)
    return gone
