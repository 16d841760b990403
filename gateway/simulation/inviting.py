"""Whom members bring by letter, and whom employers invite to their campaigns."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from domain.invitations import operations as letters
from domain.matching import operations as matching
from domain.matching.rules import InviteResult
from domain.members import operations as members
from domain.members.rules import Mark
from domain.referrals import operations as referrals
from gateway.simulation import deal
from gateway.simulation.market import Market, Offer
from gateway.simulation.people import Habit, Person, email_of
from gateway.simulation.stand_ins import NOWHERE

WRITTEN_MAX: Final = 5  # as for tickets: the server's clock counts these
INVITED_MAX: Final = 4
SOON: Final = 12  # so many who will come next can be known to somebody


async def write(market: Market, inviter: Person) -> None:
    """To somebody who will come, who is here, who will not, or whom no letter reaches."""
    if inviter.written_count >= WRITTEN_MAX:
        return
    inviter.written_count += 1
    virtual, chance = market.virtual, market.virtual.chance
    there = len(market.people) + market.gone
    match chance.randrange(10):
        case 0:
            email = f"{virtual.new_token()[:9]}@{NOWHERE}"
        case 1 | 2:
            email = f"{virtual.new_token()[:9]}@elsewhere.example"
        case 3:
            email = chance.choice(market.people).email
        case _:
            email = email_of(there + chance.randrange(SOON), name="person")
    create = partial(
        letters.create_invitation,
        inviter_id=inviter.id,
        email=email,
        label=None,
        vault=market.given.vault,
        new_token=virtual.new_token,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    if await market.act("write to a friend", create) is None:
        return
    inviter.code = await market.act(
        "invite",
        lambda: referrals.open_link(
            member_id=inviter.id, new_token=virtual.new_token, now=virtual.now
        ),
    )
    market.invited[email] = inviter
    if market.percent(25):
        market.plan(lambda: refuse(market, email), after=timedelta(days=4))


async def refuse(market: Market, email: str) -> None:
    """By the link in the letter, for good."""
    token = market.letterbox.tokens.get(email)
    if token is not None:
        await market.act("opt out", lambda: letters.opt_out(token=token, now=market.virtual.now))


async def invite(market: Market, employer: Person) -> None:
    """Those who were paid before, favourites, and now and then strangers, who are not known."""
    own = [each for each in market.offers if each.employer is employer and each.is_open]
    if not own or employer.invited_count >= INVITED_MAX:
        return
    employer.invited_count += 1
    chance, now = market.virtual.chance, market.virtual.now
    offer, stranger = chance.choice(own), chance.choice(market.people)
    if market.percent(40):
        mark = partial(members.mark_member, owner_id=employer.id, mark=Mark.FAVOURITE, now=now)
        await market.act("mark", lambda: mark(member_id=stranger.id))
    wanted = {each.id: each for each in (*employer.paid[-8:], stranger)}
    send = partial(
        matching.invite_workers,
        employer_id=employer.id,
        campaign_id=offer.id,
        worker_ids=list(wanted),
        now=now,
    )
    for worker_id, result in (await market.act("invite workers", send) or {}).items():
        if result is InviteResult.INVITED:
            _plan_answer(market, offer, wanted[worker_id])


def _plan_answer(market: Market, offer: Offer, worker: Person) -> None:
    market.plan(lambda: answer(market, offer, worker), after=timedelta(hours=20))


async def answer(market: Market, offer: Offer, worker: Person) -> None:
    """Taken, declined, or left until the campaign is over."""
    if market.percent(50) and worker.habit is not Habit.ABSENT:
        await deal.claim_at(market, offer, worker)
    elif market.percent(60):
        decline = partial(matching.decline_invitation, worker_id=worker.id, campaign_id=offer.id)
        await market.act("decline invitation", decline)
