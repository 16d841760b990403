"""Events are readable once every transaction that was running has ended, on the whole server."""

from __future__ import annotations

import asyncio

from domain.database import fetch_value

PATIENCE = 30.0
UNREADABLE = "select exists (select from event where tx >= pg_snapshot_xmin(pg_current_snapshot()))"


async def all_readable() -> None:
    """Other tests of the run work in other databases of the same server."""
    async with asyncio.timeout(PATIENCE):
        while await fetch_value(UNREADABLE):  # noqa: ASYNC110  # nobody tells when they end
            await asyncio.sleep(0.02)
