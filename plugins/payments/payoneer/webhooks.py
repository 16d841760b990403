"""Payoneer's IPCN webhooks: each event has its own address, and no envelope. Hints only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, unquote

import msgspec

from domain.provider import CallContext, ConfigError, ProviderEnv
from domain.provider_news import (
    ProviderEvent,
    RawWebhook,
    ReceivesWebhooks,
    VerifiedWebhook,
    WebhookRefused,
    WebhookRoute,
)
from plugins.payments.payoneer.settings import ROUTES, PayoneerConfig

WINDOW: Final = timedelta(seconds=300)
SCHEME: Final = "hmacauth "
NONCE: Final = re.compile(r"[!-~]{8,100}")
_LETTERS: Final = re.compile("[^a-z0-9]")
# Their spelling of a key changes from event to event; only its letters count.
_ITEM_KEYS: Final = ("intpaymentid", "clientreferenceid", "internalpaymentid")
_PAYOUT_KEYS: Final = ("payoutid", "paymentid")
_PAYEE_KEYS: Final = ("payeeid", "apuid")


def ipcn_signature(
    *,
    application: str,
    method: str,
    url: str,
    timestamp: str,
    nonce: str,
    body: bytes,
    secret: bytes,
) -> str:
    digest = base64.b64encode(hashlib.md5(body).digest()).decode() if body else ""  # noqa: S324  # theirs; the HMAC around it is SHA-256
    message = application + method + quote_plus(url).lower() + timestamp + nonce + digest
    return base64.b64encode(hmac.new(secret, message.encode(), hashlib.sha256).digest()).decode()


class PayoneerWebhooks(ReceivesWebhooks):
    _env: ProviderEnv[PayoneerConfig]

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return tuple(WebhookRoute(name=name, description=text) for name, text in ROUTES.items())

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        """`Authorization: hmacauth application:signature:nonce:timestamp`."""
        config = self._env.config
        try:
            secrets = self._env.secrets.texts("ipcn_secret")
        except (LookupError, OSError, ValueError):
            raise ConfigError("the secret of webhooks cannot be read") from None
        if not secrets:  # ours to mend, so Payoneer is asked to come again
            raise ConfigError("the secret of webhooks is missing")
        header = webhook.headers.get("authorization", "")
        parts = header.removeprefix(SCHEME).strip().split(":")
        if not header.startswith(SCHEME) or len(parts) != 4 or webhook.route not in ROUTES:  # noqa: PLR2004  # as above
            raise WebhookRefused("no signature")
        application, signature, nonce, timestamp = parts
        if application != config.hook_application or not NONCE.fullmatch(nonce):
            raise WebhookRefused("another sender")
        signed_at = _instant(timestamp)
        if abs(context.now - signed_at) > WINDOW:
            raise WebhookRefused("too old, or from the future")
        good = [
            ipcn_signature(
                application=application,
                method=webhook.method,
                url=config.hook_address.replace("{route}", webhook.route),
                timestamp=timestamp,
                nonce=nonce,
                body=webhook.body,
                secret=secret.encode(),
            )
            for secret in secrets
        ]
        if not any(hmac.compare_digest(each.encode(), signature.encode()) for each in good):
            raise WebhookRefused("the signature is wrong")
        return VerifiedWebhook(
            event_id=nonce, route=webhook.route, body=webhook.body, signed_at=signed_at
        )

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        if webhook.route not in ROUTES:
            return ()
        try:
            data = msgspec.json.decode(webhook.body)
        except (msgspec.DecodeError, RecursionError):
            return ()
        if not isinstance(data, dict):
            return ()
        values = dict(_plain(data))
        item_ref = _first(values, _ITEM_KEYS)
        provider_ref = _first(values, _PAYOUT_KEYS if item_ref else _PAYEE_KEYS + _PAYOUT_KEYS)
        if item_ref is None and provider_ref is None:
            return ()
        event = ProviderEvent(
            event_id=webhook.event_id,
            event_type=webhook.route,
            occurred_at=webhook.signed_at,
            item_ref=item_ref,
            provider_ref=provider_ref,
        )
        return (event,)


def _plain(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """`"Payee Id": "a%2Db"` as `payeeid`, `a-b`."""
    for key, value in data.items():
        if isinstance(value, str | int):
            yield _LETTERS.sub("", key.lower()), unquote(str(value)).strip()


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((values[name] for name in names if values.get(name)), None)


def _instant(timestamp: str) -> datetime:
    if not re.fullmatch("[0-9]{1,11}", timestamp):
        raise WebhookRefused("no time")
    return datetime.fromtimestamp(int(timestamp), UTC)
