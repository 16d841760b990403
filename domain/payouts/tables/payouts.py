"""What workers want: destinations, payouts, instructions, and what holds or releases them."""

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

from domain.events.tables import TransactionId
from domain.members.tables import Member
from domain.payouts.rules import (
    DestinationState,
    PayoutState,
    Problem,
    RunState,
)
from domain.routing.rules import Schedule


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
    payee_hash = Bytea(null=True, default=None, help_text="HMAC of the account alone.")
    created_at = Timestamptz(default=None)
    confirmed_at = Timestamptz(null=True, default=None, help_text="Null: nothing goes there yet.")
    removed_at = Timestamptz(null=True, default=None)


class PayoutRun(Table, tablename="payout_run"):
    """What a day of the calendar collected, to be released together."""

    id = UUID(primary_key=True, default=None)
    state = Text(default=None, choices=RunState)
    schedule = Text(default=None, choices=Schedule)
    currency = Text(default=None)
    run_on = Date(default=None)
    collected_at = Timestamptz(default=None)
    closed_at = Timestamptz(null=True, default=None)


class PayoutMemberHold(Table, tablename="payout_member_hold"):
    """Members who hold their own payouts; the row goes with the hold."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    held_at = Timestamptz(default=None)


class Spending(Table, tablename="spending"):
    """Earnings moved to what their member spends as an employer. Append-only; no way back."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    currency = Text(default=None)
    amount_micros = BigInt(default=None)
    spent_at = Timestamptz(default=None)


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
    approved_at = Timestamptz(null=True, default=None, help_text="Let out once, it needs no more.")
    screened_at = Timestamptz(
        null=True, default=None, help_text="When people let it past the screeners."
    )
    held_until = Timestamptz(null=True, default=None, help_text="Where a hold ends by itself.")
    reminded_at = Timestamptz(
        null=True, default=None, help_text="When its member last heard that it waits for them."
    )
    schedule = Text(null=True, default=None, choices=Schedule, help_text="Of the run it waits for.")
    run_id = ForeignKey(
        PayoutRun,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        default=None,
        index=True,
    )
    cancel_asked_at = Timestamptz(
        null=True, default=None, help_text="When its worker asked for it back from the provider."
    )
    needed_level = Integer(
        null=True, default=None, help_text="Of verification, while it is held for want of it."
    )


class PayoutRelease(Table, tablename="payout_release"):
    """Who let a run or a payout out; nobody stands here twice for the same thing."""

    id = UUID(primary_key=True, default=None)
    run_id = ForeignKey(
        PayoutRun, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None
    )
    payout_id = ForeignKey(
        Payout, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None
    )
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    reason = Text(default=None)
    released_at = Timestamptz(default=None)


class PayoutObserver(Table, tablename="payout_observer"):
    """How far an observer of a plugin has been told of payouts."""

    name = Text(primary_key=True, default=None)
    tx = TransactionId(default=None)
    seq = BigInt(default=None)
    failure_count = Integer(default=0, help_text="Of the next event, in a row.")
    retry_at = Timestamptz(null=True, default=None)
    skipped_count = BigInt(default=0, help_text="Events it never took.")


class PayoutInstruction(Table, tablename="payout_instruction"):
    """A worker's standing wish to be paid without asking each time."""

    id = UUID(primary_key=True, default=None)
    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    currency = Text(default=None)
    destination_id = ForeignKey(
        Destination,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    minimum_micros = BigInt(default=None, help_text="Less than this waits for the next run.")
    paused_until = Timestamptz(null=True, default=None, help_text="The worker's own hold.")
    created_at = Timestamptz(default=None)
