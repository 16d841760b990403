"""Rows of payouts, attempts, batches and destinations; migration 0007 is what creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.payouts.rules import (
    AttemptState,
    BatchState,
    ClosedReason,
    DestinationState,
    FrozenReason,
    PayoutState,
    Problem,
)


class Destination(Table, tablename="destination"):
    """A member's saved place to be paid. Its content never changes: another one is another row."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=DestinationState)
    kind = Text(default=None, help_text="Declared by a provider's manifest, such as sepa_iban.")
    country = Text(default=None, help_text="Of the account, not of the member.")
    currency = Text(default=None)
    label = Text(default=None, help_text="Masked, for display.")
    fields = Bytea(default=None, help_text="Sealed by the vault, bound to this row and column.")
    fingerprint = Bytea(default=None, help_text="Keyed digest of the canonical content.")
    created_at = Timestamptz(default=None)
    removed_at = Timestamptz(null=True, default=None)


class Payout(Table, tablename="payout"):
    """A worker's request to be paid; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    destination_id = ForeignKey(
        Destination,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
        help_text="Where the money goes; fixed at the request.",
    )
    state = Text(default=None, choices=PayoutState)
    currency = Text(default=None)
    amount_micros = BigInt(default=None, help_text="What leaves the worker's earnings.")
    fee_micros = BigInt(default=None, help_text="What the worker pays of it for the transport.")
    problem = Text(null=True, default=None, choices=Problem, help_text="Shown to the worker.")
    requested_at = Timestamptz(default=None)
    paid_at = Timestamptz(null=True, default=None, help_text="When E9 was booked.")
    closed_at = Timestamptz(null=True, default=None, help_text="When the money was back.")


class PayoutBatch(Table, tablename="payout_batch"):
    """What one call hands over. Membership, digest and `batch_ref` never change once committed."""

    id = UUID(primary_key=True, default=None)
    batch_ref = Text(default=None, help_text="The idempotency key at the provider.")
    instance_id = Text(default=None)
    currency = Text(default=None)
    items_digest = Bytea(default=None, help_text="Of references, amounts and destinations.")
    state = Text(default=None, choices=BatchState)
    send_count = Integer(default=None)
    look_up_count = Integer(default=None, help_text="Since the last send.")
    watch_count = Integer(default=None, help_text="Look-ups after all was decided, for returns.")
    missing_count = Integer(default=None, help_text="Look-ups that agreed on missing items.")
    missing_since = Timestamptz(null=True, default=None)
    unknown_since = Timestamptz(
        null=True, default=None, help_text="Set once nobody knew; then it is never withdrawn."
    )
    first_sent_at = Timestamptz(null=True, default=None)
    last_sent_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz(
        null=True, default=None, help_text="Of the next job; while sending, the lease's end."
    )
    provider_ref = Text(null=True, default=None)
    created_at = Timestamptz(default=None)


class PayoutAttempt(Table, tablename="payout_attempt"):
    """One try to execute a payout at one provider; the database allows one open at a time."""

    id = UUID(primary_key=True, default=None)
    payout_id = ForeignKey(
        Payout,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    batch_id = ForeignKey(
        PayoutBatch,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    attempt_no = Integer(default=None)
    item_ref = Text(default=None, help_text="Our only handle after a time-out.")
    state = Text(default=None, choices=AttemptState)
    closed_reason = Text(null=True, default=None, choices=ClosedReason)
    frozen_reason = Text(null=True, default=None, choices=FrozenReason)
    provider_ref = Text(null=True, default=None)
    provider_code = Text(null=True, default=None)
    fee_micros = BigInt(null=True, default=None, help_text="What the provider charged us.")
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)


class ProviderCall(Table, tablename="provider_call"):
    """A call to the outside. One without end tells of a crash."""

    id = UUID(primary_key=True, default=None)
    subject_id = UUID(default=None, index=True, help_text="The batch or deposit.")
    instance_id = Text(default=None)
    kind = Text(default=None)
    send_no = Integer(default=None)
    started_at = Timestamptz(default=None)
    finished_at = Timestamptz(null=True, default=None)
    outcome = Text(null=True, default=None, help_text="ok, or the class of the error.")
