"""Which of the stores keeps the files of work."""

from __future__ import annotations

from typing import Final

from gateway.bucket_store import BucketStore
from gateway.file_store import Files, FolderStore
from gateway.settings import Settings

FILES: Final = "files"


def file_store_of(settings: Settings) -> Files:
    folder = settings.home / FILES
    if settings.bucket.bucket is None:
        return FolderStore(folder)
    return BucketStore(settings.bucket, incoming=folder / "incoming")
