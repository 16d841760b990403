"""A host full of bad plugins: it starts, it answers, and the good one beside them pays."""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog

from domain.payouts.provider import PayoutBatch, QuoteRequest
from domain.provider import CallContext, NoAnswer, PluginBug, ProviderError
from gateway.providers import InstanceSettings, Providers, open_providers
from plugins.manager import load_plugins
from tests.make.logs import production_logs
from tests.make.providers import batch_of
from tests.plugins.test_manager import Site, site

__all__ = ["site"]  # a fixture

Result = TypeVar("Result")

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
CONTEXT = CallContext(now=NOW, send_no=1, correlation_id="BZZ000000000001")
CANARY = "canary-of-a-secret-4711"
IDLE_SECONDS = 0.3
BAD = """
    import asyncio, sys, threading
    from dataclasses import replace
    from piecerate.plugin import hookimpl
    from plugins.payments.sandbox.payouts import SandboxPayouts

    class Bad(SandboxPayouts):
        manifest = replace(SandboxPayouts.manifest, id="bad", secrets={secrets})

        async def {method}(self, *given):
            {body}

    @hookimpl
    def payout_providers():
        return (Bad,)
"""


class Hasty(selectors.DefaultSelector):
    """While `is_hasty`, who waits for a moment waits until the next timer, at once."""

    is_hasty = False
    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if not self.is_hasty or not timeout:
            return super().select(timeout)
        events = super().select(min(timeout, IDLE_SECONDS))
        if not events:
            self.skipped += timeout
        return events


class HastyLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.hasty = Hasty()
        super().__init__(self.hasty)

    def time(self) -> float:
        return super().time() + self.hasty.skipped


@contextmanager
def haste() -> Iterator[None]:
    """For what hangs for ever: its deadline comes soon."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HastyLoop)
    loop.hasty.is_hasty = True
    yield
    loop.hasty.is_hasty = False


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        return runner.run(coroutine)


async def opened(
    site: Site, method: str, body: str, *, secrets: Mapping[str, str] | None = None
) -> Providers:
    names, secrets = tuple(secrets or ()), secrets or {}
    site.install("bad", BAD.format(method=method, body=body, secrets=names))
    config = {"path": str(site.folder / "sandbox.sqlite")}
    return await open_providers(
        allow=["sandbox", "bad"],
        instances=[
            InstanceSettings(instance_id="bad", plugin="bad", config=config, secrets=secrets),
            InstanceSettings(instance_id="good", plugin="sandbox", config=config),
        ],
        clock=lambda: NOW,
    )


def reasons(providers: Providers) -> dict[str, str]:
    return {each.instance_id: each.reason for each in providers.instances}


async def pays(providers: Providers) -> None:
    """The good one, whatever its neighbour does."""
    outcome = await providers.payouts.named("good").send(batch_of("P1"), CONTEXT)
    assert [each.item_ref for each in outcome.items] == ["P1"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("await asyncio.Event().wait()", "TimeoutError"),
        ("raise RuntimeError('no')", "RuntimeError"),
        ("sys.exit(3)", "SystemExit"),
        ("raise asyncio.TimeoutError", "TimeoutError"),
        ("import no_such_vendor_sdk", "ModuleNotFoundError"),
    ],
)
def test_what_does_not_open_is_quarantined_alone(site: Site, body: str, said: str) -> None:
    """It hangs, raises or ends the process: the house starts, and the other one pays."""

    async def scene() -> None:
        with haste() if "wait" in body else nullcontext():
            providers = await opened(site, "open", body)
        assert reasons(providers)["bad"].startswith(said)
        assert reasons(providers)["good"] == ""
        serving = providers.payouts.instances_for(kind="sandbox", country="PH", currency="EUR")
        assert list(serving) == ["good"]
        await pays(providers)
        await providers.close()

    run(scene())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise BaseException('no')", "BaseException: no"),
        ("raise asyncio.CancelledError", "CancelledError"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import json; json.dumps = print", "Tampered: it replaced json.dumps"),
    ],
)
def test_what_gets_past_every_except_is_quarantined_too(site: Site, body: str, said: str) -> None:
    """A plugin's mistake is no reason for the house not to start."""

    async def scene() -> None:
        providers = await opened(site, "open", body)
        assert reasons(providers)["bad"].startswith(said)
        await pays(providers)
        await providers.close()

    run(scene())


@pytest.mark.parametrize("body", ["raise RuntimeError('no')", "sys.exit(3)", "raise BaseException"])
def test_what_cannot_even_be_made_is_refused(site: Site, body: str) -> None:
    """Its constructor fails, before there is anything to guard."""
    made = BAD.format(method="open", body=body, secrets=()).replace(
        "async def open", "def __init__"
    )

    async def scene() -> None:
        site.install("bad", made)
        config = {"path": str(site.folder / "sandbox.sqlite")}
        providers = await open_providers(
            allow=["sandbox", "bad"],
            instances=[
                InstanceSettings(instance_id="bad", plugin="bad", config=config),
                InstanceSettings(instance_id="good", plugin="sandbox", config=config),
            ],
            clock=lambda: NOW,
        )
        assert reasons(providers)["bad"] != ""
        await pays(providers)
        await providers.close()

    run(scene())


