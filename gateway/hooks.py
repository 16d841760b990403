"""`POST /hooks/{instance}/{route}`: where providers call us. Proven, kept, answered; no more.

Everybody in the world may knock here. Only what its provider proves genuine is kept, and what
it says is looked up by a job.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import structlog
from litestar import Request, Response, post
from litestar.exceptions import ClientException

from domain.provider import CallContext, ProviderError
from domain.provider_inbox import operations as inbox
from domain.provider_inbox.rules import WEBHOOK_BYTES_MAX, is_fresh
from domain.provider_news import RawWebhook, VerifiedWebhook, WebhookRefused
from gateway.context import request_id_of
from schema.context import Services

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = "60"
NO_STORE: Final = {"Cache-Control": "no-store"}


@post(
    "/hooks/{instance_id:str}/{route:str}",
    include_in_schema=False,
    request_max_body_size=WEBHOOK_BYTES_MAX,
)
async def provider_hook(
    request: Request[Any, Any, Any], instance_id: str, route: str
) -> Response[bytes]:
    """200 once it is kept, also for the second time; 503 asks the provider to come again."""
    services: Services = request.app.state.services
    receivers = services.news.receivers(instance_id=instance_id, route=route)
    if not receivers:
        return said(HTTPStatus.NOT_FOUND)
    try:
        body = await request.body()
    except ClientException as failure:
        return said(HTTPStatus(failure.status_code))
    now = services.clock()
    webhook = RawWebhook(
        route=route,
        method=request.method,
        url=f"{services.url}{request.scope['path']}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        received_at=now,
    )
    context = CallContext(now=now, send_no=1, correlation_id=request_id_of(request))
    is_unable = False
    for receiver in receivers:
        try:
            verified = await receiver.verify_webhook(webhook, context)
        except WebhookRefused:
            continue
        except ProviderError:
            is_unable = True  # such as a secret that is missing
            continue
        if may_be_kept(verified, webhook):
            await keep(services, instance_id, verified, webhook)
            return said(HTTPStatus.OK)
    if is_unable:
        return said(HTTPStatus.SERVICE_UNAVAILABLE)
    await inbox.count_refused(
        instance_id=instance_id, route=route, body=body, new_id=services.new_id, now=now
    )
    log.warning("provider.webhook.refused", instance=instance_id, route=route)
    return said(HTTPStatus.BAD_REQUEST)


def may_be_kept(verified: VerifiedWebhook, webhook: RawWebhook) -> bool:
    """What the plugin says is held against what came: the same route, the same bytes, in time."""
    return (
        verified.route == webhook.route
        and verified.body == webhook.body
        and is_fresh(signed_at=verified.signed_at, received_at=webhook.received_at)
    )


async def keep(
    services: Services, instance_id: str, verified: VerifiedWebhook, webhook: RawWebhook
) -> None:
    is_new = await inbox.take_webhook(
        instance_id=instance_id,
        webhook=verified,
        received_at=webhook.received_at,
        vault=services.vault,
        new_id=services.new_id,
    )
    log.info("provider.webhook", instance=instance_id, route=webhook.route, is_new=is_new)


def said(status: HTTPStatus) -> Response[bytes]:
    headers = dict(NO_STORE)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_SECONDS
    return Response(b"", status_code=status, media_type="text/plain", headers=headers)
