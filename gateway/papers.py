"""Where the papers of this deployment find what is not in the code: fonts, and their outbox."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.settings import Settings

FONTS: Final = "fonts"


def fonts_of(settings: Settings) -> Path:
    """Files an operator puts there show what our own fonts cannot; it need not exist."""
    return settings.home / FONTS
