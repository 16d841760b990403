"""What the mutations of campaigns take."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import strawberry

from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import (
    ANYTIME,
    CLAIM_MINUTES_DEFAULT,
    OWN_SERVICE,
    REVIEW_DAYS_DEFAULT,
    REVISION_COUNT_MAX,
    Audience,
    Category,
    ContentRating,
    DeclineReason,
    Difficulty,
    Guard,
    ReportReason,
    Schedule,
    Target,
    Terms,
    Visibility,
    WorkMode,
)
from domain.categories.rules import is_within
from domain.errors import InvalidInput
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below
from schema.campaigns.conditions import CampaignScheduleInput, CampaignTargetInput, to_targets
from schema.campaigns.instructions import InstructionsInput
from schema.campaigns.purpose import DataUseInput
from schema.ids import IdCodec
from schema.inputs import Wish
from schema.money import MoneyInput

Value = TypeVar("Value")


@strawberry.input(description="Drafts a campaign.")
class CampaignCreateInput:
    title: str = strawberry.field(description="At most 200 characters.")
    category: Category = strawberry.field(description="Kind of work.")
    category_slug: str | None = strawberry.field(
        default=None, description="More precisely: a slug of `categories` below that kind of work."
    )
    work_mode: WorkMode = strawberry.field(
        default=WorkMode.CREATE,
        description="What workers do. With CHECK each task shows what, by an address or variables.",
    )
    reward: MoneyInput = strawberry.field(description="For one approved place.")
    instructions: InstructionsInput = strawberry.field(description="What workers must do.")
    claim_minutes: int = strawberry.field(
        default=CLAIM_MINUTES_DEFAULT, description="How long a claim holds its place: 5 to 90."
    )
    review_days: int = strawberry.field(
        default=REVIEW_DAYS_DEFAULT, description="How long you may take to decide: 1 to 7."
    )
    revision_count_max: int = strawberry.field(
        default=REVISION_COUNT_MAX, description="How often you may ask for a revision: 0 to 2."
    )
    per_worker_max: int | None = strawberry.field(
        default=None,
        description="How many places one worker may take; null means any number. "
        "Above 1 it is for workers of level 4 and higher, others take one.",
    )
    targets: list[CampaignTargetInput] = strawberry.field(
        default_factory=list,
        description="What it asks of workers, at most 10; all of it must hold.",
    )
    guard: Guard = strawberry.field(
        default=Guard.CLAIM, description="What those see of it whom it is not for."
    )
    content_rating: ContentRating = strawberry.field(
        default=ContentRating.GENERAL,
        description="Whether it is for grown-ups alone; its guard is DISCOVER then.",
    )
    visibility: Visibility = strawberry.field(
        default=Visibility.PUBLIC, description="Who may see it at all."
    )
    difficulty: Difficulty = strawberry.field(
        default=Difficulty.MEDIUM, description="As you see it."
    )
    schedule: CampaignScheduleInput | None = strawberry.field(
        default=None, description="When and how many claims are taken; null means always."
    )
    estimated_seconds: int | None = strawberry.field(
        default=None, description="What one place takes, 5 seconds to a day; workers see it."
    )
    collects_contacts: bool = strawberry.field(
        default=False,
        description="The work is about contact data of others, so it is not masked in answers. "
        "Staff look at such a campaign before workers do.",
    )
    approves_by_rule: bool = strawberry.field(
        default=False,
        description="Approve by itself what answers all control questions rightly, or says what "
        "the crowd agrees on; all else waits for the viewer as ever.",
    )
    data_use: DataUseInput | None = strawberry.field(
        default=None,
        description="What the data is for; null means the employer's own service alone.",
    )

    def terms(self, ids: IdCodec) -> Terms:
        """Refuses with `InvalidInput`."""
        return Terms(
            title=self.title,
            category=self.category,
            category_slug=self.category_slug,
            work_mode=self.work_mode,
            reward=self.reward.positive("reward"),
            claim_minutes=self.claim_minutes,
            review_days=self.review_days,
            revision_count_max=self.revision_count_max,
            per_worker_max=self.per_worker_max,
            audience=Audience(
                targets=to_targets(self.targets, ids),
                guard=self.guard,
                content_rating=self.content_rating,
                visibility=self.visibility,
            ),
            difficulty=self.difficulty,
            schedule=ANYTIME if self.schedule is None else self.schedule.to_schedule(),
            estimated_seconds=self.estimated_seconds,
            collects_contacts=self.collects_contacts,
            approves_by_rule=self.approves_by_rule,
            data_use=OWN_SERVICE if self.data_use is None else self.data_use.use(),
        )


@strawberry.input(description="Changes the terms of a draft; what is absent stays.")
class CampaignUpdateInput:
    campaign_id: strawberry.ID = strawberry.field(description="A draft of the viewer's.")
    title: strawberry.Maybe[str | None] = strawberry.field(description="At most 200 characters.")
    category: strawberry.Maybe[Category | None] = strawberry.field(
        description="Kind of work; another one forgets the slug of the former."
    )
    category_slug: strawberry.Maybe[str | None] = strawberry.field(
        description="A slug of `categories` below it; null means nothing more precise."
    )
    work_mode: strawberry.Maybe[WorkMode | None] = strawberry.field(
        description="What workers do; it stays once there are tasks."
    )
    reward: strawberry.Maybe[MoneyInput | None] = strawberry.field(
        description="For one approved place."
    )
    claim_minutes: strawberry.Maybe[int | None] = strawberry.field(description="5 to 90.")
    review_days: strawberry.Maybe[int | None] = strawberry.field(description="1 to 7.")
    revision_count_max: strawberry.Maybe[int | None] = strawberry.field(description="0 to 2.")
    per_worker_max: strawberry.Maybe[int | None] = strawberry.field(
        description="Null means any number."
    )
    targets: strawberry.Maybe[list[CampaignTargetInput] | None] = strawberry.field(
        description="All that it asks of workers, at most 10."
    )
    guard: strawberry.Maybe[Guard | None] = strawberry.field(
        description="What those see of it whom it is not for."
    )
    content_rating: strawberry.Maybe[ContentRating | None] = strawberry.field(
        description="Whether it is for grown-ups alone."
    )
    visibility: strawberry.Maybe[Visibility | None] = strawberry.field(
        description="Who may see it at all."
    )
    difficulty: strawberry.Maybe[Difficulty | None] = strawberry.field(description="As you see it.")
    schedule: strawberry.Maybe[CampaignScheduleInput | None] = strawberry.field(
        description="When and how many claims are taken, all of it anew; null means always."
    )
    estimated_seconds: strawberry.Maybe[int | None] = strawberry.field(
        description="What one place takes, 5 seconds to a day."
    )
    collects_contacts: strawberry.Maybe[bool | None] = strawberry.field(
        description="Whether the work is about contact data of others."
    )
    approves_by_rule: strawberry.Maybe[bool | None] = strawberry.field(
        description="Whether what is known to be right is approved by itself."
    )
    data_use: strawberry.Maybe[DataUseInput | None] = strawberry.field(
        description="What the data is for, as a whole."
    )

    def changed(
        self, before: CampaignRecord, *, targets: tuple[Target, ...], ids: IdCodec
    ) -> Terms:
        """Refuses with `InvalidInput` where null makes no sense."""
        category = required(self.category, "category", before.category)
        kept = before.category_slug if is_within(before.category_slug, category.value) else None
        reward = before.price.reward
        if self.reward is not None:
            reward = required(self.reward, "reward", None).positive("reward")
        return Terms(
            title=required(self.title, "title", before.title),
            category=category,
            work_mode=required(self.work_mode, "work_mode", before.work_mode),
            category_slug=kept if self.category_slug is None else self.category_slug.value,
            reward=reward,
            claim_minutes=required(self.claim_minutes, "claim_minutes", before.claim_minutes),
            review_days=required(self.review_days, "review_days", before.review_days),
            revision_count_max=required(
                self.revision_count_max, "revision_count_max", before.revision_count_max
            ),
            per_worker_max=before.per_worker_max
            if self.per_worker_max is None
            else self.per_worker_max.value,
            audience=Audience(
                targets=targets
                if self.targets is None
                else to_targets(required(self.targets, "targets", None), ids),
                guard=required(self.guard, "guard", before.guard),
                content_rating=required(
                    self.content_rating, "content_rating", before.content_rating
                ),
                visibility=required(self.visibility, "visibility", before.visibility),
            ),
            difficulty=required(self.difficulty, "difficulty", before.difficulty),
            schedule=self._changed_schedule(before),
            estimated_seconds=before.estimated_seconds
            if self.estimated_seconds is None
            else self.estimated_seconds.value,
            collects_contacts=required(
                self.collects_contacts, "collects_contacts", before.collects_contacts
            ),
            approves_by_rule=required(
                self.approves_by_rule, "approves_by_rule", before.approves_by_rule
            ),
            data_use=before.data_use
            if self.data_use is None
            else required(self.data_use, "data_use", None).use(),
        )

    def _changed_schedule(self, before: CampaignRecord) -> Schedule:
        if self.schedule is None:
            return before.schedule
        return ANYTIME if self.schedule.value is None else self.schedule.value.to_schedule()


def required(
    given: strawberry.Some[Value | None] | None, field: str, before: Value | None
) -> Value:
    value = before if given is None else given.value
    if value is None:
        raise InvalidInput("this cannot be null", path=(field,))
    return value


@strawberry.input(description="Writes a new version of the instructions.")
class CampaignReviseInstructionsInput:
    campaign_id: strawberry.ID = strawberry.field(description="One of the viewer's campaigns.")
    instructions: InstructionsInput = strawberry.field(description="The whole new version.")


@strawberry.input(description="Sets the price of every place aside.")
class CampaignFundInput(Wish):
    campaign_id: strawberry.ID = strawberry.field(description="A draft of the viewer's.")


@strawberry.input(description="Opens a campaign to workers.")
class CampaignPublishInput:
    campaign_id: strawberry.ID = strawberry.field(description="A funded campaign of the viewer's.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="No claims are taken before this; null means at once."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="No claims are taken after this; null means no end."
    )


@strawberry.input(description="Takes no new claims for now.")
class CampaignPauseInput:
    campaign_id: strawberry.ID = strawberry.field(description="A running campaign of the viewer's.")


@strawberry.input(description="Takes claims again.")
class CampaignResumeInput:
    campaign_id: strawberry.ID = strawberry.field(description="A paused campaign of the viewer's.")


@strawberry.input(description="Says what was put right.")
class CampaignAcknowledgeInput:
    campaign_id: strawberry.ID = strawberry.field(
        description="A campaign of the viewer's in the state PAUSED_SYSTEM."
    )
    text: str = strawberry.field(description="In 20 to 4,096 characters; staff read it.")


@strawberry.input(description="Lets claims in again, as staff.")
class CampaignClearInput:
    campaign_id: strawberry.ID = strawberry.field(description="Paused by others than its owner.")
    text: str = strawberry.field(description="In 20 to 4,096 characters; its employer reads it.")


@strawberry.input(description="Lets a campaign out, as staff.")
class CampaignApproveInput:
    campaign_id: strawberry.ID = strawberry.field(description="From `campaignQueue`.")


@strawberry.input(description="Does not let a campaign out, as staff.")
class CampaignDeclineInput:
    campaign_id: strawberry.ID = strawberry.field(description="From `campaignQueue`.")
    reason: DeclineReason = strawberry.field(description="What is wrong.")
    text: str = strawberry.field(description="In 20 to 4,096 characters; its employer reads it.")


@strawberry.input(description="Tells staff of a campaign.")
class CampaignReportInput:
    campaign_id: strawberry.ID = strawberry.field(description="Somebody else's campaign.")
    reason: ReportReason = strawberry.field(description="What is wrong.")
    text: str = strawberry.field(description="In 20 to 4,096 characters; staff read it.")


@strawberry.input(description="Stops new claims, as staff.")
class CampaignSuspendInput:
    campaign_id: strawberry.ID = strawberry.field(description="One that is open or paused.")
    text: str = strawberry.field(description="In 20 to 4,096 characters; its employer reads it.")


@strawberry.input(description="Ends a campaign for good, as staff.")
class CampaignBlockInput(Wish):
    campaign_id: strawberry.ID = strawberry.field(description="In the state PAUSED_ADMIN.")
    text: str = strawberry.field(description="In 20 to 4,096 characters; its employer reads it.")


@strawberry.input(description="Adds places to a campaign, at its price.")
class CampaignExtendInput(Wish):
    campaign_id: strawberry.ID = strawberry.field(description="An open or paused one of yours.")
    task_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which task; needed where the campaign has several."
    )
    place_count: int = strawberry.field(description="How many more: 1 to 9,999.")
    reward: MoneyInput | None = strawberry.field(
        default=None,
        description="For these places and all that are open now; null: what it was. Claims keep "
        "their own.",
    )


@strawberry.input(description="Lets a finished campaign run again.")
class CampaignRestartInput(Wish):
    campaign_id: strawberry.ID = strawberry.field(
        description="A campaign of the viewer's that is finished, and not archived yet."
    )
    task_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which task; needed where the campaign has several."
    )
    place_count: int = strawberry.field(description="How many more: 1 to 9,999.")
    ends_at: datetime | None = strawberry.field(
        default=None, description="No claims are taken after this; null means no end."
    )


@strawberry.input(description="Ends a campaign for good.")
class CampaignStopInput(Wish):
    campaign_id: strawberry.ID = strawberry.field(description="One of the viewer's campaigns.")
