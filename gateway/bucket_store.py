"""Bytes of uploads in a bucket of an S3 service, one object for each, named by us alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gateway.bucket_settings import BucketSettings
from gateway.file_store import CHUNK_BYTES, StoreAway, incoming_file

if TYPE_CHECKING:
    from obstore.store import S3Store

TRIES: Final = 2
SECONDS_MAX: Final = 20
KEEP_SECONDS_MAX: Final = 120  # for the largest file
READ_TIME_MAX: Final = timedelta(minutes=30)  # from the first byte to the last


class BucketStore:
    """Only what was checked is sent there; until then it lies in `incoming` of this machine."""

    def __init__(self, settings: BucketSettings, *, incoming: Path) -> None:
        self._store = bucket_of(settings)
        self._incoming = incoming

    def new_file(self) -> Path:
        return incoming_file(self._incoming)

    async def keep(self, upload_id: UUID, path: Path) -> None:
        from obstore import put_async  # noqa: PLC0415  # see `bucket_of`

        async with away(seconds=KEEP_SECONDS_MAX):
            await put_async(self._store, name_of(upload_id), path)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def forget(self, upload_id: UUID) -> None:
        from obstore import delete_async  # noqa: PLC0415
        from obstore.exceptions import NotFoundError  # noqa: PLC0415

        async with away():
            with suppress(NotFoundError, FileNotFoundError):  # most services do not say so
                await delete_async(self._store, name_of(upload_id))

    async def has(self, upload_id: UUID) -> bool:
        from obstore import head_async  # noqa: PLC0415
        from obstore.exceptions import NotFoundError  # noqa: PLC0415

        async with away():
            try:
                await head_async(self._store, name_of(upload_id))
            except (NotFoundError, FileNotFoundError):
                return False
        return True

    async def read(self, upload_id: UUID) -> AsyncIterator[bytes]:
        from obstore import get_async  # noqa: PLC0415

        async with away(seconds=None):  # whoever reads may be slow
            found = await get_async(self._store, name_of(upload_id))
            async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)


def bucket_of(settings: BucketSettings) -> S3Store:
    """The library is loaded where there is a bucket, and nowhere else."""
    from obstore.store import S3Store  # noqa: PLC0415

    assert settings.bucket is not None
    return S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        endpoint=settings.endpoint or None,
        region=settings.region,
        access_key_id=settings.key_id,
        secret_access_key=settings.secret,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": settings.endpoint.startswith("http://"),
            "timeout": READ_TIME_MAX,
            "connect_timeout": timedelta(seconds=5),
        },
        retry_config={"max_retries": TRIES, "retry_timeout": timedelta(seconds=SECONDS_MAX)},
    )


def name_of(upload_id: UUID) -> str:
    """By the last digits, which are random: the first tell the time."""
    return f"{upload_id.hex[-2:]}/{upload_id.hex}"


@asynccontextmanager
async def away(*, seconds: float | None = SECONDS_MAX) -> AsyncIterator[None]:
    """Whatever the service says about itself, or does not say in time."""
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        async with asyncio.timeout(seconds):
            yield
    except (BaseError, OSError) as failure:
        raise StoreAway from failure
