"""Stripe Identity through the library that Stripe ships: sessions, codes, redaction, webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from domain.provider import (
    AuthError,
    ConfigError,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unsupported,
)
from domain.provider_news import RawWebhook, WebhookRefused
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckRequest,
    CheckState,
    HostedCheck,
    Subject,
)
from plugins.conformance.transport import Lie
from plugins.kyc.stripe_identity.sessions import CODES, FOR_PEOPLE
from plugins.kyc.stripe_identity.verifier import StripeIdentity
from plugins.payments.stripe.simulator import WEBHOOK_SECRET, StripeSimulator
from tests.plugins.kyc.make import Asking, asking

ADA = Subject(name="Ada Quillern", born_on=date(1990, 12, 10), email="ada@example.com")
PASSPORT: dict[str, Any] = {"first_name": "Ada", "last_name": "Quillern", "dob": [1990, 12, 10]}
SECRETS = {"api_key": "sk_test_never_in_a_log", "webhook_secret": WEBHOOK_SECRET}


class Stripe:
    """One check, and what becomes of it at the simulator."""

    def __init__(self, house: Asking, simulator: StripeSimulator) -> None:
        self.house = house
        self.simulator = simulator

    def request(self, kind: CheckKind = CheckKind.DOCUMENT, **changes: Any) -> CheckRequest:
        return self.house.request(kind, changes.pop("subject", ADA), **changes)

    def start(self, request: CheckRequest) -> HostedCheck:
        started: HostedCheck = self.house.bench.run(
            self.house.guarded.start(request, self.house.bench.context())
        )
        return started

    def look_up(self, request: CheckRequest) -> CheckOutcome | None:
        outcome: CheckOutcome | None = self.house.bench.run(
            self.house.guarded.look_up(request, self.house.bench.context())
        )
        return outcome

    def seen(self, request: CheckRequest) -> CheckOutcome:
        outcome = self.look_up(request)
        assert outcome is not None
        return outcome

    def session(self, request: CheckRequest) -> dict[str, Any]:
        return self.simulator.identity.of(request.check_ref)

    def finish(self, request: CheckRequest, **how: Any) -> None:
        with self.simulator.lock:
            self.simulator.identity.finish(self.session(request), **how)
        self.house.bench.wait(timedelta(minutes=1))

    def redact(self, reference: str) -> bool:
        is_gone: bool = self.house.bench.run(
            self.house.guarded.redact(reference, self.house.bench.context())
        )
        return is_gone


@contextmanager
def stripe(**config: Any) -> Iterator[Stripe]:
    simulator = StripeSimulator()
    with asking(StripeIdentity, simulator=simulator, secrets=SECRETS, **config) as house:
        yield Stripe(house, simulator)


def test_a_session_is_asked_for_as_configured() -> None:
    """Our reference is theirs, so that it is found again; no name leaves the house."""
    with stripe(allowed_types=["passport"], requires_live_capture=False) as side:
        request = side.request(CheckKind.SELFIE, return_url="https://piecerate.example/back")
        started = side.start(request)
        session = side.session(request)

    assert session["client_reference_id"] == request.check_ref
    assert session["options"]["document"] == {
        "allowed_types": ["passport"],
        "require_live_capture": "false",
        "require_matching_selfie": "true",
    }
    assert session["provided_details"] == {"email": "ada@example.com"}
    assert session["_return_url"] == "https://piecerate.example/back"
    assert "Quillern" not in json.dumps(session)
    assert started.provider_ref == session["id"]
    assert started.expires_at == side.house.bench.now() + timedelta(hours=24)
    assert started.redirect_url not in repr(started)


def test_the_way_of_a_good_passport() -> None:
    """Not begun, processing, verified: with the age that it proves and the report's reference."""
    with stripe(valid_days=100) as side:
        request = side.request()
        side.start(request)
        before = side.seen(request)
        with side.simulator.lock:
            side.simulator.identity.finish(side.session(request), outputs=PASSPORT)
        during = side.seen(request)
        side.house.bench.wait(timedelta(minutes=1))
        after = side.seen(request)
        by_theirs = side.seen(replace(request, provider_ref=after.provider_ref))

    assert [each.state for each in (before, during)] == [CheckState.PENDING] * 2
    assert after.state is CheckState.VERIFIED and by_theirs == after
    assert after.facts == {"age_over_18_at": request.as_of.isoformat()}
    assert after.valid_until == request.as_of + timedelta(days=100)
    assert after.evidence is not None and after.evidence.reference.startswith("vr_")


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_a_failed_try(code: str) -> None:
    """The member tries again at a fresh address; where that is no answer, a person decides."""
    with stripe() as side:
        request = side.request()
        first = side.start(request)
        side.finish(request, error=code)
        outcome = side.seen(request)
        again = side.start(request)
        count = side.simulator.identity.count(request.check_ref)

    if code in FOR_PEOPLE:
        assert (outcome.state, outcome.is_for_people) == (CheckState.PENDING, True)
    else:
        assert outcome.state is CheckState.NEEDS_INPUT
        assert outcome.redirect_url and outcome.redirect_url != first.redirect_url
    assert [each.code for each in outcome.reasons] == [code]
    assert again.provider_ref == first.provider_ref and count == 1


