"""Who is paid by Global Payouts: recipient accounts, their payout methods, whose name it is."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from domain.payouts.provider import (
    Destination,
    HolderMatch,
    OnboardingLink,
    OnboardingMember,
    OnboardingState,
    OnboardingStatus,
    PayoutItem,
)
from domain.provider import (
    BatchRefused,
    CallContext,
    DestinationInvalid,
    FieldProblem,
    Unsupported,
)
from plugins.payments.stripe.answers import (
    Link,
    PayoutMethod,
    Recipient,
    RecipientVerification,
    SetupIntent,
)
from plugins.payments.stripe.client import PAGE_LIMIT, StripeCalls
from plugins.payments.stripe.destinations import RECIPIENT_KIND

ELIGIBLE: Final = "eligible"
UNUSABLE: Final = frozenset({"ineligible", "invalid"})
RENEW: Final = "Stripe cannot pay to this account. Please renew it with Stripe."
NAME_DIFFERS: Final = "The name does not belong to this account. Please correct it."
INCLUDED: Final = ["configuration.recipient", "requirements"]


class Recipients:
    """Everything here comes before the money: none of it pays."""

    def __init__(self, calls: StripeCalls, *, return_url: str) -> None:
        self._calls = calls
        self._return_url = return_url

    async def start(self, member: OnboardingMember, context: CallContext) -> OnboardingLink:
        """The account is made once per `onboarding_ref`; links are single use, so always anew."""
        recipient = await self._calls.prepare(
            lambda client: client.v2.core.accounts.create(
                _recipient_of(member), {"idempotency_key": member.onboarding_ref}
            ),
            Recipient,
        )
        url = member.return_url or self._return_url
        link = await self._calls.prepare(
            lambda client: client.v2.core.account_links.create(
                {
                    "account": recipient.id,
                    "use_case": {
                        "type": "account_onboarding",
                        "account_onboarding": {
                            "refresh_url": url,
                            "return_url": url,
                            "collection_options": {"fields": "eventually_due"},
                        },
                    },
                },
                {"idempotency_key": f"{member.onboarding_ref}-L-{context.now.timestamp():.0f}"},
            ),
            Link,
        )
        return OnboardingLink(
            provider_ref=recipient.id, url=link.url, expires_at=_instant(link.expires_at)
        )

    async def state(self, recipient: str) -> OnboardingState:
        account = await self._calls.find(
            lambda client: client.v2.core.accounts.retrieve(recipient, {"include": INCLUDED}),
            Recipient,
        )
        if account is None or account.closed:
            return OnboardingState(status=OnboardingStatus.REFUSED, member_message=RENEW)
        methods = await self._methods(recipient)
        ready = [each for each in methods if _is_usable(each)]
        if ready:
            newest = max(ready, key=lambda each: each.created)
            return OnboardingState(
                status=OnboardingStatus.READY,
                fields={"recipient": recipient, "payout_method": newest.id},
            )
        if _is_rejected(account):
            return OnboardingState(status=OnboardingStatus.REFUSED, member_message=RENEW)
        is_unusable = any(each.usage_status.payments in UNUSABLE for each in methods)
        return OnboardingState(
            status=OnboardingStatus.PENDING, member_message=RENEW if is_unusable else None
        )

    async def payout_method_of(self, destination: Destination, *, key: str) -> str:
        """Bank details are handed to Stripe anew for each `key`, which is the item's.

        Searching for an earlier payout method would compare four digits, and after a corrected
        account number could pay to the wrong one.
        """
        if destination.kind == RECIPIENT_KIND:
            return destination.fields["payout_method"]
        method = await self._set_up(destination, key=key)
        if not _is_usable(method):
            raise _invalid(f"payout_method_{method.usage_status.payments}", RENEW)
        return method.id

    async def match(self, destination: Destination, context: CallContext) -> HolderMatch:
        try:
            today = f"{_digest(destination)}-{context.now.date().isoformat()}"
            payout_method = await self.payout_method_of(destination, key=f"{today}-M")
            verified = await self._verified(
                recipient=destination.fields["recipient"],
                payout_method=payout_method,
                key=f"{today}-V",
            )
        except (BatchRefused, Unsupported, DestinationInvalid):
            return HolderMatch.UNAVAILABLE  # Stripe checks no names for this kind of account
        if verified.match_result not in set(HolderMatch):
            return HolderMatch.UNAVAILABLE
        return HolderMatch(verified.match_result)

    async def verification_for(self, item: PayoutItem, payout_method: str) -> str:
        """Where names must be checked; Stripe wants the number of the check with the payment."""
        verified = await self._verified(
            recipient=item.destination.fields["recipient"],
            payout_method=payout_method,
            key=f"{item.item_ref}-V",
        )
        if verified.match_result in (HolderMatch.NO_MATCH, HolderMatch.CLOSE_MATCH):
            raise _invalid(f"name_{verified.match_result}", NAME_DIFFERS)
        return verified.id

    async def _verified(
        self, *, recipient: str, payout_method: str, key: str
    ) -> RecipientVerification:
        return await self._calls.prepare(
            lambda client: client.v2.money_management.recipient_verifications.create(
                {"recipient": recipient, "payout_method": payout_method},
                {"idempotency_key": key},
            ),
            RecipientVerification,
        )

    async def _methods(self, recipient: str) -> list[PayoutMethod]:
        return await self._calls.pages(
            lambda client: client.v2.money_management.payout_methods.list(
                {"limit": PAGE_LIMIT}, {"stripe_context": recipient}
            ),
            PayoutMethod,
        )

    async def _set_up(self, destination: Destination, *, key: str) -> PayoutMethod:
        fields = destination.fields
        account = {
            "account_number": fields["account_number"],
            "country": destination.country.lower(),
            "currency": destination.currency.lower(),
        }
        for name in ("routing_number", "branch_number", "swift_code"):
            if fields.get(name):
                account[name] = fields[name]
        intent = await self._calls.prepare(
            lambda client: client.v2.money_management.outbound_setup_intents.create(
                {
                    "payout_method_data": {"type": "bank_account", "bank_account": account},
                    "usage_intent": "payment",
                },
                {"idempotency_key": key, "stripe_context": fields["recipient"]},
            ),
            SetupIntent,
        )
        if intent.payout_method is None:
            raise _invalid(f"setup_{intent.status}", RENEW)
        return intent.payout_method


def _digest(destination: Destination) -> str:
    """A corrected destination is another question: with the old key it would be an error."""
    content = [destination.destination_id.hex, *sorted(destination.fields.items())]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _recipient_of(member: OnboardingMember) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "configuration": {
            "recipient": {"capabilities": {"bank_accounts": {"local": {"requested": True}}}}
        },
        "identity": {"country": member.country.lower(), "entity_type": "individual"},
        "dashboard": "none",
        "include": INCLUDED,
        "metadata": {"onboarding_ref": member.onboarding_ref},
    }
    if member.email:
        wanted["contact_email"] = member.email
    return wanted


def _is_usable(method: PayoutMethod) -> bool:
    return (
        method.usage_status.payments == ELIGIBLE and not method.archived and not method.restricted
    )


def _is_rejected(account: Recipient) -> bool:
    recipient = (account.configuration or {}).get("recipient") or {}
    banks = (recipient.get("capabilities") or {}).get("bank_accounts") or {}
    states = {rail.get("status") for rail in banks.values() if isinstance(rail, dict)}
    return bool(states) and states <= {"rejected", "unsupported"}


def _instant(value: int | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _invalid(code: str, message: str) -> DestinationInvalid:
    problem = FieldProblem(field="payout_method", code=code, message=message)
    return DestinationInvalid(problems=(problem,))
