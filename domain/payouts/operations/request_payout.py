"""A worker asks to be paid: the money leaves the earnings here, so nobody spends it twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, one_transaction
from domain.errors import InvalidInput, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.payouts import queries
from domain.payouts.operations.destinations import NoRoute
from domain.payouts.operations.money import requested
from domain.payouts.operations.quotes import AgreedFee, agreed_fee, rule_for
from domain.payouts.provider import ProviderDirectory
from domain.payouts.queries import DestinationRecord
from domain.payouts.rules import AmountProblem, PayoutState, amount_problem
from domain.routing.rules import Rule


class AmountNotPayable(Refused):
    """The provider pays whole smallest units only; `payable` is the part that it can pay."""

    code = "AMOUNT_NOT_PAYABLE"
    argument = "amount"

    def __init__(self, *, payable: Money) -> None:
        super().__init__(f"only {payable} of it can be paid")
        self.payable = payable


class BelowMinimum(Refused):
    code = "BELOW_MINIMUM"
    argument = "amount"

    def __init__(self, *, minimum: Money) -> None:
        super().__init__(f"at least {minimum}")
        self.minimum = minimum


class AboveMaximum(Refused):
    code = "ABOVE_MAXIMUM"
    argument = "amount"

    def __init__(self, *, maximum: Money) -> None:
        super().__init__(f"at most {maximum} at once")
        self.maximum = maximum


@dataclass(frozen=True, slots=True)
class Requested:
    payout_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into payout
        (id, worker_id, destination_id, state, currency, amount_micros, fee_micros, requested_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@one_transaction
async def request_payout(
    *,
    worker_id: UUID,
    amount: Money,
    destination_id: UUID,
    step_up: StepUpClaim,
    key: IdempotencyKey,
    providers: ProviderDirectory,
    new_id: NewId,
    now: datetime,
    agreed: AgreedFee | None = None,
) -> Requested:
    """Take `amount` out of the worker's earnings (E8) and queue it for routing.

    A failed payout puts it back. The same `key` again gives the first answer. `agreed` is what
    a quote said, for where the worker pays the fee. Refuses with `InvalidInput`, `NotFound`,
    `NoRoute`, `AmountNotPayable`, `BelowMinimum`, `AboveMaximum`, `QuoteNeeded`,
    `QuoteExpired`, `StepUpRequired` or `BalanceTooLow`.
    """
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Requested(UUID(earlier), replayed=True)
    if not 0 < amount.micros <= AMOUNT_MICROS_MAX:
        raise InvalidInput("an amount above zero", path=("amount",))

    destination = await queries.destination_of(member_id=worker_id, destination_id=destination_id)
    rule = await rule_for(
        worker_id=worker_id, amount=amount, destination=destination, providers=providers, now=now
    )
    fee = agreed_fee(rule, agreed, amount=amount, destination_id=destination_id, now=now)
    require_payable(amount, fee=fee, rule=rule, destination=destination, providers=providers)

    purpose = StepUpPurpose.PAYOUT_REQUEST
    bound = bound_hash(purpose=purpose, amount=amount, payee=destination.fingerprint)
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)
    earnings = Account(AccountKind.WORKER_EARNINGS, worker_id)
    await ledger.require_available(account=earnings, amount=amount)

    payout_id = new_id()
    await insert_payout(
        payout_id=payout_id,
        worker_id=worker_id,
        destination_id=destination_id,
        amount=amount,
        fee=fee,
        now=now,
    )
    await idempotency.answer(key=key, result=str(payout_id))
    transfer = requested(payout_id=payout_id, worker_id=worker_id, amount=amount, fee=fee)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    return Requested(payout_id, replayed=False)


async def insert_payout(
    *,
    payout_id: UUID,
    worker_id: UUID,
    destination_id: UUID,
    amount: Money,
    fee: Money,
    now: datetime,
) -> None:
    """The row and the job that routes it; the caller posts the transfer last."""
    await execute(
        _INSERT,
        payout_id,
        worker_id,
        destination_id,
        PayoutState.REQUESTED.value,
        amount.currency,
        amount.micros,
        fee.micros,
        now,
    )
    await enqueue([route_job(payout_id)])


def route_job(payout_id: UUID) -> JobRequest:
    return JobRequest(
        name="payout_route", arguments={"payout_id": str(payout_id)}, once_key=str(payout_id)
    )


def require_payable(
    amount: Money,
    *,
    fee: Money,
    rule: Rule,
    destination: DestinationRecord,
    providers: ProviderDirectory,
) -> None:
    """One instance that takes this amount is enough; else the first one's reason counts."""
    if rule.minimum_micros is not None and amount.micros < rule.minimum_micros:
        raise BelowMinimum(minimum=Money(rule.minimum_micros, amount.currency))
    instances = [
        each
        for each in providers.instances_for(
            kind=destination.kind, country=destination.country, currency=amount.currency
        )
        if not rule.providers or each in rule.providers
    ]
    if not instances or destination.currency != amount.currency:
        raise NoRoute(f"nobody pays {amount.currency} to {destination.label}")
    problems = [
        amount_problem(
            amount=amount - fee,
            limits=providers.named(each).manifest.currencies[amount.currency],
        )
        for each in instances
    ]
    if None not in problems:
        assert problems[0] is not None
        raise _refusal(problems[0])


def _refusal(problem: AmountProblem) -> Refused:
    if problem.payable is not None:
        return AmountNotPayable(payable=problem.payable)
    if problem.too_low is not None:
        return BelowMinimum(minimum=problem.too_low)
    assert problem.too_high is not None
    return AboveMaximum(maximum=problem.too_high)
