"""Nobody is paid less than the floor of their zone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.campaigns.queries import CampaignRecord
from domain.categories.rules import ALL
from domain.database import fetch_row, in_transaction
from domain.errors import Refused
from domain.money import Money


class PriceBelowFloor(Refused):
    """`zone` is the one that asks for the most; None: every zone does."""

    code = "PRICE_BELOW_FLOOR"
    argument = "campaign_id"

    def __init__(self, *, floor: Money, zone: str | None) -> None:
        super().__init__(f"a place of this category pays at least {floor}")
        self.floor = floor
        self.zone = zone


# It is open to every zone of which some country passes its clauses about countries. All floors on
# the way down to its category count; of one, the row of the currency before the row for all.
_FLOOR: Final = """
    with zones as (
        select distinct z.zone
        from (select distinct on (country) country, zone from country_zone
              where valid_from <= $4 order by country, valid_from desc, position desc) z
        where z.zone is not null and not exists (
            select from campaign_target t
            where t.campaign_id = $1 and t.field = 'country'
              and not target_holds(t.comparator, t.numbers, t.codes, jsonb_build_array(z.country)))
    ), floors as (
        select distinct on (f.slug, f.zone) f.zone, f.micros from category_floor f
        where starts_with($2 || '.', f.slug || '.') and f.currency in ($3, '*')
          and f.valid_from <= $4 and (f.zone = '*' or f.zone in (select zone from zones))
        order by f.slug, f.zone, f.currency = '*', f.valid_from desc, f.position desc
    )
    select zone, micros from floors order by micros desc, zone limit 1
"""


async def require_floor(*, campaign: CampaignRecord, reward: Money, now: datetime) -> None:
    """R17, for what a place of a locked campaign shall pay from now on.

    Refuses with `PriceBelowFloor`.
    """
    assert in_transaction()
    row = await fetch_row(_FLOOR, campaign.id, campaign.category_slug, reward.currency, now.date())
    if row is not None and reward.micros < row["micros"]:
        raise PriceBelowFloor(
            floor=Money(row["micros"], reward.currency),
            zone=None if row["zone"] == ALL else row["zone"],
        )
