"""Files that workers send for their assignments."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Awaitable
from struct import pack
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tests.make.ask import Ask

TICKET: Final = """
    mutation ($input: UploadTicketCreateInput!) {
      uploadTicketCreate(input: $input) {
        upload { id kind state mediaType byteCount sha256 url }
        url validUntil errors { code path }
      }
    }
"""


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))


def png(width: int = 1, height: int = 1) -> bytes:
    """Grey, and whole if it is one pixel; else it only says that it is larger."""
    head = _chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = _chunk(b"IDAT", zlib.compress(bytes(2)))
    return b"\x89PNG\r\n\x1a\n" + head + body + _chunk(b"IEND", b"")


async def ticket(claimed: Awaitable[str]) -> dict[str, Any]:
    """A wish for one."""
    about = {"assignmentId": await claimed, "kind": "FILE", "mediaType": "text/csv"}
    return {**about, "byteCount": 5, "sha256": "ab" * 32}


async def asked(
    ask: Ask, viewer: UUID, assignment: str, content: bytes, **more: object
) -> dict[str, Any]:
    wish = {
        "assignmentId": assignment,
        "kind": "IMAGE",
        "mediaType": "image/png",
        "byteCount": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **more,
    }
    given: dict[str, Any] = (await ask(TICKET, viewer=viewer, input=wish)).only()
    return given


async def put(ask: Ask, url: str, content: bytes) -> httpx.Response:
    parts = urlsplit(url)
    return await ask.client.put(f"{parts.path}?{parts.query}", content=content)


async def sent(ask: Ask, viewer: UUID, assignment: str, content: bytes, **more: object) -> str:
    """The id of an upload that can be handed in."""
    given = await asked(ask, viewer, assignment, content, **more)
    assert given["errors"] == []
    assert (await put(ask, given["url"], content)).status_code == httpx.codes.NO_CONTENT
    id_: str = given["upload"]["id"]
    return id_
