"""Builds the context of one GraphQL operation from one request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from ipaddress import ip_network
from typing import Any, Final

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, NotAuthorizedException

from domain.access.queries import Viewer
from domain.access.rules import ORIGIN_LENGTH_MAX, Origin
from domain.trusted_documents.rules import Client, client_named
from gateway.auth import Authenticated, CookieJar, CookieRefused, Kind, authenticated
from gateway.budget import ActorBudget
from gateway.web_settings import address_named
from schema.context import Context, Services
from schema.languages.negotiation import Language, language_of
from schema.metering import Budget, Meter, NoLimit

IPV4: Final = 4


class Throttled(HTTPException):
    """Not even refusals are free."""

    status_code = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"The cost budget is used up. Try again in {retry_after} s.")
        self.retry_after = retry_after


async def context_for_request(request: Request[Any, Any, Any]) -> Context:
    """Raises what `authenticated` raises, or `Throttled` when even that is too much.

    Items of the state are found at once; as attributes each would first be missed, which together
    costs a twentieth of a small request.
    """
    services: Services = request.app.state["services"]
    now = services.clock()
    network = network_of(request.client.host if request.client else None)
    found = await claimed(request, network=network, now=now)
    return Context(
        request_id=request_id_of(request),
        viewer=found.viewer,
        now=now,
        services=services,
        network=network,
        origin_of=partial(origin_of, request),
        language=language_of_request(request),
        client=client_of(request.headers),
        meter=Meter(
            budget=budget_of(request.app, viewer=found.viewer, network=network),
            wants_breakdown=request.headers.get("graphql-debug-cost") == "1",
        ),
        cookie=CookieJar(found),
        session_is_over=found.session_is_over,
        deadline_seconds=request.app.state["web"].deadline_seconds,
    )


async def claimed(
    request: Request[Any, Any, Any], *, network: str | None, now: datetime
) -> Authenticated:
    try:
        return await authenticated(
            authorization=request.headers.get("authorization"),
            headers=request.headers,
            cookies=request.cookies,
            kind=Kind.READ if request.method == "GET" else Kind.WRITE,
            web=request.app.state["web"],
            now=now,
            look_up=request.app.state["viewers"].of,
        )
    except (NotAuthorizedException, CookieRefused):
        stranger = Meter(budget=budget_of(request.app, viewer=None, network=network))
        wait = await stranger.take_for_refusal()
        if wait:
            raise Throttled(wait) from None
        raise


def budget_of(app: Litestar, *, viewer: Viewer | None, network: str | None) -> Budget:
    """In development our own machine asks as much as it likes while nobody is signed in."""
    if viewer is not None:
        return ActorBudget(app.state["budgets"], f"member:{viewer.member_id.hex}")
    if network is None and not app.state["is_production"]:
        return NoLimit()
    return ActorBudget(app.state["budgets"], f"network:{network}")


@lru_cache(maxsize=1_000)
def network_of(host: str | None) -> str | None:
    """The neighborhood an address lies in; None for our own machine, whose people share it."""
    address = address_named(host or "")
    if address is None or address.is_loopback:
        return None
    return str(ip_network(f"{address}/{24 if address.version == IPV4 else 64}", strict=False))


def origin_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Origin | None:
    """None where nobody knows the address, as of a socket in the file system."""
    address = address_named(connection.client.host if connection.client else "")
    if address is None:
        return None
    headers = connection.headers
    return Origin(
        address=str(address),
        browser=headers.get("user-agent", "")[:ORIGIN_LENGTH_MAX],
        language=headers.get("accept-language", "")[:ORIGIN_LENGTH_MAX],
    )


def language_of_request(request: Request[Any, Any, Any]) -> Language:
    return language_of(request.headers.get("accept-language"))


def client_of(headers: Mapping[str, str]) -> Client | None:
    """Who says to be asking; anybody may say anything."""
    if "x-client-name" not in headers:
        return None
    return client_named(headers.get("x-client-name", ""), headers.get("x-client-version", ""))


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """Told in every error and in every log line of the request, so that people can quote it."""
    state = request.scope["state"]  # `request.state` makes a copy each time
    if "request_id" not in state:
        state["request_id"] = request.app.state["services"].new_id().hex
    request_id: str = state["request_id"]
    return request_id
