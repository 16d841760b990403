"""Rows of issued documents; migration 0008 creates them and refuses every change."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    BigInt,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.tables import Assignment
from domain.invoices.rules import DocumentKind
from domain.members.tables import Member


class LegalEntity(Table, tablename="legal_entity"):
    """The platform's company that issues documents."""

    id = UUID(primary_key=True, default=None)
    code = Text(default=None, help_text="Begins every number of its documents: DE.")
    name = Text(default=None)
    street = Text(default=None)
    postcode = Text(default=None)
    city = Text(default=None)
    country = Text(default=None)
    vat_id = Text(null=True, default=None)


class NumberSeries(Table, tablename="number_series"):
    """A gapless counter per legal entity, kind and year; `number_take` locks and moves it."""

    legal_entity_id = ForeignKey(
        LegalEntity,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    document_kind = Text(default=None, choices=DocumentKind)
    fiscal_year = Integer(default=None)
    prefix = Text(default=None, help_text="Differs per kind, so that no two share a number.")
    next_number = Integer(default=None)


class IssuedDocument(Table, tablename="issued_document"):
    """What was issued, for ever. A mistake is corrected by another document."""

    id = UUID(primary_key=True, default=None)
    legal_entity_id = UUID(default=None, help_text="With kind and year a key to the series.")
    document_kind = Text(default=None, choices=DocumentKind)
    fiscal_year = Integer(default=None)
    sequence_number = Integer(default=None)
    number = Text(default=None)
    issued_on = Date(default=None)
    counterparty_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    currency = Text(default=None)
    minor_micros = BigInt(default=None, help_text="Micros in one unit of the *_minor beside it.")
    net_minor = BigInt(default=None)
    vat_minor = BigInt(default=None)
    gross_minor = BigInt(default=None)
    canonical_json = Text(default=None, help_text="The frozen record, keys sorted.")
    canonical_sha256 = Bytea(default=None)
    created_at = Timestamptz(default=None)


class DocumentFile(Table, tablename="document_file"):
    """A rendering of a document; made once, never replaced."""

    document_id = ForeignKey(
        IssuedDocument,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    file_kind = Text(default=None, help_text="pdf")
    sha256 = Bytea(default=None)
    content = Bytea(default=None)


class BilledAssignment(Table, tablename="billed_assignment"):
    """Which assignment stands on which document: once per kind."""

    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    document_kind = Text(default=None, choices=DocumentKind)
    document_id = ForeignKey(
        IssuedDocument,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )


class BillingCarry(Table, tablename="billing_carry"):
    """Fractions of a minor unit that no document could show yet; its row lock orders issuers."""

    legal_entity_id = ForeignKey(
        LegalEntity,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    counterparty_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    document_kind = Text(default=None, choices=DocumentKind)
    currency = Text(default=None)
    micros = BigInt(default=None)
