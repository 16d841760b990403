"""The choice of a provider for one payment: facts, candidates, prices, decision. Writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from domain.database import fetch_value
from domain.money import Money, split_payable
from domain.payouts.provider import (
    Destination,
    FeeKnown,
    PayoutManifest,
    ProviderDirectory,
    Quote,
    QuoteRequest,
)
from domain.payouts.rules import amount_problem
from domain.provider import CallContext, CurrencyLimits, ProviderError
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.routing.provider import FeePayer, Obstacle, Rail, RouteOffer, RouteRequest
from domain.routing.rules import (
    CHEAPEST,
    FIRST,
    Candidate,
    DropReason,
    Facts,
    Instance,
    Offer,
    Outcome,
    Route,
    Rule,
    Ruleset,
    chosen_among,
    cools_down_until,
    deciding,
    drop_reason,
    dropped,
    fee_fault,
    kept,
)
from domain.verification import queries as verification
from domain.verification.rules import Ruleset as VerificationRuleset

QUOTE_SECONDS_MAX: Final = 5.0
NOBODY: Final = UUID(int=0)

_UNSENT: Final = """
    select coalesce(sum(p.amount_micros - p.fee_micros), 0)::bigint
    from payout_attempt a
    join payout_batch b on b.id = a.batch_id
    join payout p on p.id = a.payout_id
    where b.instance_id = $1 and b.currency = $2 and b.state in ('prepared', 'sending')
      and a.state in ('prepared', 'sending')
"""
PriceKey: TypeAlias = tuple[str, int, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be paid, to whom. `is_exact`: the amount cannot be rounded down any more."""

    amount: Money  # what leaves the balance
    fee: Money  # what of it the member pays, where that is settled
    country: str  # of the member
    level: int
    member_since: datetime
    destination_kind: str
    destination_country: str
    destination_since: datetime | None = None
    excluded: frozenset[str] = frozenset()
    is_exact: bool = True


