"""What is taken for the file that was asked for, and what swells or lies (R41)."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import Path

import pytest

from domain.uploads.rules import UploadKind, Wanted
from gateway.file_checks import file_problem
from tests.make.uploads import png

GIF = b"GIF89a\1\0\1\0\0\0\0;<script>alert(1)</script>"


def archive(*entries: tuple[str, bytes], packed_by: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed_by) as file:
        for name, content in entries:
            file.writestr(name, content)
    return made.getvalue()


def lying() -> bytes:
    """Its one entry says a thousandth of what it unpacks to."""
    made = archive(("a", bytes(5_000_000)))
    size = (5_000_000).to_bytes(4, "little")
    return made.replace(size, (5_000).to_bytes(4, "little"))


def said_of(
    path: Path, content: bytes, kind: UploadKind, media_type: str, **more: object
) -> str | None:
    (path / "file").write_bytes(content)
    wanted = {"byte_count": len(content), "sha256": hashlib.sha256(content).digest(), **more}
    return file_problem(path / "file", Wanted(kind=kind, media_type=media_type, **wanted))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("kind", "media_type", "content"),
    [
        (UploadKind.IMAGE, "image/png", png()),
        (UploadKind.AUDIO, "audio/mpeg", b"\xff\xfb\x90\x00" + bytes(400)),
        (UploadKind.AUDIO, "audio/wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(20)),
        (UploadKind.AUDIO, "audio/ogg", b"OggS" + bytes(30)),
        (UploadKind.VIDEO, "video/mp4", b"\0\0\0\x18ftypisom" + bytes(20)),
        (UploadKind.VIDEO, "video/webm", b"\x1a\x45\xdf\xa3" + bytes(20)),
        (UploadKind.FILE, "application/pdf", b"%PDF-1.7\n"),
        (UploadKind.FILE, "application/zip", archive(("a.txt", b"a"), ("b/c.txt", b"c"))),
        (UploadKind.FILE, "text/csv", "größe,1\n".encode()),
    ],
)
def test_each_type_is_known_by_its_bytes(
    tmp_path: Path, kind: UploadKind, media_type: str, content: bytes
) -> None:
    """And by nothing that a client says of it: as another type of its kind it is refused."""
    assert said_of(tmp_path, content, kind, media_type) is None
    assert said_of(tmp_path, content, kind, media_type, sha256=bytes(32)) is not None
    assert said_of(tmp_path, content, kind, media_type, byte_count=len(content) + 1) is not None
    assert said_of(tmp_path, b"MZ\0" + content, kind, media_type) is not None


@pytest.mark.parametrize(
    ("kind", "media_type", "content"),
    [
        (UploadKind.IMAGE, "image/png", png(8_000, 8_000)),  # 64 million pixels in 70 bytes
        (UploadKind.IMAGE, "image/png", png(30_000, 30_000)),
        (UploadKind.IMAGE, "image/png", png()[:20]),
        (UploadKind.IMAGE, "image/jpeg", b"\xff\xd8\xff" + GIF),
        (UploadKind.IMAGE, "image/png", GIF),
        (UploadKind.FILE, "application/zip", archive(("a", bytes(20_000_000)))),
        (
            UploadKind.FILE,
            "application/zip",
            archive(*((str(each), bytes(200_000)) for each in range(20))),
        ),
        (UploadKind.FILE, "application/zip", archive(*((f"{i}", b"") for i in range(1_001)))),
        (UploadKind.FILE, "application/zip", lying()),
        (UploadKind.FILE, "application/zip", b"PK\x03\x04" + zlib.compress(bytes(100_000))),
        (UploadKind.FILE, "text/plain", b"\xff\xfe not UTF-8"),
        (UploadKind.FILE, "text/plain", b"a" * 600 + b"\0"),
    ],
)
def test_bombs_and_lies_are_refused(
    tmp_path: Path, kind: UploadKind, media_type: str, content: bytes
) -> None:
    """Before anybody opens them; and looking at them unpacks nothing to keep."""
    assert len(content) < 300_000
    assert said_of(tmp_path, content, kind, media_type) is not None


@pytest.mark.parametrize("packed_by", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_spoiled_archive_is_an_answer_and_no_failure(tmp_path: Path, packed_by: int) -> None:
    """Whatever byte of it was spoiled on the way: it is taken or refused, never a crash."""
    whole = archive(("a.txt", bytes(range(256)) * 2), packed_by=packed_by)
    said = set()
    for place in range(4, len(whole)):
        for flipped in (whole[place] ^ 0xFF, whole[place] ^ 0x01):
            spoiled = whole[:place] + bytes([flipped]) + whole[place + 1 :]
            said.add(said_of(tmp_path, spoiled, UploadKind.FILE, "application/zip"))

    assert said_of(tmp_path, whole, UploadKind.FILE, "application/zip") is None
    assert "it cannot be unpacked" in said
