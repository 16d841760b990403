"""Loading: only what is allowed, and no plugin can spoil another's start."""

from __future__ import annotations

import hashlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.manager import BUILT_IN, PluginMissing, PluginReport, PluginStatus, load_plugins
from plugins.payments.sandbox.payouts import SandboxPayouts

GOOD = """
    from dataclasses import replace
    from piecerate.plugin import hookimpl
    from plugins.payments.sandbox.payouts import SandboxPayouts

    class AcmePayouts(SandboxPayouts):
        manifest = replace(SandboxPayouts.manifest, id="acme")

    @hookimpl
    def payout_providers():
        return (AcmePayouts,)
"""
BROKEN = {
    "raises at import": "1 / 0",
    "misspells a hook": """
        from piecerate.plugin import hookimpl

        @hookimpl
        def payout_provider():
            return ()
    """,
    "has another argument": """
        from piecerate.plugin import hookimpl

        @hookimpl
        def payout_providers(colour):
            return ()
    """,
    "raises in its hook": """
        from piecerate.plugin import hookimpl

        @hookimpl
        def payout_providers():
            raise RuntimeError("no")
    """,
    "is async": """
        from piecerate.plugin import hookimpl

        @hookimpl
        async def payout_providers():
            return ()
    """,
    "returns objects": """
        from piecerate.plugin import hookimpl

        @hookimpl
        def payout_providers():
            return (object(),)
    """,
    "forgets a method": """
        from piecerate.plugin import PayoutProvider, hookimpl

        class Half(PayoutProvider):
            pass

        @hookimpl
        def payout_providers():
            return (Half,)
    """,
    "speaks another version": """
        from dataclasses import replace
        from piecerate.plugin import hookimpl
        from plugins.payments.sandbox.payouts import SandboxPayouts

        class Later(SandboxPayouts):
            manifest = replace(SandboxPayouts.manifest, id="later", api_version=2)

        @hookimpl
        def payout_providers():
            return (Later,)
    """,
    "takes another's name": """
        from piecerate.plugin import hookimpl
        from plugins.payments.sandbox.payouts import SandboxPayouts

        @hookimpl
        def payout_providers():
            return (SandboxPayouts,)
    """,
}


class Site:
    """A folder on the path into which plugins are installed, as pip would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, source: str, *, version: str = "1.4.2") -> str:
        """Its digest, as an allow-list pins it."""
        (self.folder / f"piecerate_{name}.py").write_text(textwrap.dedent(source))
        info = self.folder / f"piecerate_{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: piecerate-{name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[piecerate.plugins]\n{name} = piecerate_{name}\n")
        record = f"piecerate_{name}.py,sha256=abc,1\n"
        (info / "RECORD").write_text(record)
        return hashlib.sha256(record.encode()).hexdigest()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    sys.path.insert(0, str(tmp_path))
    yield Site(tmp_path)
    sys.path.remove(str(tmp_path))
    for name in [each for each in sys.modules if each.startswith("piecerate_")]:
        del sys.modules[name]


def report_of(reports: tuple[PluginReport, ...], name: str) -> PluginReport:
    (found,) = [each for each in reports if each.name == name]
    return found


def test_the_sandbox_comes_with_the_house() -> None:
    """Registered as any other plugin, from a list instead of an entry point."""
    offers = load_plugins(["sandbox"])

    assert offers.payouts == {"sandbox": SandboxPayouts}
    assert set(offers.deposits) == {"sandbox"}
    assert report_of(offers.reports, "sandbox").status is PluginStatus.LOADED


def test_what_nobody_allowed_is_blocked() -> None:
    """Also what we ship ourselves."""
    offers = load_plugins([])

    assert not offers.payouts
    assert report_of(offers.reports, "sandbox").status is PluginStatus.BLOCKED


def test_an_allowed_plugin_that_is_not_there_stops_the_start() -> None:
    """Else payouts would silently go nowhere."""
    with pytest.raises(PluginMissing, match="payday"):
        load_plugins(["sandbox", "payday"])


def test_an_installed_plugin_loads_beside_the_built_in(site: Site) -> None:
    """Partners import from `piecerate.plugin` and nothing else."""
    site.install("acme", GOOD)

    offers = load_plugins(["sandbox", "acme==1.4.2"])

    assert set(offers.payouts) == {"sandbox", "acme"}


def test_a_pinned_plugin_must_be_the_very_one(site: Site) -> None:
    """Another version or other files stop the start."""
    digest = site.install("acme", GOOD)

    assert "acme" in load_plugins([f"acme==1.4.2#sha256:{digest}"]).payouts
    with pytest.raises(PluginMissing, match="not the one"):
        load_plugins([f"acme==1.4.2#sha256:{'0' * 64}"])
    with pytest.raises(PluginMissing, match="wants"):
        load_plugins(["acme==2.0.0"])
    with pytest.raises(PluginMissing, match="understand"):
        load_plugins(["acme; rm"])


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_quarantined_and_the_others_load(site: Site, fault: str) -> None:
    """The reason is told; the house starts."""
    site.install("broken", BROKEN[fault])
    site.install("acme", GOOD)

    offers = load_plugins(["sandbox", "broken", "acme"])

    report = report_of(offers.reports, "broken")
    assert report.status is PluginStatus.QUARANTINED
    assert report.reason
    assert set(offers.payouts) == {"sandbox", "acme"}


def test_built_ins_exist() -> None:
    """The list names modules that can be imported."""
    assert load_plugins(sorted(BUILT_IN)).reports
