"""One rule for every text that a person writes and another one reads. Pure functions only."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

from domain.contacts import masked
from domain.errors import InvalidInput

GROUNDS_LENGTH_MIN: Final = 20  # R10
GROUNDS_LENGTH_MAX: Final = 4_096
# Controls, halves of characters, characters that are none, and what would turn the text of a
# page or a document around it: embeddings, overrides and isolates.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# Letters and symbols that every font draws as nothing.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_BREAKS: Final = re.compile("\r\n|[\n\t]")


def has_unprintable(text: str) -> bool:
    """Also what no database stores: NUL, and halves of characters."""
    return _UNPRINTABLE.search(text) is not None


def text_problem(text: str, *, most: int, least: int = 1, is_line: bool = False) -> str | None:
    """What is wrong with it, never the text itself.

    Space at both ends does not count, so store it stripped; what nobody sees does not help to
    reach the least. Line breaks and tabs are taken, unless it `is_line`.
    """
    said = text.strip()
    if len(said) > most or (least and not _shows(said, least)):
        return f"{least:,} to {most:,} characters that can be seen"
    if has_unprintable(text if is_line else _BREAKS.sub(" ", text)):
        return "no control characters, and none that change the direction of what follows"
    return None


def require_text(text: str, *, path: str, most: int, least: int = 1, is_line: bool = False) -> None:
    """Refuses with `InvalidInput`."""
    problem = text_problem(text, most=most, least=least, is_line=is_line)
    if problem is not None:
        raise InvalidInput(problem, path=(path,))


def require_grounds(text: str) -> None:
    """Why somebody decides or complains: whoever is concerned must be able to understand it.

    Refuses with `InvalidInput`.
    """
    require_text(text, path="text", least=GROUNDS_LENGTH_MIN, most=GROUNDS_LENGTH_MAX)


def passed_on(text: str) -> str:
    """As the other party of some work reads it: without contact data (P3)."""
    return masked(text.strip()).text


def _shows(text: str, least: int) -> bool:
    """Whether so much of it can be seen, with a word in it. Space between words counts once, and so
    do marks that stand on one character: neither fills a text in which nothing is said.
    """
    count, has_words, before = 0, False, ""
    for each in text:
        kind = _kind(each)
        if kind is None:
            continue
        is_word = kind in "LNPS"
        has_words = has_words or is_word
        count += is_word or kind != before
        before = kind
        if has_words and count >= least:
            return True
    return False


def _kind(character: str) -> str | None:
    """The first letter of its category, Z for whatever is drawn as nothing but takes its place;
    None for what is not there.
    """
    if character in _BLANK:
        return "Z"
    found = category(character)
    if found in {"Cf", "Cn", "Co"}:
        return None
    return "Z" if found == "Cc" else found[0]
