"""Pictures lose what cameras wrote into them, and not one pixel."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from gateway.pictures import NoPicture, bare
from tests.make.pictures import CANARY, FORMATS, photo


def type_of(kind: str) -> str:
    return f"image/{kind.lower()}"


def seen(content: bytes) -> Image.Image:
    """As a browser shows it."""
    with Image.open(io.BytesIO(content)) as image:
        return ImageOps.exif_transpose(image).copy()


@pytest.mark.parametrize(
    ("kind", "variant"), [(kind, each) for kind in FORMATS for each in range(len(FORMATS[kind]))]
)
@pytest.mark.parametrize("turned", [1, 6])
def test_nothing_is_left_but_what_is_seen(kind: str, variant: int, turned: int) -> None:
    """C3: the same pixels, side up and colours; no place, device, comment or film."""
    before = photo(kind, variant, turned)
    after = bare(before, type_of(kind))
    with Image.open(io.BytesIO(after)) as image:
        tags = dict(image.getexif())

    assert CANARY in before and CANARY not in after
    assert tags == ({0x0112: turned} if turned > 1 else {})
    assert seen(after).size == seen(before).size == ((32, 48) if turned > 1 else (48, 32))
    assert seen(after).tobytes() == seen(before).tobytes()
    assert seen(after).info["icc_profile"] == seen(before).info["icc_profile"]
    assert bare(after, type_of(kind)) == after


@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_what_is_spoiled_is_refused_or_shown(kind: str, data: st.DataObject) -> None:
    """No byte that a stranger sets makes the server fail."""
    content = bytearray(photo(kind)[: data.draw(st.integers(0, len(photo(kind))))])
    for _ in range(data.draw(st.integers(0, 3))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(NoPicture):
        assert len(bare(bytes(content), type_of(kind))) <= len(content) + 64
