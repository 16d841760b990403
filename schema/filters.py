"""Conditions on lists: the same operators everywhere."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

Value = TypeVar("Value")


@strawberry.input(description="Which values; both conditions must hold when both are given.")
class Filter(Generic[Value]):
    eq: Value | None = strawberry.field(default=None, description="Exactly this one.")
    in_: list[Value] | None = strawberry.field(name="in", default=None, description="One of these.")


def wanted(condition: Filter[Value] | None) -> tuple[Value, ...] | None:
    """None: any value will do."""
    if condition is None or (condition.eq is None and condition.in_ is None):
        return None
    if condition.in_ is None:
        assert condition.eq is not None
        return (condition.eq,)
    if condition.eq is None:
        return tuple(condition.in_)
    return (condition.eq,) if condition.eq in condition.in_ else ()
