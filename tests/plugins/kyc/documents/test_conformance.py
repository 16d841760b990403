"""The reading of documents in the suite that every verifier must pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from domain.verification.provider import CheckKind, CheckState, EvidenceFile, Subject
from piecerate.conformance import VerifierConformance
from plugins.kyc.documents.verifier import Documents
from tests.plugins.kyc.documents.make import passport, picture

ADA = Subject(name="Ada Quillern", born_on=date(1990, 12, 10))
BEST = {CheckKind.DOCUMENT: CheckState.PENDING, CheckKind.AGE: CheckState.PENDING}


class TestDocuments(VerifierConformance):
    provider = Documents
    best = BEST

    def subject(self, kind: CheckKind) -> Subject:
        return ADA

    def other(self, kind: CheckKind) -> Subject:
        return Subject(name="Tessaly Brandwyk", born_on=ADA.born_on)

    def unclear(self, kind: CheckKind) -> Subject:
        return Subject(name="Ада Квиллерн", born_on=ADA.born_on)

    def given(self, kind: CheckKind) -> Mapping[str, str]:
        zone = passport(
            surname="Quillern",
            given="Ada",
            born_on=date(1990, 12, 10),
            expires_on=date(2030, 1, 31),
        )
        return {"zone": zone}

    def files(self, kind: CheckKind) -> Sequence[EvidenceFile]:
        return (picture(),)
