"""Reads rows of law: a book to decide with, and the list that finance looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from domain.database import fetch
from domain.reference.rules import ReferenceRule, RuleBook, RuleKey
from domain.texts import has_unprintable

RULE_COUNT_MAX: Final = 300
_COLUMNS: Final = """
    rule_kind, scope, valid_from, revision, valid_to, value, source, verified_on, confirmed_by,
    confirmed_at, confirmed_note
"""
_BOOK: Final = f"select {_COLUMNS} from reference_rule where rule_kind = any($1)"  # noqa: S608  # our own column list
_ALL: Final = f"""
    select {_COLUMNS} from reference_rule
    where ($1::text is null or rule_kind = $1)
      and ($2::text is null or scope = $2)
      and (not $3 or (verified_on is null and confirmed_by is null))
    order by rule_kind, scope, valid_from, revision
    limit {RULE_COUNT_MAX}
"""  # noqa: S608  # our own column list


async def rule_book(*, kinds: Collection[str]) -> RuleBook:
    """Every row of these kinds, whatever its day: one statement serves one decision."""
    return RuleBook([_rule(row) for row in await fetch(_BOOK, list(kinds))])


async def reference_rules(
    *, rule_kind: str | None = None, scope: str | None = None, is_unverified: bool = False
) -> list[ReferenceRule]:
    """By kind, scope and day, at most `RULE_COUNT_MAX`; or only those nobody vouched for."""
    if has_unprintable(f"{rule_kind}{scope}"):
        return []  # no row has such a name, and the database could not even compare it
    return [_rule(row) for row in await fetch(_ALL, rule_kind, scope, is_unverified)]


async def rules_by_key(*, keys: Collection[RuleKey]) -> dict[RuleKey, ReferenceRule]:
    book = await rule_book(kinds={key.rule_kind for key in keys})
    return {rule.key: rule for rule in book.rules if rule.key in keys}


def _rule(row: Mapping[str, Any]) -> ReferenceRule:
    return ReferenceRule(
        key=RuleKey(
            rule_kind=row["rule_kind"],
            scope=row["scope"],
            valid_from=row["valid_from"],
            revision=row["revision"],
        ),
        valid_to=row["valid_to"],
        value=msgspec.json.decode(row["value"]),
        source=row["source"],
        verified_on=row["verified_on"],
        confirmed_by=row["confirmed_by"],
        confirmed_at=row["confirmed_at"],
        confirmed_note=row["confirmed_note"],
    )
