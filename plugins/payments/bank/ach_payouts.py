"""ACH credits, NACHA files. ACH confirms nothing; it only returns."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from domain.payouts.provider import (
    BankDays,
    BatchSemantics,
    Destination,
    FeeKnown,
    FileRefused,
    FileReport,
    LookupAnswer,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutManifest,
    Rail,
    SequenceScope,
)
from domain.payouts.provider.bank_days import bank_day_after, fed_is_closed
from domain.provider import API_VERSION, CallContext, ConfigError, FieldProblem, NotSent
from plugins.payments.bank.payouts import DEADLINE, IDEMPOTENCY, LOOKUP, FilePayouts
from plugins.payments.bank.settings import (
    ACH_BATCH_MAX,
    ACH_CURRENCIES,
    ACH_DESTINATION,
    ACH_KIND,
    VERSION,
    AchConfig,
)


class AchPayouts(FilePayouts[AchConfig]):
    """US dollars to accounts in the United States."""

    manifest = PayoutManifest(
        id="bank_ach",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.BANK_ACH,),
        bank_days=BankDays.FEDWIRE,
        countries=frozenset({"US"}),
        currencies=ACH_CURRENCIES,
        destination_kinds={ACH_KIND: ACH_DESTINATION},
        max_batch=ACH_BATCH_MAX,
        batch_semantics=BatchSemantics.FILE,
        idempotency=IDEMPOTENCY,
        lookup=LOOKUP,
        # `failed`: a file that is refused after its silence was taken for a yes
        after_paid=frozenset({ObservedState.RETURNED, ObservedState.FAILED}),
        send_deadline=DEADLINE,
        call_deadline=DEADLINE,
        concurrency=2,
        data_classes=frozenset({"name", "account_number"}),
        sequence=SequenceScope.BATCH,
        fee_known=FeeKnown.NEVER,
    )
    config_type = AchConfig
    suffix = "ach"
    clearing_days = 2

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        """Nothing, unless the operator takes so many quiet banking days for a yes."""
        days, due_on = self._env.config.paid_after_banking_days, batch.provider_state.get("due_on")
        if not days or due_on is None:
            return await super().look_up(batch, context)
        until = bank_day_after(date.fromisoformat(due_on), days=days, is_closed=fed_is_closed)
        if context.now.date() <= until:
            return await super().look_up(batch, context)
        found = tuple(
            Observation(item_ref=item.item_ref, state=ObservedState.PAID, provider_code="SILENCE")
            for item in batch.items
        )
        return LookupAnswer(found=found, missing=())

    def _require_sound(self) -> None:
        from stdnum.us import rtn  # noqa: PLC0415  # the SDK

        from plugins.payments.bank import letters  # noqa: PLC0415  # loads the SDK

        config = self._env.config
        if not rtn.is_valid(config.immediate_dest):
            raise ConfigError("immediate_dest is no routing number")
        names = (config.immediate_dest_name, config.immediate_org_name, config.company_name)
        if any(letters.ach_text(name, length=len(name)) != name for name in names):
            raise ConfigError("a name has letters that ACH files cannot carry")
        if config.paid_after_banking_days and config.deliver == "staff":
            raise ConfigError("silence says nothing about a file that staff may not have uploaded")

    def _problems(self, destination: Destination) -> tuple[FieldProblem, ...]:
        from plugins.payments.bank.destinations import ach_problems  # noqa: PLC0415  # loads the SDK

        return ach_problems(destination)

    def _render(self, batch: PayoutBatch, created: datetime) -> tuple[bytes, date]:
        from plugins.payments.bank import nacha  # noqa: PLC0415  # loads the SDK

        config = self._env.config
        payload = nacha.render_ach(batch, config=config, created=created)
        name = f"ach-{created.astimezone(nacha.CLEARING_ZONE):%y%m%d}-{payload[33:34].decode()}"
        if self._folder is not None and not self._folder.reserve(name=name, owner=batch.batch_ref):
            raise NotSent("the 26 file letters of this day are used up")
        return payload, nacha.effective_day(created, lead_days=config.lead_days)

    def _statement_account(self) -> str:
        if not self._env.config.account:
            raise FileRefused("this instance does not name the account of its statements")
        return self._env.config.account

    def _read(self, content: bytes) -> FileReport:
        from plugins.payments.bank.nacha_returns import read_nacha  # noqa: PLC0415  # loaded with others

        if content[:3] == b"101":
            digest = hashlib.sha256(content).hexdigest()
            return read_nacha(content, file_id=f"{self.manifest.id}:{digest}")
        return super()._read(content)
