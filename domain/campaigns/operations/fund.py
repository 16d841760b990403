"""Setting the money of every place aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.operations.floors import require_floor
from domain.campaigns.operations.pricing import price_on, require_employer, require_possible
from domain.campaigns.operations.rows import lock_own_campaign, move_campaign
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignEvent, CampaignState, Price
from domain.database import execute, in_transaction, one_transaction
from domain.errors import Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money
from domain.taxes import operations as taxes
from domain.taxes.operations import SubjectKind


class NoTasks(Refused):
    """There is nothing to do in this campaign yet."""

    code = "NO_TASKS"
    argument = "campaign_id"


@dataclass(frozen=True, slots=True)
class Funded:
    campaign_id: UUID
    replayed: bool


_FUND: Final = """
    update campaign set fee_micros = $2, vat_micros = $3, funded_at = $4, vat_decision_id = $5
    where id = $1
"""


@one_transaction
async def fund_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Funded:
    """Set the whole price of every place aside (E2); from here nobody can be left unpaid.

    The price is that of today: rates may have changed since the draft. Its VAT is decided here,
    and documents keep that decision. Refuses with `NotFound`, `InvalidTransition`, `NoTasks`,
    `PriceBelowFloor`, `InvalidInput`, `VatUndecided` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Funded(campaign_id, replayed=True)
    campaign, cost = await price_places(
        employer_id=employer_id, campaign_id=campaign_id, new_id=new_id, now=now
    )
    await set_aside(
        campaign=campaign,
        cost=cost,
        place_count=campaign.place_count,
        kind="campaign.funded",
        key=f"campaign:{campaign_id}:funded",
        new_id=new_id,
        now=now,
    )
    await idempotency.answer(key=key, result=str(campaign_id))
    return Funded(campaign_id, replayed=False)


async def price_places(
    *, employer_id: UUID, campaign_id: UUID, new_id: NewId, now: datetime
) -> tuple[CampaignRecord, Price]:
    """All of funding but the money: the campaign as it was, and what a place of it costs."""
    assert in_transaction()
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.place_count == 0 and campaign.state is CampaignState.DRAFT:
        raise NoTasks("add tasks before you fund the campaign")
    await move_campaign(campaign=campaign, event=CampaignEvent.FUND)
    await require_employer(employer_id)
    await require_floor(campaign=campaign, reward=campaign.price.reward, now=now)
    priced = await price_on(
        now.date(),
        reward=campaign.price.reward,
        employer_id=employer_id,
        place_count=campaign.place_count,
    )
    cost = priced.price
    decision_id = await taxes.store_decision(
        decided=priced.decided,
        subject_kind=SubjectKind.CAMPAIGN,
        subject_id=campaign_id,
        counterparty_id=employer_id,
        net=priced.fees,
        new_id=new_id,
        now=now,
    )
    await execute(_FUND, campaign_id, cost.fee.micros, cost.vat.micros, now, decision_id)
    return campaign, cost


async def set_aside(
    *,
    campaign: CampaignRecord,
    cost: Price,
    place_count: int,
    kind: str,
    key: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """E2: the whole price of so many places of a locked campaign.

    Refuses with `InvalidInput` or `BalanceTooLow`.
    """
    total, currency = place_count * cost.total.micros, cost.reward.currency
    require_possible(total)
    available = Account(AccountKind.EMPLOYER_AVAILABLE, campaign.employer_id)
    await ledger.require_available(account=available, amount=Money(total, currency))
    transfer = places_price(
        campaign=campaign, cost=cost, place_count=place_count, kind=kind, key=key
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


def places_price(
    *, campaign: CampaignRecord, cost: Price, place_count: int, kind: str, key: str
) -> Transfer:
    """E2, for whoever has made sure that the money is there."""
    currency = cost.reward.currency
    fees = place_count * (cost.fee + cost.vat).micros
    return Transfer(
        event="E2",
        kind=kind,
        key=key,
        correlation_id=campaign.id,
        actor_id=campaign.employer_id,
        legs=legs(
            debit(
                Account(AccountKind.EMPLOYER_AVAILABLE, campaign.employer_id),
                Money(place_count * cost.total.micros, currency),
            ),
            credit(
                Account(AccountKind.CAMPAIGN_ESCROW, campaign.id),
                Money(place_count * cost.reward.micros, currency),
            ),
            credit(Account(AccountKind.CAMPAIGN_FEES, campaign.id), Money(fees, currency)),
        ),
    )
