"""Receipts of erasures and archives of members' data, for whoever holds a signed address."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response import Response

from domain.errors import NotFound
from domain.privacy.queries import ErasureRecord, erasure_of, export_file
from gateway.documents import HEADERS
from schema.context import Services
from schema.ids import Tag

KIND: Final = "piecerate erasure receipt 1"


@get("/erasures/{erasure_id:str}", include_in_schema=False)
async def erasure_receipt(
    request: Request[Any, Any, Any], erasure_id: str
) -> Response[dict[str, Any]]:
    """404 for what is not there and for what nobody signed."""
    services: Services = request.app.state.services
    _require_signed(request, services)
    try:
        record = await erasure_of(erasure_id=UUID(erasure_id))
    except (ValueError, NotFound) as error:
        raise NotFoundException("No such receipt.") from error
    return Response(receipt(record, services), headers=HEADERS)


@get("/exports/{name:str}", include_in_schema=False)
async def data_export(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """404 for what is not there, not written yet, over, or not signed."""
    services: Services = request.app.state.services
    _require_signed(request, services)
    try:
        export_id = UUID(name.removesuffix(".zip"))
        content = await export_file(export_id=export_id, vault=services.vault, now=services.clock())
    except (ValueError, NotFound) as error:
        raise NotFoundException("No such file.") from error
    return Response(
        content,
        media_type="application/zip",
        headers={**HEADERS, "Content-Disposition": "attachment; filename=piecerate-data.zip"},
    )


def _require_signed(request: Request[Any, Any, Any], services: Services) -> None:
    is_signed = services.links.is_valid(
        request.url.path,
        until=request.query_params.get("until", ""),
        signature=request.query_params.get("signature", ""),
        now=services.clock(),
    )
    if not is_signed:
        raise NotFoundException("No such file.")


def receipt(record: ErasureRecord, services: Services) -> dict[str, Any]:
    """Nothing in it is personal but the opaque id."""
    return {
        "kind": KIND,
        "member_id": services.ids.encode(Tag.MEMBER, record.member_id),
        "reason": record.reason,
        "asked_at": record.asked_at,
        "due_at": record.due_at,
        "erased_at": record.erased_at,
        "backups_until": record.backups_until,
        "stores": [
            {
                "store": each.store,
                "fate": each.fate,
                "row_count": each.row_count,
                "why": each.why,
                "kept_until": each.kept_until,
            }
            for each in record.stores
        ],
    }
