"""`piecerate verification`: what staff and operators do by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.members.operations import grant_role
from domain.members.rules import Role
from gateway.refused import CommandRefused
from gateway.settings import settings_from
from gateway.verification_cli import add, content_of, render, take
from tests.make.members import add_worker, email_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_every_refusal_is_a_sentence(world: World, tmp_path: Path) -> None:
    """A verifier that is none, that reads no lists or takes no files, and nobody known."""
    settings = settings_from({"PIECERATE_HOME": str(tmp_path)})
    worker = await add_worker(world)
    await grant_role(member_id=worker, role=Role.STAFF, now=world.now)
    clerk = email_of(worker)

    with pytest.raises(CommandRefused, match="no such verifier"):
        await add(settings, instance="nobody", list_id="ofac", name="sdn.csv", content=b"x")
    with pytest.raises(CommandRefused, match="no lists"):
        await add(settings, instance="sandbox-checks", list_id="ofac", name="a", content=b"x")
    with pytest.raises(CommandRefused, match="takes no files"):
        await render(settings, instance="sandbox-checks", email=clerk, reason="weekly")
    with pytest.raises(CommandRefused, match="takes no files"):
        await take(settings, instance="sandbox-checks", email=clerk, content=b"x")
    with pytest.raises(CommandRefused, match="Nobody is registered"):
        await take(settings, instance="sandbox-checks", email="x@example.org", content=b"x")
    with pytest.raises(CommandRefused, match="cannot be read"):
        content_of(tmp_path / "nothing")
