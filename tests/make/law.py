"""The law as the migration loads it, as a book for pure tests."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache

from domain.reference.operations import REFERENCE_FILES
from domain.reference.rules import ReferenceRule, RuleBook, RuleKey
from domain.taxes.rules import VAT_RULE_KINDS


@cache
def seed_rules() -> tuple[ReferenceRule, ...]:
    found = []
    for kind in VAT_RULE_KINDS:
        content = tomllib.loads((REFERENCE_FILES / f"{kind}.toml").read_text())
        assert content["rule_kind"] == kind
        found += [
            ReferenceRule(
                key=RuleKey(
                    rule_kind=kind,
                    scope=row["scope"],
                    valid_from=row["valid_from"],
                    revision=row.get("revision", 1),
                ),
                valid_to=row.get("valid_to"),
                value=row["value"],
                source=row["source"],
                verified_on=row.get("verified_on"),
            )
            for row in content["rule"]
        ]
    return tuple(found)


def seed_book(vat_rate: Sequence[tuple[str, date, int]] = ()) -> RuleBook:
    """With more rates of VAT: country, first day, basis points."""
    more = [
        ReferenceRule(
            key=RuleKey(rule_kind="vat_rate", scope=scope, valid_from=on, revision=1),
            valid_to=None,
            value={"basis_points": points},
            source="a test",
            verified_on=None,
        )
        for scope, on, points in vat_rate
    ]
    return RuleBook([*seed_rules(), *more])
