"""`/files`: bytes of uploads come in and go out by addresses that were signed a moment ago."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, put
from litestar.exceptions import (
    ClientException,
    NotFoundException,
    ServiceUnavailableException,
)
from litestar.response import Stream

from domain.errors import NotFound
from domain.uploads import queries
from domain.uploads.operations import record_upload
from domain.uploads.rules import BYTES_MAX, Kept, UploadKind, Wanted
from gateway.file_checks import file_problem
from gateway.file_store import Files, StoreAway
from gateway.pictures import NoPicture, bare
from schema.context import Services
from schema.errors import InvalidId
from schema.ids import Tag

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",  # a signed address is as good as the file
}


class TooLarge(Exception):
    """More came than was asked for."""


@put(
    "/files/{upload_id:str}",
    include_in_schema=False,
    request_max_body_size=max(BYTES_MAX.values()),
)
async def file_put(request: Request[Any, Any, Any], upload_id: str) -> Response[str]:
    """204 once it is kept; 404 for an address that is unknown, used or too old."""
    services: Services = request.app.state.services
    key = _signed(request, upload_id)
    asked = await queries.asked_upload(upload_id=key, now=services.clock())
    if asked is None:
        raise NotFoundException("No such upload, or it was sent already.")
    path = await asyncio.to_thread(_store(request).new_file)
    try:
        await _write(request, path, asked.wanted)
        problem = await asyncio.to_thread(file_problem, path, asked.wanted)
        if problem is not None:
            return _said(HTTPStatus.UNPROCESSABLE_ENTITY, problem)
        kept = await asyncio.to_thread(_bared, path, asked.wanted)
        await _keep(_store(request), key, path, kept, services=services)
    except (NoPicture, TooLarge, ClientException, NotFound, StoreAway) as failure:
        return _refused(failure)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return _said(HTTPStatus.NO_CONTENT, "")


@get("/files/{upload_id:str}/content", include_in_schema=False)
async def file_get(request: Request[Any, Any, Any], upload_id: str) -> Stream:
    """As a download, and as what it was found to be: nothing in it runs with our rights."""
    key = _signed(request, upload_id)
    kept = await queries.kept_upload(upload_id=key)
    try:
        is_there = kept is not None and await _store(request).has(key)
    except StoreAway as failure:
        raise ServiceUnavailableException("Try again in a moment.") from failure
    if kept is None or kept.kept is None or not is_there:
        raise NotFoundException("No such file.")
    return Stream(
        _store(request).read(key),
        media_type=kept.wanted.media_type,
        headers={
            **HEADERS,
            "Content-Length": str(kept.kept.byte_count),
            "Content-Disposition": "attachment",
        },
    )


def _store(request: Request[Any, Any, Any]) -> Files:
    store: Files = request.app.state.files
    return store


def _signed(request: Request[Any, Any, Any], upload_id: str) -> UUID:
    services: Services = request.app.state.services
    is_signed = services.links.is_valid(
        request.url.path,
        until=request.query_params.get("until", ""),
        signature=request.query_params.get("signature", ""),
        now=services.clock(),
    )
    try:
        if is_signed:
            return services.ids.decode(Tag.UPLOAD, upload_id)
    except InvalidId:
        pass
    raise NotFoundException("No such file, or no longer.")


async def _write(request: Request[Any, Any, Any], path: Path, wanted: Wanted) -> None:
    """No byte more than was asked for touches the disk."""
    left = wanted.byte_count
    with path.open("wb") as file:
        async for piece in request.stream():
            left -= len(piece)
            if left < 0:
                raise TooLarge
            await asyncio.to_thread(file.write, piece)


def _bared(path: Path, wanted: Wanted) -> Kept:
    """A picture loses its metadata on the way. Raises `NoPicture`."""
    if wanted.kind is not UploadKind.IMAGE:
        return Kept(byte_count=wanted.byte_count, sha256=wanted.sha256)
    content = bare(path.read_bytes(), wanted.media_type)
    path.write_bytes(content)
    return Kept(byte_count=len(content), sha256=sha256(content).digest())


async def _keep(store: Files, key: UUID, path: Path, kept: Kept, *, services: Services) -> None:
    """The file first: what is recorded is there. Refuses with `NotFound`."""
    await store.keep(key, path)
    try:
        await record_upload(upload_id=key, kept=kept, now=services.clock())
    except NotFound:
        if await queries.kept_upload(upload_id=key) is None:  # else the same bytes came twice
            await store.forget(key)
        raise


def _refused(failure: Exception) -> Response[str]:
    match failure:
        case NoPicture():
            return _said(HTTPStatus.UNPROCESSABLE_ENTITY, str(failure))
        case TooLarge():
            return _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "it is larger than was said")
        case StoreAway():
            return _said(HTTPStatus.SERVICE_UNAVAILABLE, "try again in a moment")
        case ClientException():
            return _said(HTTPStatus(failure.status_code), "")
    return _said(HTTPStatus.NOT_FOUND, "")


def _said(status: HTTPStatus, text: str) -> Response[str]:
    return Response(text, status_code=status.value, headers=HEADERS, media_type="text/plain")
