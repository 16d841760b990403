"""`/docs`: the schema and the pages for frontends, as a web site without anything from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException

if TYPE_CHECKING:
    from gateway.reference.website import Reference

HERE: Final = Path(__file__).parent
ASSETS: Final = {"reference.css": "text/css", "reference.js": "text/javascript"}
QUERY_LENGTH_MAX: Final = 200
HEADERS: Final = {
    "Cache-Control": "public, max-age=60",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}


def site() -> Reference:
    """Loaded by the worker that is first asked for a page; most never are."""
    from gateway.reference.website import reference  # noqa: PLC0415  # templates and Markdown: 5 MiB

    return reference()


@get("/docs", include_in_schema=False, sync_to_thread=True)
def docs_home(q: str = "") -> Response[str]:
    pages = site()
    query = q.strip()[:QUERY_LENGTH_MAX]
    return page(pages.home(query) if query else pages.pages["/docs"]())


@get("/docs/{path:path}", include_in_schema=False, sync_to_thread=True)
def docs_page(path: Path) -> Response[str]:
    make = site().pages.get(f"/docs/{str(path).strip('/')}")
    if make is None:
        raise NotFoundException("There is no such page; /docs lists all.")
    return page(make())


@get("/docs-assets/{name:str}", include_in_schema=False, sync_to_thread=True)
def docs_asset(name: str) -> Response[bytes]:
    if name not in ASSETS:
        raise NotFoundException("There is no such file.")
    content = (HERE / "assets" / name).read_bytes()
    return Response(content, media_type=ASSETS[name], headers=HEADERS)


def page(html: str) -> Response[str]:
    return Response(html, media_type="text/html", headers=HEADERS)
