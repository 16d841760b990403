"""Names of people as two sources write them, made comparable. Nobody is identified by that."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

# Letters that Unicode does not take apart, as passports write them (ICAO 9303-3, section 6).
LETTERS: Final[Mapping[int, str]] = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        "\u0131": "i",
        "ə": "e",
        "\u02bc": "",
        "\u2019": "",
        "'": "",
        "`": "",
        "\u02bb": "",
    }
)
WRITTEN_OUT: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
"""Passports write AE for an umlaut, forms often A: both become the same here."""


def words_of(name: str) -> list[str]:
    """Folded words in their order: no case, no accents, no punctuation."""
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    plain = "".join(each for each in parted if not unicodedata.combining(each))
    kept = plain.translate(LETTERS)
    return "".join(each if each.isalnum() else " " for each in kept).split()


def folded(name: str) -> str:
    """The words in alphabetical order: family name first or last is the same."""
    return " ".join(sorted(words_of(name)))


def is_latin(name: str) -> bool:
    """Whether there is a name, and lists and documents in Latin letters can be compared with it."""
    return bool(folded(name)) and folded(name).replace(" ", "").isascii()


class Likeness(StrEnum):
    SAME = "same"
    UNCLEAR = "unclear"  # a person must look
    DIFFERENT = "different"


def compared(one: str, other: str) -> Likeness:
    """The same when each word of the shorter name is in the longer: documents have more of them.

    At least two words must be common then. Where a script cannot be compared, or only some
    words are common, it is unclear.
    """
    if not is_latin(one) or not is_latin(other):
        return Likeness.UNCLEAR
    first, second = ({_reduced(word) for word in words_of(name)} for name in (one, other))
    short, long = sorted((first, second), key=len)
    if first == second or (len(short) > 1 and short <= long):
        return Likeness.SAME
    is_joined = "".join(words_of(one)) == "".join(words_of(other))  # Vander Berg, Vanderberg
    return Likeness.UNCLEAR if first & second or is_joined else Likeness.DIFFERENT


def _reduced(word: str) -> str:
    for written, short in WRITTEN_OUT:
        word = word.replace(written, short)
    return word
