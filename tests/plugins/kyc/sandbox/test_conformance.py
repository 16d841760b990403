"""The sandbox's checks in the suite that every verifier must pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from domain.verification.provider import CheckKind, CheckState, Subject, TaxNumber
from piecerate.conformance import VerifierConformance, does_not_apply
from plugins.kyc.sandbox import CODE, SandboxVerifier

BY_CODE = frozenset({CheckKind.EMAIL, CheckKind.PHONE})
MEMBER = Subject(
    name="Ada Quillern",
    born_on=date(1990, 12, 10),
    country="DE",
    email="quillern@example.com",
    phone="+4915112345678",
    tax_number=TaxNumber(country="DE", kind="idnr", number="36 574 261 809"),
)


class TestSandboxVerifier(VerifierConformance):
    provider = SandboxVerifier
    best = {CheckKind.TAX_ID_FORMAT: CheckState.FORMAT_OK}  # noqa: RUF012  # as the suite declares it
    public = frozenset({CODE})

    def subject(self, kind: CheckKind) -> Subject:
        return MEMBER

    def given(self, kind: CheckKind) -> Mapping[str, str]:
        return {"code": CODE} if kind in BY_CODE else {}

    def other(self, kind: CheckKind) -> Subject:
        if kind in BY_CODE:
            does_not_apply(f"whoever types the code passes a check of {kind.value}")
        word = "hit" if kind is CheckKind.SANCTIONS else "mismatch"
        return replace(MEMBER, name=f"Ada Quillern {word}")

    def unclear(self, kind: CheckKind) -> Subject:
        if kind in BY_CODE:
            does_not_apply(f"whoever types the code passes a check of {kind.value}")
        return replace(MEMBER, name="Ada Quillern pending")
