"""Staff before a campaign opens, members' reports while it runs, and the archive after it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments import operations as assignments
from domain.campaigns import operations, queries
from domain.campaigns.rules import (
    CampaignState,
    Clause,
    DeclineReason,
    PauseReason,
    ReportReason,
)
from domain.database import transaction
from domain.errors import InvalidTransition, NotAllowed, NotFound
from domain.ledger.rules import AccountKind
from domain.members.operations import record_level
from domain.money import Money
from domain.tasks import operations as tasks
from tests.domain.campaigns.test_oversight import seen, staff
from tests.make.campaigns import (
    LOOKED_AT,
    balance,
    draft,
    funded,
    pay_in,
    publish,
    reviewed,
    rich_employer,
    running,
    usd,
)
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
SAID = "It asks for the number of my bank card."


async def report(
    world: World, campaign_id: UUID, reason: ReportReason = ReportReason.CARD_DATA
) -> UUID:
    reporter = await add_worker(world)
    await operations.report_campaign(
        reporter_id=reporter, campaign_id=campaign_id, reason=reason, text=SAID, now=world.now
    )
    return reporter


async def test_staff_look_first_where_the_operator_wants_it(world: World) -> None:
    """ADR 0018: the money lies in escrow before and after; only the approval opens it."""
    employer, person = await rich_employer(world), await staff(world)

    campaign_id = await reviewed(world, employer)

    waiting = await seen(campaign_id, employer)
    escrow = await balance(AccountKind.CAMPAIGN_ESCROW, campaign_id, LOOKED_AT)
    assert (waiting.state, waiting.published_at) == (CampaignState.PENDING_REVIEW, None)
    assert campaign_id in {each.id for each in await queries.campaign_queue()}
    assert await queries.campaigns_by_id(ids=[campaign_id], viewer_id=person, now=world.now) == {}
    with pytest.raises(InvalidTransition):
        await operations.revise_instructions(
            employer_id=employer,
            campaign_id=campaign_id,
            instructions="Something else.",
            clauses=[],
            now=world.now,
        )
    await operations.approve_campaign(staff_id=person, campaign_id=campaign_id, now=world.now)

    opened = await seen(campaign_id, employer)
    assert (opened.state, opened.published_at) == (CampaignState.RUNNING, world.now)
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign_id, LOOKED_AT) == escrow == 30_000


async def test_what_was_declined_is_put_right_and_looked_at_again(world: World) -> None:
    """P7: the employer reads why, changes the instructions, and staff see them once more."""
    employer, person = await rich_employer(world), await staff(world)
    campaign_id = await reviewed(world, employer)

    await operations.decline_campaign(
        staff_id=person,
        campaign_id=campaign_id,
        reason=DeclineReason.UNCLEAR,
        text="Nobody can tell which picture is meant.",
        now=world.now,
    )
    (told,) = (await queries.decisions_of(campaign_ids=[campaign_id]))[campaign_id]
    await operations.revise_instructions(
        employer_id=employer,
        campaign_id=campaign_id,
        instructions="Look at the first picture.",
        clauses=[Clause(id="1", text="The first one.")],
        now=world.now,
    )
    await publish(world, employer, campaign_id)

    again = await seen(campaign_id, employer)
    assert told.decline_reason is DeclineReason.UNCLEAR
    assert (again.state, again.instruction_version) == (CampaignState.PENDING_REVIEW, 2)


async def test_a_declined_campaign_is_paid_back_whole(world: World) -> None:
    """E10: no decision of staff keeps an employer's money."""
    employer, person = await rich_employer(world), await staff(world)
    campaign_id = await reviewed(world, employer)
    await operations.decline_campaign(
        staff_id=person,
        campaign_id=campaign_id,
        reason=DeclineReason.FORBIDDEN,
        text="The rules of the platform forbid it.",
        now=world.now,
    )

    await tasks.stop_campaign(
        employer_id=employer,
        campaign_id=campaign_id,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )

    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer, LOOKED_AT) == 1_000_000
    assert await balance(AccountKind.CAMPAIGN_ESCROW, campaign_id, LOOKED_AT) == 0


async def test_nobody_looks_at_a_campaign_of_their_own(world: World) -> None:
    """Staff who employ are employers here; who is no staff is told so."""
    person = await staff(world)
    campaign_id = await reviewed(world, person)

    for who in (person, await add_worker(world)):
        with pytest.raises(NotAllowed):
            await operations.approve_campaign(staff_id=who, campaign_id=campaign_id, now=world.now)


