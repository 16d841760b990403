"""`spend_earnings`: from one balance of the member to the other, once, or nothing happens."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.access.operations import StepUpRequired
from domain.access.rules import StepUpClaim, StepUpPurpose
from domain.database import execute, fetch_value, transaction
from domain.events.queries import events_of_member
from domain.events.rules import BEGINNING, EventKind
from domain.idempotency.operations import IdempotencyMismatch
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import queries as documents
from domain.ledger import operations as ledger
from domain.ledger import queries as balances
from domain.ledger.operations import BalanceTooLow, NewHold
from domain.members.operations import MemberRestricted
from domain.money import Money
from domain.payouts import operations, queries
from domain.payouts.operations import EarningsHeld, Spent
from domain.payouts.operations.money import spent
from domain.payouts.rules import Problem
from domain.taxes import operations as taxes
from domain.taxes import queries as notices
from tests.make.events import all_readable
from tests.make.ledger import available, earnings
from tests.make.members import add_finance_member, session_of
from tests.make.payouts import House, Payee, eur

pytestmark = pytest.mark.asyncio


async def consent(house: House, payee: Payee, amount: Money) -> StepUpClaim:
    bound = operations.spending_bound(member_id=payee.id, amount=amount)
    async with transaction():
        await execute("delete from rate_bucket")
    return await house.step_up(payee.session, StepUpPurpose.EARNINGS_SPEND, bound)


async def spend(
    house: House,
    payee: Payee,
    amount: str = "4.00",
    *,
    claim: StepUpClaim | None = None,
    key: IdempotencyKey | None = None,
) -> Spent:
    wanted = eur(amount)
    return await operations.spend_earnings(
        member_id=payee.id,
        amount=wanted,
        step_up=claim or await consent(house, payee, wanted),
        key=key or house.world.key(payee.id),
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def both(payee: Payee) -> tuple[Money, Money]:
    """What is earned, and what can be spent."""
    return (
        await balances.available(account=earnings(payee.id), currency="EUR"),
        await balances.available(account=available(payee.id), currency="EUR"),
    )


async def may(house: House, payee: Payee) -> bool:
    return await queries.may_spend_earnings(member_id=payee.id, on=house.world.now.date())


async def test_what_is_earned_can_be_spent_on_campaigns(house: House) -> None:
    """And the books, their checks, and the feed of the member tell of it."""
    payee = await house.payee(earnings="10.00")

    done = await spend(house, payee)

    assert await both(payee) == (eur("6.00"), eur("4.00"))
    record = (await queries.spendings_by_id(ids=[done.spending_id]))[done.spending_id]
    assert (record.member_id, record.amount) == (payee.id, eur("4.00"))
    await all_readable()
    events = await events_of_member(member_id=payee.id, at=BEGINNING, limit=50)
    told = [each for each in events if each.kind is EventKind.SPENDING_MADE]
    assert [each.subject_id for each in told] == [done.spending_id]
    assert await queries.audit() == []
    assert [each for each in await documents.audit() if str(done.spending_id) in each.found] == []


async def test_the_audit_sees_a_spending_that_nobody_booked(house: House) -> None:
    """A check that cannot fail guards nothing."""
    payee = await house.payee()
    spending_id = house.world.new_id()
    async with transaction():
        await execute(
            "insert into spending (id, member_id, currency, amount_micros, spent_at)"
            " values ($1, $2, 'EUR', 5, $3)",
            spending_id,
            payee.id,
            house.world.now,
        )

    found = await queries.audit()

    assert [each.subject for each in found] == [f"spending {spending_id}"]
    async with transaction():
        transfer = spent(spending_id=spending_id, member_id=payee.id, amount=Money(5, "EUR"))
        await ledger.post(
            transfers=[transfer], new_id=house.world.new_id, effective_on=house.world.now.date()
        )
    assert await queries.audit() == []


async def test_nothing_beyond_what_is_free_of_holds(house: House) -> None:
    """Neither more than there is, nor what is kept until it is mature, nor another currency."""
    payee = await house.payee(earnings="10.00")
    async with transaction():
        await ledger.place_hold(
            hold=NewHold(
                account=earnings(payee.id),
                amount=eur("7.00"),
                reason="matures",
                key=f"hold of {payee.id}",
            ),
            new_id=house.world.new_id,
            now=house.world.now,
        )

    with pytest.raises(BalanceTooLow) as refusal:
        await spend(house, payee, "3.000001")
    assert refusal.value.available == eur("3.00")
    with pytest.raises(BalanceTooLow):
        await operations.spend_earnings(
            member_id=payee.id,
            amount=Money(1, "USD"),
            step_up=await consent(house, payee, Money(1, "USD")),
            key=house.world.key(payee.id),
            new_id=house.world.new_id,
            now=house.world.now,
        )
    assert await both(payee) == (eur("3.00"), eur("0"))

    await spend(house, payee, "3.00")
    assert await both(payee) == (eur("0"), eur("3.00"))


async def test_what_holds_payouts_holds_this_too(house: House) -> None:
    """The member's own hold, the look of people at an identity, and a notice of the tax office."""
    world, payee = house.world, await house.payee()
    assert await may(house, payee)
    await operations.hold_own_payouts(member_id=payee.id, now=world.now)
    with pytest.raises(EarningsHeld) as own:
        await spend(house, payee)
    assert not await may(house, payee)
    await operations.end_own_hold(member_id=payee.id)

    await taxes.record_b_notice(
        actor_id=await add_finance_member(world),
        member_id=payee.id,
        received_on=world.now.date(),
        tax_year=world.now.year - 1,
        new_id=world.new_id,
        now=world.now,
    )
    await spend(house, payee, "1.00")  # nothing is withheld yet
    (notice,) = await notices.open_b_notices(member_id=payee.id)
    house.wait(notice.withhold_from - world.now.date())
    later = replace(payee, session=await session_of(world, payee.id))
    with pytest.raises(EarningsHeld) as withheld:
        await spend(house, later)

    problems = (own.value.problem, withheld.value.problem)
    assert problems == (Problem.HELD_BY_MEMBER, Problem.TAX_NOTICE)
    assert await both(payee) == (eur("9.00"), eur("1.00"))


