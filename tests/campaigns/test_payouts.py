"""Thousands of payouts through three simulated providers while everything goes wrong.

`make campaign` pays 10,000; without it a short one runs. `PIECERATE_TEST_SEED` is another storm.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest
import pytest_asyncio

from tests.campaigns.books import doubled, wanted_of
from tests.campaigns.campaign import ATTEMPTS, Campaign, campaign
from tests.campaigns.feeding import RAILS
from tests.conftest import PREFIX, clone_template, database_dsn
from tests.gateway.replay.processes import own_home

SEED: Final = os.environ.get("PIECERATE_TEST_SEED", "1")
IS_LONG: Final = bool(os.environ.get("PIECERATE_CAMPAIGN"))
COUNT: Final = int(os.environ.get("PIECERATE_CAMPAIGN_PAYOUTS", "10000" if IS_LONG else "150"))
WAVES: Final = 60 if IS_LONG else 8
CONTROL_COUNT: Final = 600 if IS_LONG else 60
PATIENCE: Final = 1800.0 if IS_LONG else 200.0

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(7200 if IS_LONG else 480)]


@pytest_asyncio.fixture
async def dsn(worker_id: str) -> AsyncIterator[str]:
    """A database of its own: job workers of a campaign would take up what other tests left."""
    name = f"{PREFIX}_{worker_id}_campaign"
    await clone_template(name)
    yield database_dsn(name)
    connection = await asyncpg.connect(database_dsn("postgres"))
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.fixture
def home() -> Iterator[Path]:
    with own_home() as folder:
        yield folder


async def test_everybody_is_paid_exactly_once(dsn: str, home: Path) -> None:
    """Effect by effect what was wanted; our ledger and the providers' books agree to the micro."""
    since = time.monotonic()
    async with campaign(count=COUNT, seed=SEED, dsn=dsn, home=home, patience=PATIENCE) as ours:
        await ours.run(waves=WAVES, has_webhooks=True)
        await ours.settle()

        say(ours, f"{COUNT} payouts", since)
        assert ours.sides.paid() == wanted_of(ours.wanted), f"seed {SEED}"
        assert await ours.ledger() == ours.sides.books(), f"seed {SEED}"
        await assert_nothing_is_open(ours)
        await assert_statements_are_matched(ours)
        assert_it_was_foul(ours)
        assert ours.audit() == ""


async def test_without_keys_people_are_paid_twice(dsn: str, home: Path) -> None:
    """The control: the same weather, but each try under a fresh key, shows that the faults bite."""
    since = time.monotonic()
    async with campaign(
        count=CONTROL_COUNT, seed=SEED, dsn=dsn, home=home, patience=PATIENCE, is_keyless=True
    ) as theirs:
        await theirs.run(waves=WAVES, has_webhooks=False)

        paid, wanted = theirs.sides.paid(), wanted_of(theirs.wanted)
        twice = doubled(paid)
        say(theirs, f"control: {CONTROL_COUNT} payouts, paid more than once {dict(twice)}", since)
        assert set(paid) <= set(wanted), "nobody got what was never wanted"
        assert len(paid) > len(wanted)
        assert twice.keys() == RAILS.keys(), "some of them at each rail"
        assert await theirs.ledger() != theirs.sides.books(), "and our books say otherwise"


def say(ours: Campaign, what: str, since: float) -> None:
    seconds = time.monotonic() - since
    print(f"\nseed {SEED}, {what} in {seconds:.0f} s: {ours}")  # noqa: T201  # for who runs it


async def assert_nothing_is_open(ours: Campaign) -> None:
    """Nobody waits for people: no payout in doubt, no attempt frozen, no job given up."""
    states = await ours.counts("select state, count(*) from payout group by 1")
    assert states == {"paid": len(ours.wanted)}
    attempts = await ours.counts(ATTEMPTS)
    assert attempts.pop("paid") == len(ours.wanted)
    assert attempts.keys() <= {"missing", "rejected"}, attempts
    jobs = await ours.counts("select status, count(*) from jobs.pgqueuer group by 1")
    assert jobs.keys() <= {"queued", "picked"}, await ours.state()


async def assert_statements_are_matched(ours: Campaign) -> None:
    """PayPal tells of each payment and of its fee, Stripe of each payment, Payoneer of nothing."""
    lines = await ours.counts(
        "select instance_id || ' ' || state, count(*) from provider_statement_line group by 1"
    )
    rails = Counter(each.rail for each in ours.wanted)
    assert lines == {"paypal matched": 2 * rails["paypal"], "stripe matched": rails["stripe"]}


def assert_it_was_foul(ours: Campaign) -> None:
    """A campaign in fair weather proves nothing."""
    assert ours.processes.kills > 0
    assert sum(ours.storm.unheard.values()) > 0
    assert ours.webhooks["dropped"] > 0
    assert ours.webhooks["answered 200"] > 0
    assert ours.webhooks["rounds with duplicates"] > 0
    assert ours.webhooks["rounds in reverse"] > 0
