"""Addresses, the schedule of attempts, what ends an endpoint, secrets."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.rules import EventKind
from domain.webhooks import rules
from domain.webhooks.rules import (
    ATTEMPTS_MAX,
    RETRY_DELAYS,
    DeliveryState,
    DisabledReason,
    Health,
)

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
PRIVATE = frozenset({"127.0.0.1:9000", "receiver.internal:8080", "[::1]:9000"})


@given(attempt_count=st.integers(1, 30), chance=st.floats(0, 1, exclude_max=True))
def test_the_next_attempt_lies_near_its_delay(attempt_count: int, chance: float) -> None:
    """Within ten percent of the table, then dead: never at once, never for ever."""
    verdict = rules.after_failure(attempt_count=attempt_count, now=NOW, chance=chance)

    if attempt_count > len(RETRY_DELAYS):
        assert verdict == rules.Verdict(DeliveryState.DEAD, None)
        return
    delay = RETRY_DELAYS[attempt_count - 1]
    assert verdict.state is DeliveryState.RETRYING and verdict.next_at is not None
    assert 0.9 * delay <= verdict.next_at - NOW <= 1.1 * delay


@given(chances=st.lists(st.floats(0, 1, exclude_max=True), min_size=11, max_size=11))
def test_the_whole_schedule_takes_three_days(chances: list[float]) -> None:
    """Receivers may be away for a weekend; SECURITY.md promises 71 hours 36 minutes."""
    assert sum(RETRY_DELAYS, timedelta()) == timedelta(hours=71, minutes=36, seconds=5)

    at = NOW
    for count, chance in enumerate(chances, start=1):
        verdict = rules.after_failure(attempt_count=count, now=at, chance=chance)
        at = verdict.next_at or at

    assert verdict.state is DeliveryState.DEAD
    assert timedelta(hours=64) < at - NOW < timedelta(hours=79)


def test_an_attempt_that_was_begun_anew_counts_from_the_start() -> None:
    """`webhookDeliver` during an attempt resets the count; its failure is the first again."""
    verdict = rules.after_failure(attempt_count=0, now=NOW, chance=0.5)

    assert verdict.next_at == NOW + RETRY_DELAYS[0]


@given(failures=st.integers(1, 500), minutes=st.integers(1, 120))
def test_a_failing_receiver_is_disabled_after_five_days(failures: int, minutes: int) -> None:
    """Counted from the first failure since it last worked, however many there are."""
    health, at = rules.WELL, NOW
    for _ in range(failures):
        health, at = rules.worse(health, now=at), at + timedelta(minutes=minutes)
    last = at - timedelta(minutes=minutes)
    expected = DisabledReason.FAILING if last - NOW >= rules.DISABLED_AFTER else None

    assert health.failing_since == NOW
    assert rules.must_disable(health, status=500, now=last) is expected
    assert rules.must_disable(health, status=410, now=last) is DisabledReason.GONE


def test_a_receiver_that_is_down_is_probed_by_one() -> None:
    """The third failure in a row begins the break; one delay of the table never falls short."""
    health = rules.WELL
    for _ in range(rules.BREAK_AFTER - 1):
        health = rules.worse(health, now=NOW)
    assert (health.paused_until, health.at_once_max) == (None, rules.AT_ONCE_MAX)

    health = rules.worse(health, now=NOW)

    assert (health.paused_until, health.at_once_max) == (NOW + rules.BREAK, 1)
    assert RETRY_DELAYS[rules.BREAK_AFTER - 1] * 0.9 > rules.BREAK
    assert Health().at_once_max == 2


def test_there_is_one_attempt_more_than_delays() -> None:
    """The first one waits for nothing."""
    assert ATTEMPTS_MAX == len(RETRY_DELAYS) + 1 == 11


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("payout_paid", "payout.paid"),
        ("payout_on_hold", "payout.on_hold"),
        ("assignment_closed_rejected", "assignment.closed_rejected"),
        ("test", "test"),
    ],
)
def test_types_read_as_receivers_know_them(kind: str, text: str) -> None:
    """The subject, a dot, what happened."""
    assert rules.event_type(kind) == text


def test_no_two_kinds_share_a_type() -> None:
    """Receivers switch on it."""
    assert len({rules.event_type(kind) for kind in EventKind}) == len(EventKind)


def test_a_secret_is_what_standard_webhooks_expects() -> None:
    """`whsec_`, then base64 of 24 to 64 bytes."""
    secret = rules.new_secret("a token")

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert rules.new_secret("another token") != secret


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001::1"],
)
def test_public_addresses_are_public(address: str) -> None:
    """A rule that refuses everything is safe and useless."""
    assert rules.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "10.0.0.1", "100.64.0.1", "169.254.169.254",
        "0.0.0.0",  # noqa: S104  # judged, not bound
        "172.16.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:93.184.215.14", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1",
        "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_no_other_address_is_public(address: str) -> None:
    """`ipaddress.is_global` alone lets NAT64, 6to4, multicast and more through."""
    assert not rules.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://hooks.example.org/a/b?c=d",
        "https://example.org:443/",
        "https://EXAMPLE.org/",
        "https://xn--bcher-kva.example/",
        "https://93.184.215.14/hook",
        "https://[2a00:1450:4001::1]/hook",
        "http://127.0.0.1:9000/hook",
        "https://127.0.0.1:9000/hook",
        "http://receiver.internal:8080",
        "http://RECEIVER.internal:8080",
        "http://[::1]:9000/",
    ],
)
def test_good_addresses_are_taken(url: str) -> None:
    """Public ones by https, and those the operator named."""
    assert rules.url_problem(url, private_hosts=PRIVATE) is None


@pytest.mark.parametrize(
    "url",
    [
        "", "rubbish", "https://", "https:///path", "ftp://example.org", "file:///etc/passwd",
        "http://example.org", "https://example.org:8443", "https://example.org:80",
        "https://example.org:0", "https://example.org:99999", "https://example.org:x",
        "https://user@example.org", "https://user:password@example.org", "https://@example.org",
        "https://example.org/#part", "https://localhost/", "https://intranet/",
        "https://127.0.0.1/", "https://127.0.0.1:9001/", "http://127.0.0.1/",
        "http://127.0.0.2:9000/", "https://0x7f000001/", "https://2130706433/", "https://127.1/",
        "https://0177.0.0.1/", "https://1.2.3/", "https://a.0x7f/", "https://169.254.169.254/",
        "https://0.0.0.0/", "https://10.1.2.3/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
        "https://[::1", "https://example.org\\@127.0.0.1/", "https://exa mple.org/",
        "https://example.org/\n", "https://example.org/\x00", "https://bücher.example/",
        "https://-bad.example/", "https://a..b/", "https://example.org./",
        "https://example.org/" + "a" * 2_000,
    ],
)  # fmt: skip
def test_bad_addresses_are_refused(url: str) -> None:
    """A member types it, our server would call it."""
    assert rules.url_problem(url, private_hosts=PRIVATE) is not None
