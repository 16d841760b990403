"""Each test posts policies of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.make.policies import own_policies
from tests.make.world import World


@pytest_asyncio.fixture
async def policies(world: World) -> AsyncIterator[World]:
    async with own_policies():
        yield world
