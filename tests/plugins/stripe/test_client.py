"""The library's habits that cost money or secrets, each of them turned off."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest

from domain.payouts.provider import PayoutProvider
from domain.provider import AuthError, ConfigError, NotSent, OutcomeUnknown, RateLimited
from plugins.http import HostNotAllowed
from plugins.manager import load_plugins
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.destinations import ACCOUNT_KIND, BANK_KIND
from plugins.payments.stripe.global_payouts import StripePayouts
from plugins.payments.stripe.settings import READ_SECONDS, STRIPE_VERSION
from plugins.payments.stripe.simulator.global_payouts import RECIPIENT
from plugins.simulation import Fault
from plugins.stripe_library import SessionPerThread
from tests.plugins.stripe.make import API_KEY, Stripe, item_of

ACCOUNT_NUMBER = "000555666777888"
SILENT = """
import asyncio, sys
from tests.plugins.stripe.make import item_of, simulated
from plugins.payments.stripe.global_payouts import StripePayouts

async def main():
    with simulated() as side:
        async with side.opened(StripePayouts) as provider:
            await provider.send(side.batch(item_of()), side.context())
            side.simulator.refuse_next("insufficient_funds")
            try:
                await provider.send(side.batch(item_of("PZZ000000000002")), side.context())
            except Exception as error:
                assert type(error).__name__ == "InsufficientFunds", error
asyncio.run(main())
"""

FIRST_OF_THEIR_KIND = """
import asyncio, sys
from threading import Barrier
import msgspec
from tests.plugins.stripe.make import THREADS, simulated
from plugins.payments.stripe.global_payouts import StripePayouts

FIELDS = [(f"field_{n}", "str | None", None) for n in range(30)]
ANSWER = {f"field_{n}": "told" for n in range(30)}
CALLS = "_calls"

async def main():
    with simulated() as side:
        async with side.opened(StripePayouts) as provider:
            calls = getattr(provider, CALLS)
            sys.setswitchinterval(1e-6)
            for n in range(200):
                inner = msgspec.defstruct(f"Inner{n}", FIELDS)
                kind = msgspec.defstruct(f"Kind{n}", [("one", inner), ("all", list[inner])])
                met = Barrier(THREADS)

                def answered(_):
                    met.wait()
                    return {"one": ANSWER, "all": [ANSWER]}

                await asyncio.gather(*(calls.read(answered, kind) for _ in range(THREADS)))
asyncio.run(main())
"""


def test_the_plugin_offers_its_three_providers_without_the_library() -> None:
    """Importing the library costs over a second: a house that has no Stripe does not pay it."""
    offers = load_plugins(["stripe"])

    assert {"stripe", "stripe_connect"} <= offers.payouts.keys()
    assert "stripe" in offers.deposits
    assert all(issubclass(each, PayoutProvider) for each in offers.payouts.values())
    code = "import sys; import plugins.payments.stripe; sys.exit('stripe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  # our own interpreter


@pytest.mark.asyncio
async def test_it_tries_once_and_with_our_key(stripe_side: Stripe) -> None:
    """The library can try again by itself, and invents a key where it is given none."""
    stripe_side.simulator.script(Fault.HTTP_500)
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

        calls = [each for each in stripe_side.simulator.calls if each.method == "POST"]
        assert len(calls) == 1
        for _ in range(2):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert len(stripe_side.simulator.effects()) == 1
    assert stripe_side.simulator.idempotency.replayed == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.TRUNCATED, Fault.HTML])
async def test_what_was_paid_without_an_answer_is_unknown_and_found(
    stripe_side: Stripe, fault: Fault
) -> None:
    """A reset is a connection error too: only its cause tells whether anything left."""
    stripe_side.simulator.script(fault)
    batch = stripe_side.batch(item_of())
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.send(batch, stripe_side.context())

        answer = await provider.look_up(batch, stripe_side.context())

    assert [each.item_ref for each in answer.found] == ["PZZ000000000001"]
    assert len(stripe_side.simulator.effects()) == 1


@pytest.mark.asyncio
async def test_a_closed_port_is_certainly_not_sent(stripe_side: Stripe) -> None:
    """No byte left: it may be sent again, or by somebody else."""
    async with stripe_side.opened(StripePayouts, endpoint="http://127.0.0.1:9") as provider:
        with pytest.raises(NotSent):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())


@pytest.mark.asyncio
async def test_a_redirect_is_no_answer(stripe_side: Stripe) -> None:
    """To the library it is an error like any other; nobody follows it."""
    stripe_side.simulator.script(Fault.REDIRECT)
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert stripe_side.simulator.redirects_followed == 0


@pytest.mark.asyncio
async def test_retry_after_survives_an_answer_that_the_library_cannot_read(
    stripe_side: Stripe,
) -> None:
    """Of a 429 without Stripe's own error it keeps no headers."""
    stripe_side.simulator.script(Fault.RATE_LIMITED)
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(RateLimited) as raised:
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert raised.value.retry_after_seconds == 7.0


@pytest.mark.asyncio
async def test_a_host_that_is_not_listed_is_our_own_mistake(stripe_side: Stripe) -> None:
    """The library wraps our refusal as if the network had failed; nobody would look for it."""
    async with stripe_side.opened(StripePayouts, endpoint="https://stripe.example") as provider:
        with pytest.raises(HostNotAllowed):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())


