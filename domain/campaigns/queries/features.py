"""Reads of paid placement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.queries.audience import FOUND, said_of
from domain.database import fetch

# The highest first; of equals the one that has been there longest.
_FEATURED: Final = f"""
    select campaign.id from campaign
    join (select campaign_id, sum(weight) as weight, min(starts_at) as since
          from campaign_feature where ends_at > $2 and starts_at <= $2 group by 1) f
        on f.campaign_id = campaign.id
    where campaign.state = 'running'
      and {said_of(FOUND, campaign="campaign", viewer="$1::uuid", now="$2::timestamptz")}
    order by f.weight desc, f.since, campaign.id limit $3
"""  # noqa: S608  # our own condition
_UNTIL: Final = """
    select campaign_id, max(ends_at) as ends_at from campaign_feature
    where campaign_id = any($1) and ends_at > $2 and starts_at <= $2 group by 1
"""


async def featured_campaigns(*, viewer_id: UUID | None, now: datetime, limit: int) -> list[UUID]:
    """Those that the viewer may find, the one that was paid most for first."""
    return [row["id"] for row in await fetch(_FEATURED, viewer_id, now, limit)]


async def featured_until(*, ids: Sequence[UUID], now: datetime) -> dict[UUID, datetime]:
    """Of those that are featured now."""
    rows = await fetch(_UNTIL, list(ids), now)
    return {row["campaign_id"]: row["ends_at"] for row in rows}
