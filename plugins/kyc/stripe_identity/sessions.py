"""What a verification session says about the member: its states and codes, one table each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Evidence,
    Reason,
)
from plugins.ages import ADULT_YEARS, age_on, is_possible_birth
from plugins.names import Likeness, compared

SOURCE: Final = "stripe_identity"
ADDRESS_START: Final = ("https://", "http://127.0.0.1:")

STATES: Final[Mapping[str, CheckState]] = {
    "requires_input": CheckState.PENDING,  # not begun; with an error it is NEEDS_INPUT
    "processing": CheckState.PENDING,
    "verified": CheckState.VERIFIED,
    "canceled": CheckState.UNCHECKED,
}
CODES: Final = frozenset(
    {
        "abandoned",
        "consent_declined",
        "country_not_supported",
        "device_not_supported",
        "document_expired",
        "document_type_not_supported",
        "document_unverified_other",
        "email_unverified_other",
        "email_verification_declined",
        "id_number_insufficient_document_data",
        "id_number_mismatch",
        "id_number_unverified_other",
        "phone_unverified_other",
        "phone_verification_declined",
        "selfie_document_missing_photo",
        "selfie_face_mismatch",
        "selfie_manipulated",
        "selfie_unverified_other",
        "under_supported_age",
    }
)
"""Why the member must try again, in Stripe's words; any other word is `verification_failed`."""

FOR_PEOPLE: Final = frozenset({"selfie_manipulated", "under_supported_age"})
"""Where another try is no answer."""


class Dob(msgspec.Struct, frozen=True):
    day: int | None = None
    month: int | None = None
    year: int | None = None

    def born_on(self) -> date | None:
        if not (self.day and self.month and self.year):
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


class Outputs(msgspec.Struct, frozen=True):
    first_name: str | None = None
    last_name: str | None = None
    dob: Dob | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip()


class LastError(msgspec.Struct, frozen=True):
    code: str | None = None


class Redaction(msgspec.Struct, frozen=True):
    status: str


class Session(msgspec.Struct, frozen=True):
    """As much as is read; the address and the outputs are in no `repr`."""

    id: str
    status: str
    created: int
    client_reference_id: str | None = None
    url: str | None = None
    last_error: LastError | None = None
    redaction: Redaction | None = None
    last_verification_report: str | None = None
    verified_outputs: Outputs | None = None

    def __repr__(self) -> str:
        return f"Session({self.id}, {self.status})"


class Page(msgspec.Struct, frozen=True):
    data: list[Session]


def outcome_of(session: Session, request: CheckRequest, *, valid_days: int) -> CheckOutcome:
    """Nothing but a session that is verified, of this person, makes a check VERIFIED."""
    if session.redaction is not None:
        return _answered(session, CheckState.UNCHECKED, "redacted")
    state = STATES.get(session.status)
    match state:
        case None:
            return _answered(session, CheckState.PENDING, "status_unknown", for_people=True)
        case CheckState.VERIFIED:
            return _of_verified(session, request, valid_days)
        case CheckState.UNCHECKED:
            return _answered(session, state, "check_cancelled")
        case _ if session.status == "requires_input" and session.last_error is not None:
            return _of_failed(session, session.last_error.code or "")
    return _answered(session, CheckState.PENDING, f"session_{session.status}")


def _of_failed(session: Session, said: str) -> CheckOutcome:
    code = said if said in CODES else "verification_failed"
    if code in FOR_PEOPLE:
        return _answered(session, CheckState.PENDING, code, for_people=True)
    return _answered(session, CheckState.NEEDS_INPUT, code, redirect_url=address_of(session))


def _of_verified(session: Session, request: CheckRequest, valid_days: int) -> CheckOutcome:
    """Stripe says that the document is good; whether it is the member's, we say."""
    outputs = session.verified_outputs or Outputs()
    born_on = outputs.dob.born_on() if outputs.dob is not None else None
    unclear = _unclear(outputs, born_on, request)
    if unclear:
        return _answered(session, CheckState.PENDING, unclear, for_people=True)
    assert born_on is not None
    is_adult = age_on(born_on, request.as_of) >= ADULT_YEARS
    different = _different(outputs, born_on, request)
    if not different and not is_adult and request.kind is CheckKind.AGE:
        different = "under_age"
    if different:
        return _answered(session, CheckState.MISMATCH, different)
    return CheckOutcome(
        state=CheckState.VERIFIED,
        facts={"age_over_18_at": request.as_of.isoformat()} if is_adult else {},
        evidence=evidence_of(session),
        valid_until=request.as_of + timedelta(days=valid_days),
        provider_ref=session.id,
    )


def _unclear(outputs: Outputs, born_on: date | None, request: CheckRequest) -> str:
    """Why a person must look: Stripe was not allowed to tell, or scripts cannot be compared."""
    if not outputs.name or request.subject.name is None:
        return "name_unknown"
    if born_on is None or not is_possible_birth(born_on, request.as_of):
        return "birth_date_unknown"
    is_unclear = compared(outputs.name, request.subject.name) is Likeness.UNCLEAR
    return "name_unclear" if is_unclear and not _is_other_day(born_on, request) else ""


def _different(outputs: Outputs, born_on: date, request: CheckRequest) -> str:
    if _is_other_day(born_on, request):
        return "birth_date_differs"
    is_other = compared(outputs.name, request.subject.name or "") is Likeness.DIFFERENT
    return "name_differs" if is_other else ""


def _is_other_day(born_on: date, request: CheckRequest) -> bool:
    return request.subject.born_on not in (None, born_on)


def evidence_of(session: Session) -> Evidence:
    return Evidence(source=SOURCE, reference=session.last_verification_report or session.id)


def address_of(session: Session) -> str | None:
    url = session.url
    return url if url is not None and url.startswith(ADDRESS_START) else None


def _answered(
    session: Session, state: CheckState, code: str, *, for_people: bool = False, **more: Any
) -> CheckOutcome:
    return CheckOutcome(
        state=state,
        reasons=(Reason(code=code),),
        provider_ref=session.id,
        is_for_people=for_people,
        **more,
    )
