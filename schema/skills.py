"""Skills: what workers show in paid tests, and what campaigns may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.skills import operations, queries
from domain.skills.queries import LISTED_MAX, GrantRecord, SkillRecord
from domain.skills.rules import ATTEMPTS_DEFAULT, RETAKE_DAYS_DEFAULT, SkillTerms
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.members import Member, member_of
from schema.node import Node, node_kind, object_of, objects_of
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as


@strawberry.type(
    description="Something that workers can show in a paid test. It never changes; what a worker "
    "got in it is shown to that worker alone."
)
class Skill(Node):
    owner_key: strawberry.Private[UUID | None]
    name: str = strawberry.field(description="What it is called, once per owner.")
    description: str = strawberry.field(description="What it means to have it.")
    valid_days: int | None = strawberry.field(
        description="How many days a result counts; null means for good."
    )
    retake_days: int = strawberry.field(
        description="Days from a result until the test can be taken again."
    )
    attempt_max: int = strawberry.field(description="How often a worker may take it.")
    created_at: datetime = strawberry.field(description="When it was written.")

    @classmethod
    def of(cls, record: SkillRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.SKILL, record.id),
            owner_key=record.owner_id,
            name=record.name,
            description=record.description,
            valid_days=record.valid_days,
            retake_days=record.retake_days,
            attempt_max=record.attempt_max,
            created_at=record.created_at,
        )

    @strawberry.field(description="Whose it is; null for a skill of the platform.")
    async def owner(self, info: Info) -> Member | None:
        return None if self.owner_key is None else await member_of(info.context, self.owner_key)


@strawberry.type(description="What the viewer got in the latest test of a skill.")
class SkillGrant:
    skill_key: strawberry.Private[UUID]
    value: int = strawberry.field(description="0 to 100: whole per cent of right answers.")
    attempt: int = strawberry.field(description="How many results there were until now.")
    graded_at: datetime = strawberry.field(description="When it was found.")
    expires_at: datetime | None = strawberry.field(
        description="Then it counts no more; null means never."
    )

    @classmethod
    def of(cls, record: GrantRecord) -> Self:
        return cls(
            skill_key=record.skill_id,
            value=record.value,
            attempt=record.attempt,
            graded_at=record.graded_at,
            expires_at=record.expires_at,
        )

    @strawberry.field(description="In which skill.")
    async def skill(self, info: Info) -> Skill | None:
        return await skill_of(info.context, self.skill_key)


@strawberry.type(description="The viewer's skills, as worker and as employer.")
class ViewerSkills:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description=f"What the viewer got in tests, the latest of each skill; at most "
        f"{LISTED_MAX}. Nobody else is told. Needs assignments:read.",
        directives=[
            Auth(scopes=["assignments:read"]),
            Cost(weight=5, list_size=LISTED_MAX),
        ],
    )
    async def skill_grants(self, info: Info) -> list[SkillGrant] | None:  # noqa: ARG002  # of all
        return [SkillGrant.of(each) for each in await queries.grants_of(worker_id=self.key)]

    @strawberry.field(
        description=f"Which skills the viewer's campaigns may ask for: the viewer's own, newest "
        f"first, then the platform's; at most {LISTED_MAX}. Needs campaigns:read.",
        directives=[Auth(scopes=["campaigns:read"]), Cost(weight=5, list_size=LISTED_MAX)],
    )
    async def usable_skills(self, info: Info) -> list[Skill] | None:
        found = await queries.skills_usable_by(employer_id=self.key)
        skills: list[Skill] = await objects_of(info.context, Tag.SKILL, [each.id for each in found])
        return skills


@strawberry.input(description="Writes a skill, which campaigns can then test and ask for.")
class SkillCreateInput:
    name: str = strawberry.field(
        description="1 to 100 characters; no other skill of the owner has it."
    )
    description: str = strawberry.field(description="1 to 2,000 characters.")
    valid_days: int | None = strawberry.field(
        default=None, description="How many days a result counts, 1 to 3,650; null means for good."
    )
    retake_days: int = strawberry.field(
        default=RETAKE_DAYS_DEFAULT,
        description="Days from a result until the test can be taken again: 0 to 365.",
    )
    attempt_max: int = strawberry.field(
        default=ATTEMPTS_DEFAULT, description="How often a worker may take it: 1 to 20."
    )
    is_of_platform: bool = strawberry.field(
        default=False,
        description="A skill of the platform, for every employer; needs the role staff.",
    )

    def to_terms(self) -> SkillTerms:
        return SkillTerms(
            name=self.name,
            description=self.description,
            valid_days=self.valid_days,
            retake_days=self.retake_days,
            attempt_max=self.attempt_max,
        )


@strawberry.type(description="Outcome of `skillCreate`.")
class SkillCreatePayload(Payload):
    skill: Skill | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class SkillMutations:
    @strawberry.mutation(
        description="Write a skill; it never changes afterwards. Needs campaigns:write.",
        directives=[Auth(scopes=["campaigns:write"]), Cost(weight=10)],
    )
    async def skill_create(
        self, info: Info, input: In[SkillCreateInput]
    ) -> SkillCreatePayload | None:
        context = info.context
        try:
            skill_id = await operations.create_skill(
                actor_id=context.signed_in().member_id,
                is_of_platform=input.is_of_platform,
                terms=input.to_terms(),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return SkillCreatePayload(errors=[user_error(refusal)])
        return SkillCreatePayload(skill=await skill_of(context.renewed(), skill_id))


async def skills_seen(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, SkillRecord]:
    return await queries.skills_by_id(ids=keys)


async def skill_of(context: Context, key: UUID | None) -> Skill | None:
    found: Skill | None = await object_of(context, Tag.SKILL, key)
    return found


node_kind(Tag.SKILL, load=skills_seen, show=Skill.of)
read_as("Skill", Mapped(entity="Skill", tag=Tag.SKILL))
