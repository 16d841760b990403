"""What an instance of Payoneer can be told, what it takes, and what its words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

import msgspec

from domain.money import MICROS_PER_UNIT, Money
from domain.payouts.provider import DestinationKind, ObservedState, OnboardingStatus
from domain.provider import CurrencyLimits
from plugins.http import ENDPOINT

VERSION: Final = "1"
EXPONENT: Final = 2
PER_CALL_MAX: Final = 500  # theirs
BATCH_MAX: Final = 200  # ours: after a refusal each item is looked up alone
KIND: Final = "payoneer_payee"
PAYEE_ID: Final = "^[A-Za-z0-9_-]{1,30}$"
LIVE: Final = "api.payoneer.com"
SANDBOX: Final = "api.sandbox.payoneer.com"
LOGINS: Final = {
    f"https://{LIVE}": "https://login.payoneer.com",
    f"https://{SANDBOX}": "https://login.sandbox.payoneer.com",
}
HOSTS: Final = frozenset({LIVE, SANDBOX, "login.payoneer.com", "login.sandbox.payoneer.com"})
HOOK_ADDRESS: Final = r"^https?://[^\s]+\{route\}[^\s]*$"


class PayoneerConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`statuses` adds words of theirs that the operator has seen and understood.

    `hook_address` is the address of our webhooks as Payoneer signs it, with `{route}` in it:
    how they write it is not documented, so it stands here letter by letter.
    """

    program_id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{1,40}$")]
    endpoint: Annotated[str, msgspec.Meta(pattern=ENDPOINT)] = f"https://{SANDBOX}"
    hook_application: Literal["Webhook-IPCNSender-sandbox", "Webhook-IPCNSender-production"] = (
        "Webhook-IPCNSender-sandbox"
    )
    hook_address: Annotated[str, msgspec.Meta(pattern=HOOK_ADDRESS)] = "https://localhost/{route}"
    statuses: dict[str, ObservedState] = {}
    fee_micros: Annotated[int, msgspec.Meta(ge=0, le=100 * MICROS_PER_UNIT)] = 0

    @property
    def login(self) -> str:
        """Another host than the one that pays; a simulator is both."""
        return LOGINS.get(self.endpoint, self.endpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    word: str
    state: ObservedState
    source: str
    verified_on: date | None = None


_SEEN: Final = "named by webhooks of v4; not compared with the vendor's pages"
# A word without a row means nothing to us: staff are told, and may add it to `statuses`.
STATUSES: Final[Mapping[str, StatusRow]] = {
    word.casefold(): StatusRow(word=word, state=state, source=_SEEN)
    for word, state in (
        ("PaymentRequestAccepted", ObservedState.ACCEPTED),
        ("PayoutSentToBank", ObservedState.PENDING),
        ("AccountCardLoaded", ObservedState.PAID),
        ("CancelPayout", ObservedState.CANCELLED),
    )
}
# Their number comes with a text; the text is what we read.
PAYEE_STATUSES: Final[Mapping[str, OnboardingStatus]] = {
    "active": OnboardingStatus.READY,
    "approved": OnboardingStatus.READY,
    "inactive": OnboardingStatus.PENDING,
    "pending": OnboardingStatus.PENDING,
    "declined": OnboardingStatus.REFUSED,
}
ROUTES: Final[Mapping[str, str]] = {
    "payment-request-accepted": "Payment request accepted",
    "payout-sent-to-bank": "Payout sent to the bank",
    "account-card-loaded": "Account or card loaded",
    "cancel-payout": "Payout cancelled",
    "payee-approved": "Payee approved",
    "payee-declined": "Payee declined",
}
CURRENCIES: Final[Mapping[str, CurrencyLimits]] = {
    currency: CurrencyLimits(
        minimum=Money(20 * MICROS_PER_UNIT, currency),
        maximum=Money(50_000 * MICROS_PER_UNIT, currency),
        exponent=EXPONENT,
    )
    for currency in ("EUR", "GBP", "USD")
}
DESTINATION: Final = DestinationKind(
    label_field="payee_id",
    schema={
        "type": "object",
        "required": ["payee_id"],
        "additionalProperties": False,
        "properties": {
            "payee_id": {"type": "string", "title": "Payoneer payee id", "pattern": PAYEE_ID}
        },
    },
)
