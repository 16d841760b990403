"""What each step of an assignment books. Debits equal credits, or building the legs fails."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.campaigns.rules import Price
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money, split_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """The parties and the price that were fixed when the place was claimed."""

    assignment_id: UUID
    campaign_id: UUID
    employer_id: UUID
    worker_id: UUID
    price: Price

    @property
    def escrow(self) -> Account:
        return Account(AccountKind.CAMPAIGN_ESCROW, self.campaign_id)

    @property
    def fees(self) -> Account:
        return Account(AccountKind.CAMPAIGN_FEES, self.campaign_id)

    @property
    def pending(self) -> Account:
        return Account(AccountKind.WORKER_PENDING, self.worker_id)


def hand_in(booking: Booking) -> Transfer:
    """E3: the reward moves to the worker's own pending account and stays there while undecided."""
    return Transfer(
        event="E3",
        kind="assignment.submitted",
        key=f"assignment:{booking.assignment_id}:submitted",
        correlation_id=booking.assignment_id,
        actor_id=booking.worker_id,
        legs=legs(
            debit(booking.escrow, booking.price.reward),
            credit(booking.pending, booking.price.reward),
        ),
    )


def approval(booking: Booking, *, actor_id: UUID | None) -> Transfer:
    """E4: the worker has earned it, and we our fee. Once per assignment, whatever the cause."""
    cost = booking.price
    return Transfer(
        event="E4",
        kind="assignment.approved",
        key=f"assignment:{booking.assignment_id}:approved",
        correlation_id=booking.assignment_id,
        actor_id=actor_id,
        legs=legs(
            debit(booking.pending, cost.reward),
            debit(booking.fees, cost.fee + cost.vat),
            credit(Account(AccountKind.WORKER_EARNINGS, booking.worker_id), cost.reward),
            credit(Account(AccountKind.INCOME_FEES), cost.fee),
            credit(Account(AccountKind.TAX_VAT_ACCRUED), cost.vat),
        ),
    )


def awarded(price: Price, percent: int) -> Price:
    """The worker's share, with our fee and its VAT on that share; each in whole micros."""
    shares = [100 - percent, percent]
    return Price(
        *(
            Money(split_micros(part.micros, shares)[1], part.currency)
            for part in (price.reward, price.fee, price.vat)
        )
    )


def split_approval(booking: Booking, *, award: Price, actor_id: UUID | None) -> Transfer:
    """E4p: the award as at E4, and all the rest back to the employer. The place is settled."""
    cost = booking.price
    return Transfer(
        event="E4p",
        kind="assignment.split",
        key=f"assignment:{booking.assignment_id}:split",
        correlation_id=booking.assignment_id,
        actor_id=actor_id,
        legs=legs(
            debit(booking.pending, cost.reward),
            debit(booking.fees, cost.fee + cost.vat),
            credit(Account(AccountKind.WORKER_EARNINGS, booking.worker_id), award.reward),
            credit(Account(AccountKind.INCOME_FEES), award.fee),
            credit(Account(AccountKind.TAX_VAT_ACCRUED), award.vat),
            credit(
                Account(AccountKind.EMPLOYER_AVAILABLE, booking.employer_id),
                cost.total - award.total,
            ),
        ),
    )


def late_approval(booking: Booking, *, actor_id: UUID | None) -> Transfer:
    """E4r: the place and its money went back after E5, so the employer pays anew."""
    cost = booking.price
    return Transfer(
        event="E4r",
        kind="assignment.reversed",
        key=f"assignment:{booking.assignment_id}:reversed",
        correlation_id=booking.assignment_id,
        actor_id=actor_id,
        legs=legs(
            debit(Account(AccountKind.EMPLOYER_AVAILABLE, booking.employer_id), cost.total),
            credit(Account(AccountKind.WORKER_EARNINGS, booking.worker_id), cost.reward),
            credit(Account(AccountKind.INCOME_FEES), cost.fee),
            credit(Account(AccountKind.TAX_VAT_ACCRUED), cost.vat),
        ),
    )


def fraud_paid_back(booking: Booking, *, taken: Money, actor_id: UUID | None) -> Transfer:
    """E20: all that the employer paid goes back; what is not `taken` of the worker is our loss."""
    cost = booking.price
    return Transfer(
        event="E20",
        kind="assignment.fraud_paid_back",
        key=f"assignment:{booking.assignment_id}:fraud",
        correlation_id=booking.assignment_id,
        actor_id=actor_id,
        legs=legs(
            debit(Account(AccountKind.WORKER_EARNINGS, booking.worker_id), taken),
            debit(Account(AccountKind.EXPENSE_LOSSES), cost.total - taken),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, booking.employer_id), cost.total),
        ),
    )


def refused_to_escrow(booking: Booking, *, actor_id: UUID | None) -> Transfer:
    """E5 while the campaign lives: the place opens again, so reward and fee stay set aside."""
    return Transfer(
        event="E5",
        kind="assignment.refused",
        key=f"assignment:{booking.assignment_id}:refused",
        correlation_id=booking.assignment_id,
        actor_id=actor_id,
        legs=legs(
            debit(booking.pending, booking.price.reward),
            credit(booking.escrow, booking.price.reward),
        ),
    )


def refused_to_employer(booking: Booking, *, actor_id: UUID | None) -> Transfer:
    """E5 and E5f when the campaign is over: the place is cancelled and wholly paid back."""
    cost = booking.price
    return Transfer(
        event="E5",
        kind="assignment.refused",
        key=f"assignment:{booking.assignment_id}:refused",
        correlation_id=booking.assignment_id,
        actor_id=actor_id,
        legs=legs(
            debit(booking.pending, cost.reward),
            debit(booking.fees, cost.fee + cost.vat),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, booking.employer_id), cost.total),
        ),
    )


def unused(booking: Booking) -> Transfer:
    """E10 of one place that was given back after its campaign's price had changed."""
    cost = booking.price
    return Transfer(
        event="E10",
        kind="campaign.places_cancelled",
        key=f"assignment:{booking.assignment_id}:unused",
        correlation_id=booking.campaign_id,
        actor_id=None,
        legs=legs(
            debit(booking.escrow, cost.reward),
            debit(booking.fees, cost.fee + cost.vat),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, booking.employer_id), cost.total),
        ),
    )
