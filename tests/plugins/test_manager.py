"""Loading: only what is allowed, and no plugin can spoil another's start."""

from __future__ import annotations

import base64
import hashlib
import importlib
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import structlog

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
    "ends the process at import": "raise SystemExit(3)",
    "ends the process in its hook": """
        import sys
        from piecerate.plugin import hookimpl

        @hookimpl
        def payout_providers():
            sys.exit(3)
    """,
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
        source_digest = hashlib.sha256(textwrap.dedent(source).encode()).digest()
        listed = base64.urlsafe_b64encode(source_digest).rstrip(b"=").decode()
        record = f"piecerate_{name}.py,sha256={listed},1\n"
        (info / "RECORD").write_text(record)
        importlib.invalidate_caches()  # a folder's listing may be as old as its clock is coarse
        return hashlib.sha256(record.encode()).hexdigest()

    def uninstall(self, name: str) -> None:
        for each in self.folder.glob(f"piecerate_{name}*"):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        sys.modules.pop(f"piecerate_{name}", None)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """What other tests have imported under such names is out of the way, and back afterwards."""
    others = forgotten()
    sys.path.insert(0, str(tmp_path))
    yield Site(tmp_path)
    sys.path.remove(str(tmp_path))
    forgotten()
    sys.modules.update(others)


def forgotten() -> dict[str, ModuleType]:
    names = [each for each in sys.modules if each.startswith("piecerate_")]
    return {name: sys.modules.pop(name) for name in names}


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


def test_a_pinned_plugin_whose_files_were_changed_is_another(site: Site) -> None:
    """The list of files is still the pinned one; what lies on the disk is not."""
    digest = site.install("acme", GOOD)
    (site.folder / "piecerate_acme.py").write_text("1 / 0\n")

    with pytest.raises(PluginMissing, match="not the one"):
        load_plugins([f"acme==1.4.2#sha256:{digest}"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("api_version=7", "speaks version 7"),
        ("id='Acme Pay'", "is not of the form"),
        ("concurrency=0", "concurrency is below 1"),
        ("hosts=frozenset({'https://api.acme.example/v1'})", "host 'https:"),
        ("max_batch=0", "max_batch is below 1"),
        ("countries=['PH']", "countries is no frozenset"),
        ("secrets=('API KEY',)", "secret 'API KEY'"),
        ("after_paid=frozenset({ObservedState.PENDING})", "cannot follow paid"),
        ("destination_kinds={'acme': DestinationKind(schema={}, label_field='x')}", "not object"),
        (
            """destination_kinds={'acme': DestinationKind(schema={'type': 'object',
                'properties': {'x': {'type': 'number'}}}, label_field='y')}""",
            "fields of a destination are text",
        ),
        ("sequence=SequenceScope.ITEM", "commits no bytes"),
        ("version=''", "version is empty"),
        ("currencies={'EUR': SandboxPayouts.manifest.currencies['USD']}", "another currency"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_reason(site: Site, change: str, said: str) -> None:
    """Before anything is opened: routing, forms and limits rely on it."""
    source = f"""
    from dataclasses import replace
    from piecerate.plugin import DestinationKind, ObservedState, SequenceScope, hookimpl
    from plugins.payments.sandbox.payouts import SandboxPayouts

    class Acme(SandboxPayouts):
        manifest = replace(SandboxPayouts.manifest, **{{**dict(id="acme"), **dict({change})}})

    @hookimpl
    def payout_providers():
        return (Acme,)
    """
    site.install("acme", source)

    report = report_of(load_plugins(["sandbox", "acme"]).reports, "acme")

    assert report.status is PluginStatus.QUARANTINED
    assert said in report.reason


def test_calls_of_hooks_are_traced_on_request(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An author sees what the host asked and what it heard."""
    site.install("acme", GOOD)
    monkeypatch.setenv("PIECERATE_TRACE_HOOKS", "1")

    with structlog.testing.capture_logs() as logs:
        load_plugins(["acme"])

    said = " ".join(each["said"] for each in logs)
    assert "payout_providers" in said
    assert "AcmePayouts" in said
