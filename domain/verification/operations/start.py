"""What a member does: begin a level, give what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from re import fullmatch
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_value, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused
from domain.given import NewId, Vault
from domain.jobs import enqueue
from domain.members import queries as members
from domain.provider import reference
from domain.verification import queries
from domain.verification.operations.rows import (
    lock_of_check,
    lock_verification,
    moved,
    save_check,
    save_verification,
    sealed,
    settle_standing,
    step_job,
)
from domain.verification.operations.screening import screen_again
from domain.verification.provider import CheckState, Entity
from domain.verification.queries import CheckRow, VerificationRow, phone_context
from domain.verification.rules import (
    OPEN,
    CheckRule,
    Rule,
    VerificationEvent,
    VerificationState,
    deciding,
    may_start,
)

PHONE: Final = r"\+[1-9][0-9]{6,14}"  # E.164
ADDRESS: Final = r"https?://\S{1,1900}"
FIELD_COUNT_MAX: Final = 20
FIELD_LENGTH_MAX: Final = 500
INPUTS_MAX: Final = 20  # for one check: who guesses a code is stopped by this


class LevelNotOffered(Refused):
    """No rule makes this level for this member."""

    code = "LEVEL_NOT_OFFERED"
    argument = "level"


class RetryLater(Refused):
    """A new attempt is not allowed yet, or not at all."""

    code = "RETRY_LATER"

    def __init__(self, retry_at: datetime | None) -> None:
        super().__init__(
            "no further attempt is possible: ask the support"
            if retry_at is None
            else f"a new attempt is possible from {retry_at:%Y-%m-%d %H:%M} UTC"
        )
        self.retry_at = retry_at


_LOCK_MEMBER: Final = "select pg_advisory_xact_lock(hashtextextended($1, 6))"
_ID_OF: Final = "select id from verification where member_id = $1 and level = $2"
_INSERT: Final = """
    insert into verification
        (id, member_id, level, state, attempt_no, decline_count, ruleset_version, rule_name,
         attempts_max, retry_hours, started_at, changed_at, reasons, return_url)
    values ($1, $2, $3, 'started', 1, 0, $4, $5, $6, $7, $8, $8, '{}', $9)
"""
_AGAIN: Final = """
    update verification set attempt_no = $2, ruleset_version = $3, rule_name = $4,
        attempts_max = $5, retry_hours = $6, started_at = $7, return_url = $8
    where id = $1
"""
_INSERT_CHECK: Final = """
    insert into verification_check
        (id, verification_id, attempt_no, kind, state, check_ref, verifiers, recheck_days,
         outage_days, tried, reasons, ask_count, look_up_count, away_count, is_for_people,
         is_stale, due_at, created_at, changed_at)
    values ($1, $2, $3, $4, 'unchecked', $5, $6, $7, $8, '{}', '{}', 0, 0, 0, false, false,
            $9, $9, $9)
"""
_PROFILE: Final = """
    insert into verification_profile (member_id, entity, phone, changed_at)
    values ($1, $2, $3, $4)
    on conflict (member_id) do update
    set entity = $2, phone = coalesce($3, verification_profile.phone), changed_at = $4
