"""Everything that changes a campaign. Tasks are added, and campaigns stopped, by `domain.tasks`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.campaigns.queries import CAMPAIGN_COLUMNS, CampaignRecord, campaign_record
from domain.campaigns.rules import (
    CampaignEvent,
    CampaignState,
    Clause,
    Price,
    Problem,
    Terms,
    instructions_problem,
    next_state,
    price,
    terms_problem,
)
from domain.database import execute, fetch_row, in_transaction, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.taxes import operations as taxes
from domain.taxes import queries as vat
from domain.taxes.operations import SubjectKind
from domain.taxes.queries import Decided


class NoTasks(Refused):
    """There is nothing to do in this campaign yet."""

    code = "NO_TASKS"
    argument = "campaign_id"


@dataclass(frozen=True, slots=True)
class Funded:
    campaign_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into campaign
        (id, employer_id, state, title, category, currency, reward_micros, fee_micros, vat_micros,
         claim_minutes, review_days, revision_count_max, per_worker_max, instruction_version,
         place_count, created_at)
    values ($1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 0, $13)
"""


@one_transaction
async def create_campaign(
    *,
    employer_id: UUID,
    terms: Terms,
    instructions: str,
    clauses: Sequence[Clause],
    new_id: NewId,
    now: datetime,
) -> UUID:
    """A draft with version 1 of its instructions; nothing is set aside yet.

    Refuses with `NotAllowed`, `InvalidInput` or `VatUndecided`.
    """
    await _require_employer(employer_id)
    _refuse(terms_problem(terms))
    _refuse(instructions_problem(text=instructions, clauses=clauses))
    priced = await _price_on(now.date(), reward=terms.reward, employer_id=employer_id)
    cost = priced.price
    campaign_id = new_id()
    await execute(
        _INSERT,
        campaign_id,
        employer_id,
        terms.title.strip(),
        terms.category.value,
        terms.reward.currency,
        cost.reward.micros,
        cost.fee.micros,
        cost.vat.micros,
        terms.claim_minutes,
        terms.review_days,
        terms.revision_count_max,
        terms.per_worker_max,
        now,
    )
    await _insert_instructions(campaign_id, 1, instructions, clauses, now)
    return campaign_id


_CHANGE: Final = """
    update campaign
    set title = $2, category = $3, currency = $4, reward_micros = $5, fee_micros = $6,
        vat_micros = $7, claim_minutes = $8, review_days = $9, revision_count_max = $10,
        per_worker_max = $11
    where id = $1
"""


@one_transaction
async def change_campaign(
    *, employer_id: UUID, campaign_id: UUID, terms: Terms, now: datetime
) -> None:
    """New terms for a draft. Once funded, price and deadlines stay as workers saw them.

    Refuses with `NotFound`, `InvalidTransition` or `InvalidInput`.
    """
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state is not CampaignState.DRAFT:
        raise InvalidTransition(subject="the campaign", state=campaign.state, event="change")
    _refuse(terms_problem(terms))
    await _require_employer(employer_id)
    priced = await _price_on(now.date(), reward=terms.reward, employer_id=employer_id)
    cost = priced.price
    await execute(
        _CHANGE,
        campaign_id,
        terms.title.strip(),
        terms.category.value,
        terms.reward.currency,
        cost.reward.micros,
        cost.fee.micros,
        cost.vat.micros,
        terms.claim_minutes,
        terms.review_days,
        terms.revision_count_max,
        terms.per_worker_max,
    )


@one_transaction
async def revise_instructions(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    instructions: str,
    clauses: Sequence[Clause],
    now: datetime,
) -> int:
    """A new version for future claims; work already claimed is judged by its own version (P35)."""
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state in (CampaignState.STOPPING, CampaignState.FINISHED):
        raise InvalidTransition(
            subject="the campaign", state=campaign.state, event="revise instructions"
        )
    _refuse(instructions_problem(text=instructions, clauses=clauses))
    version = campaign.instruction_version + 1
    await _insert_instructions(campaign_id, version, instructions, clauses, now)
    await execute(
        "update campaign set instruction_version = $2 where id = $1", campaign_id, version
    )
    return version


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
    `InvalidInput`, `VatUndecided` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Funded(campaign_id, replayed=True)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.place_count == 0 and campaign.state is CampaignState.DRAFT:
        raise NoTasks("add tasks before you fund the campaign")
    await move_campaign(campaign=campaign, event=CampaignEvent.FUND)
    await _require_employer(employer_id)
    priced = await _price_on(
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
    await _escrow(campaign, cost=cost, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(campaign_id))
    return Funded(campaign_id, replayed=False)


@one_transaction
async def publish_campaign(
    *, employer_id: UUID, campaign_id: UUID, ends_at: datetime | None, now: datetime
) -> None:
    """Open a funded campaign to workers. Refuses with `NotFound` or `InvalidTransition`."""
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if ends_at is not None and ends_at <= now:
        raise InvalidInput("the end lies in the past", path=("ends_at",))
    await move_campaign(campaign=campaign, event=CampaignEvent.PUBLISH)
    await execute(
        "update campaign set published_at = $2, ends_at = $3 where id = $1",
        campaign_id,
        now,
        ends_at,
    )


@one_transaction
async def pause_campaign(*, employer_id: UUID, campaign_id: UUID) -> None:
    """No new claims for now; live claims and reviews go on."""
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.PAUSE)


