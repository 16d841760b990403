"""What an hour of a campaign pays, and what its employer is warned of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.campaigns.rules import CampaignWarning, Offer, WageBasis, warnings_of
from domain.database import fetch
from domain.money import Money


@dataclass(frozen=True, slots=True)
class WageRecord:
    hourly: Money
    basis: WageBasis
    work_count: int


_WAGES: Final = """
    select w.* from unnest($1::uuid[]) as wanted (id) cross join lateral campaign_wage(wanted.id) w
"""
_OFFERS: Final = """
    select c.id, i.text, jsonb_array_length(i.clauses) as clause_count, c.currency,
           c.reward_micros, c.claim_minutes, c.estimated_seconds, (
               select r.micros from rate r
               where r.kind = 'hourly_minimum' and r.scope in (c.currency, '*')
                 and r.valid_from <= $3
               order by r.scope = '*', r.valid_from desc limit 1) as minimum_micros
    from campaign c
    join instruction_version i on i.campaign_id = c.id and i.version = c.instruction_version
    where c.id = any($1) and c.employer_id = $2
"""


async def wages_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, WageRecord]:
    """Without those of which nobody knows. Ask only for campaigns the viewer was given."""
    return {
        row["campaign_id"]: WageRecord(
            hourly=Money(row["hourly_micros"], row["currency"]),
            basis=WageBasis(row["basis"]),
            work_count=row["work_count"],
        )
        for row in await fetch(_WAGES, list(campaign_ids))
    }


async def warnings_about(
    *, campaign_ids: Sequence[UUID], employer_id: UUID, on: date
) -> dict[UUID, tuple[CampaignWarning, ...]]:
    """The employer's own campaigns alone."""
    return {
        row["id"]: warnings_of(
            Offer(
                instructions=row["text"],
                clause_count=row["clause_count"],
                reward=Money(row["reward_micros"], row["currency"]),
                claim_minutes=row["claim_minutes"],
                estimated_seconds=row["estimated_seconds"],
                hourly_minimum=Money(row["minimum_micros"], row["currency"]),
            )
        )
        for row in await fetch(_OFFERS, list(campaign_ids), employer_id, on)
    }
