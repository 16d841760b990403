"""A guarded provider can do what the one inside can, and nothing gets past the guard that way."""

# ruff: noqa: ARG002  # a port's arguments come, needed or not

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.payouts.provider import (
    Advances,
    Cancels,
    FileRefused,
    FileReport,
    LookupAnswer,
    MatchesHolder,
    Observation,
    ObservedState,
    Onboards,
    PayoutBatch,
    PayoutItem,
    Prepared,
    Prepares,
    ReadsFiles,
    SendOutcome,
)
from domain.provider import (
    BatchRefused,
    CallContext,
    ConfigError,
    Declined,
    ItemProblem,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    PluginBug,
    ProviderError,
)
from domain.provider_news import (
    LineKind,
    ProviderEvent,
    RawWebhook,
    ReadsStatements,
    ReceivesWebhooks,
    StatementLine,
    StatementPage,
    VerifiedWebhook,
    WebhookRefused,
    WebhookRoute,
)
from plugins.abilities import ABILITIES
from plugins.guard import BUGS_MAX, STATE_BYTES_MAX
from plugins.guarded import GuardedPayouts
from tests.make.providers import CONTEXT, NOW, ObedientPayouts, batch_of, guarded

pytestmark = pytest.mark.asyncio

BATCH = batch_of("P1", "P2")
ITEM = BATCH.items[0]
RAW = RawWebhook(
    route="all", method="POST", url="https://x.example/", headers={}, body=b"{}", received_at=NOW
)
VERIFIED = VerifiedWebhook(event_id="1", route="all", body=b"{}")
LINE = StatementLine(line_id="1", booked_at=NOW, kind=LineKind.FEE, amount=Money(-1_000_000, "EUR"))
Script = Callable[[PayoutBatch], Awaitable[Any]]


async def nothing(_: PayoutBatch) -> Any:
    raise AssertionError("not asked for")


class Able(
    ObedientPayouts, Prepares, Cancels, Advances, ReceivesWebhooks, ReadsFiles, ReadsStatements
):
    """Answers every ability with what the test put there, or raises it."""

    says: Any = None

    def _said(self) -> Any:
        if isinstance(self.says, BaseException):
            raise self.says
        return self.says

    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        return self._said()  # type: ignore[no-any-return]  # as a plugin may

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        return self._said()  # type: ignore[no-any-return]  # as a plugin may

    async def advance(self, item: PayoutItem, step: str, context: CallContext) -> Observation:
        return self._said()  # type: ignore[no-any-return]  # as a plugin may

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return (WebhookRoute(name="all"),)

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        return self._said()  # type: ignore[no-any-return]  # as a plugin may

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        return self._said()  # type: ignore[no-any-return]  # as a plugin may

    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        return self._said()  # type: ignore[no-any-return]  # as a plugin may

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        for page in range(3):
            yield StatementPage(lines=(LINE,), cursor=f"{cursor}{page}")
        self._said()


def able(says: Any = None) -> tuple[Able, Any]:
    inner = Able(nothing)
    inner.says = says
    return inner, guarded(inner)


async def test_the_guarded_object_has_the_abilities_of_the_inner_one() -> None:
    """The core asks `isinstance`: a lost ability would lose webhooks, a made-up one would crash."""
    _, rich = able()
    poor = guarded(ObedientPayouts(nothing))

    assert {each for each in ABILITIES if isinstance(rich, each)} == {
        Prepares,
        Cancels,
        Advances,
        ReceivesWebhooks,
        ReadsFiles,
        ReadsStatements,
    }
    assert not any(isinstance(poor, each) for each in ABILITIES)
    assert not isinstance(rich, Onboards | MatchesHolder)
    assert isinstance(rich, GuardedPayouts)
    assert type(able()[1]) is type(rich)


async def test_a_subclass_of_the_guarded_port_keeps_its_own_methods() -> None:
    """Tests kill a guarded provider that way."""

    class Mortal(GuardedPayouts):
        async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
            raise InterruptedError

    mortal = Mortal(Able(nothing), instance_id="x", in_transaction=lambda: False)

    assert isinstance(mortal, Prepares)
    with pytest.raises(InterruptedError):
        await mortal.send(BATCH, CONTEXT)


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (Declined("x"), Declined),
        (NotSent("x"), NotSent),
        (TimeoutError(), OutcomeUnknown),
        (ValueError("x"), PluginBug),
    ],
)
@pytest.mark.parametrize("method", ["cancel", "advance"])
async def test_steps_that_move_money_are_classified_like_sends(
    method: str, error: Exception, heard: type[ProviderError]
) -> None:
    """Nobody knows whether a time-out moved anything."""
    _, provider = able(error)

    with pytest.raises(heard):
        await call(provider, method)


