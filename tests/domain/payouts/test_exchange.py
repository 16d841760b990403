"""What a provider changed into another currency, and what it charged in one: each in its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import fetch
from domain.invoices import queries as invoices
from domain.ledger import queries as ledger
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.payouts import queries
from domain.payouts.provider import Observation, ObservedState
from domain.payouts.rules import FrozenReason, PayoutState, is_mismatch
from domain.provider import Exchange
from tests.make.payouts import House, attempts, eur, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import SANDBOX, Rail, all_of

PAID = ObservedState.PAID
SENT = eur("7.00")


def usd(micros: int) -> Money:
    return Money(micros, "USD")


def exchange(source: Money, target: Money, rate: str) -> Exchange:
    return Exchange(source=source, target=target, rate=Decimal(rate), quote_ref="q1")


FROM_DOLLARS = exchange(usd(7_700_000), SENT, "0.909091")
INTO_PESOS = exchange(SENT, Money(465_500_000, "PHP"), "66.5")


async def booked(payout_id: UUID) -> dict[str, list[tuple[str, str, int]]]:
    """By event: account, currency, amount."""
    rows = await fetch(
        "select t.event, a.kind, e.currency, e.amount from ledger_entry e"
        " join ledger_account a on a.id = e.account_id"
        " join ledger_transfer t on t.id = e.transfer_id"
        " where t.correlation_id = $1 order by t.event, e.amount desc",
        payout_id,
    )
    found: dict[str, list[tuple[str, str, int]]] = {}
    for row in rows:
        found.setdefault(row["event"], []).append((row["kind"], row["currency"], row["amount"]))
    return found


@pytest.mark.asyncio
async def test_a_payment_out_of_a_balance_in_another_currency(house: House) -> None:
    """E9 in the worker's currency, E17 in ours there; between them lies `fx:clearing`."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(batch_id, all_of(PAID, amount=SENT, exchange=FROM_DOLLARS, fee=usd(250_000)))

    found = await booked(payout_id)
    assert found["E9"] == [
        ("worker:payout", "EUR", 7_000_000),
        ("expense:provider_fees", "USD", 250_000),
        ("provider:clearing", "USD", -250_000),
        ("fx:clearing", "EUR", -7_000_000),
    ]
    assert found["E17"] == [
        ("fx:clearing", "USD", 7_700_000),
        ("provider:clearing", "USD", -7_700_000),
    ]
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    (attempt,) = await attempts(payout_id)
    assert attempt.fee == usd(250_000)
    assert not any((await ledger.trial_balance()).values())
    assert await queries.audit() == []
    about = [each.found for each in await invoices.audit() if str(payout_id) in each.found]
    assert about == [], "an exchange is about a payout that exists"


@pytest.mark.asyncio
async def test_what_comes_back_undoes_both_at_the_rate_of_that_day(house: House) -> None:
    """The gain or loss stays on `fx:clearing`; the worker gets the whole amount."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(PAID, exchange=FROM_DOLLARS))
    back = exchange(usd(7_650_000), SENT, "0.915")

    for _ in range(2):
        await rail.look_up(batch_id, all_of(ObservedState.RETURNED, exchange=back))

    found = await booked(payout_id)
    assert found["E9r"] == [
        ("fx:clearing", "EUR", 7_000_000),
        ("worker:earnings", "EUR", -7_000_000),
    ]
    assert found["E17r"] == [
        ("provider:clearing", "USD", 7_650_000),
        ("fx:clearing", "USD", -7_650_000),
    ]
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await queries.audit() == []


@pytest.mark.asyncio
async def test_what_the_provider_changes_for_the_payee_is_no_exchange_of_ours(
    house: House,
) -> None:
    """Our balance there paid in the currency we asked for; the rate is kept all the same."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(
        batch_id, all_of(PAID, amount=Money(465_500_000, "PHP"), exchange=INTO_PESOS)
    )

    found = await booked(payout_id)
    assert set(found) == {"E8", "E9"}
    (row,) = await fetch(
        "select exchange_rate, target_micros from payout_attempt where payout_id = $1", payout_id
    )
    assert (row["exchange_rate"], row["target_micros"]) == (Decimal("66.5"), 465_500_000)


