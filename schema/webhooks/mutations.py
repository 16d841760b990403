"""What an owner does with endpoints and deliveries."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.trusted_documents.queries import texts_by_id
from domain.trusted_documents.rules import document_id_of
from domain.webhooks import operations
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.node import object_of
from schema.payloads import Payload
from schema.payouts.claims import claim_of
from schema.prices import Cost
from schema.webhooks.documents import WebhookDocumentRefused, require_document
from schema.webhooks.inputs import (
    WebhookDeliverInput,
    WebhookEndpointCreateInput,
    WebhookEndpointRemoveInput,
    WebhookEndpointRotateSecretInput,
    WebhookEndpointTestInput,
    WebhookEndpointUpdateInput,
)
from schema.webhooks.types import (
    WebhookDelivery,
    WebhookEndpoint,
    endpoint_key,
    own_endpoint,
)

WRITE: Final = [Auth(scopes=["webhooks:write"]), Cost(weight=10)]
ENDPOINT: Final[Paths] = {"": ["endpointId"]}
DELIVERY: Final[Paths] = {"": ["deliveryId"]}


@strawberry.type(description="The document could not run when an event happens.")
class WebhookDocumentRefusedError(UserError):
    problems: list[str] = strawberry.field(description="What is wrong with it; at most 10.")


@user_error.register(WebhookDocumentRefused)
def webhook_document_refused_error(
    refusal: WebhookDocumentRefused, paths: Paths = NO_PATHS
) -> WebhookDocumentRefusedError:
    return WebhookDocumentRefusedError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        problems=refusal.problems,
    )


@strawberry.type(description="Outcome of a change that tells a secret.")
class SecretPayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(
        default=None, description="Null on refusal."
    )
    secret: str | None = strawberry.field(
        default=None, description="Verifies signatures. Told this once; null on refusal."
    )


@strawberry.type(description="Outcome of `webhookEndpointCreate`.")
class WebhookEndpointCreatePayload(SecretPayload):
    pass


@strawberry.type(description="Outcome of `webhookEndpointRotateSecret`.")
class WebhookEndpointRotateSecretPayload(SecretPayload):
    pass


@strawberry.type(description="Outcome of `webhookEndpointUpdate`.")
class WebhookEndpointUpdatePayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `webhookEndpointRemove`.")
class WebhookEndpointRemovePayload(Payload):
    removed_endpoint_id: strawberry.ID | None = strawberry.field(
        default=None, description="The endpoint that is gone; null on refusal."
    )


@strawberry.type(description="Outcome of `webhookEndpointTest`.")
class WebhookEndpointTestPayload(Payload):
    webhook_delivery: WebhookDelivery | None = strawberry.field(
        default=None, description="The test on its way; null on refusal."
    )


@strawberry.type(description="Outcome of `webhookDeliver`.")
class WebhookDeliverPayload(Payload):
    webhook_delivery: WebhookDelivery | None = strawberry.field(
        default=None, description="The delivery, begun anew; null on refusal."
    )


@strawberry.type(description="Changes.")
class WebhookMutations:
    @strawberry.mutation(
        description="Have the viewer's events sent to an address. At most 10 endpoints. "
        "Needs webhooks:write and a step-up.",
        directives=WRITE,
    )
    async def webhook_endpoint_create(
        self, info: Info, input: In[WebhookEndpointCreateInput]
    ) -> WebhookEndpointCreatePayload | None:
        context = info.context
        try:
            owner_id = context.signed_in().member_id
            if input.document is not None:
                await require_runnable(input.document, info)
            done = await operations.create_endpoint(
                member_id=owner_id,
                terms=input.terms(),
                step_up=claim_of(context, input.step_up_id),
                private_hosts=context.services.webhook_private_hosts,
                vault=context.services.vault,
                new_token=context.services.new_token,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return WebhookEndpointCreatePayload(errors=[user_error(refusal)])
        endpoint = await endpoint_of(context, done.endpoint_id)
        return WebhookEndpointCreatePayload(webhook_endpoint=endpoint, secret=done.secret)

    @strawberry.mutation(
        description="Change an endpoint, or switch it on or off. Needs webhooks:write, and "
        "another address needs a step-up.",
        directives=WRITE,
    )
    async def webhook_endpoint_update(
        self, info: Info, input: In[WebhookEndpointUpdateInput]
    ) -> WebhookEndpointUpdatePayload | None:
        context = info.context
        try:
            before = await own_endpoint(context, input.endpoint_id)
            terms, state = input.changed(before)
            if terms.document is not None and terms.document != before.document:
                await require_runnable(terms.document, info)
            await operations.update_endpoint(
                member_id=before.member_id,
                endpoint_id=before.id,
                terms=terms,
                state=state,
                step_up=None if input.step_up_id is None else claim_of(context, input.step_up_id),
                private_hosts=context.services.webhook_private_hosts,
                vault=context.services.vault,
                now=context.now,
            )
        except Refused as refusal:
            return WebhookEndpointUpdatePayload(errors=[user_error(refusal, ENDPOINT)])
        return WebhookEndpointUpdatePayload(webhook_endpoint=await endpoint_of(context, before.id))

    @strawberry.mutation(
        description="Remove an endpoint with all its deliveries. Needs webhooks:write.",
        directives=WRITE,
    )
    async def webhook_endpoint_remove(
        self, info: Info, input: In[WebhookEndpointRemoveInput]
    ) -> WebhookEndpointRemovePayload | None:
        context = info.context
        try:
            await operations.remove_endpoint(
                member_id=context.signed_in().member_id,
                endpoint_id=endpoint_key(context, input.endpoint_id),
            )
        except Refused as refusal:
            return WebhookEndpointRemovePayload(errors=[user_error(refusal, ENDPOINT)])
        return WebhookEndpointRemovePayload(removed_endpoint_id=input.endpoint_id)

    @strawberry.mutation(
        description="Give an endpoint a new secret; for 24 hours the old one signs as well. "
        "Needs webhooks:write and a step-up.",
        directives=WRITE,
    )
    async def webhook_endpoint_rotate_secret(
        self, info: Info, input: In[WebhookEndpointRotateSecretInput]
    ) -> WebhookEndpointRotateSecretPayload | None:
        context = info.context
        try:
            done = await operations.rotate_secret(
                member_id=context.signed_in().member_id,
                endpoint_id=endpoint_key(context, input.endpoint_id),
                step_up=claim_of(context, input.step_up_id),
                vault=context.services.vault,
                new_token=context.services.new_token,
                now=context.now,
            )
        except Refused as refusal:
            return WebhookEndpointRotateSecretPayload(errors=[user_error(refusal, ENDPOINT)])
        endpoint = await endpoint_of(context, done.endpoint_id)
        return WebhookEndpointRotateSecretPayload(webhook_endpoint=endpoint, secret=done.secret)

    @strawberry.mutation(
        description="Send a delivery of type `test` to an endpoint. Needs webhooks:write.",
        directives=WRITE,
    )
    async def webhook_endpoint_test(
        self, info: Info, input: In[WebhookEndpointTestInput]
    ) -> WebhookEndpointTestPayload | None:
        context = info.context
        try:
            delivery_id = await operations.send_test(
                member_id=context.signed_in().member_id,
                endpoint_id=endpoint_key(context, input.endpoint_id),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return WebhookEndpointTestPayload(errors=[user_error(refusal, ENDPOINT)])
        delivery = await object_of(context.renewed(), Tag.WEBHOOK_DELIVERY, delivery_id)
        return WebhookEndpointTestPayload(webhook_delivery=delivery)

    @strawberry.mutation(
        description="Deliver again, from the first attempt on, whatever became of it before. "
        "Needs webhooks:write.",
        directives=WRITE,
    )
    async def webhook_deliver(
        self, info: Info, input: In[WebhookDeliverInput]
    ) -> WebhookDeliverPayload | None:
        context = info.context
        try:
            delivery_id = context.ids.decode(Tag.WEBHOOK_DELIVERY, input.delivery_id, "delivery_id")
            await operations.deliver_again(
                member_id=context.signed_in().member_id, delivery_id=delivery_id, now=context.now
            )
        except Refused as refusal:
            return WebhookDeliverPayload(errors=[user_error(refusal, DELIVERY)])
        delivery = await object_of(context.renewed(), Tag.WEBHOOK_DELIVERY, delivery_id)
        return WebhookDeliverPayload(webhook_delivery=delivery)


async def require_runnable(text: str, info: Info) -> None:
    """Also where nothing but trusted documents runs. Refuses with `WebhookDocumentRefused`."""
    require_document(text, info.schema._schema)  # noqa: SLF001  # GRAPHQL.md appendix B
    if not info.context.services.has_free_texts and not await texts_by_id(
        ids=[document_id_of(text)]
    ):
        raise WebhookDocumentRefused(["only trusted documents run here, and this is none"])


async def endpoint_of(context: Context, key: UUID) -> WebhookEndpoint | None:
    found: WebhookEndpoint | None = await object_of(context.renewed(), Tag.WEBHOOK_ENDPOINT, key)
    return found
