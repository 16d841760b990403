"""The TIN matching of the IRS in the suite that every verifier must pass."""

from __future__ import annotations

from domain.verification.provider import CheckKind, Subject, TaxNumber
from piecerate.conformance import VerifierConformance
from plugins.kyc.irs_tin.verifier import IrsTin
from tests.plugins.kyc.irs_tin.make import answered


class TestIrsTin(VerifierConformance):
    provider = IrsTin

    def subject(self, kind: CheckKind) -> Subject:
        return Subject(
            name="Quillern Vasko",
            tax_number=TaxNumber(country="US", kind="ssn", number="536-22-8726"),
        )

    def other(self, kind: CheckKind) -> Subject:
        return Subject(
            name="Marrowick Oldane",
            tax_number=TaxNumber(country="US", kind="ssn", number="536-22-8723"),
        )

    def unclear(self, kind: CheckKind) -> Subject:
        return Subject(
            name="Tessaly Brandwyk",
            tax_number=TaxNumber(country="US", kind="ssn", number="536-22-8724"),
        )

    def answer_file(self, content: bytes) -> bytes:
        """The last digit of a number is its code."""
        return answered(content, code=lambda number: {"6": "0"}.get(number[-1], number[-1]))
