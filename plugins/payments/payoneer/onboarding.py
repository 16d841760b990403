"""Registration at Payoneer: a link for the member, and what became of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from domain.payouts.provider import (
    OnboardingLink,
    OnboardingMember,
    OnboardingState,
    OnboardingStatus,
    Onboards,
)
from domain.provider import CallContext, NoAnswer, OutcomeUnknown, ProviderEnv
from plugins.http import error_of
from plugins.payments.payoneer.client import PayoneerClient
from plugins.payments.payoneer.settings import PAYEE_STATUSES, PayoneerConfig

REFUSED: Final = "Payoneer has not accepted your registration. Their support can tell you why."


class PayoneerOnboarding(Onboards):
    """The payee's id is our reference of the onboarding: theirs and ours are one."""

    _env: ProviderEnv[PayoneerConfig]
    _client: PayoneerClient

    async def start_onboarding(
        self, member: OnboardingMember, context: CallContext
    ) -> OnboardingLink:
        """Safe to repeat: the same payee gets another link."""
        wish = {"payee_id": member.onboarding_ref, "redirect_url": member.return_url}
        body = msgspec.json.encode({name: value for name, value in wish.items() if value})
        answer = await self._env.run_blocking(
            lambda: self._client.post("payees", "registration-link", body=body)
        )
        if not answer.is_success:
            raise error_of(answer.status, retry_after=answer.retry_after)
        url = (answer.data or {}).get("registration_link")
        if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1:")):
            raise OutcomeUnknown("an answer without a link")
        return OnboardingLink(provider_ref=member.onboarding_ref, url=url)

    async def onboarding_state(self, provider_ref: str, context: CallContext) -> OnboardingState:
        answer = await self._env.run_blocking(
            lambda: self._client.get("payees", provider_ref, "status")
        )
        if answer.status == HTTPStatus.NOT_FOUND and "error" in (answer.data or {}):
            return OnboardingState(status=OnboardingStatus.PENDING)  # has not begun yet
        told = (answer.data or {}).get("status")
        if not answer.is_success or told is None:
            raise NoAnswer(f"HTTP {answer.status}")
        text = told.get("description", "") if isinstance(told, dict) else told
        status = PAYEE_STATUSES.get(str(text).casefold(), OnboardingStatus.PENDING)
        is_ready = status is OnboardingStatus.READY
        return OnboardingState(
            status=status,
            fields={"payee_id": provider_ref} if is_ready else {},
            member_message=REFUSED if status is OnboardingStatus.REFUSED else None,
        )
