"""What members do about money: pay in, take back, say where they are paid, ask for it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.deposits import operations as deposits
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import Money, exponent_of, split_payable
from domain.payouts import operations as payouts
from domain.payouts.rules import destination_content
from gateway.simulation import judging
from gateway.simulation.hiring import CURRENCY
from gateway.simulation.market import Market
from gateway.simulation.people import PASSWORD, Person

KIND: Final = "sandbox"
SCENARIOS: Final = (
    ("ok", 55),
    ("slow", 8),
    ("hold", 5),
    ("fail", 6),
    ("returned", 6),
    ("timeout-sent", 8),
    ("timeout-lost", 8),
    ("unclaimed", 4),
)
WORTH_IT: Final = Money(1_000_000, CURRENCY)


async def pay_in(market: Market, employer: Person) -> None:
    virtual = market.virtual
    amount = Money(virtual.chance.randint(20, 300) * 1_000_000, CURRENCY)
    start = partial(
        deposits.start_deposit,
        employer_id=employer.id,
        amount=amount,
        return_url="",
        key=virtual.key(employer.id, "depositStart", str(amount)),
        providers=market.given.providers.deposits,
        own_reference="sandbox:fail" if market.percent(8) else "",
        new_id=virtual.new_id,
        now=virtual.now,
    )
    started = await market.twice("pay in", start)
    if started is None:
        return
    employer.deposits.append(started.deposit_id)
    if market.percent(10):
        market.plan(lambda: take_back(market, employer), after=timedelta(days=4))


async def take_back(market: Market, employer: Person) -> None:
    """A part of a deposit, or all that is left of it."""
    virtual = market.virtual
    amount = Money(virtual.chance.randint(1, 40) * 1_000_000, CURRENCY)
    refund = partial(
        deposits.refund_deposit,
        deposit_id=virtual.chance.choice(employer.deposits),
        amount=amount,
        asked_by=employer.id,
        key=virtual.key(employer.id, "depositRefund", str(amount)),
        providers=market.given.providers.deposits,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.twice("take back", refund)


async def ask_to_be_paid(market: Market, worker: Person) -> None:
    """All that the provider can pay; nothing of it while it is little."""
    earnings = Account(AccountKind.WORKER_EARNINGS, worker.id)
    available = await balances.available(account=earnings, currency=CURRENCY)
    amount, _ = split_payable(available, exponent_of(CURRENCY))
    if amount.micros < WORTH_IT.micros or not await _has_place(market, worker):
        return
    assert worker.destination is not None
    place, payee = worker.destination
    bound = bound_hash(purpose=StepUpPurpose.PAYOUT_REQUEST, amount=amount, payee=payee)
    claim = await step_up(market, worker, StepUpPurpose.PAYOUT_REQUEST, bound)
    if claim is None:
        return
    virtual = market.virtual
    ask = partial(
        payouts.request_payout,
        worker_id=worker.id,
        amount=amount,
        destination_id=place,
        step_up=claim,
        key=virtual.key(worker.id, "payoutRequest", str(amount)),
        providers=market.given.providers.payouts,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    requested = await market.twice("ask for payout", ask)
    if requested is None:
        return
    worker.payouts.append(requested.payout_id)
    market.plan(lambda: judging.release(market, requested.payout_id), after=timedelta(days=2))
    if market.percent(5):
        market.plan(lambda: cancel(market, worker), after=timedelta(minutes=30))


async def cancel(market: Market, worker: Person) -> None:
    virtual = market.virtual
    stop = partial(
        payouts.cancel_payout,
        worker_id=worker.id,
        payout_id=worker.payouts[-1],
        key=virtual.key(worker.id, "payoutCancel", str(worker.payouts[-1])),
        new_id=virtual.new_id,
        now=virtual.now,
        providers=market.given.providers.payouts,
    )
    await market.twice("cancel payout", stop)


async def _has_place(market: Market, worker: Person) -> bool:
    """A place of their own; now and then they move to another one."""
    if worker.destination is not None and not market.percent(3):
        return True
    virtual = market.virtual
    scenario = virtual.chance.choices(
        [each for each, _ in SCENARIOS], [share for _, share in SCENARIOS]
    )[0]
    fields = {"account": _account(market, worker), "scenario": scenario}
    content = destination_content(
        kind=KIND, country=worker.country, currency=CURRENCY, fields=fields
    )
    payee = market.given.vault.fingerprint(content)
    bound = bound_hash(purpose=StepUpPurpose.DESTINATION_ADD, amount=None, payee=payee)
    claim = await step_up(market, worker, StepUpPurpose.DESTINATION_ADD, bound)
    if claim is None:
        return False
    add = partial(
        payouts.add_destination,
        member_id=worker.id,
        kind=KIND,
        country=worker.country,
        currency=CURRENCY,
        fields=fields,
        step_up=claim,
        providers=market.given.providers.payouts,
        vault=market.given.vault,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    added = await market.act("add destination", add)
    if added is not None:
        worker.destination = (added, payee)
    return added is not None


def _account(market: Market, worker: Person) -> str:
    """Their own; a few are paid where somebody else is."""
    taken = [each.account for each in market.people if each.account is not None]
    is_shared = bool(taken) and market.percent(10)
    account = market.virtual.chance.choice(taken) if is_shared else market.virtual.new_token()[:32]
    worker.account = account
    return account


async def step_up(
    market: Market, member: Person, purpose: StepUpPurpose, bound: bytes
) -> StepUpClaim | None:
    return await market.act("step up", lambda: _stepped_up(market, member, purpose, bound))


async def _stepped_up(
    market: Market, member: Person, purpose: StepUpPurpose, bound: bytes
) -> StepUpClaim:
    virtual = market.virtual
    signed_in = await access.log_in(
        email=member.email,
        password=PASSWORD,
        hasher=market.hasher,
        new_token=virtual.new_token,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    step_up_id = await access.begin_step_up(
        session_id=signed_in.session_id,
        purpose=purpose,
        bound=bound,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await access.complete_step_up(
        step_up_id=step_up_id,
        session_id=signed_in.session_id,
        password=PASSWORD,
        hasher=market.hasher,
        new_token=virtual.new_token,
        now=virtual.now,
    )
    return StepUpClaim(step_up_id, signed_in.session_id)
