"""Rows of policies and of what members agreed to; migration 0070 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.consents.rules import PolicyKind
from domain.members.tables import Member


class PolicyVersion(Table, tablename="policy_version"):
    """A text that members agree to; never edited once it is posted."""

    id = UUID(primary_key=True, default=None)
    kind = Text(default=None, choices=PolicyKind)
    version = Integer(default=None)
    languages = Array(base_column=Text(), default=None, help_text="ISO 639-1, as `texts`.")
    texts = Array(base_column=Text(), default=None)
    note = Text(default=None, help_text="What is new.")
    is_material = Boolean(default=None, help_text="Members must agree to it anew.")
    data_regions = Array(base_column=Text(), default=None, help_text="Where data are processed.")
    effective_at = Timestamptz(default=None)
    drafted_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    drafted_at = Timestamptz(default=None)
    posted_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Somebody else than who wrote it.",
    )
    posted_at = Timestamptz(null=True, default=None, help_text="Empty: a draft.")


class Consent(Table, tablename="consent"):
    """A member agreed to a version; the primary key is member and version."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    version_id = ForeignKey(
        PolicyVersion,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    language = Text(default=None, help_text="In which the member read it.")
    data_regions = Array(base_column=Text(), default=None, help_text="Those of the version.")
    given_at = Timestamptz(default=None)


class PolicyNotice(Table, tablename="policy_notice"):
    """A member was told of a version; the primary key is version and member."""

    version_id = ForeignKey(
        PolicyVersion,
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
        index=True,
    )
    told_at = Timestamptz(default=None)
