"""Paid placement: an employer pays for a campaign to be shown first for a while (R43)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from domain.campaigns.operations.rows import lock_own_campaign
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignState
from domain.database import execute, one_transaction
from domain.errors import InvalidInput, InvalidTransition
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members.operations import require_free
from domain.money import Money, share_micros
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.taxes import operations as taxes
from domain.taxes import queries as decisions
from domain.taxes.operations import SubjectKind

WEIGHT_OF_LEAST: Final = 1_000
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Featured:
    feature_id: UUID
    campaign_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into campaign_feature
        (id, campaign_id, employer_id, currency, amount_micros, vat_micros, vat_decision_id,
         weight, starts_at, ends_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@one_transaction
async def feature_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    amount: Money,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Featured:
    """Show a running campaign first from now on, for as long as one bid lasts (E2f).

    VAT comes on top of `amount`, decided today. Bids that overlap add up; none is given back.
    Refuses with `NotFound`, `MemberRestricted`, `InvalidTransition`, `InvalidInput`,
    `VatUndecided` or `BalanceTooLow`.
    """
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Featured(UUID(earlier), campaign_id, replayed=True)
    await require_free(member_id=employer_id)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state is not CampaignState.RUNNING:
        raise InvalidTransition(subject="the campaign", state=campaign.state, event="feature")
    weight = await _weighed(amount, campaign, on=now.date())
    decided = await decisions.decided_vat(member_id=employer_id, net=amount, on=now.date())
    points = decided.decision.treatment.basis_points or 0
    vat = Money(share_micros(amount.micros, points), amount.currency)
    available = Account(AccountKind.EMPLOYER_AVAILABLE, employer_id)
    await ledger.require_available(account=available, amount=amount + vat)
    feature_id = new_id()
    decision_id = await taxes.store_decision(
        decided=decided,
        subject_kind=SubjectKind.FEATURE,
        subject_id=feature_id,
        counterparty_id=employer_id,
        net=amount,
        new_id=new_id,
        now=now,
    )
    hours = await rates.count_of(kind=RateKind.FEATURE_HOURS, scope=ANY, on=now.date())
    await execute(
        _INSERT,
        feature_id,
        campaign_id,
        employer_id,
        amount.currency,
        amount.micros,
        vat.micros,
        decision_id,
        weight,
        now,
        now + timedelta(hours=hours),
    )
    await idempotency.answer(key=key, result=str(feature_id))
    transfer = _paid(feature_id, employer_id=employer_id, amount=amount, vat=vat)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    return Featured(feature_id, campaign_id, replayed=False)


async def _weighed(amount: Money, campaign: CampaignRecord, *, on: date) -> int:
    """In thousandths of the least bid, so that bids of two currencies compare without a rate."""
    currency = campaign.price.reward.currency
    if amount.currency != currency:
        raise InvalidInput(f"the campaign is in {currency}", path=("amount",))
    least = await rates.limit_of(kind=RateKind.FEATURE_MIN, currency=currency, on=on)
    most = await rates.limit_of(kind=RateKind.FEATURE_MAX, currency=currency, on=on)
    if not least <= amount <= most:
        raise InvalidInput(f"a bid is from {least} to {most}", path=("amount",))
    return amount.micros * WEIGHT_OF_LEAST // max(least.micros, 1)


def _paid(feature_id: UUID, *, employer_id: UUID, amount: Money, vat: Money) -> Transfer:
    """E2f: earned at once, for it begins at once."""
    return Transfer(
        event="E2f",
        kind="campaign.featured",
        key=f"feature:{feature_id}",
        correlation_id=feature_id,
        actor_id=employer_id,
        legs=legs(
            debit(Account(AccountKind.EMPLOYER_AVAILABLE, employer_id), amount + vat),
            credit(Account(AccountKind.INCOME_FEATURES), amount),
            credit(Account(AccountKind.TAX_VAT_ACCRUED), vat),
        ),
    )