@pytest.mark.asyncio
async def test_a_fee_that_is_told_later_is_booked_once(house: House) -> None:
    """Some providers know it a day after they paid."""
    watched = replace(SANDBOX.lookup, after_paid_delays=(timedelta(minutes=1),) * 9)
    rail = Rail(house, manifest=replace(SANDBOX, lookup=watched))
    _, (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(PAID))

    for fee in (None, usd(250_000), usd(250_000), eur("0.10")):
        await rail.look_up(batch_id, all_of(PAID, fee=fee))

    found = await booked(payout_id)
    assert found["E9"] == [
        ("worker:payout", "EUR", 7_000_000),
        ("expense:provider_fees", "USD", 250_000),
        ("provider:clearing", "USD", -250_000),
        ("provider:clearing", "EUR", -7_000_000),
    ]
    assert await queries.audit() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("end", ["paid", "returned"])
async def test_an_exchange_that_is_told_later_is_booked_once(house: House, end: str) -> None:
    """With the fee, a day after it paid: what left our balance there was other money."""
    watched = replace(SANDBOX.lookup, after_paid_delays=(timedelta(minutes=1),) * 9)
    rail = Rail(house, manifest=replace(SANDBOX, lookup=watched))
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(PAID))

    for _ in range(2):
        await rail.look_up(batch_id, all_of(PAID, exchange=FROM_DOLLARS))
    is_returned = end == "returned"
    state = ObservedState.RETURNED if is_returned else PAID
    await rail.look_up(batch_id, all_of(state, exchange=FROM_DOLLARS, fee=usd(250_000)))

    totals: dict[tuple[str, str], int] = {}
    for entries in (await booked(payout_id)).values():
        for kind, currency, amount in entries:
            totals[kind, currency] = totals.get((kind, currency), 0) + amount
    clearing = -250_000 if is_returned else -7_700_000 - 250_000
    assert totals["provider:clearing", "USD"] == clearing
    assert totals["provider:clearing", "EUR"] == 0
    assert totals["fx:clearing", "EUR"] == (0 if is_returned else -7_000_000)
    expected = (eur("10.00"), eur("0")) if is_returned else (eur("3.00"), eur("0"))
    assert await money_of(payee.id) == expected
    assert await queries.audit() == []


@pytest.mark.asyncio
async def test_an_exchange_that_is_not_of_this_payment_freezes(house: House) -> None:
    """Booked, it would hide what really happened."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(
        batch_id, all_of(PAID, exchange=exchange(usd(7_700_000), eur("6.00"), "0.78"))
    )

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.MISMATCH
    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


def says(**what: object) -> Observation:
    return Observation(item_ref="P1", state=PAID, **what)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "observation",
    [
        says(),
        says(amount=SENT),
        says(exchange=FROM_DOLLARS),
        says(exchange=INTO_PESOS, amount=SENT),
        says(fee=usd(0)),
        says(fee=SENT),
        says(fee=eur("7.01")),
        says(fee=Money(-1, "USD")),
        says(fee=usd(AMOUNT_MICROS_MAX + 1)),
        says(exchange=exchange(usd(7_700_000), SENT, "0.91")),
    ],
)
def test_what_belongs_to_the_payment(observation: Observation) -> None:
    """One side of the exchange is what we asked for; providers round; a fee says nothing of it."""
    assert not is_mismatch(sent=SENT, observation=observation)


@pytest.mark.parametrize(
    "observation",
    [
        says(amount=eur("6.99")),
        says(amount=usd(7_000_000)),
        says(exchange=exchange(usd(7_700_000), eur("6.99"), "0.9")),
        says(exchange=exchange(SENT, SENT, "1")),
        says(exchange=exchange(usd(7_700_000), SENT, "1.1")),
        says(exchange=exchange(usd(7_700_000), SENT, "-0.909091")),
        says(exchange=exchange(Money(7_000_000, "XAU"), SENT, "1")),
        says(exchange=FROM_DOLLARS, amount=eur("6.99")),
    ],
)
def test_what_cannot_belong_to_it(observation: Observation) -> None:
    """Another amount, a rate that does not give it, a currency we hold no account in."""
    assert is_mismatch(sent=SENT, observation=observation)


@given(
    micros=st.integers(10_000, 10**15).map(lambda each: each - each % 10_000),
    rate=st.decimals("0.0001", "1000", places=6),
    ours=st.booleans(),
)
def test_an_exact_exchange_is_never_a_mismatch(micros: int, rate: Decimal, *, ours: bool) -> None:
    """Whichever side is ours, at any rate, rounded to the smallest unit."""
    target = max(10_000, int(micros * rate) // 10_000 * 10_000)
    changed = Exchange(source=usd(micros), target=Money(target, "EUR"), rate=rate)
    sent = changed.source if ours else changed.target

    assert not is_mismatch(sent=sent, observation=says(exchange=changed))
    assert is_mismatch(sent=sent + Money(1, sent.currency), observation=says(exchange=changed))
