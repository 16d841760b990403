"""Downloads of documents: by a link that was signed a moment ago, or with the API's own token."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotAuthorizedException, NotFoundException

from domain.access.queries import Viewer
from domain.errors import NotFound
from domain.invoices.queries import any_documents, document_file
from domain.invoices.rules import FileKind
from domain.members.rules import Role
from gateway.auth import Kind, authenticated
from schema.context import Services
from schema.errors import InvalidId
from schema.ids import Tag
from schema.invoices import FILE_NAMES

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",  # a signed address is as good as the file
}
MEDIA_TYPES: Final = {FileKind.PDF: "application/pdf"}
KINDS: Final = {name: kind for kind, name in FILE_NAMES.items()}


async def reader_of(document_id: UUID, viewer: Viewer) -> UUID:
    """Finance reads every document as the member it was issued to."""
    if Role.FINANCE in viewer.roles:
        found = (await any_documents(ids=[document_id])).get(document_id)
        return viewer.member_id if found is None else found.counterparty_id
    return viewer.member_id


@get("/documents/{document_id:str}/{name:str}", include_in_schema=False)
async def document_download(
    request: Request[Any, Any, Any], document_id: str, name: str
) -> Response[bytes]:
    """404 for what is not there, not the viewer's, not drawn yet, or no longer signed."""
    services: Services = request.app.state.services
    kind, content = KINDS.get(name), None
    until = request.query_params.get("until")
    signature = request.query_params.get("signature")
    viewer: Viewer | None = None
    if until is None or signature is None:
        viewer = await _viewer(request, services)  # before any word on the id
    try:
        key = services.ids.decode(Tag.DOCUMENT, document_id)
        if until is not None and signature is not None:
            is_signed = services.links.is_valid(
                request.url.path, until=until, signature=signature, now=services.clock()
            )
            if is_signed and kind is not None:
                content = await document_file(document_id=key, kind=kind)
        elif kind is not None and viewer is not None:
            reader = await reader_of(key, viewer)
            content = await document_file(document_id=key, kind=kind, viewer_id=reader)
    except (InvalidId, NotFound):
        content = None
    if content is None or kind is None:
        raise NotFoundException("No such document, or none that the viewer may have.")
    return Response(
        content,
        media_type=MEDIA_TYPES.get(kind, "application/xml"),
        headers={**HEADERS, "Content-Disposition": f"attachment; filename={name}"},
    )


async def _viewer(request: Request[Any, Any, Any], services: Services) -> Viewer:
    found = await authenticated(
        authorization=request.headers.get("authorization"),
        headers=request.headers,
        cookies=request.cookies,
        kind=Kind.DOWNLOAD,
        web=request.app.state.web,
        now=services.clock(),
    )
    if found.viewer is None:
        raise NotAuthorizedException("Send the token as `Authorization: Bearer …`.")
    return found.viewer
