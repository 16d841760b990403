"""Whether a file is what was asked for, and does not swell when somebody opens it."""

from __future__ import annotations

import codecs
import hashlib
import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from domain.uploads.rules import HEAD_BYTES, UploadKind, Wanted, begins_as

CHUNK_BYTES: Final = 1 << 20
PIXELS_MAX: Final = 50_000_000
ENTRIES_MAX: Final = 1_000
SWOLLEN_BYTES_MAX: Final = 100_000_000
SWELLING_MAX: Final = 100  # times its own size
SMALL_BYTES: Final = 1_000_000  # swells to no harm, whatever its ratio
# All that a spoiled archive makes the standard library raise, its own error being the least of it.
_UNPACKING: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError, ValueError),
)


def file_problem(path: Path, wanted: Wanted) -> str | None:
    """What is wrong with it. It reads the whole file: not for the event loop."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if path.stat().st_size != wanted.byte_count:
            return "it has another size than was said"
        if not begins_as(wanted, head):
            return "its first bytes are of another type than was said"
        file.seek(0)
        if hashlib.file_digest(file, "sha256").digest() != wanted.sha256:
            return "it has another SHA-256 than was said"
        file.seek(0)
        return _content_problem(file, wanted)


def _content_problem(file: BinaryIO, wanted: Wanted) -> str | None:
    if wanted.kind is UploadKind.IMAGE:
        return _image_problem(file, wanted.media_type)
    if wanted.media_type == "application/zip":
        return _archive_problem(file, wanted.byte_count)
    if wanted.media_type.startswith("text/"):
        return _text_problem(file)
    return None


def _image_problem(file: BinaryIO, media_type: str) -> str | None:
    """Its head says how large it is; not one pixel is unpacked."""
    from PIL import Image  # noqa: PLC0415  # few processes ever look at a picture

    try:
        with Image.open(file, formats=(media_type.partition("/")[2].upper(),)) as image:
            width, height = image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "it is no picture that can be shown"
    return None if width * height <= PIXELS_MAX else "it has over 50 million pixels"


def _archive_problem(file: BinaryIO, byte_count: int) -> str | None:
    """What its entries say of themselves may be a lie, so they are unpacked to nowhere."""
    most = max(SMALL_BYTES, min(SWOLLEN_BYTES_MAX, byte_count * SWELLING_MAX))
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES_MAX:
                return "it has over 1,000 entries"
            if sum(each.file_size for each in entries) > most:
                return "it unpacks to far more than it is"
            for each in entries:
                with archive.open(each) as entry:
                    while entry.read(CHUNK_BYTES):
                        pass
    except _UNPACKING:
        return "it cannot be unpacked"
    return None


def _text_problem(file: BinaryIO) -> str | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(CHUNK_BYTES):
            if "\0" in decoder.decode(piece):
                return "it is no text"
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "it is no text in UTF-8"
    return None
