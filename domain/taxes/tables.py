"""Rows of VAT; migration 0027 creates them and refuses every change."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.taxes.rules import ServiceKind, VatCategory, VatReturn


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
