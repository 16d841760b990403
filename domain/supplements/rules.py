"""Where data of a member may come from besides the member. Pure data only."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

TEXT_LENGTH_MAX: Final = 500
PLACE_LENGTH_MAX: Final = 300


class DataSource(StrEnum):
    NEWSPAPER = "newspaper"
    BLOG = "blog"
    MESSENGER = "messenger"