@pytest.mark.parametrize("method", ["cancel", "advance"])
async def test_a_step_speaks_of_its_own_item(method: str) -> None:
    """An answer about another one would close the wrong payment."""
    _, provider = able(Observation(item_ref="P2", state=ObservedState.PAID))

    with pytest.raises(PluginBug):
        await call(provider, method)


async def call(provider: Any, method: str) -> Any:
    if method == "cancel":
        return await provider.cancel(ITEM, CONTEXT)
    return await provider.advance(ITEM, "go", CONTEXT)


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (ValueError("x"), NotSent),
        (OutcomeUnknown("x"), NotSent),
        (Declined("x"), NotSent),
        (ConfigError("x"), ConfigError),
        (
            BatchRefused(problems=(ItemProblem(item_ref="P1", code="iban", message=""),)),
            BatchRefused,
        ),
    ],
)
async def test_what_fails_while_it_is_prepared_has_not_left(
    error: Exception, heard: type[ProviderError]
) -> None:
    """Nothing is sent by preparing: whatever it raises, nothing is unknown afterwards."""
    _, provider = able(error)

    with pytest.raises(heard):
        await provider.prepare(BATCH, CONTEXT)


@pytest.mark.parametrize(
    "states", [{"P3": {}}, {"P1": {"a": "b" * STATE_BYTES_MAX}}, {"P1": {"a": "\0"}}]
)
async def test_prepared_bytes_name_our_items_and_little_to_keep(
    states: Mapping[str, Mapping[str, str]],
) -> None:
    """What does not fit the row is refused before it could break a transaction."""
    _, provider = able(Prepared(payload=b"bytes", item_states=states))

    with pytest.raises(NotSent):
        await provider.prepare(BATCH, CONTEXT)


async def test_prepared_bytes_come_through_unchanged() -> None:
    """They are signed, or numbered: one changed byte would be another payment."""
    prepared = Prepared(payload=bytes(range(256)), item_states={"P1": {"hash": "0x1"}})
    _, provider = able(prepared)

    assert await provider.prepare(BATCH, CONTEXT) == prepared


@pytest.mark.parametrize("state", [{"a": "b" * STATE_BYTES_MAX}, {"a\0": "b"}, {"a": "\ud800"}])
async def test_a_state_that_cannot_be_kept_is_a_bug(state: Mapping[str, str]) -> None:
    """Of an item, of the batch, in a look-up: each is refused with the whole answer."""
    item = Observation(item_ref="P1", state=ObservedState.PENDING, provider_state=state)
    whole = SendOutcome(items=(replace(item, provider_state=None),), provider_state=state)

    for outcome in (SendOutcome(items=(item,)), whole):
        with pytest.raises(PluginBug):
            await guarded(ObedientPayouts(answering(outcome))).send(BATCH, CONTEXT)
    answer = LookupAnswer(found=(item,), missing=())
    with pytest.raises(NoAnswer):
        await guarded(ObedientPayouts(answering(answer))).look_up(BATCH, CONTEXT)


def answering(answer: Any) -> Script:
    async def script(_: PayoutBatch) -> Any:
        return answer

    return script


async def test_a_forged_webhook_is_refused_and_no_fault_of_the_provider() -> None:
    """Strangers must not be able to open the circuit or fill the quarantine."""
    _, provider = able(WebhookRefused("bad signature"))

    for _ in range(BUGS_MAX * 4):
        with pytest.raises(WebhookRefused):
            await provider.verify_webhook(RAW, CONTEXT)

    assert provider.guard.quarantine is None
    assert not provider.guard.breaker.is_open


async def test_a_file_it_cannot_read_is_refused_with_its_reason() -> None:
    """Staff see why."""
    _, provider = able(FileRefused("no camt.053"))

    with pytest.raises(FileRefused, match=r"camt\.053"):
        await provider.read_file(b"x", CONTEXT)


async def test_a_webhook_that_breaks_the_reader_is_no_answer() -> None:
    """It stays stored and is read again once the plugin is mended."""
    inner, provider = able(KeyError("resource"))
    with pytest.raises(NoAnswer):
        provider.read_webhook(VERIFIED)

    inner.says = (ProviderEvent(event_id="1", event_type="paid", item_ref="P1"),)
    assert provider.read_webhook(VERIFIED) == inner.says
    assert provider.webhook_routes() == (WebhookRoute(name="all"),)


async def test_a_statement_is_read_page_by_page() -> None:
    """What was read before an error counts; the error is no answer."""
    _, provider = able()
    pages = [page.cursor async for page in provider.statement("c", NOW, CONTEXT)]
    assert pages == ["c0", "c1", "c2"]

    _, broken = able(ValueError("x"))
    cursors = []

    async def read() -> None:
        async for page in broken.statement(None, NOW + timedelta(days=1), CONTEXT):
            cursors.append(page.cursor)  # noqa: PERF401  # it breaks in the middle

    with pytest.raises(NoAnswer):
        await read()
    assert len(cursors) == 3
