"""Argon2 off the event loop: a bounded number at a time, and a bounded queue behind them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.errors import Refused

P = ParamSpec("P")
Result = TypeVar("Result")

# 64 MiB and four lanes take about a third of a second; the number at once bounds the memory.
COST: Final = Argon2Hasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
WAITING_MAX: Final = 100


class ServerBusy(Refused):
    """More passwords to check than this machine can; the client may come back in a moment."""

    code = "SERVER_BUSY"


class Argon2PasswordHasher:
    """Implements `domain.access.provider.PasswordHasher`."""

    def __init__(
        self,
        *,
        cost: Argon2Hasher = COST,
        concurrent: int | None = None,
        waiting: int = WAITING_MAX,
    ) -> None:
        at_once = concurrent or os.cpu_count() or 1
        self._hasher = PasswordHash((cost,))
        self._slots = asyncio.Semaphore(at_once)
        self._room = at_once + waiting
        self._hash_of_nobody = self._hasher.hash("a password that nobody has")

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        is_right = await self._run(self._hasher.verify, password, stored or self._hash_of_nobody)
        return is_right and stored is not None

    async def _run(
        self, work: Callable[P, Result], *arguments: P.args, **options: P.kwargs
    ) -> Result:
        if self._room == 0:
            raise ServerBusy("too many people are signing in at this moment")
        self._room -= 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *arguments, **options)
        finally:
            self._room += 1
