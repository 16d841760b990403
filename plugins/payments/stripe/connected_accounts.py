"""How a member gets an account that Connect can pay to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from domain.payouts.provider import (
    OnboardingLink,
    OnboardingMember,
    OnboardingState,
    OnboardingStatus,
)
from domain.provider import CallContext
from plugins.payments.stripe.answers import Account, Link
from plugins.payments.stripe.client import StripeCalls
from plugins.payments.stripe.settings import SettleOn, StripeConfig

REFUSED: Final = "Stripe does not pay to this account. Please ask Stripe why."
MORE: Final = "Stripe needs more from you before it can pay."


async def start(
    calls: StripeCalls, config: StripeConfig, member: OnboardingMember, context: CallContext
) -> OnboardingLink:
    """The account is made once per `onboarding_ref`; links are single use, so always anew."""
    account = await calls.prepare(
        lambda client: client.v1.accounts.create(
            _account_of(member, config), {"idempotency_key": member.onboarding_ref}
        ),
        Account,
    )
    url = member.return_url or config.return_url
    link = await calls.prepare(
        lambda client: client.v1.account_links.create(
            {
                "account": account.id,
                "type": "account_onboarding",
                "refresh_url": url,
                "return_url": url,
            },
            {"idempotency_key": f"{member.onboarding_ref}-L-{context.now.timestamp():.0f}"},
        ),
        Link,
    )
    expires = link.expires_at
    return OnboardingLink(
        provider_ref=account.id,
        url=link.url,
        expires_at=datetime.fromtimestamp(expires, UTC) if isinstance(expires, int) else None,
    )


async def state(calls: StripeCalls, account_id: str) -> OnboardingState:
    account = await calls.find(lambda client: client.v1.accounts.retrieve(account_id), Account)
    reason = (
        (account.requirements.disabled_reason or "") if account and account.requirements else ""
    )
    if account is None or reason.startswith("rejected"):
        return OnboardingState(status=OnboardingStatus.REFUSED, member_message=REFUSED)
    if account.payouts_enabled and account.details_submitted:
        return OnboardingState(status=OnboardingStatus.READY, fields={"account": account.id})
    return OnboardingState(status=OnboardingStatus.PENDING, member_message=MORE if reason else None)


def _account_of(member: OnboardingMember, config: StripeConfig) -> dict[str, Any]:
    """Paid out by us, step by step, unless Stripe's own schedule shall do it."""
    interval = "manual" if config.settle_on is SettleOn.PAYOUT else "daily"
    wanted: dict[str, Any] = {
        "country": member.country,
        "controller": {
            "stripe_dashboard": {"type": "express"},
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
        },
        "capabilities": {"transfers": {"requested": True}},
        "settings": {"payouts": {"schedule": {"interval": interval}}},
        "metadata": {"onboarding_ref": member.onboarding_ref},
    }
    if member.email:
        wanted["email"] = member.email
    return wanted
