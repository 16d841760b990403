"""What an answer says of cost and budget, and the cookie it carries."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError
from litestar import Request, Response

from gateway.front import tell
from gateway.graphql.refusals import RequestRefused
from schema.admission import throttled
from schema.context import Context
from schema.metering import seconds_until_full


def context_of(request: Request[Any, Any, Any]) -> Context | None:
    """None while nobody knows who asks."""
    context: Context | None = request.scope["state"].get("graphql_context")
    return context


def forget_context(scope: Any) -> None:
    """Once all is said. It holds the request, which holds it: so nothing of either is left to the
    collector of garbage.
    """
    scope["state"].pop("graphql_context", None)


async def paid(context: Context, refusal: RequestRefused) -> RequestRefused:
    """Refusals have a price; who cannot pay it hears of that instead."""
    wait = await context.meter.take_for_refusal()
    if not wait:
        return refusal
    return RequestRefused("THROTTLED", throttled(wait).message, status=429, retry_after=wait)


async def unpaid_error(context: Context | None) -> GraphQLError | None:
    """The same for what the engine refuses."""
    wait = await context.meter.take_for_refusal() if context else 0
    return throttled(wait) if wait else None


def report(context: Context | None) -> dict[str, Any]:
    """For `extensions`; nothing of one who was refused at the door."""
    return context.meter.report() if context else {}


def account(request: Request[Any, Any, Any], response: Response[Any]) -> None:
    context = context_of(request)
    if context is None:
        return
    meter = context.meter
    budget = meter.budget
    response.headers["RateLimit-Limit"] = str(budget.limit)
    available = budget.available()
    response.headers["RateLimit-Remaining"] = str(available)
    response.headers["RateLimit-Reset"] = str(seconds_until_full(budget, available))
    if "authorization" in request.headers or (context.cookie and context.cookie.brought):
        response.headers["Cache-Control"] = "no-store"
    answer = getattr(context.cookie, "answer", None)
    if answer is not None:
        response.cookies.append(answer)
        response.headers["Cache-Control"] = "no-store"
    tell(request.scope["state"], operation=(meter.operation_name or "")[:100], cost=meter.actual)
