"""Versions of policies, and what members agree to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from domain.consents import operations, queries
from domain.consents.queries import ConsentRecord, PolicyVersionRecord
from domain.consents.rules import (
    DataRegion,
    PolicyDraft,
    PolicyKind,
    PolicyState,
    PolicyText,
    text_in,
)
from domain.errors import Refused
from domain.members.rules import Role
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.node import Node, node_kind, object_of, objects_of
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as

VERSIONS_MAX: Final = 20
ASKED_MAX: Final = 5
CONSENTS_MAX: Final = 5
STAFF: Final = [Auth(scopes=["policies:write"]), Cost(weight=10)]
READ: Final = Cost(weight=20, list_size=VERSIONS_MAX)

show_enum(
    PolicyKind,
    description="Which text.",
    values={
        PolicyKind.TERMS: "What workers, employers and the platform owe each other.",
        PolicyKind.PRIVACY: "What becomes of personal data.",
    },
)
show_enum(
    DataRegion,
    description="Where personal data are processed.",
    values={
        DataRegion.EU: "In the European Union.",
        DataRegion.US: "In the United States of America.",
    },
)
show_enum(
    PolicyState,
    description="Where a version stands.",
    values={
        PolicyState.DRAFT: "Waits for a second person of the staff, who alone see it.",
        PolicyState.POSTED: "Announced; see `effectiveAt`.",
        PolicyState.EFFECTIVE: "In force.",
        PolicyState.SUPERSEDED: "Another version has taken its place.",
    },
)


@strawberry.type(description="A version of a policy; once it is posted it never changes.")
class Policy(Node):
    kind: PolicyKind = strawberry.field(description="Which text.")
    version: int = strawberry.field(description="Counts from 1 in each kind.")
    state: PolicyState = strawberry.field(description="Where it stands.")
    note: str = strawberry.field(description="What is new.")
    is_material: bool = strawberry.field(description="Members must agree to it anew.")
    data_regions: list[DataRegion] = strawberry.field(
        description="Where personal data are processed under it; at most 2."
    )
    posted_at: datetime | None = strawberry.field(description="When; null for a draft.")
    effective_at: datetime = strawberry.field(
        description="From when it holds: of a material change, 30 days after it was posted or "
        "later."
    )
    languages: list[str] = strawberry.field(description="ISO 639-1 codes of its texts; at most 20.")
    text: str = strawberry.field(
        description="In the language of the request, else in English, else in the first."
    )
    text_language: str = strawberry.field(
        description="The language of `text`; send it with `consentGive`."
    )

    @classmethod
    def of(cls, record: PolicyVersionRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.POLICY, record.id),
            kind=record.kind,
            version=record.version,
            state=record.state,
            note=record.note,
            is_material=record.is_material,
            data_regions=list(record.data_regions),
            posted_at=record.posted_at,
            effective_at=record.effective_at,
            languages=[each.language for each in record.texts],
            text=text_shown(context, record.texts),
            text_language=language_shown(context, record.texts),
        )


@strawberry.type(description="The viewer agreed to a version; this is never taken back.")
class Consent:
    version_key: strawberry.Private[UUID]
    language: str = strawberry.field(description="In which the viewer read it.")
    data_regions: list[DataRegion] = strawberry.field(
        description="Where data may be processed; at most 2."
    )
    given_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: ConsentRecord) -> Self:
        return cls(
            version_key=record.version_id,
            language=record.language,
            data_regions=list(record.data_regions),
            given_at=record.given_at,
        )

    @strawberry.field(description="To what.")
    async def policy(self, info: Info) -> Policy | None:
        found: Policy | None = await object_of(info.context, Tag.POLICY, self.version_key)
        return found


@strawberry.type(description="What the viewer agrees to.")
class ViewerConsents:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What the viewer has not agreed to: first what is in force, which stands in "
        "the way of claims and of publishing, then what is announced; at most 5.",
        directives=[Cost(weight=5, list_size=ASKED_MAX)],
    )
    async def policies_to_agree(self, info: Info) -> list[Policy] | None:
        context = info.context
        found = await queries.policies_asked(member_id=self.key, now=context.now, limit=ASKED_MAX)
        return await objects_of(context, Tag.POLICY, [each.id for each in found])

    @strawberry.field(
        description="The viewer's latest consents, newest first; at most 5.",
        directives=[Cost(weight=5, list_size=CONSENTS_MAX)],
    )
    async def consents(self, info: Info) -> list[Consent] | None:  # noqa: ARG002  # a resolver's signature
        found = await queries.consents_of(member_id=self.key, limit=CONSENTS_MAX)
        return [Consent.of(each) for each in found]


@strawberry.input(description="A policy in one language.")
class PolicyTextInput:
    language: str = strawberry.field(description="An ISO 639-1 code.")
    text: str = strawberry.field(description="At most 100,000 characters.")


@strawberry.input(description="Writes the next version of a policy, in place of its last draft.")
class PolicyDraftInput:
    kind: PolicyKind = strawberry.field(description="Which text.")
    texts: list[PolicyTextInput] = strawberry.field(
        description="At most 20, each in another language."
    )
    note: str = strawberry.field(description="What is new, in at most 1,000 characters.")
    is_material: bool = strawberry.field(
        description="Whether members must agree anew; a first version always asks for it."
    )
    data_regions: list[DataRegion] = strawberry.field(
        description="Where personal data are processed under it."
    )
    effective_at: datetime = strawberry.field(
        description="From when it holds: of a material change, 30 days after it is posted or later."
    )


@strawberry.type(description="Outcome of `policyDraft`.")
class PolicyDraftPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Lets a draft out, as it is.")
class PolicyPostInput:
    policy_id: strawberry.ID = strawberry.field(description="The draft.")


@strawberry.type(description="Outcome of `policyPost`.")
class PolicyPostPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Agrees to a version.")
class ConsentGiveInput:
    policy_id: strawberry.ID = strawberry.field(description="The version.")
    language: str = strawberry.field(description="`textLanguage` of the text that was read.")


@strawberry.type(description="Outcome of `consentGive`.")
class ConsentGivePayload(Payload):
    policy: Policy | None = strawberry.field(
        default=None, description="To what the viewer has agreed; null on refusal."
    )


@strawberry.type(description="Changes.")
class PolicyMutations:
    @strawberry.mutation(
        description="Staff write the next version of a policy; members see nothing of it before "
        "somebody else posts it. Needs policies:write.",
        directives=STAFF,
    )
    async def policy_draft(
        self, info: Info, input: In[PolicyDraftInput]
    ) -> PolicyDraftPayload | None:
        context = info.context
        draft = PolicyDraft(
            texts=tuple(PolicyText(each.language, each.text) for each in input.texts),
            note=input.note,
            is_material=input.is_material,
            data_regions=frozenset(input.data_regions),
            effective_at=input.effective_at,
        )
        try:
            key = await operations.draft_policy(
                staff_id=context.signed_in().member_id,
                kind=input.kind,
                draft=draft,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return PolicyDraftPayload(errors=[user_error(refusal)])
        return PolicyDraftPayload(policy=await object_of(context, Tag.POLICY, key))

    @strawberry.mutation(
        description="A second person of the staff posts a version; members are told of a material "
        "change. Needs policies:write.",
        directives=STAFF,
    )
    async def policy_post(self, info: Info, input: In[PolicyPostInput]) -> PolicyPostPayload | None:
        context = info.context
        try:
            staff_id = context.signed_in().member_id
            key = context.ids.decode(Tag.POLICY, input.policy_id, "policy_id")
            await operations.post_policy(staff_id=staff_id, version_id=key, now=context.now)
        except Refused as refusal:
            return PolicyPostPayload(errors=[user_error(refusal, {"": ["policyId"]})])
        return PolicyPostPayload(policy=await object_of(context, Tag.POLICY, key))

    @strawberry.mutation(
        description="Agree to a version that is in force or announced. Needs profile:write.",
        directives=[Auth(scopes=["profile:write"]), Cost(weight=10)],
    )
    async def consent_give(
        self, info: Info, input: In[ConsentGiveInput]
    ) -> ConsentGivePayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            key = context.ids.decode(Tag.POLICY, input.policy_id, "policy_id")
            await operations.give_consent(
                member_id=viewer_id, version_id=key, language=input.language, now=context.now
            )
        except Refused as refusal:
            paths = {"": ["policyId"], "version_id": ["policyId"]}
            return ConsentGivePayload(errors=[user_error(refusal, paths)])
        return ConsentGivePayload(policy=await object_of(context, Tag.POLICY, key))


WhichPolicy = Annotated[
    PolicyKind | None,
    strawberry.argument(
        description="Gives all versions of this one that were posted, the newest first; by "
        "default what is in force and announced of each."
    ),
]


@strawberry.type(description="Reads.")
class PolicyQueries:
    @strawberry.field(
        description="Policies, for anybody, signed in or not; at most 20.", directives=[READ]
    )
    async def policies(self, info: Info, *, kind: WhichPolicy = None) -> list[Policy] | None:
        context = info.context
        found = (
            await queries.current_policies(now=context.now, limit=VERSIONS_MAX)
            if kind is None
            else await queries.versions_of(kind=kind, now=context.now, limit=VERSIONS_MAX)
        )
        return await objects_of(context, Tag.POLICY, [each.id for each in found])

    @strawberry.field(
        description="Drafts that wait for a second person. Needs the role staff.",
        directives=[Auth(scopes=["policies:write"]), READ],
    )
    async def policy_drafts(self, info: Info) -> list[Policy] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        found = await queries.policy_drafts(now=context.now, limit=VERSIONS_MAX)
        return await objects_of(context, Tag.POLICY, [each.id for each in found])


def text_shown(context: Context, texts: Sequence[PolicyText]) -> str:
    return text_in(context.language, texts).text


def language_shown(context: Context, texts: Sequence[PolicyText]) -> str:
    return text_in(context.language, texts).language


async def policies_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, PolicyVersionRecord]:
    return await queries.policy_versions_by_id(
        ids=keys, viewer_id=context.viewer_id, now=context.now
    )


node_kind(Tag.POLICY, load=policies_seen, show=Policy.of)
read_as(
    "Policy",
    Mapped(
        entity="Policy",
        tag=Tag.POLICY,
        written={"text": text_shown, "text_language": language_shown},
    ),
)
