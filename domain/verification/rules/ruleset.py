"""Which checks make a level for whom, and which level a payment needs: data, decided by rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from re import fullmatch
from typing import Final

from domain.members.rules import COUNTRIES, Role
from domain.verification.provider import CheckKind, Entity

LEVEL_MAX: Final = 3
RULE_COUNT_MAX: Final = 100
CHECK_COUNT_MAX: Final = 10  # of one level
VERIFIER_COUNT_MAX: Final = 10
NAME_LENGTH_MAX: Final = 100
ATTEMPTS_MAX: Final = 3
RETRY_HOURS: Final = 24
OUTAGE_DAYS: Final = 30  # how long the last proof counts while nobody can be asked again
DAYS_MAX: Final = 3_660
HOURS_MAX: Final = 24 * 366
INSTANCE: Final = r"[a-z0-9][a-z0-9_-]{0,39}"
CURRENCY: Final = r"[A-Z]{3,5}"


class RulesetState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """All that is said must be so. None says nothing."""

    country: str | None = None  # of the member
    region: str | None = None  # a named group of such countries
    role: Role | None = None  # that the member has
    entity: Entity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRule:
    """`by` is in order: the next one is asked only when one cannot answer."""

    check: CheckKind
    by: tuple[str, ...]
    recheck_days: int | None = None
    outage_days: int = OUTAGE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The first rule whose conditions all hold decides which checks a member meets."""

    name: str
    when: When = field(default_factory=When)
    levels: Mapping[int, tuple[CheckRule, ...]]
    attempts_max: int = ATTEMPTS_MAX
    retry_hours: int = RETRY_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """Every requirement that applies counts; the highest level wins."""

    name: str
    level: int
    country: str | None = None  # of the member
    region: str | None = None
    currency: str | None = None
    amount_from_micros: int | None = None  # of one payout
    year_from_micros: int | None = None  # of all of a calendar year, this one included
    provider: str | None = None  # an instance that pays


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """Without an approved one nobody is checked and nothing is required."""

    rules: tuple[Rule, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    version: int | None = None
    regions: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    country: str
    currency: str
    amount_micros: int
    year_micros: int
    provider: str | None


def deciding(
    ruleset: Ruleset, *, country: str, roles: Collection[Role], entity: Entity
) -> Rule | None:
    for rule in ruleset.rules:
        when = rule.when
        if (
            _is_in(when.country, when.region, country=country, regions=ruleset.regions)
            and (when.role is None or when.role in roles)
            and (when.entity is None or when.entity is entity)
        ):
            return rule
    return None


def required_level(ruleset: Ruleset, facts: PaymentFacts) -> int:
    return max(
        (each.level for each in ruleset.requirements if _applies(each, ruleset, facts)), default=0
    )


def _applies(each: Requirement, ruleset: Ruleset, facts: PaymentFacts) -> bool:
    return (
        _is_in(each.country, each.region, country=facts.country, regions=ruleset.regions)
        and each.currency in (None, facts.currency)
        and (each.amount_from_micros is None or facts.amount_micros >= each.amount_from_micros)
        and (each.year_from_micros is None or facts.year_micros >= each.year_from_micros)
        and each.provider in (None, facts.provider)
    )


def _is_in(
    country_wanted: str | None,
    region: str | None,
    *,
    country: str,
    regions: Mapping[str, frozenset[str]],
) -> bool:
    return country_wanted in (None, country) and (
        region is None or country in regions.get(region, frozenset())
    )


def problems_of(
    rules: Sequence[Rule],
    requirements: Sequence[Requirement],
    *,
    regions: Mapping[str, frozenset[str]],
) -> Iterator[tuple[str, int, str]]:
    """List, position and fault of each; nothing when it may be kept."""
    for position, rule in enumerate(rules):
        for problem in (
            *_of_place(rule.name, rule.when.country, rule.when.region, regions=regions),
            *_of_rule(rule),
        ):
            yield "rules", position, problem
    for position, each in enumerate(requirements):
        for problem in (
            *_of_place(each.name, each.country, each.region, regions=regions),
            *_of_requirement(each),
        ):
            yield "requirements", position, problem


def _of_place(
    name: str,
    country: str | None,
    region: str | None,
    *,
    regions: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        yield f"a name has 1 to {NAME_LENGTH_MAX} characters"
    if country is not None and country not in COUNTRIES:
        yield f"no country {country!r}"
    if region is not None and region not in regions:
        yield f"no region {region!r}"


def _of_rule(rule: Rule) -> Iterator[str]:
    if not rule.levels:
        yield "it makes no level"
    if not 1 <= rule.attempts_max <= CHECK_COUNT_MAX:
        yield f"attempts_max is 1 to {CHECK_COUNT_MAX}"
    if not 0 <= rule.retry_hours <= HOURS_MAX:
        yield f"retry_hours is 0 to {HOURS_MAX}"
    for level, checks in rule.levels.items():
        yield from _of_level(level, checks)


def _of_level(level: int, checks: Sequence[CheckRule]) -> Iterator[str]:
    if not 0 <= level <= LEVEL_MAX:
        yield f"levels are 0 to {LEVEL_MAX}"
    if not 0 < len(checks) <= CHECK_COUNT_MAX:
        yield f"level {level} has 1 to {CHECK_COUNT_MAX} checks"
    if len({each.check for each in checks}) != len(checks):
        yield f"level {level} names a check twice"
    for each in checks:
        yield from _of_check(each)


def _of_check(each: CheckRule) -> Iterator[str]:
    if not 0 < len(each.by) <= VERIFIER_COUNT_MAX or len(set(each.by)) != len(each.by):
        yield f"{each.check.value} is answered by 1 to {VERIFIER_COUNT_MAX} verifiers, each once"
    if not all(fullmatch(INSTANCE, name) for name in each.by):
        yield f"{each.check.value} names a verifier that is none"
    for name, days in (("recheck_days", each.recheck_days), ("outage_days", each.outage_days)):
        if days is not None and not 1 <= days <= DAYS_MAX:
            yield f"{name} is 1 to {DAYS_MAX}"


def _of_requirement(each: Requirement) -> Iterator[str]:
    if not 1 <= each.level <= LEVEL_MAX:
        yield f"a required level is 1 to {LEVEL_MAX}"
    if each.currency is not None and not fullmatch(CURRENCY, each.currency):
        yield f"no currency {each.currency!r}"
    for amount in (each.amount_from_micros, each.year_from_micros):
        if amount is not None and (amount < 0 or each.currency is None):
            yield "an amount is above zero and has a currency"
    if each.provider is not None and not fullmatch(INSTANCE, each.provider):
        yield "no such provider"
