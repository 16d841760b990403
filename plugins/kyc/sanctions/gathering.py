"""Entries put together from the rows and elements of a list, in the order they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from domain.provider import FileRefused
from plugins.kyc.sanctions.countries import country_of
from plugins.kyc.sanctions.entries import BirthDate, ListedKind, ListEntry

NAME_LENGTH_MAX: Final = 400
ENTRIES_MAX: Final = 200_000
DAY_FORMATS: Final = ("%m/%d/%Y", "%d/%m/%Y", "%d-%b-%Y", "%Y-%m-%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """What one or more files of one list say together."""

    entries: tuple[ListEntry, ...]
    published_on: date | None


@dataclass(slots=True)
class _Open:
    kind: ListedKind = ListedKind.OTHER
    names: dict[str, None] = field(default_factory=dict)
    born: dict[BirthDate, None] = field(default_factory=dict)
    countries: set[str] = field(default_factory=set)
    programmes: dict[str, None] = field(default_factory=dict)


class Gathering:
    """`about` may come several times for one entry: rows repeat it per name and address."""

    def __init__(self, list_id: str) -> None:
        self._list_id = list_id
        self._open: dict[str, _Open] = {}

    def knows(self, entry_id: str) -> bool:
        return entry_id in self._open

    def about(
        self,
        entry_id: str,
        *,
        kind: ListedKind | None = None,
        names: Iterable[str] = (),
        born: Iterable[BirthDate | None] = (),
        countries: Iterable[str] = (),
        programmes: Iterable[str] = (),
    ) -> None:
        entry = self._open.setdefault(entry_id, _Open())
        if len(self._open) > ENTRIES_MAX:
            raise FileRefused("the list has too many entries")
        entry.kind = kind or entry.kind
        entry.names |= dict.fromkeys(
            " ".join(each.split())[:NAME_LENGTH_MAX] for each in names if each.strip()
        )
        entry.born |= dict.fromkeys(each for each in born if each is not None)
        entry.countries |= {code for each in countries if (code := country_of(each))}
        entry.programmes |= dict.fromkeys(each.strip() for each in programmes if each.strip())

    def done(self, *, published_on: date | None) -> ReadList:
        """Raises `FileRefused` for a list of nobody: a cut or empty file clears no member."""
        entries = tuple(
            ListEntry(
                list_id=self._list_id,
                entry_id=entry_id,
                names=tuple(each.names),
                kind=each.kind,
                born=tuple(each.born),
                countries=frozenset(each.countries),
                programmes=tuple(each.programmes),
            )
            for entry_id, each in self._open.items()
            if each.names
        )
        if not entries:
            raise FileRefused("the list names nobody")
        return ReadList(entries=entries, published_on=published_on)


def day_of(text: str, *, formats: Iterable[str] = DAY_FORMATS) -> date | None:
    for each in formats:
        try:
            return datetime.strptime(text.strip(), each).date()  # noqa: DTZ007  # a day, no instant
        except ValueError:
            continue
    return None


def kind_of(word: str, words: Mapping[str, ListedKind]) -> ListedKind:
    """Unknown words are taken for persons: then they are screened against persons too."""
    return words.get(word.strip().casefold(), ListedKind.PERSON)
