"""Reads the typed zone of a document against the profile, and leaves the rest to a person.

The images go nowhere: they come for this call, their digests stay, and the host deletes them
after the decision.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import ClassVar, Final

from domain.provider import API_VERSION, CallContext, Health, HealthStatus, ProviderEnv
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Evidence,
    EvidenceFile,
    Reason,
    SubjectField,
    Verifier,
    VerifierManifest,
)
from plugins.ages import ADULT_YEARS, age_on, is_possible_birth
from plugins.kyc.documents.mrz import MrzRefused, Zone, read_zone
from plugins.kyc.documents.settings import MEDIA_TYPES, VERSION, DocumentsConfig
from plugins.names import Likeness, compared

SOURCE: Final = "documents"
FRONT: Final = "front"
ZONE: Final = "zone"
FORM: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        ZONE: {
            "type": "string",
            "title": "The lines with < at the foot of the document, as they are printed",
            "maxLength": 200,
        }
    },
}
NEEDS: Final = CheckNeeds(
    fields=frozenset({SubjectField.NAME, SubjectField.BORN_ON}), files=(FRONT,), form=FORM
)


class Documents(Verifier[DocumentsConfig]):
    manifest: ClassVar[VerifierManifest] = VerifierManifest(
        id="documents",
        version=VERSION,
        api_version=API_VERSION,
        kinds={CheckKind.DOCUMENT: NEEDS, CheckKind.AGE: NEEDS},
        countries=frozenset(),
        call_deadline=timedelta(seconds=10),
        concurrency=4,
    )
    config_type: ClassVar[type] = DocumentsConfig
    _config: DocumentsConfig

    async def open(self, env: ProviderEnv[DocumentsConfig]) -> None:
        self._config = env.config

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK)

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        """PENDING for people is the best of it: a consistent zone proves typing, nothing more."""
        if not self._are_readable(request.files):
            return _answered(CheckState.NEEDS_INPUT, "file_unreadable")
        typed = request.given.get(ZONE, "").strip()
        if not typed:
            return self._for_people(request, context, reason="zone_missing")
        try:
            zone = read_zone(typed, as_of=request.as_of)
        except MrzRefused as refused:
            return _answered(CheckState.NEEDS_INPUT, "zone_unreadable", detail=str(refused))
        if not zone.is_consistent:
            wrong = ", ".join(zone.wrong_digits)
            return _answered(CheckState.NEEDS_INPUT, "zone_mistyped", detail=wrong)
        return self._compared(request, zone, context)

    def _compared(self, request: CheckRequest, zone: Zone, context: CallContext) -> CheckOutcome:
        subject = request.subject
        last_day = request.as_of + timedelta(days=self._config.expires_ahead_days)
        if zone.expires_on is not None and zone.expires_on < last_day:
            return _answered(CheckState.NEEDS_INPUT, "document_expired")
        if zone.born_on is not None and not is_possible_birth(zone.born_on, request.as_of):
            return _answered(CheckState.NEEDS_INPUT, "zone_mistyped", detail="born_on")
        likeness = compared(zone.name, subject.name or "")
        different = {
            "birth_date_differs": subject.born_on is not None
            and zone.born_on not in (None, subject.born_on),
            "name_differs": likeness is Likeness.DIFFERENT and not zone.is_name_cut,
            "under_age": request.kind is CheckKind.AGE
            and zone.born_on is not None
            and age_on(zone.born_on, request.as_of) < ADULT_YEARS,
        }
        for code, is_so in different.items():
            if is_so:
                return _answered(CheckState.MISMATCH, code)
        is_dated = zone.born_on is not None and zone.expires_on is not None
        reason = "document_read" if likeness is Likeness.SAME else "name_unclear"
        return self._for_people(
            request, context, zone, reason=reason if is_dated else "date_unclear"
        )

    def _for_people(
        self,
        request: CheckRequest,
        context: CallContext,
        zone: Zone | None = None,
        *,
        reason: str,
    ) -> CheckOutcome:
        ends_on = None if zone is None else zone.expires_on
        digests = "\n".join(sorted(each.digest for each in request.files))
        return CheckOutcome(
            state=CheckState.PENDING,
            reasons=(Reason(code=reason, staff_detail=zone.format if zone else ""),),
            facts={} if zone is None else _facts(zone, request),
            evidence=Evidence(
                source=SOURCE, at=context.now, digest=hashlib.sha256(digests.encode()).hexdigest()
            ),
            valid_until=ends_on or request.as_of + timedelta(days=self._config.unread_days),
            is_for_people=True,
        )

    def _are_readable(self, files: tuple[EvidenceFile, ...]) -> bool:
        return any(each.name == FRONT for each in files) and all(
            0 < len(each.content) <= self._config.file_bytes_max
            and each.media_type in MEDIA_TYPES
            and each.content.startswith(MEDIA_TYPES[each.media_type])
            and hashlib.sha256(each.content).hexdigest() == each.digest
            for each in files
        )


def _facts(zone: Zone, request: CheckRequest) -> dict[str, str]:
    """What the person who decides confirms with it: no number, no name, no birth date."""
    facts = {"document_kind": zone.document, "document_issuer": zone.issuer}
    if zone.expires_on is not None:
        facts["document_expires_on"] = zone.expires_on.isoformat()
    if zone.born_on is not None and age_on(zone.born_on, request.as_of) >= ADULT_YEARS:
        facts["age_over_18_at"] = request.as_of.isoformat()
    return {name: value for name, value in facts.items() if value}


def _answered(state: CheckState, code: str, *, detail: str = "") -> CheckOutcome:
    return CheckOutcome(state=state, reasons=(Reason(code=code, staff_detail=detail),))
