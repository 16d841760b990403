"""Everything that gives a worker more than the reward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations import ask_for_fee_invoice
from domain.assignments.rules import AssignmentState
from domain.campaigns.rules import CampaignState, Price, price
from domain.database import execute, fetch_row, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.rewards.rules import PAID_STATES, REASON_LENGTH_MAX, Bonus, bonus_transfer
from domain.taxes import operations as taxes
from domain.taxes import queries as vat
from domain.taxes.operations import SubjectKind
from domain.taxes.queries import Decided
from domain.texts import passed_on, require_text

OVER_STATES: Final = frozenset({CampaignState.FINISHED, CampaignState.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Sent:
    bonus_id: UUID
    replayed: bool


_WORK: Final = """
    select a.campaign_id, a.worker_id, a.state, c.state as campaign_state, m.country
    from assignment a join campaign c on c.id = a.campaign_id
    join member m on m.id = c.employer_id
    where a.id = $1 and c.employer_id = $2
"""
_INSERT: Final = """
    insert into bonus (id, assignment_id, campaign_id, employer_id, worker_id, currency,
                       amount_micros, fee_micros, vat_micros, vat_decision_id, reason, sent_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


@one_transaction
async def send_bonus(
    *,
    employer_id: UUID,
    assignment_id: UUID,
    amount: Money,
    reason: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Sent:
    """Pay a worker more for work that was approved, from what the employer can spend (E6).

    The worker gets all of `amount`; our fee and its VAT come on top, decided today (R19, R23).
    Refuses with `NotFound`, `InvalidInput`, `InvalidTransition`, `VatUndecided` or
    `BalanceTooLow`.
    """
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Sent(UUID(earlier), replayed=True)
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
    row = await fetch_row(_WORK, assignment_id, employer_id)
    if row is None:
        raise NotFound("no such assignment")
    if row["state"] not in PAID_STATES:
        state = AssignmentState(row["state"])
        raise InvalidTransition(subject="the assignment", state=state, event="send_bonus")
    await _require_in_range(amount, on=now.date())
    cost, decided = await _priced(amount, employer_id, row["country"], on=now.date())
    bonus = Bonus(
        id=new_id(),
        assignment_id=assignment_id,
        campaign_id=row["campaign_id"],
        employer_id=employer_id,
        worker_id=row["worker_id"],
        price=cost,
    )
    available = Account(AccountKind.EMPLOYER_AVAILABLE, employer_id)
    await ledger.require_available(account=available, amount=cost.total)
    await _store(bonus, decided, reason=passed_on(reason), new_id=new_id, now=now)
    if row["campaign_state"] in OVER_STATES:
        await ask_for_fee_invoice(
            employer_id=employer_id, currency=amount.currency, once_key=f"bonus {bonus.id}"
        )
    await idempotency.answer(key=key, result=str(bonus.id))
    await ledger.post(transfers=[bonus_transfer(bonus)], new_id=new_id, effective_on=now.date())
    return Sent(bonus.id, replayed=False)


async def _require_in_range(amount: Money, *, on: date) -> None:
    least = await rates.limit_of(kind=RateKind.BONUS_MIN, currency=amount.currency, on=on)
    most = await rates.limit_of(kind=RateKind.BONUS_MAX, currency=amount.currency, on=on)
    if not least <= amount <= most:
        raise InvalidInput(f"a bonus is from {least} to {most}", path=("amount",))


async def _priced(
    amount: Money, employer_id: UUID, country: str, *, on: date
) -> tuple[Price, Decided]:
    points = await rates.basis_points(kind=RateKind.BONUS_FEE, scope=country, on=on)
    bare = price(reward=amount, fee_basis_points=points, vat_basis_points=0)
    decided = await vat.decided_vat(member_id=employer_id, net=bare.fee, on=on)
    vat_points = decided.decision.treatment.basis_points or 0
    return price(reward=amount, fee_basis_points=points, vat_basis_points=vat_points), decided


async def _store(
    bonus: Bonus, decided: Decided, *, reason: str, new_id: NewId, now: datetime
) -> None:
    decision_id = await taxes.store_decision(
        decided=decided,
        subject_kind=SubjectKind.BONUS,
        subject_id=bonus.id,
        counterparty_id=bonus.employer_id,
        net=bonus.price.fee,
        new_id=new_id,
        now=now,
    )
    await execute(
        _INSERT,
        bonus.id,
        bonus.assignment_id,
        bonus.campaign_id,
        bonus.employer_id,
        bonus.worker_id,
        bonus.price.reward.currency,
        bonus.price.reward.micros,
        bonus.price.fee.micros,
        bonus.price.vat.micros,
        decision_id,
        reason,
        now,
    )
