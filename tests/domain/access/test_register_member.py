"""`register_member`: who may register, with which password, how often."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import pytest

from domain.access import operations
from domain.access.rules import PasswordProblem
from domain.database import fetch_value, in_transaction
from domain.errors import InvalidInput
from domain.members.operations import EmailTaken, TooYoung
from tests.make.members import BORN_ON, PASSWORD, QuickHasher, tire_out
from tests.make.world import World

pytestmark = pytest.mark.asyncio


# One password as two keyboards write it: the u and its dots apart, and together.
APART, TOGETHER = (f"sieben Laternen {over} der Bahn" for over in ("u\u0308ber", "\u00fcber"))


class WatchfulHasher(QuickHasher):
    """Counts, and notices being called inside a transaction."""

    def __init__(self) -> None:
        self.hash_count = 0

    async def hash(self, password: str) -> str:
        assert not in_transaction()
        self.hash_count += 1
        return await super().hash(password)


async def register(
    world: World,
    *,
    email: str,
    name: str = "Ada Byron",
    country: str = "GB",
    password: str = PASSWORD,
    born_on: date = BORN_ON,
    hasher: QuickHasher | None = None,
    network: str | None = None,
) -> UUID:
    return await operations.register_member(
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        password=password,
        hasher=hasher or QuickHasher(),
        new_id=world.new_id,
        now=world.now,
        network=network,
    )


def address(world: World) -> str:
    return f"{world.new_id().hex}@example.com"


async def test_the_new_member_can_log_in(world: World) -> None:
    """With any spelling of the address, and any keyboard's spelling of the password."""
    email = address(world)
    member_id = await register(world, email=email, password=APART)

    logged_in = await operations.log_in(
        email=email.upper(),
        password=TOGETHER,
        hasher=QuickHasher(),
        new_token=world.new_token,
        new_id=world.new_id,
        now=world.now,
    )

    assert logged_in.member_id == member_id


async def test_what_is_stored_is_a_hash(world: World) -> None:
    """Of one password two members have two different ones."""
    first = await register(world, email=address(world))
    second = await register(world, email=address(world))

    stored = [
        await fetch_value("select hash from member_password where member_id = $1", member_id)
        for member_id in (first, second)
    ]
    assert stored[0] != stored[1]
    assert all(text.startswith("$argon2id$") and PASSWORD not in text for text in stored)


async def test_the_password_is_hashed_before_the_transaction(world: World) -> None:
    """A third of a second with locks held would stop everybody else."""
    hasher = WatchfulHasher()
    await register(world, email=address(world), hasher=hasher)
    assert hasher.hash_count == 1


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("too short", PasswordProblem.TOO_SHORT),
        ("passwordpassword1", PasswordProblem.COMMON),
        ("my name is Ada Byron", PasswordProblem.PERSONAL),
    ],
)
async def test_refuses_a_weak_password_unhashed(
    world: World, password: str, problem: PasswordProblem
) -> None:
    """The refusal says what is wrong and repeats nothing."""
    hasher = WatchfulHasher()
    with pytest.raises(operations.PasswordTooWeak) as refusal:
        await register(world, email=address(world), password=password, hasher=hasher)

    assert refusal.value.problem is problem
    assert password not in str(refusal.value)
    assert hasher.hash_count == 0


async def test_refuses_children_and_nonsense_unhashed(world: World) -> None:
    """Hashing is the expensive part; what can be refused without it is."""
    hasher = WatchfulHasher()
    with pytest.raises(TooYoung):
        await register(world, email=address(world), born_on=date(2008, 3, 30), hasher=hasher)
    with pytest.raises(InvalidInput):
        await register(world, email="nonsense", hasher=hasher)
    assert hasher.hash_count == 0


async def test_two_at_once_make_one_member(world: World) -> None:
    """One of them is told that the address is taken."""
    email = address(world)
    outcomes = await asyncio.gather(
        *(register(world, email=email) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 1


async def test_one_network_cannot_register_for_ever(world: World) -> None:
    """Who asks too often is told when to come back; another network is not held up."""
    network = world.new_token()
    refusal = await tire_out(lambda: register(world, email=address(world), network=network))

    assert 1 <= refusal.retry_after_seconds <= 10
    assert await register(world, email=address(world), network=world.new_token())


async def test_probing_one_address_is_slowed_down(world: World) -> None:
    """`EmailTaken` tells who is a member; asking it again and again is refused."""
    email = address(world)
    await register(world, email=email)
    with pytest.raises(EmailTaken):
        await register(world, email=email)

    refusal = await tire_out(lambda: register(world, email=email))

    assert refusal.retry_after_seconds > 1
