"""`PUT /uploads/{token}`: kept once for whoever was given the ticket, and nothing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.database import fetch_value
from domain.verification import operations
from gateway.providers import Providers
from tests.domain.verification.test_files import PNG, asking_for_files
from tests.make.ask import Ask
from tests.make.verifications import Office
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_a_file_is_put_once(world: World, tmp_path: Path, providers: Providers) -> None:
    """204, then 404; what is no image is refused, and nothing of it is kept."""
    ask, office = Ask.of(world, tmp_path, providers), Office(world)
    worker, check = await asking_for_files(office)

    async def ticket(name: str) -> str:
        made = await operations.begin_upload(
            check_id=check,
            name=name,
            member_id=worker,
            new_token=world.new_token,
            new_id=world.new_id,
            now=world.now,
        )
        return f"/uploads/{made.token}"

    url = await ticket("front")
    statuses = [
        (await ask.client.put(each, content=content)).status_code
        for each, content in (
            ("/uploads/" + "0" * 64, PNG),
            (url, b"MZ a program"),
            (url, PNG + bytes(8_000_001)),
            (url, PNG),
            (url, PNG),
        )
    ]
    await office.close()

    assert statuses == [404, 422, 413, 204, 404]
    kept = "select count(content) from verification_upload where check_id = $1"
    assert await fetch_value(kept, check) == 1
