"""The demo marketplace: complete however often its start was killed, and left alone afterwards."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from domain.database import fetch, fetch_value
from domain.invoices.operations import ensure_legal_entity
from domain.verification import queries
from domain.verification.operations import withdraw_ruleset
from domain.verification.rules import RulesetState
from gateway.demo import LOGINS, fill
from gateway.demo.people import NEWCOMER
from gateway.given import new_id
from gateway.on_pool import DEMO_ENTITY
from gateway.settings import Settings, settings_from
from gateway.verify import verify

pytestmark = pytest.mark.asyncio

OF_THE_DEMO = """
    select string_agg(state || ' ' || number, ', ' order by state) from (
        select a.state, count(*) as number
        from assignment a
        join campaign c on c.id = a.campaign_id
        join member_person p on p.member_id = c.employer_id
        where p.email = $1 group by a.state) counted
"""
INVOICES = """
    select count(*) from issued_document d join member_person p on p.member_id = d.counterparty_id
    where p.email = $1 and d.document_kind = 'fee_invoice'
"""
HELD = """
    select t.state, t.problem, t.needed_level
    from payout t join member_person p on p.member_id = t.worker_id where p.email = $1
"""
COMPLETE = "approved 8, claimed 1, rejected 1, revision_requested 1, submitted 1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_from({"PIECERATE_HOME": str(tmp_path)})


async def test_a_start_killed_half_way_is_completed_by_the_next(
    database: str, settings: Settings
) -> None:
    """Nobody has to delete a folder because Ctrl-C came early; and a warm start adds nothing."""
    assert database
    await ensure_legal_entity(entity=DEMO_ENTITY, new_id=new_id)
    left_by_others = await verify()  # tests pay money in without a deposit
    for seconds in (0.2, 1.0, 2.0, 2.3, 2.6, 3.0):
        with suppress(TimeoutError):
            await asyncio.wait_for(fill(settings), seconds)

    for _ in range(2):
        await fill(settings)
        assert await fetch_value(OF_THE_DEMO, LOGINS[0].email) == COMPLETE
    assert await fetch_value(INVOICES, LOGINS[0].email) == 1
    rows = await fetch(HELD, NEWCOMER.email)
    assert [tuple(row) for row in rows] == [("held", "verification_needed", 1)]
    for each in await queries.rulesets():  # no other test meets the demo's rules
        if each.state is RulesetState.APPROVED and each.note == "The demo's.":
            await withdraw_ruleset(
                version=each.version, member_id=each.author_id, now=each.effective_from
            )

    assert await verify() == left_by_others
