"""Campaigns as clients may read them."""

from __future__ import annotations

from typing import Final

from domain.campaigns.queries import DECISION_COUNT_MAX, TOLD, VISIBLE, said_of, survey_of
from domain.campaigns.rules import (
    CampaignEvent,
    CampaignState,
    PauseReason,
    available_events,
)
from domain.links import Link, links_in
from domain.reads import Amount, Entity, Field, Items, Leaf, Listed, One, Part, Ruled, columns

OWN: Final = "coalesce({row}.employer_id = {viewer}, false)"


def transitions(
    state: str,
    pause_reason: str | None,
    is_own: bool,  # noqa: FBT001  # as the row has it
    is_blocked: bool,  # noqa: FBT001
) -> list[CampaignEvent]:
    if not is_own:
        return []
    reason = None if pause_reason is None else PauseReason(pause_reason)
    return list(available_events(CampaignState(state), pause_reason=reason, is_blocked=is_blocked))


LABELS: Final = "(select p.labels from consensus_plan p where p.campaign_id = {row}.id)"


def labels_of(found: list[str] | None) -> list[str] | None:
    return found


FEATURED_UNTIL: Final = """
    (select max(f.ends_at) from campaign_feature f
     where f.campaign_id = {row}.id and f.starts_at <= {now} and f.ends_at > {now})
"""

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
            "category_slug",
            "claim_minutes",
            "review_days",
            "revision_count_max",
            "per_worker_max",
            "created_at",
            "funded_at",
            "published_at",
            "ends_at",
            "finished_at",
            "content_rating",
            "guard",
            "visibility",
            "difficulty",
            "starts_at",
            "daily_from_hour",
            "daily_to_hour",
            "day_claim_max",
            "hour_claim_max",
            "country_share_max",
            "estimated_seconds",
            "collects_contacts",
            "approves_by_rule",
            "work_mode",
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
        "data_use": Part(
            {
                "purpose": Leaf("{row}.data_purpose"),
                "details": Leaf("{row}.data_details"),
                "licence": Leaf("{row}.data_licence"),
            }
        ),
        "wage_estimate": One("CampaignWage", key="{row}.id", to="{row}.campaign_id"),
        "targets": Listed("CampaignTarget", to="{row}.campaign_id", order="{row}.position"),
        "labels": Ruled(labels_of, (LABELS,)),
        "consensus_plan": One("ConsensusPlan", key="{row}.id", to="p.campaign_id"),
        "pause_reason": Leaf("{row}.pause_reason", shown=OWN),
        "featured_until": Leaf(FEATURED_UNTIL),
        "decisions": Listed(
            "CampaignDecision",
            to="{row}.campaign_id",
            order="{row}.position desc",
            most=DECISION_COUNT_MAX,
        ),
        "available_transitions": Ruled(
            transitions,
            ("{row}.state", "{row}.pause_reason", OWN, "{row}.blocked_at is not null"),
        ),
    },
)
DECISION: Final = Entity(
    name="CampaignDecision",
    source="from campaign_decision d",
    row="d",
    visible="""exists (select from campaign c
                       where c.id = {row}.campaign_id and c.employer_id = {viewer})""",
    fields=columns("event", "party", "pause_reason", "decline_reason", "text", "at"),
)
TARGET: Final = Entity(
    name="CampaignTarget",
    source="from campaign_target t",
    row="t",
    fields={
        **columns("field", "comparator"),
        "numbers": Ruled(list, ("{row}.numbers",)),
        "codes": Ruled(list, ("{row}.codes",)),
        "skill": One("Skill", key="{row}.skill_id"),
    },
)
WAGE: Final = Entity(
    name="CampaignWage",
    source="from unnest({keys}) as campaign (id) cross join lateral campaign_wage(campaign.id) w",
    row="w",
    fields={**columns("basis", "work_count"), "hourly": Amount("{row}.hourly_micros")},
)


def instruction_links(text: str, own_host: str) -> tuple[Link, ...]:
    return links_in(text, own_host=own_host)


INSTRUCTIONS: Final[dict[str, Field]] = {
    **columns("version", "text", "created_at"),
    "clauses": Items("i.clauses"),
    "proofs": Items("i.proofs"),
    "questions": Items("i.questions"),
    "survey": Ruled(survey_of, ("{row}.survey",)),
    "links": Ruled(instruction_links, ("{row}.text", "{own_host}")),
}
NEWEST_INSTRUCTIONS: Final = Entity(
    name="NewestInstructions",
    source="from campaign c join instruction_version i"
    " on i.campaign_id = c.id and i.version = c.instruction_version",
    row="i",
    visible=said_of(TOLD, campaign="c"),
    fields=INSTRUCTIONS,
)
CONSENSUS_PLAN: Final = Entity(
    name="ConsensusPlan",
    source="from consensus_plan p",
    row="p",
    visible="""exists (select from campaign c
                       where c.id = {row}.campaign_id and c.employer_id = {viewer})""",
    fields={
        **columns("answer_count_min", "confidence_percent", "gold_percent"),
        "labels": Ruled(labels_of, ("{row}.labels",)),
        "skill": One("Skill", key="{row}.skill_id"),
        "test_answer_count": Leaf("{row}.skill_answer_count"),
    },
)
ENTITIES: Final = (CAMPAIGN, CONSENSUS_PLAN, DECISION, TARGET, WAGE, NEWEST_INSTRUCTIONS)
