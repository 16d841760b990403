"""Sends members to Stripe's pages, finds sessions by our reference, has them deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    Health,
    HealthStatus,
    OutcomeUnknown,
    ProviderEnv,
    ProviderError,
)
from domain.provider_news import (
    ProviderEvent,
    RawWebhook,
    ReceivesWebhooks,
    VerifiedWebhook,
    WebhookRoute,
)
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    HostedCheck,
    Redacts,
    StartsHostedChecks,
    SubjectField,
    Verifier,
    VerifierManifest,
)
from plugins.kyc.stripe_identity.client import IdentityCalls
from plugins.kyc.stripe_identity.sessions import Page, Session, address_of, outcome_of
from plugins.kyc.stripe_identity.settings import (
    API_KEY,
    HOSTS,
    VERSION,
    WEBHOOK_SECRET,
    StripeIdentityConfig,
)
from plugins.signed_webhooks import object_of, verified_event

HEADER: Final = "stripe-signature"
ROUTE: Final = "identity"
EVENTS: Final = frozenset(
    f"identity.verification_session.{what}"
    for what in ("created", "processing", "verified", "requires_input", "canceled", "redacted")
)
ADDRESS_HOLDS: Final = timedelta(hours=24)  # of what the address is made from
EXPANDED: Final = ("verified_outputs", "verified_outputs.dob")
REDACTED: Final = "redacted"
NEEDS: Final = CheckNeeds(
    fields=frozenset({SubjectField.NAME, SubjectField.BORN_ON}),
    fields_if_known=frozenset({SubjectField.EMAIL}),
)


class StripeIdentity(Verifier[StripeIdentityConfig], StartsHostedChecks, Redacts, ReceivesWebhooks):
    manifest: ClassVar[VerifierManifest] = VerifierManifest(
        id="stripe_identity",
        version=VERSION,
        api_version=API_VERSION,
        kinds={CheckKind.DOCUMENT: NEEDS, CheckKind.SELFIE: NEEDS, CheckKind.AGE: NEEDS},
        countries=frozenset(),  # Stripe says `country_not_supported` where it serves nobody
        call_deadline=timedelta(seconds=45),
        concurrency=8,
        look_up_delays=tuple(timedelta(minutes=each) for each in (2, 10, 60, 360, 1440)),
        hosts=HOSTS,
        secrets=(API_KEY, WEBHOOK_SECRET),
    )
    config_type: ClassVar[type] = StripeIdentityConfig
    _env: ProviderEnv[StripeIdentityConfig]
    _calls: IdentityCalls

    async def open(self, env: ProviderEnv[StripeIdentityConfig]) -> None:
        if not env.config.allowed_types:
            raise ConfigError("at least one of allowed_types")
        self._env = env
        self._calls = IdentityCalls(env)
        await self._calls.open()

    async def close(self) -> None:
        self._calls.close()

    async def health(self, context: CallContext) -> Health:
        try:
            await self._calls.read(lambda sessions: sessions.list({"limit": 1}), Page)
        except ProviderError:
            return Health(status=HealthStatus.DOWN)
        return Health(status=HealthStatus.OK)

    async def start(self, request: CheckRequest, context: CallContext) -> HostedCheck:
        """One session per check: an address works once, so a later start asks for a fresh one."""
        known = await self._found(request)
        session = known or await self._calls.start(
            lambda sessions: sessions.create(
                self._params(request), options={"idempotency_key": request.check_ref}
            )
        )
        url = address_of(session)
        if url is None or session.client_reference_id != request.check_ref:
            raise OutcomeUnknown("the session needs nothing of the member: look it up")
        started_at = context.now if known else datetime.fromtimestamp(session.created, UTC)
        return HostedCheck(
            provider_ref=session.id, redirect_url=url, expires_at=started_at + ADDRESS_HOLDS
        )

    async def look_up(self, request: CheckRequest, context: CallContext) -> CheckOutcome | None:
        session = await self._found(request)
        if session is None:
            return None
        return outcome_of(session, request, valid_days=self._env.config.valid_days)

    async def redact(self, provider_ref: str, context: CallContext) -> bool:
        """Stripe takes some days; asked twice it says so and does it once."""
        session: Session | None = await self._calls.read(
            lambda sessions: sessions.retrieve(provider_ref)
        )
        if session is None:
            return True
        if session.redaction is None:
            session = await self._calls.start(lambda sessions: sessions.redact(provider_ref))
        return session.redaction is not None and session.redaction.status == REDACTED

    # -- news -----------------------------------------------------------------

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return (WebhookRoute(name=ROUTE, description=", ".join(sorted(EVENTS))),)

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        return verified_event(
            webhook, header=HEADER, secrets=self._env.secrets, name=WEBHOOK_SECRET
        )

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        event = object_of(webhook.body)
        data = event.get("data")
        about = data.get("object") if isinstance(data, Mapping) else None
        if event.get("type") not in EVENTS or not isinstance(about, Mapping):
            return ()
        created = event.get("created")
        return (
            ProviderEvent(
                event_id=webhook.event_id,
                event_type=str(event["type"]),
                occurred_at=datetime.fromtimestamp(created, UTC)
                if isinstance(created, int)
                else None,
                check_ref=_text(about, "client_reference_id"),
                provider_ref=_text(about, "id"),
            ),
        )

    # -- calls ----------------------------------------------------------------

    def _params(self, request: CheckRequest) -> dict[str, Any]:
        config, subject = self._env.config, request.subject
        params: dict[str, Any] = {
            "type": "document",
            "client_reference_id": request.check_ref,
            "metadata": {"check_ref": request.check_ref},
            "options": {
                "document": {
                    "allowed_types": [str(each) for each in config.allowed_types],
                    "require_live_capture": config.requires_live_capture,
                    "require_matching_selfie": request.kind is CheckKind.SELFIE,
                }
            },
        }
        if subject.email:
            params["provided_details"] = {"email": subject.email}
        if request.return_url or config.return_url:
            params["return_url"] = request.return_url or config.return_url
        return params

    async def _found(self, request: CheckRequest) -> Session | None:
        """By our reference, also when its answer to the start was lost; the newest of several."""
        reference = request.provider_ref
        if reference is None:
            page: Page | None = await self._calls.read(
                lambda sessions: sessions.list({"client_reference_id": request.check_ref}), Page
            )
            if page is None or not page.data:
                return None
            reference = max(page.data, key=lambda each: each.created).id
        session: Session | None = await self._calls.read(
            lambda sessions: sessions.retrieve(reference, {"expand": list(EXPANDED)})
        )
        if session is not None and session.client_reference_id != request.check_ref:
            return None  # of somebody else, whoever gave us that reference
        return session


def _text(whole: Mapping[str, Any], name: str) -> str | None:
    value = whole.get(name)
    return value if isinstance(value, str) and value else None
