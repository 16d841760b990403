"""Where the papers of this deployment find what is not in the code: fonts, and ids of members."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.settings import Settings, secret_key
from schema.ids import IdCodec, Tag

if TYPE_CHECKING:
    from gateway.finance.interchange import MemberRef

FONTS: Final = "fonts"


def fonts_of(settings: Settings) -> Path:
    """Files an operator puts there show what our own fonts cannot; it need not exist."""
    return settings.home / FONTS


def member_ref_of(settings: Settings) -> MemberRef:
    """As this deployment's API writes them."""
    return partial(IdCodec(secret_key(settings)).encode, Tag.MEMBER)
