"""Rows of issued documents; migrations 0008, 0030 and 0049 create them and refuse every change."""

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
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.invoices.rules import CreditWay, DeliveryState, DocumentKind, FileKind, RunItemState
from domain.members.tables import Member


class IssuerLogo(Table, tablename="issuer_logo"):
    """Kept for ever: issued documents name it by digest."""

    sha256 = Bytea(primary_key=True, default=None)
    media_type = Text(default=None, help_text="image/png or image/svg+xml.")
    content = Bytea(default=None)


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
    legal_id = Text(null=True, default=None, help_text="In a register; in France the SIREN.")
    tax_number = Text(null=True, default=None, help_text="A national one, without a VAT id.")
    endpoint = Text(null=True, default=None, help_text="Where it gets electronic invoices.")
    footer = Text(default=None, help_text="Its own words under every page.")
    logo_sha256 = ForeignKey(
        IssuerLogo,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    is_active = Boolean(default=None, help_text="Whether it issues anything new.")


class IssuerChange(Table, tablename="issuer_change"):
    """Who changed what about those who issue."""

    id = UUID(primary_key=True, default=None)
    actor_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    subject = Text(default=None, help_text="The code of the company, or the prefix of a series.")
    changed_at = Timestamptz(default=None)
    before = JSONB(null=True, default=None)
    after = JSONB(default=None)


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
    preceding_id: ForeignKey[IssuedDocument] = ForeignKey(
        "self",
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="What a credit note or a correction is about.",
    )
    replaces_id: ForeignKey[IssuedDocument] = ForeignKey(
        "self",
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="Whose work it shows again, with the right data.",
    )
    about_kind = Text(null=True, default=None, help_text="Kind of what it is about.")
    credit_way = Text(null=True, default=None, choices=CreditWay)
    language = Text(default=None)
    vat_decision = JSONB(null=True, default=None, help_text="Rule, inputs, what was looked up.")


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
    file_kind = Text(default=None, choices=FileKind)
    sha256 = Bytea(default=None)
    content = Bytea(default=None)


class BilledWork(Table, tablename="billed_work"):
    """Which assignment or bonus stands on which document: once per kind."""

    work_id = UUID(primary_key=True, default=None, help_text="Of an assignment or a bonus.")
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


class DocumentSubject(Table, tablename="document_subject"):
    """A deposit has one receipt, a payout one statement, a month of a balance one statement."""

    document_kind = Text(primary_key=True, default=None, choices=DocumentKind)
    subject = Text(default=None)
    document_id = ForeignKey(
        IssuedDocument,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )


class DocumentDraft(Table, tablename="document_draft"):
    """What could not be issued, and why."""

    id = UUID(primary_key=True, default=None)
    document_kind = Text(default=None, choices=DocumentKind)
    counterparty_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    currency = Text(default=None)
    content = Text(default=None, help_text="The record without a number.")
    problems = Array(base_column=Text(), default=None, help_text="Rules by id, with what they say.")
    checked_at = Timestamptz(default=None)


class DocumentPreference(Table, tablename="document_preference"):
    """In which language a member's documents are; without one the country decides."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    language = Text(default=None)


class DocumentRun(Table, tablename="document_run"):
    """Documents for everybody with work that none shows yet."""

    id = UUID(primary_key=True, default=None)
    document_kind = Text(default=None, choices=DocumentKind)
    asked_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    asked_at = Timestamptz(default=None)
    finished_at = Timestamptz(null=True, default=None)


class DocumentRunItem(Table, tablename="document_run_item"):
    """Done in the transaction that issues its document, so a run goes on where it was killed."""

    run_id = ForeignKey(
        DocumentRun,
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
    currency = Text(default=None)
    state = Text(default=None, choices=RunItemState)
    document_id = ForeignKey(
        IssuedDocument,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )


class DocumentDelivery(Table, tablename="document_delivery"):
    """A document on its way to its member; the address is never kept here."""

    document_id = ForeignKey(
        IssuedDocument,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    state = Text(default=None, choices=DeliveryState)
    try_count = Integer(default=None)
    tried_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
