"""What a statement's lines are about is found by an index or a hash, however many there are."""

from __future__ import annotations

import pytest

from domain.provider_inbox.queries.books import _LINES_OF, _SUBJECTS
from domain.provider_inbox.queries.drift import _DRIFT
from tests.make.plans import pairwise
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_lines_and_payments_are_not_compared_pairwise(world: World) -> None:
    """A day of 15,000 payouts brings 30,000 lines, and a statement of ours has seconds."""
    del world  # it has opened the database

    assert await pairwise(_SUBJECTS, "paypal", 20_000) == []
    assert await pairwise(_LINES_OF, "paypal", [], []) == []


async def test_nor_are_bookings_and_lines(world: World) -> None:
    """The days on which they differ are asked for by people, who wait for the answer."""
    since = world.now.date()

    assert await pairwise(_DRIFT, since, since, 100) == []
