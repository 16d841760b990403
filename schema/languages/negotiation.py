"""Which of our languages a client reads, by its `Accept-Language`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from babel.core import negotiate_locale

# A browser sends some dozen characters; what is longer is no list of languages.
HEADER_LENGTH_MAX: Final = 500
RANGE: Final = re.compile(
    r"(?P<tag>\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:\s*;\s*q=(?P<quality>[01](?:\.\d{0,3})?))?",
    re.ASCII | re.IGNORECASE,
)


class Language(StrEnum):
    """English first: it is what we answer when nothing fits."""

    EN = "en"
    DE = "de"
    ES = "es"
    FR = "fr"
    HI = "hi"
    PT = "pt"


def language_of(header: str | None) -> Language:
    """Never refuses: of what it cannot read it takes nothing, and English remains."""
    if not header or len(header) > HEADER_LENGTH_MAX:
        return Language.EN
    wished: list[tuple[float, str]] = []
    for part in header.split(","):
        found = RANGE.fullmatch(part.strip())
        if found is None:
            continue
        quality = float(found["quality"] or 1)
        if quality > 0:
            wished.append((quality, Language.EN if found["tag"] == "*" else found["tag"]))
    wished.sort(key=lambda each: -each[0])  # stable: of equals the first one wins
    fitting = negotiate_locale([tag for _, tag in wished], list(Language), sep="-")
    return Language(fitting.lower()) if fitting else Language.EN
