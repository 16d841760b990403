"""Who asks: the bearer token of a request, looked up in the database every time."""

from __future__ import annotations

from datetime import datetime

from litestar.exceptions import NotAuthorizedException

from domain.access.queries import Viewer, viewer_of

SCHEME = "bearer"


async def viewer_from(authorization: str | None, *, now: datetime) -> Viewer | None:
    """None when nobody claims to be anybody. A wrong claim is an error, never a silent nobody."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    viewer = None
    if scheme.lower() == SCHEME and token.strip():
        viewer = await viewer_of(token=token.strip(), now=now)
    if viewer is None:
        raise NotAuthorizedException("This token is unknown, or its session has ended.")
    return viewer
