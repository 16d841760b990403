"""Deposits by SEPA transfer: the employer pays to our account, the bank's statement tells of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from domain.deposits.provider import (
    DepositManifest,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
)
from domain.money import amount_text
from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    Health,
    HealthStatus,
    ProviderEnv,
)
from plugins.payments.bank.references import creditor_reference, in_fours
from plugins.payments.bank.settings import SEPA_CURRENCIES, VERSION, SepaConfig

DEADLINE: Final = timedelta(seconds=10)
PAID_WITHIN: Final = timedelta(days=30)
NOBODY_CAN_BE_ASKED: Final = (timedelta(days=30),)  # files come unasked


class SepaDeposits(DepositProvider[SepaConfig]):
    """Calls nobody, and sees no file: `SepaPayouts` of the same instance reads what arrived."""

    manifest = DepositManifest(
        id="bank_sepa",
        version=VERSION,
        api_version=API_VERSION,
        rails=("bank_transfer",),
        currencies=SEPA_CURRENCIES,
        look_up_delays=NOBODY_CAN_BE_ASKED,
        expires_after=PAID_WITHIN,
        after_settled_delays=(),
        call_deadline=DEADLINE,
        concurrency=4,
    )
    config_type = SepaConfig

    _env: ProviderEnv[SepaConfig]
    _iban: str

    async def open(self, env: ProviderEnv[SepaConfig]) -> None:
        def iban() -> str | None:
            from plugins.payments.bank.destinations import iban_of  # noqa: PLC0415  # loads the SDK

            return iban_of(env.config.debtor_iban)

        found = await env.run_blocking(iban)
        if found is None:
            raise ConfigError("debtor_iban is no IBAN")
        self._env, self._iban = env, found

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK, detail="employers transfer to our account")

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        reference = creditor_reference(request.deposit_ref)
        config = self._env.config
        amount = amount_text(request.amount)
        return DepositStart(
            provider_ref=reference,
            instructions=f"Transfer {amount} EUR to {config.debtor_name}, "
            f"IBAN {in_fours(self._iban)}, reference {in_fours(reference)}.",
        )

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        """Nobody can be asked: what came is told by the statements of `read_file`."""
        return None
