"""One person writes which checks make a level, another approves it; nobody edits one.

`domain.routing` does the like with rows of its own. Shared is only who counts as a second person:
what is whole, what is locked and what an approval starts differ, and will differ more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.routing import queries as routing
from domain.texts import require_text
from domain.verification.rules import (
    RULE_COUNT_MAX,
    Requirement,
    Rule,
    RulesetState,
    problems_of,
)

NOTE_LENGTH_MAX: Final = 1_000
CLOCK_TOLERANCE: Final = timedelta(minutes=5)

_LOCK_VERSIONS: Final = "select pg_advisory_xact_lock(hashtext('verification_ruleset'))"
_INSERT: Final = """
    insert into verification_ruleset (version, state, effective_from, note, author_id, created_at)
    select coalesce(max(version), 0) + 1, 'draft', $1, $2, $3, $4 from verification_ruleset
    returning version
"""
_INSERT_RULE: Final = """
    insert into verification_rule
        (id, version, position, name, country, region, role, entity, levels, attempts_max,
         retry_hours)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11)
"""
_INSERT_REQUIREMENT: Final = """
    insert into verification_requirement
        (id, version, position, name, level, country, region, currency, amount_from_micros,
         year_from_micros, provider)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_LOCK: Final = "select state, author_id from verification_ruleset where version = $1 for update"
_APPROVE: Final = """
    update verification_ruleset set state = 'approved', approver_id = $2, approved_at = $3
    where version = $1
"""
_WITHDRAW: Final = """
    update verification_ruleset set state = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3
    where version = $1
"""


@one_transaction
async def draft_ruleset(
    *,
    author_id: UUID,
    rules: Sequence[Rule],
    requirements: Sequence[Requirement],
    effective_from: datetime,
    note: str,
    new_id: NewId,
    now: datetime,
) -> int:
    """The version of a new draft. Refuses with `NotAllowed`, or with `InvalidInput`, which names
    the rule at fault.
    """
    await members.require_role(member_id=author_id, role=Role.FINANCE)
    if effective_from < now - CLOCK_TOLERANCE:
        raise InvalidInput("a ruleset never begins in the past", path=("effective_from",))
    _require_whole(rules, requirements, note=note)
    for name, position, problem in problems_of(
        rules, requirements, regions=await routing.regions()
    ):
        raise InvalidInput(problem, path=(name, str(position)))
    await fetch_value(_LOCK_VERSIONS)
    version: int = await fetch_value(_INSERT, effective_from, note, author_id, now)
    for position, rule in enumerate(rules):
        await execute(_INSERT_RULE, new_id(), version, position, *_values(rule))
    for position, each in enumerate(requirements):
        await execute(_INSERT_REQUIREMENT, new_id(), version, position, *_needs(each))
    return version


@one_transaction
async def approve_ruleset(*, version: int, approver_id: UUID, now: datetime) -> None:
    """From its day on it decides. Refuses with `NotAllowed`, `NotFound`, `InvalidTransition` or
    `SecondPersonNeeded`.
    """
    await members.require_role(member_id=approver_id, role=Role.FINANCE)
    row = await _locked(version, state=RulesetState.DRAFT, event="approve")
    if row["author_id"] == approver_id:
        raise SecondPersonNeeded("another person approves what you have written")
    await execute(_APPROVE, version, approver_id, now)


@one_transaction
async def withdraw_ruleset(*, version: int, member_id: UUID, now: datetime) -> None:
    """The version before it decides again; one person is enough to stop.

    Refuses with `NotAllowed`, `NotFound` or `InvalidTransition`.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    await _locked(version, state=None, event="withdraw")
    await execute(_WITHDRAW, version, member_id, now)


def _require_whole(
    rules: Sequence[Rule], requirements: Sequence[Requirement], *, note: str
) -> None:
    for name, given in (("rules", rules), ("requirements", requirements)):
        if len(given) > RULE_COUNT_MAX:
            raise InvalidInput(f"a ruleset has at most {RULE_COUNT_MAX} {name}", path=(name,))
    if not rules:
        raise InvalidInput("a ruleset has a rule", path=("rules",))
    require_text(note, path="note", least=0, most=NOTE_LENGTH_MAX)


async def _locked(version: int, *, state: RulesetState | None, event: str) -> Any:
    row = await fetch_row(_LOCK, version)
    if row is None:
        raise NotFound("no such ruleset")
    is_wrong = state is not None and row["state"] != state
    if is_wrong or row["state"] == RulesetState.WITHDRAWN:
        raise InvalidTransition(subject="the ruleset", state=row["state"], event=event)
    return row


def _values(rule: Rule) -> tuple[object, ...]:
    when = rule.when
    levels = {str(level): checks for level, checks in rule.levels.items()}
    return (
        rule.name,
        when.country,
        when.region,
        None if when.role is None else when.role.value,
        None if when.entity is None else when.entity.value,
        msgspec.json.encode(levels).decode(),
        rule.attempts_max,
        rule.retry_hours,
    )


def _needs(each: Requirement) -> tuple[object, ...]:
    return (
        each.name,
        each.level,
        each.country,
        each.region,
        each.currency,
        each.amount_from_micros,
        each.year_from_micros,
        each.provider,
    )
