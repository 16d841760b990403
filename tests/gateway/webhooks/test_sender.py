"""Sending: signed as Standard Webhooks says, to public addresses only, and never for long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError

from domain.webhooks.provider import Answer, DeliveryProblem, Message
from domain.webhooks.rules import new_secret
from gateway.webhooks.addresses import AddressRefused, PublicOnlyBackend, resolve
from gateway.webhooks.sender import HttpSender, signed
from tests.make.receiver import (
    Receiver,
    Script,
    endless_body,
    endless_headers,
    hang_up,
    receiver,
    silence,
    slow_body,
    slow_headers,
)

pytestmark = pytest.mark.asyncio

MESSAGE = Message(id="evt1_abc", body='{"type":"payout.paid","note":"für dich"}'.encode())
SECRETS = [new_secret("one"), new_secret("two")]
REFUSED = Answer(None, DeliveryProblem.ADDRESS_REFUSED)
SHORT = timedelta(seconds=0.5)


def sender_to(where: Receiver, *, within: timedelta = timedelta(seconds=10)) -> HttpSender:
    return HttpSender(private_hosts={where.place}, within=within)


async def sent(sender: HttpSender, url: str) -> Answer:
    return await sender.send(url=url, message=MESSAGE, secrets=SECRETS[:1], now=datetime.now(UTC))


async def test_a_receiver_verifies_it_with_the_standard_library() -> None:
    """The one promise to every receiver in every language."""
    async with receiver() as there:
        answer = await sent(sender_to(there), there.url)

    assert answer == Answer(200, None)
    (got,) = there.received
    assert got.line == "POST /hooks?from=piecerate HTTP/1.1"
    assert got.headers["host"] == there.place
    assert got.headers["content-type"] == "application/json"
    assert Webhook(SECRETS[0]).verify(got.body, dict(got.headers)) == {
        "type": "payout.paid",
        "note": "für dich",
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[1]).verify(got.body, dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(got.body + b" ", dict(got.headers))


async def test_during_a_rotation_both_secrets_verify_it() -> None:
    """A receiver that knows either of them goes on."""
    headers = signed(MESSAGE, secrets=SECRETS, now=datetime.now(UTC))

    for secret in SECRETS:
        Webhook(secret).verify(MESSAGE.body, dict(headers))


async def test_the_zone_of_the_clock_does_not_matter() -> None:
    """The library reads the digits of a clock as if they were UTC."""
    now = datetime.now(UTC)
    elsewhere = now.astimezone(timezone(timedelta(hours=5, minutes=30)))

    headers = signed(MESSAGE, secrets=SECRETS, now=elsewhere)

    assert headers == signed(MESSAGE, secrets=SECRETS, now=now)
    Webhook(SECRETS[0]).verify(MESSAGE.body, dict(headers))


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
async def test_everything_but_2xx_is_a_failure(status: int) -> None:
    """And the status is told to the owner."""
    async with receiver() as there:
        there.answers(status)
        assert await sent(sender_to(there), there.url) == Answer(status, DeliveryProblem.STATUS)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_2xx_is_enough(status: int) -> None:
    """Whatever the receiver prefers."""
    async with receiver() as there:
        there.answers(status)
        assert await sent(sender_to(there), there.url) == Answer(status, None)


async def test_redirects_are_not_followed() -> None:
    """A public receiver could lead us to our own machine."""
    async with receiver() as there, receiver() as trap:
        there.answers(301, location=trap.url)
        sender = HttpSender(private_hosts={there.place, trap.place})
        assert await sent(sender, there.url) == Answer(301, DeliveryProblem.STATUS)

    assert trap.received == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (endless_body, Answer(200, None)),
        (slow_body, Answer(204, None)),
        (endless_headers, Answer(None, DeliveryProblem.BAD_ANSWER)),
        (slow_headers, Answer(None, DeliveryProblem.TIMEOUT)),
        (silence, Answer(None, DeliveryProblem.TIMEOUT)),
        (hang_up, Answer(None, DeliveryProblem.BAD_ANSWER)),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", Answer(None, DeliveryProblem.BAD_ANSWER)),
        (b"", Answer(None, DeliveryProblem.BAD_ANSWER)),
    ],
)
async def test_a_hostile_receiver_takes_neither_time_nor_memory(
    script: Script | bytes, expected: Answer
) -> None:
    """What counts is the status within the deadline; the rest is cut off."""
    async with receiver() as there:
        there.script = script
        answer = await sent(sender_to(there, within=SHORT), there.url)

    assert answer == expected


async def test_an_endless_answer_is_cut_off_by_its_length() -> None:
    """Long before the deadline: ten seconds of a fast line are a lot of bytes."""
    async with receiver() as there:
        there.script = endless_body
        began = monotonic()
        assert await sent(sender_to(there), there.url) == Answer(200, None)

    assert monotonic() - began < 9  # of the ten seconds it could take


async def test_nobody_there() -> None:
    """A closed port is a plain failure."""
    async with receiver() as there:
        pass
    answer = await sent(sender_to(there), there.url)

    assert answer == Answer(None, DeliveryProblem.CONNECTION_FAILED)


async def test_silent_name_servers_do_not_hold_up_other_names() -> None:
    """A loop has few threads for names; one member's hanging names must not take all of them."""
    loop, is_over = asyncio.get_running_loop(), Event()
    hanging = [loop.run_in_executor(None, is_over.wait) for _ in range(100)]
    try:
        async with asyncio.timeout(10):
            assert "127.0.0.1" in await resolve("127.0.0.1", 443)
    finally:
        is_over.set()
        await asyncio.gather(*hanging)


