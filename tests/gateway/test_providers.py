"""Opening the configured instances: one that fails hurts nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.providers import (
    InstanceSettings,
    UnknownInstance,
    default_instances,
    open_providers,
)
from gateway.secret_references import SecretFiles

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


def sandbox(instance_id: str, **config: object) -> InstanceSettings:
    return InstanceSettings(instance_id=instance_id, plugin="sandbox", config=config)


@pytest.mark.asyncio
async def test_the_sandbox_is_open_by_default(tmp_path: Path) -> None:
    """Its memory lies in the home folder."""
    opened = await open_providers(
        allow=["sandbox"], instances=default_instances(tmp_path), clock=lambda: NOW
    )

    assert opened.payouts.serves(kind="sandbox", country="PH", currency="USD")
    assert not opened.payouts.serves(kind="sandbox", country="PH", currency="XAU")
    assert not opened.payouts.serves(kind="sepa_iban", country="DE", currency="EUR")
    assert opened.deposits.instances_for(currency="USD") == ["sandbox"]
    assert (tmp_path / "sandbox.sqlite").exists()
    assert [each.reason for each in opened.instances] == ["", "", ""]
    await opened.close()


@pytest.mark.asyncio
async def test_a_wrong_configuration_is_quarantined_with_its_reason(tmp_path: Path) -> None:
    """The good instance is chosen; what the bad one was sent can still be asked for."""
    opened = await open_providers(
        allow=["sandbox"],
        instances=[
            sandbox("wrong", path=str(tmp_path / "a"), colour="blue"),
            sandbox("nowhere", path="/proc/nothing/here"),
            sandbox("good", path=str(tmp_path / "b")),
        ],
        clock=lambda: NOW,
    )

    assert opened.payouts.instances_for(kind="sandbox", country="PH", currency="EUR") == ["good"]
    assert opened.deposits.instances_for(currency="EUR") == ["good"]
    reasons = {each.instance_id: each.reason for each in opened.instances}
    assert "colour" in reasons["wrong"]
    assert reasons["nowhere"]
    assert reasons["good"] == ""
    assert opened.payouts.named("wrong").guard.quarantine
    await opened.close()


@pytest.mark.asyncio
async def test_an_instance_of_a_plugin_that_is_not_loaded_is_told(tmp_path: Path) -> None:
    """Nobody serves anything then, and `doctor` says why."""
    opened = await open_providers(
        allow=[], instances=default_instances(tmp_path), clock=lambda: NOW
    )

    assert not opened.payouts.serves(kind="sandbox", country="PH", currency="EUR")
    assert ["sandbox" in each.reason for each in opened.instances] == [True, True]
    with pytest.raises(UnknownInstance):
        opened.payouts.named("sandbox")
    with pytest.raises(UnknownInstance):
        opened.deposits.named("sandbox")
    await opened.close()


def test_secrets_are_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of them is shown."""
    (tmp_path / "key").write_text("hidden\n")
    monkeypatch.setenv("PIECERATE_TEST_SECRET", "concealed")
    secrets = SecretFiles(
        {"a": "env:PIECERATE_TEST_SECRET", "b": f"file:{tmp_path}/key", "c": "plain"}
    )

    assert (secrets.text("a"), secrets.text("b")) == ("concealed", "hidden")
    with pytest.raises(ValueError, match="no env"):
        secrets.text("c")
    assert "concealed" not in repr(secrets)
