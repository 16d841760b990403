"""The figures of a replay, summed from the ledger's entries and from nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from rich.console import Console
from rich.table import Table

from domain.access import queries as access
from domain.assignments import queries as assignments
from domain.assignments.rules import AssignmentState
from domain.campaigns import queries as campaigns
from domain.deposits import queries as deposits
from domain.ledger import queries as ledger
from domain.ledger.queries import Movement
from domain.ledger.rules import AccountKind
from domain.members.rules import email_key
from domain.money import Money
from domain.paging import Page
from domain.payouts import queries as payouts
from gateway.replay.crowd import accuracy, consensus
from gateway.replay.plan import Person, Plan

PAGE = Page(limit=500)
REJECTED = frozenset({AssignmentState.REJECTED, AssignmentState.CLOSED_REJECTED})
HELD = (
    AccountKind.EMPLOYER_AVAILABLE,
    AccountKind.CAMPAIGN_ESCROW,
    AccountKind.CAMPAIGN_FEES,
    AccountKind.WORKER_PENDING,
    AccountKind.WORKER_EARNINGS,
    AccountKind.WORKER_PAYOUT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """paid in + referral rewards = paid out + fees + VAT + still held, to the micro."""

    paid_in: Money
    paid_out: Money
    fees: Money
    vat: Money
    referral_rewards: Money
    still_held: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    answers: int
    workers: int
    approved: int
    rejected: int
    documents: int
    own: Sums
    everything: Sums
    trial_balance: int
    settled: int
    seconds: float
    accuracy: tuple[int, int] | None


def sums(movements: Iterable[Movement], *, currency: str) -> Sums:
    """Of the movements in one currency."""
    moved = [each for each in movements if each.amount.currency == currency]

    def total(kinds: Sequence[AccountKind], events: Sequence[str] | None = None) -> Money:
        micros = sum(
            each.amount.micros
            for each in moved
            if each.kind in kinds and (events is None or each.event in events)
        )
        return Money(micros, currency)

    clearing = (AccountKind.PROVIDER_CLEARING,)
    return Sums(
        paid_in=total(clearing, ["E1"]),
        paid_out=-total(clearing, ["E9", "E9r"]),
        fees=total([AccountKind.INCOME_FEES]),
        vat=total([AccountKind.TAX_VAT_ACCRUED, AccountKind.TAX_VAT_OUTPUT]),
        referral_rewards=total([AccountKind.EXPENSE_REFERRALS]),
        still_held=total(HELD),
    )


@dataclass(frozen=True, slots=True)
class Traces:
    """What a run left in the database: all that its transfers can be about, and the decisions."""

    correlation_ids: tuple[UUID, ...]
    approved: int
    rejected: int


async def traces(plan: Plan) -> Traces:
    """Read back from the database, so that both ways of driving are judged alike."""
    employer_id = await _member_id(plan.employer())
    ids: list[UUID] = []
    ids += [each.id for each in await deposits.deposits_of(employer_id=employer_id, page=PAGE)]
    approved = rejected = 0
    for campaign in await campaigns.campaigns_of(employer_id=employer_id, page=PAGE):
        ids.append(campaign.id)
        async for each in _assignments_of(campaign.id, employer_id):
            ids.append(each.id)
            approved += each.state is AssignmentState.APPROVED
            rejected += each.state in REJECTED
    for person in plan.workers().values():
        worker_id = await _member_id(person)
        ids += [each.id for each in await payouts.payouts_of(worker_id=worker_id, page=PAGE)]
    return Traces(tuple(ids), approved, rejected)


async def _assignments_of(
    campaign_id: UUID, employer_id: UUID
) -> AsyncIterator[assignments.AssignmentRecord]:
    page = PAGE
    while True:
        found = await assignments.assignments_of_campaigns(
            campaign_ids=[campaign_id], employer_id=employer_id, page=page
        )
        records = found[campaign_id]
        if not records:
            return
        for record in records:
            yield record
        page = Page(limit=PAGE.limit, after=(records[-1].claimed_at, records[-1].id))


async def _member_id(person: Person) -> UUID:
    known = await access.credentials_of(email_key=email_key(person.email))
    assert known is not None, "the run registered everybody"
    return known.member_id


async def report_on(plan: Plan, *, documents: int, settled: int, seconds: float) -> Report:
    currency = plan.reward.currency
    left = await traces(plan)
    balance = await ledger.trial_balance()
    own = await ledger.movements(correlation_ids=left.correlation_ids)
    right = accuracy(consensus(plan.crowd.answers), plan.crowd.truth)
    return Report(
        answers=len(plan.crowd.answers),
        workers=len(plan.crowd.workers()),
        approved=left.approved,
        rejected=left.rejected,
        documents=documents,
        own=sums(own, currency=currency),
        everything=sums(await ledger.movements(), currency=currency),
        trial_balance=sum(abs(total) for total in balance.values()),
        settled=settled,
        seconds=seconds,
        accuracy=right if plan.crowd.truth else None,
    )


def show(report: Report, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("this replay", justify="right")
    table.add_column("whole ledger", justify="right", style="dim")
    for name, figure in (
        ("answers", report.answers),
        ("workers", report.workers),
        ("approved", report.approved),
        ("rejected", report.rejected),
        ("documents issued", report.documents),
    ):
        table.add_row(name, f"{figure:,}", "")
    for name, own, everything in (
        ("paid in", report.own.paid_in, report.everything.paid_in),
        ("paid out", report.own.paid_out, report.everything.paid_out),
        ("fees", report.own.fees, report.everything.fees),
        ("VAT", report.own.vat, report.everything.vat),
        ("referral rewards", report.own.referral_rewards, report.everything.referral_rewards),
        ("still held", report.own.still_held, report.everything.still_held),
    ):
        table.add_row(name, str(own), str(everything))
    table.add_row("trial balance", "", f"{report.trial_balance}")
    has_speed = report.settled > 0 and report.seconds > 0
    speed = f"{report.settled / report.seconds:,.0f}" if has_speed else "none"
    table.add_row("settled now", f"{report.settled:,}", "")
    table.add_row("assignments settled per second", speed, "")
    if report.accuracy is not None:
        right, compared = report.accuracy
        shown = f"{right / compared:.4f} ({right:,} of {compared:,})" if compared else "none"
        table.add_row("label accuracy", shown, "")
    console.print(table)
