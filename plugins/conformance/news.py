"""C14, C15: webhooks are believed when they are proven, and move nothing by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.provider import ProviderError
from domain.provider_news import (
    ProviderEvent,
    RawWebhook,
    ReceivesWebhooks,
    VerifiedWebhook,
    WebhookRefused,
)
from plugins.conformance.bench import Bench, Opened, kept
from plugins.conformance.suite import PayoutSuite, case, does_not_apply
from plugins.conformance.transport import ELSEWHERE, watched_egress
from plugins.simulation import OutgoingWebhook

TOO_FAR = timedelta(seconds=301)
REPEATS = 100


class NewsCases(PayoutSuite):
    @case("C14", "a good webhook passes")
    def test_c14_good(self) -> None:
        """Signed by the service a moment ago: it names somebody we know."""
        with self.bench() as bench:
            opened, event, refs = self._heard(bench)
            told = self._read_of(bench, opened, self._raw(bench, event))
            assert told, "a good webhook tells nothing"
            named = {each.item_ref for each in told} | {each.batch_ref for each in told}
            has_theirs = any(each.provider_ref for each in told)
            assert named & refs or has_theirs, "it names nobody we know"
            assert all(each.event_id for each in told)

    @case("C14", "one bit is flipped")
    def test_c14_flipped(self) -> None:
        """In the body or in the signature: nothing of it is believed."""
        with self.bench() as bench:
            opened, event, _ = self._heard(bench)
            good = self._raw(bench, event)
            body = bytearray(good.body)
            body[len(body) // 2] ^= 1
            self._is_refused(bench, opened, replace(good, body=bytes(body)))

    @case("C14", "no signature")
    def test_c14_unsigned(self) -> None:
        """Nothing skips the check."""
        with self.bench() as bench:
            opened, event, _ = self._heard(bench)
            good = self._raw(bench, event)
            bare = {"content-type": "application/json"}
            self._is_refused(bench, opened, replace(good, headers=bare))

    @case("C14", "too old, and from the future")
    @pytest.mark.parametrize("distance", [TOO_FAR, -TOO_FAR], ids=["old", "future"])
    def test_c14_time(self, distance: timedelta) -> None:
        """A copy of an old one is no news: five minutes either way."""
        self.applies("C14 time")
        with self.bench() as bench:
            opened, event, _ = self._heard(bench)
            good = self._raw(bench, event)
            bench.wait(distance)
            self._is_refused(bench, opened, replace(good, received_at=bench.now()))

    @case("C14", "the wrong secret")
    def test_c14_wrong_secret(self) -> None:
        """Signed by somebody else."""
        with self.bench() as bench:
            _, event, _ = self._heard(bench)
            self._needs_secret()
            other = bench.open(secrets=self._with(lambda value: [f"not-{value}"]))
            self._is_refused(bench, other, self._raw(bench, event))

    @case("C14", "a rotated secret")
    def test_c14_rotated(self) -> None:
        """While a secret is replaced, both are good."""
        with self.bench() as bench:
            _, event, _ = self._heard(bench)
            self._needs_secret()
            other = bench.open(secrets=self._with(lambda value: [f"new-{value}", value]))
            assert self._read_of(bench, other, self._raw(bench, event))

    @case("C15", "the same webhook a hundred times")
    def test_c15_again(self) -> None:
        """It keeps its id, so that the core sees that it is the same; nothing is paid twice."""
        with self.bench() as bench:
            opened, event, _ = self._heard(bench)
            raw = self._raw(bench, event)
            before = list(self.effects(bench.simulator))
            told = [self._read_of(bench, opened, raw) for _ in range(REPEATS)]
            assert all(each == told[0] for each in told)
            assert list(self.effects(bench.simulator)) == before

    @case("C15", "an unknown kind of news")
    def test_c15_unknown(self) -> None:
        """Ignored without an error: services invent new ones."""
        with self.bench() as bench:
            opened, event, _ = self._heard(bench)
            if not self.webhook_event_field:
                does_not_apply("`webhook_event_field` does not say where a body names its kind")
            word = f'"{self.webhook_event_field}"'.encode()
            assert word in event.body, f"no {self.webhook_event_field!r} in a body"
            head, _, tail = event.body.partition(word)
            start = tail.index(b'"') + 1
            end = tail.index(b'"', start)
            body = head + word + tail[:start] + b"never.seen.before" + tail[end:]
            strange = replace(event, body=body)
            assert self._read_of(bench, opened, self._raw(bench, strange)) == ()

    @case("C32", "addresses in a webhook are not followed")
    def test_c32_webhook_links(self) -> None:
        """A certificate's address comes from whoever sent the webhook."""
        with self.bench() as bench:
            opened, event, _ = self._heard(bench)
            good = self._raw(bench, event)
            headers = {
                name: f"{ELSEWHERE}/cert" if value.startswith("http") else value
                for name, value in good.headers.items()
            }
            if headers == good.headers:
                does_not_apply("its webhooks carry no address")
            with watched_egress() as seen:
                self._is_refused(bench, opened, replace(good, headers=headers))
            assert not any(each in ELSEWHERE for each in seen), "it fetched a foreign certificate"

    # -- support --------------------------------------------------------------

    def _heard(self, bench: Bench) -> tuple[Opened, OutgoingWebhook, set[str | None]]:
        """A payment, and the first news of it."""
        opened = bench.open()
        if not isinstance(opened.raw, ReceivesWebhooks):
            does_not_apply("it receives no webhooks")
        self.applies("C14")
        batch = bench.prepared(opened, bench.batch())
        sent = bench.send(opened, batch)
        self.finished(bench, opened, kept(batch, sent))
        events = self.news(bench)
        assert events, "the simulator has no news of a payment"
        routes = {each.name for each in opened.raw.webhook_routes()}
        assert {each.route for each in events} <= routes, "news for a route that nobody listens on"
        return opened, events[-1], {batch.batch_ref, *(each.item_ref for each in batch.items)}

    def _raw(self, bench: Bench, event: OutgoingWebhook) -> RawWebhook:
        signed: Mapping[str, str] = bench.simulator.sign(event)
        return RawWebhook(
            route=event.route,
            method="POST",
            url=f"https://piecerate.example/hooks/kit/{event.route}",
            headers={
                "content-type": "application/json",
                **{name.lower(): value for name, value in signed.items()},
            },
            body=event.body,
            received_at=bench.now(),
        )

    def _read_of(self, bench: Bench, opened: Opened, raw: RawWebhook) -> tuple[ProviderEvent, ...]:
        async def verify() -> VerifiedWebhook:
            verified: VerifiedWebhook = await opened.raw.verify_webhook(raw, bench.context())
            return verified

        told: tuple[ProviderEvent, ...] = opened.raw.read_webhook(bench.run(verify()))
        return told

    def _is_refused(self, bench: Bench, opened: Opened, raw: RawWebhook) -> None:
        try:
            told: Any = self._read_of(bench, opened, raw)
        except (WebhookRefused, ProviderError):
            return
        pytest.fail(f"it was believed: {told!r}")

    def _needs_secret(self) -> None:
        self.applies("C14 secret")
        if not self.webhook_secrets:
            does_not_apply("`webhook_secrets` names none")

    def _with(self, other: Callable[[str], list[str]]) -> dict[str, Any]:
        return {
            name: other(_first(value)) if name in self.webhook_secrets else value
            for name, value in self.secrets.items()
        }


def _first(value: Any) -> str:
    return value if isinstance(value, str) else str(value[0])
