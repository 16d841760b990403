"""Rows of rulesets; migration 0016 creates them and keeps them from being edited."""

from __future__ import annotations

from piccolo.columns import UUID, Array, BigInt, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.routing.provider import FeePayer, Rail
from domain.routing.rules import RulesetState, Schedule


class RoutingRegion(Table, tablename="routing_region"):
    """A named group of countries."""

    name = Text(primary_key=True, default=None)
    country = Text(default=None)


class RoutingRuleset(Table, tablename="routing_ruleset"):
    """One version of all rules. The newest approved one that is effective decides."""

    version = Integer(primary_key=True, default=None)
    state = Text(default=None, choices=RulesetState)
    effective_from = Timestamptz(default=None)
    note = Text(default=None, help_text="Why, in the words of the author.")
    author_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    created_at = Timestamptz(default=None)
    approver_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None, index=True
    )
    approved_at = Timestamptz(null=True, default=None)
    withdrawn_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None, index=True
    )
    withdrawn_at = Timestamptz(null=True, default=None)


class RoutingRule(Table, tablename="routing_rule"):
    """One rule of a ruleset; the first whose conditions all hold decides."""

    id = UUID(primary_key=True, default=None)
    version = ForeignKey(
        RoutingRuleset,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    position = Integer(default=None)
    name = Text(default=None)
    country = Text(null=True, default=None, help_text="Of the member.")
    region = Text(null=True, default=None, help_text="A group of such countries.")
    destination_country = Text(null=True, default=None, help_text="Of the account.")
    currency = Text(null=True, default=None)
    amount_from_micros = BigInt(null=True, default=None)
    amount_to_micros = BigInt(null=True, default=None)
    destination_kind = Text(null=True, default=None)
    rail = Text(null=True, default=None, choices=Rail)
    level = Integer(null=True, default=None)
    member_age_days = Integer(null=True, default=None)
    legal_entity = Text(null=True, default=None)
    providers = Array(base_column=Text(), default=None, help_text="Instances, in this order.")
    router = Text(default=None)
    minimum_micros = BigInt(null=True, default=None)
    max_fee_basis_points = Integer(null=True, default=None)
    fee_payer = Text(default=None, choices=FeePayer)
    schedule = Text(default=None, choices=Schedule)
    hold_hours = Integer(default=None, help_text="After a destination was added.")