def test_a_code_that_nobody_has_seen() -> None:
    """Something for the member to try again, in our words."""
    with stripe() as side:
        request = side.request()
        side.start(request)
        side.finish(request, error="a_code_of_2031")
        outcome = side.seen(request)

    assert outcome.state is CheckState.NEEDS_INPUT
    assert [each.code for each in outcome.reasons] == ["verification_failed"]


@pytest.mark.parametrize(
    ("outputs", "kind", "state", "code"),
    [
        ({"dob": [1990, 12, 11]}, CheckKind.DOCUMENT, CheckState.MISMATCH, "birth_date_differs"),
        ({"first_name": "Tessaly", "last_name": "Brandwyk"}, CheckKind.DOCUMENT,
         CheckState.MISMATCH, "name_differs"),
        ({"last_name": "Brandwyk"}, CheckKind.DOCUMENT, CheckState.PENDING, "name_unclear"),
        ({"first_name": "", "last_name": ""}, CheckKind.DOCUMENT, CheckState.PENDING,
         "name_unknown"),
        ({"dob": [2027, 1, 1]}, CheckKind.DOCUMENT, CheckState.PENDING, "birth_date_unknown"),
        ({"dob": [0, 0, 0]}, CheckKind.DOCUMENT, CheckState.PENDING, "birth_date_unknown"),
    ],
)  # fmt: skip
def test_whose_document_it_is(
    outputs: dict[str, Any], kind: CheckKind, state: CheckState, code: str
) -> None:
    """Stripe says that it is good; that it is the member's, we compare."""
    with stripe() as side:
        request = side.request(kind)
        side.start(request)
        side.finish(request, outputs={**PASSPORT, **outputs})
        outcome = side.seen(request)

    assert (outcome.state, [each.code for each in outcome.reasons]) == (state, [code])
    assert outcome.is_for_people is (state is CheckState.PENDING)


def test_who_is_too_young() -> None:
    """A mismatch of the age; the document is good all the same."""
    young = replace(ADA, born_on=date(2010, 1, 1))
    with stripe() as side:
        outcomes = []
        for kind in (CheckKind.AGE, CheckKind.DOCUMENT):
            request = side.request(kind, subject=young)
            side.start(request)
            side.finish(request, outputs={**PASSPORT, "dob": [2010, 1, 1]})
            outcomes.append(side.seen(request))

    assert [each.state for each in outcomes] == [CheckState.MISMATCH, CheckState.VERIFIED]
    assert outcomes[1].facts == {}


def test_a_cancelled_session_is_no_answer() -> None:
    """Nobody has looked; and a start of the same check does not pretend otherwise."""
    with stripe() as side:
        request = side.request()
        side.start(request)
        with side.simulator.lock:
            side.session(request).update(status="canceled", url=None)
        outcome = side.seen(request)
        with pytest.raises(OutcomeUnknown):
            side.start(request)

    assert outcome.state is CheckState.UNCHECKED


