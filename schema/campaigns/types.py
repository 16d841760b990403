"""A campaign as clients see it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.assignments.rules import ClaimReason
from domain.campaigns.queries import DECISION_COUNT_MAX, CampaignRecord
from domain.campaigns.rules import (
    CampaignEvent,
    CampaignState,
    CampaignWarning,
    Category,
    ContentRating,
    Difficulty,
    Guard,
    PauseReason,
    Visibility,
    WorkMode,
    available_events,
)
from domain.campaigns.rules.targeting import TARGET_COUNT_MAX
from domain.matching.rules import MatchTerm
from schema.assignments.filters import (
    CAMPAIGN_ASSIGNMENT_ORDERS,
    AssignmentsBy,
    WhichAssignments,
)
from schema.auth import Auth
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below
from schema.campaigns.consensus import ConsensusPlan
from schema.campaigns.features import CampaignFeature
from schema.campaigns.invitations import CampaignInvitations
from schema.campaigns.loads import (
    campaigns_seen,
    campaigns_told,
    claim_obstacles,
    decisions,
    instructions,
    places,
    plans,
    targets,
    wages,
    warnings,
)
from schema.campaigns.match_reasons import MatchReason, match_terms, reasons_of
from schema.campaigns.pages import page_of_assignments, page_of_tasks
from schema.campaigns.purpose import DataUse
from schema.campaigns.terms import (
    CampaignCost,
    CampaignDecision,
    CampaignTarget,
    Instructions,
    WageEstimate,
)
from schema.context import Context, Info
from schema.filters import condition_of
from schema.ids import Tag
from schema.members import Member, member_of
from schema.money import Money
from schema.node import Node, given_object, node_kind, object_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    chosen,
    window,
)
from schema.prices import Cost
from schema.read_model import Loaded, Mapped, read_as
from schema.tasks import TASK_ORDERS, PlaceCounts, Task, TasksBy, WhichTasks

if TYPE_CHECKING:
    from schema.assignments.types import Assignment


@strawberry.type(description="An employer's offer: instructions, a reward, and tasks with places.")
class Campaign(Node, CampaignInvitations, CampaignFeature):
    record: strawberry.Private[CampaignRecord]
    state: CampaignState = strawberry.field(description="Where the campaign stands.")
    title: str = strawberry.field(description="At most 200 characters.")
    category: Category = strawberry.field(description="Kind of work.")
    category_slug: str = strawberry.field(description="Where in the tree of `categories`.")
    reward: Money = strawberry.field(description="What a worker gets for one approved place.")
    claim_minutes: int = strawberry.field(description="How long a claim holds its place.")
    review_days: int = strawberry.field(
        description="How long the employer may take to decide; then the work counts as approved."
    )
    revision_count_max: int = strawberry.field(description="How often a revision may be asked.")
    per_worker_max: int | None = strawberry.field(
        description="How many places one worker of level 4 or higher may take, others one; "
        "null means any number for all."
    )
    created_at: datetime = strawberry.field(description="When the draft was made.")
    funded_at: datetime | None = strawberry.field(description="When the money was set aside.")
    published_at: datetime | None = strawberry.field(description="When it opened to workers.")
    ends_at: datetime | None = strawberry.field(description="No claims are taken after this.")
    finished_at: datetime | None = strawberry.field(description="When everything was decided.")
    collects_contacts: bool = strawberry.field(
        description="The work is about contact data of others: it is not masked in answers."
    )
    approves_by_rule: bool = strawberry.field(
        description="Work is approved by itself within a minute where all its control answers are "
        "right, or where it says what the crowd agrees on."
    )
    work_mode: WorkMode = strawberry.field(
        description="Whether workers make something, check it or gather it."
    )
    data_use: DataUse = strawberry.field(
        description="What the employer may do with what is handed in; fixed once it is funded."
    )
    content_rating: ContentRating = strawberry.field(
        description="Whether it is for grown-ups alone."
    )
    guard: Guard = strawberry.field(description="What those see of it whom it is not for.")
    visibility: Visibility = strawberry.field(
        description="Who may see it at all.", directives=[Cost(weight=0)]
    )
    difficulty: Difficulty = strawberry.field(description="As its employer sees it.")
    estimated_seconds: int | None = strawberry.field(
        description="What one place takes, as its employer says."
    )
    starts_at: datetime | None = strawberry.field(description="No claims are taken before this.")
    daily_from_hour: int | None = strawberry.field(
        description="Claims are taken from this hour of UTC on; null means at any hour."
    )
    daily_to_hour: int | None = strawberry.field(
        description="Until this hour; one before `dailyFromHour` is of the next day."
    )
    day_claim_max: int | None = strawberry.field(
        description="How many claims a day of UTC; null means any number."
    )
    hour_claim_max: int | None = strawberry.field(
        description="How many claims within any hour; null means any number.",
        directives=[Cost(weight=0)],
    )
    country_share_max: int | None = strawberry.field(
        description="Per cent of the places for workers of one country; null means all."
    )

    @classmethod
    def of(cls, record: CampaignRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.CAMPAIGN, record.id),
            record=record,
            state=record.state,
            title=record.title,
            category=record.category,
            category_slug=record.category_slug,
            reward=Money.of(record.price.reward),
            claim_minutes=record.claim_minutes,
            review_days=record.review_days,
            revision_count_max=record.revision_count_max,
            per_worker_max=record.per_worker_max,
            created_at=record.created_at,
            funded_at=record.funded_at,
            published_at=record.published_at,
            ends_at=record.ends_at,
            finished_at=record.finished_at,
            collects_contacts=record.collects_contacts,
            approves_by_rule=record.approves_by_rule,
            work_mode=record.work_mode,
            data_use=DataUse.of(record.data_use),
            content_rating=record.content_rating,
            guard=record.guard,
            visibility=record.visibility,
            difficulty=record.difficulty,
            estimated_seconds=record.estimated_seconds,
            starts_at=record.starts_at,
            daily_from_hour=record.schedule.daily_from_hour,
            daily_to_hour=record.schedule.daily_to_hour,
            day_claim_max=record.schedule.day_claim_max,
            hour_claim_max=record.schedule.hour_claim_max,
            country_share_max=record.schedule.country_share_max,
        )

    @strawberry.field(description="Who offers it.")
    async def employer(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.employer_id)

    @strawberry.field(
        description="What it asks of workers; all of it must hold.",
        directives=[Cost(list_size=TARGET_COUNT_MAX)],
    )
    async def targets(self, info: Info) -> list[CampaignTarget]:
        found = await info.context.load(targets, self.record.id)
        return [CampaignTarget.of(each) for each in found or ()]

    @strawberry.field(
        description="What an hour of it pays: by the employer's estimate, or by the time between "
        "claim and hand-in once ten have worked; null when neither is known.",
        directives=[Cost(weight=5)],
    )
    async def wage_estimate(self, info: Info) -> WageEstimate | None:
        found = await info.context.load(wages, self.record.id)
        return None if found is None else WageEstimate.of(found)

    @strawberry.field(
        description="What is worth another look before it opens; none unless it is the viewer's "
        "own. A warning refuses nothing.",
        directives=[Cost(weight=5)],
    )
    async def warnings(self, info: Info) -> list[CampaignWarning]:
        return list(await info.context.load(warnings, self.record.id) or ())

    @strawberry.field(
        description="The newest version of the instructions; null when the campaign shows them "
        "only to whom it is for."
    )
    async def instructions(self, info: Info) -> Instructions | None:
        if not await info.context.load(campaigns_told, self.record.id):
            return None
        key = (self.record.id, self.record.instruction_version)
        record = await info.context.load(instructions, key)
        return None if record is None else Instructions.of(record, info.context)

    @strawberry.field(
        description="How the places of all its tasks stand together.", directives=[Cost(weight=5)]
    )
    async def place_counts(self, info: Info) -> PlaceCounts | None:
        found = await info.context.load(places, self.record.id)
        return None if found is None else PlaceCounts.of(found)

    @strawberry.field(
        description="The answers that may be given, where answers are weighed against each other; "
        "null elsewhere."
    )
    async def labels(self, info: Info) -> list[str] | None:
        found = await info.context.load(plans, self.record.id)
        return None if found is None else list(found.labels)

    @strawberry.field(
        description="How its answers are weighed; null unless it is the viewer's own."
    )
    async def consensus_plan(self, info: Info) -> ConsensusPlan | None:
        if not self._is_own(info.context):
            return None
        found = await info.context.load(plans, self.record.id)
        return None if found is None else ConsensusPlan.of(found)

    @strawberry.field(description="What it costs; null unless it is the viewer's own.")
    def cost(self, info: Info) -> CampaignCost | None:
        return CampaignCost.of(self.record) if self._is_own(info.context) else None

    @strawberry.field(
        description="Why it is paused by others than its owner; null unless it is the viewer's own."
    )
    def pause_reason(self, info: Info) -> PauseReason | None:
        return self.record.pause_reason if self._is_own(info.context) else None

    @strawberry.field(
        description="What the platform decided about it and what its owner answered, newest "
        "first, at most 10; empty unless it is the viewer's own.",
        directives=[Cost(list_size=DECISION_COUNT_MAX)],
    )
    async def decisions(self, info: Info) -> list[CampaignDecision]:
        if not self._is_own(info.context):
            return []
        found = await info.context.load(decisions, self.record.id)
        return [CampaignDecision.of(each) for each in found or ()]

    @strawberry.field(
        description="What the viewer may do with it now; empty unless it is their own."
    )
    def available_transitions(self, info: Info) -> list[CampaignEvent]:
        if not self._is_own(info.context):
            return []
        reason, is_blocked = self.record.pause_reason, self.record.blocked_at is not None
        return list(available_events(self.state, pause_reason=reason, is_blocked=is_blocked))

    @strawberry.field(
        description="Whether a claim of the viewer would be taken; null when nobody is signed in.",
        directives=[Cost(weight=5)],
    )
    async def viewer_can_claim(self, info: Info) -> bool | None:
        found = await info.context.load(claim_obstacles, self.record.id)
        return None if found is None else not found

    @strawberry.field(
        description="What stands in the way of a claim of the viewer; null when nobody is signed "
        "in.",
        directives=[Cost(weight=5)],
    )
    async def viewer_claim_obstacles(self, info: Info) -> list[ClaimReason] | None:
        found = await info.context.load(claim_obstacles, self.record.id)
        return None if found is None else list(found)

    @strawberry.field(
        description="What makes it a match for the viewer today; null when nobody is signed in, "
        "and before it was published.",
        directives=[Cost(weight=5, list_size=len(MatchTerm))],
    )
    async def match_reasons(self, info: Info) -> list[MatchReason] | None:
        return reasons_of(await info.context.load(match_terms, self.record.id))

    @strawberry.field(
        description="Its tasks in their order; null unless it is the viewer's own. "
        "Needs campaigns:read.",
        directives=[Auth(scopes=["campaigns:read"]), Cost(weight=5)],
    )
    async def tasks(
        self,
        info: Info,
        *,
        where: WhichTasks = None,
        order_by: TasksBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Task] | None:
        context, order = info.context, chosen(TASK_ORDERS, order_by)
        if not self._is_own(context):
            return None
        at = window(context, order, first, after, last, before)
        return await page_of_tasks(context, self.record, condition_of(context.ids, where), at)

    @strawberry.field(
        description="Claims of its places, newest first; null unless it is the viewer's own. "
        "Needs campaigns:read.",
        directives=[Auth(scopes=["campaigns:read"]), Cost(weight=5)],
    )
    async def assignments(
        self,
        info: Info,
        *,
        where: WhichAssignments = None,
        order_by: AssignmentsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated[Assignment, strawberry.lazy("schema.assignments.types")]] | None:
        context, order = info.context, chosen(CAMPAIGN_ASSIGNMENT_ORDERS, order_by)
        if not self._is_own(context):
            return None
        at = window(context, order, first, after, last, before)
        return await page_of_assignments(context, self.record, condition_of(context.ids, where), at)

    def _is_own(self, context: Context) -> bool:
        return self.record.employer_id == context.viewer_id


async def given_campaign(context: Context, record: CampaignRecord) -> Campaign:
    """For staff, to whom a campaign is shown that the world does not see."""

    async def made() -> Campaign:
        return Campaign.of(record, context)

    found: Campaign = await given_object(context, Tag.CAMPAIGN, record.id, made)
    return found


async def campaign_of(context: Context, key: UUID) -> Campaign | None:
    found: Campaign | None = await object_of(context, Tag.CAMPAIGN, key)
    return found


node_kind(Tag.CAMPAIGN, load=campaigns_seen, show=Campaign.of)
read_as(
    "Campaign",
    Mapped(
        entity="Campaign",
        tag=Tag.CAMPAIGN,
        orders={"tasks": TASK_ORDERS, "assignments": CAMPAIGN_ASSIGNMENT_ORDERS},
        loaded={
            "viewer_can_claim": Loaded(
                claim_obstacles, lambda found: None if found is None else not found
            ),
            "warnings": Loaded(warnings, lambda found: found),
            "viewer_claim_obstacles": Loaded(claim_obstacles, lambda found: found),
            "match_reasons": Loaded(match_terms, reasons_of),
        },
    ),
)
