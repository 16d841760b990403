"""Conditions of lists by brute force: what a row must say to fit, without SQL."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, lt
from typing import Any

from domain.filters import Comparison, Condition, Every, Not, Operator, Some


def fits(condition: Condition, row: object) -> bool:
    match condition:
        case Every(parts):
            return all(fits(part, row) for part in parts)
        case Some(parts):
            return any(fits(part, row) for part in parts)
        case Not(part):
            return not fits(part, row)
        case Comparison(column, operator, value):
            return holds(getattr(row, column), operator, value)


HOLDS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: eq,
    Operator.FROM: ge,
    Operator.BELOW: lt,
    Operator.IN: lambda found, values: found in values,
    Operator.WITHIN: lambda found, above: f"{found}.".startswith(f"{above}."),
    Operator.CONTAINS: lambda found, text: text.lower() in found.lower(),
}


def holds(found: object, operator: Operator, value: object) -> bool:
    if operator is Operator.IS_NULL:
        return (found is None) is value
    return found is not None and HOLDS[operator](found, value)
