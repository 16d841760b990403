"""Notices of the IRS about numbers of members: what finance records, and what is due."""

from __future__ import annotations

from datetime import date
from typing import Self

import strawberry

from domain.errors import Refused
from domain.taxes import operations, queries
from domain.taxes.queries import NoticeRecord
from domain.taxes.rules.b_notices import Notice
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

FINANCE = [Auth(scopes=["finance:write"]), Cost(weight=10)]

show_enum(
    Notice,
    name="TaxNoticeKind",
    description="Which notice it is, and what ends it.",
    values={
        Notice.FIRST: "The first in three years: a new W-9 ends it.",
        Notice.SECOND: "Another one in these years: a letter of the SSA, or 147C of the IRS, "
        "ends it.",
        Notice.REPEATED: "The same once more: nothing new is sent.",
    },
)


@strawberry.type(
    description="The IRS says that a member's name and number do not belong together, and nobody "
    "has answered yet."
)
class TaxNotice:
    kind: Notice = strawberry.field(description="Which one.")
    member_id: strawberry.ID = strawberry.field(description="Who is named.")
    received_on: date = strawberry.field(description="When it came.")
    tax_year: int = strawberry.field(description="The year it is about.")
    letter_by: date = strawberry.field(description="By when the letter to the member is sent.")
    letter_sent_on: date | None = strawberry.field(description="When it was sent.")
    withhold_from: date = strawberry.field(
        description="From this day on payouts are held until it is answered."
    )

    @classmethod
    def of(cls, record: NoticeRecord, context: Context) -> Self:
        return cls(
            kind=record.notice,
            member_id=context.ids.encode(Tag.MEMBER, record.member_id),
            received_on=record.received_on,
            tax_year=record.tax_year,
            letter_by=record.letter_by,
            letter_sent_on=record.letter_sent_on,
            withhold_from=record.withhold_from,
        )


@strawberry.type(description="Notices, as finance sees them.")
class FinanceTaxNotices:
    @strawberry.field(
        description="Those that nobody has answered, the soonest letter first; at most 100.",
        directives=[Cost(weight=5, list_size=queries.NOTICE_COUNT_MAX)],
    )
    async def tax_notices(self, info: Info) -> list[TaxNotice] | None:
        found = await queries.open_b_notices()
        return [TaxNotice.of(each, info.context) for each in found]


@strawberry.input(description="A CP2100 or CP2100A names a member.")
class TaxNoticeRecordInput:
    member_id: strawberry.ID = strawberry.field(description="Who is named.")
    received_on: date = strawberry.field(description="When it came.")
    tax_year: int = strawberry.field(description="The year it is about.")


@strawberry.type(description="Outcome of `taxNoticeRecord`.")
class TaxNoticeRecordPayload(Payload):
    kind: Notice | None = strawberry.field(
        default=None, description="Which one it is; null on refusal."
    )


@strawberry.input(description="The letter about a notice went out.")
class TaxNoticeSendInput:
    member_id: strawberry.ID = strawberry.field(description="To whom.")
    sent_on: date = strawberry.field(description="When.")


@strawberry.type(description="Outcome of `taxNoticeSend`.")
class TaxNoticeSendPayload(Payload):
    pass


@strawberry.input(description="A member answered by a letter of the SSA or the IRS.")
class TaxNoticeEndInput:
    member_id: strawberry.ID = strawberry.field(description="Who answered.")
    note: str = strawberry.field(description="What was seen; 10 to 500 characters, kept for ever.")


@strawberry.type(description="Outcome of `taxNoticeEnd`.")
class TaxNoticeEndPayload(Payload):
    pass


@strawberry.type(description="Changes.")
class TaxNoticeMutations:
    @strawberry.mutation(
        description="Record that the IRS doubts a member's number. Needs finance:write.",
        directives=FINANCE,
    )
    async def tax_notice_record(
        self, info: Info, input: In[TaxNoticeRecordInput]
    ) -> TaxNoticeRecordPayload | None:
        context = info.context
        try:
            kind = await operations.record_b_notice(
                actor_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                received_on=input.received_on,
                tax_year=input.tax_year,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return TaxNoticeRecordPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return TaxNoticeRecordPayload(kind=kind)

    @strawberry.mutation(
        description="Say that the letter about a member's notice went out. Needs finance:write.",
        directives=FINANCE,
    )
    async def tax_notice_send(
        self, info: Info, input: In[TaxNoticeSendInput]
    ) -> TaxNoticeSendPayload | None:
        context = info.context
        try:
            await operations.note_b_notice_letter(
                actor_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                sent_on=input.sent_on,
                now=context.now,
            )
        except Refused as refusal:
            return TaxNoticeSendPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return TaxNoticeSendPayload()

    @strawberry.mutation(
        description="End a member's notices: the letter of the SSA or of the IRS was seen. "
        "Needs finance:write.",
        directives=FINANCE,
    )
    async def tax_notice_end(
        self, info: Info, input: In[TaxNoticeEndInput]
    ) -> TaxNoticeEndPayload | None:
        context = info.context
        try:
            await operations.end_b_notice(
                actor_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                note=input.note,
                now=context.now,
            )
        except Refused as refusal:
            return TaxNoticeEndPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return TaxNoticeEndPayload()