@dataclass(slots=True, kw_only=True)
class Choosing:
    """Decides one payment after another at one moment; a price is asked for once.

    It calls providers, so never inside a transaction. A price depends on the amount and on the
    kind and country of the destination, not on whose it is.
    """

    ruleset: Ruleset
    providers: ProviderDirectory
    now: datetime
    wants_prices: bool = False  # also where the built-in rule decides
    looks_at_balances: bool = False  # where it is about now, not about a price or the past
    _prices: dict[PriceKey, Quote | None] = field(default_factory=dict)
    _obstacles: dict[str, Obstacle | None] = field(default_factory=dict)
    _limits: dict[str, Money] = field(default_factory=dict)
    _levels: VerificationRuleset | None = None
    _balances: dict[tuple[str, str], Money | None] = field(default_factory=dict)
    _reserved: dict[tuple[str, str], int] = field(default_factory=dict)

    async def release_limit(self, currency: str) -> Money:
        """Above it one payout takes two people; read once for all that are routed together."""
        if currency not in self._limits:
            self._limits[currency] = await rates.limit_of(
                kind=RateKind.PAYOUT_RELEASE, currency=currency, on=self.now.date()
            )
        return self._limits[currency]

    async def levels(self) -> VerificationRuleset:
        """Which payments need which level; read once for all that are routed together."""
        if self._levels is None:
            self._levels = await verification.ruleset_at(self.now)
        return self._levels

    def reserve(self, instance_id: str, amount: Money) -> None:
        """It goes there with the others: what is left of our balance is for the next ones."""
        key = (instance_id, amount.currency)
        self._reserved[key] = self._reserved.get(key, 0) + amount.micros

    def rule_for(self, asked: Asked) -> Rule | None:
        return deciding(self.ruleset, self.facts_of(asked))

    def facts_of(self, asked: Asked) -> Facts:
        return Facts(
            country=asked.country,
            destination_country=asked.destination_country,
            destination_kind=asked.destination_kind,
            amount=asked.amount,
            rails=self._rails(asked.destination_kind),
            level=asked.level,
            member_age_days=max(0, (self.now - asked.member_since).days),
            legal_entity=self.providers.legal_entity,
        )

    async def route(self, asked: Asked) -> Route:
        """Every candidate of the deciding rule is in the trace, whatever became of it."""
        facts = self.facts_of(asked)
        rule = deciding(self.ruleset, facts)
        if rule is None:
            return Route(rule=None, version=self.ruleset.version, trace=())
        names = rule.providers or tuple(self.providers.instance_ids)
        candidates = await asyncio.gather(
            *(self._candidate(name, rule=rule, asked=asked, facts=facts) for name in names)
        )
        preferred = await self._preferred(candidates, rule=rule, asked=asked)
        trace = chosen_among(
            candidates, rule=rule, currency=asked.amount.currency, preferred=preferred
        )
        return Route(rule=rule, version=self.ruleset.version, trace=trace)

    async def _candidate(
        self, instance_id: str, *, rule: Rule, asked: Asked, facts: Facts
    ) -> Candidate:
        instance = await self._instance(instance_id, rule=rule, asked=asked)
        reason = drop_reason(
            instance, rule=rule, facts=facts, is_cooling_down=self._cools_down(rule, asked)
        )
        if reason is not None:
            return dropped(instance_id, reason)
        if rule.is_built_in and not self.wants_prices:
            return kept(instance_id)
        manifest = self.providers.named(instance_id).manifest
        sent = _sent(asked, limits=manifest.currencies[asked.amount.currency])
        quote = await self._price(instance_id, sent=sent, asked=asked)
        if quote is None:
            return (
                kept(instance_id) if rule.is_built_in else dropped(instance_id, DropReason.NO_QUOTE)
            )
        offer = _offer(quote, sent=sent, asked=asked, manifest=manifest)
        fault = fee_fault(offer, rule=rule, facts=facts)
        if fault is not None:
            return dropped(instance_id, fault, offer)
        return kept(instance_id, offer)

    async def _instance(self, instance_id: str, *, rule: Rule, asked: Asked) -> Instance:
        if instance_id not in self.providers.instance_ids:
            return Instance(instance_id=instance_id, obstacle=Obstacle.NOT_CONFIGURED)
        manifest = self.providers.named(instance_id).manifest
        currency = asked.amount.currency
        limits = manifest.currencies.get(currency)
        return Instance(
            instance_id=instance_id,
            obstacle=await self._obstacle(instance_id, rule=rule, asked=asked),
            takes_kind=asked.destination_kind in manifest.destination_kinds,
            serves_country=not manifest.countries
            or asked.destination_country in manifest.countries,
            serves_currency=limits is not None,
            amount_fault=None if limits is None else _amount_fault(asked, limits=limits),
            requires_level=manifest.requires_level,
            refused_before=instance_id in asked.excluded,
            balance=await self._balance(instance_id, rule=rule, currency=currency),
        )

    async def _obstacle(self, instance_id: str, *, rule: Rule, asked: Asked) -> Obstacle | None:
        """The built-in rule asks nobody: it looks at quarantines alone."""
        if rule.is_built_in:
            usable = self.providers.instances_for(
                kind=asked.destination_kind,
                country=asked.destination_country,
                currency=asked.amount.currency,
            )
            return None if instance_id in usable else Obstacle.QUARANTINED
        if instance_id not in self._obstacles:
            self._obstacles[instance_id] = await self.providers.obstacle(instance_id, now=self.now)
        return self._obstacles[instance_id]

    async def _balance(self, instance_id: str, *, rule: Rule, currency: str) -> Money | None:
        """What is still free there: without what waits to be sent, which it does not know of."""
        if rule.is_built_in or not self.looks_at_balances:
            return None
        key = (instance_id, currency)
        if key not in self._balances:
            told = await self.providers.balance(instance_id, currency=currency, now=self.now)
            waiting = 0 if told is None else await fetch_value(_UNSENT, instance_id, currency)
            self._balances[key] = None if told is None else Money(told.micros - waiting, currency)
        found = self._balances[key]
        reserved = Money(self._reserved.get(key, 0), currency)
        return None if found is None else max(found - reserved, Money(0, currency))

    async def _price(self, instance_id: str, *, sent: Money, asked: Asked) -> Quote | None:
        kind, country = asked.destination_kind, asked.destination_country
        key = (instance_id, sent.micros, sent.currency, kind, country)
        if key not in self._prices:
            self._prices[key] = await self._quote(instance_id, sent=sent, asked=asked)
        return self._prices[key]

    async def _quote(self, instance_id: str, *, sent: Money, asked: Asked) -> Quote | None:
        """None when there is none in time, or none that is worth anything."""
        request = QuoteRequest(
            amount=sent,
            destination=Destination(
                destination_id=NOBODY,
                kind=asked.destination_kind,
                country=asked.destination_country,
                currency=sent.currency,
                fields={},
            ),
            fee_payer=FeePayer.PLATFORM,  # what the member pays of it is between them and us
        )
        context = CallContext(now=self.now, send_no=1, correlation_id=f"quote:{instance_id}")
        try:
            async with asyncio.timeout(QUOTE_SECONDS_MAX):
                quote = await self.providers.named(instance_id).quote(request, context)
        except (ProviderError, TimeoutError):
            return None
        is_ours = quote.payable == sent and quote.provider_fee.micros >= 0
        return quote if is_ours and self.now < quote.expires_at else None

    async def _preferred(
        self, candidates: Sequence[Candidate], *, rule: Rule, asked: Asked
    ) -> str | None:
        router = self.providers.routers.get(rule.router)
        if router is None or rule.router in (CHEAPEST, FIRST):
            return None
        offers = [
            RouteOffer(
                instance_id=each.instance_id,
                fee=each.offer.fee,
                arrives_within=each.offer.arrives_within,
            )
            for each in candidates
            if each.outcome is Outcome.KEPT and each.offer is not None and each.offer.fee
        ]
        request = RouteRequest(
            amount=asked.amount,
            country=asked.country,
            destination_kind=asked.destination_kind,
            destination_country=asked.destination_country,
        )
        context = CallContext(now=self.now, send_no=1, correlation_id=f"router:{rule.router}")
        return await router.choose(request, offers, context)

    def _cools_down(self, rule: Rule, asked: Asked) -> bool:
        """Told in a preview; a payout that was asked for is held instead."""
        since = asked.destination_since
        return since is not None and self.now < cools_down_until(rule, destination_since=since)

    def _rails(self, kind: str) -> frozenset[Rail]:
        manifests = [self.providers.named(each).manifest for each in self.providers.instance_ids]
        return frozenset(
            rail for each in manifests if kind in each.destination_kinds for rail in each.rails
        )


def _sent(asked: Asked, *, limits: CurrencyLimits) -> Money:
    """What the provider is to pay; in a preview as much of it as it can."""
    rest = asked.amount - asked.fee
    return rest if asked.is_exact else split_payable(rest, limits.exponent)[0]


def _amount_fault(asked: Asked, *, limits: CurrencyLimits) -> DropReason | None:
    problem = amount_problem(amount=_sent(asked, limits=limits), limits=limits)
    if problem is None:
        return None
    if problem.payable is not None:
        return DropReason.NOT_REPRESENTABLE
    return DropReason.BELOW_MINIMUM if problem.too_low is not None else DropReason.ABOVE_MAXIMUM


def _offer(quote: Quote, *, sent: Money, asked: Asked, manifest: PayoutManifest) -> Offer:
    is_known = manifest.fee_known is FeeKnown.AT_QUOTE or quote.provider_fee.micros > 0
    return Offer(
        payable=sent,
        remainder=asked.amount - asked.fee - sent,
        fee=quote.provider_fee if is_known else None,
        arrives_within=max(quote.arrives_within, timedelta(0)),
        expires_at=quote.expires_at,
    )
