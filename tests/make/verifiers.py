"""A verifier that does what a test tells it, behind the guard that all verifiers have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.provider import API_VERSION, CallContext, Health, HealthStatus, ProviderEnv
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    EvidenceFile,
    HostedCheck,
    StartsHostedChecks,
    Subject,
    SubjectField,
    TaxNumber,
    Verifier,
    VerifierManifest,
)
from plugins.guarded_verifier import GuardedVerifier
from tests.make.providers import Ticks

VERIFIER = VerifierManifest(
    id="told",
    version="1",
    api_version=API_VERSION,
    kinds={
        CheckKind.TAX_ID_ISSUED: CheckNeeds(
            fields=frozenset({SubjectField.NAME, SubjectField.TAX_NUMBER}),
            fields_if_known=frozenset({SubjectField.COUNTRY}),
        ),
        CheckKind.TAX_ID_FORMAT: CheckNeeds(fields=frozenset({SubjectField.TAX_NUMBER})),
        CheckKind.DOCUMENT: CheckNeeds(fields=frozenset({SubjectField.NAME}), files=("front",)),
    },
    countries=frozenset(),
    call_deadline=timedelta(seconds=5),
    concurrency=2,
)
ADA = Subject(
    name="Ada Lovelace",
    born_on=date(1990, 12, 10),
    country="US",
    email="ada@example.com",
    phone="+12025550100",
    tax_number=TaxNumber(country="US", kind="ssn", number="536228726"),
)
Script = Callable[[CheckRequest], Awaitable[Any]]


@dataclass
class ToldVerifier(Verifier[Any]):
    """`script` answers or raises; what it was asked is kept."""

    script: Script
    manifest: VerifierManifest = VERIFIER  # type: ignore[misc]  # each test its own
    asked: list[CheckRequest] = field(default_factory=list)
    config_type = dict

    async def open(self, env: ProviderEnv[Any]) -> None:
        assert env.instance_id

    async def health(self, context: CallContext) -> Health:
        assert context.correlation_id
        return Health(status=HealthStatus.OK)

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        assert context.deadline > context.slot_deadline
        self.asked.append(request)
        outcome: CheckOutcome = await self.script(request)
        return outcome


@dataclass
class HostedVerifier(ToldVerifier, StartsHostedChecks):
    """Starts by `opening`; a look-up answers by `script`."""

    opening: Script | None = None

    async def start(self, request: CheckRequest, context: CallContext) -> HostedCheck:
        assert self.opening is not None
        assert context.deadline > context.slot_deadline
        self.asked.append(request)
        started: HostedCheck = await self.opening(request)
        return started

    async def look_up(self, request: CheckRequest, context: CallContext) -> CheckOutcome | None:
        return await self.check(request, context)


def answering(outcome: CheckOutcome | CheckState | BaseException) -> Script:
    async def answer(_: CheckRequest) -> CheckOutcome:
        if isinstance(outcome, BaseException):
            raise outcome
        return CheckOutcome(state=outcome) if isinstance(outcome, CheckState) else outcome

    return answer


def guarded_verifier(verifier: Verifier[Any], *, instance_id: str = "told") -> GuardedVerifier:
    return GuardedVerifier(
        verifier, instance_id=instance_id, in_transaction=lambda: False, seconds=Ticks()
    )


def request_of(kind: CheckKind = CheckKind.TAX_ID_ISSUED, **changes: Any) -> CheckRequest:
    told: dict[str, Any] = {
        "check_ref": "CZZ123456789012",
        "kind": kind,
        "subject": ADA,
        "as_of": date(2026, 11, 22),
        "given": {"line": "typed"},
        "files": (
            EvidenceFile(name="front", media_type="image/png", digest="00", content=b"front"),
            EvidenceFile(name="secret", media_type="image/png", digest="00", content=b"other"),
        ),
    }
    return CheckRequest(**{**told, **changes})
