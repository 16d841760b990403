"""The worked example as a stranger's package: built, installed, pinned, and paying a worker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from domain.access.rules import StepUpPurpose, bound_hash
from domain.payouts import operations
from domain.payouts.rules import PayoutState, destination_content
from gateway.providers import InstanceSettings, Providers, open_providers
from plugins.manager import PluginMissing, digest_of, version_of
from plugins.simulation import Fault, serve
from tests.make.payouts import (
    VAULT,
    House,
    Payee,
    attempts,
    eur,
    money_of,
    open_house,
    paid_alone,
    payout,
)
from tests.make.world import World
from tests.tidy.source import ROOT

PROJECT: Final = ROOT / "examples" / "plugin-acme"
FIELDS: Final = {"phone": "+639170000001"}
SETTLED: Final = timedelta(minutes=3)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put it: built from a copy of the project, without a network."""
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(  # noqa: S603  # our own interpreter
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-index", "--no-deps", "--no-build-isolation"),
            *("--target", str(folder / "site"), str(folder / "project")),
        ],
        check=True,
        capture_output=True,
    )
    return folder / "site"


@pytest.fixture
def installed(site: Path) -> Iterator[Path]:
    """On the path, before the tree's own copy."""
    ours = {name: each for name, each in sys.modules.items() if name.startswith("piecerate_acme")}
    for name in ours:
        del sys.modules[name]
    sys.path.insert(0, str(site))
    yield site
    sys.path.remove(str(site))
    for name in [each for each in sys.modules if each.startswith("piecerate_acme")]:
        del sys.modules[name]
    sys.modules.update(ours)


@pytest_asyncio.fixture
async def acme(installed: Path, tmp_path: Path) -> AsyncIterator[tuple[Any, Providers]]:
    """Allowed by name, version and digest; opened by the gateway, behind the real guard."""
    from piecerate_acme import simulator as module  # noqa: PLC0415  # the installed one

    assert Path(module.__file__).is_relative_to(installed)
    (tmp_path / "key").write_text(module.KEY)
    (tmp_path / "hook").write_text(module.WEBHOOK_SECRET)
    acme = module.AcmeSimulator()
    with serve(acme) as url:
        opened = await open_providers(
            allow=["sandbox", f"acme=={version_of('acme')}#sha256:{digest_of('acme')}"],
            instances=[
                InstanceSettings(
                    instance_id="acme-ph",
                    plugin="acme",
                    config={"endpoint": url},
                    secrets={
                        "api_key": f"file:{tmp_path / 'key'}",
                        "webhook_secret": f"file:{tmp_path / 'hook'}",
                    },
                )
            ],
            clock=acme.clock.now,
        )
        assert [each.reason for each in opened.instances] == [""]
        yield acme, opened
        await opened.close()


@pytest_asyncio.fixture
async def house(
    world: World, tmp_path: Path, acme: tuple[Any, Providers]
) -> AsyncIterator[tuple[House, Any]]:
    simulator, opened = acme
    async with open_house(world, tmp_path) as house:
        house.providers = opened.payouts
        simulator.clock.set(world.now)
        yield house, simulator


async def payee_of(house: House) -> Payee:
    """Somebody with a phone at Acme Pay, who has earned ten euros."""
    ready = await _with_sandbox(house)
    content = destination_content(kind="acme", country="PH", currency="EUR", fields=FIELDS)
    purpose = StepUpPurpose.DESTINATION_ADD
    bound = bound_hash(purpose=purpose, amount=None, payee=VAULT.fingerprint(content))
    destination_id = await operations.add_destination(
        member_id=ready.id,
        kind="acme",
        country="PH",
        currency="EUR",
        fields=FIELDS,
        step_up=await house.step_up(ready.session, purpose, bound),
        providers=house.providers,
        vault=VAULT,
        new_id=house.world.new_id,
        now=house.world.now,
    )
    await house.confirm(ready.id, destination_id)
    return Payee(ready.id, ready.session, await paid_alone(destination_id))


async def _with_sandbox(house: House) -> Payee:
    """The maker adds a destination of the sandbox, which another directory serves."""
    ours, house.providers = house.providers, house.opened.payouts
    try:
        return await house.payee()
    finally:
        house.providers = ours


def passes(house: House, simulator: Any, span: timedelta) -> None:
    house.wait(span)
    simulator.clock.set(house.world.now)


@pytest.mark.asyncio
async def test_a_stranger_s_plugin_pays_a_worker(house: tuple[House, Any]) -> None:
    """From the request to the worker's phone, over HTTP, with the real engine and database."""
    there, simulator = house
    payee = await payee_of(there)
    payout_id = (await there.request(payee, "7.00")).payout_id
    passes(there, simulator, timedelta(days=8))  # longer than any wait after a new destination
    batch_id = await there.route(payout_id)

    await there.send(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PENDING
    passes(there, simulator, SETTLED)
    await there.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert [(each.amount_micros, each.currency) for each in simulator.effects()] == [
        (7_000_000, "EUR")
    ]
    assert await money_of(payee.id) == (eur("3.00"), eur("0.00"))


@pytest.mark.asyncio
async def test_it_pays_once_when_the_answer_is_lost(house: tuple[House, Any]) -> None:
    """The same as the suite asks of it alone, with what a deployment is made of."""
    there, simulator = house
    payee = await payee_of(there)
    payout_id = (await there.request(payee, "7.00")).payout_id
    passes(there, simulator, timedelta(days=8))
    batch_id = await there.route(payout_id)
    simulator.script(Fault.DROP_AFTER)

    await there.send(batch_id)
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    passes(there, simulator, SETTLED)
    await there.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert len(simulator.effects()) == 1
    assert [each.instance_id for each in await attempts(payout_id)] == ["acme-ph"]


@pytest.mark.asyncio
async def test_a_changed_file_is_another_plugin(installed: Path) -> None:
    """What was pinned is what runs, or nothing starts."""
    pinned = f"acme=={version_of('acme')}#sha256:{digest_of('acme')}"
    path = installed / "piecerate_acme" / "webhooks.py"
    text = path.read_text()
    path.write_text(text + "\n# a little more\n")
    try:
        with pytest.raises(PluginMissing, match="not the one"):
            await open_providers(allow=[pinned], instances=[], clock=lambda: None)  # type: ignore[arg-type,return-value]  # nothing is opened
    finally:
        path.write_text(text)
