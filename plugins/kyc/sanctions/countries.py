"""Names of countries as lists write them, to ISO 3166. What is not understood says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from re import fullmatch
from typing import Final

from plugins.names import words_of

# How OFAC, the United Nations and the United Kingdom write what CLDR writes otherwise.
OTHERWISE: Final[Mapping[str, str]] = {
    "burma": "MM",
    "congo, democratic republic of the": "CD",
    "democratic republic of the congo": "CD",
    "congo": "CG",
    "cote d ivoire": "CI",
    "democratic people's republic of korea": "KP",
    "iran (islamic republic of)": "IR",
    "iran, islamic republic of": "IR",
    "korea, north": "KP",
    "korea, south": "KR",
    "lao people's democratic republic": "LA",
    "libyan arab jamahiriya": "LY",
    "macedonia, the former yugoslav republic of": "MK",
    "occupied palestinian territories": "PS",
    "palestinian": "PS",
    "region: gaza": "PS",
    "republic of korea": "KR",
    "russian federation": "RU",
    "syrian arab republic": "SY",
    "tanzania, united republic of": "TZ",
    "the gambia": "GM",
    "turkey": "TR",
    "united arab emirates": "AE",
    "united kingdom of great britain and northern ireland": "GB",
    "united states of america": "US",
    "venezuela (bolivarian republic of)": "VE",
    "viet nam": "VN",
}


def country_of(text: str) -> str | None:
    plain = text.strip()
    if fullmatch(r"[A-Z]{2}", plain):
        return None if plain in ("00", "XX", "ZZ") else plain
    return _names().get(_key(plain))


def _key(name: str) -> str:
    return " ".join(word for word in words_of(name) if word not in ("the", "of", "and"))


@cache
def _names() -> Mapping[str, str]:
    from babel import Locale  # noqa: PLC0415  # who does not screen does not load it

    territories = Locale("en").territories
    known = {_key(name): code for code, name in territories.items() if fullmatch(r"[A-Z]{2}", code)}
    return known | {_key(name): code for name, code in OTHERWISE.items()}
