"""Writing a campaign: its terms and its instructions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.campaigns.operations.hosts import require_open_instructions
from domain.campaigns.operations.pricing import price_on, require_employer
from domain.campaigns.operations.rows import lock_own_campaign
from domain.campaigns.operations.variables import require_filled
from domain.campaigns.rules import (
    NO_CHECKS,
    REVISABLE_STATES,
    CampaignState,
    Checks,
    Clause,
    DataUse,
    Problem,
    Target,
    Terms,
    checks_problem,
    instructions_problem,
    terms_problem,
)
from domain.categories.queries import is_open
from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput, InvalidTransition
from domain.given import NewId
from domain.skills import operations as skills
from domain.texts import passed_on

_INSERT: Final = """
    insert into campaign
        (id, employer_id, state, title, category, currency, reward_micros, fee_micros, vat_micros,
         claim_minutes, review_days, revision_count_max, per_worker_max, instruction_version,
         place_count, created_at, collects_contacts, category_slug, work_mode,
         approves_by_rule, data_purpose, data_details, data_licence)
    values ($1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 0, $13, $14, $15, $16,
            $17, $18, $19, $20)
"""
_ADDRESS: Final = """
    update campaign
    set content_rating = $2, guard = $3, is_targeted = $4, difficulty = $5, daily_from_hour = $6,
        daily_to_hour = $7, day_claim_max = $8, country_share_max = $9, estimated_seconds = $10,
        visibility = $11, hour_claim_max = $12
    where id = $1
"""
_INSERT_TARGETS: Final = """
    insert into campaign_target (campaign_id, position, field, comparator, numbers, codes, skill_id)
    select $1, position, field, comparator, string_to_array(numbers, ' ')::int[],
           string_to_array(codes, ' '), skill_id
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])
        with ordinality as target (field, comparator, numbers, codes, skill_id, position)
"""


async def draft_campaign(
    *,
    employer_id: UUID,
    terms: Terms,
    instructions: str,
    clauses: Sequence[Clause],
    checks: Checks = NO_CHECKS,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """A draft with version 1 of its instructions; nothing is set aside yet.

    Refuses with `NotAllowed`, `InvalidInput` or `VatUndecided`.
    """
    assert in_transaction()
    await require_employer(employer_id)
    _refuse(terms_problem(terms))
    _refuse(instructions_problem(text=instructions, clauses=clauses))
    _refuse(checks_problem(checks))
    await _require_open_category(terms)
    priced = await price_on(now.date(), reward=terms.reward, employer_id=employer_id)
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
        terms.collects_contacts,
        terms.place_in_tree,
        terms.work_mode.value,
        terms.approves_by_rule,
        *_stored(terms.data_use),
    )
    await _address(campaign_id, terms, employer_id)
    await _insert_instructions(campaign_id, 1, instructions, clauses, checks=checks, now=now)
    return campaign_id


create_campaign: Final = one_transaction(draft_campaign)
_CHANGE: Final = """
    update campaign
    set title = $2, category = $3, currency = $4, reward_micros = $5, fee_micros = $6,
        vat_micros = $7, claim_minutes = $8, review_days = $9, revision_count_max = $10,
        per_worker_max = $11, collects_contacts = $12, category_slug = $13, work_mode = $14,
        approves_by_rule = $15, data_purpose = $16, data_details = $17, data_licence = $18
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
    if terms.work_mode is not campaign.work_mode and campaign.place_count:
        raise InvalidInput("before the first task is added", path=("work_mode",))
    await _require_open_category(terms)
    await require_employer(employer_id)
    priced = await price_on(now.date(), reward=terms.reward, employer_id=employer_id)
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
        terms.collects_contacts,
        terms.place_in_tree,
        terms.work_mode.value,
        terms.approves_by_rule,
        *_stored(terms.data_use),
    )
    await _require_no_test(campaign_id, terms)
    await execute("delete from campaign_target where campaign_id = $1", campaign_id)
    await _address(campaign_id, terms, employer_id)


