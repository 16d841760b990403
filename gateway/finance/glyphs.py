"""Which characters our fonts can show. PDF/A refuses a text with any other.

Names come in every script; what cannot be shown becomes U+FFFD on the page and stays exact
in the document's canonical record.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, reduce
from pathlib import Path
from typing import Final

FONT_FOLDER: Final = Path(__file__).parent / "fonts"
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
BREAK: Final = "\N{ZERO WIDTH SPACE}"  # where a word without spaces may be broken
UNBROKEN_MAX: Final = 24

_FORMAT_SEGMENTS: Final = 4  # of TrueType's character map: the basic plane
_FORMAT_GROUPS: Final = 12  # and everything
# Of the characters that show nothing: these join letters, the rest reorders or hides text.
_JOINERS: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def showable(text: str, coverage: frozenset[int]) -> str:
    """Composed, on one line, without controls, and with a mark for what has no glyph."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = "".join(each for each in composed if _is_text(each))
    shown = "".join(each if ord(each) in coverage else REPLACEMENT for each in kept)
    return " ".join(_breakable(word) for word in shown.split(" "))


def is_shown(character: str, coverage: frozenset[int]) -> bool:
    """Whether it has a glyph, or is none that `showable` keeps."""
    composed = unicodedata.normalize("NFC", character)
    return all(
        ord(each) in coverage or each.isspace() or not _is_text(each) or unicodedata.combining(each)
        for each in composed
    )


@cache
def coverage_of(fonts: tuple[Path, ...]) -> frozenset[int]:
    """Characters that every one of these fonts has: bold text falls back to nothing."""
    return reduce(frozenset.intersection, (frozenset(_characters(font)) for font in fonts))


def _is_text(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] != "C"


def _breakable(word: str) -> str:
    return BREAK.join(word[at : at + UNBROKEN_MAX] for at in range(0, len(word), UNBROKEN_MAX))


def _characters(font: Path) -> Iterator[int]:
    data = font.read_bytes()
    (table_count,) = struct.unpack_from(">H", data, 4)
    tables = (struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(table_count))
    cmap = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for n in range(count):
        (offset,) = struct.unpack_from(">L", data, cmap + 4 + 8 * n + 4)
        yield from _mapped(data, cmap + offset)


def _mapped(data: bytes, at: int) -> Iterable[int]:
    (kind,) = struct.unpack_from(">H", data, at)
    if kind == _FORMAT_SEGMENTS:
        return _segments(data, at)
    return _groups(data, at) if kind == _FORMAT_GROUPS else ()


def _segments(data: bytes, at: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", data, at + 6)
    ends, starts = at + 14, at + 16 + doubled
    deltas, ranges = starts + doubled, starts + 2 * doubled
    for n in range(0, doubled, 2):
        (end,) = struct.unpack_from(">H", data, ends + n)
        (start,) = struct.unpack_from(">H", data, starts + n)
        (delta,) = struct.unpack_from(">H", data, deltas + n)
        (offset,) = struct.unpack_from(">H", data, ranges + n)
        for character in range(start, min(end, 0xFFFE) + 1):
            glyph = character
            if offset:
                place = ranges + n + offset + 2 * (character - start)
                (glyph,) = struct.unpack_from(">H", data, place)
                if not glyph:
                    continue
            if (glyph + delta) % 0x10000:
                yield character


def _groups(data: bytes, at: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">L", data, at + 12)
    for n in range(count):
        start, end, _ = struct.unpack_from(">LLL", data, at + 16 + 12 * n)
        yield from range(start, end + 1)


def covered(more_fonts: Path | None) -> frozenset[int]:
    """Ours as one, because bold text falls back to nothing; and what an operator's fonts add."""
    ours = coverage_of(tuple(sorted(FONT_FOLDER.glob("*.ttf"))))
    return ours.union(*(coverage_of((font,)) for font in fonts_in(more_fonts)))


def fonts_in(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in {".ttf", ".otf"})
