"""Rows of matching; migrations 0054 and 0101 create them."""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.campaigns.tables import Campaign
from domain.matching.rules import CampaignInvitationState
from domain.members.tables import Member


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


class CampaignInvitation(Table, tablename="campaign_invitation"):
    """That an employer wants a worker for a campaign; one row for both."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    state = Text(default=None, choices=CampaignInvitationState)
    invited_at = Timestamptz(default=None)
    is_told = Boolean(default=None, help_text="The worker; the employer never learns it.")
