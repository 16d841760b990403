"""Which rule decides, and whom it chooses and why. Pure functions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.money import Money
from domain.routing.provider import FeePayer, Obstacle, Rail

BASIS_POINTS: Final = 10_000
CHEAPEST: Final = "cheapest"
FIRST: Final = "first"
HOLD_HOURS: Final = 24
HOLD_HOURS_MAX: Final = 24 * 30
RULE_COUNT_MAX: Final = 50
PROVIDER_COUNT_MAX: Final = 20
NAME_LENGTH_MAX: Final = 100


class Schedule(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    SEMIMONTHLY = "semimonthly"


class RulesetState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class DropReason(StrEnum):
    """Why a candidate does not get it."""

    NOT_CONFIGURED = "not_configured"
    QUARANTINED = "quarantined"
    UNHEALTHY = "unhealthy"
    CIRCUIT_OPEN = "circuit_open"
    COUNTRY_NOT_SERVED = "country_not_served"
    CURRENCY_NOT_SERVED = "currency_not_served"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    NOT_REPRESENTABLE = "not_representable"
    NO_DESTINATION = "no_destination"
    DESTINATION_COOLING_DOWN = "destination_cooling_down"
    DESTINATION_INVALID = "destination_invalid"
    LEVEL_TOO_LOW = "level_too_low"
    BALANCE_TOO_LOW = "balance_too_low"
    NO_QUOTE = "no_quote"
    FEE_TOO_HIGH = "fee_too_high"
    ALREADY_REJECTED_HERE = "already_rejected_here"


class Outcome(StrEnum):
    CHOSEN = "chosen"
    KEPT = "kept"  # it could, another one is better
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """All that is said must be so. None says nothing."""

    country: str | None = None  # of the member
    region: str | None = None  # a named group of such countries
    destination_country: str | None = None  # of the account
    currency: str | None = None
    amount_from_micros: int | None = None  # both ends belong to it
    amount_to_micros: int | None = None
    destination_kind: str | None = None
    rail: Rail | None = None
    level: int | None = None  # of verification, at least
    member_age_days: int | None = None  # at least
    legal_entity: str | None = None  # of ours, that pays


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    name: str
    when: When = field(default_factory=When)
    providers: tuple[str, ...] = ()  # none: all that are configured, in their order
    router: str = CHEAPEST
    minimum_micros: int | None = None  # in the currency of the payout
    max_fee_basis_points: int | None = None
    fee_payer: FeePayer = FeePayer.PLATFORM
    schedule: Schedule = Schedule.AT_ONCE
    hold_hours: int = HOLD_HOURS  # after a destination was added
    is_built_in: bool = False


BUILT_IN: Final = Rule(name="as configured", router=FIRST, hold_hours=0, is_built_in=True)
"""Decides while nobody has approved a ruleset: the first configured instance that serves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """`version` is None for the built-in one."""

    rules: tuple[Rule, ...] = (BUILT_IN,)
    version: int | None = None
    regions: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at. `amount` is what leaves the balance."""

    country: str
    destination_country: str
    destination_kind: str
    amount: Money
    rails: frozenset[Rail] = frozenset()  # that configured instances use for such a destination
    level: int = 0
    member_age_days: int = 0
    legal_entity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What is known of a candidate before it is asked for a price."""

    instance_id: str
    obstacle: Obstacle | None = None
    takes_kind: bool = True
    serves_country: bool = True
    serves_currency: bool = True
    amount_fault: DropReason | None = None  # by the provider's own limits
    requires_level: int = 0
    refused_before: bool = False
    balance: Money | None = None  # ours there, where it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an instance asks for it. `fee` may be in another currency; None: nobody knows yet."""

    payable: Money
    remainder: Money
    fee: Money | None
    arrives_within: timedelta
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One line of the trace."""

    instance_id: str
    outcome: Outcome
    dropped: DropReason | None = None
    offer: Offer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The whole decision: every candidate of the rule is in the trace, best first."""

    rule: Rule | None  # None: no rule matched
    version: int | None
    trace: tuple[Candidate, ...]

    @property
    def chosen(self) -> Candidate | None:
        best = self.trace[0] if self.trace else None
        return best if best is not None and best.outcome is Outcome.CHOSEN else None


def matches(when: When, facts: Facts, regions: Mapping[str, frozenset[str]]) -> bool:
    return (
        when.country in (None, facts.country)
        and (when.region is None or facts.country in regions.get(when.region, frozenset()))
        and when.destination_country in (None, facts.destination_country)
        and when.currency in (None, facts.amount.currency)
        and (when.amount_from_micros is None or when.amount_from_micros <= facts.amount.micros)
        and (when.amount_to_micros is None or facts.amount.micros <= when.amount_to_micros)
        and when.destination_kind in (None, facts.destination_kind)
        and (when.rail is None or when.rail in facts.rails)
        and (when.level is None or when.level <= facts.level)
        and (when.member_age_days is None or when.member_age_days <= facts.member_age_days)
        and when.legal_entity in (None, facts.legal_entity)
    )


def deciding(ruleset: Ruleset, facts: Facts) -> Rule | None:
    """The first that matches, and no other."""
    return next(
        (rule for rule in ruleset.rules if matches(rule.when, facts, ruleset.regions)), None
    )


def cools_down_until(rule: Rule, *, destination_since: datetime) -> datetime:
    return destination_since + timedelta(hours=rule.hold_hours)


