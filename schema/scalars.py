"""Scalars that parse strictly and print in one way only."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from decimal import Decimal
from re import Pattern
from typing import Any, Final, NewType, TypeVar

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.money import MICRO_DIGITS

Day = TypeVar("Day", date, datetime)
Cursor = NewType("Cursor", str)
CountryCode = NewType("CountryCode", str)
EmailAddress = NewType("EmailAddress", str)
URL = NewType("URL", str)

DOCUMENTATION: Final = "https://example.org/docs/scalars.md"
TEXT_LENGTH_MAX: Final = 2_000

YEARS: Final = range(MINYEAR + 1, MAXYEAR)
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?[Zz]", re.ASCII)
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
NUMBER: Final = re.compile(rf"-?(0|[1-9]\d{{0,17}})(\.\d{{1,{MICRO_DIGITS}}})?", re.ASCII)
COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*")
WEB_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+[^\s]*")
ANYTHING: Final = re.compile(r".*", re.DOTALL)


class NotOfThisScalar(ValueError):
    """The client's value is not written as the scalar wants it; the message is for the client."""


def instant_text(instant: datetime) -> str:
    assert instant.tzinfo is not None
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def decimal_text(number: Decimal) -> str:
    return f"{number:f}"


def _text(value: object, pattern: Pattern[str], name: str) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX or not pattern.fullmatch(value):
        raise NotOfThisScalar(f"this is no {name}")
    return value


def _finite(day: Day) -> Day:
    """The first and the last of Python are infinite in the database, and come back unusable."""
    if day.year not in YEARS:
        raise ValueError("the year is out of range")
    return day


def _instant(value: object) -> datetime:
    text = _text(value, INSTANT, "DateTime: write it as 2026-01-31T09:30:00Z")
    try:
        return _finite(datetime.fromisoformat(text.upper()))
    except ValueError as error:
        raise NotOfThisScalar(f"this is no DateTime: {error}") from error


def _day(value: object) -> date:
    text = _text(value, DAY, "Date: write it as 2026-01-31")
    try:
        return _finite(date.fromisoformat(text))
    except ValueError as error:
        raise NotOfThisScalar(f"this is no Date: {error}") from error


def _number(value: object) -> Decimal:
    return Decimal(_text(value, NUMBER, f'Decimal: write "0.005", at most {MICRO_DIGITS} digits'))


def _plain(name: str, pattern: Pattern[str], url: str, description: str) -> ScalarDefinition:
    def parse(value: object) -> str:
        return _text(value, pattern, name)

    return _scalar(name, str, parse, url, description)


def _scalar(
    name: str,
    serialize: Callable[[Any], str],
    parse: Callable[[object], object],
    url: str,
    description: str,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        serialize=serialize,
        parse_value=parse,
        specified_by_url=url,
        description=description,
    )


SCALARS: Final[dict[object, ScalarDefinition]] = {
    datetime: _scalar(
        "DateTime",
        instant_text,
        _instant,
        "https://www.rfc-editor.org/rfc/rfc3339",
        "Instant in UTC, RFC 3339 with `Z` and at most six fraction digits.",
    ),
    date: _scalar(
        "Date",
        date.isoformat,
        _day,
        "https://www.rfc-editor.org/rfc/rfc3339",
        "Calendar day, such as `2026-01-31`.",
    ),
    Decimal: _scalar(
        "Decimal",
        decimal_text,
        _number,
        f"{DOCUMENTATION}#decimal",
        'Exact decimal number as a string, such as `"0.005"`; at most six fraction digits.',
    ),
    Cursor: _plain(
        "Cursor",
        ANYTHING,
        f"{DOCUMENTATION}#cursor",
        "Position in a list, made by the server. Keep it as it is; do not build or read it.",
    ),
    CountryCode: _plain(
        "CountryCode",
        COUNTRY,
        "https://www.iso.org/iso-3166-country-codes.html",
        "ISO 3166-1 code of a country, two capital letters.",
    ),
    EmailAddress: _plain(
        "EmailAddress",
        EMAIL,
        "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
        "E-mail address.",
    ),
    URL: _plain(
        "URL",
        WEB_ADDRESS,
        "https://url.spec.whatwg.org/",
        "Absolute web address, `https` or `http`.",
    ),
}
