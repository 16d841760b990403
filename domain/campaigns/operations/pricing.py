"""What a campaign costs on a day: reward, our fee, and the VAT decided on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.campaigns.rules import Price, price
from domain.errors import InvalidInput, NotAllowed
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.taxes import queries as vat
from domain.taxes.queries import Decided


async def require_employer(member_id: UUID) -> None:
    record = (await members.members_by_id(ids=[member_id])).get(member_id)
    if record is None or Role.EMPLOYER not in record.roles:
        raise NotAllowed("only employers offer campaigns")


@dataclass(frozen=True, slots=True)
class Priced:
    price: Price
    fees: Money  # of all places
    decided: Decided


async def price_on(on: date, *, reward: Money, employer_id: UUID, place_count: int = 1) -> Priced:
    employer = (await members.members_by_id(ids=[employer_id]))[employer_id]
    points = await rates.basis_points(kind=RateKind.CAMPAIGN_FEE, scope=employer.country, on=on)
    bare = price(reward=reward, fee_basis_points=points, vat_basis_points=0)
    require_possible(place_count * bare.total.micros)
    fees = Money(place_count * bare.fee.micros, reward.currency)
    decided = await vat.decided_vat(member_id=employer_id, net=fees, on=on)
    vat_points = decided.decision.treatment.basis_points or 0
    cost = price(reward=reward, fee_basis_points=points, vat_basis_points=vat_points)
    return Priced(cost, fees, decided)


def require_possible(micros: int) -> None:
    if micros > AMOUNT_MICROS_MAX:
        raise InvalidInput("more money than an account can hold", path=("campaign_id",))
