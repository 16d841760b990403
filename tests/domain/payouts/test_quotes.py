"""What a payout costs and who pays it: agreed beforehand, and then taken as it was agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.errors import InvalidInput, NotFound
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from domain.payouts import operations
from domain.payouts.operations import AgreedFee, PayoutMethod, PayoutQuote
from domain.payouts.provider import BankDays
from domain.routing.provider import FeePayer
from domain.routing.rules import Rule, Schedule, When
from tests.make.payouts import House, Payee, eur, money_of, payout
from tests.make.routing import directory, in_force, priced

pytestmark = pytest.mark.asyncio

MEMBER_PAYS = Rule(name="member pays", providers=("one",), fee_payer=FeePayer.MEMBER, hold_hours=0)


async def quote(house: House, payee: Payee, amount: str) -> PayoutQuote:
    return await operations.quote_payout(
        worker_id=payee.id,
        amount=eur(amount),
        destination_id=payee.destination_id,
        providers=house.providers,
        now=house.world.now,
    )


def agreed(payee: Payee, found: PayoutQuote) -> AgreedFee:
    return AgreedFee(
        destination_id=payee.destination_id,
        amount=found.amount,
        fee=found.fee,
        expires_at=found.expires_at,
    )


async def request(house: House, payee: Payee, amount: Money, consent: AgreedFee | None) -> UUID:
    done = await operations.request_payout(
        worker_id=payee.id,
        amount=amount,
        destination_id=payee.destination_id,
        step_up=await house.patient_consent(payee, amount),
        key=house.world.key(payee.id),
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
        agreed=consent,
    )
    return done.payout_id


async def test_the_worker_pays_what_was_quoted(house: House) -> None:
    """The fee is taken, the rest goes out, what no provider can pay stays on the balance."""
    house.providers = directory({"one": priced("0.25")})
    payee = await house.payee(earnings="10.005")
    fees = Account(AccountKind.INCOME_PAYOUT_FEES)
    before = await balances.balance(account=fees, currency="EUR")
    async with in_force(house.world, MEMBER_PAYS):
        found = await quote(house, payee, "7.005")
        payout_id = await request(house, payee, found.amount, agreed(payee, found))

    assert (found.amount, found.payable, found.fee, found.remainder) == (
        eur("7.00"),
        eur("6.75"),
        eur("0.25"),
        eur("0.005"),
    )
    record = await payout(payout_id)
    assert (record.amount, record.fee) == (eur("7.00"), eur("0.25"))
    assert await money_of(payee.id) == (eur("3.005"), eur("6.75"))
    assert await balances.balance(account=fees, currency="EUR") == before + eur("0.25")


async def test_a_country_without_a_provider_has_no_methods_and_says_why(house: House) -> None:
    """P39: an empty list and its reason; elsewhere the provider's own limits and calendar."""
    manifest = {"countries": frozenset({"DE"}), "bank_days": BankDays.TARGET}
    house.providers = directory({"one": priced("0.25", **manifest)})

    async def methods(country: str) -> tuple[tuple[PayoutMethod, ...], object]:
        return await operations.payout_methods(
            country=country, worker_id=None, providers=house.providers, now=house.world.now
        )

    assert await methods("PH") == ((), operations.NoMethods.NO_PROVIDER)
    (found,), missing = await methods("DE")
    assert missing is None
    assert {each.run_days[0].leaves_on for each in found.currencies} == {date(2026, 3, 30)}


async def test_without_a_quote_no_fee_is_taken(house: House) -> None:
    """Nobody pays a fee that they have not seen."""
    house.providers = directory({"one": priced("0.25")})
    payee = await house.payee()
    async with in_force(house.world, MEMBER_PAYS):
        with pytest.raises(operations.QuoteNeeded):
            await request(house, payee, eur("7.00"), None)

    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_a_quote_is_for_one_payout_and_a_short_while(house: House) -> None:
    """Not for another amount, not for another destination, not for ever."""
    house.providers = directory({"one": priced("0.25", valid_for=timedelta(minutes=1))})
    payee = await house.payee()
    async with in_force(house.world, MEMBER_PAYS):
        good = agreed(payee, await quote(house, payee, "7.00"))
        wrong = [
            replace(good, amount=eur("6.00")),
            replace(good, destination_id=house.world.new_id()),
            replace(good, fee=good.amount),
        ]
        for each in wrong:
            with pytest.raises(operations.QuoteExpired):
                await request(house, payee, eur("7.00"), each)
        house.wait(timedelta(minutes=1))
        with pytest.raises(operations.QuoteExpired):
            await request(house, payee, eur("7.00"), good)

    assert good.expires_at == house.world.now
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_where_the_platform_pays_a_quote_is_not_needed(house: House) -> None:
    """It still tells what arrives, when, and what waits."""
    house.providers = directory({"one": priced("0.25", arrives_within=timedelta(days=2))})
    payee = await house.payee()
    rule = Rule(name="x", providers=("one",), schedule=Schedule.WEEKLY, hold_hours=24)
    async with in_force(house.world, rule):
        found = await quote(house, payee, "7.00")
        await request(house, payee, eur("7.00"), None)

    assert (found.amount, found.fee, found.arrives_within) == (
        eur("7.00"),
        eur("0"),
        timedelta(days=2),
    )
    assert (found.goes_at, found.schedule) == (
        house.world.now + timedelta(days=1),
        Schedule.WEEKLY,
    )


async def test_the_built_in_rule_quotes_too(house: House) -> None:
    """A newcomer's frontend works against the sandbox."""
    payee = await house.payee()

    found = await quote(house, payee, "1.239")

    assert (found.payable, found.remainder, found.goes_at) == (eur("1.23"), eur("0.009"), None)


async def test_a_rules_minimum_is_refused_with_the_amount(house: House) -> None:
    """In the market it is ten; the frontend shows it."""
    payee = await house.payee()
    async with in_force(
        house.world, Rule(name="x", providers=("sandbox",), minimum_micros=10_000_000)
    ):
        with pytest.raises(operations.BelowMinimum) as refusal:
            await house.request(payee, "9.99")

    assert refusal.value.minimum == eur("10.00")


async def test_nobody_is_asked_where_no_rule_pays(house: House) -> None:
    """Said at once, to a quote and to a request alike."""
    payee, other = await house.payee(), await house.payee()
    async with in_force(
        house.world, Rule(name="x", providers=("sandbox",), when=When(country="DE"))
    ):
        with pytest.raises(operations.NoRoute):
            await house.request(payee)
        with pytest.raises(operations.NoRoute):
            await quote(house, payee, "7.00")
    house.providers = directory({"one": priced("6.995")})
    async with in_force(house.world, MEMBER_PAYS):
        with pytest.raises(operations.NoRoute):
            await quote(house, payee, "7.00")
    with pytest.raises(NotFound):
        await quote(house, replace(payee, destination_id=other.destination_id), "7.00")
    with pytest.raises(InvalidInput):
        await quote(house, payee, "0")
    with pytest.raises(operations.NoRoute):
        await operations.quote_payout(
            worker_id=payee.id,
            amount=Money(1_000_000, "USD"),
            destination_id=payee.destination_id,
            providers=house.providers,
            now=house.world.now,
        )
