"""Reads of verifications: what a member sees, what people decide about, and the rules in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row, fetch_value
from domain.given import Vault
from domain.members.rules import Role
from domain.routing import queries as routing
from domain.verification.provider import CheckKind, CheckState, Entity
from domain.verification.rules import (
    CheckRule,
    Requirement,
    Rule,
    Ruleset,
    RulesetState,
    VerificationState,
    When,
)

RULESETS_MAX: Final = 20


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesetRecord:
    version: int
    state: RulesetState
    effective_from: datetime
    note: str
    author_id: UUID
    approver_id: UUID | None
    ruleset: Ruleset


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
_PROFILE: Final = "select entity, phone from verification_profile where member_id = $1"
_IN_FORCE: Final = """
    select version from verification_ruleset where state = 'approved' and effective_from <= $1
    order by effective_from desc, version desc limit 1
"""
_RULES: Final = """
    select name, country, region, role, entity, levels, attempts_max, retry_hours
    from verification_rule where version = $1 order by position
"""
_REQUIREMENTS: Final = """
    select name, level, country, region, currency, amount_from_micros, year_from_micros, provider
    from verification_requirement where version = $1 order by position
"""
_RULESETS: Final = """
    select version, state, effective_from, note, author_id, approver_id from verification_ruleset
    order by version desc limit $1
"""
_ONE_RULESET: Final = """
    select version, state, effective_from, note, author_id, approver_id from verification_ruleset
    where version = $1
"""


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
    row = await fetch_row(_PROFILE, member_id)
    if row is None:
        return Profile()
    phone = row["phone"]
    return Profile(
        entity=Entity(row["entity"]),
        phone=None
        if phone is None
        else vault.unseal(phone, context=phone_context(member_id)).decode(),
    )


async def entity_of(*, member_id: UUID) -> Entity:
    row = await fetch_row(_PROFILE, member_id)
    return Entity.PERSON if row is None else Entity(row["entity"])


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


async def ruleset_at(moment: datetime) -> Ruleset:
    """The approved one that is effective then; without any, nothing is checked or required."""
    version = await fetch_value(_IN_FORCE, moment)
    return Ruleset() if version is None else await ruleset(version)


async def ruleset(version: int) -> Ruleset:
    return Ruleset(
        rules=tuple(_rule(row) for row in await fetch(_RULES, version)),
        requirements=tuple(
            Requirement(**dict(row.items())) for row in await fetch(_REQUIREMENTS, version)
        ),
        version=version,
        regions=await routing.regions(),
    )


async def ruleset_record(version: int) -> RulesetRecord | None:
    row = await fetch_row(_ONE_RULESET, version)
    return None if row is None else await _record(row)


async def rulesets() -> list[RulesetRecord]:
    """The newest 20, newest first, whatever became of them."""
    return [await _record(row) for row in await fetch(_RULESETS, RULESETS_MAX)]


async def _record(row: Mapping[str, Any]) -> RulesetRecord:
    return RulesetRecord(
        version=row["version"],
        state=RulesetState(row["state"]),
        effective_from=row["effective_from"],
        note=row["note"],
        author_id=row["author_id"],
        approver_id=row["approver_id"],
        ruleset=await ruleset(row["version"]),
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


QUEUE_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRecord:
    list_id: str
    entry_id: str
    entry_name: str = field(repr=False)
    score: int
    programmes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    id: UUID
    name: str
    media_type: str
    byte_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A check that waits for people, with what they need to decide and nothing else."""

    check: CheckRow
    verification: VerificationRow
    staff_details: tuple[str, ...]
    accepted_by: tuple[UUID, ...]
    hits: tuple[HitRecord, ...]
    uploads: tuple[UploadRecord, ...]


_QUEUE: Final = """
    select c.id from verification_check c
    where c.is_for_people order by c.changed_at, c.id limit $1
"""
_DETAILS: Final = """
    select staff_details from verification_answer where check_id = $1
    order by answered_at desc, id desc limit 1
"""
_ACCEPTED: Final = """
    select decided_by from verification_decision
    where check_id = $1 and ask_no = $2 and action = 'accept' order by decided_at
"""
_HITS: Final = """
    select list_id, entry_id, entry_name, score, programmes from verification_hit
    where check_id = $1 and state = 'open' order by score desc, id
"""
_UPLOADS: Final = """
    select id, name, media_type, byte_count from verification_upload
    where check_id = $1 and content is not null order by name
"""


def hit_context(member_id: UUID) -> bytes:
    return f"verification_hit:{member_id}:entry_name".encode()


async def queue(*, vault: Vault) -> list[Case]:
    """What waits for people, the oldest first, at most 100."""
    return [await _case(row["id"], vault=vault) for row in await fetch(_QUEUE, QUEUE_MAX)]


async def _case(check_id: UUID, *, vault: Vault) -> Case:
    check = (await checks_by_id(ids=[check_id]))[check_id]
    verification = (await verifications_by_id(ids=[check.verification_id]))[check.verification_id]
    context = hit_context(verification.member_id)
    return Case(
        check=check,
        verification=verification,
        staff_details=tuple(await fetch_value(_DETAILS, check_id) or ()),
        accepted_by=tuple(
            row["decided_by"] for row in await fetch(_ACCEPTED, check_id, check.ask_count)
        ),
        hits=tuple(
            HitRecord(
                list_id=row["list_id"],
                entry_id=row["entry_id"],
                entry_name=vault.unseal(row["entry_name"], context=context).decode(),
                score=row["score"],
                programmes=tuple(row["programmes"]),
            )
            for row in await fetch(_HITS, check_id)
        ),
        uploads=tuple(UploadRecord(**row) for row in await fetch(_UPLOADS, check_id)),
    )
