"""What an instance for the bulk TIN matching of the IRS can be told."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

VERSION: Final = "1"
LINES_MAX: Final = 100_000  # of one file; IRS Publication 2108-A


class IrsTinConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`valid_days`: how long a match counts. A number does not change its holder, names do."""

    valid_days: Annotated[int, msgspec.Meta(ge=1, le=3660)] = 1096
    lines_max: Annotated[int, msgspec.Meta(ge=1, le=LINES_MAX)] = LINES_MAX
