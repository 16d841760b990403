"""Pictures without what cameras and programs write into them: place, device, time, thumbnail.

Not one pixel is unpacked: parts of the file are left out, and the rest is kept byte for byte. Which
side is up stays, since it is part of what is seen; colour profiles stay for the same reason. What
follows the end of the picture goes, as the films of phones do. Sources: ITU-T T.81 (JPEG), Exif
2.32, PNG 3rd edition, RFC 9649 (WebP).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from struct import pack, unpack_from
from typing import Final
from zlib import crc32

EXIF: Final = b"Exif\0\0"
ORIENTATION: Final = 0x0112
SHORT: Final = 3  # a type of Exif
TURNED: Final = range(2, 9)  # 1 is upright


class NoPicture(ValueError):
    """Its parts do not fit together."""


def bare(content: bytes, media_type: str) -> bytes:
    """The same picture without metadata. Raises `NoPicture`."""
    try:
        return _WAYS[media_type](content)
    except (IndexError, struct.error) as problem:
        raise NoPicture("it ends too early") from problem


_MARK, _START, _END, _SCAN = 0xFF, 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_ALONE: Final = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_OF_PICTURE: Final = {*range(0xC0, 0xD0), _SCAN, 0xDB, 0xDC, 0xDD}
_JFIF: Final = b"JFIF\0"
_JFIF_BYTES: Final = 12  # then the thumbnail
_PROFILE, _ADOBE = b"ICC_PROFILE\0", b"Adobe"
_AFTER_SCAN: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def _bare_jpeg(content: bytes) -> bytes:
    parts, turned, jfif = [], 1, b""
    for marker, part in _jpeg_parts(content):
        data = part[4:]
        if marker == _APP0 and data.startswith(_JFIF):
            jfif = _jpeg_part(_APP0, data[:_JFIF_BYTES] + b"\0\0")
        elif marker == _APP1 and data.startswith(EXIF) and turned == 1:
            turned = orientation(data[len(EXIF) :])
        elif marker in _OF_PICTURE or marker in _ALONE or _is_colour(marker, data):
            parts.append(part)
    exif = _jpeg_part(_APP1, EXIF + turned_exif(turned)) if turned in TURNED else b""
    return b"".join((bytes((_MARK, _START)), jfif, exif, *parts, bytes((_MARK, _END))))


def _jpeg_parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and segment, a scan with its data; up to the end of the first picture."""
    at = 2
    while True:
        if content[at] != _MARK:
            raise NoPicture("a marker is missing")
        while content[at + 1] == _MARK:  # as many as it likes may stand before a marker
            at += 1
        marker = content[at + 1]
        if marker == _END:
            return
        end = at + 2 if marker in _ALONE else at + 2 + unpack_from(">H", content, at + 2)[0]
        if end > len(content) or (marker not in _ALONE and end < at + 4):
            raise NoPicture("a segment is longer than the file")
        if marker == _SCAN:
            after = _AFTER_SCAN.search(content, end)
            if after is None:  # cut off, as browsers still show it
                yield marker, content[at:]
                return
            end = after.start()
        yield marker, content[at:end]
        at = end


def _is_colour(marker: int, data: bytes) -> bool:
    return (marker == _APP2 and data.startswith(_PROFILE)) or (
        marker == _APP14 and data.startswith(_ADOBE)
    )


def _jpeg_part(marker: int, data: bytes) -> bytes:
    return bytes((_MARK, marker)) + pack(">H", len(data) + 2) + data


_PNG_HEAD_BYTES: Final = 8
_PNG_KEPT: Final = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs"),
}


def _bare_png(content: bytes) -> bytes:
    parts, turned, at = [content[:_PNG_HEAD_BYTES]], 1, _PNG_HEAD_BYTES
    name = b""
    while name != b"IEND":
        length, name = unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise NoPicture("a chunk is longer than the file")
        if name in _PNG_KEPT:
            parts.append(content[at:end])
        elif name == b"eXIf":
            turned = orientation(content[at + 8 : end - 4])
        at = end
    if turned in TURNED:
        parts.insert(2, _png_chunk(b"eXIf", turned_exif(turned)))  # after the first, IHDR
    return b"".join(parts)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", crc32(name + data))


_WEBP_KEPT: Final = {b"VP8 ", b"VP8L", b"VP8X", b"ICCP", b"ALPH", b"ANIM", b"ANMF"}
_WEBP_HEAD_BYTES: Final = 12
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def _bare_webp(content: bytes) -> bytes:
    whole = 8 + unpack_from("<I", content, 4)[0]
    if whole > len(content):
        raise NoPicture("it ends too early")
    ordered, turned, at = [], 1, _WEBP_HEAD_BYTES
    while at < whole:
        name, length = unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > whole:
            raise NoPicture("a chunk is longer than the file")
        if name in _WEBP_KEPT:
            ordered.append((name, content[at + 8 : at + 8 + length]))
        elif name == b"EXIF":
            turned = orientation(content[at + 8 : at + 8 + length].removeprefix(EXIF))
        at = end
    if turned in TURNED:
        ordered.append((b"EXIF", turned_exif(turned)))
    body = b"".join(
        _webp_chunk(name, _flagged(data, has_exif=turned in TURNED) if name == b"VP8X" else data)
        for name, data in ordered
    )
    return b"RIFF" + pack("<I", len(body) + 4) + b"WEBP" + body


def _flagged(data: bytes, *, has_exif: bool) -> bytes:
    kept = data[0] & ~(_HAS_EXIF | _HAS_XMP)
    return bytes((kept | (_HAS_EXIF if has_exif else 0),)) + data[1:]


def _webp_chunk(name: bytes, data: bytes) -> bytes:
    return name + pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def orientation(exif: bytes) -> int:
    """Which side is up, 1 to 8, as the first directory says; 1 where nothing sensible does."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (first,) = unpack_from(f"{order}I", exif, 4)
        (count,) = unpack_from(f"{order}H", exif, first)
        for number in range(count):
            tag, kind, _, value = unpack_from(f"{order}HHIH", exif, first + 2 + number * 12)
            if tag == ORIENTATION and kind == SHORT:
                return value if value in TURNED else 1
    except struct.error:
        pass
    return 1


def turned_exif(turned: int) -> bytes:
    """The smallest Exif that says which side is up, and nothing else."""
    return b"MM\0*" + pack(">IHHHIHHI", 8, 1, ORIENTATION, SHORT, 1, turned, 0, 0)


_WAYS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": _bare_jpeg,
    "image/png": _bare_png,
    "image/webp": _bare_webp,
}
