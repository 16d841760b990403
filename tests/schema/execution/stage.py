"""The scene after every example was sent, and both ways to ask about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from graphql import DocumentNode, ExecutionResult, execute

from domain import database
from domain.access.queries import viewer_of
from domain.consents.operations import tell_of_policy
from domain.database import fetch, transaction
from domain.referrals.operations import reward_referrals
from gateway.providers import Providers
from schema import schema
from schema.actual_cost import Texts
from schema.context import Context
from schema.execution.compiled import compiled
from schema.ids import Tag
from schema.prepared import Prepared
from tests.make.ask import Ask
from tests.make.scene import NOBODY, Scene, made
from tests.make.webhooks import Post
from tests.schema.documents import example
from tests.schema.examples import LEAVING, writes
from tests.schema.lists import PLACES, document, pages_in

CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
PEOPLE: Final = (NOBODY, "worker_ann", "employer_ann", "worker_bob", "finance")
WHO: Final = {
    "worker": "worker_ann",
    "employer": "employer_ann",
    "finance": "finance",
    "newcomer": "worker_ann",
}

_ALERT: Final = """
    insert into search_alert (member_id, campaign_id, told_at) values ($1, $2, $3)
    on conflict do nothing
"""
_LIMIT: Final = """
    insert into claim_allowance (member_id, claims_per_day, reasons, set_at, set_by, ends_at)
    values ($1, 100, 'Many signs point to one person.', $3::timestamptz, $2,
            $3::timestamptz + interval '1 day')
    on conflict do nothing
"""
UNLISTED: Final = {  # no list of the API leads to them
    Tag.EVENT: """
        select distinct on (split_part(kind, '_', 1), member_id, employer_id) id from event
        where member_id = any($1) or employer_id = any($1)
        order by split_part(kind, '_', 1), member_id, employer_id, seq
    """,
    Tag.REVIEW: """
        select r.id from review r join assignment a on a.id = r.assignment_id
        where a.worker_id = any($1)
    """,
    Tag.REJECTION_REQUEST: """
        select r.id from rejection_request r join assignment a on a.id = r.assignment_id
        join campaign c on c.id = a.campaign_id where c.employer_id = any($1)
    """,
    Tag.SKILL: "select id from skill where owner_id = any($1) order by id limit 5",
    Tag.SPENDING: "select id from spending where member_id = any($1) order by id limit 5",
    Tag.POLICY: """
        select id from policy_version where cardinality($1::uuid[]) > 0
        order by posted_at is null, version limit 5
    """,
}


@dataclass
class Stage:
    ask: Ask
    people: Mapping[str, UUID]
    ids: list[str] = field(default_factory=list)

    async def context(self, person: str) -> Context:
        ask, viewer = self.ask, None
        if person != NOBODY:
            token = await ask.token_of(self.people[person])
            viewer = await viewer_of(token=token, now=ask.world.now)
            assert viewer is not None
        return Context(
            request_id="r", viewer=viewer, now=ask.world.now, services=ask.services, network=None
        )

    async def reference(
        self, person: str, document: DocumentNode, variables: dict[str, Any]
    ) -> ExecutionResult:
        context = await self.context(person)
        answer = execute(CORE, document, context_value=context, variable_values=variables)
        return answer if isinstance(answer, ExecutionResult) else await answer

    async def quick(
        self, person: str, document: DocumentNode, variables: dict[str, Any]
    ) -> ExecutionResult | None:
        context = await self.context(person)
        answer = compiled(CORE, document, context_value=context, variable_values=variables)
        return None if answer is None else await answer

    async def written(
        self, person: str, document: DocumentNode, variables: dict[str, Any]
    ) -> tuple[ExecutionResult, Texts] | None:
        """With the lists that the database can write; None where objects have differing keys."""
        context = await self.context(person)
        context.prepared = prepared = Prepared(CORE, document)
        operation = prepared.operation(None)
        if operation is None or not prepared.is_steady(operation):
            return None
        context.texts = {}
        answer = compiled(CORE, document, context_value=context, variable_values=variables)
        return None if answer is None else (await answer, context.texts)

    def words(self) -> dict[str, Callable[[Random], Any]]:
        """Ids are those of the scene, whoever may see them."""
        return {name: lambda random: random.choice(self.ids) for name in ("id", "ids", "memberId")}


async def full_stage(ask: Ask, providers: Providers) -> Stage:
    """With refunds, rewards, deliveries of events, and whatever else the examples leave behind."""
    scene = await made(ask, providers)
    for name, who, wish in writes(scene):
        mutation = name.partition(" ")[0]
        answer = await ask(example(mutation), viewer=scene.people.get(who), input=await wish())
        if name == "stepUpComplete":
            scene.use(who, answer.only()["token"])
    for person in scene.passwords.keys() - {LEAVING}:
        await sign_in(scene, person)
    await finish_a_work(scene)
    for row in await fetch("select id from policy_version where posted_at is not null limit 1"):
        await tell_of_policy(version_id=row["id"], now=ask.world.now)
    async with transaction():
        campaign = ask.key(Tag.CAMPAIGN, scene.ids["campaign_running_ann"])
        worker = scene.people["worker_ann"]
        await database.execute(_ALERT, worker, campaign, ask.world.now)
        await database.execute(_LIMIT, worker, scene.people["employer_ann"], ask.world.now)
    await Post(ask.world).caught_up()
    ids = set(scene.ids.values())
    for place, where in PLACES.items():
        viewer = scene.people[WHO[where.viewer]]
        found = await ask(document(place, "", "nodes { id }"), viewer=viewer, first=20)
        for page in pages_in(found.data, place.partition(".")[2]):
            ids |= {each["id"] for each in page["nodes"]}
    for tag, sql in UNLISTED.items():
        ids |= {ask.id(tag, row["id"]) for row in await fetch(sql, list(scene.people.values()))}
    return Stage(ask, scene.people, sorted(ids))


async def sign_in(scene: Scene, person: str) -> None:
    """The examples have ended some sessions."""
    (canary,) = [text for text in scene.readers if f"email-{person.replace('_', '-')}-" in text]
    wish = {"email": f"{canary}@example.org", "password": scene.passwords[person]}
    scene.use(person, (await scene.do(NOBODY, "sessionCreate", **wish))["token"])


async def finish_a_work(scene: Scene) -> None:
    """That which `assignmentClaim` has begun, of one whom a worker brought; both rate it."""
    asked = "{ viewer { assignments { nodes { id } } } }"
    found = (await scene.ask(asked, viewer=scene.people["invited_ann"])).only()
    wish = {"assignmentId": found["assignments"]["nodes"][0]["id"], "idempotencyKey": "reward"}
    items = [{"content": {"text": {"text": "a dog"}}}]
    await scene.do("invited_ann", "assignmentSubmit", **wish, items=items)
    await scene.do("employer_ann", "assignmentApprove", **wish)
    for person in ("invited_ann", "employer_ann"):
        await scene.do(person, "ratingGive", assignmentId=wish["assignmentId"], stars=3)
    world = scene.ask.world
    later = world.now + timedelta(days=1)
    assert await reward_referrals(now=later, new_id=world.new_id)


def causes(result: ExecutionResult) -> set[tuple[Any, ...]]:
    return {(tuple(error.path or ()), error.message) for error in result.errors or []}


def keys_of(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys_of(value)
    elif isinstance(data, list):
        for each in data:
            yield from keys_of(each)
