"""Endpoints, deliveries and the position in the feed; migration 0010 is what creates them."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Bytea,
    Column,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.events.tables import TransactionId
from domain.members.tables import Member
from domain.webhooks.provider import DeliveryProblem
from domain.webhooks.rules import DeliveryState, DisabledReason, EndpointState


class Snapshot(Column):
    """PostgreSQL's `pg_snapshot`, which Piccolo does not know."""

    @property
    def column_type(self) -> str:
        return "pg_snapshot"


class WebhookEndpoint(Table, tablename="webhook_endpoint"):
    """Where a member wants events to be sent. Removed with its deliveries."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    url = Text(default=None)
    kinds = Array(base_column=Text(), default=None, help_text="Of events; empty means all.")
    document = Text(null=True, default=None, help_text="The owner's own query for the payload.")
    state = Text(default=None, choices=EndpointState)
    disabled_reason = Text(null=True, default=None, choices=DisabledReason)
    secret = Bytea(default=None, help_text="Sealed by the vault, bound to this row and column.")
    previous_secret = Bytea(null=True, default=None, help_text="Signs as well, for a day.")
    previous_until = Timestamptz(null=True, default=None)
    failing_since = Timestamptz(null=True, default=None)
    failure_count = Integer(default=None, help_text="Failed attempts since the last good one.")
    paused_until = Timestamptz(
        null=True, default=None, help_text="Before that nothing is tried: the receiver is down."
    )
    since = Snapshot(default=None, help_text="What was visible at its creation is not told.")
    created_at = Timestamptz(default=None)


class WebhookDelivery(Table, tablename="webhook_delivery"):
    """One event for one endpoint. The payload is written anew at each attempt, never kept."""

    id = UUID(primary_key=True, default=None)
    endpoint_id = ForeignKey(
        WebhookEndpoint,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    event_id = UUID(null=True, default=None, help_text="None for a test.")
    event_kind = Text(default=None, help_text="An `EventKind`, or `test`.")
    state = Text(default=None, choices=DeliveryState)
    attempt_count = Integer(default=None)
    next_at = Timestamptz(null=True, default=None, help_text="When the next attempt is due.")
    leased_until = Timestamptz(
        null=True, default=None, help_text="An attempt is under way; after that it was lost."
    )
    last_status = Integer(null=True, default=None)
    last_error = Text(null=True, default=None, choices=DeliveryProblem)
    created_at = Timestamptz(default=None)
    delivered_at = Timestamptz(null=True, default=None)


class WebhookPosition(Table, tablename="webhook_position"):
    """The one row that says how far the feed has been handed out."""

    id = Integer(primary_key=True, default=None)
    tx = TransactionId(default=None)
    seq = BigInt(default=None)
