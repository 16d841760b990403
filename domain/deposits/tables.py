"""Rows of deposits, refunds and decisions; migrations 0007, 0017 and 0023 create them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.deposits.rules import ArrivalState, Decision, DepositState, RefundState
from domain.members.tables import Member


class Deposit(Table, tablename="deposit"):
    """Money an employer brings; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=DepositState)
    currency = Text(default=None)
    amount_micros = BigInt(default=None, help_text="What the employer may spend, gross.")
    fee_micros = BigInt(null=True, default=None, help_text="What the provider kept of it.")
    deposit_ref = Text(default=None, help_text="The idempotency key at the provider.")
    instance_id = Text(default=None)
    reference = Text(default=None, help_text="The employer's own note, handed to the provider.")
    return_url = Text(default=None, help_text="Where the provider sends the employer afterwards.")
    provider_ref = Text(null=True, default=None)
    redirect_url = Text(null=True, default=None, help_text="Where the employer pays.")
    failure = Text(null=True, default=None, help_text="The provider's code.")
    started_at = Timestamptz(default=None)
    settled_at = Timestamptz(null=True, default=None)
    create_count = Integer(default=None, help_text="Tries to announce it to the provider.")
    look_up_count = Integer(default=None)
    due_at = Timestamptz(null=True, default=None, help_text="Of the next job.")
    instructions = Text(null=True, default=None, help_text="What the employer has to do to pay.")
    expires_at = Timestamptz(null=True, default=None, help_text="Until then it can be paid.")
    arrived_micros = BigInt(null=True, default=None, help_text="What the provider says came.")
    arrived_currency = Text(null=True, default=None)
    credited_micros = BigInt(null=True, default=None, help_text="What E1 gave the employer.")
    dismissed_micros = BigInt(default=0, help_text="What two people have dealt with elsewhere.")
    refunded_micros = BigInt(default=None, help_text="What went back the way it came.")
    disputed_micros = BigInt(null=True, default=None, help_text="While a dispute is open.")
    lost_micros = BigInt(default=None, help_text="What disputes took away for good.")
    dispute_count = Integer(default=None)
    dispute_hold_id = UUID(null=True, default=None, help_text="What the employer cannot spend.")
    watch_count = Integer(default=None, help_text="Look-ups after it settled, for disputes.")
    heard_at = Timestamptz(
        null=True, default=None, help_text="Of the last news that its provider sent unasked."
    )
    capture_count = Integer(default=None, help_text="Tries to take what the employer agreed to.")
    first_capture_at = Timestamptz(null=True, default=None)
    capture_lease_until = Timestamptz(null=True, default=None, help_text="While a capture runs.")


class DepositRefund(Table, tablename="deposit_refund"):
    """Money on its way back to the payer; set aside before a provider hears of it."""

    id = UUID(primary_key=True, default=None)
    deposit_id = ForeignKey(
        Deposit,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=RefundState)
    currency = Text(default=None)
    amount_micros = BigInt(default=None)
    refund_ref = Text(default=None, help_text="The idempotency key at the provider.")
    provider_ref = Text(null=True, default=None)
    failure = Text(null=True, default=None, help_text="The provider's code.")
    hold_id = UUID(null=True, default=None, help_text="What is set aside in the ledger.")
    asked_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    asked_at = Timestamptz(default=None)
    first_sent_at = Timestamptz(null=True, default=None)
    last_sent_at = Timestamptz(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None, help_text="While a send runs.")
    send_count = Integer(default=None)
    look_up_count = Integer(default=None)
    missing_count = Integer(default=None, help_text="Look-ups that agreed on its absence.")
    missing_since = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    watch_count = Integer(default=0, help_text="Look-ups after it was done.")
    due_at = Timestamptz(null=True, default=None, help_text="Of the next job.")


class DepositDecision(Table, tablename="deposit_decision"):
    """What people decide about a frozen deposit: one proposes, another one agrees."""

    id = UUID(primary_key=True, default=None)
    deposit_id = ForeignKey(
        Deposit,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    decision = Text(default=None, choices=Decision)
    note = Text(default=None, help_text="Why, and what was seen.")
    proposed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    proposed_at = Timestamptz(default=None)
    agreed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    agreed_at = Timestamptz(null=True, default=None)
    dropped_at = Timestamptz(null=True, default=None, help_text="Another proposal took its place.")


class DepositArrival(Table, tablename="deposit_arrival"):
    """One payment of a payer, as its provider names it; booked once."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    arrival_ref = Text(default=None, help_text="The provider's own name of it, or a running sum.")
    deposit_id = ForeignKey(
        Deposit,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="What it names; null where it names nothing of ours.",
    )
    state = Text(default=None, choices=ArrivalState)
    currency = Text(default=None)
    amount_micros = BigInt(default=None)
    said = Text(default="", help_text="What the payer wrote; for finance alone.")
    arrived_at = Timestamptz(default=None)
    recorded_at = Timestamptz(default=None)
    proposed_as = Text(null=True, default=None, choices=ArrivalState)
    proposed_employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="Who shall get it.",
    )
    proposed_note = Text(null=True, default=None)
    proposed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    proposed_at = Timestamptz(null=True, default=None)
    decided_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="Never who proposed it.",
    )
    decided_at = Timestamptz(null=True, default=None)
