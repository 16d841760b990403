"""What a member takes along, as one file that needs nothing of ours to be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from domain.access.rules import Limit

DAY_SECONDS: Final = 86_400
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the same content is the same file


def archive(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in sorted(files.items()):
            out.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def export_context(export_id: UUID) -> bytes:
    return f"data_export:{export_id}:content".encode()


def export_content(member_id: UUID) -> bytes:
    """What a step-up to take one's data along is bound to."""
    return b"export\0" + member_id.bytes


def export_limits(member_id: UUID) -> tuple[Limit, ...]:
    """Three at once, and one more a day: each reads all that a member ever did."""
    return (Limit(f"data_export:{member_id.hex}", capacity=3, per_second=1 / DAY_SECONDS),)
