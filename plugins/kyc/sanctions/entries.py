"""What every list says of somebody, whoever publishes it and in whatever layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from re import IGNORECASE, Match, fullmatch, search
from typing import Final

MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
YEAR_MIN, YEAR_MAX = 1850, 2100


class ListedKind(StrEnum):
    PERSON = "person"
    OTHER = "other"  # companies, groups, ships, aircraft


@dataclass(frozen=True, slots=True, order=True)
class BirthDate:
    """As exact as the list is: a day, a month, a year, or a span of years."""

    first: date
    last: date

    def allows(self, born_on: date, *, years: int) -> bool:
        """Lists err; `years` is by how much they may."""
        return (
            self.first.year - years <= born_on.year <= self.last.year + years
            if years
            else self.first <= born_on <= self.last
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """`names[0]` is the main one. `countries` are ISO 3166, as far as they could be told."""

    list_id: str
    entry_id: str
    names: tuple[str, ...] = field(repr=False)
    kind: ListedKind
    born: tuple[BirthDate, ...] = field(default=(), repr=False)
    countries: frozenset[str] = frozenset()
    programmes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Of what it says: a decision about it holds while that stays the same."""
        said = [
            self.list_id,
            self.entry_id,
            sorted(self.names),
            self.kind,
            [(each.first.isoformat(), each.last.isoformat()) for each in sorted(self.born)],
            sorted(self.countries),
            sorted(self.programmes),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def year_of(year: int, last: int | None = None) -> BirthDate | None:
    last = year if last is None else last
    if not YEAR_MIN <= year <= last <= YEAR_MAX:
        return None
    return BirthDate(date(year, 1, 1), date(last, 12, 31))


def birth_of(text: str) -> BirthDate | None:
    """`12 Mar 1970`, `1970-03-12`, `12/03/1970`, `00/03/1970`, `Mar 1970`, `circa 1970`, spans.

    With strokes the day comes first, as in the British list. None for what cannot be read: then
    the list says nothing, and nothing contradicts.
    """
    plain = " ".join(text.lower().replace("circa", " ").replace("approximately", " ").split())
    for pattern, read in WRITTEN.items():
        match = fullmatch(pattern, plain)
        if match is not None:
            return read(match)
    return None


def _written_out(match: Match[str]) -> BirthDate | None:
    if match[2] not in MONTHS:
        return None
    return _day(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1] or 0))


def births_in(remarks: str) -> tuple[BirthDate, ...]:
    """`DOB 12 Mar 1970; alt. DOB 1971; POB ...`, as OFAC writes it."""
    found = []
    for part in remarks.split(";"):
        match = search(r"\bDOB\s+(.+)", part, IGNORECASE)
        birth = birth_of(match[1].strip(" .")) if match else None
        if birth is not None:
            found.append(birth)
    return tuple(found)


def _day(year: int, month: int, day: int) -> BirthDate | None:
    if not YEAR_MIN <= year <= YEAR_MAX:
        return None
    if not month:
        return year_of(year)
    try:
        if not day:
            following = date(year + month // 12, month % 12 + 1, 1)
            return BirthDate(date(year, month, 1), date.fromordinal(following.toordinal() - 1))
        return BirthDate(date(year, month, day), date(year, month, day))
    except ValueError:
        return None


WRITTEN: Final[Mapping[str, Callable[[Match[str]], BirthDate | None]]] = {
    r"(\d{4})-(\d{2})-(\d{2}).*": lambda found: _day(int(found[1]), int(found[2]), int(found[3])),
    r"(\d{1,2})/(\d{1,2})/(\d{4})": lambda found: _day(int(found[3]), int(found[2]), int(found[1])),
    r"dd/(?:mm|00)/(\d{4})": lambda found: year_of(int(found[1])),
    r"(\d{4})\s*(?:to|-|or)\s*(\d{4})": lambda found: year_of(int(found[1]), int(found[2])),
    r"(?:(\d{1,2}) )?([a-z]{3})[a-z]* (\d{4})": _written_out,
    r"(\d{4})": lambda found: year_of(int(found[1])),
}
"""How lists write birth dates; the first that fits is taken."""
