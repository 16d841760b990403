"""What an assignment was claimed under, for staff who decide a dispute about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.money import Money

_EVIDENCE: Final = """
    select id, campaign_id, instruction_version, reward_micros, currency from assignment
    where id = any($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an assignment was claimed under; nothing about who."""

    campaign_id: UUID
    instruction_version: int
    reward: Money


async def evidence_of(*, ids: Sequence[UUID]) -> dict[UUID, Evidence]:
    """Ask for staff who decide a dispute, and for nobody else."""
    return {
        row["id"]: Evidence(
            campaign_id=row["campaign_id"],
            instruction_version=row["instruction_version"],
            reward=Money(row["reward_micros"], row["currency"]),
        )
        for row in await fetch(_EVIDENCE, list(ids))
    }