def test_a_plugin_that_logs_its_secret_tells_nothing(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In whatever words, and through whichever logger: the log knows what was read as a secret."""
    (tmp_path / "key").write_text(CANARY)
    body = (
        "import logging, structlog; text = 'key=' + self._env.secrets.text('key'); "
        "logging.getLogger('acme').warning('first %s', text); "
        "structlog.get_logger('acme').warning('second', note=[text]); "
        "raise KeyError(text)"
    )

    async def scene() -> None:
        secrets = {"key": f"file:{tmp_path / 'key'}"}
        providers = await opened(site, "look_up", body, secrets=secrets)
        with pytest.raises(NoAnswer):
            await CALLS["look_up"](providers.payouts.named("bad"), batch_of("P1"))
        await providers.close()

    with production_logs():
        run(scene())

    told = capsys.readouterr().err
    assert "first" in told and "second" in told
    assert CANARY not in told


def test_a_reason_does_not_tell_the_secret(site: Site, tmp_path: Path) -> None:
    """It stands in logs and in `doctor`."""
    (tmp_path / "key").write_text(CANARY)

    async def scene() -> None:
        with structlog.testing.capture_logs() as logs:
            body = "raise ValueError('bad key ' + given[0].secrets.text('key'))"
            secrets = {"key": f"file:{tmp_path / 'key'}"}
            providers = await opened(site, "open", body, secrets=secrets)
        assert reasons(providers)["bad"] == "ValueError: bad key [secret]"
        assert CANARY not in repr(logs)
        await providers.close()

    run(scene())


def test_a_missing_secret_is_found_at_the_start(site: Site, tmp_path: Path) -> None:
    """And not when money waits; the manifest names what it needs."""

    async def scene() -> None:
        (tmp_path / "key").write_text("\n")
        secrets = {"key": f"file:{tmp_path / 'key'}"}
        providers = await opened(site, "health", "raise AssertionError", secrets=secrets)
        assert "'key' is missing" in reasons(providers)["bad"]
        await providers.close()

    run(scene())


CALLS: Mapping[str, Callable[[Any, PayoutBatch], Any]] = {
    "health": lambda bad, _: bad.health(CONTEXT),
    "quote": lambda bad, batch: bad.quote(
        QuoteRequest(
            amount=batch.items[0].amount,
            destination=batch.items[0].destination,
            fee_payer=min(bad.manifest.fee_payers),
        ),
        CONTEXT,
    ),
    "send": lambda bad, batch: bad.send(batch, CONTEXT),
    "look_up": lambda bad, batch: bad.look_up(batch, CONTEXT),
    "check_destination": lambda bad, batch: bad.check_destination(batch.items[0].destination),
}
HEARD: Mapping[str, type[ProviderError]] = {
    "health": NoAnswer,
    "quote": NoAnswer,
    "send": PluginBug,
    "look_up": NoAnswer,
    "check_destination": PluginBug,
}


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(
    "body",
    [
        "sys.exit(3)",
        f"raise KeyError({CANARY!r})",
        "return None",
        "return 'nonsense'",
        "return {'items': [1, 2]}",
        "return object()",
        "raise ZeroDivisionError",
        "raise RecursionError",
    ],
)
def test_what_is_nonsense_stays_inside(site: Site, method: str, body: str) -> None:
    """A classified error without its text comes out, and the other one pays."""

    async def scene() -> None:
        providers = await opened(site, method, body)
        with structlog.testing.capture_logs() as logs, pytest.raises(HEARD[method]) as heard:
            await CALLS[method](providers.payouts.named("bad"), batch_of("P1"))
        assert CANARY not in str(heard.value) + repr(logs)
        await pays(providers)
        await providers.close()

    run(scene())


@pytest.mark.parametrize("method", ["health", "send", "look_up", "check_destination"])
def test_what_hangs_is_given_up(site: Site, method: str) -> None:
    """By its own deadline; nobody else waits for it."""

    async def scene() -> None:
        providers = await opened(site, method, "await asyncio.Event().wait()")
        with haste(), pytest.raises(ProviderError):
            await CALLS[method](providers.payouts.named("bad"), batch_of("P1"))
        await pays(providers)
        await providers.close()

    run(scene())


def test_what_does_not_close_holds_nobody_up(site: Site) -> None:
    """Nor does one that ends the process while it closes."""

    async def scene() -> None:
        for body in ("await asyncio.Event().wait()", "sys.exit(3)", "raise BaseException"):
            site.uninstall("bad")
            providers = await opened(site, "close", body)
            await pays(providers)
            with haste():
                await providers.close()

    run(scene())


def test_threads_that_hang_starve_only_their_own(site: Site) -> None:
    """Each instance has its own threads."""
    body = "await self._env.run_blocking(lambda: threading.Event().wait(0.2))"

    async def scene() -> None:
        providers = await opened(site, "look_up", body)
        bad = providers.payouts.named("bad")
        hanging = [asyncio.ensure_future(bad.look_up(batch_of("P1"), CONTEXT)) for _ in range(8)]
        await pays(providers)
        said = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(each, ProviderError) for each in said)
        await providers.close()

    run(scene())


def test_a_plugin_cannot_raise_the_limit_of_recursion(tmp_path: Path) -> None:
    """A library that does it when it is imported would let nested JSON end the process."""
    before = sys.getrecursionlimit()
    (tmp_path / "raises_limit.py").write_text("import sys\nsys.setrecursionlimit(50_000)\n")
    sys.path.insert(0, str(tmp_path))
    try:
        load_plugins(["raising"], built_in={"raising": "raises_limit"})
    finally:
        sys.path.remove(str(tmp_path))

    assert sys.getrecursionlimit() == before
