"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

from litestar import Response, get

from domain.database import AWAY, fetch_value


@get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process answers; it says nothing of the database."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False)
async def readyz() -> Response[dict[str, str]]:
    """The database answers too, so requests may be sent here."""
    try:
        await fetch_value("select 1")
    except AWAY:
        return Response({"status": "database away"}, status_code=503, headers={"Retry-After": "5"})
    return Response({"status": "ready"})