async def test_an_unverified_employer_offers_only_so_much_at_a_time(world: World) -> None:
    """R42, H2: all campaigns count together, and level 2 lifts the cap."""
    employer = await rich_employer(world, usd("15000"))
    first, second = [
        await funded(world, employer, places=[1], reward=usd("5000")) for _ in range(2)
    ]
    await publish(world, employer, first)

    with pytest.raises(operations.EmployerUnverified):
        await publish(world, employer, second)
    async with transaction():
        await record_level(member_id=employer, level=2)
    await publish(world, employer, second)

    assert (await seen(second, employer)).state is CampaignState.RUNNING


async def test_three_reports_stop_a_campaign_until_staff_have_looked(world: World) -> None:
    """P4: PERSONAL_DATA and CARD_DATA count, each member once, and not again after staff looked."""
    employer, person = await rich_employer(world), await staff(world)
    campaign_id = await running(world, employer)

    first = await report(world, campaign_id)
    await operations.report_campaign(
        reporter_id=first,
        campaign_id=campaign_id,
        reason=ReportReason.CARD_DATA,
        text=SAID,
        now=world.now,
    )
    for reason in (ReportReason.OFFENSIVE, ReportReason.OTHER, ReportReason.PERSONAL_DATA):
        await report(world, campaign_id, reason)
    assert (await seen(campaign_id, employer)).state is CampaignState.RUNNING
    await report(world, campaign_id)

    stopped = await seen(campaign_id, employer)
    assert stopped.state is CampaignState.PAUSED_ADMIN
    assert stopped.pause_reason is PauseReason.REPORTS
    assert len((await queries.reports_of(campaign_ids=[campaign_id]))[campaign_id]) == 5
    later = world.now + timedelta(hours=1)
    await operations.clear_campaign(staff_id=person, campaign_id=campaign_id, text=SAID, now=later)
    world.now = later + timedelta(hours=1)
    await report(world, campaign_id)
    assert (await seen(campaign_id, employer)).state is CampaignState.RUNNING


async def test_a_report_needs_something_to_report(world: World) -> None:
    """A foreign draft is as good as absent, and nobody reports themselves."""
    employer = await rich_employer(world)
    hidden, own = await draft(world, employer), await running(world, employer)

    with pytest.raises(NotFound):
        await report(world, hidden)
    with pytest.raises(NotAllowed):
        await operations.report_campaign(
            reporter_id=employer,
            campaign_id=own,
            reason=ReportReason.FRAUD,
            text=SAID,
            now=world.now,
        )


async def test_staff_stop_a_campaign_and_its_owner_cannot_resume_it(world: World) -> None:
    """PAUSED_ADMIN ends by staff; the owner may stop neither it nor the look at it."""
    employer, person = await rich_employer(world), await staff(world)
    campaign_id = await running(world, employer)

    await operations.suspend_campaign(
        staff_id=person, campaign_id=campaign_id, text=SAID, now=world.now
    )

    with pytest.raises(InvalidTransition):
        await operations.resume_campaign(employer_id=employer, campaign_id=campaign_id)
    with pytest.raises(NotAllowed):
        await operations.acknowledge_pause(
            employer_id=employer, campaign_id=campaign_id, text=SAID, now=world.now
        )
    await operations.clear_campaign(
        staff_id=person, campaign_id=campaign_id, text=SAID, now=world.now
    )
    assert (await seen(campaign_id, employer)).state is CampaignState.RUNNING


async def test_what_is_over_for_thirty_days_is_archived(world: World) -> None:
    """R41: not a second earlier, and then nothing moves it any more."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer)
    await tasks.stop_campaign(
        employer_id=employer,
        campaign_id=campaign_id,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )
    await assignments.advance_campaigns(new_id=world.new_id, now=world.now)
    due = world.now + timedelta(days=30)

    await assignments.advance_campaigns(new_id=world.new_id, now=due - timedelta(seconds=1))
    assert (await seen(campaign_id, employer)).state is CampaignState.FINISHED
    await assignments.advance_campaigns(new_id=world.new_id, now=due)
    assert (await seen(campaign_id, employer)).state is CampaignState.ARCHIVED


async def test_a_currency_without_a_row_of_its_own_has_the_row_of_all(world: World) -> None:
    """A campaign in any currency can be published: no limit is missing."""
    employer = await rich_employer(world)
    await pay_in(world, employer, Money(1_000_000, "MXN"))
    campaign_id = await funded(world, employer, places=[1], reward=Money(10_000, "MXN"))

    await publish(world, employer, campaign_id)

    assert (await seen(campaign_id, employer)).state is CampaignState.RUNNING
