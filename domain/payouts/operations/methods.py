"""How members of a country can be paid: kinds of destinations, currencies, limits, who pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Final
from uuid import UUID

from domain.members import queries as members
from domain.money import Money
from domain.payouts.operations.quotes import level_of
from domain.payouts.operations.routes import Asked, Choosing
from domain.payouts.provider import PayoutManifest, ProviderDirectory
from domain.payouts.rules import RunDay, run_days
from domain.routing import queries as rulesets
from domain.routing.provider import FeePayer
from domain.routing.rules import Rule, Schedule

RUN_DAYS_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodCurrency:
    """`minimum` is the larger one of the rule's and the provider's."""

    minimum: Money
    maximum: Money
    fee_payer: FeePayer
    schedule: Schedule
    run_days: tuple[RunDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutMethod:
    """`schema` is JSON Schema of the fields of such a destination."""

    kind: str
    schema: Mapping[str, object]
    currencies: tuple[MethodCurrency, ...]


class NoMethods(StrEnum):
    NO_PROVIDER = "no_provider"  # nobody we work with pays there
    NO_RULE = "no_rule"  # somebody could, but our rules send nobody there


async def payout_methods(
    *, country: str, worker_id: UUID | None, providers: ProviderDirectory, now: datetime
) -> tuple[tuple[PayoutMethod, ...], NoMethods | None]:
    """How an account in this country can be paid, or why not at all. Asks no provider."""
    choosing = Choosing(ruleset=await rulesets.ruleset_at(now), providers=providers, now=now)
    found = {} if worker_id is None else await members.members_by_id(ids=[worker_id])
    member = found.get(worker_id) if worker_id is not None else None
    level = 0 if member is None else await level_of(member)
    kinds: dict[str, tuple[Mapping[str, object], dict[str, MethodCurrency]]] = {}
    is_served = False
    for instance_id, kind, currency in _served(country, providers=providers):
        is_served = True
        manifest = providers.named(instance_id).manifest
        limits = manifest.currencies[currency]
        asked = Asked(
            amount=limits.minimum,
            fee=Money(0, currency),
            country=country if member is None else member.country,
            level=level,
            member_since=now if member is None else member.registered_at,
            destination_kind=kind,
            destination_country=country,
        )
        rule = choosing.rule_for(asked)
        if rule is None or (rule.providers and instance_id not in rule.providers):
            continue
        schema = manifest.destination_kinds[kind].schema
        _, currencies = kinds.setdefault(kind, (schema, {}))
        currencies.setdefault(
            currency, _method_currency(rule, manifest, currency=currency, now=now)
        )
    methods = tuple(
        PayoutMethod(kind=kind, schema=schema, currencies=tuple(currencies.values()))
        for kind, (schema, currencies) in sorted(kinds.items())
    )
    if methods:
        return methods, None
    return methods, NoMethods.NO_RULE if is_served else NoMethods.NO_PROVIDER


def _served(country: str, *, providers: ProviderDirectory) -> Iterator[tuple[str, str, str]]:
    """Instance, kind and currency, in the order of the configuration."""
    for instance_id in providers.instance_ids:
        manifest = providers.named(instance_id).manifest
        for kind, currency in product(manifest.destination_kinds, manifest.currencies):
            able = providers.instances_for(kind=kind, country=country, currency=currency)
            if instance_id in able:
                yield instance_id, kind, currency


def _method_currency(
    rule: Rule, manifest: PayoutManifest, *, currency: str, now: datetime
) -> MethodCurrency:
    limits = manifest.currencies[currency]
    own = Money(rule.minimum_micros or 0, limits.minimum.currency)
    return MethodCurrency(
        minimum=max(own, limits.minimum),
        maximum=limits.maximum,
        fee_payer=rule.fee_payer,
        schedule=rule.schedule,
        run_days=run_days(
            rule.schedule, now=now, bank_days=manifest.bank_days, count=RUN_DAYS_SHOWN
        ),
    )
