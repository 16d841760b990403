"""Builds the context of one GraphQL operation from one request."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from litestar import Request

from gateway.auth import viewer_from
from schema.context import Context, Services

IPV4: Final = 4


async def context_for_request(request: Request[Any, Any, Any]) -> Context:
    services: Services = request.app.state.services
    now = services.clock()
    viewer = await viewer_from(request.headers.get("authorization"), now=now)
    return Context(
        request_id=request_id_of(request),
        viewer=viewer,
        now=now,
        services=services,
        network=network_of(request.client.host if request.client else None),
    )


def network_of(host: str | None) -> str | None:
    """The neighborhood an address lies in; None for our own machine, whose people share it."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):  # an IPv4 client of a socket that takes both
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return None
    return str(ip_network(f"{address}/{24 if address.version == IPV4 else 64}", strict=False))


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """Told in every error and in every log line of the request, so that people can quote it."""
    if "request_id" not in request.state:
        request.state.request_id = request.app.state.services.new_id().hex
    request_id: str = request.state.request_id
    return request_id
