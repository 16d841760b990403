"""Downloads of the files that staff bring to a bank: for finance alone, each one logged."""

from __future__ import annotations

from typing import Any, Final

import structlog
from litestar import Request, Response, get
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException

from domain.access.queries import Viewer
from domain.members.rules import Role
from domain.payouts.queries import batch_file, batch_files
from gateway.auth import Kind, authenticated
from schema.context import Services

log = structlog.get_logger(__name__)

HEADERS: Final = {"Cache-Control": "private, no-store"}


@get("/documents/payout-files", include_in_schema=False)
async def payout_files(request: Request[Any, Any, Any]) -> Response[list[dict[str, str]]]:
    """What waits to be brought to a bank, the newest first; no account is in it."""
    await _finance(request)
    told = [
        {
            "batchRef": each.batch_ref,
            "instance": each.instance_id,
            "fileName": each.file_name,
            "sha256": each.digest,
            "sentAt": each.sent_at.isoformat(),
        }
        for each in await batch_files()
    ]
    return Response(told, headers=HEADERS)


@get("/documents/payout-files/{batch_ref:str}", include_in_schema=False)
async def payout_file(request: Request[Any, Any, Any], batch_ref: str) -> Response[bytes]:
    """The committed bytes. 404 for what does not wait for staff."""
    viewer = await _finance(request)
    services: Services = request.app.state.services
    found = await batch_file(batch_ref=batch_ref, vault=services.vault)
    if found is None:
        raise NotFoundException("No such file, or none that staff bring to a bank.")
    log.info("payout_file.downloaded", batch_ref=batch_ref, member_id=str(viewer.member_id))
    name = "".join(each for each in found.record.file_name if each.isalnum() or each in "._-")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(found.content, media_type="application/octet-stream", headers=headers)


async def _finance(request: Request[Any, Any, Any]) -> Viewer:
    services: Services = request.app.state.services
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
    if Role.FINANCE not in found.viewer.roles:
        raise PermissionDeniedException("Finance downloads these files.")
    return found.viewer
