"""The file of provider accounts: what it may say, and what it may never hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.instances import Configured, configured
from gateway.providers import DEPOSITS, PAYOUTS, open_providers
from gateway.settings import Settings, SettingsRefused, settings_from

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
WHOLE = """
legal_entity = "PCR"

[instances.house]
plugin = "sandbox"
[instances.house.config]
path = "house.sqlite"

[payout.sandbox-eu]
plugin = "sandbox"
region = "EU"
[payout.sandbox-eu.config]
path = "eu.sqlite"
[payout.sandbox-eu.secrets]
client_id = "env:SANDBOX_EU_ID"
client_secret = "file:secrets/eu"
"""


def settings_in(home: Path, **said: str) -> Settings:
    return settings_from({"PIECERATE_HOME": str(home), **said})


def read(home: Path, text: str) -> Configured:
    (home / "providers.toml").write_text(text)
    return configured(settings_in(home))


def test_without_a_file_there_is_the_sandbox(tmp_path: Path) -> None:
    """A newcomer configures nothing."""
    found = configured(settings_in(tmp_path))

    assert [each.instance_id for each in found.instances] == ["sandbox", "sandbox-checks"]
    assert found.legal_entity is None


def test_a_file_says_it_all(tmp_path: Path) -> None:
    """Accounts keep the order of the file; files of secrets lie beside it."""
    house, eu = read(tmp_path, WHOLE).instances

    assert (house.instance_id, sorted(house.ports)) == ("house", [DEPOSITS, PAYOUTS])
    assert (eu.instance_id, list(eu.ports), eu.region) == ("sandbox-eu", [PAYOUTS], "EU")
    assert eu.config == {"path": "eu.sqlite"}
    assert eu.secrets == {
        "client_id": "env:SANDBOX_EU_ID",
        "client_secret": f"file:{tmp_path}/secrets/eu",
    }
    assert read(tmp_path, WHOLE).legal_entity == "PCR"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("colour = 1", "colour means nothing"),
        ("[payout.a]\nplugin = 'x'\ncolour = 1", "payout.a.colour means nothing"),
        ("[payout.a]\nregion = 'EU'", "payout.a.plugin is missing"),
        ("[payout]\na = 1", "payout.a must be a table"),
        ("[payout.a]\nplugin = 'x'\nconfig = 1", "payout.a.config must be a table"),
        ("[payout.a]\nplugin = 1", "payout.a.plugin must be a text"),
        ("[payout.A]\nplugin = 'x'", "payout.A must be small letters"),
        ("[payout.a]\nplugin='x'\n[deposit.a]\nplugin='x'", "deposit.a stands here twice"),
        ("[payout", "is no TOML"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str
) -> None:
    """A typing error in an account's settings must not go unseen."""
    with pytest.raises(SettingsRefused, match=place):
        read(tmp_path, text)


def test_a_secret_itself_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """Files are copied, shown and committed; the refusal may be logged."""
    text = "[payout.a]\nplugin = 'x'\n[payout.a.secrets]\nkey = 'sk_live_hidden'"

    with pytest.raises(SettingsRefused, match=r"payout\.a\.secrets\.key must be env:NAME") as found:
        read(tmp_path, text)

    assert "hidden" not in str(found.value)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    """Else a mistyped name would quietly pay through the sandbox."""
    settings = settings_in(tmp_path, PIECERATE_PROVIDERS=str(tmp_path / "accounts.toml"))

    with pytest.raises(SettingsRefused, match=r"accounts\.toml cannot be read"):
        configured(settings)


def test_children_read_the_same_file(tmp_path: Path) -> None:
    """The default stays one for them: it may be absent."""
    settings = settings_in(tmp_path, PIECERATE_REGION="DE")
    child = settings_from(settings.for_children("postgresql://x@h/d"))

    assert (child.providers_file, child.region) == (tmp_path / "providers.toml", "DE")
    assert {each.plugin for each in configured(child).instances} == {"sandbox"}


@pytest.mark.parametrize("region", ["de", "DEU", "1A", "Ä1"])
def test_a_region_is_two_capital_letters(tmp_path: Path, region: str) -> None:
    """It is part of references whose length every rail knows."""
    with pytest.raises(SettingsRefused, match="PIECERATE_REGION"):
        settings_in(tmp_path, PIECERATE_REGION=region)


@pytest.mark.asyncio
async def test_an_account_that_does_not_open_hurts_no_other(tmp_path: Path) -> None:
    """Its secret is missing, its reason is told, the start goes on; ports stay apart."""
    text = WHOLE.replace("house.sqlite", f"{tmp_path}/a").replace("eu.sqlite", "/proc/none/a")
    found = read(tmp_path, text)

    opened = await open_providers(
        allow=["sandbox"],
        instances=found.instances,
        clock=lambda: NOW,
        region="DE",
        legal_entity=found.legal_entity,
    )

    reasons = {(each.instance_id, each.port): bool(each.reason) for each in opened.instances}
    assert reasons == {
        ("house", "payouts"): False,
        ("house", "deposits"): False,
        ("sandbox-eu", "payouts"): True,
    }
    assert opened.payouts.instance_ids == ("house", "sandbox-eu")
    assert (opened.payouts.region, opened.payouts.legal_entity) == ("DE", "PCR")
    assert await opened.payouts.obstacle("house", now=NOW) is None
    assert await opened.payouts.obstacle("sandbox-eu", now=NOW) == "quarantined"
    assert await opened.payouts.obstacle("nobody", now=NOW) == "not_configured"
    await opened.close()