@one_transaction
async def resume_campaign(*, employer_id: UUID, campaign_id: UUID) -> None:
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.RESUME)


# Not the stronger `for update`: a claim has locked its task when its foreign key asks for the
# campaign, and a stop holds the campaign when it asks for the task.
_LOCK_OWN: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign where id = $1 and employer_id = $2 for no key update
"""  # noqa: S608  # our own column list


async def lock_own_campaign(*, campaign_id: UUID, employer_id: UUID) -> CampaignRecord:
    """The first lock of the global order. Another employer's campaign is `NotFound`."""
    assert in_transaction()
    row = await fetch_row(_LOCK_OWN, campaign_id, employer_id)
    if row is None:
        raise NotFound("no such campaign")
    return campaign_record(row)


async def move_campaign(*, campaign: CampaignRecord, event: CampaignEvent) -> CampaignState:
    """One step of the state machine on a locked row, or `InvalidTransition`."""
    assert in_transaction()
    target = next_state(campaign.state, event)
    if target is None:
        raise InvalidTransition(subject="the campaign", state=campaign.state, event=event)
    changed = await execute(
        "update campaign set state = $3 where id = $1 and state = $2",
        campaign.id,
        campaign.state.value,
        target.value,
    )
    assert changed == 1, "the campaign row is locked by us"
    return target


async def count_places(*, campaign_id: UUID, added: int) -> None:
    """Keeps the sum that funding is computed from. Called by `add_tasks` on a locked draft."""
    assert in_transaction()
    await execute(
        "update campaign set place_count = place_count + $2 where id = $1", campaign_id, added
    )


async def _escrow(campaign: CampaignRecord, *, cost: Price, new_id: NewId, now: datetime) -> None:
    places, currency = campaign.place_count, cost.reward.currency
    total = places * cost.total.micros
    _require_possible(total)
    available = Account(AccountKind.EMPLOYER_AVAILABLE, campaign.employer_id)
    await ledger.require_available(account=available, amount=Money(total, currency))
    fees = places * (cost.fee + cost.vat).micros
    transfer = Transfer(
        event="E2",
        kind="campaign.funded",
        key=f"campaign:{campaign.id}:funded",
        correlation_id=campaign.id,
        actor_id=campaign.employer_id,
        legs=legs(
            debit(available, Money(total, currency)),
            credit(
                Account(AccountKind.CAMPAIGN_ESCROW, campaign.id),
                Money(places * cost.reward.micros, currency),
            ),
            credit(Account(AccountKind.CAMPAIGN_FEES, campaign.id), Money(fees, currency)),
        ),
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


async def _insert_instructions(
    campaign_id: UUID, version: int, text: str, clauses: Sequence[Clause], now: datetime
) -> None:
    await execute(
        "insert into instruction_version (campaign_id, version, text, clauses, created_at)"
        " values ($1, $2, $3, $4, $5)",
        campaign_id,
        version,
        text.strip(),
        msgspec.json.encode([{"id": each.id, "text": each.text} for each in clauses]).decode(),
        now,
    )


async def _require_employer(member_id: UUID) -> None:
    record = (await members.members_by_id(ids=[member_id])).get(member_id)
    if record is None or Role.EMPLOYER not in record.roles:
        raise NotAllowed("only employers offer campaigns")


@dataclass(frozen=True, slots=True)
class _Priced:
    price: Price
    fees: Money  # of all places
    decided: Decided


async def _price_on(on: date, *, reward: Money, employer_id: UUID, place_count: int = 1) -> _Priced:
    employer = (await members.members_by_id(ids=[employer_id]))[employer_id]
    points = await rates.basis_points(kind=RateKind.CAMPAIGN_FEE, scope=employer.country, on=on)
    bare = price(reward=reward, fee_basis_points=points, vat_basis_points=0)
    _require_possible(place_count * bare.total.micros)
    fees = Money(place_count * bare.fee.micros, reward.currency)
    decided = await vat.decided_vat(member_id=employer_id, net=fees, on=on)
    vat_points = decided.decision.treatment.basis_points or 0
    cost = price(reward=reward, fee_basis_points=points, vat_basis_points=vat_points)
    return _Priced(cost, fees, decided)


def _require_possible(micros: int) -> None:
    if micros > AMOUNT_MICROS_MAX:
        raise InvalidInput("more money than an account can hold", path=("campaign_id",))


def _refuse(problem: Problem | None) -> None:
    if problem is not None:
        raise InvalidInput(problem.message, path=problem.path)
