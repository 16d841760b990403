"""The deadline of what runs on a stream; a plain request is cut off by the endpoint before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from schema.context import Context


class Deadline(SchemaExtension):
    """Of a query or mutation as a whole, and of the start of a subscription."""

    async def on_execute(self) -> AsyncIterator[None]:
        context: Context = self.execution_context.context
        try:
            async with asyncio.timeout(context.deadline_seconds) as deadline:
                yield
        except TimeoutError:
            if not deadline.expired():
                raise
            context.stop_loading()
            message = (
                "The operation took too long and was cancelled. A change happened wholly or not "
                "at all: repeat it with the same idempotency key."
            )
            raise GraphQLError(message, extensions={"code": "DEADLINE_EXCEEDED"}) from None
