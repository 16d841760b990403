"""The deadline and the number at once of what runs on a stream; the endpoint sees to the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

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


class AtOnce(SchemaExtension):
    """Counted while a query or mutation runs, and while a subscription begins."""

    def on_execute(self) -> Iterator[None]:
        context: Context = self.execution_context.context
        if not context.is_streamed:
            yield
            return
        with context.meter.budget.running() as may_run:
            if not may_run:
                context.meter.settle(None)  # nothing ran
                message = "Too many operations of yours run at this moment. Wait for their answers."
                extensions = {"code": "THROTTLED", "retryAfterSeconds": 1}
                raise GraphQLError(message, extensions=extensions)
            yield
