"""The promise to frontends: what may change between `schema.released.graphql` and the code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from graphql import GraphQLSchema, build_schema
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes

from schema.deprecations import deprecated_elements

NOTICE: Final = timedelta(days=183)
REMOVAL: Final = re.compile(r"\bRemoval (\d{4}-\d\d-\d\d)\b")
NO_PERMISSIONS: Final = """\
# Breaking changes since `schema.released.graphql` that we allow, each with its text as
# `python -m schema.export --check` prints it, the reason, and the day it was allowed.
# What is no longer a change must go from here; `--release` empties the file.
"""


class MalformedPermission(Exception):
    """The file of permissions is not written as its head says."""


@dataclass(frozen=True, slots=True)
class Verdict:
    faults: tuple[str, ...]
    remarks: tuple[str, ...]  # dangerous, but nobody's document stops working


def permissions_in(text: str, *, today: date) -> frozenset[str]:
    """The changes allowed, by their text."""
    allowed = tomllib.loads(text).get("allowed", [])
    for entry in allowed:
        change, reason, on = (entry.get(name) for name in ("change", "reason", "date"))
        if not change or not reason or type(on) is not date or on > today or len(entry) != 3:  # noqa: PLR2004  # change, reason, date
            raise MalformedPermission(
                f"needs change, reason, and a date that is not in the future: {entry}"
            )
    return frozenset(entry["change"] for entry in allowed)


def judge(*, released: str, current: str, allowed: frozenset[str], today: date) -> Verdict:
    """Compares two SDLs."""
    old, new = build_schema(released), build_schema(current)
    changes = find_schema_changes(old, new)
    breaking = {each.description for each in changes if isinstance(each.type, BreakingChangeType)}
    return Verdict(
        faults=(
            *(f"breaking: {change}" for change in sorted(breaking - allowed)),
            *(
                f"allowed, but no change any more: {change}"
                for change in sorted(allowed - breaking)
            ),
            *deprecation_faults(old, new, today=today),
        ),
        remarks=tuple(
            sorted(
                f"dangerous: {each.description}"
                for each in changes
                if isinstance(each.type, DangerousChangeType)
            )
        ),
    )


def deprecation_faults(old: GraphQLSchema, new: GraphQLSchema, *, today: date) -> Sequence[str]:
    """No permission helps against these: the day was promised."""
    before, after = deprecated_elements(old), deprecated_elements(new)
    return [*_early_removals(before, new, today), *_short_notices(before, after, today)]


def _early_removals(before: Mapping[str, str], new: GraphQLSchema, today: date) -> Iterator[str]:
    present = _elements(new)
    for element, reason in before.items():
        promised = removal_day(reason)
        if element not in present and (promised is None or today < promised):
            yield f"removed before its day: {element} ({reason})"


def _short_notices(
    before: Mapping[str, str], after: Mapping[str, str], today: date
) -> Iterator[str]:
    for element, reason in after.items():
        promised = removal_day(reason)
        if promised is None:
            yield f"deprecated without `Removal YYYY-MM-DD`: {element} ({reason})"
            continue
        earlier = removal_day(before.get(element, ""))
        is_kept = earlier is not None and promised >= earlier
        if not is_kept and promised < today + NOTICE:
            yield f"deprecated with less than six months of notice: {element} ({reason})"


def removal_day(reason: str) -> date | None:
    found = REMOVAL.search(reason)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:  # such as the 31st of February
        return None


def _elements(schema: GraphQLSchema) -> frozenset[str]:
    found = set()
    for kind in schema.type_map.values():
        found |= {f"{kind}.{value}" for value in getattr(kind, "values", {})}
        for name, its in getattr(kind, "fields", {}).items():
            found.add(f"{kind}.{name}")
            found |= {f"{kind}.{name}({argument}:)" for argument in getattr(its, "args", {})}
    return frozenset(found)
