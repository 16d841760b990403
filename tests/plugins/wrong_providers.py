"""Providers that are wrong in one way each: the suite must see it, else it guards nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import requests
import structlog
from piecerate_acme.provider import AcmePayouts
from piecerate_acme.settings import AcmeConfig
from piecerate_acme.webhooks import verify

from domain.money import minor_step
from piecerate.plugin import (
    AuthError,
    CallContext,
    Destination,
    DuplicateRef,
    FieldProblem,
    Health,
    HealthStatus,
    LookupAnswer,
    NotSent,
    Observation,
    ObservedState,
    OutcomeUnknown,
    PayoutBatch,
    PayoutItem,
    ProviderEnv,
    ProviderError,
    ProviderEvent,
    Quote,
    QuoteRequest,
    RateLimited,
    RawWebhook,
    SendOutcome,
    StatementPage,
    VerifiedWebhook,
    raise_for_failure,
)
from plugins.conformance.transport import ELSEWHERE

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Wrong:
    """`case` must fail; `also` may, since the same mistake shows there too."""

    case: str
    how: str
    provider: type[AcmePayouts]
    also: frozenset[str] = frozenset()


def _renamed(batch: PayoutBatch, suffix: str) -> PayoutBatch:
    return replace(batch, batch_ref=batch.batch_ref + suffix)


class PaysNobodyTwice(AcmePayouts):
    """Forgets the last one of several."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        items = batch.items[: max(1, len(batch.items) - 1)]
        return await super().send(replace(batch, items=items), context)


