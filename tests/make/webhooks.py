"""Endpoints of members, a sender whose every answer the test gives, and real events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, fetch, fetch_row, fetch_value, transaction
from domain.events.rules import EventKind
from domain.webhooks import operations, queries, rules
from domain.webhooks.operations import EndpointTerms, SecretTold
from domain.webhooks.provider import (
    Answer,
    DeliveryProblem,
    DocumentFailed,
    Message,
    Occasion,
    PayloadWriter,
    WebhookSender,
)
from domain.webhooks.queries import DeliveryRecord, EndpointRecord
from tests.make.campaigns import draft, rich_employer, running
from tests.make.members import PASSWORD, QuickHasher, session_of
from tests.make.payouts import VAULT
from tests.make.world import World

URL = "https://receiver.example.org/hooks"
WELL = Answer(200, None)
FAILED = Answer(500, DeliveryProblem.STATUS)
PATIENCE_SECONDS = 20  # other databases of the server may hold the feed back for a moment


@dataclass
class PlainWriter:
    """Says the kind, nothing else."""

    tells_nothing: bool = False
    fails: bool = False

    async def write(self, occasion: Occasion) -> Message | None:
        if self.fails:
            raise DocumentFailed
        if self.tells_nothing:
            return None
        return Message(id=str(occasion.event_id), body=occasion.kind.encode())


@dataclass
class ObedientSender:
    """Answers as the test says: with an answer, or with what a function makes of it."""

    answer: Answer | Callable[[], Awaitable[Answer]] = WELL
    sent: list[tuple[str, Message, list[str]]] = field(default_factory=list)

    async def send(
        self,
        *,
        url: str,
        message: Message,
        secrets: Sequence[str],
        now: datetime,  # noqa: ARG002  # the protocol's
    ) -> Answer:
        self.sent.append((url, message, list(secrets)))
        return self.answer if isinstance(self.answer, Answer) else await self.answer()


@dataclass
class Post:
    """The outgoing webhooks of a deployment; what the tests do with it they do through jobs."""

    world: World
    writer: PayloadWriter = field(default_factory=PlainWriter)
    sender: WebhookSender = field(default_factory=ObedientSender)
    private_hosts: frozenset[str] = frozenset()
    chance: float = 0.5  # no jitter

    @property
    def obedient(self) -> ObedientSender:
        assert isinstance(self.sender, ObedientSender)
        return self.sender

    def clock(self) -> datetime:
        return self.world.now

    def wait(self, span: timedelta) -> None:
        self.world.now += span

    async def consent(self, owner_id: UUID, purpose: StepUpPurpose, content: bytes) -> StepUpClaim:
        async with transaction():
            await execute("delete from rate_bucket")  # the limit of attempts is not what is tested
        session = await session_of(self.world, owner_id)
        bound = bound_hash(purpose=purpose, amount=None, payee=VAULT.fingerprint(content))
        step_up_id = await access.begin_step_up(
            session_id=session.session_id,
            purpose=purpose,
            bound=bound,
            new_id=self.world.new_id,
            now=self.world.now,
        )
        await access.complete_step_up(
            step_up_id=step_up_id,
            session_id=session.session_id,
            password=PASSWORD,
            hasher=QuickHasher(),
            new_token=self.world.new_token,
            now=self.world.now,
        )
        return StepUpClaim(step_up_id, session.session_id)

    async def endpoint(
        self,
        owner_id: UUID,
        *kinds: EventKind,
        url: str = URL,
        document: str | None = None,
        step_up: StepUpClaim | None = None,
    ) -> SecretTold:
        content = rules.new_endpoint_content(url)
        claim = step_up or await self.consent(owner_id, StepUpPurpose.WEBHOOK_CREATE, content)
        return await operations.create_endpoint(
            member_id=owner_id,
            terms=EndpointTerms(url=url, kinds=kinds, document=document),
            step_up=claim,
            private_hosts=self.private_hosts,
            vault=VAULT,
            new_token=self.world.new_token,
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def rotate(self, owner_id: UUID, endpoint_id: UUID) -> SecretTold:
        content = rules.rotation_content(endpoint_id)
        return await operations.rotate_secret(
            member_id=owner_id,
            endpoint_id=endpoint_id,
            step_up=await self.consent(owner_id, StepUpPurpose.WEBHOOK_ROTATE, content),
            vault=VAULT,
            new_token=self.world.new_token,
            now=self.world.now,
        )

    async def fan_out(self) -> int:
        return await operations.fan_out_events(
            limit=500, new_id=self.world.new_id, now=self.world.now
        )

    async def handed_out(self, endpoint_id: UUID, *, count: int) -> list[DeliveryRecord]:
        """Until there are so many deliveries, oldest first."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await self.fan_out()
                found = await deliveries(endpoint_id)
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.05)

    async def caught_up(self) -> None:
        """Until the whole feed is handed out."""
        unread = """
            select exists (select from event, webhook_position p
                           where (event.tx, event.seq) > (p.tx, p.seq))
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await fetch_value(unread):
                await self.fan_out()
                await asyncio.sleep(0.02)

    async def test_event(self, owner_id: UUID, endpoint_id: UUID) -> UUID:
        return await operations.send_test(
            member_id=owner_id,
            endpoint_id=endpoint_id,
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def send(self, delivery_id: UUID) -> None:
        """What the job does."""
        await operations.send_delivery(
            delivery_id=delivery_id,
            writer=self.writer,
            sender=self.sender,
            vault=VAULT,
            clock=self.clock,
            chance=self.chance,
        )


async def some_events(world: World, employer_id: UUID | None = None) -> UUID:
    """A campaign that was funded and published: two events of its employer."""
    return await running(world, employer_id or await rich_employer(world))


async def quiet_change(world: World, employer_id: UUID) -> UUID:
    """Something that is no event."""
    return await draft(world, employer_id)


async def deliveries(endpoint_id: UUID) -> list[DeliveryRecord]:
    """Oldest first."""
    rows = await fetch(
        "select id from webhook_delivery where endpoint_id = $1 order by created_at, id",
        endpoint_id,
    )
    found = await queries.deliveries_by_id(ids=[row["id"] for row in rows])
    return [found[row["id"]] for row in rows]


async def delivery(delivery_id: UUID) -> DeliveryRecord:
    return (await queries.deliveries_by_id(ids=[delivery_id]))[delivery_id]


async def endpoint(endpoint_id: UUID) -> EndpointRecord:
    return (await queries.endpoints_by_id(ids=[endpoint_id]))[endpoint_id]


async def row_of(table: str, id_: UUID) -> Any:
    return await fetch_row(f"select * from {table} where id = $1", id_)


async def asked_for(endpoint_id: UUID) -> list[UUID]:
    """Deliveries of the endpoint for which a job waits."""
    rows = await fetch(
        """
        select d.id from webhook_delivery d join jobs.pgqueuer q
            on convert_from(q.payload, 'UTF8')::jsonb ->> 'delivery_id' = d.id::text
        where d.endpoint_id = $1 and q.entrypoint = 'webhook_send' order by d.next_at, d.id
        """,
        endpoint_id,
    )
    return [row["id"] for row in rows]


async def jobs_done(endpoint_id: UUID) -> None:
    """As if the job workers had taken all that was asked for, and had died of it."""
    async with transaction():
        await execute(
            """
            delete from jobs.pgqueuer where entrypoint = 'webhook_send'
                and convert_from(payload, 'UTF8')::jsonb ->> 'delivery_id' in
                    (select id::text from webhook_delivery where endpoint_id = $1)
            """,
            endpoint_id,
        )
