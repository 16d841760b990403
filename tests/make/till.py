"""A deposit instance that does as the test says, an employer who pays in, and the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.database import fetch
from domain.deposits import operations, queries
from domain.deposits.operations.look_up_deposit import record_observation
from domain.deposits.provider import (
    DepositObservation,
    ObservedDeposit,
)
from domain.deposits.queries import DepositRecord, RefundRecord
from domain.deposits.rules import ArrivalState, Decision, DepositState
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from tests.make.ledger import available, book, pay
from tests.make.members import add_employer
from tests.make.news import ObedientDeposits
from tests.make.payouts import House, eur

O = ObservedDeposit  # noqa: E741  # a table of observations
S = DepositState


@dataclass
class Till:
    """An employer, a provider that does as told, and the staff."""

    house: House
    provider: ObedientDeposits
    employer_id: UUID
    instance_id: str

    def clock(self) -> datetime:
        return self.house.world.now

    async def started(self, amount: str = "100.00") -> UUID:
        done = await operations.start_deposit(
            employer_id=self.employer_id,
            amount=eur(amount),
            return_url="",
            key=self.house.world.key(self.employer_id),
            providers=self.house.opened.deposits,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )
        await operations.create_at_provider(
            deposit_id=done.deposit_id, providers=self.house.opened.deposits, clock=self.clock
        )
        return done.deposit_id

    async def settled(self, amount: str = "100.00") -> UUID:
        deposit_id = await self.started(amount)
        assert (await self.sees(deposit_id, O.SETTLED)).state is S.SETTLED
        return deposit_id

    async def sees(
        self,
        deposit_id: UUID,
        state: ObservedDeposit,
        amount: str = "100.00",
        *,
        refunded: Money | None = None,
    ) -> DepositRecord:
        """A look-up to which the provider says this."""
        ref = (await self.record(deposit_id)).deposit_ref
        self.provider.seen[ref] = DepositObservation(
            state=state, amount=eur(amount), refunded=refunded
        )
        return await self.look_up(deposit_id)

    async def look_up(self, deposit_id: UUID) -> DepositRecord:
        await operations.look_up_deposit(
            deposit_id=deposit_id,
            providers=self.house.opened.deposits,
            clock=self.clock,
            new_id=self.house.world.new_id,
        )
        return await self.record(deposit_id)

    async def observe(self, asked: DepositRecord, observation: DepositObservation) -> None:
        """An answer to a question that left when the deposit was `asked`."""
        await record_observation(
            asked=asked,
            observation=observation,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )

    async def allocate(
        self,
        arrival_id: UUID,
        target: ArrivalState,
        *,
        by: UUID,
        employer_id: UUID | None = None,
        note: str = "seen on the chain",
        key: IdempotencyKey | None = None,
    ) -> bool:
        done = await operations.allocate_arrival(
            arrival_id=arrival_id,
            target=target,
            employer_id=employer_id,
            note=note,
            decided_by=by,
            key=key or self.house.world.key(by),
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )
        return done.is_decided

    async def capture(self, deposit_id: UUID) -> DepositRecord:
        await operations.capture_deposit(
            deposit_id=deposit_id,
            providers=self.house.opened.deposits,
            clock=self.clock,
            new_id=self.house.world.new_id,
        )
        return await self.record(deposit_id)

    async def ask_refund(
        self, deposit_id: UUID, amount: str | None = None, *, by: UUID | None = None
    ) -> UUID:
        done = await operations.refund_deposit(
            deposit_id=deposit_id,
            amount=None if amount is None else eur(amount),
            asked_by=by or self.employer_id,
            key=self.house.world.key(self.employer_id),
            providers=self.house.opened.deposits,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )
        return done.refund_id

    async def refund_job(self, refund_id: UUID) -> RefundRecord:
        await operations.send_refund(
            refund_id=refund_id,
            providers=self.house.opened.deposits,
            clock=self.clock,
            new_id=self.house.world.new_id,
        )
        return await queries.refund_by_id(refund_id=refund_id)

    async def decide(self, deposit_id: UUID, decision: Decision, *, by: UUID) -> bool:
        done = await operations.decide_deposit(
            deposit_id=deposit_id,
            decision=decision,
            note="seen on the bank's statement",
            decided_by=by,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )
        return done.is_decided

    async def record(self, deposit_id: UUID) -> DepositRecord:
        return (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]

    async def spend(self, amount: str) -> None:
        target = Account(AccountKind.EMPLOYER_AVAILABLE, await add_employer(self.house.world))
        transfer = pay(
            self.house.world,
            source=available(self.employer_id),
            target=target,
            micros=eur(amount).micros,
        )
        await book(world=self.house.world, transfers=[transfer])

    async def money(self) -> tuple[Money, Money, Money]:
        """What can be spent, what it owns, and what lies at the provider."""
        account = available(self.employer_id)
        clearing = Account(AccountKind.PROVIDER_CLEARING, self.instance_id)
        return (
            await balances.available(account=account, currency="EUR"),
            await balances.balance(account=account, currency="EUR"),
            await balances.balance(account=clearing, currency="EUR"),
        )

    async def differences(self) -> list[str]:
        ids = {
            str(row["id"])
            for row in await fetch(
                "select id from deposit where employer_id = $1", self.employer_id
            )
        }
        refs = {
            row["refund_ref"]
            for row in await fetch(
                "select refund_ref from deposit_refund r join deposit d on d.id = r.deposit_id"
                " where employer_id = $1",
                self.employer_id,
            )
        }
        return [
            str(each)
            for each in await queries.audit()
            if any(name in each.subject for name in ids | refs)
        ]