@pytest.mark.parametrize("state", ["restricted", "suspended"])
async def test_who_is_restricted_is_paid_out_and_spends_nothing(house: House, state: str) -> None:
    """Earnings can always be withdrawn; to employ somebody is something new."""
    payee = await house.payee()
    async with transaction():
        await execute("update member set state = $2 where id = $1", payee.id, state)

    with pytest.raises(MemberRestricted):
        await spend(house, payee)

    assert not await may(house, payee)
    assert not (await house.request(payee, "7.00")).replayed
    assert await both(payee) == (eur("3.00"), eur("0"))


async def test_the_consent_covers_this_amount_and_this_way_once(house: House) -> None:
    """One to be paid out moves nothing here, and none is good twice."""
    payee = await house.payee()
    claim = await consent(house, payee, eur("4.00"))
    of_payout = await house.consent(payee, eur("4.00"))

    for wrong, amount in ((claim, "5.00"), (of_payout, "4.00")):
        with pytest.raises(StepUpRequired):
            await spend(house, payee, amount, claim=wrong)
    await spend(house, payee, claim=claim)
    with pytest.raises(StepUpRequired):
        await spend(house, payee, claim=claim)

    assert await both(payee) == (eur("6.00"), eur("4.00"))


async def test_the_same_key_gives_the_first_answer(house: House) -> None:
    """Also when it comes twice at once; and for another wish it is refused."""
    payee = await house.payee()
    key = house.world.key(payee.id, text="tapped twice", body=b"4")
    claims = [await consent(house, payee, eur("4.00")) for _ in range(2)]

    answers = await asyncio.gather(*(spend(house, payee, claim=each, key=key) for each in claims))

    assert len({each.spending_id for each in answers}) == 1
    assert sorted(each.replayed for each in answers) == [False, True]
    assert await both(payee) == (eur("6.00"), eur("4.00"))
    other = house.world.key(payee.id, text="tapped twice", body=b"5")
    with pytest.raises(IdempotencyMismatch):
        await spend(house, payee, "5.00", key=other)


async def test_spending_and_payouts_at_once_give_every_cent_once(house: House) -> None:
    """Only the balance stands between ten spendings and ten payouts of everything."""
    payee = await house.payee(earnings="10.00")
    wishes = [
        *[
            spend(house, payee, "10.00", claim=await consent(house, payee, eur("10.00")))
            for _ in range(10)
        ],
        *[
            house.request(payee, "10.00", claim=await house.patient_consent(payee, eur("10.00")))
            for _ in range(10)
        ],
    ]

    answers = await asyncio.gather(*wishes, return_exceptions=True)

    assert sum(isinstance(each, BalanceTooLow) for each in answers) == 19
    moved = await fetch_value(
        "select (select count(*) from spending where member_id = $1)"
        " + (select count(*) from payout where worker_id = $1)",
        payee.id,
    )
    assert moved == 1
    assert await queries.audit() == []
