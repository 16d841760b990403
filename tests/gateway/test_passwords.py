"""Argon2 in the gateway: right answers, off the event loop, never more at once than it may."""

from __future__ import annotations

import asyncio

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from gateway.passwords import Argon2PasswordHasher, ServerBusy

pytestmark = pytest.mark.asyncio

CHEAP = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_only_the_right_password_matches() -> None:
    """And none at all when nothing is stored, not even the one that nobody has."""
    hasher = Argon2PasswordHasher(cost=CHEAP)
    stored = await hasher.hash("seven lanterns")

    assert stored.startswith("$argon2id$")
    assert await hasher.matches("seven lanterns", stored)
    assert not await hasher.matches("eight lanterns", stored)
    assert not await hasher.matches("seven lanterns", None)
    assert not await hasher.matches("a password that nobody has", None)


async def test_a_crowd_is_told_to_come_back() -> None:
    """Memory stays bounded: who finds no place in the queue is refused at once."""
    hasher = Argon2PasswordHasher(cost=CHEAP, concurrent=1, waiting=2)

    outcomes = await asyncio.gather(
        *(hasher.hash("seven lanterns") for _ in range(5)), return_exceptions=True
    )

    assert sum(isinstance(each, ServerBusy) for each in outcomes) == 2
    assert sum(isinstance(each, str) for each in outcomes) == 3
    assert await hasher.hash("seven lanterns")
