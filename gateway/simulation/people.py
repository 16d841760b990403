"""Who lives in a simulated marketplace, and what they are like."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from gateway.simulation.virtual import Virtual

GROWN_UP: Final = date(1990, 5, 17)
# Some become 21 while the simulation runs, which begins in 2040.
YOUNG: Final = (date(2019, 1, 5), date(2019, 1, 20), date(2020, 2, 29), date(2021, 6, 1))
PASSWORD: Final = "quiet-harbour-lantern"  # noqa: S105  # of people who are not
COUNTRIES: Final = ("DE", "FR", "US", "PH", "IN", "BR", "KE", "PL", "GB", "ID")
EMPLOYERS_PER_HUNDRED: Final = 15


class Habit(StrEnum):
    HONEST = "honest"
    LAZY = "lazy"  # claims and lets it expire; never decides, never answers
    CHEATING = "cheating"  # hands in rubbish, rejects good work, contests what is just
    ABSENT = "absent"  # registers and is hardly ever seen again


_SHARES: Final = ((Habit.HONEST, 60), (Habit.LAZY, 20), (Habit.CHEATING, 10), (Habit.ABSENT, 10))
# How likely somebody comes by on a day, in percent.
VISITS: Final = {Habit.HONEST: 35, Habit.LAZY: 20, Habit.CHEATING: 35, Habit.ABSENT: 2}


@dataclass(slots=True)
class Person:
    id: UUID
    email: str
    country: str
    habit: Habit
    is_employer: bool
    born_on: date
    wants_adult: bool = False
    code: str | None = None  # of the referral link
    account: str | None = None  # where they are paid
    session_id: UUID | None = None
    destination: tuple[UUID, bytes] | None = None  # with its fingerprint
    deposits: list[UUID] = field(default_factory=list)
    payouts: list[UUID] = field(default_factory=list)
    skill_id: UUID | None = None  # which this employer tests
    paid: list[Person] = field(default_factory=list)  # for work of this employer, each once
    # How often they did what the server's clock counts, so that it never comes to its limit.
    asked_count: int = 0
    replied_count: int = 0
    written_count: int = 0
    invited_count: int = 0


class QuickHasher:
    """Argon2 is slow on purpose, and these passwords protect nobody."""

    async def hash(self, password: str) -> str:
        return f"plain:{password}"

    async def matches(self, password: str, stored: str | None) -> bool:
        return stored == f"plain:{password}"


def next_birthday(virtual: Virtual) -> date:
    """A quarter are young."""
    chance = virtual.chance
    return chance.choice(YOUNG) if chance.randrange(4) == 0 else GROWN_UP


def email_of(number: int, *, name: str) -> str:
    return f"{name}{number}@simulated.example"


def next_person(number: int, *, name: str, virtual: Virtual) -> tuple[str, str, Habit, bool]:
    """Their address, country and habits, and whether they hire."""
    chance = virtual.chance
    habit = chance.choices([each for each, _ in _SHARES], [share for _, share in _SHARES])[0]
    is_employer = number % 100 < EMPLOYERS_PER_HUNDRED
    return email_of(number, name=name), chance.choice(COUNTRIES), habit, is_employer
