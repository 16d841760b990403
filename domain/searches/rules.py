"""What may be kept as a search, and how a condition is stored. Pure functions only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, assert_never
from uuid import UUID

from domain.assignments.rules import ClaimReason
from domain.filters import Column, Comparison, Condition, Every, Kind, Not, Operator, Some, Value
from domain.texts import has_unprintable

SEARCH_COUNT_MAX: Final = 20  # of one member
NAME_LENGTH_MAX: Final = 60
FILTER_LENGTH_MAX: Final = 8_000
ALERTS_A_DAY_MAX: Final = 10  # to one member, from midnight to midnight UTC
# What goes by with the hours, or when the member has done other work, is no reason to be silent:
# the campaign opens once, and is there tomorrow.
PASSING: Final = frozenset(
    {
        ClaimReason.LIVE_CLAIM,
        ClaimReason.ALLOWANCE_USED,
        ClaimReason.COOLING_DOWN,
        ClaimReason.NOT_YET,
        ClaimReason.OUT_OF_HOURS,
        ClaimReason.DAY_LIMIT,
        ClaimReason.HOUR_LIMIT,
    }
)


def search_problem(condition: Condition, *, filter: str) -> str | None:  # noqa: A002  # the word of the API
    """What is wrong with it, never the text itself."""
    if len(filter) > FILTER_LENGTH_MAX:
        return f"at most {FILTER_LENGTH_MAX:,} characters as JSON"
    if any(has_unprintable(text) for text in _texts(condition)):
        return "no control characters, and none that change the direction of what follows"
    return None


def stored_condition(condition: Condition) -> list[Any]:
    """As JSON holds it; `read_condition` makes it again."""
    match condition:
        case Every(parts):
            return ["every", *map(stored_condition, parts)]
        case Some(parts):
            return ["some", *map(stored_condition, parts)]
        case Not(part):
            return ["not", stored_condition(part)]
        case Comparison(column, operator, value):
            return ["is", column, operator.value, value]
        case _:
            assert_never(condition)


def read_condition(stored: list[Any], columns: Mapping[str, Column]) -> Condition:
    """Values become again what their columns hold."""
    match stored:
        case ["every", *parts]:
            return Every(tuple(read_condition(each, columns) for each in parts))
        case ["some", *parts]:
            return Some(tuple(read_condition(each, columns) for each in parts))
        case ["not", part]:
            return Not(read_condition(part, columns))
        case ["is", column, operator, value]:
            return Comparison(column, Operator(operator), _value(value, columns[column].kind))
        case _:
            raise ValueError("no such condition")


def _value(value: Any, kind: Kind) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return tuple(_one(each, kind) for each in value)
    return _one(value, kind)


def _one(value: Any, kind: Kind) -> Value:
    match kind:
        case Kind.TEXT:
            return str(value)
        case Kind.INTEGER:
            return int(value)
        case Kind.ID:
            return UUID(value)
        case Kind.INSTANT:
            return datetime.fromisoformat(value)
        case Kind.DAY:
            return date.fromisoformat(value)


def _texts(condition: Condition) -> Iterator[str]:
    match condition:
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _texts(part)
        case Not(part):
            yield from _texts(part)
        case Comparison(_, _, value):
            values = value if isinstance(value, tuple) else (value,)
            yield from (each for each in values if isinstance(each, str))
