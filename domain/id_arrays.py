"""Arrays of UUIDs between us and PostgreSQL, written at once.

asyncpg writes an array element by element, and asks of each one twice whether it is a list
itself: with 450 ids that takes four times as long as the rest of their statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from struct import Struct
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg.pgproto import pgproto

UUID_OID: Final = 2950
UUIDS_OID: Final = 2951  # of uuid[]
ID: Final = Struct("!i16s")  # its length, and the id
NULL: Final = Struct("!i").pack(-1)
HEAD: Final = Struct("!iiI")  # dimensions, whether nulls are among them, what they are
DIMENSION: Final = Struct("!ii")  # how many, and the number of the first
LENGTH: Final = Struct("!i").pack(16)


class Ids:
    """Ids as bytes. A connection that does not know us takes them as any list of UUIDs."""

    __slots__ = ("parts",)

    def __init__(self, parts: Collection[bytes]) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[UUID]:
        return map(pgproto.UUID, self.parts)

    def __len__(self) -> int:
        return len(self.parts)


async def speak(connection: asyncpg.Connection) -> None:
    """From now on this connection writes and reads arrays of UUIDs as we do. A pool awaits it.

    asyncpg offers this for single values only; what it calls for those takes an array as well.
    """
    settings = connection._protocol.get_settings()  # noqa: SLF001  # see above; its version is pinned
    settings.add_python_codec(
        UUIDS_OID, "_uuid", "pg_catalog", [], "scalar", written, read, "binary"
    )


def written(ids: Ids | Iterable[UUID | str | None]) -> bytes:
    if isinstance(ids, Ids):
        content = LENGTH + LENGTH.join(ids.parts) if ids.parts else b""
        return _head(len(ids.parts), has_null=False) + content
    if isinstance(ids, str | bytes):
        raise TypeError("a list of ids is expected")
    parts = [_element(each) for each in ids]
    return _head(len(parts), has_null=NULL in parts) + b"".join(parts)


def read(array: bytes) -> list[UUID | None]:
    dimensions, _, _ = HEAD.unpack_from(array)
    if dimensions == 0:
        return []
    if dimensions > 1:
        raise ValueError("a list of lists of ids is read by nobody")
    count, _ = DIMENSION.unpack_from(array, HEAD.size)
    at, found = HEAD.size + DIMENSION.size, []
    for _ in range(count):
        is_null = array[at : at + len(NULL)] == NULL
        at += len(NULL) if is_null else ID.size
        found.append(None if is_null else pgproto.UUID(array[at - 16 : at]))
    return found


def _head(count: int, *, has_null: bool) -> bytes:
    if count == 0:
        return HEAD.pack(0, 0, UUID_OID)
    return HEAD.pack(1, has_null, UUID_OID) + DIMENSION.pack(count, 1)


def _element(each: UUID | str | None) -> bytes:
    if each is None:
        return NULL
    return LENGTH + (each if isinstance(each, UUID) else UUID(each)).bytes