@pytest.mark.asyncio
async def test_without_a_key_or_an_account_it_does_not_open(stripe_side: Stripe) -> None:
    """There is no default secret, and no default account that would pay."""
    with pytest.raises(ConfigError):
        async with stripe_side.opened(StripeConnect, secrets={}):
            pass
    with pytest.raises(ConfigError):
        async with stripe_side.opened(StripePayouts, financial_account=""):
            pass


@pytest.mark.asyncio
async def test_a_wrong_key_is_told_once(stripe_side: Stripe) -> None:
    """Not sent, and not asked again: staff must look."""
    async with stripe_side.opened(StripePayouts, secrets={"api_key": "rk_other"}) as provider:
        with pytest.raises(AuthError):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert len(stripe_side.simulator.calls) == 1


class Counted:
    """Makes sessions that know in which thread they were made."""

    def __init__(self) -> None:
        self.made: list[int] = []
        self.timeouts: list[object] = []
        self.closed = 0

    def new(self) -> Counted:
        self.made.append(threading.get_ident())
        return self

    def request(self, method: str, url: str, **options: object) -> Counted:
        assert method and url
        assert threading.get_ident() in self.made
        self.timeouts.append(options.get("timeout"))
        return self

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "soon"}

    def close(self) -> None:
        self.closed += 1


def test_each_thread_has_its_own_session() -> None:
    """The library shares the one it is given; `requests` does not promise that this is safe."""
    counted = Counted()
    sessions = SessionPerThread(counted)

    def twice() -> None:
        sessions.request("GET", "x", timeout=1)
        sessions.request("GET", "x", timeout=1)
        assert sessions.retry_after() == 60.0  # it says something that is no number

    threads = [threading.Thread(target=twice) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()

    assert len(counted.made) == 2
    sessions.close()
    assert counted.closed == 2


@pytest.mark.asyncio
async def test_the_version_of_the_answers_is_pinned(stripe_side: Stripe) -> None:
    """An upgrade of the library must not change what comes back without anybody noticing."""
    async with stripe_side.opened(StripePayouts) as provider:
        client = provider._calls._client  # noqa: SLF001  # what the library was told
        assert client._requestor.stripe_version == STRIPE_VERSION  # noqa: SLF001  # as above
        http = client._requestor._client  # noqa: SLF001  # as above
        assert http._timeout[1] == READ_SECONDS < 80  # noqa: SLF001  # the library's own 80 seconds


@pytest.mark.asyncio
async def test_no_secret_and_no_destination_in_any_text(
    stripe_side: Stripe, caplog: pytest.LogCaptureFixture
) -> None:
    """Real errors quote what was sent; the library logs whole bodies when it may."""
    caplog.set_level(logging.DEBUG)
    texts = []
    item = item_of(kind=BANK_KIND, fields={"account_number": ACCOUNT_NUMBER})
    async with stripe_side.opened(StripePayouts) as provider:
        texts += [repr(provider), str(provider), repr(item), repr(provider._env)]  # noqa: SLF001  # what a log might show
        await provider.send(stripe_side.batch(item), stripe_side.context())
        for kind in ("insufficient_funds", "invalid_payout_method", "api_error"):
            stripe_side.simulator.refuse_next(kind, param=RECIPIENT, code=ACCOUNT_NUMBER)
            try:
                await provider.send(
                    stripe_side.batch(
                        item_of(
                            f"P{kind}", kind=BANK_KIND, fields={"account_number": ACCOUNT_NUMBER}
                        )
                    ),
                    stripe_side.context(),
                )
            except Exception as error:  # noqa: BLE001  # its texts are what is looked at
                texts += [str(error), repr(error), "".join(traceback.format_exception(error))]
        await provider.look_up(stripe_side.batch(item), stripe_side.context())
    texts.append(caplog.text)
    whole = "\n".join(texts)

    assert len(texts) == 14
    for secret in (API_KEY, ACCOUNT_NUMBER, RECIPIENT):
        assert secret not in whole


def test_the_library_prints_nothing_and_writes_no_file(tmp_path: Path) -> None:
    """`STRIPE_LOG=debug` prints bodies, and telemetry leaves a file in the home."""
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", SILENT],
        capture_output=True,
        text=True,
        check=False,
        env={
            "STRIPE_LOG": "debug",
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
            "PATH": "",
            "PYTHONPATH": str(Path.cwd()),
        },
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.rglob("telemetry_id")) == []


@pytest.mark.asyncio
async def test_an_account_in_a_header_is_no_account_in_a_log(
    stripe_side: Stripe, caplog: pytest.LogCaptureFixture
) -> None:
    """Connect names the member's account in each call of its second step."""
    caplog.set_level(logging.DEBUG)
    item = item_of(kind=ACCOUNT_KIND)
    async with stripe_side.opened(StripeConnect) as provider:
        await provider.send(stripe_side.batch(item), stripe_side.context())
        await provider.advance(item, "payout", stripe_side.context())

    assert item.destination.fields["account"] not in caplog.text


def test_answers_of_a_kind_never_seen_before_come_at_once() -> None:
    """Two threads that were the first to read one type ended the process (msgspec 0.22)."""
    ended = subprocess.run([sys.executable, "-c", FIRST_OF_THEIR_KIND], check=False)  # noqa: S603  # our own interpreter

    assert ended.returncode == 0
