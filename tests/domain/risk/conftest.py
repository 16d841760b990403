"""The sandbox, opened for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.make.payouts import House, open_house
from tests.make.world import World


@pytest_asyncio.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path) as opened:
        yield opened
