"""States of endpoints and deliveries, as the SDL describes them."""

from __future__ import annotations

from domain.webhooks.provider import DeliveryProblem
from domain.webhooks.rules import DeliveryState, DisabledReason, EndpointState
from schema.enums import show_enum

__all__ = ["DeliveryProblem", "DeliveryState", "DisabledReason", "EndpointState"]

show_enum(
    EndpointState,
    name="WebhookEndpointState",
    description="State of a webhook endpoint.",
    values={
        EndpointState.ACTIVE: "Events are sent there.",
        EndpointState.DISABLED: "Nothing is sent; `webhookEndpointUpdate` switches it on again.",
    },
)
show_enum(
    DisabledReason,
    name="WebhookDisabledReason",
    description="Why nothing is sent to a webhook endpoint.",
    values={
        DisabledReason.OWNER: "Its owner switched it off.",
        DisabledReason.GONE: "It answered 410.",
        DisabledReason.FAILING: "Everything failed for 5 days.",
    },
)
show_enum(
    DeliveryState,
    name="WebhookDeliveryState",
    description="State of a delivery.",
    values={
        DeliveryState.PENDING: "Not tried yet.",
        DeliveryState.RETRYING: "Failed; will be tried again.",
        DeliveryState.DELIVERED: "The receiver answered 2xx.",
        DeliveryState.DEAD: "Given up; `webhookDeliver` begins anew.",
        DeliveryState.DISCARDED: "The viewer may not see the event any more.",
    },
)
show_enum(
    DeliveryProblem,
    name="WebhookProblem",
    description="What was wrong with an attempt. What the receiver wrote is not kept.",
    values={
        DeliveryProblem.STATUS: "The status was not 2xx; redirects are not followed.",
        DeliveryProblem.TIMEOUT: "No status within 10 seconds.",
        DeliveryProblem.NAME_UNKNOWN: "The host's name has no address.",
        DeliveryProblem.ADDRESS_REFUSED: "The address is not a public one.",
        DeliveryProblem.CONNECTION_FAILED: "No connection, or it broke.",
        DeliveryProblem.TLS_FAILED: "The certificate or the encryption is wrong.",
        DeliveryProblem.BAD_ANSWER: "No answer, or none that is HTTP.",
        DeliveryProblem.DOCUMENT_FAILED: "The endpoint's own document does not run any more.",
        DeliveryProblem.LOST: "Interrupted on our side; it may have arrived.",
    },
)
