"""For whom a campaign is: the conditions that its reads share, and what it asks of workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.rules import PUBLIC_STATES, Comparator, Target, TargetField
from domain.database import fetch

# What a campaign asks of workers, and the viewer does not bring along; empty for nothing.
MISSES: Final = """
    campaign_misses({campaign}.id, {campaign}.employer_id, {campaign}.content_rating,
                    (select worker_facts({viewer}, {now})))
"""
_IS_MEANT: Final = f"""
    cardinality({MISSES}) = 0
    or exists (select from assignment a
               where a.campaign_id = {{campaign}}.id and a.worker_id = {{viewer}})
"""
# To be found in lists, and what there is to do to be read: for whom it is, and who has worked
# there. The first word decides for almost all campaigns, and the facts of the viewer are read
# once for the others.
FOUND: Final = f"""
    ({{campaign}}.visibility = 'public' or {{viewer}} is not null)
    and (not {{campaign}}.is_targeted or {{campaign}}.guard <> 'discover' or {_IS_MEANT})
"""
TOLD: Final = f"""
    (not {{campaign}}.is_targeted or {{campaign}}.guard = 'claim' or {_IS_MEANT}
     or {{campaign}}.employer_id = {{viewer}})
"""


def said_of(condition: str, *, campaign: str, viewer: str = "{viewer}", now: str = "{now}") -> str:
    """One of the conditions above, about a row of this name."""
    words = {"campaign": campaign, "viewer": viewer, "now": now}
    return condition.format(**words)


# One that was stopped before it opened stays its employer's alone, and so does one that was
# blocked, also once it has finished.
VISIBLE: Final = f"""
    campaign.state in ({", ".join(sorted(f"'{state.value}'" for state in PUBLIC_STATES))})
    and campaign.published_at is not null and campaign.blocked_at is null
    and {said_of(FOUND, campaign="campaign")}
    or campaign.employer_id = {{viewer}}
"""
_TOLD: Final = f"""
    select campaign.id from campaign
    where campaign.id = any($1)
      and {said_of(TOLD, campaign="campaign", viewer="$2::uuid", now="$3::timestamptz")}
"""  # noqa: S608  # our own condition
_TARGETS: Final = """
    select campaign_id, field, comparator, numbers, codes, skill_id from campaign_target
    where campaign_id = any($1) order by campaign_id, position
"""


async def told_campaigns(
    *, ids: Sequence[UUID], viewer_id: UUID | None, now: datetime
) -> set[UUID]:
    """Those of which the viewer may read what there is to do. Ask only for visible ones."""
    return {row["id"] for row in await fetch(_TOLD, list(ids), viewer_id, now)}


async def targets_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, tuple[Target, ...]]:
    """In their order. Ask only for campaigns the viewer was given."""
    found: dict[UUID, tuple[Target, ...]] = dict.fromkeys(campaign_ids, ())
    for row in await fetch(_TARGETS, list(campaign_ids)):
        target = Target(
            field=TargetField(row["field"]),
            comparator=Comparator(row["comparator"]),
            numbers=tuple(row["numbers"]),
            codes=tuple(row["codes"]),
            skill_id=row["skill_id"],
        )
        found[row["campaign_id"]] += (target,)
    return found
