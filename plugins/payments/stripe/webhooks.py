"""Stripe's webhooks: who signed them, and whom an event is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from domain.provider import CallContext, ProviderEnv
from domain.provider_news import (
    ListsMissedWebhooks,
    ProviderEvent,
    RawWebhook,
    ReceivesWebhooks,
    VerifiedWebhook,
    WebhookRoute,
)
from plugins.payments.stripe.client import PAGE_LIMIT, StripeCalls, rfc3339
from plugins.payments.stripe.settings import WEBHOOK_SECRET, StripeConfig
from plugins.signed_webhooks import object_of, signed_at_of, verified_event

HEADER: Final = "stripe-signature"
THIN: Final = "v2.core.event"
TYPES_MAX: Final = 20  # that a list of events may name

PAYOUT_EVENTS: Final = frozenset(
    f"v2.money_management.outbound_payment.{what}"
    for what in ("created", "updated", "posted", "failed", "returned", "canceled", "under_review")
)
CONNECT_EVENTS: Final = frozenset(
    {"account.updated", "capability.updated"}
    | {f"transfer.{what}" for what in ("created", "updated", "reversed")}
    | {f"payout.{what}" for what in ("created", "updated", "paid", "failed", "canceled")}
    | {"payout.reconciliation_completed"}
)
DEPOSIT_EVENTS: Final = frozenset(
    {"charge.refunded"}
    | {
        f"checkout.session.{what}"
        for what in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
    }
    | {f"refund.{what}" for what in ("created", "updated", "failed")}
    | {
        f"charge.dispute.{what}"
        for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    }
)


class SignedWebhooks(ReceivesWebhooks, ListsMissedWebhooks):
    """For all three providers; each says which of Stripe's events concern it."""

    route: str
    event_types: frozenset[str]
    _env: ProviderEnv[StripeConfig]
    _calls: StripeCalls

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return (WebhookRoute(name=self.route, description=", ".join(sorted(self.event_types))),)

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        return verified_event(
            webhook, header=HEADER, secrets=self._env.secrets, name=WEBHOOK_SECRET
        )

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        event = object_of(webhook.body)
        if event.get("type") not in self.event_types:
            return ()
        return _thin(event) if event.get("object") == THIN else _full(event)

    async def missed_webhooks(
        self, since: datetime, context: CallContext
    ) -> tuple[VerifiedWebhook, ...]:
        """What Stripe could not deliver, oldest first; it keeps events for 30 days."""
        events = [
            *await self._missed(since, is_thin=False),
            *await self._missed(since, is_thin=True),
        ]
        return tuple(
            VerifiedWebhook(
                event_id=str(event["id"]), route=self.route, body=msgspec.json.encode(event)
            )
            for event in reversed(events)
        )

    async def _missed(self, since: datetime, *, is_thin: bool) -> list[dict[str, Any]]:
        """Of thin events Stripe does not say which arrived: all of them are read again."""
        types = sorted(each for each in self.event_types if each.startswith("v2.") is is_thin)
        assert len(types) <= TYPES_MAX
        if not types:
            return []
        if is_thin:
            asked: dict[str, Any] = {
                "types": types,
                "created": {"gte": rfc3339(since)},
                "limit": PAGE_LIMIT,
            }
            return await self._calls.pages(
                lambda client: client.v2.core.events.list(asked), dict[str, Any]
            )
        asked = {
            "types": types,
            "created": {"gte": int(since.timestamp())},
            "delivery_success": False,
            "limit": PAGE_LIMIT,
        }
        return await self._calls.pages(lambda client: client.v1.events.list(asked), dict[str, Any])


def verified_at(webhook: RawWebhook, *, secrets: tuple[str, ...]) -> datetime:
    return signed_at_of(webhook, header=HEADER, secrets=secrets)


def _thin(event: Mapping[str, Any]) -> tuple[ProviderEvent, ...]:
    """It names the object and, where a call of ours made it, that call's key: our reference."""
    related = _part(event, "related_object")
    request = _part(_part(event, "reason"), "request")
    key = _text(request, "idempotency_key")
    return (
        ProviderEvent(
            event_id=str(event["id"]),
            event_type=str(event["type"]),
            occurred_at=_written(_text(event, "created")),
            item_ref=key if key and "-" not in key else None,
            provider_ref=_text(related, "id"),
        ),
    )


def _full(event: Mapping[str, Any]) -> tuple[ProviderEvent, ...]:
    about = _part(_part(event, "data"), "object")
    metadata = _part(about, "metadata")
    created = event.get("created")
    return (
        ProviderEvent(
            event_id=str(event["id"]),
            event_type=str(event["type"]),
            occurred_at=datetime.fromtimestamp(created, UTC) if isinstance(created, int) else None,
            item_ref=_text(metadata, "item_ref") or _text(about, "transfer_group"),
            deposit_ref=_text(metadata, "deposit_ref") or _text(about, "client_reference_id"),
            provider_ref=_provider_ref(str(event["type"]), about),
        ),
    )


def _provider_ref(event_type: str, about: Mapping[str, Any]) -> str | None:
    """A dispute or a refund is about a payment; a capability about an account."""
    if event_type.startswith(("charge.", "refund.")):
        return _text(about, "payment_intent")
    if event_type == "capability.updated":
        return _text(about, "account")
    return _text(about, "id")


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(whole: Mapping[str, Any], name: str) -> str | None:
    value = whole.get(name)
    return value if isinstance(value, str) and value else None


def _written(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
