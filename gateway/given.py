"""The clock, fresh ids and randomness of a real process; tests and simulations give their own."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def clock() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    return uuid7()


def new_token() -> str:
    return secrets.token_urlsafe(32)