def drop_reason(
    instance: Instance, *, rule: Rule, facts: Facts, is_cooling_down: bool = False
) -> DropReason | None:
    """Before a price is asked. The first that holds, from what nobody can change to what passes."""
    below = rule.minimum_micros is not None and facts.amount.micros < rule.minimum_micros
    known = instance.obstacle is not Obstacle.NOT_CONFIGURED
    reasons: tuple[tuple[bool, DropReason | None], ...] = (
        (not known, DropReason.NOT_CONFIGURED),
        (not instance.takes_kind, DropReason.NO_DESTINATION),
        (not instance.serves_country, DropReason.COUNTRY_NOT_SERVED),
        (not instance.serves_currency, DropReason.CURRENCY_NOT_SERVED),
        (below, DropReason.BELOW_MINIMUM),
        (instance.amount_fault is not None, instance.amount_fault),
        (instance.requires_level > facts.level, DropReason.LEVEL_TOO_LOW),
        (instance.refused_before, DropReason.ALREADY_REJECTED_HERE),
        (is_cooling_down, DropReason.DESTINATION_COOLING_DOWN),
        (_lacks(instance.balance, facts.amount), DropReason.BALANCE_TOO_LOW),
        (
            instance.obstacle is not None,
            None if instance.obstacle is None else DropReason(instance.obstacle.value),
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)


def fee_fault(offer: Offer, *, rule: Rule, facts: Facts) -> DropReason | None:
    """A fee in another currency cannot be compared, and neither that nor an unknown one can be
    taken from the member.
    """
    limit, fee = rule.max_fee_basis_points, offer.fee
    if fee is None:
        return DropReason.NO_QUOTE if rule.fee_payer is FeePayer.MEMBER else None
    if limit is None and rule.fee_payer is FeePayer.PLATFORM:
        return None
    if fee.micros and fee.currency != facts.amount.currency:
        return DropReason.FEE_TOO_HIGH
    if limit is not None and fee.micros * BASIS_POINTS > limit * facts.amount.micros:
        return DropReason.FEE_TOO_HIGH
    if rule.fee_payer is FeePayer.MEMBER and fee.micros >= facts.amount.micros:
        return DropReason.FEE_TOO_HIGH
    return None


def kept(instance_id: str, offer: Offer | None = None) -> Candidate:
    return Candidate(instance_id=instance_id, outcome=Outcome.KEPT, offer=offer)


def dropped(instance_id: str, reason: DropReason, offer: Offer | None = None) -> Candidate:
    return Candidate(instance_id=instance_id, outcome=Outcome.DROPPED, dropped=reason, offer=offer)


def chosen_among(
    candidates: Sequence[Candidate], *, rule: Rule, currency: str, preferred: str | None = None
) -> tuple[Candidate, ...]:
    """The trace: the chosen one, then who else could, then who was dropped.

    `preferred` is what a plugin's router said; it counts when that one could.
    """
    able = [each for each in candidates if each.outcome is Outcome.KEPT]
    places = {each.instance_id: place for place, each in enumerate(candidates)}

    def rank(candidate: Candidate) -> tuple[bool, bool, int, timedelta, int]:
        is_second = candidate.instance_id != preferred
        place, offer = places[candidate.instance_id], candidate.offer
        if rule.router == FIRST:
            return (is_second, False, 0, timedelta(0), place)
        if (
            offer is None
            or offer.fee is None
            or (offer.fee.micros and offer.fee.currency != currency)
        ):
            return (is_second, True, 0, timedelta(0), place)  # a cost nobody can compare
        return (is_second, False, offer.fee.micros, offer.arrives_within, place)

    ordered = sorted(able, key=rank)
    if ordered:
        ordered[0] = replace(ordered[0], outcome=Outcome.CHOSEN)
    return (*ordered, *(each for each in candidates if each.outcome is Outcome.DROPPED))


def problems_of(rules: Iterable[Rule], *, regions: Iterable[str]) -> list[tuple[int, str]]:
    """What is wrong with a ruleset before anybody approves it: which rule, and what."""
    known = frozenset(regions)
    return [
        (position, problem)
        for position, rule in enumerate(rules)
        for problem in _problems(rule, regions=known)
    ]


def _problems(rule: Rule, *, regions: frozenset[str]) -> list[str]:
    when = rule.when
    amounts = (when.amount_from_micros, when.amount_to_micros)
    low, high = amounts
    counts = (*amounts, when.level, when.member_age_days, rule.minimum_micros)
    checks = (
        (not 0 < len(rule.name) <= NAME_LENGTH_MAX, "a rule has a name"),
        (not all(map(_is_plain, _texts(rule))), "a word is too long, or cannot be shown"),
        (not 0 < len(rule.providers) <= PROVIDER_COUNT_MAX, "name 1 to 20 providers"),
        (len(set(rule.providers)) != len(rule.providers), "a provider stands here twice"),
        (when.region is not None and when.region not in regions, "there is no such region"),
        (
            amounts != (None, None) and when.currency is None,
            "a condition on the amount needs one on the currency",
        ),
        (low is not None and high is not None and low > high, "the amount ends before it begins"),
        (any(each is not None and each < 0 for each in counts), "nothing here is below zero"),
        (
            rule.max_fee_basis_points is not None
            and not 0 <= rule.max_fee_basis_points <= BASIS_POINTS,
            "the fee is 0 to 100 percent",
        ),
        (not 0 <= rule.hold_hours <= HOLD_HOURS_MAX, "hold 0 to 720 hours"),
    )
    return [problem for holds, problem in checks if holds]


def _texts(rule: Rule) -> tuple[str, ...]:
    when = rule.when
    given = (when.country, when.region, when.destination_country, when.destination_kind)
    words = (rule.name, rule.router, when.legal_entity, *given, *rule.providers)
    return tuple(each for each in words if each is not None)


def _is_plain(text: str) -> bool:
    return len(text) <= NAME_LENGTH_MAX and text.isprintable()


def _lacks(balance: Money | None, amount: Money) -> bool:
    return balance is not None and balance.currency == amount.currency and balance < amount
