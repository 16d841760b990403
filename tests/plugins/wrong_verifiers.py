"""Verifiers that are wrong in one way each: the suite must see it, else it guards nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import requests
import structlog

from domain.provider import CallContext, FileRefused, Health, HealthStatus, NoAnswer
from domain.provider_news import RawWebhook, VerifiedWebhook
from domain.verification.provider import (
    CheckAnswer,
    CheckFile,
    CheckFileReport,
    CheckOutcome,
    CheckRequest,
    CheckState,
    HostedCheck,
    ListFile,
    ListVersion,
    Verifier,
)
from plugins.conformance.transport import ELSEWHERE
from plugins.conformance.verifier_suite import VerifierSuite
from plugins.kyc.irs_tin.verifier import IrsTin
from plugins.kyc.sanctions.verifier import Sanctions
from plugins.kyc.stripe_identity.verifier import StripeIdentity
from plugins.kyc.vies.verifier import Vies
from tests.plugins.kyc.irs_tin.test_conformance import TestIrsTin
from tests.plugins.kyc.sanctions.test_conformance import TestSanctions
from tests.plugins.kyc.stripe_identity.test_conformance import TestStripeIdentity
from tests.plugins.kyc.vies.test_conformance import TestVies

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Wrong:
    """`case` must fail."""

    case: str
    how: str
    suite: type[VerifierSuite]
    verifier: type[Verifier[Any]]


class BelievesEverybody(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        outcome = await super().check(request, context)
        is_no = outcome.state is CheckState.MISMATCH
        return replace(outcome, state=CheckState.VERIFIED) if is_no else outcome


class VerifiesWithoutEvidence(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        return replace(await super().check(request, context), evidence=None)


class ForgetsAtEachCall(Vies):
    """As a member's state that hangs on how often was asked."""

    calls = 0

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        self.calls += 1
        outcome = await super().check(request, context)
        return replace(outcome, facts={"asked": str(self.calls)})


class BlamesTheMember(Vies):
    """An outage becomes a mismatch."""

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        outcome = await super().check(request, context)
        is_out = outcome.state is CheckState.UNAVAILABLE
        return replace(outcome, state=CheckState.MISMATCH) if is_out else outcome


class ReadsNoAnswerAsYes(Vies):
    """Whatever came back, somebody answered."""

    def _called(self, method: str, path: str, body: dict[str, str] | None) -> Any:
        told = super()._called(method, path, body)
        is_verdict = isinstance(told, dict) and isinstance(told.get("valid"), bool)
        return told if is_verdict else {"valid": True}


