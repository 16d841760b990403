"""The offline check of tax numbers in the suite that every verifier must pass."""

from __future__ import annotations

from domain.verification.provider import CheckKind, CheckState, Subject, TaxNumber
from piecerate.conformance import VerifierConformance
from plugins.kyc.tax_ids.verifier import TaxIds

BEST = {CheckKind.TAX_ID_FORMAT: CheckState.FORMAT_OK}


class TestTaxIds(VerifierConformance):
    provider = TaxIds
    best = BEST

    def subject(self, kind: CheckKind) -> Subject:
        return Subject(tax_number=TaxNumber(country="DE", kind="idnr", number="36 574 261 809"))

    def other(self, kind: CheckKind) -> Subject:
        return Subject(tax_number=TaxNumber(country="DE", kind="idnr", number="36 574 261 890"))

    def unclear(self, kind: CheckKind) -> Subject:
        return Subject(tax_number=TaxNumber(country="US", kind="", number="536-22-8726"))
