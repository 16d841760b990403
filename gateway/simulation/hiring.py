"""What employers do before and around the work: offer it, pause it, stop it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from domain.campaigns import operations as campaigns
from domain.campaigns.rules import Clause, ConsensusPlan, Terms, WorkMode
from domain.money import Money
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from gateway.simulation import judging, labelling
from gateway.simulation.audiences import next_audience, next_schedule
from gateway.simulation.kinds import PICTURES, next_kind
from gateway.simulation.market import Market, Offer
from gateway.simulation.people import Person

CURRENCY: Final = "USD"
LOOKS_EVERY: Final = timedelta(days=4)
ANSWER: Final = "We look at what comes in every day from now on."
CLAUSES: Final = (Clause(id="1", text="Answer with yes or no and nothing else."),)


async def offer(market: Market, employer: Person) -> None:
    """Drafted, filled, paid for and opened; a quarter of them stay drafts or are changed first."""
    chance, virtual = market.virtual.chance, market.virtual
    audience = next_audience(virtual, employer.skill_id)
    plan, kind = await labelling.next_plan(market, employer), PICTURES
    if plan is None:
        kind = next_kind(virtual)
    terms = Terms(
        title=f"{kind.instructions[:50]} ({chance.randrange(10_000)})",
        category=kind.category,
        category_slug="labeling.images" if kind is PICTURES else None,
        work_mode=kind.mode,
        collects_contacts=chance.random() < 0.1,  # noqa: PLR2004  # staff look at them first
        reward=Money(chance.randint(5, 120) * 10_000 + chance.randrange(3) * 1_111, CURRENCY),
        claim_minutes=chance.choice((10, 15, 30, 90)),
        review_days=chance.choice((1, 3, 7)),
        revision_count_max=chance.randint(0, 2),
        audience=audience,
        schedule=next_schedule(virtual),
        estimated_seconds=chance.choice((None, 20, 90)),
        approves_by_rule=chance.random() < 0.5,  # noqa: PLR2004  # half of them
    )
    create = partial(
        campaigns.create_campaign,
        employer_id=employer.id,
        terms=terms,
        instructions=kind.instructions,
        clauses=CLAUSES,
        checks=kind.checks,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    campaign_id = await market.act("create campaign", create)
    if campaign_id is None:
        return
    offered = Offer(campaign_id, employer, audience, kind)
    if await _fill(market, offered, plan) and not market.percent(10):
        await _open(market, offered)


async def _fill(market: Market, offered: Offer, plan: ConsensusPlan | None) -> bool:
    """With things to look at, which each get an answer of any kind, or one of a few labels."""
    virtual, chance = market.virtual, market.virtual.chance
    if plan is None:
        truths: list[str] = []
        is_checked = offered.kind.mode is WorkMode.CHECK
        units = [
            NewTask(
                text=f"Picture {number}",
                place_count=chance.randint(1, 4),
                url=f"https://pair{number}.example/" if is_checked else None,
            )
            for number in range(chance.randint(3, 25))
        ]
    else:
        units, truths = labelling.next_labelled(virtual)
        if not await labelling.planned(market, offered, plan):
            return False
    add = partial(
        tasks.add_tasks,
        employer_id=offered.employer.id,
        campaign_id=offered.id,
        tasks=units,
        new_id=virtual.new_id,
    )
    ids = await market.act("add tasks", add)
    offered.task_ids = list(ids or ())
    offered.truths = dict(zip(offered.task_ids, truths, strict=False))
    return ids is not None


async def _open(market: Market, offered: Offer) -> None:
    virtual, employer = market.virtual, offered.employer
    key = virtual.key(employer.id, "campaignFund", str(offered.id))
    fund = partial(
        campaigns.fund_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        key=key,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    if await market.twice("fund", fund) is None:
        return
    if market.percent(3):
        await stop(market, offered)  # before anybody has seen it
        return
    ends_at = virtual.now + timedelta(days=virtual.chance.randint(3, 20))
    publish = partial(
        campaigns.publish_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        ends_at=ends_at if market.percent(30) else None,
        now=virtual.now,
    )
    await market.act("publish", publish)
    market.offers.append(offered)
    judging.plan_oversight(market, offered)
    market.plan(lambda: judging.look_first(market, offered), after=timedelta(days=1))
    market.plan(lambda: renew(market, offered), after=timedelta(days=10))
    market.plan(lambda: answer(market, offered), after=LOOKS_EVERY)
    if market.percent(30):
        market.plan(lambda: interrupt(market, offered), after=timedelta(days=3))


async def interrupt(market: Market, offered: Offer) -> None:
    """Paused, later resumed or stopped for good."""
    if market.percent(60):
        mine = {"employer_id": offered.employer.id, "campaign_id": offered.id}
        await market.act("pause", partial(campaigns.pause_campaign, **mine))
        market.plan(lambda: resume(market, offered), after=timedelta(days=1))
        return
    await stop(market, offered)


async def stop(market: Market, offered: Offer) -> None:
    employer, virtual = offered.employer, market.virtual
    end = partial(
        tasks.stop_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        key=virtual.key(employer.id, "campaignStop", str(offered.id)),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.twice("stop", end)


async def renew(market: Market, offered: Offer) -> None:
    """More places, whether it still runs or is over."""
    if not market.percent(50):
        return
    employer, virtual = offered.employer, market.virtual
    more = partial(
        tasks.extend_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        task_id=virtual.chance.choice(offered.task_ids),
        place_count=virtual.chance.randint(1, 5),
        key=virtual.key(employer.id, "campaignExtend", str(offered.id)),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    if await market.twice("extend", more) is None:
        await _restart(market, offered)
    offered.is_open = True


async def _restart(market: Market, offered: Offer) -> None:
    employer, virtual = offered.employer, market.virtual
    again = partial(
        tasks.restart_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        task_id=virtual.chance.choice(offered.task_ids),
        place_count=virtual.chance.randint(1, 5),
        ends_at=None,
        key=virtual.key(employer.id, "campaignRestart", str(offered.id)),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    if await market.twice("restart", again) is not None:
        market.plan(lambda: judging.look_first(market, offered), after=timedelta(days=1))


async def resume(market: Market, offered: Offer) -> None:
    await market.act(
        "resume",
        lambda: campaigns.resume_campaign(employer_id=offered.employer.id, campaign_id=offered.id),
    )
    offered.is_open = True


async def answer(market: Market, offered: Offer) -> None:
    """Where a rule of ours has paused it, the owner's word lets it go on."""
    say = partial(
        campaigns.acknowledge_pause,
        employer_id=offered.employer.id,
        campaign_id=offered.id,
        text=ANSWER,
        now=market.virtual.now,
    )
    offered.is_open = await market.did("acknowledge pause", say) or offered.is_open
    market.plan(lambda: answer(market, offered), after=LOOKS_EVERY)
