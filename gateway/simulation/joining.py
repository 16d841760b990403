"""Who comes into a simulated marketplace, and who brought them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from domain.access import operations as access
from domain.members import operations as members
from domain.members.rules import WorkPreferences
from domain.referrals import operations as referrals
from gateway.simulation.market import Market
from gateway.simulation.people import PASSWORD, Person, next_birthday, next_person
from gateway.simulation.proving import next_name


async def register(market: Market, number: int, *, name: str = "person") -> Person | None:
    """Every third one through somebody's link, and most who were written to through that one.

    None: refused, or the process died at it.
    """
    email, country, habit, is_employer = next_person(number, name=name, virtual=market.virtual)
    born_on = next_birthday(market.virtual)
    inviting = [each for each in market.people if each.code is not None]
    code = market.virtual.chance.choice(inviting).code if inviting and number % 3 == 0 else None
    if email in market.invited and market.percent(80):
        code = market.invited[email].code
    register_: Callable[..., Awaitable[UUID]] = access.register_member
    if code is not None:
        register_ = partial(referrals.register_referred_member, code=code)
    member_id = await market.act(
        "register",
        partial(
            register_,
            name=next_name(market.virtual, f"{name} {number}"),
            email=email,
            country=country,
            born_on=born_on,
            password=PASSWORD,
            hasher=market.hasher,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        ),
    )
    if member_id is None:
        return None
    person = Person(member_id, email, country, habit, is_employer, born_on)
    await prefer(market, person)
    market.people.append(person)
    if market.percent(20):
        person.code = await market.act(
            "invite",
            lambda: referrals.open_link(
                member_id=person.id, new_token=market.virtual.new_token, now=market.virtual.now
            ),
        )
    return person


async def prefer(market: Market, person: Person) -> None:
    """Half of them say what suits them."""
    if not market.percent(50):
        return
    wants_adult = market.percent(50)
    preferences = WorkPreferences(languages=("en",), wants_adult=wants_adult)
    set_ = partial(members.set_work_preferences, member_id=person.id, preferences=preferences)
    if await market.did("prefer", set_):
        person.wants_adult = wants_adult
