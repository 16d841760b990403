"""`piecerate payouts file`: what staff bring by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.payouts_cli import take
from gateway.refused import CommandRefused
from gateway.settings import settings_from
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_a_file_is_taken_once(world: World, tmp_path: Path) -> None:
    """Providers are opened for it, and a refusal is one sentence."""
    settings = settings_from({"PIECERATE_HOME": str(tmp_path)})
    content = b'{"file_id": "%s", "items": [{"item_ref": "PZZNOBODY", "state": "paid"}]}'
    content %= world.name.encode()

    read = await take(settings, instance="sandbox", name="monday.json", content=content)

    assert (read.changed, read.unknown) == (0, ("PZZNOBODY",))
    with pytest.raises(CommandRefused, match="read before"):
        await take(settings, instance="sandbox", name="again.json", content=content)
    with pytest.raises(CommandRefused, match="no such instance"):
        await take(settings, instance="nobody", name="monday.json", content=content)
