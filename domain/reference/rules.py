"""Which row of law counts on a day. Pure: the rows come in, and what was used is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.errors import Refused

KIND_PATTERN: Final = "[a-z][a-z0-9_]{0,39}"
NOTE_LENGTH_MAX: Final = 500
REVISION_MAX: Final = 1_000


class ReferenceRuleMissing(Refused):
    """Nobody has entered what the law says here; there is never a default."""

    code = "REFERENCE_RULE_MISSING"

    def __init__(self, *, rule_kind: str, scope: str, on: date) -> None:
        super().__init__(f"no rule {rule_kind} for {scope} on {on}")
        self.rule_kind = rule_kind
        self.scope = scope
        self.on = on


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleKey:
    """Names one row for ever; this is what a decision keeps of it."""

    rule_kind: str
    scope: str
    valid_from: date
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRule:
    """A row. Neither verified nor confirmed: what uses it carries the flag."""

    key: RuleKey
    valid_to: date | None
    value: Mapping[str, Any]
    source: str
    verified_on: date | None
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = None
    confirmed_note: str | None = None

    @property
    def is_unverified(self) -> bool:
        return self.verified_on is None and self.confirmed_by is None


@dataclass(slots=True)
class RuleBook:
    """Rows by kind and scope; remembers which of them gave an answer."""

    rules: Iterable[ReferenceRule]
    used: list[ReferenceRule] = field(default_factory=list)
    _by_scope: dict[tuple[str, str], list[ReferenceRule]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.rules:
            self._by_scope.setdefault((rule.key.rule_kind, rule.key.scope), []).append(rule)

    def find(self, rule_kind: str, scope: str, on: date) -> ReferenceRule | None:
        """The newest row not after the day, in its highest revision; none once it has ended."""
        started = [
            rule for rule in self._by_scope.get((rule_kind, scope), ()) if rule.key.valid_from <= on
        ]
        if not started:
            return None
        found = max(started, key=lambda rule: (rule.key.valid_from, rule.key.revision))
        if found.valid_to is not None and found.valid_to < on:
            return None
        if found not in self.used:
            self.used.append(found)
        return found

    def get(self, rule_kind: str, scope: str, on: date) -> Mapping[str, Any]:
        """Raises `ReferenceRuleMissing`."""
        found = self.find(rule_kind, scope, on)
        if found is None:
            raise ReferenceRuleMissing(rule_kind=rule_kind, scope=scope, on=on)
        return found.value

    def unverified(self) -> tuple[ReferenceRule, ...]:
        return tuple(rule for rule in self.used if rule.is_unverified)
