"""How the plugin and its chain come here: loaded by name, kept to its hosts, pinned."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.providers import DEPOSITS, PAYOUTS, InstanceSettings, open_providers
from plugins.payments.crypto.simulator import CryptoSimulator
from plugins.simulation import serve
from tests.make.providers import CONTEXT
from tests.plugins.crypto.anvil import HERE
from tests.plugins.crypto.make import (
    KEY,
    NOW,
    Payer,
    addresses,
    environment,
    guarded_payouts,
    simulated_config,
)

NOBODY = "http://127.0.0.1:9"


@pytest.mark.asyncio
async def test_an_operators_instance_opens_for_both_ports(tmp_path: Path) -> None:
    """By the plugin's name, with the key in a file; its nodes are all it may call."""
    (tmp_path / "key").write_text(KEY)
    with serve(CryptoSimulator()) as url:
        opened = await open_providers(
            allow=["crypto"],
            instances=[
                InstanceSettings(
                    instance_id="usdc",
                    plugin="crypto",
                    config=simulated_config(url),
                    secrets={"signer_key": f"file:{tmp_path / 'key'}"},
                ),
                InstanceSettings(
                    instance_id="usdc-base",
                    plugin="crypto",
                    config={
                        **simulated_config("https://one.example"),
                        "further_endpoints": ["https://two.example"],
                    },
                    secrets={"signer_key": f"file:{tmp_path / 'key'}"},
                ),
            ],
            clock=lambda: NOW,
        )
        try:
            assert [(each.port, each.reason) for each in opened.instances] == [
                (PAYOUTS, ""),
                (DEPOSITS, ""),
            ] * 2
            assert (await opened.payouts.named("usdc").health(CONTEXT)).status == "ok"
            assert (await opened.deposits.named("usdc").health(CONTEXT)).status == "ok"
            account = opened.payouts.named("usdc-base")._inner._account  # noqa: SLF001  # what it was given
            assert account.env.http._hosts == {"one.example", "two.example"}  # noqa: SLF001  # as above
        finally:
            await opened.close()


def test_each_node_has_a_secret_path_of_its_own() -> None:
    """Such a path often is the key; broadcasts may go another way."""
    secrets = {
        "signer_key": KEY,
        "rpc_path": "/v2/first",
        "rpc_path_2": "/v2/second",
        "broadcast_path_2": "/v2/relay/send",
    }
    simulator = CryptoSimulator()
    with serve(simulator) as url, asyncio.Runner() as runner:
        config = {**simulated_config(NOBODY), "further_endpoints": [url]}
        with environment(config, secrets=secrets) as env:
            provider = guarded_payouts()
            runner.run(provider.open(env))
            payer = Payer(provider=provider, runner=runner, address="")
            payer.sent(*addresses(1))

    paths = [each.path for each in simulator.calls]
    assert set(paths) == {"/v2/second", "/v2/relay/send"}
    assert paths.count("/v2/relay/send") == 1


def test_the_chain_is_pinned_and_its_lock_names_no_source() -> None:
    """Where packages come from is the installer's business; what they hold is ours."""
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    settings = (HERE / ".npmrc").read_text()

    assert packages[""]["devDependencies"] == {"@foundry-rs/anvil": "1.7.1"}
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
    assert "registry=" not in settings and "omit-lockfile-registry-resolved=true" in settings
