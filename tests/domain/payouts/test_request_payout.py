"""`request_payout`: the money leaves the earnings once, or nothing happens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access.operations import StepUpRequired
from domain.errors import NotFound
from domain.idempotency.operations import IdempotencyMismatch
from domain.ledger.operations import BalanceTooLow
from domain.paging import Page
from domain.payouts import operations, queries
from domain.payouts.rules import PayoutState
from gateway.providers import PayoutDirectory
from tests.make.payouts import House, eur, money_of, payout, queued_jobs

pytestmark = pytest.mark.asyncio


async def test_takes_the_amount_out_of_the_earnings(house: House) -> None:
    """A second request must find only what the first one left."""
    payee = await house.payee(earnings="10.00")

    outcome = await house.request(payee, "7.00")

    record = await payout(outcome.payout_id)
    assert (record.state, record.amount) == (PayoutState.REQUESTED, eur("7.00"))
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    assert await queued_jobs("payout_route", str(outcome.payout_id)) == 1


async def test_refuses_more_than_the_balance(house: House) -> None:
    """The refusal names what is available, so that a frontend can offer it."""
    payee = await house.payee(earnings="0.50")

    with pytest.raises(BalanceTooLow) as refusal:
        await house.request(payee, "7.00")

    assert refusal.value.available == eur("0.50")
    assert await money_of(payee.id) == (eur("0.50"), eur("0"))


async def test_fifty_requests_of_everything_give_one_payout(house: House) -> None:
    """Each has its own consent and key: only the balance stands between them."""
    payee = await house.payee(earnings="10.00")
    claims = [await house.patient_consent(payee, eur("10.00")) for _ in range(50)]

    outcomes = await asyncio.gather(
        *(house.request(payee, "10.00", claim=claim) for claim in claims), return_exceptions=True
    )

    paid = [each for each in outcomes if isinstance(each, operations.Requested)]
    refused = [each for each in outcomes if isinstance(each, BalanceTooLow)]
    assert (len(paid), len(refused)) == (1, 49)
    assert await money_of(payee.id) == (eur("0"), eur("10.00"))


async def test_the_same_key_gives_the_first_answer(house: House) -> None:
    """A client that lost the answer asks again, even when everything has changed meanwhile."""
    payee = await house.payee(earnings="10.00")
    key = house.world.key(payee.id, text="lost", body=b"7")
    claim = await house.consent(payee, eur("7.00"))
    first = await house.request(payee, claim=claim, key=key)
    await operations.remove_destination(
        member_id=payee.id, destination_id=payee.destination_id, now=house.world.now
    )

    again = await house.request(payee, claim=claim, key=key)

    assert again == replace(first, replayed=True)
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_the_same_key_twice_at_once_is_one_payout(house: House) -> None:
    """Two taps on the button."""
    payee = await house.payee(earnings="20.00")
    key = house.world.key(payee.id, text="tapped twice")
    claims = [await house.consent(payee, eur("7.00")) for _ in range(2)]

    outcomes = await asyncio.gather(
        *(house.request(payee, claim=claim, key=key) for claim in claims)
    )

    assert len({each.payout_id for each in outcomes}) == 1
    assert await money_of(payee.id) == (eur("13.00"), eur("7.00"))


async def test_the_same_key_for_another_wish_is_refused(house: House) -> None:
    """Else a client's mistake would answer with somebody's other payout."""
    payee = await house.payee(earnings="10.00")
    await house.request(payee, key=house.world.key(payee.id, text="mine", body=b"7"))

    with pytest.raises(IdempotencyMismatch):
        await house.request(payee, "1.00", key=house.world.key(payee.id, text="mine", body=b"1"))


async def test_a_refusal_leaves_the_key_free(house: House) -> None:
    """The same request may succeed once the balance has grown."""
    payee = await house.payee(earnings="1.00")
    key = house.world.key(payee.id, text="later")
    with pytest.raises(BalanceTooLow):
        await house.request(payee, "7.00", key=key)

    assert not (await house.request(payee, "1.00", key=key)).replayed


async def test_the_consent_covers_this_amount_only(house: House) -> None:
    """What the member confirmed was seven, not eight."""
    payee = await house.payee(earnings="10.00")
    claim = await house.consent(payee, eur("7.00"))

    with pytest.raises(StepUpRequired):
        await house.request(payee, "8.00", claim=claim)

    assert not (await house.request(payee, "7.00", claim=claim)).replayed


async def test_the_consent_covers_this_payee_only(house: House) -> None:
    """Changing the destination between step-up and request voids the consent."""
    payee = await house.payee(earnings="10.00")
    claim = await house.consent(payee, eur("7.00"))
    other_id = await house.add_destination(payee.id, payee.session, scenario="slow")

    with pytest.raises(StepUpRequired):
        await house.request(replace(payee, destination_id=other_id), claim=claim)


async def test_a_consent_is_spent_once(house: House) -> None:
    """One confirmation, one payout."""
    payee = await house.payee(earnings="20.00")
    claim = await house.consent(payee, eur("7.00"))
    await house.request(payee, claim=claim)

    with pytest.raises(StepUpRequired):
        await house.request(payee, claim=claim)


async def test_somebody_elses_destination_does_not_exist(house: House) -> None:
    """Nor can its existence be found out."""
    payee, other = await house.payee(), await house.payee()
    claim = await house.consent(other, eur("7.00"))

    with pytest.raises(NotFound):
        await house.request(replace(payee, destination_id=other.destination_id), claim=claim)


async def test_a_removed_destination_is_not_paid(house: House) -> None:
    """Not even with a consent given before."""
    payee = await house.payee()
    claim = await house.consent(payee, eur("7.00"))
    await operations.remove_destination(
        member_id=payee.id, destination_id=payee.destination_id, now=house.world.now
    )

    with pytest.raises(NotFound):
        await house.request(payee, claim=claim)


async def test_a_fraction_of_a_cent_stays_on_the_balance(house: House) -> None:
    """The refusal names what can be paid of it."""
    payee = await house.payee(earnings="10.00")

    with pytest.raises(operations.AmountNotPayable) as refusal:
        await house.request(payee, "7.005")

    assert refusal.value.payable == eur("7.00")


async def test_nobody_to_pay_it_is_said_at_once(house: House) -> None:
    """Better no payout than one that waits for ever."""
    payee = await house.payee()
    claim = await house.consent(payee, eur("7.00"))
    house.providers = PayoutDirectory({}, region="ZZ")

    with pytest.raises(operations.NoRoute):
        await house.request(payee, claim=claim)


async def test_an_expired_consent_is_none(house: House) -> None:
    """Five minutes, not for ever."""
    payee = await house.payee()
    claim = await house.consent(payee, eur("7.00"))
    house.wait(timedelta(minutes=6))

    with pytest.raises(StepUpRequired):
        await house.request(payee, claim=claim)


async def test_lists_newest_first_and_counts(house: House) -> None:
    """A worker's own payouts, page by page."""
    payee = await house.payee(earnings="10.00")
    wanted = []
    for _ in range(3):
        wanted.append((await house.request(payee, "1.00")).payout_id)
        house.wait(timedelta(seconds=1))

    page = Page(limit=2)
    newest = await queries.payouts_of(worker_id=payee.id, page=page)
    older = await queries.payouts_of(
        worker_id=payee.id,
        page=replace(page, after=(newest[-1].requested_at, newest[-1].id)),
    )

    assert [each.id for each in [*newest, *older]] == wanted[::-1]
    assert (await queries.count_payouts_of(parent_ids=[payee.id]))[payee.id].number == 3
