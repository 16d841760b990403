"""Houses that pay through simulators over HTTP, one opened per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.make.bank import Counter, open_counter
from tests.make.online import OnlineHouse, open_crypto, open_paypal
from tests.make.payouts import House, open_house
from tests.make.world import World


@pytest_asyncio.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    """It pays through the sandbox, or through whatever a test puts in its place."""
    async with open_house(world, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def paypal(world: World, tmp_path: Path) -> AsyncIterator[OnlineHouse]:
    async with open_paypal(world, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def crypto(world: World, tmp_path: Path) -> AsyncIterator[OnlineHouse]:
    async with open_crypto(world, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def counter(world: World, tmp_path: Path) -> AsyncIterator[Counter]:
    """It pays by bank files."""
    async with open_counter(world, tmp_path) as opened:
        yield opened
