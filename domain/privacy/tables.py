"""Rows of privacy; migrations 0072, 0073, 0087 and 0091 create them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.privacy.rules import ErasureReason


class Erasure(Table, tablename="erasure"):
    """Why a member's data goes, when, and what became of each store: the receipt."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        unique=True,
    )
    reason = Text(default=None, choices=ErasureReason)
    asked_at = Timestamptz(default=None)
    due_at = Timestamptz(
        default=None, help_text="Not earlier; later where something is in the way."
    )
    erased_at = Timestamptz(null=True, default=None)
    backups_until = Timestamptz(null=True, default=None, help_text="Then the last copy is gone.")
    stores = JSONB(default=None, help_text="Of each store what was done, and to how many rows.")
    tax_until = Timestamptz(
        null=True, default=None, help_text="Then the keys of the tax papers go; empty without any."
    )
    tax_erased_at = Timestamptz(null=True, default=None)


class LegalHold(Table, tablename="legal_hold"):
    """While it stands, nothing of the member is erased or purged."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    reason = Text(default=None, help_text="In the words of whoever placed it.")
    placed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    placed_at = Timestamptz(default=None)
    lifted_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    lifted_at = Timestamptz(null=True, default=None)


class DataExport(Table, tablename="data_export"):
    """All that is a member's own, in one archive that only they get."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    asked_at = Timestamptz(default=None)
    ready_at = Timestamptz(null=True, default=None)
    until = Timestamptz(null=True, default=None, help_text="Then it is deleted.", index=True)
    content = Bytea(null=True, default=None, help_text="A zip, sealed by the vault for this row.")


class Disclosure(Table, tablename="disclosure"):
    """Who asked for what of a member, and by which law. Append-only."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    recipient = Text(default=None, help_text="The authority that asked.")
    legal_basis = Text(default=None)
    reference = Text(default=None, help_text="Of the request, by its sender.")
    fields = Array(base_column=Text(), default=None, help_text="Names of fields, no values.")
    disclosed_on = Date(default=None)
    may_be_told = Boolean(default=None, help_text="Whether the law lets the member know.")
    recorded_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    recorded_at = Timestamptz(default=None)


class Purge(Table, tablename="purge"):
    """How many rows of a store went on a day, because their time was over."""

    store = Text(primary_key=True, default=None)
    purged_on = Date(default=None)
    row_count = BigInt(default=None)
