"""One PayPal account, as both ports use it: calls off the event loop, balances, disputes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

from domain.money import Money
from domain.provider import (
    ConfigError,
    Health,
    HealthStatus,
    OutcomeUnknown,
    ProviderEnv,
)
from plugins.payments.paypal.currencies import money_of
from plugins.payments.paypal.said import Answered
from plugins.payments.paypal.settings import PayPalConfig
from plugins.payments.paypal.webhooks import WebhookGate

if TYPE_CHECKING:
    from plugins.payments.paypal.transport import SafePayPalApi

Answer = TypeVar("Answer")


class Account:
    """Errors come as `Answered`, which only the caller can judge, or as a `ProviderError`."""

    def __init__(self, env: ProviderEnv[PayPalConfig], api: SafePayPalApi) -> None:
        self.config = env.config
        self._env = env
        self._api = api
        self.webhooks = WebhookGate(env, verify_online=self._verify_online)

    def __repr__(self) -> str:
        return f"Account({self._env.instance_id})"

    async def get(self, path: str, **query: str | int | None) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        asked = f"{path}?{urlencode(given)}" if given else path
        return await self._env.run_blocking(lambda: self._api.call("GET", asked))

    async def follow(self, url: str) -> Any:
        """A link that PayPal gave us, which may lead anywhere: only its path is believed."""
        if not self.config.is_own(url):
            raise OutcomeUnknown("a link to another host")
        parts = urlsplit(url)
        return await self.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)

    async def post(
        self,
        path: str,
        *,
        body: Callable[[], Mapping[str, Any]] | None = None,
        request_id: str | None = None,
        prefer: str | None = None,
    ) -> Any:
        """`body` is made in the thread: 15,000 items take a while."""

        def call() -> Any:
            return self._api.call(
                "POST",
                path,
                body=None if body is None else body(),
                request_id=request_id,
                prefer=prefer,
            )

        return await self._env.run_blocking(call)

    async def health(self) -> Health:
        try:
            said = await self.get("/v1/reporting/balances")
        except Answered as answered:
            if answered.status == HTTPStatus.FORBIDDEN:
                detail = "PayPal answers, but we have no permission to read balances"
                return Health(status=HealthStatus.DEGRADED, detail=detail)
            raise answered.as_problem() from None
        return Health(status=HealthStatus.OK, balances=_balances(said))

    def _verify_online(self, body: bytes) -> bool:
        path = "/v1/notifications/verify-webhook-signature"
        try:
            said = self._api.call("POST", path, body=body)
        except Answered as answered:
            raise answered.as_problem() from None
        return isinstance(said, dict) and said.get("verification_status") == "SUCCESS"


async def open_account(env: ProviderEnv[PayPalConfig]) -> Account:
    """Raises `ConfigError` where the configuration contradicts itself."""
    config = env.config
    if config.certificate_roots and not config.is_simulator:
        raise ConfigError("certificate_roots are for a simulator only")

    def make() -> SafePayPalApi:
        from plugins.payments.paypal.transport import SafePayPalApi  # noqa: PLC0415  # import cost

        return SafePayPalApi(
            endpoint=config.endpoint,
            client_id=env.secrets.text("client_id"),
            client_secret=env.secrets.text("client_secret"),
            new_http=env.http.new,
        )

    return Account(env, await env.run_blocking(make))


def _balances(said: Any) -> tuple[Money, ...]:
    """`available_balance` is what payouts can take."""
    rows = said.get("balances") if isinstance(said, dict) else None
    if not isinstance(rows, list):
        raise OutcomeUnknown("balances that cannot be read")
    return tuple(money_of(row.get("available_balance") or row["total_balance"]) for row in rows)
