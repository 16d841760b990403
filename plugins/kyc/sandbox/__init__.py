"""The verifier of the demo marketplace and of tests: it asks nobody and proves nothing.

What it answers, the member's name says: see `docs/operating/verification.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from domain.provider import (
    API_VERSION,
    CallContext,
    Health,
    HealthStatus,
    NoAnswer,
    ProviderEnv,
)
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Evidence,
    ListHit,
    ListVersion,
    Reason,
    SubjectField,
    Verifier,
    VerifierManifest,
)

CODE: Final = "000000"
AGE_MIN: Final = 18
CODE_FORM: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {"code": {"type": "string", "title": "Code", "pattern": r"^[0-9]{6}\Z"}},
    "required": ["code"],
    "additionalProperties": False,
}
LIST: Final = ListVersion(
    list_id="sandbox", digest="0" * 64, published_on=date(2026, 1, 1), entry_count=1
)
# A word of the name, in any case, and what it leads to.
SCENARIOS: Final[Mapping[str, CheckState]] = {
    "mismatch": CheckState.MISMATCH,
    "pending": CheckState.PENDING,
    "hit": CheckState.HIT,
}
AWAY: Final = "away"


class SandboxChecksConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Nothing can be set."""


def _needs(*fields: SubjectField, form: Mapping[str, object] | None = None) -> CheckNeeds:
    return CheckNeeds(fields=frozenset({SubjectField.NAME, *fields}), form=form)


class SandboxVerifier(Verifier[SandboxChecksConfig]):
    manifest = VerifierManifest(
        id="sandbox",
        version="1",
        api_version=API_VERSION,
        kinds={
            CheckKind.EMAIL: _needs(SubjectField.EMAIL, form=CODE_FORM),
            CheckKind.PHONE: _needs(SubjectField.PHONE, form=CODE_FORM),
            CheckKind.AGE: _needs(SubjectField.BORN_ON),
            CheckKind.DOCUMENT: _needs(SubjectField.BORN_ON),
            CheckKind.SELFIE: _needs(),
            CheckKind.TAX_ID_FORMAT: _needs(SubjectField.TAX_NUMBER),
            CheckKind.TAX_ID_ISSUED: _needs(SubjectField.TAX_NUMBER),
            CheckKind.VAT_ACTIVE: _needs(SubjectField.TAX_NUMBER),
            CheckKind.SANCTIONS: _needs(),
            CheckKind.HOLDER_NAME: _needs(),
        },
        countries=frozenset(),
        call_deadline=timedelta(seconds=5),
        concurrency=4,
        is_sandbox=True,
    )
    config_type = SandboxChecksConfig

    async def open(self, env: ProviderEnv[SandboxChecksConfig]) -> None:
        pass

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK)

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        words = (request.subject.name or "").casefold().split()
        if AWAY in words:
            raise NoAnswer("the scenario says so")
        if request.kind in (CheckKind.EMAIL, CheckKind.PHONE):
            return _code(request)
        state = next((state for word, state in SCENARIOS.items() if word in words), None)
        if state is CheckState.HIT:
            return _screened(request, is_hit=request.kind is CheckKind.SANCTIONS)
        if state is CheckState.PENDING:
            reason = Reason(code="name_not_comparable")
            return CheckOutcome(state=state, reasons=(reason,), is_for_people=True)
        if state is CheckState.MISMATCH or _is_too_young(request):
            code = "under_age" if state is None else "name_differs"
            return CheckOutcome(state=CheckState.MISMATCH, reasons=(Reason(code=code),))
        return _screened(request, is_hit=False)


def _code(request: CheckRequest) -> CheckOutcome:
    given = request.given.get("code")
    if given == CODE:
        return CheckOutcome(state=CheckState.VERIFIED, evidence=Evidence(source="sandbox"))
    code = "code_sent" if given is None else "code_wrong"
    return CheckOutcome(state=CheckState.NEEDS_INPUT, reasons=(Reason(code=code),))


def _is_too_young(request: CheckRequest) -> bool:
    if request.kind is not CheckKind.AGE:
        return False  # a field that the check does not need is not read
    born_on = request.subject.born_on
    if born_on is None:
        return False
    today = request.as_of
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday) < AGE_MIN


def _screened(request: CheckRequest, *, is_hit: bool) -> CheckOutcome:
    evidence = Evidence(source="sandbox", reference=request.check_ref)
    lists = (LIST,) if request.kind is CheckKind.SANCTIONS else ()
    if is_hit:
        hit = ListHit(
            list_id=LIST.list_id,
            entry_id="1",
            entry_digest="1" * 64,
            score=97,
            name=request.subject.name or "",
        )
        return CheckOutcome(
            state=CheckState.HIT,
            reasons=(Reason(code="listed_name"),),
            hits=(hit,),
            lists=lists,
            evidence=evidence,
        )
    is_format = request.kind is CheckKind.TAX_ID_FORMAT
    state = CheckState.FORMAT_OK if is_format else CheckState.VERIFIED
    return CheckOutcome(state=state, lists=lists, evidence=evidence)
