"""Rows of members; migrations 0002 and 0055 create them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.rules import ChangeableField, ChangeState, Gender, Mark, MemberState


class Member(Table, tablename="member"):
    """What everything else refers to, and all that other members may see."""

    id = UUID(primary_key=True, default=None)
    state = Text(default=None, choices=MemberState)
    country = Text(default=None, help_text="ISO 3166-1 alpha-2; public.")
    roles = Array(base_column=Text(), default=None, help_text="What the member may act as.")
    registered_at = Timestamptz(default=None)
    verification_level = Integer(default=None, help_text="As verification last found it.")


class MemberPerson(Table, tablename="member_person"):
    """The person behind a member: for the member alone, and emptied on erasure."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    email = Text(default=None, help_text="As letters are addressed.")
    email_key = Text(default=None, help_text="The same for all spellings of one address; unique.")
    name = Text(default=None)
    born_on = Date(default=None)


class WorkPreference(Table, tablename="work_preference"):
    """What a worker says of the work that suits, for the member alone."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    languages = Array(base_column=Text(), default=None, help_text="ISO 639-1.")
    devices = Array(base_column=Text(), default=None, help_text="What is at hand.")
    wants_adult = Boolean(default=None, help_text="Asks for content for grown-ups (P6).")


class MemberMark(Table, tablename="member_mark"):
    """What one member has noted about another, who is not told."""

    owner_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    mark = Text(default=None, choices=Mark)
    marked_at = Timestamptz(default=None)


class MemberProfile(Table, tablename="member_profile"):
    """What a member tells of themselves, all of it by choice; deleted on erasure."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    city = Text(null=True, default=None)
    gender = Text(null=True, default=None, choices=Gender)
    interests = Array(base_column=Text(), default=None)
    shown = Array(base_column=Text(), default=None, help_text="The fields that others see.")


class ProfileChange(Table, tablename="profile_change"):
    """A wish that staff decide; one per field waits at a time."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    field = Text(default=None, choices=ChangeableField)
    wanted = Text(null=True, default=None, help_text="Null once it is decided.")
    reason = Text(default=None)
    state = Text(default=None, choices=ChangeState)
    asked_at = Timestamptz(default=None)
    decided_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    decided_at = Timestamptz(null=True, default=None)
    answer = Text(null=True, default=None, help_text="What staff say to the member.")
