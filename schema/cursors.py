"""Signed positions in ordered lists."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from graphql import GraphQLError

VERSION: Final = 1
MAC_BYTES: Final = 16


class InvalidCursor(GraphQLError):
    """Malformed, forged, too old, or made for another order."""

    def __init__(self) -> None:
        message = "This cursor does not belong to this list and order."
        super().__init__(message, extensions={"code": "INVALID_CURSOR"})


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list goes on: the values it is ordered by, the unique id last."""

    order: str  # list and order, such as "payouts:requestedAt.desc"
    keys: tuple[str | int | None, ...]


class CursorCodec:
    def __init__(self, secrets: Sequence[bytes]) -> None:
        """The first secret signs, all of them verify: so a secret can be replaced."""
        self._secrets = secrets

    def encode(self, position: Position) -> str:
        body = msgspec.json.encode([VERSION, position.order, position.keys])
        signed = hmac.digest(self._secrets[0], body, "sha256")[:MAC_BYTES] + body
        return urlsafe_b64encode(signed).rstrip(b"=").decode()

    def decode(self, text: str, *, order: str) -> Position:
        """Raises `InvalidCursor`."""
        try:
            signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError as error:
            raise InvalidCursor from error
        mac, body = signed[:MAC_BYTES], signed[MAC_BYTES:]
        expected = [hmac.digest(secret, body, "sha256")[:MAC_BYTES] for secret in self._secrets]
        if not any(hmac.compare_digest(mac, each) for each in expected):
            raise InvalidCursor
        version, made_for, keys = msgspec.json.decode(body)
        if version != VERSION or made_for != order:
            raise InvalidCursor
        return Position(made_for, tuple(keys))
