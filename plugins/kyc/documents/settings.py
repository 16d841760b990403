"""What an instance that reads documents can be told."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

VERSION: Final = "1"
MEDIA_TYPES: Final = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF-",
}
"""What may be uploaded, and how its bytes begin."""


class DocumentsConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`expires_ahead_days`: a document must hold that much longer, for the check to be worth it.

    `unread_days`: how long an accepted document counts of which nobody typed when it ends.
    """

    expires_ahead_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 0
    unread_days: Annotated[int, msgspec.Meta(ge=1, le=3_660)] = 365
    file_bytes_max: Annotated[int, msgspec.Meta(ge=1_000, le=50_000_000)] = 10_000_000