"""
_ASKS: Final = "select count(*) from verification_answer where check_id = $1"


@one_transaction
async def set_profile(
    *, member_id: UUID, entity: Entity, phone: str | None, vault: Vault, now: datetime
) -> None:
    """What verifiers may be told besides the registration. Refuses with `InvalidInput`.

    Who turns from a person into a business, or back, is screened again.
    """
    sealed_phone = None
    if phone is not None:
        if fullmatch(PHONE, phone) is None:
            raise InvalidInput("a phone number as +49301234567", path=("phone",))
        sealed_phone = vault.seal(phone.encode(), context=phone_context(member_id))
    if entity is not await queries.entity_of(member_id=member_id):
        await screen_again(member_id, now=now)
    await execute(_PROFILE, member_id, entity.value, sealed_phone, now)


@one_transaction
async def start_verification(
    *,
    member_id: UUID,
    level: int,
    region: str,
    new_id: NewId,
    now: datetime,
    return_url: str = "",
) -> UUID:
    """Begin, or begin again; the checks are asked by jobs. One that is under way stays.

    Refuses with `InvalidInput`, `LevelNotOffered` or `RetryLater`, and with `InvalidTransition`
    when the level is reached already.
    """
    _require_address(return_url)
    await fetch_value(_LOCK_MEMBER, str(member_id))
    rule, version = await _rule_for(member_id, level=level, now=now)
    verification_id = await fetch_value(_ID_OF, member_id, level)
    if verification_id is None:
        verification_id = new_id()
        attempt_no = 1
        await execute(
            _INSERT,
            verification_id,
            member_id,
            level,
            version,
            rule.name,
            rule.attempts_max,
            rule.retry_hours,
            now,
            return_url,
        )
    else:
        verification = await lock_verification(verification_id)
        assert verification is not None
        if verification.state in OPEN:
            return verification.id
        attempt_no = await _begin_again(
            verification, rule=rule, version=version, return_url=return_url, now=now
        )
    for each in rule.levels[level]:
        await _add_check(
            each, verification_id, attempt_no=attempt_no, region=region, new_id=new_id, now=now
        )
    await settle_standing(member_id, now=now)
    return UUID(str(verification_id))


@one_transaction
async def give_input(
    *,
    check_id: UUID,
    member_id: UUID,
    given: Mapping[str, str],
    vault: Vault,
    now: datetime,
) -> None:
    """What the member typed for a check, or just "ask again": the profile may be complete now.

    Refuses with `NotFound`, `InvalidInput` or `InvalidTransition`.
    """
    _require_plausible(given)
    found = await lock_of_check(check_id)
    if found is None or found[0].member_id != member_id:
        raise NotFound("no such check")
    verification, check = found
    is_open = verification.state in OPEN and check.attempt_no == verification.attempt_no
    if not is_open or check.state is not CheckState.NEEDS_INPUT:
        raise InvalidTransition(subject="the check", state=check.state, event="give_input")
    if await fetch_value(_ASKS, check.id) >= INPUTS_MAX:
        raise InvalidTransition(subject="the check", state=check.state, event="give_input_again")
    after = replace(check, due_at=now)
    if given:
        content = msgspec.json.encode(dict(given))
        after = replace(after, given=sealed(vault, check.id, "given", content))
    await save_check(check, after, now=now)
    await enqueue([step_job(after, why="input")])


async def _rule_for(member_id: UUID, *, level: int, now: datetime) -> tuple[Rule, int]:
    ruleset = await queries.ruleset_at(now)
    member = (await members.members_by_id(ids=[member_id])).get(member_id)
    if member is None:
        raise NotFound("no such member")
    entity = await queries.entity_of(member_id=member_id)
    rule = deciding(ruleset, country=member.country, roles=member.roles, entity=entity)
    if rule is None or level not in rule.levels:
        raise LevelNotOffered(f"level {level} is not offered to you")
    assert ruleset.version is not None, "the built-in one has no rules"
    return rule, ruleset.version


async def _begin_again(
    verification: VerificationRow, *, rule: Rule, version: int, return_url: str, now: datetime
) -> int:
    if verification.state is VerificationState.VERIFIED:
        raise InvalidTransition(
            subject="the verification", state=verification.state, event=VerificationEvent.START
        )
    if not may_start(verification.state, retry_at=verification.retry_at, now=now):
        raise RetryLater(verification.retry_at)
    again = moved(verification, VerificationEvent.START, now=now)
    attempt_no = verification.attempt_no + 1
    await save_verification(again, now=now)
    await execute(
        _AGAIN,
        verification.id,
        attempt_no,
        version,
        rule.name,
        rule.attempts_max,
        rule.retry_hours,
        now,
        return_url,
    )
    return attempt_no


async def _add_check(
    rule: CheckRule,
    verification_id: UUID,
    *,
    attempt_no: int,
    region: str,
    new_id: NewId,
    now: datetime,
) -> None:
    check_id = new_id()
    await execute(
        _INSERT_CHECK,
        check_id,
        verification_id,
        attempt_no,
        rule.check.value,
        reference(kind="C", region=region, id_=check_id),
        list(rule.by),
        rule.recheck_days,
        rule.outage_days,
        now,
    )
    added: CheckRow = (await queries.checks_by_id(ids=[check_id]))[check_id]
    await enqueue([step_job(added)])


def _require_address(return_url: str) -> None:
    is_web = fullmatch(ADDRESS, return_url) is not None and return_url.isprintable()
    if return_url and not is_web:
        raise InvalidInput("not an address of the web", path=("return_url",))


def _require_plausible(given: Mapping[str, str]) -> None:
    if len(given) > FIELD_COUNT_MAX:
        raise InvalidInput("too many fields", path=("fields",))
    for name, value in given.items():
        if not name or max(len(name), len(value)) > FIELD_LENGTH_MAX:
            raise InvalidInput("a field is too long", path=("fields",))
        if not (name + value.replace("\n", " ")).isprintable():  # a zone of a document has lines
            raise InvalidInput("a field has characters that cannot be shown", path=("fields",))
