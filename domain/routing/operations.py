"""One person writes a ruleset, another approves it; nobody edits one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.routing import queries
from domain.routing.rules import RULE_COUNT_MAX, Rule, RulesetState, problems_of
from domain.texts import require_text

NOTE_LENGTH_MAX: Final = 1_000
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


_LOCK_VERSIONS: Final = "select pg_advisory_xact_lock(hashtext('routing_ruleset'))"
_INSERT: Final = """
    insert into routing_ruleset (version, state, effective_from, note, author_id, created_at)
    select coalesce(max(version), 0) + 1, 'draft', $1, $2, $3, $4 from routing_ruleset
    returning version
"""
_INSERT_RULE: Final = """
    insert into routing_rule
        (id, version, position, name, country, region, destination_country, currency,
         amount_from_micros, amount_to_micros, destination_kind, rail, level, member_age_days,
         legal_entity, providers, router, minimum_micros, max_fee_basis_points, fee_payer,
         schedule, hold_hours)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22)
"""
_LOCK: Final = "select state, author_id from routing_ruleset where version = $1 for update"
_APPROVE: Final = """
    update routing_ruleset set state = 'approved', approver_id = $2, approved_at = $3
    where version = $1
"""
_WITHDRAW: Final = """
    update routing_ruleset set state = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3
    where version = $1
"""


@one_transaction
async def draft_ruleset(
    *,
    author_id: UUID,
    rules: Sequence[Rule],
    effective_from: datetime,
    note: str,
    new_id: NewId,
    now: datetime,
) -> int:
    """The version of a new draft. Refuses with `NotAllowed`, or with `InvalidInput`, which names
    the rule at fault.
    """
    await members.require_role(member_id=author_id, role=Role.FINANCE)
    if not 0 < len(rules) <= RULE_COUNT_MAX:
        raise InvalidInput(f"a ruleset has 1 to {RULE_COUNT_MAX} rules", path=("rules",))
    require_text(note, path="note", least=0, most=NOTE_LENGTH_MAX)
    if effective_from < now - CLOCK_TOLERANCE:
        raise InvalidInput("a ruleset never begins in the past", path=("effective_from",))
    for position, problem in problems_of(rules, regions=await queries.regions()):
        raise InvalidInput(problem, path=("rules", str(position)))
    await fetch_value(_LOCK_VERSIONS)
    version: int = await fetch_value(_INSERT, effective_from, note, author_id, now)
    for position, rule in enumerate(rules):
        await execute(_INSERT_RULE, new_id(), version, position, *_values(rule))
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


async def _locked(version: int, *, state: RulesetState | None, event: str) -> Any:
    row = await fetch_row(_LOCK, version)
    if row is None:
        raise NotFound("no such ruleset")
    is_wrong = state is not None and row["state"] != state
    if is_wrong or row["state"] == RulesetState.WITHDRAWN:
        raise InvalidTransition(subject="the ruleset", state=row["state"], event=event)
    return row


def _values(rule: Rule) -> tuple[object, ...]:
    """In the order of the columns, which is that of `When` and `Rule`."""
    return (
        rule.name,
        *astuple(rule.when),
        list(rule.providers),
        rule.router,
        rule.minimum_micros,
        rule.max_fee_basis_points,
        rule.fee_payer.value,
        rule.schedule.value,
        rule.hold_hours,
    )
