"""Rows of referrals; migration 0006 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.tables import Assignment
from domain.members.tables import Member
from domain.referrals.rules import ReferralRejectReason, ReferralState


class ReferralLink(Table, tablename="referral_link"):
    """The code in a member's link; it never changes."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    code = Text(default=None)
    created_at = Timestamptz(default=None)


class Referral(Table, tablename="referral"):
    """A member who registered through another's link."""

    id = UUID(primary_key=True, default=None)
    referrer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    referee_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=ReferralState)
    signed_up_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None, help_text="Work approved later earns nothing.")
    rewarded_through = Timestamptz(
        default=None, help_text="Approvals before it, less a safety margin, are rewarded."
    )
    reject_reason = Text(null=True, default=None, choices=ReferralRejectReason)
    claw_back_text = Text(null=True, default=None, help_text="What the referrer reads.")
    clawed_back_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Who of the staff; never shown.",
    )
    clawed_back_at = Timestamptz(null=True, default=None)


class ReferralReward(Table, tablename="referral_reward"):
    """What one approved assignment of the referee earned the referrer; append-only."""

    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    referral_id = ForeignKey(
        Referral,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    currency = Text(default=None)
    amount_micros = BigInt(default=None)
    rewarded_at = Timestamptz(default=None)
