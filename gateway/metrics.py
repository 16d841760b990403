"""`GET /metrics`: what this process counts, for this machine's own collector only."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from domain.payouts import queries as payouts
from domain.privacy import queries as privacy
from gateway.context import network_of
from gateway.given import clock


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Reads of this worker alone, payouts of all; 404 for whoever asks from elsewhere."""
    if network_of(request.client.host if request.client else None) is not None:
        return Response(b"", status_code=404)
    from gateway.counters import MEDIA_TYPE, counters, in_time, overdue  # noqa: PLC0415  # 1 MiB, where it is asked for

    told = await payouts.timeliness(now=clock())
    left = overdue(await privacy.overdue(now=clock()))
    return Response(counters() + in_time(told) + left, media_type=MEDIA_TYPE)
