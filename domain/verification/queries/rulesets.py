"""The rules in force, and those that were or will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row, fetch_value
from domain.members.rules import Role
from domain.routing import queries as routing
from domain.verification.provider import Entity
from domain.verification.rules import CheckRule, Requirement, Rule, Ruleset, RulesetState, When

RULESETS_MAX: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesetRecord:
    version: int
    state: RulesetState
    effective_from: datetime
    note: str
    author_id: UUID
    approver_id: UUID | None
    ruleset: Ruleset


_IN_FORCE: Final = """
    select version from verification_ruleset where state = 'approved' and effective_from <= $1
    order by effective_from desc, version desc limit 1
"""
_RULES: Final = """
    select version, name, country, region, role, entity, levels, attempts_max, retry_hours
    from verification_rule where version = any($1) order by version, position
"""
_REQUIREMENTS: Final = """
    select version, name, level, country, region, currency, amount_from_micros, year_from_micros,
           provider
    from verification_requirement where version = any($1) order by version, position
"""
_RULESETS: Final = """
    select version, state, effective_from, note, author_id, approver_id from verification_ruleset
    order by version desc limit $1
"""
_ONE_RULESET: Final = """
    select version, state, effective_from, note, author_id, approver_id from verification_ruleset
    where version = $1
"""


async def ruleset_at(moment: datetime) -> Ruleset:
    """The approved one that is effective then; without any, nothing is checked or required."""
    version = await fetch_value(_IN_FORCE, moment)
    return Ruleset() if version is None else await ruleset(version)


async def ruleset(version: int) -> Ruleset:
    return (await _rulesets_by_version([version]))[version]


async def _rulesets_by_version(versions: Sequence[int]) -> dict[int, Ruleset]:
    rules: dict[int, list[Rule]] = {each: [] for each in versions}
    for row in await fetch(_RULES, list(versions)):
        rules[row["version"]].append(_rule(row))
    requirements: dict[int, list[Requirement]] = {each: [] for each in versions}
    for row in await fetch(_REQUIREMENTS, list(versions)):
        told = {name: row[name] for name in Requirement.__slots__}
        requirements[row["version"]].append(Requirement(**told))
    regions = await routing.regions()
    return {
        each: Ruleset(
            rules=tuple(rules[each]),
            requirements=tuple(requirements[each]),
            version=each,
            regions=regions,
        )
        for each in versions
    }


async def ruleset_record(version: int) -> RulesetRecord | None:
    row = await fetch_row(_ONE_RULESET, version)
    return None if row is None else _record(row, await ruleset(version))


async def rulesets() -> list[RulesetRecord]:
    """The newest 20, newest first, whatever became of them."""
    rows = await fetch(_RULESETS, RULESETS_MAX)
    held = await _rulesets_by_version([row["version"] for row in rows])
    return [_record(row, held[row["version"]]) for row in rows]


def _record(row: Mapping[str, Any], held: Ruleset) -> RulesetRecord:
    return RulesetRecord(
        version=row["version"],
        state=RulesetState(row["state"]),
        effective_from=row["effective_from"],
        note=row["note"],
        author_id=row["author_id"],
        approver_id=row["approver_id"],
        ruleset=held,
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    levels = msgspec.json.decode(row["levels"])
    return Rule(
        name=row["name"],
        when=When(
            country=row["country"],
            region=row["region"],
            role=None if row["role"] is None else Role(row["role"]),
            entity=None if row["entity"] is None else Entity(row["entity"]),
        ),
        levels={
            int(level): tuple(msgspec.convert(each, type=CheckRule) for each in checks)
            for level, checks in levels.items()
        },
        attempts_max=row["attempts_max"],
        retry_hours=row["retry_hours"],
    )
