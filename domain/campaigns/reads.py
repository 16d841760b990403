"""Campaigns as clients may read them."""

from __future__ import annotations

from typing import Final

from domain.campaigns.queries import VISIBLE
from domain.campaigns.rules import CampaignEvent, CampaignState, available_events
from domain.reads import Amount, Entity, Field, Items, Leaf, One, Part, Ruled, columns

OWN: Final = "coalesce({row}.employer_id = {viewer}, false)"
CLAUSES: Final = Items("i.clauses")


def transitions(state: str, is_own: bool) -> list[CampaignEvent]:  # noqa: FBT001  # as the row has them
    return list(available_events(CampaignState(state))) if is_own else []


CAMPAIGN: Final = Entity(
    name="Campaign",
    source="from campaign",
    row="campaign",
    visible=VISIBLE,
    fields={
        **columns(
            "state",
            "title",
            "category",
            "claim_minutes",
            "review_days",
            "revision_count_max",
            "per_worker_max",
            "created_at",
            "funded_at",
            "published_at",
            "ends_at",
            "finished_at",
        ),
        "reward": Amount("{row}.reward_micros"),
        "employer": One("Member", key="{row}.employer_id"),
        "instructions": One("NewestInstructions", key="{row}.id", to="c.id"),
        "place_counts": One("PlacesOfCampaign", key="{row}.id", to="{row}.campaign_id"),
        "cost": Part(
            {
                "place_count": Leaf("{row}.place_count"),
                "fee": Amount("{row}.fee_micros"),
                "vat": Amount("{row}.vat_micros"),
                "per_place": Amount("{row}.reward_micros + {row}.fee_micros + {row}.vat_micros"),
                "total": Amount(
                    "({row}.reward_micros + {row}.fee_micros + {row}.vat_micros)"
                    " * {row}.place_count"
                ),
            },
            present=OWN,
        ),
        "available_transitions": Ruled(transitions, ("{row}.state", OWN)),
    },
)
INSTRUCTIONS: Final[dict[str, Field]] = {
    **columns("version", "text", "created_at"),
    "clauses": CLAUSES,
}
NEWEST_INSTRUCTIONS: Final = Entity(
    name="NewestInstructions",
    source="from campaign c join instruction_version i"
    " on i.campaign_id = c.id and i.version = c.instruction_version",
    row="i",
    fields=INSTRUCTIONS,
)
ENTITIES: Final = (CAMPAIGN, NEWEST_INSTRUCTIONS)
