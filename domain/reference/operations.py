"""Adds rows of law and confirms unverified ones. No row is ever edited."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from re import fullmatch
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidTransition, NotAllowed, NotFound
from domain.members import queries as members
from domain.members.rules import Role
from domain.reference import queries
from domain.reference.rules import KIND_PATTERN, NOTE_LENGTH_MAX, REVISION_MAX, RuleKey
from domain.texts import has_unprintable, require_text

REFERENCE_FILES: Final = Path(__file__).parent.parent.parent / "migrations" / "reference"
_INSERT: Final = """
    insert into reference_rule
        (rule_kind, scope, valid_from, revision, valid_to, value, source, verified_on)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (rule_kind, scope, valid_from, revision) do nothing
"""
_SAME: Final = """
    select (valid_to, value, source) is not distinct from ($5::date, $6::jsonb, $7::text)
    from reference_rule where rule_kind = $1 and scope = $2 and valid_from = $3 and revision = $4
"""
_CONFIRM: Final = """
    update reference_rule set confirmed_by = $5, confirmed_at = $6, confirmed_note = $7
    where rule_kind = $1 and scope = $2 and valid_from = $3 and revision = $4
      and verified_on is null and confirmed_by is null
"""


async def load_reference_file(*, name: str) -> None:
    """The rows of `migrations/reference/<name>.toml`; a later migration may load it again, grown.

    Raises `ValueError` when a row that was loaded says something else now.
    """
    assert in_transaction()
    content = tomllib.loads((REFERENCE_FILES / f"{name}.toml").read_text())
    for row in content["rule"]:
        await add_rule(
            rule_kind=content["rule_kind"],
            scope=row["scope"],
            valid_from=row["valid_from"],
            revision=row.get("revision", 1),
            valid_to=row.get("valid_to"),
            value=row["value"],
            source=row["source"],
            verified_on=row.get("verified_on"),
        )


async def add_rule(
    *,
    rule_kind: str,
    scope: str,
    valid_from: date,
    value: dict[str, Any],
    source: str,
    revision: int = 1,
    valid_to: date | None = None,
    verified_on: date | None = None,
) -> None:
    """A new row; the same one again is none. Raises `ValueError` for another under the same key."""
    assert in_transaction()
    if not fullmatch(KIND_PATTERN, rule_kind):
        raise ValueError(f"{rule_kind!r} names no kind of rule")
    key = (rule_kind, scope, valid_from, revision)
    content = (valid_to, msgspec.json.encode(value).decode(), source)
    if await execute(_INSERT, *key, *content, verified_on):
        return
    if not await fetch_value(_SAME, *key, *content):
        raise ValueError(f"{rule_kind} {scope} {valid_from} is there already: add a revision")


@one_transaction
async def confirm_rule(*, actor_id: UUID, key: RuleKey, note: str, now: datetime) -> None:
    """Finance accepts an unverified row; from then on the flag names the person.

    Refuses with `NotAllowed`, `NotFound`, `InvalidInput` or `InvalidTransition`.
    """
    actor = (await members.members_by_id(ids=[actor_id])).get(actor_id)
    if actor is None or Role.FINANCE not in actor.roles:
        raise NotAllowed("only finance confirms rules")
    require_text(note, path="note", most=NOTE_LENGTH_MAX)
    if has_unprintable(key.rule_kind + key.scope) or not 1 <= key.revision <= REVISION_MAX:
        raise NotFound("no such rule")
    row = (key.rule_kind, key.scope, key.valid_from, key.revision)
    if await execute(_CONFIRM, *row, actor_id, now, note.strip()):
        return
    known = (await queries.rules_by_key(keys=[key])).get(key)
    if known is None:
        raise NotFound("no such rule")
    state = "confirmed" if known.confirmed_by else "verified"
    raise InvalidTransition(subject="the rule", state=state, event="confirm")
