"""PayPal's webhooks: is it PayPal's, and whom is it about? Checked without asking PayPal."""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import certifi
import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from domain.provider import CallContext, ConfigError, NoAnswer, ProviderEnv
from domain.provider_news import (
    ProviderEvent,
    RawWebhook,
    VerifiedWebhook,
    WebhookRefused,
    WebhookRoute,
)
from plugins.payments.paypal.settings import WEBHOOK_AGE_MAX, PayPalConfig

ALGORITHM: Final = "SHA256withRSA"
ROUTES: Final = (
    WebhookRoute(name="events", description="All events of payouts, orders and disputes"),
)
KEPT: Final = timedelta(hours=24)
KEPT_MAX: Final = 16
PEM_BYTES_MAX: Final = 65_536
PEM_BLOCK: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)
HEADERS: Final[Mapping[str, str]] = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}
ITEM_EVENT: Final = "PAYMENT.PAYOUTS-ITEM."
BATCH_EVENT: Final = "PAYMENT.PAYOUTSBATCH."
CAPTURE_EVENT: Final = "PAYMENT.CAPTURE."
ORDER_EVENT: Final = "CHECKOUT.ORDER."
DISPUTE_EVENT: Final = "CUSTOMER.DISPUTE."


class WebhookGate:
    """Lets in what PayPal has signed, for one of the webhook ids of this instance."""

    def __init__(
        self, env: ProviderEnv[PayPalConfig], *, verify_online: Callable[[bytes], bool]
    ) -> None:
        self._env = env
        self._config = env.config
        self._verify_online = verify_online
        self._certificates = _Certificates(env)

    async def verify(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        """Raises `WebhookRefused`; `NoAnswer` where PayPal had to be asked and said nothing."""
        if not self._config.webhook_ids:
            raise ConfigError("webhook_ids are not configured")
        given = _given(webhook)
        signed_at = _signed_at(given["transmission_time"], now=context.now)
        event_id = _event_id(webhook.body)
        if self._config.verify_online:
            await self._env.run_blocking(lambda: self._ask(given, webhook.body))
        else:
            await self._env.run_blocking(lambda: self._check(given, webhook.body, context.now))
        return VerifiedWebhook(
            event_id=event_id, route=webhook.route, body=webhook.body, signed_at=signed_at
        )

    def _check(self, given: Mapping[str, str], body: bytes, now: datetime) -> None:
        if given["auth_algo"] != ALGORITHM:
            raise WebhookRefused("another algorithm")
        if not self._config.may_hold_certificates(given["cert_url"]):
            raise WebhookRefused("a certificate from elsewhere")
        certificate = self._certificates.get(given["cert_url"], now)
        for webhook_id in self._config.webhook_ids:
            if is_signed(given, body, webhook_id=webhook_id, certificate=certificate):
                return
        raise WebhookRefused("the signature is wrong")

    def _ask(self, given: Mapping[str, str], body: bytes) -> None:
        """With the body as it came: read and written anew, it is another one."""
        for webhook_id in self._config.webhook_ids:
            asked = json.dumps({**given, "webhook_id": webhook_id}).encode()
            if self._verify_online(asked[:-1] + b',"webhook_event":' + body + b"}"):
                return
        raise WebhookRefused("PayPal does not know its own signature")


class _Certificates:
    """Fetched once a day; threads share what is there."""

    def __init__(self, env: ProviderEnv[PayPalConfig]) -> None:
        self._env = env
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[x509.Certificate, datetime]] = {}

    def get(self, url: str, now: datetime) -> x509.Certificate:
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None and abs(now - kept[1]) < KEPT:
            return kept[0]
        config = self._env.config
        certificate = signing_certificate(
            self._fetch(url),
            roots=trusted_roots(config.certificate_roots),
            name=config.signer,
            now=now,
        )
        with self._lock:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            self._kept[url] = (certificate, now)
        return certificate

    def _fetch(self, url: str) -> bytes:
        try:
            with self._env.http.new() as http:
                response = http.get(url)
        except requests.RequestException as error:
            raise NoAnswer("the certificate cannot be fetched") from error
        if not response.ok or response.is_redirect or len(response.content) > PEM_BYTES_MAX:
            raise NoAnswer(f"the certificate cannot be fetched: HTTP {response.status_code}")
        content: bytes = response.content
        return content


