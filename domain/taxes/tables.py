"""Rows of VAT (migration 0027), tax forms (0028), B-notices (0036); none of them changes."""

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

from domain.members.tables import Member
from domain.taxes.rules import ServiceKind, VatCategory, VatReturn, WorkerStatus
from domain.taxes.rules.b_notices import Notice, NoticeEnd
from domain.taxes.rules.forms import FormKind
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.profile import EndReason


class VatSellerTerms(Table, tablename="vat_seller"):
    """The tax facts of a company that sells, from a day on. Rows are added, never edited."""

    code = Text(primary_key=True, default=None, help_text="Of the legal entity.")
    valid_from = Date(default=None)
    revision = Integer(default=None, help_text="A correction; the highest one counts.")
    country = Text(default=None)
    is_small_business = Boolean(default=None)
    has_oss = Boolean(default=None, help_text="Registered for the one-stop shop of the Union.")
    service_kind = Text(default=None, choices=ServiceKind)
    union_sales_this_year_eur = BigInt(
        default=None, help_text="To consumers of other members, outside of this system."
    )
    union_sales_last_year_eur = BigInt(default=None)
    has_one_establishment = Boolean(default=None)
    recorded_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    recorded_at = Timestamptz(null=True, default=None, help_text="Null: by the set-up.")


class VatDecided(Table, tablename="vat_decision"):
    """Which VAT a sale has and why; never changed, and kept with its documents."""

    id = UUID(primary_key=True, default=None)
    subject_kind = Text(default=None, help_text="campaign or self_bill.")
    subject_id = UUID(default=None)
    seller_code = Text(default=None)
    counterparty_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    decided_on = Date(default=None, help_text="The day whose law counts.")
    decided_at = Timestamptz(default=None)
    category = Text(default=None, choices=VatCategory)
    basis_points = Integer(null=True, default=None, help_text="Null outside the scope of VAT.")
    exemption_code = Text(null=True, default=None, help_text="VATEX, where there is one.")
    exemption_text = Text(null=True, default=None)
    reported_in = Text(default=None, choices=VatReturn)
    place = Text(default=None, help_text="The country whose VAT it is.")
    rule = Text(default=None, help_text="The line that decided.")
    currency = Text(default=None)
    net_micros = BigInt(default=None, help_text="What was sold; feeds the limits of the year.")
    inputs = JSONB(default=None, help_text="Everything the decision looked at.")
    rules_used = JSONB(default=None, help_text="Keys of the rows of law, and who vouched.")


class TaxFormVersion(Table, tablename="tax_form"):
    """What a member certified; the content and the numbers are sealed values of its id."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    form_kind = Text(default=None, choices=FormKind)
    version = Integer(default=None, help_text="Per member and kind, from 1.")
    country = Text(default=None, help_text="The country it is about.")
    vat_status = Text(null=True, default=None, choices=WorkerStatus, help_text="Of a VAT form.")
    text_version = Text(default=None, help_text="Of the sentences that were signed.")
    flags = Array(base_column=Text(), default=None, help_text="What contradicted it at once.")
    is_backup_exempt = Boolean(default=None, help_text="False: payments are withheld from.")
    valid_until = Date(null=True, default=None)
    submitted_at = Timestamptz(default=None)


class TaxFormEnd(Table, tablename="tax_form_end"):
    """From here on a form no longer stands."""

    form_id = ForeignKey(
        TaxFormVersion,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    reason = Text(default=None, choices=EndReason)
    ended_at = Timestamptz(default=None)


class TaxNumberShown(Table, tablename="tax_number"):
    """What may be shown of a number, and the blind index that finds the same one again."""

    form_id = ForeignKey(
        TaxFormVersion,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    field = Text(default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    number_kind = Text(default=None, choices=NumberKind)
    country = Text(default=None)
    last_four = Text(default=None)
    blind_index = Bytea(default=None, index=True, help_text="HMAC under a key of its own.")


class TaxNumberTwin(Table, tablename="tax_number_twin"):
    """Another member had given the number before: a note for staff."""

    form_id = ForeignKey(
        TaxFormVersion,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    field = Text(default=None)
    other_member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    noticed_at = Timestamptz(default=None)


class VatProof(Table, tablename="vat_proof"):
    """An answer about a VAT id, or another proof that a person accepted."""

    id = UUID(primary_key=True, default=None)
    form_id = ForeignKey(
        TaxFormVersion,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    outcome = Text(default=None, help_text="valid, invalid or other.")
    check_id = UUID(null=True, default=None, help_text="The verifier's own record.")
    consultation = Text(null=True, default=None, help_text="The number that proves the answer.")
    note = Text(null=True, default=None, help_text="What a person has seen.")
    recorded_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    proven_at = Timestamptz(default=None)


class LocationProof(Table, tablename="location_proof"):
    """Where a member seems to be, by one kind of evidence."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    proof_kind = Text(default=None)
    country = Text(default=None)
    seen_at = Timestamptz(default=None)


class SelfBillingAgreement(Table, tablename="self_billing_agreement"):
    """Lets us write a member's documents; only its withdrawal is set, once."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    text_version = Text(default=None)
    accepted_at = Timestamptz(default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


class TaxReveal(Table, tablename="tax_reveal"):
    """Who saw a whole number, and why."""

    id = UUID(primary_key=True, default=None)
    actor_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    form_id = ForeignKey(
        TaxFormVersion,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    field = Text(default=None)
    reason = Text(default=None)
    revealed_at = Timestamptz(default=None)


class BNotice(Table, tablename="b_notice"):
    """The IRS names a member whose name and number do not belong together. Never edited."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    notice = Text(default=None, choices=Notice)
    received_on = Date(default=None, help_text="Of the CP2100 that names the member.")
    tax_year = Integer(default=None)
    letter_by = Date(null=True, default=None, help_text="None when nothing new is sent.")
    withhold_from = Date(null=True, default=None)
    recorded_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    recorded_at = Timestamptz(default=None)


class BNoticeLetter(Table, tablename="b_notice_letter"):
    """The letter went out."""

    notice_id = ForeignKey(
        BNotice,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    sent_on = Date(default=None)
    noted_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    noted_at = Timestamptz(default=None)


class BNoticeEnd(Table, tablename="b_notice_end"):
    """The payee has answered."""

    notice_id = ForeignKey(
        BNotice,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    way = Text(default=None, choices=NoticeEnd)
    note = Text(default=None, help_text="What the person has seen; empty for a form.")
    ended_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    ended_at = Timestamptz(default=None)
