"""Asks VIES whether a VAT number is active. The consultation number is the proof, and is kept."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import requests

from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    Health,
    HealthStatus,
    NoAnswer,
    ProviderEnv,
    ProviderError,
    Unsupported,
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
from plugins.eu_vat import COUNTRIES, PREFIXES, prefix_of
from plugins.http import json_of, raise_for_answer, raise_for_failure
from plugins.kyc.vies.answers import Busy, Said, said_of
from plugins.kyc.vies.settings import HOSTS, VERSION, ViesConfig
from plugins.names import Likeness, compared

SOURCE: Final = "vies"
API: Final = "/taxation_customs/vies/rest-api"
KEPT_MAX: Final = 10_000  # answers in memory
SEPARATORS: Final = frozenset(" .-/,")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    outcome: CheckOutcome
    until: datetime


class Vies(Verifier[ViesConfig]):
    manifest: ClassVar[VerifierManifest] = VerifierManifest(
        id="vies",
        version=VERSION,
        api_version=API_VERSION,
        kinds={
            CheckKind.VAT_ACTIVE: CheckNeeds(
                fields=frozenset({SubjectField.TAX_NUMBER}),
                fields_if_known=frozenset({SubjectField.NAME}),
            )
        },
        countries=COUNTRIES,
        call_deadline=timedelta(seconds=60),
        concurrency=8,
        look_up_delays=tuple(timedelta(minutes=each) for each in (5, 20, 60, 240)),
        hosts=HOSTS,
    )
    config_type: ClassVar[type] = ViesConfig
    _env: ProviderEnv[ViesConfig]

    async def open(self, env: ProviderEnv[ViesConfig]) -> None:
        config = env.config
        if bool(config.own_prefix) != bool(config.own_number):
            raise ConfigError("own_prefix and own_number go together")
        if config.own_prefix and config.own_prefix not in PREFIXES:
            raise ConfigError("own_prefix is none of VIES: Greece is EL there")
        if not config.policies:
            raise ConfigError("at least one row of policies")
        self._env = env
        self._local = threading.local()
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(config.per_country)
        )
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def health(self, context: CallContext) -> Health:
        """Their own page of what answers; it asks no member state."""
        try:
            told = await self._env.run_blocking(lambda: self._called("GET", "/check-status", None))
        except ProviderError:
            return Health(status=HealthStatus.DOWN)
        service = told.get("vow") if isinstance(told, dict) else None
        is_there = isinstance(service, dict) and service.get("available") is True
        return Health(status=HealthStatus.OK if is_there else HealthStatus.DEGRADED)

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        number = request.subject.tax_number
        if number is None:
            return _answered(CheckState.NEEDS_INPUT, "vat_number_needed")
        prefix, plain = split_number(country=number.country, number=number.number)
        if prefix not in PREFIXES:
            raise Unsupported(f"VIES does not serve {number.country}")
        if not plain.isascii() or not plain.isalnum():
            return _answered(CheckState.MISMATCH, "vat_number_malformed")
        key = hashlib.sha256(f"{prefix} {plain}".encode()).hexdigest()
        kept = self._kept.get(key)
        if kept is not None and context.now < kept.until:
            return _compared(kept.outcome, request)
        try:
            async with self._places[prefix]:
                outcome = await self._asked(request, prefix, plain, context)
        except NoAnswer as error:
            return _answered(CheckState.UNAVAILABLE, "vies_unavailable", detail=str(error))
        self._keep(key, outcome, context)
        return _compared(outcome, request)

    async def close(self) -> None:
        self._kept.clear()

    async def _asked(
        self, request: CheckRequest, prefix: str, plain: str, context: CallContext
    ) -> CheckOutcome:
        """Asks again while too many ask; the delays differ from check to check."""
        delays = self._env.config.retry_delays
        for attempt, delay in enumerate((*delays, None)):
            try:
                return await self._once(request, prefix, plain, context)
            except Busy:
                if delay is None or not await _waited(request.check_ref, attempt, delay, context):
                    raise
        raise NoAnswer("no try left")

    async def _once(
        self, request: CheckRequest, prefix: str, plain: str, context: CallContext
    ) -> CheckOutcome:
        config = self._env.config
        body = {"countryCode": prefix, "vatNumber": plain}
        if config.own_number:
            body["requesterMemberStateCode"] = config.own_prefix
            body["requesterNumber"] = config.own_number
        where = "/check-vat-test-service" if config.is_test_service else "/check-vat-number"
        told = await self._env.run_blocking(lambda: self._called("POST", where, body))
        return self._read(said_of(told), told, request, context)

    def _read(
        self, said: Said, told: object, request: CheckRequest, context: CallContext
    ) -> CheckOutcome:
        days = self._env.config.policy(request.as_of).proof_days
        is_active = said.state is CheckState.VERIFIED
        return CheckOutcome(
            state=said.state,
            reasons=() if is_active else (Reason(code=said.code),),
            facts={"registered_name": said.name[:200]} if is_active and said.name else {},
            evidence=Evidence(
                source=SOURCE,
                reference=said.consultation,
                at=context.now,
                digest=hashlib.sha256(repr(told).encode()).hexdigest(),
            ),
            valid_until=request.as_of + timedelta(days=days) if is_active else None,
        )

    def _keep(self, key: str, outcome: CheckOutcome, context: CallContext) -> None:
        """Only what they confirmed; an answer of no may be mended within the hour."""
        if outcome.state is not CheckState.VERIFIED:
            return
        hours = self._env.config.policy(context.now.date()).cache_hours
        self._kept[key] = _Kept(outcome=outcome, until=context.now + timedelta(hours=hours))
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    def _called(self, method: str, path: str, body: dict[str, str] | None) -> Any:
        """Errors leave without the answer's text and without the number that was asked for."""
        try:
            response = self._session().request(
                method, f"{self._env.config.endpoint}{API}{path}", json=body
            )
        except requests.RequestException as error:
            failed = error
        else:
            return _content(response)
        try:
            raise_for_failure(failed)
        except ProviderError as error:
            raise NoAnswer(str(error)) from None

    def _session(self) -> Any:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._env.http.new()
        return session


