"""Another price for what nobody has claimed yet, and the money that it takes or gives back."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.operations.floors import require_floor
from domain.campaigns.operations.fund import places_price
from domain.campaigns.operations.pricing import price_on, require_possible
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import Price, reward_problem
from domain.database import execute, in_transaction
from domain.errors import InvalidInput
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Leg, Transfer, credit, debit, legs
from domain.money import Money
from domain.taxes import operations as taxes
from domain.taxes.operations import SubjectKind

_REPRICE: Final = """
    update campaign
    set reward_micros = $2, fee_micros = $3, vat_micros = $4, vat_decision_id = $5,
        place_micros_max = greatest(place_micros_max, reward_micros + fee_micros + vat_micros,
                                    $2::bigint + $3::bigint + $4::bigint)
    where id = $1
"""


async def reprice(
    *,
    campaign: CampaignRecord,
    reward: Money,
    open_count: int,
    added_count: int,
    key: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """The price of today for the open places of a locked campaign (E2r), and for new ones (E2).

    The caller has locked all of its tasks, so that nobody takes a place meanwhile. Claims keep
    their price. Refuses with `InvalidInput`, `PriceBelowFloor`, `VatUndecided` or `BalanceTooLow`.
    """
    assert in_transaction()
    problem = reward_problem(reward, currency=campaign.price.reward.currency)
    if problem is not None:
        raise InvalidInput(problem.message, path=problem.path)
    await require_floor(campaign=campaign, reward=reward, now=now)
    place_count = open_count + added_count
    priced = await price_on(
        now.date(), reward=reward, employer_id=campaign.employer_id, place_count=place_count
    )
    cost = priced.price
    decision_id = await taxes.store_decision(
        decided=priced.decided,
        subject_kind=SubjectKind.CAMPAIGN,
        subject_id=campaign.id,
        counterparty_id=campaign.employer_id,
        net=priced.fees,
        new_id=new_id,
        now=now,
    )
    parts = (cost.reward.micros, cost.fee.micros, cost.vat.micros)
    await execute(_REPRICE, campaign.id, *parts, decision_id)
    difference = open_count * (cost.total - campaign.price.total).micros
    needed = difference + added_count * cost.total.micros
    require_possible(max(needed, 0))
    available = Account(AccountKind.EMPLOYER_AVAILABLE, campaign.employer_id)
    amount = Money(max(needed, 0), reward.currency)
    await ledger.require_available(account=available, amount=amount)
    await ledger.post(
        transfers=[
            _difference(campaign, cost, open_count=open_count, key=f"{key}:repriced"),
            places_price(
                campaign=campaign,
                cost=cost,
                place_count=added_count,
                kind="campaign.extended",
                key=key,
            ),
        ],
        new_id=new_id,
        effective_on=now.date(),
    )


def _difference(campaign: CampaignRecord, cost: Price, *, open_count: int, key: str) -> Transfer:
    """E2r: what open places cost more goes in, what they cost less comes back."""
    old, currency = campaign.price, cost.reward.currency
    reward = open_count * (cost.reward - old.reward).micros
    fees = open_count * (cost.fee + cost.vat - old.fee - old.vat).micros
    return Transfer(
        event="E2r",
        kind="campaign.repriced",
        key=key,
        correlation_id=campaign.id,
        actor_id=campaign.employer_id,
        legs=legs(
            _credited(AccountKind.CAMPAIGN_ESCROW, campaign.id, reward, currency),
            _credited(AccountKind.CAMPAIGN_FEES, campaign.id, fees, currency),
            _credited(
                AccountKind.EMPLOYER_AVAILABLE, campaign.employer_id, -reward - fees, currency
            ),
        ),
    )


def _credited(kind: AccountKind, owner_id: UUID, micros: int, currency: str) -> Leg:
    """Debited where it is below zero."""
    side = credit if micros >= 0 else debit
    return side(Account(kind, owner_id), Money(abs(micros), currency))