class DecidesWhatIsUnclear(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        outcome = await super().check(request, context)
        is_open = outcome.state is CheckState.PENDING
        return CheckOutcome(state=CheckState.MISMATCH) if is_open else outcome


class ReadsTheBirthDate(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        outcome = await super().check(request, context)
        return outcome if request.subject.born_on else replace(outcome, valid_until=None)


class LogsTheNumber(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        number = request.subject.tax_number
        log.info("vies.asked", number=number.number if number is not None else "")
        return await super().check(request, context)


class TellsTheNumberInAnError(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        outcome = await super().check(request, context)
        if outcome.state is CheckState.UNAVAILABLE and request.subject.tax_number is not None:
            raise NoAnswer(f"no answer about {request.subject.tax_number.number}")
        return outcome


class AnswersAnywayAfterTheDeadline(Vies):
    """Its own guess, while the service still thinks."""

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        asking = asyncio.ensure_future(super().check(request, context))
        done, _ = await asyncio.wait({asking}, timeout=0.01)
        return asking.result() if done else CheckOutcome(state=CheckState.MISMATCH)


class TellsOthers(Vies):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        def tell() -> None:
            try:
                requests.get(f"{ELSEWHERE}/seen", timeout=0.2)
            except requests.RequestException:
                return

        await self._env.run_blocking(tell)
        return await super().check(request, context)


class AlwaysWell(Vies):
    async def health(self, context: CallContext) -> Health:  # noqa: ARG002  # the port's
        return Health(status=HealthStatus.OK)


class StartsTwice(StripeIdentity):
    """Never asks whether it has begun, and uses a fresh key each time."""

    starts = 0

    async def start(self, request: CheckRequest, context: CallContext) -> HostedCheck:  # noqa: ARG002  # the port's
        type(self).starts += 1
        session = await self._calls.start(
            lambda sessions: sessions.create(
                self._params(request), options={"idempotency_key": f"try-{self.starts}"}
            )
        )
        return HostedCheck(provider_ref=session.id, redirect_url=str(session.url))


class AnswersForOthers(StripeIdentity):
    """Believes whatever reference it is given."""

    async def look_up(self, request: CheckRequest, context: CallContext) -> CheckOutcome | None:
        if request.provider_ref is None:
            return await super().look_up(request, context)
        session = await self._calls.read(
            lambda sessions: sessions.retrieve(
                request.provider_ref, {"expand": ["verified_outputs", "verified_outputs.dob"]}
            )
        )
        return await super().look_up(
            replace(request, check_ref=session.client_reference_id), context
        )


class AsksEverythingTwice(IrsTin):
    async def render(self, requests_: Sequence[CheckRequest], context: CallContext) -> CheckFile:
        file = await super().render(requests_, context)
        return replace(file, content=file.content + file.content)


class TakesAnyFile(IrsTin):
    """A file of something else answers its first check."""

    async def read_file(self, content: bytes, context: CallContext) -> CheckFileReport:
        try:
            report = await super().read_file(content, context)
        except FileRefused:
            report = CheckFileReport(answers=())
        if report.answers:
            return report
        outcome = CheckOutcome(state=CheckState.PENDING)
        return CheckFileReport(answers=(CheckAnswer(check_ref="CZZ1", outcome=outcome),))


class ClearsWithoutLists(Sanctions):
    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        outcome = await super().check(request, context)
        is_out = outcome.state is CheckState.UNAVAILABLE
        return CheckOutcome(state=CheckState.VERIFIED) if is_out else outcome


class DropsTheListsFirst(Sanctions):
    """A refused file leaves nobody to screen against."""

    async def load(
        self, files: Sequence[ListFile], context: CallContext
    ) -> tuple[ListVersion, ...]:
        self._loaded = None
        return await super().load(files, context)


class PretendsToRedact(StripeIdentity):
    async def redact(self, provider_ref: str, context: CallContext) -> bool:  # noqa: ARG002  # the port's
        return True


class BelievesAnyWebhook(StripeIdentity):
    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:  # noqa: ARG002  # the port's
        return VerifiedWebhook(event_id="evt_1", route=webhook.route, body=webhook.body)


class NeverGivesUp(Vies):
    """Its calls have no end of their own."""

    def _session(self) -> Any:
        session = super()._session()
        session._timeout = None  # noqa: SLF001  # what a plugin must not do
        return session


WRONG: Final = (
    Wrong("V1", "believes everybody", TestVies, BelievesEverybody),
    Wrong("V1", "verifies without evidence", TestVies, VerifiesWithoutEvidence),
    Wrong("V2", "another answer at each call", TestVies, ForgetsAtEachCall),
    Wrong("V3", "blames the member for an outage", TestVies, BlamesTheMember),
    Wrong("V4", "takes garbage for a yes", TestVies, ReadsNoAnswerAsYes),
    Wrong("V5", "decides what is unclear", TestVies, DecidesWhatIsUnclear),
    Wrong("V6", "reads an undeclared field", TestVies, ReadsTheBirthDate),
    Wrong("V7", "logs the number", TestVies, LogsTheNumber),
    Wrong("V7", "tells the number in an error", TestVies, TellsTheNumberInAnError),
    Wrong("V8", "guesses when it takes long", TestVies, AnswersAnywayAfterTheDeadline),
    Wrong("V8", "waits for ever", TestVies, NeverGivesUp),
    Wrong("V9", "tells others", TestVies, TellsOthers),
    Wrong("V10", "is always well", TestVies, AlwaysWell),
    Wrong("V11", "starts twice", TestStripeIdentity, StartsTwice),
    Wrong("V11", "answers for others", TestStripeIdentity, AnswersForOthers),
    Wrong("V12", "asks everything twice", TestIrsTin, AsksEverythingTwice),
    Wrong("V12", "takes any file", TestIrsTin, TakesAnyFile),
    Wrong("V13", "clears without lists", TestSanctions, ClearsWithoutLists),
    Wrong("V13", "drops the lists first", TestSanctions, DropsTheListsFirst),
    Wrong("V14", "pretends to redact", TestStripeIdentity, PretendsToRedact),
    Wrong("V15", "believes any webhook", TestStripeIdentity, BelievesAnyWebhook),
)
