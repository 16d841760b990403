"""SEPA credit transfers, pain.001.001.09."""

from __future__ import annotations

from datetime import date, datetime

from domain.payouts.provider import (
    BankDays,
    BatchSemantics,
    Destination,
    FeeKnown,
    ObservedState,
    PayoutBatch,
    PayoutManifest,
    Rail,
)
from domain.provider import API_VERSION, ConfigError, FieldProblem
from plugins.payments.bank.payouts import DEADLINE, IDEMPOTENCY, LOOKUP, FilePayouts
from plugins.payments.bank.settings import (
    SEPA_BATCH_MAX,
    SEPA_COUNTRIES,
    SEPA_CURRENCIES,
    SEPA_DESTINATION,
    SEPA_KIND,
    VERSION,
    SepaConfig,
)


class SepaPayouts(FilePayouts[SepaConfig]):
    """Euro to accounts in the SEPA countries."""

    manifest = PayoutManifest(
        id="bank_sepa",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.BANK_SEPA,),
        bank_days=BankDays.TARGET,
        countries=SEPA_COUNTRIES,
        currencies=SEPA_CURRENCIES,
        destination_kinds={SEPA_KIND: SEPA_DESTINATION},
        max_batch=SEPA_BATCH_MAX,
        batch_semantics=BatchSemantics.FILE,
        idempotency=IDEMPOTENCY,
        lookup=LOOKUP,
        after_paid=frozenset({ObservedState.RETURNED}),
        send_deadline=DEADLINE,
        call_deadline=DEADLINE,
        concurrency=2,
        data_classes=frozenset({"name", "iban", "address"}),
        fee_known=FeeKnown.NEVER,
    )
    config_type = SepaConfig
    suffix = "xml"
    clearing_days = 1

    def _require_sound(self) -> None:
        from plugins.payments.bank import destinations, letters, sepa, settings  # noqa: PLC0415  # load the SDKs

        config = self._env.config
        for text, length in (
            (config.debtor_name, settings.SEPA_NAME_MAX),
            (config.debtor_town, settings.TOWN_MAX),
        ):
            if letters.sepa_text(text, length=length) != text:
                raise ConfigError("the debtor has letters that SEPA files cannot carry")
        if destinations.iban_of(config.debtor_iban) is None:
            raise ConfigError("debtor_iban is no IBAN")
        if not sepa.debtor_bic(config):
            raise ConfigError("debtor_bic is needed for this bank")

    def _problems(self, destination: Destination) -> tuple[FieldProblem, ...]:
        from plugins.payments.bank.destinations import sepa_problems  # noqa: PLC0415  # loads the SDK

        return sepa_problems(destination)

    def _render(self, batch: PayoutBatch, created: datetime) -> tuple[bytes, date]:
        from plugins.payments.bank.sepa import execution_day, render_sepa  # noqa: PLC0415  # loads the SDK

        config = self._env.config
        due_on = execution_day(created, lead_days=config.lead_days)
        return render_sepa(batch, config=config, created=created), due_on

    def _statement_account(self) -> str:
        from plugins.payments.bank.destinations import iban_of  # noqa: PLC0415  # loads the SDK

        return iban_of(self._env.config.debtor_iban) or ""
