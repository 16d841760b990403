"""Reads of rulesets: the one in force, and any version for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row, fetch_value
from domain.routing.provider import FeePayer, Rail
from domain.routing.rules import Rule, Ruleset, RulesetState, Schedule, When

RULESETS_MAX: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesetRecord:
    version: int
    state: RulesetState
    effective_from: datetime
    note: str
    author_id: UUID
    created_at: datetime
    approver_id: UUID | None
    approved_at: datetime | None
    withdrawn_by: UUID | None
    withdrawn_at: datetime | None
    rules: tuple[Rule, ...]


_IN_FORCE: Final = """
    select version from routing_ruleset where state = 'approved' and effective_from <= $1
    order by effective_from desc, version desc limit 1
"""
_RULE_COLUMNS: Final = """
    version, position, name, country, region, destination_country, currency, amount_from_micros,
    amount_to_micros, destination_kind, rail, level, member_age_days, legal_entity, providers,
    router, minimum_micros, max_fee_basis_points, fee_payer, schedule, hold_hours
"""
_RULES: Final = f"""
    select {_RULE_COLUMNS} from routing_rule where version = any($1) order by version, position
"""  # noqa: S608  # our own column list
_RULESETS: Final = """
    select version, state, effective_from, note, author_id, created_at, approver_id, approved_at,
           withdrawn_by, withdrawn_at
    from routing_ruleset
"""
_NEWEST: Final = _RULESETS + " order by version desc limit $1"
_ONE: Final = _RULESETS + " where version = $1"


async def ruleset_at(moment: datetime) -> Ruleset:
    """The approved one that is effective then; without any, the built-in one."""
    version = await fetch_value(_IN_FORCE, moment)
    return Ruleset() if version is None else await ruleset(version)


async def ruleset(version: int) -> Ruleset:
    """Of any state, for a preview; without rules when there is no such version."""
    rules = (await _rules([version]))[version]
    return Ruleset(rules=rules, version=version, regions=await regions())


async def regions() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in await fetch("select name, country from routing_region"):
        found.setdefault(row["name"], set()).add(row["country"])
    return {name: frozenset(countries) for name, countries in found.items()}


async def ruleset_record(version: int) -> RulesetRecord | None:
    row = await fetch_row(_ONE, version)
    return None if row is None else _record(row, (await _rules([version]))[version])


async def rulesets() -> list[RulesetRecord]:
    """The newest 20, newest first, whatever became of them."""
    rows = await fetch(_NEWEST, RULESETS_MAX)
    rules = await _rules([row["version"] for row in rows])
    return [_record(row, rules[row["version"]]) for row in rows]


async def _rules(versions: Sequence[int]) -> dict[int, tuple[Rule, ...]]:
    found: dict[int, list[Rule]] = {version: [] for version in versions}
    for row in await fetch(_RULES, list(versions)):
        found[row["version"]].append(_rule(row))
    return {version: tuple(rules) for version, rules in found.items()}


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        name=row["name"],
        when=When(
            country=row["country"],
            region=row["region"],
            destination_country=row["destination_country"],
            currency=row["currency"],
            amount_from_micros=row["amount_from_micros"],
            amount_to_micros=row["amount_to_micros"],
            destination_kind=row["destination_kind"],
            rail=None if row["rail"] is None else Rail(row["rail"]),
            level=row["level"],
            member_age_days=row["member_age_days"],
            legal_entity=row["legal_entity"],
        ),
        providers=tuple(row["providers"]),
        router=row["router"],
        minimum_micros=row["minimum_micros"],
        max_fee_basis_points=row["max_fee_basis_points"],
        fee_payer=FeePayer(row["fee_payer"]),
        schedule=Schedule(row["schedule"]),
        hold_hours=row["hold_hours"],
    )


def _record(row: Mapping[str, Any], rules: tuple[Rule, ...]) -> RulesetRecord:
    return RulesetRecord(
        version=row["version"],
        state=RulesetState(row["state"]),
        effective_from=row["effective_from"],
        note=row["note"],
        author_id=row["author_id"],
        created_at=row["created_at"],
        approver_id=row["approver_id"],
        approved_at=row["approved_at"],
        withdrawn_by=row["withdrawn_by"],
        withdrawn_at=row["withdrawn_at"],
        rules=rules,
    )
