"""Rows of matching; migration 0054 creates them."""

from __future__ import annotations

from piccolo.columns import BigInt, Date, ForeignKey, Integer
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.campaigns.tables import Campaign


class CampaignStanding(Table, tablename="campaign_standing"):
    """What is known of a campaign and its employer, counted once a day."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    on_day = Date(default=None)
    hourly_micros = BigInt(
        null=True, default=None, help_text="As `campaign_wage` has it; null where nobody knows."
    )
    employer_good = Integer(default=None, help_text="Approvals and good stars of workers.")
    employer_bad = Integer(default=None, help_text="Rejections and bad stars of workers.")
