"""A ruleset as people write it: TOML with `[[verification]]` and `[[required]]` tables."""

from __future__ import annotations

import tomllib
from typing import Any, Final

import msgspec

from domain.members.rules import Role
from domain.verification.provider import CheckKind, Entity
from domain.verification.rules.ruleset import (
    ATTEMPTS_MAX,
    OUTAGE_DAYS,
    RETRY_HOURS,
    CheckRule,
    Requirement,
    Rule,
    When,
)

TEXT_LENGTH_MAX: Final = 100_000


class _Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A misspelt key is refused."""


class _Check(_Table, frozen=True, kw_only=True):
    check: CheckKind
    by: tuple[str, ...]
    recheck_days: int | None = None
    outage_days: int = OUTAGE_DAYS


class _When(_Table, frozen=True, kw_only=True):
    country: str | None = None
    region: str | None = None
    role: Role | None = None
    entity: Entity | None = None


class _Rule(_Table, frozen=True, kw_only=True):
    name: str
    level: dict[str, tuple[_Check, ...]]
    when: _When = _When()
    attempts_max: int = ATTEMPTS_MAX
    retry_hours: int = RETRY_HOURS


class _Payment(_Table, frozen=True, kw_only=True):
    country: str | None = None
    region: str | None = None
    currency: str | None = None
    amount_from_micros: int | None = None
    year_from_micros: int | None = None
    provider: str | None = None


class _Required(_Table, frozen=True, kw_only=True):
    name: str
    level: int
    when: _Payment = _Payment()


class _File(_Table, frozen=True, kw_only=True):
    verification: tuple[_Rule, ...] = ()
    required: tuple[_Required, ...] = ()


class NotReadable(ValueError):
    """Says where the fault is."""


def read_ruleset(text: str) -> tuple[list[Rule], list[Requirement]]:
    """Raises `NotReadable`. Words such as `DOCUMENT` may be in capitals, as in GraphQL."""
    if len(text) > TEXT_LENGTH_MAX:
        raise NotReadable(f"more than {TEXT_LENGTH_MAX} characters")
    try:
        file = msgspec.convert(_lowered(tomllib.loads(text)), type=_File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise NotReadable(str(error)[:300]) from error
    return [_rule(each) for each in file.verification], [_need(each) for each in file.required]


def _lowered(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _lowered(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_lowered(each, key) for each in value]
    is_word = isinstance(value, str) and key in {"check", "role", "entity"}
    return value.lower() if is_word else value


def _rule(each: _Rule) -> Rule:
    levels: dict[int, tuple[CheckRule, ...]] = {}
    for level, checks in each.level.items():
        if not level.isdecimal():
            raise NotReadable(f"level.{level[:20]} is no level")
        levels[int(level)] = tuple(CheckRule(**msgspec.structs.asdict(check)) for check in checks)
    return Rule(
        name=each.name,
        when=When(**msgspec.structs.asdict(each.when)),
        levels=levels,
        attempts_max=each.attempts_max,
        retry_hours=each.retry_hours,
    )


def _need(each: _Required) -> Requirement:
    return Requirement(name=each.name, level=each.level, **msgspec.structs.asdict(each.when))
