"""Mediation: two sides that offer the same share need nobody to decide."""

from __future__ import annotations

import asyncio

import pytest

from domain.database import fetch, fetch_value
from domain.disputes import queries
from domain.disputes.rules import DisputeEvent, DisputeParty, DisputeState, Ruling
from domain.errors import InvalidInput, InvalidTransition
from domain.ledger.rules import AccountKind
from schema.disputes.types import STEP_COUNT_MAX
from tests.domain.disputes.test_operations import Case, case  # noqa: F401  # the fixture
from tests.make.campaigns import balance

pytestmark = pytest.mark.asyncio


async def mediated(case: Case) -> Case:  # noqa: F811
    await case.open()
    await case.answer()
    return case


async def steps(case: Case) -> list[tuple[DisputeEvent, DisputeParty, int | None]]:  # noqa: F811
    found = await queries.steps_of_disputes(ids=[case.id])
    return [(each.event, each.party, each.percent) for each in found[case.id]]


async def test_equal_offers_end_it_as_a_split(case: Case) -> None:  # noqa: F811
    """E4p by what both said: 40 % is paid, the rest with its fee is the employer's again."""
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, case.employer)
    await mediated(case)
    await case.offer(case.worker, 80)
    await case.offer(case.employer, 25)
    assert (await case.record()).state is DisputeState.MEDIATION
    assert await case.pending() == 50_000
    await case.offer(case.employer, 40)
    await case.offer(case.worker, 40)

    record = await case.record()
    assert (record.state, record.ruling, record.percent) == (DisputeState.FINAL, Ruling.SPLIT, 40)
    assert (await case.earned(), await case.pending()) == (20_000, 0)
    back = await balance(AccountKind.EMPLOYER_AVAILABLE, case.employer) - before
    assert back == 30_000 + 3_000 + 570
    assert await steps(case) == [
        (DisputeEvent.OPEN, DisputeParty.WORKER, None),
        (DisputeEvent.ANSWER, DisputeParty.EMPLOYER, None),
        (DisputeEvent.OFFER, DisputeParty.WORKER, 80),
        (DisputeEvent.OFFER, DisputeParty.EMPLOYER, 25),
        (DisputeEvent.OFFER, DisputeParty.EMPLOYER, 40),
        (DisputeEvent.OFFER, DisputeParty.WORKER, 40),
        (DisputeEvent.AGREE, DisputeParty.WORKER, 40),
    ]
    with pytest.raises(InvalidTransition):
        await case.appeal(case.worker)
    await case.check()


async def test_only_the_latest_offers_count(case: Case) -> None:  # noqa: F811
    """What a side offered before is no offer any more."""
    await mediated(case)
    await case.offer(case.employer, 60)
    await case.offer(case.employer, 30)
    await case.offer(case.worker, 60)
    record = await case.record()
    assert record.state is DisputeState.MEDIATION
    assert (record.offers.of_worker, record.offers.of_employer) == (60, 30)


async def test_each_side_has_three_offers(case: Case) -> None:  # noqa: F811
    """The same again is none, and who has none left can still be met by the other side."""
    await mediated(case)
    for percent in (90, 90, 80, 80, 70):
        await case.offer(case.worker, percent)
    with pytest.raises(InvalidTransition):
        await case.offer(case.worker, 60)
    await case.offer(case.worker, 70)
    assert len(await steps(case)) == 5
    await case.offer(case.employer, 70)
    assert (await case.record()).percent == 70
    await case.check()


@pytest.mark.parametrize("percent", [-1, 0, 100, 2_147_483_647])
async def test_all_or_nothing_is_no_offer(case: Case, percent: int) -> None:  # noqa: F811
    """Giving in is `disputeConcede`; nothing is recorded."""
    await mediated(case)
    with pytest.raises(InvalidInput):
        await case.offer(case.worker, percent)
    assert len(await steps(case)) == 2


async def test_an_offer_gives_no_more_time(case: Case) -> None:  # noqa: F811
    """A13: mediation ends when it would have ended, and the other side is told of each offer."""
    await mediated(case)
    due = (await case.record()).due_at
    case.pass_time(hours=71)
    await case.offer(case.worker, 50)
    assert (await case.record()).due_at == due
    case.pass_time(hours=1)
    await case.tick()
    assert (await case.record()).state is DisputeState.PANEL
    with pytest.raises(InvalidTransition):
        await case.offer(case.employer, 50)
    kinds = await fetch("select kind from event where subject_id = $1 order by seq", case.id)
    assert [row["kind"] for row in kinds] == [
        "dispute_awaiting_answer",
        "dispute_mediation",
        "dispute_offered",
        "dispute_panel",
    ]


async def test_everybody_at_once_agrees_once(case: Case) -> None:  # noqa: F811
    """Both sides offer and concede at the same instant; the money moves by one of these."""
    await mediated(case)
    outcomes = await asyncio.gather(
        *(case.offer(each, 50) for each in (case.worker, case.employer) for _ in range(4)),
        case.concede(),
        return_exceptions=True,
    )
    assert all(each is None or isinstance(each, InvalidTransition) for each in outcomes)
    assert await case.earned() in (25_000, 50_000)
    moved = await fetch_value(
        "select count(*) from ledger_transfer where correlation_id = $1 and event like 'E4%'",
        case.assignment,
    )
    assert moved == 1
    await case.check()


async def test_the_longest_record_fits_its_list(case: Case) -> None:  # noqa: F811
    """Three offers of each side, a ruling, an acceptance, an appeal: thirteen lines."""
    await mediated(case)
    for turn in range(3):
        await case.offer(case.worker, 90 - turn)
        await case.offer(case.employer, 10 + turn)
    await case.escalate()
    await case.rule(case.judges[0])
    await case.accept(case.worker)
    await case.appeal(case.employer)
    await case.rule(case.judges[1])
    assert len(await steps(case)) == STEP_COUNT_MAX
    await case.check()
