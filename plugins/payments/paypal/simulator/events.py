"""The simulator's events: kept, listed, sent again, and signed as they leave."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from plugins.payments.paypal.settings import LIVE, SIGNERS
from plugins.payments.paypal.simulator.answers import Asked, Refusal, Told, instant_text
from plugins.payments.paypal.simulator.signing import certificate_pem, signed_headers
from plugins.simulation import OutgoingWebhook, SimulatedClock

ROUTE: Final = "events"
WEBHOOK_ID: Final = "8PT597110X687430LKGECATA"
CERTIFICATE_PATH: Final = "/v1/notifications/certs/CERT-simulator"
PATH: Final = "/v1/notifications/webhooks-events"
PAGE: Final = 10
PAGE_MAX: Final = 300
ID_LENGTH: Final = 17


class Events:
    """`send` hands an event to the outbox; `webhook_id` is what signatures are made for."""

    def __init__(
        self,
        clock: SimulatedClock,
        *,
        send: Callable[[str, bytes], object],
        address: Callable[[], str],
    ) -> None:
        self.webhook_id = WEBHOOK_ID
        self.signer = SIGNERS[LIVE]
        self.certificate_until: datetime | None = None
        self._clock = clock
        self._send = send
        self._address = address
        self._kept: list[tuple[datetime, dict[str, Any], str | None]] = []
        self._bodies: dict[str, bytes] = {}

    def tell(
        self,
        event_type: str,
        *,
        resource_type: str,
        resource: Mapping[str, Any],
        transaction_id: str | None = None,
        at: datetime | None = None,
    ) -> None:
        now = at or self._clock.now()
        name = f"WH{len(self._bodies):0{ID_LENGTH}d}"
        event = {
            "id": name,
            "event_version": "1.0",
            "create_time": instant_text(now),
            "resource_type": resource_type,
            "event_type": event_type,
            "summary": "Something has happened.",
            "resource": dict(resource),
            "links": [{"href": f"{self._address()}{PATH}/{name}", "rel": "self", "method": "GET"}],
        }
        self._kept.append((now, event, transaction_id))
        self._bodies[name] = msgspec.json.encode(event)
        self._send(name, self._bodies[name])

    def forget(self, *, prefix: str = "") -> None:
        """As for an account that has no webhook for these."""
        self._kept = [kept for kept in self._kept if not kept[1]["event_type"].startswith(prefix)]

    def listed(self, asked: Asked) -> Told:
        """Newest first, page by page; the next page is a link."""
        query = asked.query
        size = min(int(query.get("page_size", PAGE)), PAGE_MAX)
        skipped = int(query.get("skip", 0))
        found = [event for at, event, done in reversed(self._kept) if _fits(at, event, done, query)]
        page = found[skipped : skipped + size]
        links = [{"href": f"{self._address()}{PATH}", "rel": "self", "method": "GET"}]
        if skipped + size < len(found):
            following = urlencode({**query, "skip": skipped + size})
            href = f"{self._address()}{PATH}?{following}"
            links.append({"href": href, "rel": "next", "method": "GET"})
        return Told(body={"events": page, "count": len(page), "links": links})

    def resend(self, asked: Asked) -> Told:
        name = asked.names["event_id"]
        if name not in self._bodies:
            raise Refusal(
                HTTPStatus.NOT_FOUND, "INVALID_RESOURCE_ID", message="There is no such event."
            )
        self._send(name, self._bodies[name])
        return Told(body=json.loads(self._bodies[name]))

    def certificate(self, _: Asked) -> Told:
        pem = (
            certificate_pem(self.signer)
            if self.certificate_until is None
            else certificate_pem(self.signer, until=self.certificate_until)
        )
        return Told(body=pem.decode(), media_type="application/x-pem-file")

    def verify(self, asked: Asked) -> Told:
        """By making the signature anew: RSA with this padding has one per message.

        Over the event as it was kept, since whoever stands between us may have written the
        body anew; it must say the same.
        """
        told = asked.body
        body = self._bodies.get(str(told["webhook_event"].get("id")), b"{}")
        wanted = signed_headers(
            body,
            transmission_id=told["transmission_id"],
            at=datetime.fromisoformat(told["transmission_time"]),
            webhook_id=told["webhook_id"],
            certificate_url=told["cert_url"],
        )
        is_right = (
            told["webhook_id"] == self.webhook_id
            and told["webhook_event"] == json.loads(body)
            and told["transmission_sig"] == wanted["PAYPAL-TRANSMISSION-SIG"]
        )
        return Told(body={"verification_status": "SUCCESS" if is_right else "FAILURE"})

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        return signed_headers(
            event.body,
            transmission_id=f"tx-{event.event_id}",
            at=self._clock.now(),
            webhook_id=self.webhook_id,
            certificate_url=f"{self._address()}{CERTIFICATE_PATH}",
        )


def _fits(
    at: datetime, event: Mapping[str, Any], transaction_id: str | None, query: Mapping[str, str]
) -> bool:
    if "transaction_id" in query and transaction_id != query["transaction_id"]:
        return False
    if "event_type" in query and event["event_type"] != query["event_type"]:
        return False
    if "start_time" in query and at < datetime.fromisoformat(query["start_time"]):
        return False
    return "end_time" not in query or at <= datetime.fromisoformat(query["end_time"])