def test_redaction_takes_days_and_is_asked_for_once() -> None:
    """False until it is gone; then nothing of the member can be read any more."""
    with stripe() as side:
        request = side.request()
        reference = side.start(request).provider_ref
        side.finish(request, outputs=PASSPORT)
        side.seen(request)
        first, second = side.redact(reference), side.redact(reference)
        side.house.bench.wait(timedelta(days=4))
        third = side.redact(reference)
        calls = [each.path for each in side.simulator.calls]
        after = side.seen(request)
        unknown = side.redact("vs_sim999999999999")

    assert (first, second, third, unknown) == (False, False, True, True)
    assert len([each for each in calls if each.endswith("/redact")]) == 1
    assert after.state is CheckState.UNCHECKED


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        (Lie.CONNECT_TIMEOUT, NotSent),
        (Lie.READ_TIMEOUT, OutcomeUnknown),
        (Lie.STATUS_500, OutcomeUnknown),
        (Lie.HTML_200, OutcomeUnknown),
        (Lie.RATE_LIMITED, RateLimited),
        (Lie.UNAUTHORIZED, AuthError),
    ],
)
def test_a_start_that_fails_says_whether_it_may_have_begun(
    lie: Lie, error: type[ProviderError]
) -> None:
    """The core looks it up by our reference, or starts again."""
    with stripe() as side:
        request = side.request()
        assert side.look_up(request) is None
        side.house.bench.wire.is_money = lambda method, _: method == "POST"
        side.house.bench.wire.always = lie
        with pytest.raises(error):
            side.start(request)
        side.house.bench.wire.always = None
        begun = side.look_up(request)

    may_have_begun = error is OutcomeUnknown
    assert (begun is not None) is may_have_begun


def test_what_stripe_refuses_is_for_another_verifier() -> None:
    """Certainly not begun; and nothing of what Stripe says about the member is told on."""
    with stripe() as side:
        request = side.request()
        side.simulator.identity.refusals.append("country_not_supported")
        with pytest.raises(Unsupported) as refused:
            side.start(request)

    assert str(refused.value) == "HTTP 400 country_not_supported"


def test_a_key_is_needed() -> None:
    """Said at the start of the house, not at the first check."""
    with pytest.raises(ConfigError), asking(StripeIdentity, simulator=StripeSimulator()):
        pass


def news(side: Stripe) -> list[RawWebhook]:
    return [
        RawWebhook(
            route=event.route,
            method="POST",
            url="https://piecerate.example/hooks/identity/identity",
            headers={k.lower(): v for k, v in side.simulator.sign(event).items()},
            body=event.body,
            received_at=side.house.bench.now(),
        )
        for event in side.simulator.events.take()
    ]


def test_webhooks_name_the_check_and_nothing_else() -> None:
    """Created, processing, verified: each of our reference; another kind of event of nobody."""
    with stripe() as side:
        request = side.request()
        side.start(request)
        side.finish(request, outputs=PASSPORT)
        side.seen(request)
        told = [
            side.house.raw.read_webhook(
                side.house.bench.run(
                    side.house.raw.verify_webhook(each, side.house.bench.context())
                )
            )
            for each in news(side)
        ]
        side.simulator.books.tell("charge.refunded", {"id": "ch_1"}, route="identity")
        (other,) = news(side)
        verified = side.house.bench.run(
            side.house.raw.verify_webhook(other, side.house.bench.context())
        )

    assert [each.event_type.rpartition(".")[2] for (each,) in told] == [
        "created",
        "processing",
        "verified",
    ]
    assert {each.check_ref for (each,) in told} == {request.check_ref}
    assert side.house.raw.read_webhook(verified) == ()


def test_a_forged_webhook_is_refused() -> None:
    """One changed letter of the reference is enough."""
    with stripe() as side:
        request = side.request()
        side.start(request)
        (good,) = news(side)
        forged = replace(good, body=good.body.replace(request.check_ref.encode(), b"C" * 15))
        with pytest.raises(WebhookRefused):
            side.house.bench.run(side.house.raw.verify_webhook(forged, side.house.bench.context()))


def test_the_simulated_page_works_once() -> None:
    """For the demo: a member clicks, and comes back to where the check came from."""
    with stripe() as side:
        request = side.request(
            return_url="https://piecerate.example/back",
            subject=Subject(name="Ada Lovelace", born_on=date(1990, 12, 10)),
        )
        address = side.start(request).redirect_url
        page = requests.get(address, timeout=5).text
        done = requests.post(f"{address}/good", timeout=5, allow_redirects=False)
        again = requests.get(address, timeout=5)
        side.house.bench.wait(timedelta(minutes=1))
        outcome = side.seen(request)

    assert "A good passport" in page
    assert (done.status_code, done.headers["Location"]) == (303, "https://piecerate.example/back")
    assert again.status_code == 400
    assert outcome.state is CheckState.VERIFIED


def test_health_asks_for_one_session() -> None:
    """Well, and down when nobody answers."""
    with stripe() as side:
        side.house.bench.wire.always = Lie.CONNECT_TIMEOUT
        with pytest.raises(NoAnswer):
            side.look_up(side.request())
        health = side.house.bench.run(side.house.raw.health(side.house.bench.context()))

    assert health.status.value == "down"
