"""The machine-readable zone of travel documents: TD1, TD2 and TD3 of ICAO 9303, read and checked.

A consistent zone proves that it was typed as printed. It does not prove a genuine document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from re import fullmatch
from typing import Final

WEIGHTS: Final = (7, 3, 1)
ZONE_LENGTH_MAX: Final = 200
EXPIRY_YEARS_AHEAD: Final = 50  # two digits of a year: none is valid for longer


class MrzRefused(ValueError):
    """No zone at all. The text says what is wrong, and nothing of what stood there."""


class Format(StrEnum):
    TD1 = "TD1"  # cards: three lines of 30
    TD2 = "TD2"  # two lines of 36
    TD3 = "TD3"  # passports: two lines of 44


SHAPES: Final = {Format.TD1: (3, 30), Format.TD2: (2, 36), Format.TD3: (2, 44)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """`wrong_digits` names the fields whose check digit does not fit; empty is consistent."""

    format: Format
    document: str  # two characters: P, I, AC
    issuer: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    nationality: str = field(repr=False)
    born_on: date | None = field(repr=False)  # None: not all of it is known
    sex: str = field(repr=False)
    expires_on: date | None
    wrong_digits: tuple[str, ...]
    is_name_cut: bool  # the line is full: the rest of the name may be missing

    @property
    def is_consistent(self) -> bool:
        return not self.wrong_digits

    @property
    def name(self) -> str:
        return f"{self.given_names} {self.surname}".strip()


def read_zone(text: str, *, as_of: date) -> Zone:
    """Raises `MrzRefused`. `as_of` says which century two digits mean."""
    lines = _lines(text)
    format_ = next((each for each, shape in SHAPES.items() if _has(lines, shape)), None)
    if format_ is None:
        raise MrzRefused("not two lines of 44 or 36, and not three of 30")
    if not all(fullmatch(r"[A-Z0-9<]+", line) for line in lines):
        raise MrzRefused("a character that no zone has")
    return _td1(lines, as_of) if format_ is Format.TD1 else _two_lines(format_, lines, as_of)


def check_digit(text: str) -> str:
    total = sum(_value(each) * WEIGHTS[index % 3] for index, each in enumerate(text))
    return str(total % 10)


def _lines(text: str) -> list[str]:
    """Blanks inside a line come from scanners and typists; lines may have lost their breaks."""
    if len(text) > ZONE_LENGTH_MAX:
        raise MrzRefused("too long")
    lines = ["".join(line.split()).upper() for line in text.splitlines()]
    lines = [line for line in lines if line]
    for count, width in SHAPES.values():
        if len(lines) == 1 and len(lines[0]) == count * width:
            return [lines[0][at : at + width] for at in range(0, count * width, width)]
    return lines


def _has(lines: Sequence[str], shape: tuple[int, int]) -> bool:
    count, width = shape
    return len(lines) == count and all(len(line) == width for line in lines)


def _two_lines(format_: Format, lines: Sequence[str], as_of: date) -> Zone:
    first, second = lines
    optional = second[28:-1] if format_ is Format.TD2 else second[28:42]
    number, digit = _number(second[0:9], second[9], optional if format_ is Format.TD2 else "")
    wrong = [
        *_wrong("number", number, digit),
        *_wrong("born_on", second[13:19], second[19]),
        *_wrong("expires_on", second[21:27], second[27]),
    ]
    if format_ is Format.TD3:
        is_empty = second[42] == "<" and not optional.strip("<")
        wrong += [] if is_empty else _wrong("optional", optional, second[42])
    wrong += _wrong("composite", second[0:10] + second[13:20] + second[21:-1], second[-1])
    surname, given = _names(first[5:])
    return Zone(
        format=format_,
        document=first[0:2].rstrip("<"),
        issuer=first[2:5].rstrip("<"),
        number=number.rstrip("<"),
        surname=surname,
        given_names=given,
        nationality=second[10:13].rstrip("<"),
        born_on=_born(second[13:19], as_of),
        sex=second[20].replace("<", ""),
        expires_on=_expires(second[21:27], as_of),
        wrong_digits=tuple(wrong),
        is_name_cut=not first.endswith("<<"),
    )


def _td1(lines: Sequence[str], as_of: date) -> Zone:
    first, second, third = lines
    number, digit = _number(first[5:14], first[14], first[15:30])
    wrong = [
        *_wrong("number", number, digit),
        *_wrong("born_on", second[0:6], second[6]),
        *_wrong("expires_on", second[8:14], second[14]),
        *_wrong(
            "composite",
            first[5:30] + second[0:7] + second[8:15] + second[18:29],
            second[29],
        ),
    ]
    surname, given = _names(third)
    return Zone(
        format=Format.TD1,
        document=first[0:2].rstrip("<"),
        issuer=first[2:5].rstrip("<"),
        number=number.rstrip("<"),
        surname=surname,
        given_names=given,
        nationality=second[15:18].rstrip("<"),
        born_on=_born(second[0:6], as_of),
        sex=second[7].replace("<", ""),
        expires_on=_expires(second[8:14], as_of),
        wrong_digits=tuple(wrong),
        is_name_cut=not third.endswith("<<"),
    )


def _number(number: str, digit: str, optional: str) -> tuple[str, str]:
    """A number of more than nine characters goes on in the optional field, its digit last."""
    if digit != "<" or not optional:
        return number, digit
    more = optional.partition("<")[0]
    if len(more) < 2:  # noqa: PLR2004  # one character and its digit at least
        return number, digit
    return number + more[:-1], more[-1]


def _wrong(name: str, text: str, digit: str) -> list[str]:
    return [] if check_digit(text) == digit else [name]


def _names(text: str) -> tuple[str, str]:
    surname, _, given = text.partition("<<")
    return " ".join(surname.split("<")).strip(), " ".join(given.split("<")).strip()


def _born(text: str, as_of: date) -> date | None:
    """Nobody is born after today, and two digits do not tell centenarians from children."""
    latest = _date(text, century=as_of.year // 100 * 100)
    if latest is not None and latest <= as_of:
        return latest
    return _date(text, century=as_of.year // 100 * 100 - 100)


def _expires(text: str, as_of: date) -> date | None:
    century = as_of.year // 100 * 100
    found = _date(text, century=century)
    if found is not None and found.year - as_of.year > EXPIRY_YEARS_AHEAD:
        return _date(text, century=century - 100)
    return found


def _date(text: str, *, century: int) -> date | None:
    if fullmatch(r"\d{6}", text) is None:
        return None
    try:
        return date(century + int(text[0:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _value(character: str) -> int:
    if character == "<":
        return 0
    return int(character) if character.isdigit() else ord(character) - ord("A") + 10
