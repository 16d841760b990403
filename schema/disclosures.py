"""The log of what was told of members to somebody outside; for staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Self

import strawberry

from domain.errors import Refused
from domain.members.rules import Role
from domain.privacy import operations, queries
from domain.privacy.queries import DisclosureRecord
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.errors import InvalidId, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

LIST_MAX: Final = 100
STAFF: Final = Auth(scopes=["members:oversee"])


@strawberry.type(description="What was told of a member to somebody outside. It never changes.")
class Disclosure:
    member_id: strawberry.ID = strawberry.field(description="Of whom.")
    recipient: str = strawberry.field(description="The authority that asked.")
    legal_basis: str = strawberry.field(description="The law that demands it.")
    reference: str = strawberry.field(description="Of the request, by its sender.")
    fields: list[str] = strawberry.field(description="Names of what was told; no values.")
    disclosed_on: date = strawberry.field(description="When it was told.")
    may_be_told: bool = strawberry.field(description="Whether the law lets the member know.")
    recorded_by_id: strawberry.ID = strawberry.field(description="Which of the staff wrote it.")
    recorded_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: DisclosureRecord, context: Context) -> Self:
        return cls(
            member_id=context.ids.encode(Tag.MEMBER, record.member_id),
            recipient=record.recipient,
            legal_basis=record.legal_basis,
            reference=record.reference,
            fields=list(record.fields),
            disclosed_on=record.disclosed_on,
            may_be_told=record.may_be_told,
            recorded_by_id=context.ids.encode(Tag.MEMBER, record.recorded_by),
            recorded_at=record.recorded_at,
        )


@strawberry.input(description="Writes down what was told of a member. No personal data in it.")
class DisclosureRecordInput:
    member_id: strawberry.ID = strawberry.field(description="Of whom.")
    recipient: str = strawberry.field(description="Who asked, in at most 200 characters.")
    legal_basis: str = strawberry.field(description="By which law, in at most 500 characters.")
    reference: str = strawberry.field(description="Of the request, in at most 100 characters.")
    fields: list[str] = strawberry.field(
        description="What was told: 1 to 50 names such as `tax_number`, never their values."
    )
    disclosed_on: date = strawberry.field(description="When it was told.")
    may_be_told: bool = strawberry.field(
        description="Whether the law lets the member know: then it stands in their data export."
    )


@strawberry.type(description="Outcome of `disclosureRecord`.")
class DisclosureRecordPayload(Payload):
    disclosure: Disclosure | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class DisclosureMutations:
    @strawberry.mutation(
        description="Write down what the law made us tell of a member, to whom and why. It stays "
        "for ever as it is written. Needs members:oversee.",
        directives=[STAFF, Cost(weight=10)],
    )
    async def disclosure_record(
        self, info: Info, input: In[DisclosureRecordInput]
    ) -> DisclosureRecordPayload | None:
        context = info.context
        try:
            member_id = context.ids.decode(Tag.MEMBER, input.member_id, "member_id")
            await operations.record_disclosure(
                staff_id=context.signed_in().member_id,
                member_id=member_id,
                recipient=input.recipient,
                legal_basis=input.legal_basis,
                reference=input.reference,
                fields=input.fields,
                disclosed_on=input.disclosed_on,
                may_be_told=input.may_be_told,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DisclosureRecordPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        (newest,) = await queries.disclosures(member_id=member_id, limit=1)
        return DisclosureRecordPayload(disclosure=Disclosure.of(newest, context))


OfMember = Annotated[
    strawberry.ID | None, strawberry.argument(description="Of whom; of everybody by default.")
]


@strawberry.type(description="Reads.")
class DisclosureQueries:
    @strawberry.field(
        description="What was told of members to somebody outside, newest first; at most 100. "
        "Needs the role staff.",
        directives=[STAFF, Cost(weight=50, list_size=LIST_MAX)],
    )
    async def disclosures(
        self, info: Info, *, member_id: OfMember = None
    ) -> list[Disclosure] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        try:
            whose = None if member_id is None else context.ids.decode(Tag.MEMBER, member_id)
        except InvalidId:
            return []
        records = await queries.disclosures(member_id=whose, limit=LIST_MAX)
        return [Disclosure.of(each, context) for each in records]
