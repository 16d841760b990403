"""What the mutations of webhooks take, and what their step-ups are bound to."""

from __future__ import annotations

import strawberry

import schema.events.kinds  # noqa: F401  # gives the enum its descriptions
from domain.errors import InvalidInput
from domain.events.rules import EventKind
from domain.webhooks.operations import EndpointTerms
from domain.webhooks.queries import EndpointRecord
from schema.scalars import URL
from schema.webhooks.enums import EndpointState


@strawberry.input(description="A webhook endpoint that will be created.")
class NewWebhookEndpointInput:
    url: URL = strawberry.field(description="Its address: https on port 443.")


@strawberry.input(description="A webhook endpoint whose secret will be replaced.")
class WebhookEndpointRotationInput:
    endpoint_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")


@strawberry.input(description="Has the viewer's events sent to an address.")
class WebhookEndpointCreateInput:
    url: URL = strawberry.field(description="Its address: https on port 443.")
    kinds: list[EventKind] | None = strawberry.field(
        default=None, description="Events to send, each at most once; all when left out or empty."
    )
    document: str | None = strawberry.field(
        default=None,
        description="A query of your own that writes `data`: one query operation with exactly "
        "one variable, `$id: ID!`, the event's id; at most 10,000 characters. Null means the "
        "built-in ones.",
    )
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this address."
    )

    def terms(self) -> EndpointTerms:
        return EndpointTerms(url=self.url, kinds=tuple(self.kinds or ()), document=self.document)


@strawberry.input(description="Changes an endpoint; what is absent stays.")
class WebhookEndpointUpdateInput:
    endpoint_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    url: strawberry.Maybe[URL | None] = strawberry.field(
        description="Its address: https on port 443."
    )
    kinds: strawberry.Maybe[list[EventKind] | None] = strawberry.field(
        description="Events to send, each at most once; null and empty mean all."
    )
    document: strawberry.Maybe[str | None] = strawberry.field(
        description="A query of your own, as in `webhookEndpointCreate`; null means the built-in "
        "ones."
    )
    state: strawberry.Maybe[EndpointState | None] = strawberry.field(
        description="`DISABLED` gives up what waits; `ACTIVE` sends what happens from then on."
    )
    step_up_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A step-up passed for a new endpoint at exactly this address; needed when the "
        "address changes.",
    )

    def changed(self, before: EndpointRecord) -> tuple[EndpointTerms, EndpointState]:
        """Refuses with `InvalidInput` where null makes no sense."""
        url = before.url if self.url is None else self.url.value
        state = before.state if self.state is None else self.state.value
        if url is None or state is None:
            path = "url" if url is None else "state"
            raise InvalidInput("this cannot be null", path=(path,))
        kinds = before.kinds if self.kinds is None else tuple(self.kinds.value or ())
        document = before.document if self.document is None else self.document.value
        return EndpointTerms(url=url, kinds=kinds, document=document), state


@strawberry.input(description="Removes an endpoint with all its deliveries.")
class WebhookEndpointRemoveInput:
    endpoint_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")


@strawberry.input(description="Gives an endpoint a new secret.")
class WebhookEndpointRotateSecretInput:
    endpoint_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this endpoint."
    )


@strawberry.input(description="Sends a test to an endpoint.")
class WebhookEndpointTestInput:
    endpoint_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")


@strawberry.input(description="Delivers something again.")
class WebhookDeliverInput:
    delivery_id: strawberry.ID = strawberry.field(
        description="Of one of the viewer's endpoints, in any state."
    )
