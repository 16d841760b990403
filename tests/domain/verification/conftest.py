"""An office of verifiers for one test; its rules alone are in force, and end with it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.make.verifications import Office
from tests.make.world import World


@pytest_asyncio.fixture
async def office(world: World) -> AsyncIterator[Office]:
    opened = Office(world)
    await opened.clear()
    yield opened
    await opened.close()
