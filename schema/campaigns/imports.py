"""Offers of other marketplaces, brought over as drafts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

import strawberry

from domain.campaigns.rules import Category
from domain.errors import Refused
from domain.imports import operations, rules
from domain.imports.rules import WARNING_COUNT_MAX, Change, Source
from schema.auth import Auth
from schema.campaigns.types import Campaign, campaign_of
from schema.context import Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload
from schema.prices import Cost

show_enum(
    Source,
    name="CampaignImportSource",
    description="Whose document it is.",
    values={
        Source.MTURK: "The request of CreateHIT, as JSON.",
        Source.SPROUTGIGS: "The body of a job post, as JSON.",
    },
)
show_enum(
    Change,
    name="CampaignImportChange",
    description="What became of a field.",
    values={
        Change.CAPPED: "It is more than is possible here, and was cut to that.",
        Change.DROPPED: "There is nothing like it here.",
        Change.CHANGED: "It means nearly the same here.",
    },
)


@strawberry.type(description="What is different from the document.")
class CampaignImportWarning:
    field: str = strawberry.field(description="Its name in the document, with where it stands.")
    change: Change = strawberry.field(description="What became of it.")
    text: str = strawberry.field(description="In English, for the employer.")

    @classmethod
    def of(cls, warning: rules.Difference) -> Self:
        return cls(field=warning.field, change=warning.change, text=warning.text)


@strawberry.type(description="What more than one answered elsewhere.")
class AgreedAnswer:
    question: str = strawberry.field(description="Its identifier in the document.")
    answer: str = strawberry.field(description="As it was given, on one line.")
    count: int = strawberry.field(description="How many gave it, without what was rejected.")

    @classmethod
    def of(cls, record: rules.AgreedAnswer) -> Self:
        return cls(question=record.question, answer=record.answer, count=record.count)


@strawberry.type(
    description="What was done elsewhere. The median time became `estimatedSeconds`; the rest is "
    "told here alone, and nothing is kept of who worked."
)
class CampaignImportHistory:
    work_count: int = strawberry.field(description="How many pieces of work were handed in.")
    approved_count: int = strawberry.field(description="Approved of all that are told of.")
    rejected_count: int = strawberry.field(description="Rejected of all that are told of.")
    estimated_seconds: int | None = strawberry.field(
        description="The median time; null where nothing was handed in."
    )
    answers: list[AgreedAnswer] = strawberry.field(
        description="What most answered, first; at most 20. They may serve as known answers.",
        directives=[Cost(list_size=rules.ANSWER_COUNT_MAX, weight=0)],
    )

    @classmethod
    def of(cls, record: rules.History) -> Self:
        return cls(
            work_count=record.work_count,
            approved_count=record.approved_count,
            rejected_count=record.rejected_count,
            estimated_seconds=record.estimated_seconds,
            answers=[AgreedAnswer.of(each) for each in record.answers],
        )


@strawberry.input(description="Brings an offer over as a draft.")
class CampaignImportInput(Wish):
    source: Source = strawberry.field(description="Whose document it is.")
    document: str = strawberry.field(
        description="The JSON, at most 200,000 characters; of MTurk also with `Assignments`, as it "
        "lists them. A `UniqueRequestToken` in it counts as "
        "the idempotency key."
    )
    category: Category | None = strawberry.field(
        default=None, description="Kind of work; null guesses, and warns."
    )


@strawberry.type(description="Outcome of `campaignImport`.")
class CampaignImportPayload(MoneyPayload):
    campaign: Campaign | None = strawberry.field(
        default=None, description="A draft with its tasks; null on refusal."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="When it would have ended: for `campaignPublish`."
    )
    history: CampaignImportHistory | None = strawberry.field(
        default=None, description="Null where the document has no `Assignments`, and on refusal."
    )
    warnings: list[CampaignImportWarning] | None = strawberry.field(
        default=None,
        description="What is different from the document, at most 100; null on refusal.",
        directives=[Cost(list_size=WARNING_COUNT_MAX, weight=0)],
    )


@strawberry.type(description="Changes.")
class CampaignImportMutations:
    @strawberry.mutation(
        description="Bring an offer of another marketplace over as a draft with its tasks. "
        "Nothing is set aside yet. Needs campaigns:write.",
        directives=[Auth(scopes=["campaigns:write"]), Cost(weight=20)],
    )
    async def campaign_import(
        self, info: Info, input: In[CampaignImportInput]
    ) -> CampaignImportPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.import_campaign(
                employer_id=viewer.member_id,
                source=input.source,
                document=input.document,
                category=input.category,
                key=key_of("campaignImport", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignImportPayload(errors=[user_error(refusal)])
        seconds, history = done.draft.lifetime_seconds, done.draft.history
        return CampaignImportPayload(
            campaign=await campaign_of(context.renewed(), done.campaign_id),
            ends_at=None if not seconds else context.now + timedelta(seconds=seconds),
            history=None if history is None else CampaignImportHistory.of(history),
            warnings=[CampaignImportWarning.of(each) for each in done.draft.warnings],
            replayed=done.replayed,
        )
