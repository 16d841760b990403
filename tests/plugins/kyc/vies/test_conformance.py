"""VIES in the suite that every verifier must pass."""

from __future__ import annotations

from collections.abc import Mapping

from domain.verification.provider import CheckKind, Subject, TaxNumber
from piecerate.conformance import VerifierConformance
from plugins.kyc.vies.simulator import ViesSimulator
from plugins.kyc.vies.verifier import Vies


class TestVies(VerifierConformance):
    provider = Vies
    simulator = ViesSimulator
    status_field = "valid"

    def config(self, url: str) -> Mapping[str, object]:
        return {
            "endpoint": url,
            "own_prefix": "DE",
            "own_number": "136695976",
            "retry_delays": [],
        }

    def subject(self, kind: CheckKind) -> Subject:
        number = TaxNumber(country="FR", kind="vat", number="FR40303265045")
        return Subject(name="Quillern Studio", tax_number=number)

    def other(self, kind: CheckKind) -> Subject:
        return Subject(tax_number=TaxNumber(country="FR", kind="vat", number="FR23334175221"))

    def unclear(self, kind: CheckKind) -> Subject:
        number = TaxNumber(country="FR", kind="vat", number="FR40303265045")
        return Subject(name="Marrowick Trading", tax_number=number)