@one_transaction
async def revise_instructions(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    instructions: str,
    clauses: Sequence[Clause],
    checks: Checks = NO_CHECKS,
    now: datetime,
) -> int:
    """A new version for future claims; work already claimed is judged by its own version (P35).

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput` or `HostBlocked`.
    """
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state not in REVISABLE_STATES:
        raise InvalidTransition(
            subject="the campaign", state=campaign.state, event="revise instructions"
        )
    _refuse(instructions_problem(text=instructions, clauses=clauses))
    _refuse(checks_problem(checks))
    await require_open_instructions(instructions=instructions, clauses=clauses, checks=checks)
    await require_filled(campaign_id=campaign_id, text=instructions)
    version = campaign.instruction_version + 1
    await _insert_instructions(campaign_id, version, instructions, clauses, checks=checks, now=now)
    await execute(
        "update campaign set instruction_version = $2 where id = $1", campaign_id, version
    )
    return version


_INSERT_INSTRUCTIONS: Final = """
    insert into instruction_version
        (campaign_id, version, text, clauses, proofs, questions, created_at, survey)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_INSERT_KEYS: Final = """
    insert into check_key (campaign_id, version, question_id, answers)
    select $1, $2, key.id, array(select jsonb_array_elements_text(key.answers))
    from unnest($3::text[], $4::jsonb[]) as key (id, answers)
"""


async def _insert_instructions(
    campaign_id: UUID,
    version: int,
    text: str,
    clauses: Sequence[Clause],
    *,
    checks: Checks,
    now: datetime,
) -> None:
    await execute(
        _INSERT_INSTRUCTIONS,
        campaign_id,
        version,
        text.strip(),
        _json([{"id": each.id, "text": each.text} for each in clauses]),
        _json(checks.proofs),
        _json([{"id": each.id, "text": each.text} for each in checks.questions]),
        now,
        _json(checks.survey),
    )
    if checks.questions:
        await execute(
            _INSERT_KEYS,
            campaign_id,
            version,
            [each.id for each in checks.questions],
            [_json(each.answers) for each in checks.questions],
        )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def _address(campaign_id: UUID, terms: Terms, employer_id: UUID) -> None:
    """Says for whom a draft is, and when; the clauses of its targeting were none before."""
    audience, schedule = terms.audience, terms.schedule
    await _require_usable(audience.targets, employer_id)
    await execute(
        _ADDRESS,
        campaign_id,
        audience.content_rating.value,
        audience.effective_guard.value,
        audience.is_targeted,
        terms.difficulty.value,
        schedule.daily_from_hour,
        schedule.daily_to_hour,
        schedule.day_claim_max,
        schedule.country_share_max,
        terms.estimated_seconds,
        audience.visibility.value,
        schedule.hour_claim_max,
    )
    targets = audience.targets
    await execute(
        _INSERT_TARGETS,
        campaign_id,
        [each.field.value for each in targets],
        [each.comparator.value for each in targets],
        [" ".join(map(str, each.numbers)) for each in targets],
        [" ".join(each.codes) for each in targets],
        [each.skill_id for each in targets],
    )


_IS_TEST: Final = """
    select exists (select from consensus_plan where campaign_id = $1 and skill_id is not null)
"""


async def _require_no_test(campaign_id: UUID, terms: Terms) -> None:
    """A worker who may not give all its answers would never get a result."""
    if terms.per_worker_max is not None and await fetch_value(_IS_TEST, campaign_id):
        raise InvalidInput("a test has no limit per worker", path=("per_worker_max",))


async def _require_usable(targets: Sequence[Target], employer_id: UUID) -> None:
    asked = {each.skill_id for each in targets if each.skill_id is not None}
    unusable = await skills.unusable_skills(employer_id=employer_id, ids=asked) if asked else set()
    for index, each in enumerate(targets):
        if each.skill_id in unusable:
            raise InvalidInput("no skill of yours or ours", path=("targets", str(index)))


async def _require_open_category(terms: Terms) -> None:
    """What is given up stays with the drafts that have it until they are changed."""
    if terms.category_slug is not None and not await is_open(slug=terms.category_slug):
        raise InvalidInput("no such category, or no new campaigns in it", path=("category_slug",))


def _refuse(problem: Problem | None) -> None:
    if problem is not None:
        raise InvalidInput(problem.message, path=problem.path)


def _stored(use: DataUse) -> tuple[str, str | None, str | None]:
    details = None if use.details is None else passed_on(use.details)
    return use.purpose.value, details, None if use.licence is None else use.licence.value
