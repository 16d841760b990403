"""Everything that changes endpoints and deliveries."""

from __future__ import annotations

from domain.webhooks.operations.ask import deliver_again, send_test
from domain.webhooks.operations.endpoints import (
    EndpointTerms,
    SecretTold,
    TooManyEndpoints,
    create_endpoint,
    remove_endpoint,
    rotate_secret,
    update_endpoint,
)
from domain.webhooks.operations.fan_out import fan_out_events
from domain.webhooks.operations.forget import forget_endpoints
from domain.webhooks.operations.send_delivery import send_delivery

__all__ = [
    "EndpointTerms",
    "SecretTold",
    "TooManyEndpoints",
    "create_endpoint",
    "deliver_again",
    "fan_out_events",
    "forget_endpoints",
    "remove_endpoint",
    "rotate_secret",
    "send_delivery",
    "send_test",
    "update_endpoint",
]
