"""Failure 23: the plugin is upgraded while payouts are in flight.

Each batch remembers the version that made it; the new version looks old attempts up, with what
the old one gave us to keep, for months.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.database import fetch_row
from domain.payouts.provider import LookupAnswer, ObservedState, PayoutBatch, SendOutcome
from domain.payouts.rules import PayoutState
from tests.make.payouts import House, payout
from tests.make.providers import accepted
from tests.make.rail import SANDBOX, Rail, all_of

pytestmark = pytest.mark.asyncio

OLD, NEW = "1.0.0", "2.0.0"


async def test_the_new_version_ends_what_the_old_one_began(house: House) -> None:
    """Sent by 1.0.0, looked up by 2.0.0 five months later: the reference and the state are the
    old ones, and nothing is sent again.
    """

    def begin(batch: PayoutBatch) -> SendOutcome:
        outcome = accepted(batch)
        items = tuple(replace(each, provider_state={"v": "1"}) for each in outcome.items)
        return replace(outcome, items=items)

    before = Rail(house, manifest=replace(SANDBOX, version=OLD))
    _, (payout_id,), batch_id = await before.sent(begin)
    row = await fetch_row("select plugin_version from payout_batch where id = $1", batch_id)
    assert row is not None and row["plugin_version"] == OLD

    after = Rail(house, manifest=replace(SANDBOX, version=NEW))
    handed: list[PayoutBatch] = []

    def look(batch: PayoutBatch) -> LookupAnswer:
        handed.append(batch)
        return all_of(ObservedState.PAID)(batch)

    await after.look_up(batch_id, look, after=timedelta(days=150))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert handed[0].items[0].provider_state == {"v": "1"}
    assert after.provider.calls.count("send") == 0
    row = await fetch_row("select plugin_version from payout_batch where id = $1", batch_id)
    assert row is not None and row["plugin_version"] == OLD
