"""Tests here ask the real application, with the test's own database, moment and sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from gateway.providers import Providers, default_instances, open_providers
from tests.make.ask import Ask
from tests.make.world import World


@pytest_asyncio.fixture
async def providers(world: World, tmp_path: Path) -> AsyncIterator[Providers]:
    opened = await open_providers(
        allow=["sandbox"], instances=default_instances(tmp_path), clock=lambda: world.now
    )
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def ask(world: World, tmp_path: Path, providers: Providers) -> Ask:
    return Ask.of(world, tmp_path, providers)
