"""Stripe Identity in the suite that every verifier must pass, against the simulated Stripe."""

from __future__ import annotations

from datetime import date, timedelta

from domain.verification.provider import CheckKind, CheckRequest, Subject
from piecerate.conformance import VerifierBench, VerifierConformance
from plugins.kyc.stripe_identity.verifier import StripeIdentity
from plugins.payments.stripe.simulator import WEBHOOK_SECRET, StripeSimulator

ADA = Subject(name="Ada Quillern", born_on=date(1990, 12, 10), email="ada.quillern@example.com")
SECRETS = {"api_key": "sk_test_canary_of_the_suite", "webhook_secret": WEBHOOK_SECRET}
STRANGER = "Tessaly Brandwyk"
CYRILLIC = "Ада Квиллерн"


class TestStripeIdentity(VerifierConformance):
    provider = StripeIdentity
    simulator = StripeSimulator
    secrets = SECRETS
    webhook_secrets = ("webhook_secret",)
    status_field = "status"

    def subject(self, kind: CheckKind) -> Subject:
        return ADA

    def other(self, kind: CheckKind) -> Subject:
        return Subject(name=STRANGER, born_on=ADA.born_on)

    def unclear(self, kind: CheckKind) -> Subject:
        return Subject(name=CYRILLIC, born_on=ADA.born_on)

    def finish(self, bench: VerifierBench, request: CheckRequest) -> None:
        """Whoever it is, the passport is Ada's."""
        simulator = bench.simulator
        outputs = {"first_name": "Ada", "last_name": "Quillern", "dob": [1990, 12, 10]}
        with simulator.lock:
            simulator.identity.finish(simulator.identity.of(request.check_ref), outputs=outputs)
        bench.wait(timedelta(minutes=1))

    def wait_for_redaction(self, bench: VerifierBench) -> None:
        bench.wait(timedelta(days=4))

    def must_be_gone(self, bench: VerifierBench, provider_ref: str) -> None:
        session = bench.simulator.books.need(provider_ref)
        assert session["redaction"] == {"status": "redacted"}
        assert session["_outputs"] is None
