"""What employers do before and around the work: offer it, pause it, stop it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from domain.campaigns import operations as campaigns
from domain.campaigns.rules import Category, Clause, Terms
from domain.money import Money
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from gateway.simulation import judging, labelling
from gateway.simulation.audiences import next_audience, next_schedule
from gateway.simulation.market import Market, Offer
from gateway.simulation.people import Person

CURRENCY: Final = "USD"
LOOKS_EVERY: Final = timedelta(days=4)
ANSWER: Final = "We look at what comes in every day from now on."
CLAUSES: Final = (Clause(id="1", text="Answer with yes or no and nothing else."),)


async def offer(market: Market, employer: Person) -> None:
    """Drafted, filled, paid for and opened; a quarter of them stay drafts or are changed first."""
    chance, virtual = market.virtual.chance, market.virtual
    audience = next_audience(virtual)
    title, category = f"Is this a cat? ({chance.randrange(10_000)})", chance.choice(list(Category))
    terms = Terms(
        title=title,
        category=category,
        category_slug="labeling.images" if category is Category.LABELING else None,
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
        instructions="Look at the picture and say whether it shows a cat.",
        clauses=CLAUSES,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    campaign_id = await market.act("create campaign", create)
    if campaign_id is None:
        return
    offered = Offer(campaign_id, employer, audience)
    if await _fill(market, offered) and not market.percent(10):
        await _open(market, offered)


async def _fill(market: Market, offered: Offer) -> bool:
    """With pictures that each get some text, or one of a few labels."""
    virtual, chance = market.virtual, market.virtual.chance
    plan = labelling.next_plan(virtual)
    if plan is None:
        truths: list[str] = []
        units = [
            NewTask(text=f"Picture {number}", place_count=chance.randint(1, 4))
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
    offered.truths = dict(zip(ids or (), truths, strict=False))
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
    market.plan(lambda: answer(market, offered), after=LOOKS_EVERY)
    if market.percent(30):
        market.plan(lambda: interrupt(market, offered), after=timedelta(days=3))


async def interrupt(market: Market, offered: Offer) -> None:
    """Paused, later resumed or stopped for good."""
    employer, virtual = offered.employer, market.virtual
    mine = {"employer_id": employer.id, "campaign_id": offered.id}
    if market.percent(60):
        await market.act("pause", partial(campaigns.pause_campaign, **mine))
        market.plan(lambda: resume(market, offered), after=timedelta(days=1))
        return
    key = virtual.key(employer.id, "campaignStop", str(offered.id))
    stop = partial(tasks.stop_campaign, **mine, key=key, new_id=virtual.new_id, now=virtual.now)
    await market.twice("stop", stop)


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
