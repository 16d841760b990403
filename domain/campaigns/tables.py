"""Rows of campaigns and of their instructions; migration 0004 is what creates them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.campaigns.rules import (
    AnnotationLicence,
    CampaignEvent,
    CampaignParty,
    CampaignState,
    Category,
    Comparator,
    ContentRating,
    DataPurpose,
    DeclineReason,
    Difficulty,
    Guard,
    PauseReason,
    ReportReason,
    TargetField,
    Visibility,
    WorkMode,
)
from domain.categories.tables import Category as CategoryRow
from domain.members.tables import Member
from domain.skills.tables import Skill
from domain.taxes.tables import VatDecided


class Campaign(Table, tablename="campaign"):
    """An employer's offer; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=CampaignState)
    title = Text(default=None)
    category = Text(default=None, choices=Category)
    category_slug = ForeignKey(
        CategoryRow,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
        target_column="slug",
        help_text="Where in the tree of its kind of work.",
    )
    currency = Text(default=None)
    reward_micros = BigInt(default=None, help_text="What a worker gets for one place.")
    fee_micros = BigInt(default=None, help_text="Our fee on one reward.")
    vat_micros = BigInt(default=None, help_text="VAT on that fee.")
    vat_decision_id = ForeignKey(
        VatDecided,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Why it has that VAT; set when it is funded.",
    )
    claim_minutes = Integer(default=None, help_text="How long a claim lasts (R1).")
    review_days = Integer(default=None, help_text="After that a submission is approved (R4).")
    revision_count_max = Integer(default=None, help_text="Rounds an employer may ask for (R6).")
    per_worker_max = Integer(
        null=True, default=None, help_text="Assignments per worker; empty: as many as tasks."
    )
    instruction_version = Integer(default=None, help_text="The version new claims are judged by.")
    created_at = Timestamptz(default=None)
    funded_at = Timestamptz(null=True, default=None)
    published_at = Timestamptz(null=True, default=None)
    ends_at = Timestamptz(null=True, default=None, help_text="Then no claim is taken any more.")
    place_count = Integer(default=None, help_text="Places of all tasks; fixed once funded.")
    finished_at = Timestamptz(null=True, default=None)
    blocked_at = Timestamptz(
        null=True, default=None, help_text="From then on its employer alone sees it."
    )
    place_micros_max = BigInt(
        null=True, default=None, help_text="The most a place ever cost; empty: always the same."
    )
    pause_reason = Text(
        null=True,
        default=None,
        choices=PauseReason,
        help_text="Set exactly while it is paused by others than its owner.",
    )
    content_rating = Text(default=None, choices=ContentRating)
    guard = Text(default=None, choices=Guard, help_text="What those see whom it is not for.")
    visibility = Text(default=None, choices=Visibility, help_text="Who may see it at all.")
    is_targeted = Boolean(default=None, help_text="It is not for every worker.")
    difficulty = Text(default=None, choices=Difficulty, help_text="As the employer sees it.")
    estimated_seconds = Integer(
        null=True, default=None, help_text="What one place takes, as the employer says."
    )
    starts_at = Timestamptz(null=True, default=None, help_text="No claim is taken before.")
    daily_from_hour = Integer(null=True, default=None, help_text="Of UTC, as the next.")
    daily_to_hour = Integer(null=True, default=None, help_text="Before the other: over midnight.")
    day_claim_max = Integer(null=True, default=None, help_text="Claims per day of UTC.")
    hour_claim_max = Integer(null=True, default=None, help_text="Claims within any hour.")
    country_share_max = Integer(
        null=True, default=None, help_text="Per cent of the places for workers of one country."
    )
    variable_names = Array(
        Text(),
        null=True,
        default=None,
        help_text="What every task has a value for; empty: there is no task yet.",
    )
    work_mode = Text(default=WorkMode.CREATE, choices=WorkMode)
    approves_by_rule = Boolean(
        default=False, help_text="What is known to be right, or agrees, is approved by itself."
    )
    collects_contacts = Boolean(
        default=False, help_text="Contact data in answers is kept; staff look at it first."
    )
    data_purpose = Text(
        default=DataPurpose.SERVICE,
        choices=DataPurpose,
        help_text="What answers are for; fixed once funded, like the next two.",
    )
    data_details = Text(null=True, default=None)
    data_licence = Text(null=True, default=None, choices=AnnotationLicence)


