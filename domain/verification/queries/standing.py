"""What a member has proven: verifications, their checks, and what was given for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_value
from domain.given import Vault
from domain.verification.provider import CheckKind, CheckState, Entity
from domain.verification.rules import PASSED, VerificationState


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    id: UUID
    verification_id: UUID
    attempt_no: int
    kind: CheckKind
    state: CheckState
    check_ref: str
    verifiers: tuple[str, ...]
    recheck_days: int | None
    outage_days: int
    tried: tuple[str, ...]
    instance_id: str | None
    provider_ref: str | None
    redirect_url: bytes | None = field(repr=False)
    given: bytes | None = field(repr=False)
    facts: bytes | None = field(repr=False)
    reasons: tuple[str, ...]
    ask_count: int
    look_up_count: int
    away_count: int
    is_for_people: bool
    is_stale: bool
    due_at: datetime | None
    recheck_at: datetime | None
    valid_until: date | None
    changed_at: datetime
    redact_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRow:
    id: UUID
    member_id: UUID
    level: int
    state: VerificationState
    attempt_no: int
    decline_count: int
    ruleset_version: int
    rule_name: str
    attempts_max: int
    retry_hours: int
    started_at: datetime
    decided_at: datetime | None
    valid_until: date | None
    retry_at: datetime | None
    reasons: tuple[str, ...]
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    level: int = 0
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    entity: Entity = Entity.PERSON
    phone: str | None = field(default=None, repr=False)


CHECK_COLUMNS: Final = """
    id, verification_id, attempt_no, kind, state, check_ref, verifiers, recheck_days, outage_days,
    tried, instance_id, provider_ref, redirect_url, given, facts, reasons, ask_count,
    look_up_count, away_count, is_for_people, is_stale, due_at, recheck_at, valid_until,
    changed_at, redact_at
"""
VERIFICATION_COLUMNS: Final = """
    id, member_id, level, state, attempt_no, decline_count, ruleset_version, rule_name,
    attempts_max, retry_hours, started_at, decided_at, valid_until, retry_at, reasons, return_url
"""
_CHECKS: Final = f"""
    select {CHECK_COLUMNS} from verification_check c
    where exists (select from verification v where v.id = c.verification_id
                  and v.attempt_no = c.attempt_no) and verification_id = any($1)
    order by verification_id, created_at, id
"""  # noqa: S608  # our own columns
_CHECK: Final = f"select {CHECK_COLUMNS} from verification_check where id = any($1)"  # noqa: S608  # as above
_OF_MEMBERS: Final = f"""
    select {VERIFICATION_COLUMNS} from verification where member_id = any($1) order by level
"""  # noqa: S608  # as above
_BY_ID: Final = f"select {VERIFICATION_COLUMNS} from verification where id = any($1)"  # noqa: S608  # as above
_STANDINGS: Final = """
    select member_id, level, is_held from verification_standing where member_id = any($1)
"""
_PROFILES: Final = """
    select member_id, entity, phone from verification_profile where member_id = any($1)
"""
_ENTITY: Final = "select entity from verification_profile where member_id = $1"


def phone_context(member_id: UUID) -> bytes:
    return f"verification_profile:{member_id}:phone".encode()


def check_context(check_id: UUID, column: str) -> bytes:
    return f"verification_check:{check_id}:{column}".encode()


def check_row(row: Mapping[str, Any]) -> CheckRow:
    told = {name: row[name] for name in CheckRow.__slots__}
    told |= {name: tuple(row[name]) for name in ("verifiers", "tried", "reasons")}
    told |= {"kind": CheckKind(row["kind"]), "state": CheckState(row["state"])}
    return CheckRow(**told)


def verification_row(row: Mapping[str, Any]) -> VerificationRow:
    told = {name: row[name] for name in VerificationRow.__slots__}
    return VerificationRow(
        **(told | {"state": VerificationState(row["state"]), "reasons": tuple(row["reasons"])})
    )


async def verifications_of(*, member_ids: Sequence[UUID]) -> dict[UUID, list[VerificationRow]]:
    found: dict[UUID, list[VerificationRow]] = {each: [] for each in member_ids}
    for row in await fetch(_OF_MEMBERS, list(member_ids)):
        found[row["member_id"]].append(verification_row(row))
    return found


async def verifications_by_id(*, ids: Sequence[UUID]) -> dict[UUID, VerificationRow]:
    return {row["id"]: verification_row(row) for row in await fetch(_BY_ID, list(ids))}


async def checks_of(*, verification_ids: Sequence[UUID]) -> dict[UUID, list[CheckRow]]:
    """Of the attempt that counts; those of earlier ones are history."""
    found: dict[UUID, list[CheckRow]] = {each: [] for each in verification_ids}
    for row in await fetch(_CHECKS, list(verification_ids)):
        found[row["verification_id"]].append(check_row(row))
    return found


async def checks_by_id(*, ids: Sequence[UUID]) -> dict[UUID, CheckRow]:
    return {row["id"]: check_row(row) for row in await fetch(_CHECK, list(ids))}


async def standings(*, member_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    found = {each: Standing() for each in member_ids}
    for row in await fetch(_STANDINGS, list(member_ids)):
        found[row["member_id"]] = Standing(level=row["level"], is_held=row["is_held"])
    return found


async def profile(*, member_id: UUID, vault: Vault) -> Profile:
    return (await profiles(member_ids=[member_id], vault=vault))[member_id]


async def profiles(*, member_ids: Sequence[UUID], vault: Vault) -> dict[UUID, Profile]:
    """Somebody who has said nothing is a person without a phone."""
    found = {each: Profile() for each in member_ids}
    for row in await fetch(_PROFILES, list(member_ids)):
        member_id, phone = row["member_id"], row["phone"]
        if phone is not None:
            phone = vault.unseal(phone, context=phone_context(member_id)).decode()
        found[member_id] = Profile(entity=Entity(row["entity"]), phone=phone)
    return found


async def entity_of(*, member_id: UUID) -> Entity:
    entity = await fetch_value(_ENTITY, member_id)
    return Entity.PERSON if entity is None else Entity(entity)


def waits_for_people(check: CheckRow) -> bool:
    """It holds, while people decide whether what its re-check found counts as well. Its facts and
    its end are then those that nobody has accepted yet.
    """
    return check.is_for_people and check.state in PASSED


def redirect_of(check: CheckRow, *, vault: Vault) -> str | None:
    """Where the member goes on; for the member alone."""
    if check.redirect_url is None:
        return None
    return vault.unseal(
        check.redirect_url, context=check_context(check.id, "redirect_url")
    ).decode()


def given_of(check: CheckRow, *, vault: Vault) -> Mapping[str, str]:
    if check.given is None:
        return {}
    opened = vault.unseal(check.given, context=check_context(check.id, "given"))
    return msgspec.json.decode(opened, type=dict[str, str])


def facts_of(check: CheckRow, *, vault: Vault) -> Mapping[str, str]:
    """What was verified last, or is to be accepted by a person."""
    if check.facts is None:
        return {}
    opened = vault.unseal(check.facts, context=check_context(check.id, "facts"))
    return msgspec.json.decode(opened, type=dict[str, str])
