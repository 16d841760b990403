"""What a webhook says: the event, and what a query of its owner finds at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from domain.access.queries import Viewer
from domain.events.queries import EventRecord, events_by_id
from domain.events.rules import subject_of
from domain.members.queries import members_by_id
from domain.members.rules import SIGN_IN_STATES
from domain.webhooks.provider import DocumentFailed, Message, Occasion
from domain.webhooks.rules import event_type
from schema import schema
from schema.context import Context, Services
from schema.ids import Tag
from schema.node import object_of
from schema.public_errors import public_error
from schema.scalars import instant_text
from schema.webhooks.documents import BUILT_IN

log = structlog.get_logger(__name__)

NO_SESSION: Final = UUID(int=0)  # nobody is signed in: it is we who ask for the owner
DOCUMENT_WITHIN: Final = timedelta(seconds=10)
TEST_DATA: Final = {"message": "A test: nothing has happened."}


class Unavailable(RuntimeError):
    """The database was away in the middle: the attempt counts as lost and is made again."""


class SchemaWriter:
    """Runs the owner's document, or the built-in one, with the owner's eyes."""

    def __init__(self, services: Services, *, within: timedelta = DOCUMENT_WITHIN) -> None:
        self._services = services
        self._within = within

    async def write(self, occasion: Occasion) -> Message | None:
        ids = self._services.ids
        if occasion.event_id is None:
            body = envelope(occasion.kind, instant_text(occasion.created_at), TEST_DATA)
            return Message(id=ids.encode(Tag.WEBHOOK_DELIVERY, occasion.delivery_id), body=body)
        context = await self._context(occasion)
        event = (await events_by_id(ids=[occasion.event_id])).get(occasion.event_id)
        if context is None or event is None:
            return None
        if await object_of(context, Tag.EVENT, event.id) is None:
            return None
        data = await self._found(context, event, occasion.document)
        body = envelope(event_type(event.kind), instant_text(event.recorded_at), data)
        return Message(id=ids.encode(Tag.EVENT, event.id), body=body)

    async def _context(self, occasion: Occasion) -> Context | None:
        """None when the owner may not sign in any more."""
        found = await members_by_id(ids=[occasion.owner_id])
        owner = found.get(occasion.owner_id)
        if owner is None or owner.state not in SIGN_IN_STATES:
            return None
        return Context(
            request_id=occasion.delivery_id.hex,
            viewer=Viewer(owner.id, NO_SESSION, owner.roles, owner.country),
            now=self._services.clock(),
            services=self._services,
            network=None,
            deadline_seconds=self._within.total_seconds(),
        )

    async def _found(
        self, context: Context, event: EventRecord, document: str | None
    ) -> Mapping[str, Any]:
        try:
            result = await schema.execute(
                document or BUILT_IN[subject_of(event.kind)],
                variable_values={"id": context.ids.encode(Tag.EVENT, event.id)},
                context_value=context,
                allowed_operation_types={OperationType.QUERY},
            )
        except InvalidOperationTypeError as failure:
            raise DocumentFailed from failure
        errors = [public_error(error, context.request_id) for error in result.errors or []]
        codes = {str((error.extensions or {})["code"]) for error in errors}
        if "UNAVAILABLE" in codes:
            raise Unavailable
        if result.data is None:
            log.info("webhook.document_failed", request_id=context.request_id, codes=sorted(codes))
            raise DocumentFailed
        found: Mapping[str, Any] = result.data
        return found


def envelope(type_: str, timestamp: str, data: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"type": type_, "timestamp": timestamp, "data": data})
