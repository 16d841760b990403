"""`PUT /uploads/{token}`: a file of a member for a check. Who has the token may put it, once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from litestar import Request, Response, put
from litestar.exceptions import ClientException

from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.verification import operations
from domain.verification.operations.uploads import UPLOAD_BYTES_MAX
from schema.context import Services

NO_STORE: Final = {"Cache-Control": "no-store"}


@put(
    "/uploads/{token:str}",
    include_in_schema=False,
    request_max_body_size=UPLOAD_BYTES_MAX,
)
async def uploaded_file(request: Request[Any, Any, Any], token: str) -> Response[bytes]:
    """204 once it is kept; 404 for a ticket that is unknown, used or too old."""
    services: Services = request.app.state.services
    try:
        content = await request.body()
    except ClientException as failure:
        return said(HTTPStatus(failure.status_code))
    try:
        await operations.finish_upload(
            token=token, content=content, vault=services.vault, now=services.clock()
        )
    except NotFound:
        return said(HTTPStatus.NOT_FOUND)
    except InvalidInput:
        return said(HTTPStatus.UNPROCESSABLE_ENTITY)
    except InvalidTransition:
        return said(HTTPStatus.CONFLICT)
    return said(HTTPStatus.NO_CONTENT)


def said(status: HTTPStatus) -> Response[bytes]:
    return Response(b"", status_code=status.value, headers=NO_STORE)
