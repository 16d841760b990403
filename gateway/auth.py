"""Who asks: a bearer token, or the browser's cookie; looked up in the database every time."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Protocol

from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotAuthorizedException
from strawberry.http.parse_content_type import parse_content_type

from domain.access.queries import Viewer, viewer_of
from gateway.web_settings import WebSettings

SCHEME = "bearer"
COOKIE: Final = "__Host-piecerate"  # the prefix makes browsers insist on Secure, Path=/, no Domain
PREFLIGHT: Final = "graphql-require-preflight"
# What `Sec-Fetch-Site` says of a page of ours, and of a page of an allowed origin.
OWN_SITES: Final = {"same-origin"}
ALLOWED_SITES: Final = {"same-origin", "same-site", "cross-site"}


class CookieRefused(HTTPException):
    """The page that sent the cookie may not use it; never a silent nobody."""

    def __init__(self, code: str, message: str, *, status_code: int) -> None:
        super().__init__(message, status_code=status_code)
        self.code = code


class LookUp(Protocol):
    """`viewer_of`, or what asks it for several requests at once."""

    def __call__(self, *, token: str, now: datetime) -> Awaitable[Viewer | None]: ...


class Kind(Enum):
    """What the cookie would be used for; forms and links of other sites must not reach it."""

    READ = "read"  # GET /graphql
    WRITE = "write"  # POST /graphql
    SOCKET = "socket"  # the handshake of a WebSocket
    DOWNLOAD = "download"  # a link to a file: it changes nothing, and no other site can read it


class Way(Enum):
    BEARER = "bearer"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    viewer: Viewer | None
    way: Way | None  # None when nobody claims to be anybody
    cookie: str | None  # as it came; beside a bearer token it counts for nothing

    @property
    def session_is_over(self) -> bool:
        """A cookie of no live session: it may sign in anew, and nothing else."""
        return self.way is Way.COOKIE and self.viewer is None


async def authenticated(
    *,
    authorization: str | None,
    headers: Mapping[str, str],
    cookies: Mapping[str, str],
    kind: Kind,
    web: WebSettings,
    now: datetime,
    look_up: LookUp = viewer_of,
) -> Authenticated:
    """A bearer token wins over the cookie. A WebSocket's `authorization` is in its first message,
    its headers and cookies are those of the handshake.

    Raises `NotAuthorizedException` for a wrong bearer token, `CookieRefused` for a cookie from the
    wrong page.
    """
    cookie = cookies.get(COOKIE) or None
    if authorization is not None:
        viewer = await viewer_from(authorization, now=now, look_up=look_up)
        return Authenticated(viewer=viewer, way=Way.BEARER, cookie=cookie)
    if cookie is None:
        return Authenticated(viewer=None, way=None, cookie=None)
    require_page(headers, kind=kind, web=web)
    viewer = await look_up(token=cookie, now=now)
    return Authenticated(viewer=viewer, way=Way.COOKIE, cookie=cookie)


async def viewer_from(
    authorization: str | None, *, now: datetime, look_up: LookUp
) -> Viewer | None:
    """None when nobody claims to be anybody. A wrong claim is an error, never a silent nobody."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    viewer = None
    if scheme.lower() == SCHEME and token.strip():
        viewer = await look_up(token=token.strip(), now=now)
    if viewer is None:
        raise NotAuthorizedException("This token is unknown, or its session has ended.")
    return viewer


def require_page(headers: Mapping[str, str], *, kind: Kind, web: WebSettings) -> None:
    """Raises `CookieRefused` unless a page of ours, or of an allowed origin, sends the cookie."""
    if kind is Kind.DOWNLOAD:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is None and kind is not Kind.READ:  # browsers send it with every POST and handshake
        raise preflight_required("A cookie needs the header `Origin`.")
    if origin is not None:
        require_origin(origin, site, web=web)
    elif site not in {None, *OWN_SITES}:
        raise origin_refused()
    if kind is Kind.WRITE:
        content_type, _ = parse_content_type(headers.get("content-type", ""))
        if content_type != "application/json":
            raise preflight_required("A cookie needs `Content-Type: application/json`.")
    if kind is Kind.READ and not headers.get(PREFLIGHT):
        raise preflight_required("A cookie by GET needs the header `GraphQL-Require-Preflight`.")


def require_origin(origin: str, site: str | None, *, web: WebSettings) -> None:
    if origin in web.own_origins:
        is_right = site is None or site in OWN_SITES
    else:
        is_right = origin in web.allowed_origins and (site is None or site in ALLOWED_SITES)
    if not is_right:
        raise origin_refused()


def preflight_required(message: str) -> CookieRefused:
    return CookieRefused("CSRF_PREFLIGHT_REQUIRED", message, status_code=400)


def origin_refused() -> CookieRefused:
    message = "Pages of this origin may not use the cookie."
    return CookieRefused("ORIGIN_NOT_ALLOWED", message, status_code=403)


class CookieJar:
    """The cookie of one answer."""

    def __init__(self, found: Authenticated) -> None:
        self.brought = found.cookie
        self.is_used = found.way is Way.COOKIE and found.viewer is not None
        self.answer: Cookie | None = (
            session_cookie("", max_age=0) if found.session_is_over else None
        )

    def set(self, token: str, *, kept_for: timedelta | None) -> None:
        max_age = None if kept_for is None else int(kept_for.total_seconds())
        self.answer = session_cookie(token, max_age=max_age)

    def clear(self) -> None:
        self.answer = session_cookie("", max_age=0)


def session_cookie(token: str, *, max_age: int | None = None) -> Cookie:
    """Without an age it ends with the browser; the session has its own end."""
    return Cookie(
        key=COOKIE,
        value=token,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
        max_age=max_age,
    )