def split_number(*, country: str, number: str) -> tuple[str, str]:
    """The prefix as VIES writes it, and the number without it."""
    prefix = prefix_of(country)
    plain = "".join(each for each in number.upper() if each not in SEPARATORS)
    return prefix, plain.removeprefix(prefix)


def _content(response: requests.Response) -> Any:
    """Their errors come with 200 and with 4xx; a status without a word of theirs says nothing."""
    try:
        told = json_of(response)
    except ProviderError:
        told = None
    if isinstance(told, dict) and ("errorWrappers" in told or response.ok):
        return told
    try:
        raise_for_answer(response)
    except ProviderError as error:
        raise NoAnswer(str(error)) from None
    raise NoAnswer("an answer that is no JSON")


async def _waited(check_ref: str, attempt: int, delay: float, context: CallContext) -> bool:
    """False when the call would be given up meanwhile. Spread by the check's own reference."""
    digest = hashlib.sha256(f"{check_ref}:{attempt}".encode()).digest()
    seconds = delay * (1 + digest[0] / 512)
    if asyncio.get_running_loop().time() + seconds >= context.deadline:
        return False
    await asyncio.sleep(seconds)
    return True


def _compared(outcome: CheckOutcome, request: CheckRequest) -> CheckOutcome:
    """The name they have, where they give one, against the member's: a difference is for people."""
    theirs, ours = outcome.facts.get("registered_name"), request.subject.name
    if outcome.state is not CheckState.VERIFIED or not theirs or not ours:
        return outcome
    if compared(theirs, ours) is not Likeness.DIFFERENT:
        return outcome
    return CheckOutcome(
        state=CheckState.PENDING,
        reasons=(Reason(code="name_differs"),),
        facts=outcome.facts,
        evidence=outcome.evidence,
        valid_until=outcome.valid_until,
        is_for_people=True,
    )


def _answered(state: CheckState, code: str, *, detail: str = "") -> CheckOutcome:
    return CheckOutcome(state=state, reasons=(Reason(code=code, staff_detail=detail),))
