"""What members want to be told of: searches that are kept, changed and given up.

Who is told of what goes by the feed, and so by the whole server: tests of its own look at that.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from domain.campaigns.rules import Category
from domain.filters import Comparison, Operator
from domain.searches import operations as searches
from gateway.simulation.market import Market
from gateway.simulation.people import Person

NAMES: Final = ("for the evening", "what I am good at", "all of it")


async def keep(market: Market, member: Person) -> None:
    """Kept under one of a few names, so that some replace each other; one in five is given up."""
    chance = market.virtual.chance
    name, wanted = chance.choice(NAMES), chance.choice(list(Category))
    if market.percent(20):
        remove = partial(searches.remove_search, member_id=member.id, name=name)
        await market.act("give up search", remove)
        return
    set_ = partial(
        searches.set_search,
        member_id=member.id,
        name=name,
        filter=f'{{"category": {{"eq": "{wanted.name}"}}}}',
        condition=Comparison("category", Operator.IN, (wanted.value,)),
        is_alerting=market.percent(70),
        now=market.virtual.now,
    )
    await market.act("keep search", set_)
