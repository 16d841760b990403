"""What a payout would cost, and what a worker agreed to pay of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.errors import InvalidInput, Refused
from domain.members import queries as members
from domain.members.queries import MemberRecord
from domain.members.rules import CONFIRMED_STATES
from domain.money import AMOUNT_MICROS_MAX, Money, split_payable
from domain.payouts import queries
from domain.payouts.operations.destinations import NoRoute
from domain.payouts.operations.routes import Asked, Choosing
from domain.payouts.provider import ProviderDirectory
from domain.payouts.queries import DestinationRecord
from domain.payouts.rules import RunDay, run_days
from domain.routing import queries as rulesets
from domain.routing.provider import FeePayer
from domain.routing.rules import Offer, Route, Rule, Schedule, cools_down_until
from domain.verification import queries as verification

QUOTE_KEPT: Final = timedelta(minutes=5)


class QuoteNeeded(Refused):
    """The worker pays a fee here, and has not agreed to any."""

    code = "QUOTE_NEEDED"
    argument = "quote"


class QuoteExpired(Refused):
    """The quote is too old, or of another payout."""

    code = "QUOTE_EXPIRED"
    argument = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedFee:
    """What a worker was told, and answers with."""

    destination_id: UUID
    amount: Money
    fee: Money
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutQuote:
    """`amount` is what would leave the balance: what arrives and the fee of the worker."""

    amount: Money
    payable: Money
    fee: Money
    remainder: Money  # stays on the balance
    arrives_within: timedelta | None  # None where nobody can tell
    goes_at: datetime | None  # a new destination waits until then
    schedule: Schedule
    run_day: RunDay  # the next one that can take it
    rule_minimum: Money | None
    expires_at: datetime


async def quote_payout(
    *,
    worker_id: UUID,
    amount: Money,
    destination_id: UUID,
    providers: ProviderDirectory,
    now: datetime,
) -> PayoutQuote:
    """Asks the providers and writes nothing. Refuses with `InvalidInput`, `NotFound`, `NoRoute`."""
    if not 0 < amount.micros <= AMOUNT_MICROS_MAX:
        raise InvalidInput("an amount above zero", path=("amount",))
    destination = await queries.destination_of(member_id=worker_id, destination_id=destination_id)
    if destination.currency != amount.currency:
        raise NoRoute(f"nobody pays {amount.currency} to {destination.label}")
    choosing = Choosing(
        ruleset=await rulesets.ruleset_at(now), providers=providers, now=now, wants_prices=True
    )
    asked = await asked_by(worker_id=worker_id, amount=amount, destination=destination)
    route = await choosing.route(asked)
    rule, offer = _chosen(route, destination)
    fee = Money(0, amount.currency)
    if rule.fee_payer is FeePayer.MEMBER:
        assert offer is not None and offer.fee is not None  # else it was dropped
        fee = Money(offer.fee.micros, amount.currency)
    payable, remainder = _parts(fee, amount=amount, route=route, providers=providers)
    until = cools_down_until(rule, destination_since=destination.created_at)
    latest = now + QUOTE_KEPT
    return PayoutQuote(
        amount=payable + fee,
        payable=payable,
        fee=fee,
        remainder=remainder,
        arrives_within=None if offer is None else offer.arrives_within,
        goes_at=until if now < until else None,
        schedule=rule.schedule,
        run_day=_run_day(route, rule=rule, earliest=max(now, until), providers=providers),
        rule_minimum=None
        if rule.minimum_micros is None
        else Money(rule.minimum_micros, amount.currency),
        expires_at=latest if offer is None else min(latest, offer.expires_at),
    )


async def rule_for(
    *,
    worker_id: UUID,
    amount: Money,
    destination: DestinationRecord,
    providers: ProviderDirectory,
    now: datetime,
) -> Rule:
    """The rule that decides. Reads only, so it may be asked inside a transaction.

    Refuses with `NoRoute`.
    """
    choosing = Choosing(ruleset=await rulesets.ruleset_at(now), providers=providers, now=now)
    asked = await asked_by(worker_id=worker_id, amount=amount, destination=destination)
    rule = choosing.rule_for(asked)
    if rule is None:
        raise NoRoute(f"nobody pays {amount.currency} to {destination.label}")
    return rule


async def asked_by(*, worker_id: UUID, amount: Money, destination: DestinationRecord) -> Asked:
    member = (await members.members_by_id(ids=[worker_id]))[worker_id]
    return Asked(
        amount=amount,
        fee=Money(0, amount.currency),
        country=member.country,
        level=await level_of(member),
        member_since=member.registered_at,
        destination_kind=destination.kind,
        destination_country=destination.country,
        is_exact=False,
    )


async def level_of(member: MemberRecord) -> int:
    """Of verification; one whose e-mail address is confirmed has begun with the first."""
    standing = (await verification.standings(member_ids=[member.id]))[member.id]
    return max(int(member.state in CONFIRMED_STATES), standing.level)


def agreed_fee(
    rule: Rule,
    agreed: AgreedFee | None,
    *,
    amount: Money,
    destination_id: UUID,
    now: datetime,
) -> Money:
    """What the worker pays. Refuses with `QuoteNeeded` or `QuoteExpired`."""
    if rule.fee_payer is FeePayer.PLATFORM:
        return Money(0, amount.currency)
    if agreed is None:
        raise QuoteNeeded("the worker pays a fee here: ask for a quote and give it back")
    is_of_this = (agreed.destination_id, agreed.amount) == (destination_id, amount)
    if not is_of_this or agreed.expires_at <= now or not agreed.fee < amount:
        raise QuoteExpired("this quote is too old, or of another payout")
    return agreed.fee


def _chosen(route: Route, destination: DestinationRecord) -> tuple[Rule, Offer | None]:
    if route.rule is None or route.chosen is None:
        raise NoRoute(f"nobody pays {destination.currency} to {destination.label} just now")
    return route.rule, route.chosen.offer


def _run_day(
    route: Route, *, rule: Rule, earliest: datetime, providers: ProviderDirectory
) -> RunDay:
    assert route.chosen is not None
    bank_days = providers.named(route.chosen.instance_id).manifest.bank_days
    (day,) = run_days(rule.schedule, now=earliest, bank_days=bank_days, count=1)
    return day


def _parts(
    fee: Money, *, amount: Money, route: Route, providers: ProviderDirectory
) -> tuple[Money, Money]:
    """What arrives and what stays, once the fee is taken. Refuses with `NoRoute`."""
    assert route.chosen is not None
    limits = providers.named(route.chosen.instance_id).manifest.currencies[amount.currency]
    payable, remainder = split_payable(amount - fee, limits.exponent)
    if payable < limits.minimum:
        raise NoRoute("the fee leaves too little of it")
    return payable, remainder
