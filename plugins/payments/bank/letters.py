"""Which letters banks' files can carry, and what becomes of the others. Pure.

Nothing is replaced behind a member's back: a name that would change is refused, and the
refusal shows what the bank would read.
"""

from __future__ import annotations

import re
from typing import Final

from text_unidecode import unidecode  # type: ignore[import-untyped]  # it ships no types

# European Payments Council, EPC217-08: the letters that every bank must accept.
_NOT_SEPA: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
# NACHA's alphameric fields allow more, but banks' guides agree on these.
_NOT_ACH: Final = re.compile(r"[^A-Za-z0-9 &,\-./]")
_SPACES: Final = re.compile(r"\s+")


def sepa_text(text: str, *, length: int) -> str:
    """In letters that every SEPA bank accepts; unchanged when it is so already."""
    plain = _NOT_SEPA.sub("", unidecode(text))
    while "//" in plain:
        plain = plain.replace("//", "/")
    return _cut(plain.strip("/ "), length)


def ach_text(text: str, *, length: int) -> str:
    return _cut(_NOT_ACH.sub("", unidecode(text)), length)


def _cut(text: str, length: int) -> str:
    return _SPACES.sub(" ", text).strip()[:length].rstrip()
