"""Webhooks signed as `t=<seconds>,v1=<HMAC-SHA256 of both>`, over the raw bytes.

Verified here and not by a vendor's library: Stripe's reads the wall's clock, takes any time in
the future and fails on bytes that are no UTF-8.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from domain.provider import ConfigError, SecretReader
from domain.provider_news import RawWebhook, VerifiedWebhook, WebhookRefused

TOLERANCE: Final = timedelta(seconds=300)  # both ways
SIGNATURES_MAX: Final = 10  # of one header: each costs a digest per secret
TIMESTAMP_DIGITS: Final = 11


def verified_event(
    webhook: RawWebhook, *, header: str, secrets: SecretReader, name: str
) -> VerifiedWebhook:
    """Of a vendor whose events are JSON objects with an `id`. Raises `WebhookRefused`."""
    try:
        known = secrets.texts(name)
    except (LookupError, OSError, ValueError):
        raise ConfigError("the webhook's secret cannot be read") from None
    if not known:  # ours to mend, so the vendor is asked to come again
        raise ConfigError("the webhook's secret is missing")
    signed_at = signed_at_of(webhook, header=header, secrets=known)
    event_id = object_of(webhook.body).get("id")
    if not isinstance(event_id, str) or not event_id:
        raise WebhookRefused("an event without an id")
    return VerifiedWebhook(
        event_id=event_id, route=webhook.route, body=webhook.body, signed_at=signed_at
    )


def object_of(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise WebhookRefused("a body that is no JSON object") from None


def signed_at_of(webhook: RawWebhook, *, header: str, secrets: tuple[str, ...]) -> datetime:
    """When it was signed. Raises `WebhookRefused` unless one of `secrets` signed these bytes."""
    if not secrets:
        raise WebhookRefused("no secret is configured")
    timestamp, signatures = _signatures(webhook.headers.get(header, ""))
    signed = timestamp.encode() + b"." + webhook.body
    is_signed = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        for signature in signatures:  # all of them: how long it takes tells nothing
            is_signed |= hmac.compare_digest(expected, signature)
    if not is_signed:
        raise WebhookRefused("the signature is wrong")
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(webhook.received_at - signed_at) > TOLERANCE:
        raise WebhookRefused("signed at another time")
    return signed_at


def _signatures(header: str) -> tuple[str, list[bytes]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == "v1"]
    is_plain = len(times) == 1 and times[0].isascii() and times[0].isdigit()
    if not is_plain or len(times[0]) > TIMESTAMP_DIGITS or len(signatures) > SIGNATURES_MAX:
        raise WebhookRefused("no readable signature")
    return times[0], signatures
