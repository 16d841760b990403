"""Conditions on the rows of a list: a small tree that becomes SQL with bound values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

INTEGER_MAX: Final = 2**63 - 1
INTEGER_MIN: Final = -(2**63)

Value: TypeAlias = str | int | UUID | datetime | date
Values: TypeAlias = tuple[str, ...] | tuple[int, ...] | tuple[UUID, ...]


class Kind(StrEnum):
    """What a column holds; the value is the type that parameters are cast to."""

    TEXT = "text"
    INTEGER = "bigint"
    ID = "uuid"
    INSTANT = "timestamptz"
    DAY = "date"


class Operator(StrEnum):
    """`WITHIN`: of names parted by points, this one and all that begin with it."""

    EQ = "="
    IN = "in"
    FROM = ">="
    BELOW = "<"
    IS_NULL = "is null"
    CONTAINS = "contains"
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Column:
    sql: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of one column, by the name that the list gives it. False for a null, except `IS_NULL`."""

    column: str
    operator: Operator
    value: Value | Values | bool


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of the parts; of no parts, none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whatever the part is not true for, nulls too."""

    part: Condition


Condition: TypeAlias = Comparison | Every | Some | Not

EVERYTHING: Final = Every(())
NOTHING: Final = Some(())


def among(column: str, values: Iterable[str]) -> Comparison:
    return Comparison(column, Operator.IN, tuple(values))


def money_columns(name: str, *, micros: str, currency: str) -> dict[str, Column]:
    """An amount is compared within its currency alone."""
    return {
        f"{name}.currency": Column(currency),
        f"{name}.micros": Column(micros, Kind.INTEGER),
    }


class Parameters:
    """The values of one statement, numbered as they are added."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = list(values)

    def add(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def compiled(condition: Condition, columns: Mapping[str, Column], parameters: Parameters) -> str:
    """The condition as SQL; its values are added to `parameters`.

    A comparison with null is unknown in SQL. `and` and `or` pass it on as if it were false, and
    `is not true` turns it into true: so a row fits a condition or its `Not`, and never neither.
    """
    match condition:
        case Every(parts):
            return _joined(" and ", parts, columns, parameters) or "true"
        case Some(parts):
            return _joined(" or ", parts, columns, parameters) or "false"
        case Not(part):
            return f"({compiled(part, columns, parameters)}) is not true"
        case Comparison():
            return _compared(condition, columns[condition.column], parameters)


def _joined(
    word: str,
    parts: tuple[Condition, ...],
    columns: Mapping[str, Column],
    parameters: Parameters,
) -> str:
    return word.join(f"({compiled(part, columns, parameters)})" for part in parts)


def _compared(comparison: Comparison, column: Column, parameters: Parameters) -> str:
    value = comparison.value
    match comparison.operator:
        case Operator.IS_NULL:
            return f"{column.sql} is {'' if value else 'not '}null"
        case Operator.IN:
            assert isinstance(value, tuple)
            known = [each for each in value if _can_be_there(each)]
            return f"{column.sql} = any({parameters.add(known)}::{column.kind}[])"
        case Operator.EQ | Operator.CONTAINS | Operator.WITHIN if not _can_be_there(value):
            return "false"
        case Operator.CONTAINS:
            return f"{column.sql} ilike {parameters.add(_pattern(str(value)))}::text"
        case Operator.WITHIN:
            return f"starts_with({column.sql} || '.', {parameters.add(value)}::text || '.')"
        case operator:
            return f"{column.sql} {operator} {parameters.add(_bounded(value))}::{column.kind}"


def _can_be_there(value: object) -> bool:
    """Whether a column could hold it; the database refuses to compare with what it cannot."""
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)
        case int():
            return INTEGER_MIN <= value <= INTEGER_MAX
        case _:
            return True


def _bounded(value: object) -> object:
    return max(INTEGER_MIN, min(value, INTEGER_MAX)) if isinstance(value, int) else value


def _pattern(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"
