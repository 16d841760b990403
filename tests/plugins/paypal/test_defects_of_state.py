"""Defects 13-20 of paypalrestsdk, in docs/plugins/paypal.md: tokens, logs, globals, files."""

from __future__ import annotations

import inspect
import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paypalrestsdk  # type: ignore[import-untyped]  # it ships no types
import pytest
from cryptography import x509
from paypalrestsdk import api as library

from plugins.payments.paypal import deposits
from plugins.payments.paypal.settings import HOSTS, LIVE, PayPalConfig
from plugins.payments.paypal.webhooks import trusted_roots
from tests.plugins.paypal.server import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    TOKEN_PATH,
    Got,
    Say,
    always,
    safe,
    serving,
)

THREADS = 8
DOCUMENT = Path(__file__).parents[3] / "docs" / "plugins" / "paypal.md"


def raw(url: str, *, mode: str = "live", **options: object) -> paypalrestsdk.Api:
    return paypalrestsdk.Api(
        mode=mode, endpoint=url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, **options
    )


def in_threads(call: object) -> None:
    threads = [threading.Thread(target=call) for _ in range(THREADS)]  # type: ignore[arg-type]  # a callable
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_13_threads_share_one_token() -> None:
    """Each of its threads asks for a token of its own."""
    everybody = threading.Barrier(THREADS)

    def together(got: Got) -> Say:
        if got.path == TOKEN_PATH:
            everybody.wait(20)  # answered only when every thread has asked
            return Say(body=TOKEN)
        return Say()

    with serving(together) as server:
        theirs = raw(server.url)
        in_threads(lambda: theirs.get("v1/x"))
        assert server.tokens() == THREADS

    with serving(always(Say())) as server:
        ours = safe(server.url)
        in_threads(lambda: ours.call("GET", "/v1/x"))
        assert server.tokens() == 1 and len(server.paths()) == THREADS


def test_14_a_token_is_renewed_a_minute_early() -> None:
    """It uses one until the very end, by the local clock of the machine."""
    now = [1000.0]
    with serving(always(Say())) as server:
        theirs = raw(server.url)
        theirs.get("v1/x")
        theirs.token_request_at -= timedelta(seconds=3590)
        theirs.get("v1/x")
        assert server.tokens() == 1, "with ten seconds left it goes on"
        server.got.clear()

        ours = safe(server.url, seconds=lambda: now[0])
        ours.call("GET", "/v1/x")
        now[0] += 3539
        ours.call("GET", "/v1/x")
        assert server.tokens() == 1
        now[0] += 2
        ours.call("GET", "/v1/x")
        assert server.tokens() == 2


def test_15_nothing_is_logged() -> None:
    """In its sandbox mode it logs every header and every body."""
    with serving(always(Say(body={"receiver": "canary@example.com"}))) as server:
        with _logged() as theirs:
            raw(server.url, mode="sandbox").post("v1/x", {"receiver": "canary@example.com"})
        assert any("Basic " in each for each in theirs)
        assert any(TOKEN["access_token"] in each for each in theirs)  # type: ignore[operator]  # it is text
        assert any("canary@example.com" in each for each in theirs)

        api = safe(server.url)
        with _logged() as ours:
            api.call("POST", "/v1/x", body={"receiver": "canary@example.com"})

    said = "\n".join(ours)
    for secret in (CLIENT_ID, CLIENT_SECRET, "Basic ", "Bearer ", "canary"):
        assert secret not in said
    assert CLIENT_SECRET not in repr(api) and CLIENT_SECRET not in str(api)


def test_16_the_environment_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate for one account becomes the trust of the whole process."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    before = dict(os.environ)
    raw(LIVE, ssl_options={"cert": "/nowhere.pem"})
    assert os.environ["REQUESTS_CA_BUNDLE"] == "/nowhere.pem"
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    safe(LIVE)

    assert dict(os.environ) == before
    with pytest.raises(TypeError):
        safe(LIVE, ssl_options={"cert": "/nowhere.pem"})


def test_17_the_hosts_are_the_documented_ones() -> None:
    """It calls the hosts of years ago."""
    theirs = paypalrestsdk.Api(mode="live", client_id="x", client_secret="y")  # noqa: S106  # none
    assert theirs.endpoint == "https://api.paypal.com"

    assert PayPalConfig().endpoint == "https://api-m.paypal.com"
    assert {"api-m.paypal.com", "api-m.sandbox.paypal.com"} <= HOSTS


def test_18_two_accounts_live_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its configuration is one for the whole process."""
    monkeypatch.setattr(library, "__api__", None)
    first = paypalrestsdk.set_config(mode="live", client_id="first", client_secret="x")  # noqa: S106  # none
    second = paypalrestsdk.set_config(mode="live", client_id="second", client_secret="x")  # noqa: S106  # none
    assert paypalrestsdk.Payout({}).api is second is not first
    monkeypatch.setattr(library, "__api__", None)

    with serving(always(Say())) as here, serving(always(Say())) as there:
        for server in (here, there):
            safe(server.url).call("GET", "/v1/x")
        assert here.tokens() == there.tokens() == 1

    assert library.__api__ is None


def test_19_orders_are_ours() -> None:
    """It knows the first version of PayPal's interfaces only."""
    classes = [each for _, each in inspect.getmembers(paypalrestsdk, inspect.isclass)]
    given = [getattr(each, "path", None) for each in classes]
    paths = [path for path in given if isinstance(path, str)]
    assert paths and all("v1/" in path for path in paths)

    assert deposits.PATH == "/v2/checkout/orders"


def test_20_certificates_are_not_the_bundled_ones() -> None:
    """One of them ends in 2028, and webhooks with it."""
    folder = Path(paypalrestsdk.__file__).parent / "data"
    name = "DigiCertSHA2ExtendedValidationServerCA.crt.pem"
    bundled = x509.load_pem_x509_certificate((folder / name).read_bytes())
    assert bundled.not_valid_after_utc < datetime(2029, 1, 1, tzinfo=UTC)

    roots = trusted_roots("")

    assert len(roots) > 50 and bundled not in roots


def test_every_defect_has_its_test() -> None:
    """The page lists them by number, and each number has a test in these two modules."""
    rows = re.findall(r"^\| (\d+) \|", DOCUMENT.read_text(), flags=re.MULTILINE)
    folder = Path(__file__).parent
    code = "".join(each.read_text() for each in folder.glob("test_defects_of_*.py"))

    tested = {int(each) for each in re.findall(r"def test_(\d\d)_", code)}

    assert [int(each) for each in rows] == list(range(1, 21)) == sorted(tested)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """What the library and the transport log, however the logger was left."""
    texts: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    handler, root = Keeps(), logging.getLogger()
    theirs, level = logging.getLogger(library.__name__), root.level
    was_disabled, theirs.disabled = theirs.disabled, False
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield texts
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        theirs.disabled = was_disabled
