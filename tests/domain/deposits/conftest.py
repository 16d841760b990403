"""An employer with a provider that does as told; the books are compared at the end."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.make.members import add_employer
from tests.make.news import open_newsroom
from tests.make.till import Till
from tests.make.world import World


@pytest_asyncio.fixture
async def till(world: World, tmp_path: Path) -> AsyncIterator[Till]:
    instance_id = f"till-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, _, deposits):
        made = Till(house, deposits, await add_employer(world), instance_id)
        yield made
        assert await made.differences() == []
