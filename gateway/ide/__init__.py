"""GraphiQL from files of our own: no network, no CDN; not served in production."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.router import Router
from litestar.static_files import create_static_files_router

ASSETS: Final = Path(__file__).parent / "assets"
HEADERS: Final = {
    # GraphiQL's editors write style attributes; its style sheet embeds fonts and images.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@get("/graphiql", include_in_schema=False)
async def graphiql() -> Response[str]:
    page = (ASSETS / "index.html").read_text()
    return Response(page, media_type="text/html", headers=HEADERS)


def assets() -> Router:
    return create_static_files_router(
        path="/graphiql/assets", directories=[ASSETS], include_in_schema=False
    )
