"""Invitations to a campaign as its employer may read them."""

from __future__ import annotations

from typing import Final

from domain.reads import Entity, Field, Listed, One, columns

LISTED_MAX: Final = 100  # of a campaign
CAMPAIGN_INVITATION: Final = Entity(
    name="CampaignInvitation",
    source="from campaign_invitation i",
    row="i",
    visible="(select c.employer_id from campaign c where c.id = {row}.campaign_id) = {viewer}",
    fields={
        **columns("state", "invited_at"),
        "worker": One("Member", key="{row}.worker_id"),
    },
)
TOLD_CAMPAIGNS: Final[dict[str, Field]] = {
    "invitations": Listed(
        "CampaignInvitation",
        to="{row}.campaign_id",
        order="{row}.invited_at desc, {row}.worker_id desc",
        most=LISTED_MAX,
    )
}
ENTITIES: Final = (CAMPAIGN_INVITATION,)
