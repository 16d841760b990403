"""Conditions on lists: the same operators everywhere, turned into what the domain compiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Generic, TypeVar

import strawberry

from domain.filters import NOTHING, Comparison, Condition, Every, Not, Operator, Some
from domain.money import MICRO_DIGITS
from schema.errors import InvalidId
from schema.ids import IdCodec, Tag
from schema.money import CurrencyCode

VALUES_MAX: Final = 100
TAG: Final = "tag"  # metadata of a field that takes ids

Value = TypeVar("Value")

EQ: Final = "Exactly this one."
IN: Final = "One of these, at most 100."
RANGE: Final = "Between two values."
IS_NULL: Final = "True: there is no value. False: there is one."


@strawberry.input(description="From one value up to another; either end may be left open.")
class Range(Generic[Value]):
    from_: Value | None = strawberry.field(
        name="from", default=None, description="This one and above."
    )
    to: Value | None = strawberry.field(
        default=None, description="Below this one; it is outside itself."
    )


@strawberry.input(description="From one instant up to another; either end may be left open.")
class DateTimeRange:
    """As `Range`, whose name for Python's `datetime` would be another one than the scalar's."""

    from_: datetime | None = strawberry.field(
        name="from", default=None, description="This one and after."
    )
    to: datetime | None = strawberry.field(
        default=None, description="Before this one; it is outside itself."
    )


@strawberry.input(description="Which values. What is given must all hold.")
class Filter(Generic[Value]):
    eq: Value | None = strawberry.field(default=None, description=EQ)
    in_: list[Value] | None = strawberry.field(name="in", default=None, description=IN)


@strawberry.input(description="Which texts. What is given must all hold.")
class StringFilter:
    eq: str | None = strawberry.field(default=None, description=EQ)
    in_: list[str] | None = strawberry.field(name="in", default=None, description=IN)
    contains: str | None = strawberry.field(
        default=None, description="This text stands in it, in capital or small letters."
    )
    is_null: bool | None = strawberry.field(default=None, description=IS_NULL)


@strawberry.input(description="Which branches of a tree. What is given must all hold.")
class BranchFilter:
    eq: str | None = strawberry.field(default=None, description=EQ)
    within: str | None = strawberry.field(
        default=None, description="This one, or one below it at any depth."
    )


@strawberry.input(
    description="Which objects. What is given must all hold. An id of nothing, or of another "
    "type, is no error: it fits nothing."
)
class IdFilter:
    eq: strawberry.ID | None = strawberry.field(default=None, description=EQ)
    in_: list[strawberry.ID] | None = strawberry.field(name="in", default=None, description=IN)


@strawberry.input(description="Which numbers. What is given must all hold.")
class IntFilter:
    eq: int | None = strawberry.field(default=None, description=EQ)
    in_: list[int] | None = strawberry.field(name="in", default=None, description=IN)
    range: Range[int] | None = strawberry.field(default=None, description=RANGE)


@strawberry.input(description="Which instants. What is given must all hold.")
class DateTimeFilter:
    range: DateTimeRange | None = strawberry.field(
        default=None, description="Between two instants."
    )
    is_null: bool | None = strawberry.field(default=None, description=IS_NULL)


@strawberry.input(description="Which days. What is given must all hold.")
class DateFilter:
    eq: date | None = strawberry.field(default=None, description=EQ)
    range: Range[date] | None = strawberry.field(default=None, description=RANGE)


@strawberry.input(description="Which amounts, of one currency. What is given must all hold.")
class MoneyFilter:
    currency: CurrencyCode = strawberry.field(description="Other currencies do not fit.")
    eq: Decimal | None = strawberry.field(default=None, description="Exactly this amount.")
    range: Range[Decimal] | None = strawberry.field(
        default=None, description="Between two amounts."
    )


def every_field() -> Any:
    return strawberry.field(
        name="and",
        default=None,
        description="All of these hold. Nested at most 3 levels, 20 conditions in all.",
    )


def some_field() -> Any:
    return strawberry.field(
        name="or", default=None, description="At least one of these holds; of none, nothing fits."
    )


def not_field() -> Any:
    return strawberry.field(name="not", default=None, description="This does not hold.")


def id_field(tag: Tag, description: str) -> Any:
    return strawberry.field(default=None, description=description, metadata={TAG: tag})


def condition_of(ids: IdCodec, where: Any) -> Condition | None:
    """Of an `XWhere`. Its fields are called as the columns of the domain's list are."""
    return None if where is None else Every(tuple(_parts(ids, where)))


def _parts(ids: IdCodec, where: Any) -> Iterator[Condition]:
    for each in fields(where):
        value = getattr(where, each.name)
        if value is None:
            continue
        match each.name:
            case "and_":
                yield Every(tuple(Every(tuple(_parts(ids, part))) for part in value))
            case "or_":
                yield Some(tuple(Every(tuple(_parts(ids, part))) for part in value))
            case "not_":
                yield Not(Every(tuple(_parts(ids, value))))
            case name if isinstance(value, MoneyFilter):
                yield Comparison(f"{name}.currency", Operator.EQ, value.currency.name)
                yield from _comparisons(f"{name}.micros", value)
            case name if isinstance(value, IdFilter):
                yield from _identities(name, value, ids, each.metadata[TAG])
            case name:
                yield from _comparisons(name, value)


def _comparisons(name: str, given: Any) -> Iterator[Condition]:
    for key, operator in (
        ("eq", Operator.EQ),
        ("in_", Operator.IN),
        ("contains", Operator.CONTAINS),
        ("within", Operator.WITHIN),
        ("is_null", Operator.IS_NULL),
    ):
        value = getattr(given, key, None)
        if value is not None:
            yield Comparison(name, operator, _stored(value))
    between = getattr(given, "range", None)
    if between is not None and between.from_ is not None:
        yield Comparison(name, Operator.FROM, _stored(between.from_))
    if between is not None and between.to is not None:
        yield Comparison(name, Operator.BELOW, _stored(between.to))


def _identities(name: str, given: IdFilter, ids: IdCodec, tag: Tag) -> Iterator[Condition]:
    for texts in (None if given.eq is None else [given.eq], given.in_):
        if texts is not None:
            keys = [key for text in texts for key in _decoded(ids, tag, text)]
            yield Comparison(name, Operator.IN, tuple(keys)) if keys else NOTHING


def _decoded(ids: IdCodec, tag: Tag, text: str) -> Iterator[Any]:
    try:
        yield ids.decode(tag, text)
    except InvalidId:
        return


def _stored(value: Any) -> Any:
    """As the database writes it."""
    match value:
        case list():
            return tuple(_stored(each) for each in value)
        case CurrencyCode():
            return value.name
        case Enum():
            return value.value
        case Decimal():
            return int(value.scaleb(MICRO_DIGITS))  # exact: the scalar allows six digits
        case _:
            return value
