"""`claim`: one wish is fulfilled once, and whoever repeats it gets the first answer."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.database import fetch_value, one_transaction, transaction
from domain.errors import NotFound
from domain.idempotency import operations
from domain.idempotency.operations import IdempotencyInProgress, IdempotencyMismatch
from domain.idempotency.rules import IdempotencyKey
from tests.make.world import World

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 3, 29, tzinfo=UTC)


@one_transaction
async def fulfil(*, key: IdempotencyKey, result: str) -> tuple[str, bool]:
    """The shape of every operation with a key: its answer, and whether it was the first."""
    earlier = await operations.claim(key=key, now=NOW)
    if earlier is not None:
        return earlier, False
    await operations.answer(key=key, result=result)
    return result, True


async def test_the_first_answer_is_everybodys(world: World) -> None:
    """Five at once: one works, four are told what came out."""
    key = world.key(world.new_id())

    answers = await asyncio.gather(*(fulfil(key=key, result=f"answer {n}") for n in range(5)))

    assert sum(fresh for _, fresh in answers) == 1
    assert len({result for result, _ in answers}) == 1


async def test_a_result_said_with_the_claim_is_everybodys(world: World) -> None:
    """Where it is known beforehand nothing else is said; five at once, as above."""
    key = world.key(world.new_id())

    @one_transaction
    async def fulfil_at_once(result: str) -> str:
        return await operations.claim(key=key, result=result, now=NOW) or result

    answers = await asyncio.gather(*(fulfil_at_once(f"answer {n}") for n in range(5)))

    assert len(set(answers)) == 1
    assert await fulfil(key=key, result="another") == (answers[0], False)


async def test_another_input_is_a_mismatch(world: World) -> None:
    """A client that uses a key twice for different things has a bug, and must be told."""
    actor = world.new_id()
    await fulfil(key=world.key(actor, text="k", body=b"seven"), result="1")

    for other in (
        world.key(actor, text="k", body=b"eight"),
        world.key(actor, text="k", body=b"seven", operation="other"),
    ):
        with pytest.raises(IdempotencyMismatch):
            await fulfil(key=other, result="2")


async def test_keys_of_two_members_do_not_meet(world: World) -> None:
    """Clients choose keys; another member's choice is not theirs to know."""
    for _ in range(2):
        key = world.key(world.new_id(), text="same")
        assert await fulfil(key=key, result=str(key.actor_id)) == (str(key.actor_id), True)


async def test_a_refusal_frees_the_key(world: World) -> None:
    """The same key may be tried again after the balance has grown."""
    key = world.key(world.new_id())

    async def refuse() -> None:
        async with transaction():
            assert await operations.claim(key=key, now=NOW) is None
            raise NotFound("refused")

    with pytest.raises(NotFound):
        await refuse()

    assert await fulfil(key=key, result="second") == ("second", True)


async def test_a_long_first_request_is_in_progress(world: World) -> None:
    """Waiting ends with a refusal that says so, not with a second effect."""
    key = world.key(world.new_id())
    async with transaction():
        assert await operations.claim(key=key, now=NOW) is None

        async def second() -> None:
            async with transaction() as current:
                await current.connection.execute("set local lock_timeout = '50ms'")
                await operations.claim(key=key, now=NOW)

        with pytest.raises(IdempotencyInProgress):
            await asyncio.create_task(second(), context=Context())
        await operations.answer(key=key, result="first")

    assert await fulfil(key=key, result="third") == ("first", False)


@pytest.mark.parametrize("text", ["", "k" * 256])
async def test_a_key_has_a_sensible_length(world: World, text: str) -> None:
    """The last wall; the schema refuses it with a friendlier text."""
    key = IdempotencyKey(actor_id=uuid4(), operation="test", key=text, digest=b"")
    with pytest.raises(Exception, match="idempotent_request_key_length"):
        await fulfil(key=key, result="x")

    assert world
    assert await fetch_value("select 1 from idempotent_request where key = $1", text) is None
