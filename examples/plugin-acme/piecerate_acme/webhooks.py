"""Webhooks of Acme Pay: `Acme-Signature: t=<seconds>,v1=<hex>` over the time and the body."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from piecerate.plugin import ProviderEvent, RawWebhook, VerifiedWebhook, WebhookRefused

HEADER: Final = "acme-signature"
AGE_MAX: Final = timedelta(minutes=5)  # in either direction
KNOWN: Final = frozenset({"payment.changed"})


def signature(body: bytes, *, seconds: int, secret: str) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def verify(webhook: RawWebhook, *, secrets: Sequence[str]) -> VerifiedWebhook:
    try:
        parts = dict(part.split("=", 1) for part in webhook.headers[HEADER].split(","))
        seconds, given = int(parts["t"]), parts["v1"]
    except (KeyError, ValueError) as error:
        raise WebhookRefused("no signature") from error
    signed_at = datetime.fromtimestamp(seconds, UTC)
    if abs(webhook.received_at - signed_at) > AGE_MAX:
        raise WebhookRefused("too old, or from the future")
    wanted = [signature(webhook.body, seconds=seconds, secret=each) for each in secrets]
    if not any(hmac.compare_digest(each.encode(), given.encode()) for each in wanted):
        raise WebhookRefused("another signature")
    try:
        event_id = str(json.loads(webhook.body)["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise WebhookRefused("a signed body that cannot be read") from error
    return VerifiedWebhook(
        event_id=event_id, route=webhook.route, body=webhook.body, signed_at=signed_at
    )


def read(webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
    told = json.loads(webhook.body)
    if told.get("type") not in KNOWN:
        return ()
    return (
        ProviderEvent(
            event_id=webhook.event_id,
            event_type=told["type"],
            batch_ref=told["batch"],
            item_ref=told["ref"],
            provider_ref=told["payment"],
        ),
    )
