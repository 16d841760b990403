"""For whom employers of a simulated marketplace offer work, and whom a claim was really given."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from domain.campaigns.rules import (
    ANYTIME,
    FOR_ALL,
    Audience,
    Comparator,
    ContentRating,
    Guard,
    Schedule,
    Target,
    TargetField,
)
from domain.members.rules import age_on
from gateway.simulation.people import COUNTRIES, Person
from gateway.simulation.virtual import Virtual

ADULT_FROM: Final = 21
AGES: Final = (19, 20, 21, 30)


def next_audience(virtual: Virtual, skill_id: UUID | None) -> Audience:
    """Three in ten are not for everybody: for some countries, from an age on, or for grown-ups;
    one in ten is for who has passed the employer's own test.
    """
    chance = virtual.chance
    guard = chance.choice(list(Guard))
    match chance.randrange(10):
        case 0:
            countries = tuple(chance.sample(COUNTRIES, 6))
            comparator = chance.choice((Comparator.IN, Comparator.NOT_IN))
            asked = Target(field=TargetField.COUNTRY, comparator=comparator, codes=countries)
            return Audience(targets=(asked,), guard=guard)
        case 1:
            age = chance.choice(AGES)
            asked = Target(field=TargetField.AGE, comparator=Comparator.GE, numbers=(age,))
            return Audience(targets=(asked,), guard=guard)
        case 2:
            return Audience(content_rating=ContentRating.ADULT)
        case 3 if skill_id is not None:
            asked = Target(
                field=TargetField.SKILL, comparator=Comparator.GE, numbers=(50,), skill_id=skill_id
            )
            return Audience(targets=(asked,), guard=guard)
        case _:
            return FOR_ALL


def next_schedule(virtual: Virtual) -> Schedule:
    """Two in ten keep hours, or take so many claims a day or of a country."""
    chance = virtual.chance
    match chance.randrange(10):
        case 0:
            begin = chance.randrange(24)
            return Schedule(daily_from_hour=begin, daily_to_hour=(begin + 16) % 24)
        case 1:
            return Schedule(day_claim_max=chance.randint(3, 20), country_share_max=40)
        case _:
            return ANYTIME


def suits(audience: Audience, worker: Person, *, on: date) -> bool:
    """The same question as the database was asked, answered from what we know of the person."""
    age = age_on(born_on=worker.born_on, on=on)
    for target in audience.targets:
        if target.field is TargetField.SKILL:
            continue  # the test is what knows
        if target.field is TargetField.AGE:
            holds = age >= target.numbers[0]
        else:
            is_listed = worker.country in target.codes
            holds = is_listed is (target.comparator is Comparator.IN)
        if not holds:
            return False
    is_adult = audience.content_rating is ContentRating.ADULT
    return not is_adult or (age >= ADULT_FROM and worker.wants_adult)
