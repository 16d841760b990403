"""Downloads of document PDFs, with the same token or cookie as the API."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotAuthorizedException, NotFoundException

from domain.access.queries import Viewer
from domain.errors import NotFound
from domain.invoices.queries import any_documents
from domain.invoices.queries import document_pdf as pdf_of
from domain.members.rules import Role
from gateway.auth import Kind, authenticated
from schema.context import Services
from schema.errors import InvalidId
from schema.ids import Tag

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
}


async def reader_of(document_id: UUID, viewer: Viewer) -> UUID:
    """Finance reads every document as the member it was issued to."""
    if Role.FINANCE in viewer.roles:
        found = (await any_documents(ids=[document_id])).get(document_id)
        return viewer.member_id if found is None else found.counterparty_id
    return viewer.member_id


@get("/documents/{document_id:str}/pdf", include_in_schema=False)
async def document_pdf(request: Request[Any, Any, Any], document_id: str) -> Response[bytes]:
    """404 for what is not there, not the viewer's, or not drawn yet."""
    services: Services = request.app.state.services
    found = await authenticated(
        authorization=request.headers.get("authorization"),
        headers=request.headers,
        cookies=request.cookies,
        kind=Kind.DOWNLOAD,
        web=request.app.state.web,
        now=services.clock(),
    )
    viewer = found.viewer
    if viewer is None:
        raise NotAuthorizedException("Send the token as `Authorization: Bearer …`.")
    try:
        key = services.ids.decode(Tag.DOCUMENT, document_id)
        content = await pdf_of(document_id=key, viewer_id=await reader_of(key, viewer))
    except (InvalidId, NotFound):
        content = None
    if content is None:
        raise NotFoundException("No such document, or none that the viewer may have.")
    return Response(content, media_type="application/pdf", headers=HEADERS)
