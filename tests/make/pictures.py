"""Pictures as a camera makes them, with all that it writes into them."""

from __future__ import annotations

import io
from functools import cache
from typing import Any, Final

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

CANARY: Final = b"Canary of a camera"
GPS: Final = 0x8825
FORMATS: Final[dict[str, list[dict[str, Any]]]] = {
    "JPEG": [{}, {"progressive": True}, {"restart_marker_blocks": 1}],
    "PNG": [{}],
    "WEBP": [{"lossless": True}, {"lossless": False}],
}


@cache
def photo(kind: str, variant: int = 0, turned: int = 6) -> bytes:
    """With a place, a device, a comment, a profile of colours and a film at its end."""
    image = Image.radial_gradient("L").resize((48, 32)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turned, CANARY.decode()
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    texts = PngInfo()
    texts.add_text("Author", CANARY.decode())
    texts.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    more: dict[str, dict[str, Any]] = {
        "JPEG": {"comment": CANARY, "xmp": CANARY},
        "PNG": {"pnginfo": texts},
        "WEBP": {"xmp": CANARY},
    }
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = io.BytesIO()
    image.save(made, kind, exif=exif, icc_profile=profile, **more[kind], **FORMATS[kind][variant])
    return made.getvalue() + b"ftypmp42" + CANARY
