"""GraphiQL from files of our own: no network, no CDN; not served in production."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, select_autoescape
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from domain.access.queries import credentials_of
from domain.database import AWAY
from domain.members.rules import email_key
from gateway.demo.people import LOGINS, Login
from gateway.settings import DocumentMode
from schema.context import Services

ASSETS: Final = Path(__file__).parent / "assets"
FILES: Final = {file.name: file for file in ASSETS.iterdir() if file.suffix != ".html"}
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
HEADERS: Final = {
    # GraphiQL's editors write style attributes; its style sheet embeds fonts and images.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "Cache-Control": "no-cache",  # another version brings other files under the same names
    "Referrer-Policy": "same-origin",
}
ONLY_TRUSTED: Final = (
    "This deployment runs trusted documents only (PIECERATE_DOCUMENTS): what you write here is "
    "refused unless a manifest holds it, and the schema cannot be read."
)
NO_INTROSPECTION: Final = (
    "Introspection is off (PIECERATE_INTROSPECTION): queries run, but nothing is completed or "
    "explained here."
)
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(ASSETS), autoescape=select_autoescape(default=True)
)


@get("/graphiql", include_in_schema=False)
async def graphiql(request: Request[Any, Any, Any]) -> Response[str]:
    state = request.app.state
    services: Services = state.services
    notices = [ONLY_TRUSTED] if state.documents.mode is DocumentMode.ONLY else []
    if not notices and not services.has_introspection:
        notices = [NO_INTROSPECTION]
    logins = [] if services.is_production else await demo_logins()
    page = TEMPLATES.get_template("index.html").render(notices=notices, logins=logins)
    return Response(page, media_type="text/html", headers=HEADERS)


async def demo_logins() -> Sequence[Login]:
    """Those that tell everybody their password, where the demo marketplace has them."""
    try:
        return [
            login
            for login in LOGINS
            if await credentials_of(email_key=email_key(login.email)) is not None
        ]
    except AWAY:
        return []


@get("/graphiql/assets/{name:str}", include_in_schema=False, sync_to_thread=True)
def asset(name: str) -> Response[bytes]:
    """From a closed list: nothing that a request says reaches the file system."""
    file = FILES.get(name)
    if file is None:
        raise NotFoundException("There is no such file.")
    media_type = MEDIA_TYPES.get(file.suffix, "text/plain; charset=utf-8")
    return Response(file.read_bytes(), media_type=media_type, headers=HEADERS)
