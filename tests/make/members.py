"""Members, made by the operation that registers them, with a password hashed beforehand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import date
from typing import Final
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.access import operations as access
from domain.access import queries
from domain.access.operations import LoggedIn, TooManyAttempts
from domain.access.rules import Surface
from domain.database import transaction
from domain.errors import Refused
from domain.members import operations as members
from domain.members.rules import Role
from tests.make.world import World

PASSWORD: Final = "seven lanterns over a quiet tram"  # noqa: S105  # opens nothing but tests
WRONG_PASSWORD: Final = "eight lanterns over a loud tram"  # noqa: S105  # opens nothing but tests
# Argon2id of it with parameters that take no time; the real hasher understands them as well.
PASSWORD_HASH: Final = (
    "$argon2id$v=19$m=8,t=1,p=1$eZpoyV6f1R29+PMZ4vr9pw$eOFviElT2Fkln/75SusytssOXJNE56NdhKe/p3bPhHY"  # noqa: S105  # opens nothing but tests
)
BORN_ON: Final = date(1990, 5, 17)

_ARGON2: Final = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


class QuickHasher:
    """Real Argon2 at its smallest: the right answers without the waiting."""

    async def hash(self, password: str) -> str:
        return _ARGON2.hash(password)

    async def matches(self, password: str, stored: str | None) -> bool:
        return stored is not None and _ARGON2.verify(password, stored)


def email_of(member_id: UUID) -> str:
    return f"{member_id.hex}@members.test"


async def add_worker(
    world: World,
    *,
    name: str = "Wanda Worker",
    country: str = "PH",
    born_on: date = BORN_ON,
) -> UUID:
    return await _add(world, name=name, country=country, born_on=born_on)


async def add_employer(world: World, *, name: str = "Emil Employer", country: str = "DE") -> UUID:
    return await _add(world, name=name, country=country)


async def add_finance_member(world: World, *, name: str = "Fatima Finance") -> UUID:
    return await _add(world, name=name, country="DE", roles=(Role.FINANCE,))


async def add_staff(world: World, role: Role, *, name: str = "Stefan Staff") -> UUID:
    return await _add(world, name=name, country="DE", roles={role})


async def session_of(
    world: World,
    member_id: UUID,
    *,
    surface: Surface = Surface.API,
    is_remembered: bool = True,
) -> LoggedIn:
    """Signed in with the password that all made members have."""
    return await access.log_in(
        email=email_of(member_id),
        password=PASSWORD,
        hasher=QuickHasher(),
        new_token=world.new_token,
        new_id=world.new_id,
        now=world.now,
        surface=surface,
        is_remembered=is_remembered,
    )


async def is_live(world: World, token: str) -> bool:
    """Whether a request with it would be somebody's."""
    return await queries.viewer_of(token=token, now=world.now) is not None


async def tire_out(attempt: Callable[[], Awaitable[object]]) -> TooManyAttempts:
    """Try, successfully or not, until it is enough."""
    for _ in range(100):
        try:
            await attempt()
        except TooManyAttempts as refusal:
            return refusal
        except Refused:
            continue
    raise AssertionError("nobody ever said that it is enough")


async def _add(
    world: World,
    *,
    name: str,
    country: str,
    roles: Collection[Role] = (),
    born_on: date = BORN_ON,
) -> UUID:
    member_id = world.new_id()
    async with transaction():
        await access.add_registered(
            name=name,
            email=email_of(member_id),
            country=country,
            born_on=born_on,
            password_hash=PASSWORD_HASH,
            new_id=lambda: member_id,
            now=world.now,
        )
    for role in roles:
        await members.grant_role(member_id=member_id, role=role, now=world.now)
    return member_id
