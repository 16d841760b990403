"""A dispute that ends in between: each micro has an owner, and documents bill the award."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assignments import queries as assignments
from domain.assignments.rules import AssignmentState, awarded
from domain.campaigns.rules import Price
from domain.disputes.rules import DisputeState, Ruling, percent_problem
from domain.errors import InvalidInput
from domain.invoices import operations as invoices
from domain.invoices import queries as documents
from domain.ledger.queries import differences
from domain.ledger.rules import AccountKind
from domain.money import Money
from domain.ratings.rules import SETTLED_STATES
from tests.domain.disputes.test_operations import Case, case  # noqa: F401  # the fixture
from tests.make.campaigns import balance, usd
from tests.make.invoices import ENTITY, fee_invoice, self_bill
from tests.make.world import World

TRANSFERS = "every transfer is about something that exists"  # deposits of tests have no row
AMOUNTS = st.integers(0, 10**9)


@given(reward=AMOUNTS, fee=AMOUNTS, vat=AMOUNTS, percent=st.integers(1, 99))
def test_a_share_is_within_a_micro_and_nothing_is_lost(
    reward: int, fee: int, vat: int, percent: int
) -> None:
    """E4p: reward, fee and VAT each by the same share, in whole micros."""
    whole = Price(*(Money(each, "USD") for each in (reward, fee, vat)))
    award = awarded(whole, percent)
    for part, of in ((award.reward, reward), (award.fee, fee), (award.vat, vat)):
        assert 0 <= part.micros <= of
        assert abs(part.micros * 100 - of * percent) < 100


@pytest.mark.parametrize(("percent", "is_right"), [(0, False), (1, True), (99, True), (100, False)])
def test_all_or_nothing_is_no_split(percent: int, *, is_right: bool) -> None:
    """3.7: these are rulings of their own."""
    assert (percent_problem(percent) is None) is is_right


@pytest.mark.asyncio
@pytest.mark.parametrize("by_appeal", [True, False])
async def test_a_split_pays_the_share_and_returns_the_rest(case: Case, *, by_appeal: bool) -> None:  # noqa: F811
    """3.5, E4p: 60 % of 0.05 with its fee; the place is used, so the rest is the employer's."""
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, case.employer)
    await case.open()
    await case.answer()
    await case.escalate()
    with pytest.raises(InvalidInput):
        await case.rule(percent=100)
    await case.rule(case.judges[0], for_worker=False, percent=None if by_appeal else 60)
    if by_appeal:
        await case.appeal(case.worker)
        await case.rule(case.judges[1], percent=60)
    else:
        assert await case.pending() == 50_000
        case.pass_time(days=7)
        await case.tick()

    record = await case.record()
    assert (record.state, record.ruling, record.percent) == (DisputeState.FINAL, Ruling.SPLIT, 60)
    assert (await case.earned(), await case.pending()) == (30_000, 0)
    assert await balance(AccountKind.CAMPAIGN_ESCROW, case.campaign) == 0
    assert await balance(AccountKind.CAMPAIGN_FEES, case.campaign) == 0
    back = await balance(AccountKind.EMPLOYER_AVAILABLE, case.employer) - before
    assert back == 20_000 + 2_000 + 380
    found = await assignments.assignments_by_id(ids=[case.assignment], viewer_id=case.worker)
    work = found[case.assignment]
    assert (work.state, work.awarded) == (AssignmentState.PARTLY_APPROVED, Money(30_000, "USD"))
    assert work.state in SETTLED_STATES
    await case.check()


@pytest.mark.asyncio
async def test_documents_bill_what_was_awarded(world: World) -> None:
    """E4p: 6.00 of reward and 0.60 of fee, not 10.00 and 1.00; what `verify` asks agrees."""
    case = Case(world, reward=usd("10"))  # noqa: F811
    await case.begin()
    await invoices.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    await case.open()
    await case.answer()
    await case.escalate()
    await case.rule(percent=60)
    for member in (case.worker, case.employer):
        await case.accept(member)

    bill, invoice = await self_bill(world, case.worker), await fee_invoice(world, case.employer)

    assert bill is not None and invoice is not None
    assert bill.net == usd("6")
    assert (invoice.net, invoice.vat) == (usd("0.60"), usd("0.11"))
    asked = {check: documents.CHECKS[check] for check in documents.CHECKS if check != TRANSFERS}
    assert await differences(checks=asked) == []
    assert {each.found.split()[0] for each in await documents.audit()} <= {
        "E1",
        "T1",
    }  # what tests book
    await case.check()
