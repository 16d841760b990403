"""The worked example of `docs/finance/ledger.md`, booked by the real operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from domain.assignments import operations as assignments
from domain.database import fetch, transaction
from domain.deposits.operations.money import settled
from domain.invoices import operations as invoices
from domain.ledger import operations as ledger
from domain.money import Money, amount_text
from domain.payouts import operations as payouts
from domain.referrals import operations as referrals
from domain.rewards import operations as rewards
from domain.tasks import operations as tasks
from tests.make.campaigns import approve, claim, reject, running, submit
from tests.make.invoices import ENTITY, UNCHECKED
from tests.make.members import add_employer, add_worker, session_of
from tests.make.payouts import VAULT, House, Payee, eur
from tests.make.referrals import add_referee
from tests.make.world import World

COST_MICROS = 100_000  # the sandbox is told to charge it for each payment
CONTEST = timedelta(days=7)

_NEW_ENTRIES = """
    select t.id, t.event, a.code, e.amount, e.currency
    from ledger_transfer t
    join ledger_entry e on e.transfer_id = t.id
    join ledger_account a on a.id = e.account_id
    where t.correlation_id = any($1) and not t.id = any($2)
    order by t.recorded_at, e.amount < 0, a.code desc
"""


@dataclass
class Example:
    """`rows` are those of the page: what happens, event, account, debit, credit."""

    house: House
    names: dict[UUID, str] = field(default_factory=dict)
    subjects: list[UUID] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    _noted: set[UUID] = field(default_factory=set)

    @property
    def world(self) -> World:
        return self.house.world

    async def note(self, what: str, subject: UUID) -> None:
        """The entries that are new since the last note."""
        self.subjects.append(subject)
        for row in await fetch(_NEW_ENTRIES, self.subjects, list(self._noted)):
            code = row["code"]
            for id_, name in self.names.items():
                code = code.replace(str(id_), name)
            amount = amount_text(Money(abs(row["amount"]), row["currency"]))
            sides = [amount, ""] if row["amount"] > 0 else ["", amount]
            is_new = row["id"] not in self._noted
            self.rows.append([what if is_new else "", row["event"], f"`{code}`", *sides])
            self._noted.add(row["id"])


async def book_example(house: House) -> Example:
    example, world = Example(house), house.world
    employer_id = await add_employer(world)
    referrer_id = await add_worker(world)
    worker_id = await add_referee(world, referrer_id)
    other_id = await add_worker(world)
    example.names = {employer_id: "E", referrer_id: "R", worker_id: "A", other_id: "B"}
    await invoices.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)

    campaign_id = await _pay_in_and_fund(example, employer_id)
    first = await _work(example, campaign_id, employer_id, worker_id, other_id)
    await _bill(example, employer_id)
    await _pay_out(example, worker_id)
    await _reward(example, employer_id, first)
    return example


async def _pay_in_and_fund(example: Example, employer_id: UUID) -> UUID:
    world, deposit_id = example.world, example.world.new_id()
    deposit = settled(
        deposit_id=deposit_id,
        deposit_ref=str(deposit_id),
        employer_id=employer_id,
        amount=eur("20.00"),
        cost=eur("0.30"),
        instance_id="sandbox",
    )
    async with transaction():
        await ledger.post(transfers=[deposit], new_id=world.new_id, effective_on=world.now.date())
    await example.note("E pays 20.00 in; the provider keeps 0.30", deposit_id)
    campaign_id = await running(world, employer_id, places=(1, 1, 1), reward=eur("4.00"))
    example.names[campaign_id] = "C"
    await example.note("E funds 3 places", campaign_id)
    return campaign_id


async def _work(
    example: Example, campaign_id: UUID, employer_id: UUID, worker_id: UUID, other_id: UUID
) -> UUID:
    """The assignment that was approved."""
    world = example.world
    first = await claim(world, worker_id, campaign_id)
    await submit(world, worker_id, first)
    await example.note("A hands in", first)
    await approve(world, employer_id, first)
    await example.note("E approves", first)
    await referrals.reward_referrals(now=world.now, new_id=world.new_id)
    await example.note("R is rewarded for A", first)

    second = await _rejected(example, campaign_id, employer_id, other_id)
    world.now += CONTEST
    await assignments.close_rejections(now=world.now, new_id=world.new_id)
    await example.note("a week later the rejection is final", second)
    third = await _rejected(example, campaign_id, employer_id, other_id)
    await tasks.stop_campaign(
        employer_id=employer_id,
        campaign_id=campaign_id,
        key=world.key(employer_id),
        new_id=world.new_id,
        now=world.now,
    )
    await example.note("E stops the campaign; one place was open", campaign_id)
    world.now += CONTEST
    await assignments.close_rejections(now=world.now, new_id=world.new_id)
    await example.note("a week later that rejection is final, too", third)
    return first


async def _rejected(
    example: Example, campaign_id: UUID, employer_id: UUID, worker_id: UUID
) -> UUID:
    assignment_id = await claim(example.world, worker_id, campaign_id)
    await submit(example.world, worker_id, assignment_id)
    await example.note("B hands in; E rejects it", assignment_id)
    await reject(example.world, employer_id, assignment_id)
    return assignment_id


async def _reward(example: Example, employer_id: UUID, assignment_id: UUID) -> None:
    world = example.world
    sent = await rewards.send_bonus(
        employer_id=employer_id,
        assignment_id=assignment_id,
        amount=eur("1.00"),
        reason="Quick and right.",
        key=world.key(employer_id),
        new_id=world.new_id,
        now=world.now,
    )
    await example.note("E sends A a bonus of 1.00", sent.bonus_id)


async def _bill(example: Example, employer_id: UUID) -> None:
    document_id = await invoices.issue_fee_invoice(
        vault=VAULT,
        employer_id=employer_id,
        currency="EUR",
        checks=UNCHECKED,
        new_id=example.world.new_id,
        now=example.world.now,
    )
    assert document_id is not None
    await example.note("the fee invoice: 0.40 and 19 % of it, rounded to a cent", document_id)


async def _pay_out(example: Example, worker_id: UUID) -> None:
    house, world = example.house, example.world
    session = await session_of(world, worker_id)
    destination_id = await house.add_destination(worker_id, session, scenario="returned")
    payee = Payee(worker_id, session, destination_id)

    taken_back = (await house.request(payee, "1.00")).payout_id
    await example.note("A asks for 1.00", taken_back)
    await payouts.cancel_payout(
        worker_id=worker_id,
        payout_id=taken_back,
        key=world.key(worker_id),
        new_id=world.new_id,
        now=world.now,
    )
    await example.note("A takes it back", taken_back)

    paid = (await house.request(payee, "4.00")).payout_id
    await example.note("A asks for 4.00", paid)
    batch_id = await house.route(paid)
    await house.send(batch_id)
    await house.look_up(batch_id, after=timedelta(seconds=5))
    await example.note("the provider has paid and charges us 0.10", paid)
    await house.look_up(batch_id, after=timedelta(minutes=5))
    await example.note("the payment comes back", paid)