class AlwaysUnknown(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except NotSent as error:
            raise OutcomeUnknown("to be safe") from error


class NeverUnknown(AcmePayouts):
    """No answer, so nothing was sent: the classical mistake."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except OutcomeUnknown as error:
            if isinstance(error.__cause__, requests.exceptions.ReadTimeout):
                raise NotSent("no answer") from error
            raise


class BelievesHtml(AcmePayouts):
    """A 200 is a 200."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except OutcomeUnknown as error:
            if "JSON" in str(error):
                said = (
                    Observation(item_ref=each.item_ref, state=ObservedState.ACCEPTED)
                    for each in batch.items
                )
                return SendOutcome(items=tuple(said))
            raise


class Retries500(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except OutcomeUnknown as error:
            if "HTTP 5" in str(error):
                raise NotSent("the server is ill") from error
            raise


class Impatient(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except RateLimited as error:
            raise RateLimited("too fast", retry_after_seconds=0.1) from error


class Stubborn(AcmePayouts):
    """Asks again and again with the wrong key."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        for _ in range(5):
            try:
                return await super().send(batch, context)
            except AuthError as error:
                last = error
        raise last


class Follows(AcmePayouts):
    """Goes where it is sent."""

    def _ask(self, method: str, path: str, body: object) -> requests.Response:
        answer = super()._ask(method, path, body)
        if "Location" in answer.headers:
            return self._session().request(method, answer.headers["Location"], json=body)
        return answer


class NewReferenceEachTime(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        suffix = "" if context.send_no == 1 else str(context.send_no)
        return await super().send(_renamed(batch, suffix), context)


class HidesConflicts(AcmePayouts):
    """The reference is known, so all is well."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except DuplicateRef:
            said = (
                Observation(
                    item_ref=each.item_ref, state=ObservedState.ACCEPTED, amount=each.amount
                )
                for each in batch.items
            )
            return SendOutcome(items=tuple(said))


class FillsGaps(AcmePayouts):
    """Who is not named has the state of the others."""

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        if not answer.found:
            return answer
        said = {each.item_ref: each for each in answer.found}
        found = tuple(
            said.get(each.item_ref) or replace(answer.found[0], item_ref=each.item_ref)
            for each in batch.items
        )
        return LookupAnswer(found=found, missing=())


class Remembers(AcmePayouts):
    """Finds only what this very process has sent, and heard of."""

    async def open(self, env: ProviderEnv[AcmeConfig]) -> None:
        await super().open(env)
        self._sent: set[str] = set()

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        outcome = await super().send(batch, context)
        self._sent.add(batch.batch_ref)
        return outcome

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        if batch.batch_ref not in self._sent:
            return LookupAnswer(found=(), missing=tuple(e.item_ref for e in batch.items))
        return await super().look_up(batch, context)


class Guesses(AcmePayouts):
    """A status that nobody knows is a refusal."""

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        found = tuple(replace(e, state=e.state or ObservedState.FAILED) for e in answer.found)
        return replace(answer, found=found)


class PaysInLookUps(AcmePayouts):
    """Makes sure that it is paid, while it is only asked."""

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        await self.send(_renamed(batch, "again"), context)
        return answer


class NoTimeCheck(AcmePayouts):
    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        parts = dict(
            p.split("=", 1) for p in webhook.headers.get("acme-signature", "t=0").split(",")
        )
        then = datetime.fromtimestamp(int(parts["t"]), context.now.tzinfo)
        return await super().verify_webhook(replace(webhook, received_at=then), context)


class NoSignatureCheck(AcmePayouts):
    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:  # noqa: ARG002  # by the port
        return VerifiedWebhook(event_id="e1", route=webhook.route, body=webhook.body)


class NoRotation(AcmePayouts):
    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:  # noqa: ARG002  # by the port
        return verify(webhook, secrets=[self._env.secrets.text("webhook_secret")])


class KnowsAllNews(AcmePayouts):
    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        body = webhook.body.replace(b"never.seen.before", b"payment.changed")
        return super().read_webhook(replace(webhook, body=body))


class CountsBackwards(AcmePayouts):
    """What came back is told below zero."""

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        return replace(answer, found=tuple(self._turned(each) for each in answer.found))

    def _turned(self, said: Observation) -> Observation:
        is_back = said.state is ObservedState.RETURNED and said.amount is not None
        return replace(said, amount=-said.amount) if is_back and said.amount else said


class DeafAfterNews(AcmePayouts):
    """Once it has heard a webhook it thinks that it has told everything."""

    _heard = False

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        self._heard = True
        return super().read_webhook(webhook)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        if self._heard:
            return LookupAnswer(found=(), missing=())
        return await super().look_up(batch, context)


class WaitsForNews(AcmePayouts):
    """Believes "done" only when a webhook has said so."""

    _heard = False

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        self._heard = True
        return super().read_webhook(webhook)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        if self._heard:
            return answer
        found = tuple(
            replace(e, state=ObservedState.PENDING) if e.state is ObservedState.PAID else e
            for e in answer.found
        )
        return replace(answer, found=found)


class EchoesOurAmount(AcmePayouts):
    """Says what we asked for instead of what was moved."""

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        ours = {each.item_ref: each.amount for each in batch.items}
        return replace(
            answer, found=tuple(replace(e, amount=ours[e.item_ref]) for e in answer.found)
        )


class OncePaidAlwaysPaid(AcmePayouts):
    async def open(self, env: ProviderEnv[AcmeConfig]) -> None:
        await super().open(env)
        self._paid: set[str] = set()

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        self._paid |= {e.item_ref for e in answer.found if e.state is ObservedState.PAID}
        found = tuple(
            replace(e, state=ObservedState.PAID) if e.item_ref in self._paid else e
            for e in answer.found
        )
        return replace(answer, found=found)


class TellsItsKey(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except OutcomeUnknown as error:
            key = self._env.secrets.text("api_key")
            raise OutcomeUnknown(f"no answer with {key}") from error


class LogsPhones(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        log.info("acme.send", to=[dict(each.destination.fields) for each in batch.items])
        return await super().send(batch, context)


class Uncancellable(AcmePayouts):
    """Makes an answer up for a job that was stopped."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        try:
            return await super().send(batch, context)
        except asyncio.CancelledError:
            return SendOutcome(items=())


class Unbounded(AcmePayouts):
    """Goes around the guarded session, which would set a time-out."""

    def _ask(self, method: str, path: str, body: object) -> requests.Response:
        url = f"{self._env.config.endpoint}{path}"
        try:
            return requests.Session.request(
                self._session(), method, url, json=body, allow_redirects=False
            )
        except requests.RequestException as error:
            raise_for_failure(error)


class ByTheDay(AcmePayouts):
    """The day is part of its key."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        day = self._env.clock().date()
        is_first = batch.first_sent_at is None or batch.first_sent_at.date() == day
        given = context.now.date()
        self._first = getattr(self, "_first", given)
        suffix = "" if is_first and given == self._first else str(day)
        return await super().send(_renamed(batch, suffix), context)


class ByTheProcess(AcmePayouts):
    """The name of the process is part of its key."""

    def _mine(self, batch: PayoutBatch) -> PayoutBatch:
        return _renamed(batch, self._env.instance_id)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        return await super().send(self._mine(batch), context)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        return await super().look_up(self._mine(batch), context)


class ByTheStart(AcmePayouts):
    """Each start of a process has a key of its own."""

    async def open(self, env: ProviderEnv[AcmeConfig]) -> None:
        await super().open(env)
        self._start = uuid4().hex[:8]

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        return await super().send(_renamed(batch, self._start), context)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        return await super().look_up(_renamed(batch, self._start), context)


class Rounds(AcmePayouts):
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        items = tuple(replace(each, amount=self._rounded(each)) for each in batch.items)
        return await super().send(replace(batch, items=items), context)

    def _rounded(self, item: PayoutItem) -> Any:
        step = minor_step(self.manifest.currencies[item.amount.currency].exponent)
        return replace(item.amount, micros=item.amount.micros // step * step)


class TwoDecimalsEverywhere(AcmePayouts):
    """Pays a hundredth of every yen, and ten times of every dinar."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        items = tuple(replace(each, amount=self._wrong(each)) for each in batch.items)
        return await super().send(replace(batch, items=items), context)

    def _wrong(self, item: PayoutItem) -> Any:
        if self.manifest.currencies[item.amount.currency].exponent == 2:
            return item.amount
        return replace(item.amount, micros=item.amount.micros * 10)


class QuotesTooMuch(AcmePayouts):
    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        quote = await super().quote(request, context)
        return replace(quote, payable=request.amount)


class AlwaysWell(AcmePayouts):
    async def health(self, context: CallContext) -> Health:
        try:
            return await super().health(context)
        except ProviderError:
            return Health(status=HealthStatus.OK)


class ForgetsItsPast(AcmePayouts):
    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await super().look_up(batch, context)
        if any("legacy" in each.provider_state for each in batch.items):
            return LookupAnswer(found=(), missing=tuple(e.item_ref for e in batch.items))
        return answer


class TellsStatementsAgain(AcmePayouts):
    async def statement(
        self,
        cursor: str | None,  # noqa: ARG002  # by the port
        until: datetime,
        context: CallContext,
    ) -> AsyncIterator[StatementPage]:
        async for page in super().statement(None, until, context):
            yield page


class CorrectsStatements(AcmePayouts):
    """Tells what ought to stand there."""

    async def open(self, env: ProviderEnv[AcmeConfig]) -> None:
        await super().open(env)
        self._ours: dict[str | None, Any] = {}

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        self._ours |= {each.item_ref: -each.amount for each in batch.items}
        return await super().send(batch, context)

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        async for page in super().statement(cursor, until, context):
            lines = tuple(
                replace(each, amount=self._ours.get(each.item_ref, each.amount))
                for each in page.lines
            )
            yield replace(page, lines=lines)


class TakesAnyPhone(AcmePayouts):
    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:  # noqa: ARG002  # by the port
        return ()


class Chatty(AcmePayouts):
    """Tells somebody else, with a client of its own."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        await self._env.run_blocking(_call_elsewhere)
        return await super().send(batch, context)


class FollowsLinks(AcmePayouts):
    def _ask(self, method: str, path: str, body: object) -> requests.Response:
        answer = super()._ask(method, path, body)
        is_read = "json" in answer.headers.get("Content-Type", "") and method == "GET"
        if answer.ok and is_read and "/batches/" in path:
            for link in _links(answer.json()):
                _call(link)
        return answer


def _links(told: Mapping[str, Any]) -> Sequence[str]:
    return [str(each["link"]) for each in told.get("payments", ()) if "link" in each]


def _call_elsewhere() -> None:
    _call(ELSEWHERE)


def _call(url: str) -> None:
    try:
        requests.get(url, timeout=0.2)
    except requests.RequestException:
        log.debug("acme.nobody.there")


def _set(*cases: str) -> frozenset[str]:
    return frozenset(cases)


SHOWS_EVERYWHERE: Final = frozenset(
    f"C{number}" for number in (1, 3, 7, 9, 10, 16, 17, 18, 20, 23, 24, 25, 26)
)
WRONG: Final = (
    Wrong("C1", "forgets the last one", PaysNobodyTwice, _set("C11")),
    Wrong("C2", "is never certain", AlwaysUnknown),
    Wrong("C3", "takes silence for a no", NeverUnknown, _set("C13", "C16")),
    Wrong("C4", "believes any 200", BelievesHtml),
    Wrong("C5", "takes 5xx for a no", Retries500),
    Wrong("C6", "does not wait", Impatient),
    Wrong("C7", "does not give up", Stubborn),
    Wrong("C8", "follows redirects", Follows, _set("C32")),
    Wrong("C9", "has a new key each time", NewReferenceEachTime, _set("C10")),
    Wrong("C10", "hides conflicts", HidesConflicts),
    Wrong("C11", "fills gaps", FillsGaps),
    Wrong("C12", "finds only its own", Remembers, _set("C3", "C13", "C16", "C25")),
    Wrong("C12", "guesses", Guesses, _set("C15")),
    Wrong(
        "C13",
        "pays in look-ups",
        PaysInLookUps,
        _set(
            *["C1", "C3", "C7", "C9", "C10", "C16", "C17", "C18", "C20", "C23", "C24", "C25", "C26"]
        ),
    ),
    Wrong("C14", "takes old ones", NoTimeCheck),
    Wrong("C14", "takes unsigned ones", NoSignatureCheck),
    Wrong("C14", "knows the newest secret only", NoRotation),
    Wrong("C15", "knows all news", KnowsAllNews),
    Wrong("C16", "counts backwards", CountsBackwards, _set("C20")),
    Wrong("C17", "is deaf after news", DeafAfterNews),
    Wrong("C18", "waits for news", WaitsForNews, _set("C12", "C16", "C20", "C25")),
    Wrong("C19", "echoes our amount", EchoesOurAmount, _set("C16", "C10")),
    Wrong("C20", "never forgets a payment", OncePaidAlwaysPaid),
    Wrong("C21", "tells its key", TellsItsKey),
    Wrong("C21", "logs phones", LogsPhones),
    Wrong("C22", "cannot be stopped", Uncancellable),
    Wrong("C22", "waits for ever", Unbounded),
    Wrong("C23", "pays by the day", ByTheDay),
    Wrong("C24", "pays by the process", ByTheProcess),
    Wrong("C25", "pays by the start", ByTheStart, _set("C3", "C9", "C12", "C10", "C24")),
    Wrong("C26", "rounds", Rounds),
    Wrong("C26", "has two decimals everywhere", TwoDecimalsEverywhere),
    Wrong("C27", "quotes too much", QuotesTooMuch),
    Wrong("C27", "is always well", AlwaysWell),
    Wrong("C28", "forgets its past", ForgetsItsPast),
    Wrong("C29", "repeats statements", TellsStatementsAgain),
    Wrong("C29", "corrects statements", CorrectsStatements),
    Wrong("C30", "takes any phone", TakesAnyPhone),
    Wrong("C31", "tells somebody else", Chatty, _set("C32")),
    Wrong("C32", "follows links", FollowsLinks),
)
