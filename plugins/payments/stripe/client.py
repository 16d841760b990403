"""One client of Stripe's own library per instance, kept quiet, bounded and inside our transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from domain.provider import (
    ConfigError,
    NotSent,
    OutcomeUnknown,
    ProviderEnv,
    ProviderError,
)
from plugins.payments.stripe.errors import (
    NotThere,
    before_money,
    classified,
    while_moving,
    while_reading,
)
from plugins.payments.stripe.settings import (
    API_KEY,
    CONNECT_SECONDS,
    READ_SECONDS,
    StripeConfig,
)
from plugins.stripe_library import SessionPerThread, plain, quiet_client

Answer = TypeVar("Answer")

PAGE_LIMIT: Final = 100
PAGES_MAX: Final = 50  # of one search; then we do not know rather than read for ever


class StripeCalls:
    """Runs calls of the library in this instance's threads and says what their errors mean.

    `read` moves nothing; `prepare` comes before the money and `move` is the money itself.
    """

    def __init__(self, env: ProviderEnv[StripeConfig]) -> None:
        self._env = env
        self._sessions = SessionPerThread(env.http)
        self._client: Any = None

    async def open(self) -> None:
        if not _secret(self._env):
            raise ConfigError(f"the secret {API_KEY} is missing")
        self._client = await self._env.run_blocking(self._new_client)

    def close(self) -> None:
        self._sessions.close()

    async def read(self, call: Callable[[Any], Any], kind: type[Answer]) -> Answer:
        return await self._run(call, kind, while_reading)

    async def find(self, call: Callable[[Any], Any], kind: type[Answer]) -> Answer | None:
        """As `read`; None where Stripe says that there is no such object."""
        try:
            return await self.read(call, kind)
        except NotThere:
            return None

    async def pages(self, call: Callable[[Any], Any], kind: type[Answer]) -> list[Answer]:
        """All objects of a list, page by page. Too many are no answer, never a short one."""
        return await self.read(lambda client: _all_of(call(client)), list[kind])  # type: ignore[valid-type]  # a type made at run time

    async def prepare(self, call: Callable[[Any], Any], kind: type[Answer]) -> Answer:
        return await self._run(call, kind, before_money)

    async def move(self, call: Callable[[Any], Any], kind: type[Answer]) -> Answer:
        return await self._run(call, kind, while_moving)

    async def _run(
        self,
        call: Callable[[Any], Any],
        kind: type[Answer],
        seen: Callable[[ProviderError], ProviderError],
    ) -> Answer:
        told = await self._env.run_blocking(lambda: self._attempt(call))
        # Not in the thread: msgspec crashes when two threads are the first to read one type.
        answer = told if isinstance(told, ProviderError) else _converted(told, kind)
        if isinstance(answer, ProviderError):
            raise seen(answer)
        return answer

    def _attempt(self, call: Callable[[Any], Any]) -> Any:
        """Returns errors: raised here, they would carry the library's, and that the body."""
        import stripe  # noqa: PLC0415  # costs over a second: `open` has loaded it by now

        try:
            return plain(call(self._client))
        except ProviderError as error:
            return error
        except stripe.StripeError as error:
            return classified(error, retry_after=self._sessions.retry_after())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return OutcomeUnknown(f"an answer that cannot be read: {type(error).__name__}")

    def _new_client(self) -> Any:
        client = quiet_client(
            secret=_secret(self._env),
            version=self._env.config.stripe_version,
            endpoint=self._env.config.endpoint,
            sessions=self._sessions,
            timeout=(CONNECT_SECONDS, READ_SECONDS),  # the library would wait 80 seconds
        )
        _load_services(client)
        return client


def _converted(answer: object, kind: type[Answer]) -> Answer | ProviderError:
    try:
        return msgspec.convert(answer, type=kind, strict=True)
    except msgspec.ValidationError as error:
        return OutcomeUnknown(f"an answer that is no {_name(kind)}: {type(error).__name__}")


def rfc3339(instant: datetime) -> str:
    """As v2 takes instants."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _secret(env: ProviderEnv[StripeConfig]) -> str:
    found = env.secrets.texts(API_KEY)
    return found[0] if found else ""


def _load_services(client: Any) -> None:
    """The library imports each service when it is first used: now, not while money moves."""
    money, core, v1 = client.v2.money_management, client.v2.core, client.v1
    for service in (
        money.outbound_payments,
        money.outbound_setup_intents,
        money.payout_methods,
        money.recipient_verifications,
        money.financial_accounts,
        money.transaction_entries,
        core.accounts,
        core.account_links,
        core.events,
        v1.transfers,
        v1.payouts,
        v1.accounts,
        v1.account_links,
        v1.balance,
        v1.balance_transactions,
        v1.events,
        v1.refunds,
        v1.disputes,
        v1.payment_intents,
        v1.checkout.sessions,
    ):
        assert service is not None


def _all_of(first: Any) -> list[Any]:
    found = []
    for number, each in enumerate(_paged(first)):
        if number >= PAGES_MAX * PAGE_LIMIT:
            raise NotSent("more than a search may read")
        found.append(each)
    return found


def _paged(first: Any) -> Iterator[Any]:
    yield from first.auto_paging_iter()


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))
