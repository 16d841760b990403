"""Money in and out of a replay by operations, through the same providers as everybody's.

Payouts are routed, sent and looked up by a real job worker; only asking is done here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.provider import PasswordHasher
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.deposits import operations as deposits
from domain.deposits import queries as deposited
from domain.deposits.rules import DepositState
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import Money, exponent_of, split_payable
from domain.paging import Page
from domain.payouts import operations as payouts
from domain.payouts import queries as paid
from domain.payouts.rules import PayoutState, destination_content
from domain.taxes import operations as agreements
from domain.taxes import queries as taxes
from gateway.given import clock, new_id, new_token
from gateway.parts import Parts
from gateway.replay.market import Trouble, until
from gateway.replay.plan import Person, Plan

UNDER_WAY: Final = frozenset(
    {
        PayoutState.REQUESTED,
        PayoutState.APPROVED,
        PayoutState.QUEUED,
        PayoutState.SENDING,
        PayoutState.UNKNOWN,
        PayoutState.PENDING,
    }
)
KIND: Final = "sandbox"
PAGE: Final = Page(limit=100)


@dataclass(frozen=True, slots=True)
class Payments:
    plan: Plan
    parts: Parts

    async def agree(self, worker_id: UUID) -> None:
        """The worker reads and accepts that we write their documents."""
        text = await taxes.agreement_text(on=clock().date())
        await agreements.accept_self_billing(
            member_id=worker_id, text_version=text.version, new_id=new_id, now=clock()
        )

    async def deposit(self, employer_id: UUID, amount: Money) -> None:
        """Exactly this much, once; returns when it is settled."""
        text = self.plan.key("deposit")
        started = await deposits.start_deposit(
            employer_id=employer_id,
            amount=amount,
            return_url="",
            key=_key(employer_id, "depositStart", text, amount),
            providers=self.parts.providers.deposits,
            new_id=new_id,
            now=clock(),
        )
        await deposits.create_at_provider(
            deposit_id=started.deposit_id, providers=self.parts.providers.deposits, clock=clock
        )
        await until(lambda: self._is_settled(started.deposit_id))

    async def pay_out(self, worker_id: UUID, person: Person, *, hasher: PasswordHasher) -> bool:
        earnings = Account(AccountKind.WORKER_EARNINGS, worker_id)
        currency = self.plan.reward.currency
        available = await balances.available(account=earnings, currency=currency)
        amount, _ = split_payable(available, exponent_of(currency))
        if amount.micros == 0:
            return False
        session_id = (await self._log_in(person, hasher)).session_id
        destination = await self._destination(worker_id, session_id, person, hasher)
        bound = bound_hash(
            purpose=StepUpPurpose.PAYOUT_REQUEST, amount=amount, payee=destination.fingerprint
        )
        claim = await _step_up(session_id, StepUpPurpose.PAYOUT_REQUEST, bound, person, hasher)
        try:
            await payouts.request_payout(
                worker_id=worker_id,
                amount=amount,
                destination_id=destination.id,
                step_up=claim,
                key=_key(worker_id, "payoutRequest", self.plan.key("payout"), amount),
                providers=self.parts.providers.payouts,
                new_id=new_id,
                now=clock(),
            )
        except payouts.BelowMinimum:
            return False
        return True

    async def await_final(self, worker_ids: Sequence[UUID]) -> None:
        for worker_id in worker_ids:
            await until(lambda worker_id=worker_id: _is_settled(worker_id))  # type: ignore[misc]  # bound at once

    async def _is_settled(self, deposit_id: UUID) -> bool:
        await deposits.look_up_deposit(
            deposit_id=deposit_id,
            providers=self.parts.providers.deposits,
            clock=clock,
            new_id=new_id,
        )
        record = (await deposited.deposits_by_id(ids=[deposit_id]))[deposit_id]
        if record.state in (DepositState.INITIATED, DepositState.PENDING):
            return False
        if record.state is not DepositState.SETTLED:
            raise RuntimeError(f"the deposit is {record.state}: {record.failure}")
        return True

    async def _log_in(self, person: Person, hasher: PasswordHasher) -> access.LoggedIn:
        try:
            return await access.log_in(
                email=person.email,
                password=person.password,
                hasher=hasher,
                new_token=new_token,
                new_id=new_id,
                now=clock(),
            )
        except access.TooManyAttempts as refusal:
            raise Trouble("signed in too often just now") from refusal

    async def _destination(
        self, worker_id: UUID, session_id: UUID, person: Person, hasher: PasswordHasher
    ) -> paid.DestinationRecord:
        mine = await paid.destinations_of(member_id=worker_id, page=PAGE)
        if mine:
            return mine[0]
        fields = {"account": worker_id.hex, "scenario": "ok"}
        content = destination_content(
            kind=KIND, country=person.country, currency=self.plan.reward.currency, fields=fields
        )
        payee = self.parts.vault.fingerprint(content)
        bound = bound_hash(purpose=StepUpPurpose.DESTINATION_ADD, amount=None, payee=payee)
        destination_id = await payouts.add_destination(
            member_id=worker_id,
            kind=KIND,
            country=person.country,
            currency=self.plan.reward.currency,
            fields=fields,
            step_up=await _step_up(
                session_id, StepUpPurpose.DESTINATION_ADD, bound, person, hasher
            ),
            providers=self.parts.providers.payouts,
            vault=self.parts.vault,
            new_id=new_id,
            now=clock(),
        )
        return (await paid.destinations_by_id(ids=[destination_id]))[destination_id]


async def _step_up(
    session_id: UUID, purpose: StepUpPurpose, bound: bytes, person: Person, hasher: PasswordHasher
) -> StepUpClaim:
    step_up_id = await access.begin_step_up(
        session_id=session_id, purpose=purpose, bound=bound, new_id=new_id, now=clock()
    )
    await access.complete_step_up(
        step_up_id=step_up_id,
        session_id=session_id,
        password=person.password,
        hasher=hasher,
        new_token=new_token,
        now=clock(),
    )
    return StepUpClaim(step_up_id, session_id)


async def _is_settled(worker_id: UUID) -> bool:
    mine = await paid.payouts_of(worker_id=worker_id, page=PAGE)
    return all(payout.state not in UNDER_WAY for payout in mine)


def _key(actor_id: UUID, operation: str, text: str, amount: Money) -> IdempotencyKey:
    digest = hashlib.sha256(f"{amount.micros} {amount.currency}".encode()).digest()
    return IdempotencyKey(actor_id=actor_id, operation=operation, key=text, digest=digest)
