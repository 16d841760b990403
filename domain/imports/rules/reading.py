"""Takes fields out of a foreign document, and remembers what was left or had to change. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from domain.errors import InvalidInput
from domain.imports.rules.draft import Change, Difference
from domain.money import MICRO_DIGITS, Money
from domain.texts import has_unprintable

DOCUMENT_LENGTH_MAX: Final = 200_000
WARNING_COUNT_MAX: Final = 100
NAME_LENGTH_MAX: Final = 60
WHOLE_MAX: Final = 10**9
UNITS_MAX: Final = 10**6
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_OPEN: Final = re.compile(r"\$\{\s*([^{}$]{1,60}?)\s*\}")


@dataclass
class Reader:
    """One object of the document. Everything wrong in it is an `InvalidInput` with its path."""

    content: Mapping[str, Any]
    path: tuple[str, ...] = ("document",)
    warnings: list[Difference] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def take(self, name: str) -> Any:
        self.seen.add(name)
        return self.content.get(name)

    def text(self, name: str, *, is_needed: bool = False) -> str:
        """Without space at its ends; empty where there is none."""
        value = self.take(name)
        if value is None and not is_needed:
            return ""
        if not isinstance(value, str) or (is_needed and not value.strip()):
            raise self.wrong("a text", name)
        return value.strip()

    def whole(self, name: str) -> int | None:
        """A number, or the digits of one."""
        value = self.take(name)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > WHOLE_MAX:
            raise self.wrong("a whole number", name)
        return value

    def instant(self, name: str) -> datetime | None:
        """Seconds since 1970, or ISO 8601 with an offset."""
        value = self.take(name)
        if value is None:
            return None
        try:
            if isinstance(value, str):
                found = datetime.fromisoformat(value)
            else:
                found = datetime.fromtimestamp(float(value), UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            raise self.wrong("an instant", name) from None
        if isinstance(value, bool) or found.tzinfo is None:
            raise self.wrong("an instant with its offset", name)
        return found

    def dollars(self, name: str) -> Money:
        value = self.take(name)
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise self.wrong("an amount", name) from None
        if isinstance(value, bool) or not amount.is_finite() or not 0 < amount < UNITS_MAX:
            raise self.wrong("an amount above 0", name)
        micros = amount.scaleb(MICRO_DIGITS)
        if micros != micros.to_integral_value():
            raise self.wrong("at most six digits after the point", name)
        return Money(int(micros), "USD")

    def values(self, name: str) -> list[Any]:
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong("a list", name)
        return value

    def words(self, name: str) -> list[str]:
        values = self.values(name)
        for index, each in enumerate(values):
            if not isinstance(each, str):
                raise self.wrong("a text", name, str(index))
        return values

    def parts(self, name: str) -> list[Reader]:
        """A list of objects."""
        found = []
        for index, each in enumerate(self.values(name)):
            path = (name, str(index))
            if not isinstance(each, dict):
                raise self.wrong("an object", *path)
            found.append(Reader(each, (*self.path, *path), self.warnings))
        return found

    def capped(self, name: str, value: int, least: int, most: int, *, unit: str) -> int:
        kept = min(max(value, least), most)
        if kept != value:
            self.warn(name, Change.CAPPED, f"{kept} {unit} instead of {value}")
        return kept

    def rounded(self, name: str, *, per: int, least: int, most: int, unit: str) -> int | None:
        """Up to a whole number of larger units, then between two ends."""
        value = self.whole(name)
        if value is None:
            return None
        return self.capped(name, math.ceil(value / per), least, most, unit=unit)

    def cut(self, name: str, text: str, most: int) -> str:
        if len(text) > most:
            self.warn(name, Change.CAPPED, f"the first {most:,} characters")
        return text[:most]

    def leave_rest(self) -> None:
        """What nobody took is told, not lost in silence."""
        for name in sorted(self.content.keys() - self.seen):
            self.warn(name, Change.DROPPED, "there is nothing like it here")

    def warn(self, name: str, change: Change, text: str) -> None:
        if len(self.warnings) < WARNING_COUNT_MAX:
            where = ".".join((*self.path[1:], _shown(name)))
            self.warnings.append(Difference(field=where, change=change, text=text))

    def wrong(self, demand: str, *path: str) -> InvalidInput:
        whole = (*self.path, *path)
        return InvalidInput(f"{'.'.join(whole[1:])}: {demand}", path=whole)


def reader_of(document: str) -> Reader:
    """Refuses with `InvalidInput` what is no JSON object, or too long."""
    if len(document) > DOCUMENT_LENGTH_MAX:
        raise InvalidInput(f"at most {DOCUMENT_LENGTH_MAX:,} characters", path=("document",))
    try:
        content = _DECODER.decode(document)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise InvalidInput("a JSON object", path=("document",)) from None
    if not isinstance(content, dict):
        raise InvalidInput("a JSON object", path=("document",))
    return Reader(content)


def variable_name(name: str) -> str:
    """As `{{name}}` wants it."""
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower())[:40]
    return plain if re.match("[a-z]", plain) else f"v_{plain}"[:40]


def with_variables(text: str, names: Mapping[str, str]) -> str:
    """`${name}` becomes `{{plain_name}}` where there is a value for it."""
    return _OPEN.sub(
        lambda found: "{{" + names[found[1]] + "}}" if found[1] in names else found[0], text
    )


def _shown(name: str) -> str:
    return "?" if has_unprintable(name) or not name.strip() else name[:NAME_LENGTH_MAX]
