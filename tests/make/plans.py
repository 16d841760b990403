"""What a statement would do with millions of rows, as its plan over empty tables tells."""

from __future__ import annotations

import json
from re import search
from typing import Any, Final

from domain.database import execute, fetch, transaction

SMALL: Final = {"ledger_account_kind", "legal_entity", "number_series", "provider_cursor"}
INDEXED: Final = {"Index Cond", "Recheck Cond"}
AVOIDED: Final = ("enable_nestloop", "enable_material", "enable_seqscan")


async def pairwise(sql: str, *arguments: object) -> list[str]:
    """Tables that a join would compare row by row with the other side; none is what we want.

    The planner is asked to avoid such loops; where it has no choice, neither has it with more rows.
    """
    async with transaction():
        for setting in AVOIDED:
            await execute(f"set local {setting} = off")
        ((text,),) = await fetch(f"explain (format json) {sql}", *arguments)
    return _loops(json.loads(text)[0]["Plan"])


def _loops(plan: dict[str, Any]) -> list[str]:
    below = plan.get("Plans", ())
    found = [table for each in below for table in _loops(each)]
    if plan["Node Type"] == "Nested Loop":
        inner = [each for each in below if each["Parent Relationship"] == "Inner"]
        found += [table for each in inner for table in _scanned(each)]
    if search(r"= \(SubPlan \d+\)", plan.get("Join Filter", "")):  # it runs for each pair
        found.append(plan["Join Filter"])
    return found


def _scanned(plan: dict[str, Any]) -> list[str]:
    """Whole, for each row of the other side: no index leads to what is wanted of it."""
    if INDEXED & plan.keys():
        return []
    below = [table for each in plan.get("Plans", ()) for table in _scanned(each)]
    table = plan.get("Relation Name") or plan.get("CTE Name")
    return below + ([] if table is None or table in SMALL else [table])
