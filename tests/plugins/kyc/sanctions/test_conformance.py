"""The screening in the suite that every verifier must pass."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.verification.provider import CheckKind, ListFile, Subject
from piecerate.conformance import VerifierConformance
from plugins.kyc.sanctions.verifier import Sanctions
from tests.plugins.kyc.sanctions.make import list_files


class TestSanctions(VerifierConformance):
    provider = Sanctions

    def subject(self, kind: CheckKind) -> Subject:
        return Subject(name="Ada Quillern", born_on=date(1990, 12, 10), country="DE")

    def other(self, kind: CheckKind) -> Subject:
        return Subject(name="Ostap Veldranov", born_on=date(1970, 3, 12), country="IR")

    def unclear(self, kind: CheckKind) -> Subject:
        return Subject(name="Остап Велдранов")

    def lists(self) -> Sequence[ListFile]:
        return list_files()