async def test_nobody_waits_for_a_name_that_is_given_up() -> None:
    """The deadline of a delivery ends the wait, whatever the thread still does."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await resolve("127.0.0.1", 443)


async def test_a_name_without_address() -> None:
    """Told apart from a receiver that is down: the owner has mistyped it."""

    async def nobody(_: str, __: int) -> list[str]:
        raise OSError("no such name")

    answer = await sent(HttpSender(resolve=nobody), "https://nobody.example.org/")

    assert answer == Answer(None, DeliveryProblem.NAME_UNKNOWN)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://0x7f000001/",
        "https://2130706433/", "https://127.1/", "https://169.254.169.254/latest/meta-data",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://[fd00::1]/",
        "https://[fe80::1]/", "https://100.64.0.1/", "https://198.18.0.1/", "https://0.0.0.0/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://example.org:22/",
        "http://example.org/",
    ],
)  # fmt: skip
async def test_our_own_network_is_out_of_reach(url: str) -> None:
    """Judged again at every send: the setting may have changed since the registration."""
    assert await sent(HttpSender(), url) == REFUSED


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "127.0.0.1"],
        ["127.0.0.1", "93.184.215.14"],
        ["2a00:1450:4001::1", "::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a9fe:a9fe"],
        ["fe80::1%eth0"],
    ],
)
async def test_a_public_name_with_a_private_answer_is_refused(answers: list[str]) -> None:
    """One private answer is enough: which of them is used is not the attacker's choice."""

    async def lying(_: str, __: int) -> list[str]:
        return answers

    assert await sent(HttpSender(resolve=lying), "https://rebind.example.org/") == REFUSED


async def test_a_name_is_asked_once_per_connection() -> None:
    """Rebinding: what was checked is what is connected, so a second answer is never used."""
    asked: list[str] = []

    async def changing(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["203.0.113.1", "10.0.0.1"]

    sender = HttpSender(resolve=changing, within=SHORT)
    assert await sent(sender, "https://rebind.example.org/") == REFUSED
    assert asked == ["rebind.example.org"]
    assert await sent(sender, "https://rebind.example.org/") == REFUSED
    assert asked == ["rebind.example.org"] * 2


async def test_the_checked_address_is_the_connected_one() -> None:
    """The name goes into the request, never to a resolver a second time."""
    async with receiver() as there:
        asked: list[tuple[str, int]] = []

        async def ours(host: str, port: int) -> list[str]:
            asked.append((host, port))
            return ["127.0.0.1"]

        sender = HttpSender(private_hosts={f"hooks.internal:{there.port}"}, resolve=ours)
        answer = await sent(sender, f"http://hooks.internal:{there.port}/")

    assert answer == Answer(200, None)
    assert asked == [("hooks.internal", there.port)]
    assert there.received[0].headers["host"] == f"hooks.internal:{there.port}"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "::1"]
)
async def test_the_connection_itself_refuses(host: str) -> None:
    """The last line: whatever spelling got past the rules, the system's resolver shows it."""
    with pytest.raises(AddressRefused):
        await PublicOnlyBackend(resolve=resolve).connect_tcp(host, 443)


async def test_other_ports_and_sockets_are_refused() -> None:
    """Not even a public address has its mail server spoken to."""
    with pytest.raises(AddressRefused):
        await PublicOnlyBackend().connect_tcp("93.184.215.14", 25)
    with pytest.raises(AddressRefused):
        await PublicOnlyBackend().connect_unix_socket("/run/postgresql/.s.PGSQL.5432")


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would resolve the name for itself, behind our check."""
    async with receiver() as there, receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        await sent(sender_to(there), there.url)

    assert len(there.received) == 1
    assert proxy.received == []


async def test_the_certificate_is_checked(tmp_path: Path) -> None:
    """Who answers for the name must prove it: a foreign certificate gets no event."""
    certificate = made_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    async with receiver(context) as there:
        hosts = {there.place, f"localhost:{there.port}"}
        distrusted = await sent(HttpSender(private_hosts=hosts), there.url)
        wrong_name = await sent(
            HttpSender(private_hosts=hosts, trust=trusting), f"https://localhost:{there.port}/"
        )
        assert there.received == []
        trusted = await sent(HttpSender(private_hosts=hosts, trust=trusting), there.url)

    assert distrusted == wrong_name == Answer(None, DeliveryProblem.TLS_FAILED)
    assert trusted == Answer(200, None)


async def test_what_a_receiver_says_is_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """It may be anything, also somebody else's secret."""
    canary = "canary-in-the-answer"
    answers: Mapping[int, str] = {500: canary, 301: canary, 200: canary}
    async with receiver() as there:
        for status, text in answers.items():
            there.answers(status, text.encode(), location=text)
            answer = await sent(sender_to(there), there.url)
            assert canary not in repr(answer)
        there.script = b"HTTP/1.1 " + canary.encode() + b"\r\n\r\n"
        assert canary not in repr(await sent(sender_to(there), there.url))

    assert canary not in caplog.text
    assert SECRETS[0] not in caplog.text


def made_certificate(folder: Path) -> Path:
    """Of 127.0.0.1, signed by itself; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
