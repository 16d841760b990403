"""Answers whether a tax number is well-formed. Nobody is asked, so it is never VERIFIED."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import ClassVar, Final

from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    Health,
    HealthStatus,
    ProviderEnv,
)
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Evidence,
    Reason,
    SubjectField,
    Verifier,
    VerifierManifest,
)
from plugins.kyc.tax_ids.formats import Fit, FormatResult, check_format, load_library
from plugins.kyc.tax_ids.patterns import PatternTable
from plugins.kyc.tax_ids.settings import VERSION, TaxIdsConfig

SOURCE: Final = "tax_ids"


class TaxIds(Verifier[TaxIdsConfig]):
    manifest: ClassVar[VerifierManifest] = VerifierManifest(
        id="tax_ids",
        version=VERSION,
        api_version=API_VERSION,
        kinds={CheckKind.TAX_ID_FORMAT: CheckNeeds(fields=frozenset({SubjectField.TAX_NUMBER}))},
        countries=frozenset(),
        call_deadline=timedelta(seconds=5),
        concurrency=4,
    )
    config_type: ClassVar[type] = TaxIdsConfig
    _patterns: PatternTable

    async def open(self, env: ProviderEnv[TaxIdsConfig]) -> None:
        try:
            for each in env.config.patterns:
                re.compile(each.pattern)
        except re.error as error:
            raise ConfigError("a pattern that is no regular expression") from error
        self._patterns = env.config.table()
        await env.run_blocking(load_library)

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK)

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        number = request.subject.tax_number
        if number is None:
            return _outcome(CheckState.NEEDS_INPUT, "tax_number_needed")
        found = check_format(
            country=number.country,
            kind=number.kind,
            number=number.number,
            on=request.as_of,
            patterns=self._patterns,
        )
        match found.fit:
            case Fit.FITS:
                return _fits(found, context)
            case Fit.WRONG:
                return _outcome(CheckState.MISMATCH, "tax_number_malformed", by=found.by)
            case Fit.KIND_NEEDED:
                return _outcome(CheckState.NEEDS_INPUT, "tax_number_kind_needed")
            case Fit.NO_RULE:  # nothing that the member could do again would help
                reasons = (Reason(code="tax_number_rule_unknown"),)
                return CheckOutcome(state=CheckState.PENDING, reasons=reasons, is_for_people=True)


def _fits(found: FormatResult, context: CallContext) -> CheckOutcome:
    reasons = (
        ()
        if found.is_rule_verified
        else (Reason(code="pattern_unverified", staff_detail=found.by),)
    )
    return CheckOutcome(
        state=CheckState.FORMAT_OK,
        reasons=reasons,
        facts={"tax_number_kind": found.kind} if found.kind else {},
        evidence=Evidence(source=SOURCE, reference=found.by, at=context.now),
    )


def _outcome(state: CheckState, code: str, *, by: str = "") -> CheckOutcome:
    return CheckOutcome(state=state, reasons=(Reason(code=code, staff_detail=by),))
