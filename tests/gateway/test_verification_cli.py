"""`piecerate verification`: what staff and operators do by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.verification.operations import step_check
from domain.verification.provider import CheckKind
from gateway.refused import CommandRefused
from gateway.settings import settings_from
from gateway.verification_cli import add, content_of, opened, render, screen, take
from tests.make.members import add_worker, email_of
from tests.make.verifications import Office, answers, by, checks
from tests.make.world import World
from tests.plugins.kyc.sanctions.make import SDN_CSV

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


async def test_screening_by_hand_asks_about_everybody(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer list makes it everybody's turn; a line per chunk says how many are left."""
    (tmp_path / "providers.toml").write_text('[verifier.by-hand]\nplugin = "sanctions"\n')
    settings = settings_from({"PIECERATE_HOME": str(tmp_path), "PIECERATE_PLUGINS": "sanctions"})
    office = Office(world)
    await office.clear()
    await office.rules({1: [by(CheckKind.SANCTIONS, "by-hand")]})
    worker = await add_worker(world)

    async def list_added(name: str) -> None:
        content = SDN_CSV.replace(b"BLUE QUILL", name.encode())
        await add(settings, instance="by-hand", list_id="ofac_sdn", name=name, content=content)

    await list_added("first")
    async with opened(settings) as asking:
        await office.start(worker)
        (check,) = await checks(worker)
        await step_check(check_id=check.id, asking=asking)
    others = (await screen(settings)).left_count  # whom no verifier of ours can screen
    await list_added("second")
    progress = await screen(settings)
    await office.close()

    assert progress.left_count == others
    assert f"1 screened, {others} left" in capsys.readouterr().out
    assert await answers(worker) == 2
