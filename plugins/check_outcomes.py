"""What a verifier is told, and what it may answer: held for every verifier by its guard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from re import fullmatch
from typing import Final

from domain.provider import PluginBug
from domain.verification.provider import (
    CheckAnswer,
    CheckKind,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Reason,
    VerifierManifest,
)
from plugins.guard import refuse_foreign

CODE: Final = r"[a-z][a-z0-9_]{0,59}"
ADDRESS: Final = r"(https://|http://127\.0\.0\.1[:/])\S{1,2000}"
FACTS_MAX: Final = 20
FACT_LENGTH_MAX: Final = 200
REASONS_MAX: Final = 20
DETAIL_LENGTH_MAX: Final = 500
DATED: Final = frozenset({CheckState.VERIFIED, CheckState.FORMAT_OK})


def told(manifest: VerifierManifest, request: CheckRequest) -> CheckRequest:
    """Only what the manifest declares for this kind of check leaves the house."""
    needs = manifest.kinds[request.kind]
    names = set(needs.files)
    return replace(
        request,
        subject=needs.told(request.subject),
        files=tuple(each for each in request.files if each.name in names),
        given=request.given if needs.form is not None else {},
    )


def refuse_outcome(request: CheckRequest, outcome: CheckOutcome | None) -> None:
    """An outcome that says two things at once says nothing."""
    if outcome is None:
        return
    broken = {
        "a verifier does not let checks expire": outcome.state is CheckState.EXPIRED,
        "a well-formed number is not verified": request.kind is CheckKind.TAX_ID_FORMAT
        and outcome.state is CheckState.VERIFIED,
        "hits and the state HIT belong together": bool(outcome.hits)
        is not (outcome.state is CheckState.HIT),
        "only what holds has an end": outcome.valid_until is not None
        and not (outcome.state in DATED or (outcome.is_for_people and not outcome.hits)),
        "a fact that is none": not _are_facts(outcome.facts),
        "a reason that is none": len(outcome.reasons) > REASONS_MAX
        or not all(map(_is_reason, outcome.reasons)),
    }
    for what, is_broken in broken.items():
        if is_broken:
            raise PluginBug(what)
    if outcome.redirect_url is not None:
        refuse_address(outcome.redirect_url)


def refuse_answers(requests: Sequence[CheckRequest], answers: Sequence[CheckAnswer]) -> None:
    by_ref = {each.check_ref: each for each in requests}
    refuse_foreign(
        set(by_ref), answered=[each.check_ref for each in answers], what="the list of answers"
    )
    for each in answers:
        refuse_outcome(by_ref[each.check_ref], each.outcome)


def refuse_address(address: str) -> None:
    if fullmatch(ADDRESS, address) is None:
        raise PluginBug("an address that no member is sent to")


def _are_facts(facts: Mapping[str, str]) -> bool:
    return len(facts) <= FACTS_MAX and all(
        fullmatch(CODE, name) is not None and len(value) <= FACT_LENGTH_MAX and "\0" not in value
        for name, value in facts.items()
    )


def _is_reason(reason: Reason) -> bool:
    return (
        fullmatch(CODE, reason.code) is not None
        and len(reason.staff_detail) <= DETAIL_LENGTH_MAX
        and "\0" not in reason.staff_detail
    )
