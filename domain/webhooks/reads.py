"""Endpoints and deliveries as their owner may read them; secrets are none of their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.events.rules import EventKind
from domain.reads import Entity, Leaf, One, Paged, Ruled, columns
from domain.webhooks.queries import DELIVERIES, DELIVERY_SOURCE
from domain.webhooks.rules import event_type


def kinds(names: Sequence[str]) -> list[EventKind]:
    return [EventKind(name) for name in names]


ENDPOINT: Final = Entity(
    name="WebhookEndpoint",
    source="from webhook_endpoint",
    row="webhook_endpoint",
    visible="{row}.member_id = {viewer}",
    fields={
        **columns("url", "document", "state", "disabled_reason", "failing_since", "created_at"),
        "kinds": Ruled(kinds, ("{row}.kinds",)),
        "previous_secret_until": Leaf("{row}.previous_until", shown="{row}.previous_until > {now}"),
        "deliveries": Paged("WebhookDelivery", DELIVERIES),
    },
)
DELIVERY: Final = Entity(
    name="WebhookDelivery",
    source=DELIVERY_SOURCE,
    row="d",
    visible="e.member_id = {viewer}",
    fields={
        **columns("state", "attempt_count", "last_status", "created_at", "delivered_at"),
        "type": Ruled(event_type, ("{row}.event_kind",)),
        "next_attempt_at": Leaf("{row}.next_at"),
        "last_problem": Leaf("{row}.last_error"),
        "endpoint": One("WebhookEndpoint", key="{row}.endpoint_id"),
        "event": One("Event", key="{row}.event_id"),
    },
)
ENTITIES: Final = (ENDPOINT, DELIVERY)
