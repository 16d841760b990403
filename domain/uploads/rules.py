"""Which files a member may hand in, and how one is known by its bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

TICKET_TIME: Final = timedelta(minutes=10)  # to send the bytes
UNUSED_TIME: Final = timedelta(days=1)  # to hand in what was sent
UNUSED_COUNT_MAX: Final = 50  # of one member
UNUSED_BYTES_MAX: Final = 200_000_000
HEAD_BYTES: Final = 512
SHA256_BYTES: Final = 32


class UploadKind(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


class UploadState(StrEnum):
    ASKED = "asked"  # its bytes have not come
    CHECKED = "checked"  # its bytes are what was asked for
    ATTACHED = "attached"  # for good
    DROPPED = "dropped"  # its bytes are about to be deleted


BYTES_MAX: Final[Mapping[UploadKind, int]] = {
    UploadKind.IMAGE: 10_000_000,
    UploadKind.AUDIO: 25_000_000,
    UploadKind.VIDEO: 100_000_000,
    UploadKind.FILE: 10_000_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a member says that the file will be. The bytes must agree with all of it."""

    kind: UploadKind
    media_type: str
    byte_count: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What lies in the store of a file: of a picture, less than was sent."""

    byte_count: int
    sha256: bytes


def _begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _is_mp3(head: bytes) -> bool:
    """A tag, or a frame: eleven bits that are set, and a layer."""
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 > 0  # noqa: PLR2004  # bits of the format
    return head.startswith(b"ID3") or is_frame


def _is_riff(form: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == form


def _is_text(head: bytes) -> bool:
    """Whether all of it is, is looked at where all of it is."""
    return b"\0" not in head


_MP4: Final[Callable[[bytes], bool]] = lambda head: head[4:8] == b"ftyp"  # noqa: E731  # a row of the table below
_MATROSKA: Final = _begins(b"\x1a\x45\xdf\xa3")
# A file is what its first bytes say; what a browser says of it proves nothing. No SVG, no HTML.
BEGINNINGS: Final[Mapping[UploadKind, Mapping[str, Callable[[bytes], bool]]]] = MappingProxyType(
    {
        UploadKind.IMAGE: {
            "image/jpeg": _begins(b"\xff\xd8\xff"),
            "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
            "image/webp": _is_riff(b"WEBP"),
        },
        UploadKind.AUDIO: {
            "audio/mpeg": _is_mp3,
            "audio/wav": _is_riff(b"WAVE"),
            "audio/ogg": _begins(b"OggS"),
            "audio/mp4": _MP4,
            "audio/webm": _MATROSKA,
        },
        UploadKind.VIDEO: {"video/mp4": _MP4, "video/webm": _MATROSKA},
        UploadKind.FILE: {
            "application/pdf": _begins(b"%PDF-"),
            "application/zip": _begins(b"PK\x03\x04"),
            "text/plain": _is_text,
            "text/csv": _is_text,
        },
    }
)


def wanted_problem(wanted: Wanted) -> tuple[str, str] | None:
    """What is wrong with a wish, and the field at fault."""
    types, most = BEGINNINGS[wanted.kind], BYTES_MAX[wanted.kind]
    if wanted.media_type not in types:
        return f"one of {', '.join(types)}", "media_type"
    if not 1 <= wanted.byte_count <= most:
        return f"1 to {most:,} bytes", "byte_count"
    if len(wanted.sha256) != SHA256_BYTES:
        return "64 hexadecimal digits", "sha256"
    return None


def begins_as(wanted: Wanted, head: bytes) -> bool:
    return BEGINNINGS[wanted.kind][wanted.media_type](head)
