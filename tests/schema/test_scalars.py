"""Scalars and cursors: strict in what they take, alike in what they give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLScalarType

from schema import schema
from schema.cursors import CursorCodec, InvalidCursor, Position
from schema.inputs import digest_of
from schema.money import CurrencyCode, MoneyInput
from schema.scalars import NotOfThisScalar


def scalar(name: str) -> GraphQLScalarType:
    found = schema._schema.type_map[name]  # noqa: SLF001  # GRAPHQL.md appendix B
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DateTime", "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        (
            "DateTime",
            "2026-01-31T09:30:00.000001Z",
            datetime(2026, 1, 31, 9, 30, 0, 1, tzinfo=UTC),
        ),
        ("Decimal", "0.005", Decimal("0.005")),
        ("Decimal", "-1", Decimal(-1)),
        ("Decimal", "12.500000", Decimal("12.5")),
        ("CountryCode", "PH", "PH"),
        ("URL", "https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("EmailAddress", "a@b", "a@b"),
    ],
)
def test_what_is_taken(name: str, text: str, value: Any) -> None:
    """One way to write each value, and a few digits of freedom."""
    assert scalar(name).parse_value(text) == value


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("DateTime", "2026-01-31"),
        ("DateTime", "2026-01-31T09:30:00"),
        ("DateTime", "2026-01-31T09:30:00+01:00"),
        ("DateTime", "2026-02-30T09:30:00Z"),
        ("DateTime", "9999-12-31T23:59:59.999999Z"),  # the database's infinity
        ("DateTime", "0001-01-01T00:00:00Z"),
        ("Date", "9999-12-31"),
        ("DateTime", "2026-01-31T09:30:00.1234567Z"),
        ("DateTime", 1),
        ("Date", "2026-1-31"),
        ("Date", "2026-02-30"),
        ("Date", "20260131"),
        ("Decimal", "1e3"),
        ("Decimal", "0.0000001"),
        ("Decimal", "NaN"),
        ("Decimal", "01"),
        ("Decimal", "+1"),
        ("Decimal", " 1"),
        ("Decimal", "\u0661"),
        ("Decimal", 1.5),
        ("Decimal", 1),
        ("CountryCode", "ph"),
        ("CountryCode", "PHL"),
        ("URL", "javascript:alert(1)"),
        ("URL", "https://"),
        ("EmailAddress", "nobody"),
        ("Cursor", 5),
    ],
)
def test_what_is_not_taken(name: str, wrong: object) -> None:
    """Anything else would mean something different to somebody."""
    with pytest.raises(NotOfThisScalar):
        scalar(name).parse_value(wrong)


def test_instants_are_printed_in_utc_with_z() -> None:
    """Whatever zone they come in."""
    berlin = timezone(timedelta(hours=2))
    instant = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=berlin)

    assert scalar("DateTime").serialize(instant) == "2026-07-01T10:00:00.000005Z"


def test_a_cursor_survives_the_way_and_a_new_secret() -> None:
    """The old secret still verifies after a new one signs."""
    position = Position("payouts:requestedAt.desc", ("2026-01-31T09:30:00+00:00", "id", 5, None))
    text = CursorCodec([b"old"]).encode(position)

    assert CursorCodec([b"new", b"old"]).decode(text, order=position.order) == position
    with pytest.raises(InvalidCursor):
        CursorCodec([b"new"]).decode(text, order=position.order)


def shortened(text: str) -> str:
    return text[:-2]


def exchanged(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


def emptied(text: str) -> str:
    return text[:0]


@pytest.mark.parametrize("spoil", [shortened, exchanged, emptied, str.lower])
def test_a_spoiled_cursor_is_refused(spoil: Callable[[str], str]) -> None:
    """Clients cannot build positions, so we may change them."""
    position = Position("payouts:requestedAt.desc", ("2026-01-31T09:30:00+00:00", "id"))
    text = CursorCodec([b"secret"]).encode(position)

    with pytest.raises(InvalidCursor):
        CursorCodec([b"secret"]).decode(spoil(text), order=position.order)


def test_the_same_wish_has_one_digest() -> None:
    """Amounts that are equal are the same wish, however they are written."""
    one = MoneyInput(amount=Decimal("1.0"), currency=CurrencyCode.EUR)
    same = MoneyInput(amount=Decimal("1.00"), currency=CurrencyCode.EUR)
    other = MoneyInput(amount=Decimal("1.00"), currency=CurrencyCode.USD)

    assert digest_of(one) == digest_of(same) != digest_of(other)