def signing_certificate(
    pem: bytes, *, roots: Sequence[x509.Certificate], name: str, now: datetime
) -> x509.Certificate:
    """Chain, validity and name; the leaf stands first."""
    try:
        leaf, *intermediates = x509.load_pem_x509_certificates(pem)
        verifier = (
            PolicyBuilder()
            .store(Store(list(roots)))
            .time(now.astimezone(UTC).replace(tzinfo=None))
            .build_server_verifier(x509.DNSName(name))
        )
        verifier.verify(leaf, intermediates)
    except (ValueError, VerificationError) as error:
        raise WebhookRefused("a certificate that is not PayPal's") from error
    return leaf


def is_signed(
    given: Mapping[str, str], body: bytes, *, webhook_id: str, certificate: x509.Certificate
) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    parts = (given["transmission_id"], given["transmission_time"], webhook_id, zlib.crc32(body))
    message = "|".join(map(str, parts)).encode()
    try:
        signature = base64.b64decode(given["transmission_sig"], validate=True)
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error):
        return False
    return True


def read_event(webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
    """Pure. The same for both ports, since PayPal sends everything to one address."""
    try:
        said = json.loads(webhook.body)
        kind, resource = said["event_type"], said["resource"]
        found = _about(kind, resource)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return ()
    about = {name: value for name, value in found.items() if isinstance(value, str) and value}
    if not about:
        return ()
    return (
        ProviderEvent(
            event_id=webhook.event_id,
            event_type=kind,
            occurred_at=instant(said.get("create_time")),
            **about,
        ),
    )


def instant(said: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _about(kind: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    if kind.startswith(ITEM_EVENT):
        return {
            "batch_ref": resource.get("sender_batch_id"),
            "item_ref": resource["payout_item"].get("sender_item_id"),
            "provider_ref": resource.get("payout_item_id"),
        }
    if kind.startswith(BATCH_EVENT):
        header = resource["batch_header"]
        return {
            "batch_ref": header["sender_batch_header"].get("sender_batch_id"),
            "provider_ref": header.get("payout_batch_id"),
        }
    if kind.startswith(ORDER_EVENT):
        unit = resource["purchase_units"][0]
        return {"deposit_ref": unit.get("custom_id"), "provider_ref": resource.get("id")}
    if kind.startswith(CAPTURE_EVENT):
        # A refund carries our name for the refund, and the deposit's as its invoice.
        related = resource.get("supplementary_data", {}).get("related_ids", {})
        return {
            "deposit_ref": resource.get("invoice_id") or resource.get("custom_id"),
            "provider_ref": related.get("order_id"),
        }
    if kind.startswith(DISPUTE_EVENT):
        bought = resource["disputed_transactions"][0]
        return {"deposit_ref": bought.get("invoice_number") or bought.get("custom")}
    return {}


def _given(webhook: RawWebhook) -> dict[str, str]:
    given = {ours: webhook.headers.get(theirs, "") for ours, theirs in HEADERS.items()}
    if not all(given.values()):
        raise WebhookRefused("a header is missing")
    return given


def _signed_at(said: str, *, now: datetime) -> datetime:
    """Both bounds are ours: one from the future would stay good for a long time."""
    signed_at = instant(said)
    if signed_at is None:
        raise WebhookRefused("no time")
    if abs(now - signed_at) > WEBHOOK_AGE_MAX:
        raise WebhookRefused("too old, or from the future")
    return signed_at


def _event_id(body: bytes) -> str:
    try:
        event_id = json.loads(body)["id"]
    except (ValueError, KeyError, TypeError):
        raise WebhookRefused("no event") from None
    if not isinstance(event_id, str) or not event_id:
        raise WebhookRefused("no event")
    return event_id


@cache
def trusted_roots(pem: str) -> tuple[x509.Certificate, ...]:
    """Those of the machine's browsers, one by one: a single odd root must not shut out PayPal.

    One of them has a serial number that the standard forbids; later releases of the library
    will refuse it.
    """
    content = pem.encode() if pem else Path(certifi.where()).read_bytes()
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for block in PEM_BLOCK.findall(content):
            with suppress(ValueError):
                found.append(x509.load_pem_x509_certificate(block))
    return tuple(found)
