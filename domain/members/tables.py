"""Rows of members; migration 0002 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.rules import MemberState


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
