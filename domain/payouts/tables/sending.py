"""How payouts leave: routes, batches, attempts, calls, and what people find out about them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.payouts.rules import (
    AttemptState,
    BatchState,
    ClosedReason,
    FrozenReason,
    Objection,
    ResolutionState,
    Verdict,
)
from domain.payouts.tables.payouts import Payout
from domain.routing.tables import RoutingRuleset


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
    plugin_id = Text(
        null=True, default=None, help_text="Whose code made it; null: older than 0014."
    )
    plugin_version = Text(null=True, default=None)
    api_version = Integer(null=True, default=None)
    sequence_no = BigInt(null=True, default=None, help_text="Where the manifest asks for one.")
    payload = Bytea(null=True, default=None, help_text="Sealed by the vault, bound to this row.")
    payload_digest = Bytea(null=True, default=None, help_text="SHA-256 of the plain bytes.")
    provider_state = JSONB(default=None, help_text="What the provider gave us to keep.")
    objection = Text(null=True, default=None, choices=Objection)
    heard_at = Timestamptz(
        null=True, default=None, help_text="Of the last news that its provider sent unasked."
    )


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
    plugin_id = Text(null=True, default=None)
    plugin_version = Text(null=True, default=None)
    api_version = Integer(null=True, default=None)
    sequence_no = BigInt(null=True, default=None, help_text="Without a gap per instance.")
    provider_state = JSONB(default=None, help_text="What the provider gave us to keep.")
    next_step = Text(null=True, default=None, help_text="What `Advances.advance` does next.")
    step_count = Integer(default=None, help_text="Advances begun.")
    step_due_at = Timestamptz(
        null=True, default=None, help_text="Of the next step; while it runs, the lease's end."
    )
    step_started_at = Timestamptz(null=True, default=None, help_text="While a step runs.")
    fee_currency = Text(null=True, default=None, help_text="Null: the batch's.")
    source_micros = BigInt(null=True, default=None, help_text="What left our balance there.")
    source_currency = Text(null=True, default=None)
    target_micros = BigInt(null=True, default=None, help_text="What arrived.")
    target_currency = Text(null=True, default=None)
    exchange_rate = Numeric(null=True, default=None, help_text="Target = source x rate.")


class ProviderCall(Table, tablename="provider_call"):
    """A call to the outside. One without end tells of a crash."""

    id = UUID(primary_key=True, default=None)
    subject_id = UUID(default=None, index=True, help_text="The batch, attempt or deposit.")
    instance_id = Text(default=None)
    kind = Text(default=None)
    send_no = Integer(default=None)
    started_at = Timestamptz(default=None)
    finished_at = Timestamptz(null=True, default=None)
    outcome = Text(null=True, default=None, help_text="ok, or the class of the error.")
    error_code = Text(null=True, default=None, help_text="The provider's own.")
    detail = Text(null=True, default=None, help_text="For staff; never of a body or destination.")


class ProviderSequence(Table, tablename="provider_sequence"):
    """Numbers without a gap; the key is (instance_id, name)."""

    instance_id = Text(primary_key=True, default=None)
    name = Text(default=None)
    next_no = BigInt(default=None)
    freed = Array(base_column=BigInt(), default=None, help_text="Given back: handed out first.")


class ProviderPace(Table, tablename="provider_pace"):
    """The clock of an instance's rate limit; all nodes share it."""

    instance_id = Text(primary_key=True, default=None)
    next_send_at = Timestamptz(default=None)


class ProviderQuarantine(Table, tablename="provider_quarantine"):
    """No new sends through this instance, on any node, until people lift it."""

    instance_id = Text(primary_key=True, default=None)
    reason = Text(default=None)
    since = Timestamptz(default=None)
    lifted_at = Timestamptz(null=True, default=None)
    lifted_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )


class PayoutResolution(Table, tablename="payout_resolution"):
    """What people found out about an attempt that no machine may decide; it takes two of them."""

    id = UUID(primary_key=True, default=None)
    attempt_id = ForeignKey(
        PayoutAttempt,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    verdict = Text(default=None, choices=Verdict)
    state = Text(default=None, choices=ResolutionState)
    reason = Text(default=None)
    evidence = Text(default=None, help_text="Such as the bank's own reference.")
    proposed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    proposed_at = Timestamptz(default=None)
    decided_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
    decided_at = Timestamptz(null=True, default=None)


class RouteDecision(Table, tablename="route_decision"):
    """Why a payout goes where it goes: every candidate of the rule that decided."""

    id = UUID(primary_key=True, default=None)
    payout_id = ForeignKey(
        Payout,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    ruleset_version = ForeignKey(
        RoutingRuleset,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        default=None,
        index=True,
        help_text="Null for the built-in rule.",
    )
    rule_name = Text(null=True, default=None, help_text="Null when no rule matched.")
    instance_id = Text(null=True, default=None, help_text="Null when nobody was left.")
    trace = JSONB(default=None)
    decided_at = Timestamptz(default=None)


class PayoutRouteClaim(Table, tablename="payout_route_claim"):
    """Somebody decides on this payout just now; others pass it by."""

    payout_id = ForeignKey(
        Payout,
        primary_key=True,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    claim_id = UUID(default=None, help_text="Of one decision, on one payout or many.")
    until = Timestamptz(default=None, help_text="Then whoever decides is taken for dead.")
    is_asked_again = Boolean(default=False, help_text="A job for it found the claim, and left.")
