"""Stands between the domain and every provider: deadline, places, circuit breaker, validation.

What a provider raises unclassified means that nobody knows. The guard asserts that no
transaction is open: a hanging provider must never hold a database lock.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from time import monotonic
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import structlog

from domain.money import Money, is_bookable
from domain.provider import (
    NEVER_SENT,
    AuthError,
    BatchRefused,
    CallContext,
    ConfigError,
    DestinationInvalid,
    Health,
    HealthStatus,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    PluginBug,
    ProviderError,
    Unsupported,
)
from plugins.containment import Escaped, contained
from plugins.tampering import WATCH

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
Call: TypeAlias = Callable[[CallContext], Awaitable[Answer]]

FAILURES_MAX: Final = 5  # in a row, within the window: then the circuit opens
FAILURE_WINDOW_SECONDS: Final = 60.0
OPEN_SECONDS: Final = 30.0  # then one health call decides
BUGS_MAX: Final = 3
BUG_WINDOW_SECONDS: Final = 3600.0
START_WAIT: Final = timedelta(seconds=2)
HEALTH_DEADLINE: Final = timedelta(seconds=5)
COUNTED: Final = (NotSent, OutcomeUnknown, NoAnswer, PluginBug)
READ_ERRORS: Final = (ConfigError, AuthError, NoAnswer)
PREPARE_ERRORS: Final = (*NEVER_SENT, Unsupported, DestinationInvalid, BatchRefused)
STATE_BYTES_MAX: Final = 8_192


class Effect(StrEnum):
    READ = "read"  # no money can move
    PREPARE = "prepare"  # nothing leaves yet, whatever it raises
    MOVE = "move"


@dataclass(slots=True)
class Breaker:
    """Open: nothing is sent any more, until a health call says that it may."""

    seconds: Callable[[], float] = monotonic
    _failures: deque[float] = field(default_factory=deque)
    _opened_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    @property
    def may_try(self) -> bool:
        return self._opened_at is not None and self.seconds() - self._opened_at >= OPEN_SECONDS

    def failed(self) -> None:
        now = self.seconds()
        self._failures.append(now)
        while self._failures and now - self._failures[0] > FAILURE_WINDOW_SECONDS:
            self._failures.popleft()
        if len(self._failures) >= FAILURES_MAX:
            self._opened_at = now

    def succeeded(self) -> None:
        self._failures.clear()
        self._opened_at = None

    def reopen(self) -> None:
        self._opened_at = self.seconds()


class Guard:
    """What the guarded providers of both ports share; one per configured instance."""

    def __init__(
        self,
        *,
        instance_id: str,
        concurrency: int,
        health: Callable[[CallContext], Awaitable[Health]],
        in_transaction: Callable[[], bool],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.instance_id = instance_id
        self.quarantine: str | None = None
        self.breaker = Breaker(seconds=seconds)
        self._health = health
        self._in_transaction = in_transaction
        self._seconds = seconds
        self._slots = asyncio.Semaphore(concurrency)
        self._strangers = asyncio.Semaphore(concurrency)
        self._bugs: deque[float] = deque()

    async def run(
        self,
        effect: Effect,
        method: Call[Answer],
        *,
        context: CallContext,
        deadline: timedelta,
        returns: Any,
        check: Callable[[Answer], None] | None = None,
        passes: tuple[type[Exception], ...] = (),
    ) -> Answer:
        """The answer, as `returns` and `check` say it must be, or a `ProviderError`.

        Nothing else is raised but what `passes` names: a proper "no" to a stranger.
        A cancelled task stays cancelled: then the lease of the batch tells what to do.
        """
        assert not self._in_transaction(), "no provider is called inside a transaction"
        await self._require_closed(context, effect)
        loop_now = asyncio.get_running_loop().time()
        context = replace(
            context,
            slot_deadline=loop_now + START_WAIT.total_seconds(),
            deadline=loop_now + START_WAIT.total_seconds() + deadline.total_seconds(),
        )
        try:
            async with asyncio.timeout_at(context.slot_deadline):
                await self._slots.acquire()
        except TimeoutError as error:
            raise self._classified(effect, NotSent("no free place at this provider")) from error
        try:
            seconds = context.deadline - asyncio.get_running_loop().time()
            answer: Answer = _validated(await self._called(method, context, seconds), returns)
            if check is not None:
                check(answer)
        except passes:
            raise
        except ProviderError as error:
            raise self._seen(effect, error) from error
        except Exception as error:
            raise self._seen(effect, _unclassified(error)) from error
        finally:
            self._slots.release()
        self.breaker.succeeded()
        return answer

    async def _called(self, method: Call[Answer], context: CallContext, seconds: float) -> Answer:
        """What it replaced in our process is put back; what it answered about money counts.

        Calls overlap, so nobody is blamed for it here: the log names who ended first.
        """
        WATCH.begin()
        try:
            return await contained(
                lambda: method(context),
                seconds=seconds,
                whose=self.instance_id,
                clock=self._seconds,
            )
        finally:
            replaced = WATCH.end()
            if replaced:
                log.error("plugin.tampered", instance=self.instance_id, replaced=list(replaced))

    async def run_for_stranger(
        self,
        method: Call[Answer],
        *,
        context: CallContext,
        deadline: timedelta,
        returns: Any,
        passes: tuple[type[Exception], ...],
    ) -> Answer:
        """What anybody in the world may cause says nothing about the provider.

        It moves neither the circuit nor the quarantine, and has places of its own.
        """
        assert not self._in_transaction(), "no provider is called inside a transaction"
        until = asyncio.get_running_loop().time() + deadline.total_seconds()
        try:
            given = replace(context, slot_deadline=until, deadline=until)
            async with asyncio.timeout_at(until), self._strangers:
                answer: Answer = _validated(
                    await self._called(method, given, deadline.total_seconds()), returns
                )
        except passes:
            raise
        except Exception as error:
            kind = type(error).__name__
            log.warning("provider.stranger.failed", instance=self.instance_id, error=kind)
            raise NoAnswer(kind) from error
        return answer

    def check_offline(self, answer: Any, returns: Any) -> Any:
        """For what a provider computes without a call; a wrong answer is a bug like any other."""
        return _validated(answer, returns)

    def offline(self, compute: Callable[[], object], returns: Any) -> Any:
        """What a provider computes without a call; `NoAnswer` when it fails, and a bug counted."""
        try:
            return _validated(compute(), returns)
        except BaseException as error:
            raise self._seen(Effect.READ, PluginBug(type(error).__name__)) from error

    async def _require_closed(self, context: CallContext, effect: Effect) -> None:
        if effect is not Effect.READ and self.quarantine is not None:
            raise NotSent("in quarantine")
        if not self.breaker.is_open:
            return
        if self.breaker.may_try:
            self.breaker.reopen()  # others wait for this one answer
            try:
                health = _validated(
                    await self._called(self._health, context, HEALTH_DEADLINE.total_seconds()),
                    Health,
                )
            except Exception as error:  # noqa: BLE001  # whatever it raises, it is not well
                kind = type(error).__name__
                log.warning("provider.health.failed", instance=self.instance_id, error=kind)
            else:
                if health.status is not HealthStatus.DOWN:
                    self.breaker.succeeded()
                    return
        raise self._classified(effect, NotSent("the circuit is open"))

    def _seen(self, effect: Effect, error: ProviderError) -> ProviderError:
        kind = type(error).__name__
        log.warning("provider.call.failed", instance=self.instance_id, effect=effect, error=kind)
        if isinstance(error, COUNTED):
            self.breaker.failed()
        if isinstance(error, ConfigError | AuthError):
            self.quarantine = f"{kind}: {error}"
        if isinstance(error, PluginBug):
            self._count_bug(error)
        return self._classified(effect, error)

    def _count_bug(self, error: PluginBug) -> None:
        now = self._seconds()
        self._bugs.append(now)
        while now - self._bugs[0] > BUG_WINDOW_SECONDS:
            self._bugs.popleft()
        if len(self._bugs) >= BUGS_MAX:
            self.quarantine = f"{BUGS_MAX} bugs within an hour, the last one {error}"

    def _classified(self, effect: Effect, error: ProviderError) -> ProviderError:
        """A reading call can only fail to answer; what it raises says nothing about money.

        What is only prepared has certainly not left, even when it failed for a reason unknown.
        """
        match effect:
            case Effect.MOVE:
                return error
            case Effect.PREPARE:
                return error if isinstance(error, PREPARE_ERRORS) else NotSent(str(error))
            case Effect.READ:
                return error if isinstance(error, READ_ERRORS) else NoAnswer(str(error))


def refuse_foreign(item_refs: set[str], *, answered: list[str], what: str) -> None:
    """An answer about items that we did not ask for, or twice about one, proves nothing."""
    if len(answered) != len(set(answered)) or not set(answered) <= item_refs:
        raise PluginBug(f"{what} names other items than the batch has")


def tell_odd_fees(fees: Iterable[Money | None], *, instance_id: str) -> None:
    """They say nothing about the payments, so they refuse nothing; the core does not book them."""
    for fee in fees:
        if fee is not None and not is_bookable(fee):
            log.warning("provider.fee.impossible", instance=instance_id, fee=str(fee))


def refuse_unkeepable(states: Iterable[Mapping[str, str] | None]) -> None:
    """What a provider gives us to keep must fit its row, as text that the database takes."""
    for state in states:
        if not state:
            continue
        text = json.dumps(state, ensure_ascii=False)
        try:
            is_small = len(text.encode()) <= STATE_BYTES_MAX
        except UnicodeEncodeError:
            raise PluginBug("a provider state that is no text") from None
        if not is_small or any("\0" in each for pair in state.items() for each in pair):
            raise PluginBug(f"a provider state over {STATE_BYTES_MAX} bytes, or with a NUL in it")


def _validated(answer: Any, returns: Any) -> Any:
    """A round trip through plain data: a wrong type, enum or number is found with its path."""
    if isinstance(answer, Mapping):
        raise PluginBug(f"a bare mapping is no {returns}")
    try:
        return msgspec.convert(msgspec.to_builtins(answer), type=returns, strict=True)
    except (msgspec.ValidationError, TypeError, AssertionError) as error:
        raise PluginBug(f"an answer that is no {returns}: {type(error).__name__}") from error


def _unclassified(error: Exception) -> ProviderError:
    """Nobody said what it means, so nobody knows whether anything arrived."""
    if isinstance(error, TimeoutError):
        return OutcomeUnknown("the deadline has passed")
    if isinstance(error, Escaped):
        return PluginBug(str(error))
    return PluginBug(type(error).__name__)
