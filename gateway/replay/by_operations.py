"""The market by operations in this process, as fast as the database takes them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from datetime import date
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

from pwdlib.hashers.argon2 import Argon2Hasher

from domain.access import operations as access
from domain.access import queries as logins
from domain.assignments import operations as assignments
from domain.assignments import queries as work
from domain.assignments.rules import (
    AssignmentState,
    ClaimReason,
    ReasonCode,
    Rejection,
    SubmissionItem,
)
from domain.campaigns import operations as campaigns
from domain.campaigns import queries as offers
from domain.campaigns.rules import CampaignState, Category, Terms
from domain.database import AWAY, BUSY
from domain.errors import InvalidTransition
from domain.filters import among
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import operations as invoices
from domain.invoices import queries as documents
from domain.members.operations import EmailTaken, grant_role
from domain.members.rules import Role, email_key
from domain.money import Money
from domain.paging import Page
from domain.ratings import operations as ratings
from domain.ratings import queries as given_ratings
from domain.referrals import operations as referrals
from domain.referrals import queries as brought
from domain.tasks import operations as tasks
from domain.tasks import queries as units
from domain.tasks.rules import TASK_COUNT_MAX, NewTask
from gateway.finance.checks import Checks
from gateway.given import clock, new_id, new_token
from gateway.passwords import Argon2PasswordHasher
from gateway.replay.crowd import Answer
from gateway.replay.market import INVOICES, REASON, WHY_UNLIMITED, Known, Stage, Trouble
from gateway.replay.payments import Payments
from gateway.replay.plan import Person, Plan

P = ParamSpec("P")
Result = TypeVar("Result")

BORN_ON: Final = date(1990, 5, 17)
PAGE: Final = 500
TROUBLES: Final = (*AWAY, *BUSY)
# The passwords are 256-bit keys: a slow hash protects only what can be guessed.
QUICK: Final = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)
TAKEN: Final = frozenset({ClaimReason.LIVE_CLAIM, ClaimReason.ALREADY_DONE})
STAGES: Final[Mapping[AssignmentState, Stage]] = {
    AssignmentState.CLAIMED: Stage.CLAIMED,
    AssignmentState.SUBMITTED: Stage.SUBMITTED,
    AssignmentState.APPROVED: Stage.APPROVED,
    AssignmentState.REJECTED: Stage.REJECTED,
    AssignmentState.CLOSED_REJECTED: Stage.REJECTED,
}


def troubled(
    method: Callable[Concatenate[ByOperations, P], Awaitable[Result]],
) -> Callable[Concatenate[ByOperations, P], Coroutine[Any, Any, Result]]:
    """A database that is away is trouble that passes, whatever was asked."""

    @wraps(method)
    async def run(self: ByOperations, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return await method(self, *args, **kwargs)
        except TROUBLES as failure:
            raise Trouble(type(failure).__name__) from failure

    return run


class ByOperations:
    """Implements `market.Market`."""

    def __init__(self, *, plan: Plan, payments: Payments) -> None:
        self._plan = plan
        self._payments = payments
        self._hasher = Argon2PasswordHasher(cost=QUICK, concurrent=4)
        self._checks = Checks()
        self._employer_id = UUID(int=0)
        self._campaign_id = UUID(int=0)
        self._workers: dict[str, UUID] = {}
        self._tasks: dict[str, UUID] = {}

    @troubled
    async def register_employer(self, person: Person) -> None:
        self._employer_id = await self._register(person, code=None)

    @troubled
    async def register_worker(self, worker: str, person: Person, *, brought_by: str | None) -> None:
        code = None
        if brought_by is not None:
            code = await referrals.open_link(
                member_id=self._workers[brought_by], new_token=new_token, now=clock()
            )
        member_id = await self._register(person, code=code)
        self._workers[worker] = member_id
        await self._payments.agree(member_id)

    @troubled
    async def open_campaign(self, plan: Plan) -> None:
        self._campaign_id = await self._campaign(plan)
        self._tasks = await self._add_missing_tasks(plan)
        campaign = await self._read_campaign()
        if campaign.state is CampaignState.DRAFT:
            total = campaign.place_count * campaign.price.total.micros
            await self._payments.deposit(self._employer_id, Money(total, plan.reward.currency))
            await campaigns.fund_campaign(
                employer_id=self._employer_id,
                campaign_id=self._campaign_id,
                key=self._key(self._employer_id, "fund"),
                new_id=new_id,
                now=clock(),
            )
            campaign = await self._read_campaign()
        if campaign.state is CampaignState.FUNDED:
            staff_id = await self._register(plan.staff(), code=None)
            await grant_role(member_id=staff_id, role=Role.STAFF, now=clock())
            await assignments.waive_rejection_limits(
                staff_id=staff_id, campaign_id=self._campaign_id, text=WHY_UNLIMITED, now=clock()
            )
            await campaigns.publish_campaign(
                employer_id=self._employer_id,
                campaign_id=self._campaign_id,
                ends_at=None,
                now=clock(),
            )

    @troubled
    async def known_assignments(self) -> Mapping[tuple[str, str], Known]:
        names = {member_id: worker for worker, member_id in self._workers.items()}
        task_names = {task_id: task for task, task_id in self._tasks.items()}
        found: dict[tuple[str, str], Known] = {}
        async for record, is_rated in self._all_assignments():
            stage = STAGES.get(record.state)
            if stage is not None:
                key = (names[record.worker_id], task_names[record.task_id])
                found[key] = Known(str(record.id), stage, is_rated=is_rated)
        return found

    @troubled
    async def find(self, answer: Answer) -> Known | None:
        page = Page(limit=PAGE)
        while records := await work.assignments_of_worker(
            worker_id=self._workers[answer.worker], where=among("state", STAGES), page=page
        ):
            for record in records:
                if record.task_id == self._tasks[answer.task]:
                    rated = await self._rated([record.id])
                    return Known(str(record.id), STAGES[record.state], is_rated=record.id in rated)
            page = Page(limit=PAGE, after=(records[-1].claimed_at, records[-1].id))
        return None

    @troubled
    async def claim(self, answer: Answer) -> str:
        try:
            claimed = await assignments.claim_assignment(
                worker_id=self._workers[answer.worker],
                campaign_id=self._campaign_id,
                task_id=self._tasks[answer.task],
                new_id=new_id,
                now=clock(),
            )
        except assignments.NotEligible as refusal:
            if TAKEN.isdisjoint(refusal.reasons):
                raise
            raise Trouble("claimed already: look again") from refusal
        return str(claimed)

    @troubled
    async def submit(self, answer: Answer, assignment_id: str) -> None:
        try:
            await assignments.submit_assignment(
                worker_id=self._workers[answer.worker],
                assignment_id=UUID(assignment_id),
                items=[SubmissionItem(text=answer.label)],
                new_id=new_id,
                now=clock(),
            )
        except assignments.DeadlinePassed as refusal:  # the run before this one was long ago
            await assignments.expire_assignments(new_id=new_id, now=clock())
            raise Trouble("the claim has expired: take it again") from refusal
        except InvalidTransition as refusal:
            raise Trouble("handed in already: look again") from refusal

    @troubled
    async def review(self, assignment_id: str, *, is_right: bool) -> None:
        try:
            await self._decide(UUID(assignment_id), is_right=is_right)
        except InvalidTransition as refusal:
            raise Trouble("decided already: look again") from refusal

    @troubled
    async def rate(self, assignment_id: str, *, stars: int) -> None:
        try:
            await ratings.give_rating(
                author_id=self._employer_id,
                assignment_id=UUID(assignment_id),
                stars=stars,
                comment=None,
                new_id=new_id,
                now=clock(),
            )
        except ratings.AlreadyRated:
            return

    @troubled
    async def settle_referrals(self, expected: Mapping[str, Money]) -> None:
        while await referrals.reward_referrals(now=clock(), new_id=new_id):
            pass
        for worker, wanted in expected.items():
            totals = await brought.reward_totals(referrer_id=self._workers[worker])
            found = sum(each.micros for each in totals if each.currency == wanted.currency)
            if found < wanted.micros:
                raise Trouble(f"rewards still to come for {worker}")

    @troubled
    async def pay_out(self, worker: str) -> bool:
        return await self._payments.pay_out(
            self._workers[worker], self._plan.workers()[worker], hasher=self._hasher
        )

    @troubled
    async def await_payouts(self) -> None:
        await self._payments.await_final(list(self._workers.values()))

    @troubled
    async def issue_invoices(self) -> int:
        currency = self._plan.reward.currency
        await invoices.issue_fee_invoice(
            employer_id=self._employer_id,
            currency=currency,
            checks=self._checks,
            vault=self._payments.parts.vault,
            new_id=new_id,
            now=clock(),
        )
        for worker_id in self._workers.values():
            await invoices.issue_self_bill(
                worker_id=worker_id,
                currency=currency,
                checks=self._checks,
                vault=self._payments.parts.vault,
                new_id=new_id,
                now=clock(),
            )
        count = 0
        for member_id in (self._employer_id, *self._workers.values()):
            count += len(
                await documents.documents_of(
                    counterparty_id=member_id,
                    page=Page(limit=100),
                    where=among("kind", INVOICES),
                )
            )
        return count

    async def close(self) -> None:
        """Nothing is held open."""

    async def _decide(self, assignment_id: UUID, *, is_right: bool) -> None:
        if is_right:
            await assignments.approve_assignment(
                employer_id=self._employer_id,
                assignment_id=assignment_id,
                key=self._key(self._employer_id, "approve", str(assignment_id)),
                new_id=new_id,
                now=clock(),
            )
            return
        await assignments.reject_assignment(
            employer_id=self._employer_id,
            assignment_id=assignment_id,
            rejection=Rejection(reason_code=ReasonCode.FAILED_CHECKS, text=REASON),
            new_id=new_id,
            now=clock(),
        )

    async def _register(self, person: Person, *, code: str | None) -> UUID:
        known = await logins.credentials_of(email_key=email_key(person.email))
        if known is not None:
            return known.member_id
        common = {
            "name": person.name,
            "email": person.email,
            "country": person.country,
            "password": person.password,
        }
        try:
            if code is None:
                return await access.register_member(
                    **common, born_on=BORN_ON, hasher=self._hasher, new_id=new_id, now=clock()
                )
            return await referrals.register_referred_member(
                **common,
                code=code,
                born_on=BORN_ON,
                hasher=self._hasher,
                new_id=new_id,
                now=clock(),
            )
        except EmailTaken as taken:
            raise Trouble("registered just now by another run") from taken

    async def _campaign(self, plan: Plan) -> UUID:
        mine = await offers.campaigns_of(employer_id=self._employer_id, page=Page(limit=1))
        if mine:
            return mine[0].id
        return await campaigns.create_campaign(
            employer_id=self._employer_id,
            terms=Terms(title=plan.title, category=Category.LABELING, reward=plan.reward),
            instructions="Give the label that fits the task best.",
            clauses=(),
            new_id=new_id,
            now=clock(),
        )

    async def _add_missing_tasks(self, plan: Plan) -> dict[str, UUID]:
        found: dict[str, UUID] = {}
        page = Page(limit=PAGE)
        while known := await units.tasks_of(
            campaign_id=self._campaign_id, employer_id=self._employer_id, page=page
        ):
            page = Page(limit=PAGE, after=(known[-1].position,))
            found |= {str(task.external_reference): task.id for task in known}
        missing = [
            NewTask(text=f"Label task {name}", place_count=count, external_reference=name)
            for name, count in plan.places.items()
            if name not in found
        ]
        for start in range(0, len(missing), TASK_COUNT_MAX):
            part = missing[start : start + TASK_COUNT_MAX]
            ids = await tasks.add_tasks(
                employer_id=self._employer_id,
                campaign_id=self._campaign_id,
                tasks=part,
                new_id=new_id,
            )
            found |= {
                str(task.external_reference): id_ for task, id_ in zip(part, ids, strict=True)
            }
        return found

    async def _read_campaign(self) -> offers.CampaignRecord:
        return await offers.campaign_of(
            campaign_id=self._campaign_id, employer_id=self._employer_id
        )

    async def _all_assignments(self) -> AsyncIterator[tuple[work.AssignmentRecord, bool]]:
        page = Page(limit=PAGE)
        while records := await self._assignments(page):
            rated = await self._rated([record.id for record in records])
            for record in records:
                yield record, record.id in rated
            page = Page(limit=PAGE, after=(records[-1].claimed_at, records[-1].id))

    async def _assignments(self, page: Page) -> list[work.AssignmentRecord]:
        found = await work.assignments_of_campaigns(
            campaign_ids=[self._campaign_id],
            employer_id=self._employer_id,
            where=among("state", STAGES),
            page=page,
        )
        return found[self._campaign_id]

    async def _rated(self, assignment_ids: list[UUID]) -> set[UUID]:
        found = await given_ratings.ratings_of_assignments(
            ids=assignment_ids, viewer_id=self._employer_id
        )
        return {
            assignment_id
            for assignment_id, given in found.items()
            if any(rating.author_id == self._employer_id for rating in given)
        }

    def _key(self, actor_id: UUID, *parts: str) -> IdempotencyKey:
        text = self._plan.key(*parts)
        return IdempotencyKey(
            actor_id=actor_id,
            operation=parts[0],
            key=text,
            digest=hashlib.sha256(text.encode()).digest(),
        )
