"""GraphiQL from files of our own: no network, no CDN; not served in production."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.exceptions import NotFoundException

ASSETS: Final = Path(__file__).parent / "assets"
FILES: Final = {file.name: file for file in ASSETS.iterdir()}
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
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


@get("/graphiql/assets/{name:str}", include_in_schema=False, sync_to_thread=True)
def asset(name: str) -> Response[bytes]:
    """From a closed list: nothing that a request says reaches the file system."""
    file = FILES.get(name)
    if file is None:
        raise NotFoundException("There is no such file.")
    media_type = MEDIA_TYPES.get(file.suffix, "text/plain; charset=utf-8")
    return Response(file.read_bytes(), media_type=media_type, headers=HEADERS)
