"""What a member does to be verified."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry

from domain.errors import InvalidInput, Refused
from domain.verification import operations
from domain.verification.provider import Entity
from schema.auth import Auth
from schema.context import Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.node import object_of
from schema.payloads import Payload
from schema.prices import Cost
from schema.scalars import URL
from schema.verification.types import Verification, VerificationCheck

CHECK: Final = {"": ["checkId"]}
WRITE: Final = [Auth(scopes=["verification:write"]), Cost(weight=10)]


@strawberry.input(description="Begins one level of verification, or begins it again.")
class VerificationStartInput:
    level: int = strawberry.field(description="One of `viewer.verification.steps`.")
    return_url: URL | None = strawberry.field(
        default=None, description="Where a verifier's pages send the member afterwards."
    )


@strawberry.type(description="Outcome of `verificationStart`.")
class VerificationStartPayload(Payload):
    verification: Verification | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.input(description="What verifiers may be told of the member besides the registration.")
class VerificationProfileSetInput:
    entity: Entity = strawberry.field(
        default=Entity.PERSON, description="What the member works as."
    )
    phone: str | None = strawberry.field(
        default=None, description="As +49301234567; it stays as it is when left out."
    )


@strawberry.type(description="Outcome of `verificationProfileSet`.")
class VerificationProfileSetPayload(Payload):
    """Nothing but whether it was kept."""


@strawberry.input(description="One field of a form.")
class VerificationFieldInput:
    name: str = strawberry.field(description="As the form schema calls it.")
    value: str = strawberry.field(description="What the member typed.")


@strawberry.input(description="Gives a check what it asks for, or lets it look again.")
class VerificationInputGiveInput:
    check_id: strawberry.ID = strawberry.field(description="Which check; it is `NEEDS_INPUT`.")
    fields: list[VerificationFieldInput] = strawberry.field(
        default_factory=list,
        description="Of `formSchema`, at most 20; none when the profile was completed instead.",
    )


@strawberry.type(description="Outcome of `verificationInputGive`.")
class VerificationInputGivePayload(Payload):
    check: VerificationCheck | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Asks for an address to upload one file to.")
class VerificationUploadBeginInput:
    check_id: strawberry.ID = strawberry.field(description="Which check.")
    name: str = strawberry.field(description="Which file: what follows `needs_file_`.")


@strawberry.type(description="Outcome of `verificationUploadBegin`.")
class VerificationUploadBeginPayload(Payload):
    url: str | None = strawberry.field(
        default=None, description="PUT the file here, once; null on refusal."
    )
    valid_until: datetime | None = strawberry.field(
        default=None, description="Until then; null on refusal."
    )


@strawberry.type(description="Changes.")
class VerificationMutations:
    @strawberry.mutation(
        description="Begin a level; its checks are asked at once. One under way stays as it is. "
        "Needs verification:write.",
        directives=WRITE,
    )
    async def verification_start(
        self, info: Info, input: In[VerificationStartInput]
    ) -> VerificationStartPayload | None:
        context = info.context
        try:
            key = await operations.start_verification(
                member_id=context.signed_in().member_id,
                level=input.level,
                return_url=input.return_url or "",
                region=context.services.verifiers.region,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationStartPayload(errors=[user_error(refusal)])
        found = await object_of(context.renewed(), Tag.VERIFICATION, key)
        return VerificationStartPayload(verification=found)

    @strawberry.mutation(
        description="Say what verifiers may be told. Needs verification:write.", directives=WRITE
    )
    async def verification_profile_set(
        self, info: Info, input: In[VerificationProfileSetInput]
    ) -> VerificationProfileSetPayload | None:
        context = info.context
        try:
            await operations.set_profile(
                member_id=context.signed_in().member_id,
                entity=input.entity,
                phone=input.phone,
                vault=context.services.vault,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationProfileSetPayload(errors=[user_error(refusal)])
        return VerificationProfileSetPayload()

    @strawberry.mutation(
        description="Give a check what it asks for; it is asked again at once. "
        "Needs verification:write.",
        directives=WRITE,
    )
    async def verification_input_give(
        self, info: Info, input: In[VerificationInputGiveInput]
    ) -> VerificationInputGivePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            key = context.ids.decode(Tag.VERIFICATION_CHECK, input.check_id, "check_id")
            given = {each.name: each.value for each in input.fields}
            if len(given) != len(input.fields):
                raise InvalidInput("a field stands here twice", path=("fields",))
            await operations.give_input(
                check_id=key,
                member_id=viewer.member_id,
                given=given,
                vault=context.services.vault,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationInputGivePayload(errors=[user_error(refusal, CHECK)])
        found = await object_of(context.renewed(), Tag.VERIFICATION_CHECK, key)
        return VerificationInputGivePayload(check=found)

    @strawberry.mutation(
        description="Get an address for a file that a check asks for. Needs verification:write.",
        directives=WRITE,
    )
    async def verification_upload_begin(
        self, info: Info, input: In[VerificationUploadBeginInput]
    ) -> VerificationUploadBeginPayload | None:
        context = info.context
        try:
            ticket = await operations.begin_upload(
                check_id=context.ids.decode(Tag.VERIFICATION_CHECK, input.check_id, "check_id"),
                name=input.name,
                member_id=context.signed_in().member_id,
                new_token=context.services.new_token,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationUploadBeginPayload(errors=[user_error(refusal, CHECK)])
        return VerificationUploadBeginPayload(
            url=f"{context.services.url}/uploads/{ticket.token}", valid_until=ticket.valid_until
        )