class CampaignTarget(Table, tablename="campaign_target"):
    """A clause about the worker; fixed once the campaign is funded."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    position = Integer(default=None)
    field = Text(default=None, choices=TargetField)
    comparator = Text(default=None, choices=Comparator)
    numbers = Array(base_column=Integer(), default=None)
    codes = Array(base_column=Text(), default=None)
    skill_id = ForeignKey(
        Skill,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Set exactly where the field is `skill`.",
    )


class InstructionVersion(Table, tablename="instruction_version"):
    """What workers are told; a version never changes."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    version = Integer(default=None)
    text = Text(default=None)
    clauses = JSONB(default=None, help_text="List of {id, text}: what a rejection may cite.")
    created_at = Timestamptz(default=None)
    proofs = JSONB(default="[]", help_text="List of {id, text, is_required}.")
    questions = JSONB(default="[]", help_text="List of {id, text}; answers are in `check_key`.")
    survey = JSONB(default="[]", help_text="List of {id, text, kind, options, scale_min, …}.")


class CheckKey(Table, tablename="check_key"):
    """The right answers to a question; compared with what is handed in, shown to nobody."""

    campaign_id = UUID(primary_key=True, default=None)
    version = Integer(default=None)
    question_id = Text(default=None)
    answers = Array(Text(), default=None)


class ConsensusPlan(Table, tablename="consensus_plan"):
    """How the answers of a campaign's tasks are weighed, and how many are asked for."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    labels = Array(Text(), default=None, help_text="The answers that may be given.")
    answer_count_min = Integer(default=None)
    confidence_percent = Integer(default=None, help_text="From which no more answers are asked.")
    gold_percent = Integer(default=None, help_text="Of the claims, as long as there is gold.")
    skill_id = ForeignKey(
        Skill,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="The campaign is a test of it.",
    )
    skill_answer_count = Integer(
        null=True, default=None, help_text="So many answers of a worker make one result."
    )
    weighed_mark = Text(default="", help_text="Which answers were there at the last look.")
    aggregated_count = Integer(default=0, help_text="How many there were at the last aggregation.")


class CampaignDecision(Table, tablename="campaign_decision"):
    """What rules of ours, staff, or the owner in answer to them, decided; lines never change."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    position = Integer(default=None)
    event = Text(default=None, choices=CampaignEvent)
    party = Text(default=None, choices=CampaignParty)
    pause_reason = Text(null=True, default=None, choices=PauseReason)
    decline_reason = Text(null=True, default=None, choices=DeclineReason)
    text = Text(null=True, default=None, help_text="What the owner reads.")
    actor_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Who did it; never shown.",
    )
    at = Timestamptz(default=None)


class CampaignReport(Table, tablename="campaign_report"):
    """What a member found wrong with a campaign; one per member, never changed."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    reporter_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        help_text="Shown to nobody.",
    )
    reason = Text(default=None, choices=ReportReason)
    text = Text(default=None)
    at = Timestamptz(default=None)


class CampaignHost(Table, tablename="campaign_host"):
    """A host that tasks of a campaign name."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    host = Text(default=None, help_text="As `links.plain_host` spells it.")


class CampaignFeature(Table, tablename="campaign_feature"):
    """What an employer paid for a campaign to be shown first. Append-only: none is given back."""

    id = UUID(primary_key=True, default=None)
    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    currency = Text(default=None)
    amount_micros = BigInt(default=None)
    vat_micros = BigInt(default=None, help_text="On top of it.")
    vat_decision_id = ForeignKey(
        VatDecided,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    weight = Integer(default=None, help_text="In thousandths of the least bid of its currency.")
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
