"""How long a simulated marketplace leaves a failing provider alone goes by its own clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.providers import VERIFIERS, InstanceSettings, open_providers
from gateway.simulation.virtual import Virtual
from plugins.guard import FAILURES_MAX

pytestmark = pytest.mark.asyncio
DAY = timedelta(days=1)


async def test_failures_of_many_virtual_days_are_no_outage() -> None:
    """Or a fast machine would see five failures of a month within a minute, and a slow one not:
    the same seed would be two marketplaces.
    """
    virtual = Virtual(1)
    checks = InstanceSettings(
        instance_id="checks", plugin="sandbox", config={}, ports=frozenset({VERIFIERS})
    )
    providers = await open_providers(
        allow=("sandbox",), instances=(checks,), clock=virtual.clock, seconds=virtual.seconds
    )
    breaker = providers.verifiers.named("checks").guard.breaker

    for _ in range(FAILURES_MAX):
        virtual.move_to(virtual.now + DAY)
        breaker.failed()
    was_open = breaker.is_open
    for _ in range(FAILURES_MAX - 1):
        breaker.failed()
    is_open, may_try = breaker.is_open, breaker.may_try
    virtual.move_to(virtual.now + DAY)
    may_try_later = breaker.may_try
    await providers.close()

    assert (was_open, is_open, may_try, may_try_later) == (False, True, False, True)
