"""What mutations take: one input, and in it, where money moves, an idempotency key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
import strawberry

from domain.access.queries import Viewer
from domain.errors import InvalidInput
from domain.idempotency.rules import IdempotencyKey

KEY_LENGTH_MAX: Final = 255

Input = TypeVar("Input")
In: TypeAlias = Annotated[Input, strawberry.argument(description="What to do.")]


@strawberry.input(description="A wish that must be fulfilled once only.")
class Wish:
    idempotency_key: strawberry.ID = strawberry.field(
        description="Any text that is new for each wish, such as a UUID: the same key never "
        "does it twice."
    )


def key_of(operation: str, input: Wish, *, viewer: Viewer) -> IdempotencyKey:
    """`operation` is the mutation's name. Refuses with `InvalidInput`."""
    key = input.idempotency_key
    if not 1 <= len(key) <= KEY_LENGTH_MAX or "\0" in key:
        message = "an idempotency key has 1 to 255 characters, none of them NUL"
        raise InvalidInput(message, path=("idempotency_key",))
    return IdempotencyKey(
        actor_id=viewer.member_id, operation=operation, key=key, digest=digest_of(input)
    )


def digest_of(input: object) -> bytes:
    """SHA-256 of the coerced input without its key: spelling and order do not matter."""
    return hashlib.sha256(msgspec.json.encode(_canonical(input))).digest()


def _canonical(value: object) -> object:  # noqa: PLR0911  # one line per kind of value
    match value:
        case Enum():
            return value.name
        case Decimal():
            return str(value.normalize())
        case date():
            return value.isoformat()
        case str() | int() | None:
            return value
        case strawberry.Some():
            return [_canonical(value.value)]
        case Sequence():
            return [_canonical(each) for each in value]
        case _:
            assert is_dataclass(value), value
            return {
                each.name: _canonical(getattr(value, each.name))
                for each in fields(value)
                if each.name != "idempotency_key"
            }
