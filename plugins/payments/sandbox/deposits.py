"""Sandbox deposits: the employer's note chooses the scenario, `sandbox:fail` for instance."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

from domain.deposits.provider import (
    DepositManifest,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
    ObservedDeposit,
    ObservedRefund,
    RefundObservation,
    RefundRequest,
    RefundsDeposits,
)
from domain.provider import (
    API_VERSION,
    CallContext,
    Declined,
    Health,
    HealthStatus,
    OutcomeUnknown,
    ProviderEnv,
)
from plugins.payments.sandbox.memory import Kept, SandboxMemory
from plugins.payments.sandbox.scenarios import (
    Scenario,
    deposit_scenario,
    deposit_state_after,
    moved_amount,
)
from plugins.payments.sandbox.settings import CURRENCIES, VERSION, SandboxConfig

DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (2, 3, 5, 10, 30, 60, 300, 1800, 7200, 43200)
)


class SandboxDeposits(DepositProvider[SandboxConfig], RefundsDeposits):
    """Settles by itself at the first look-up after the delay: nobody has to pay.

    A refund is done at once.
    """

    manifest = DepositManifest(
        id="sandbox",
        version=VERSION,
        api_version=API_VERSION,
        rails=("sandbox",),
        currencies=CURRENCIES,
        look_up_delays=DELAYS,
        call_deadline=timedelta(seconds=5),
        concurrency=4,
        is_sandbox=True,
    )
    config_type = SandboxConfig

    _env: ProviderEnv[SandboxConfig]
    _memory: SandboxMemory

    async def open(self, env: ProviderEnv[SandboxConfig]) -> None:
        self._env = env
        self._memory = SandboxMemory(Path(env.config.path))
        await env.run_blocking(self._memory.prepare)

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK)

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        scenario = deposit_scenario(request.reference)
        if scenario is Scenario.INVALID:
            raise Declined("refused, by request", code="SANDBOX_REFUSED")
        if scenario is Scenario.TIMEOUT_LOST and context.send_no == 1:
            await self._time_out()
        asked = Kept(
            ref=request.deposit_ref,
            scenario=scenario.value,
            amount=request.amount,
            accepted_at=context.now,
        )
        await self._env.run_blocking(lambda: self._memory.accept_deposit(asked))
        if scenario is Scenario.TIMEOUT_SENT and context.send_no == 1:
            await self._time_out()
        return DepositStart(
            provider_ref=f"sandbox-{request.deposit_ref}", redirect_url=request.return_url or None
        )

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        kept = await self._env.run_blocking(lambda: self._memory.deposit(request.deposit_ref))
        if kept is None:
            return None
        scenario = Scenario(kept.scenario)
        state = deposit_state_after(
            scenario=scenario,
            elapsed=context.now - kept.accepted_at,
            delay=timedelta(seconds=self._env.config.settle_seconds),
        )
        is_settled = state is ObservedDeposit.SETTLED
        exponent = CURRENCIES[kept.amount.currency].exponent
        return DepositObservation(
            state=state,
            amount=moved_amount(scenario=scenario, amount=kept.amount, exponent=exponent)
            if is_settled
            else None,
            provider_ref=f"sandbox-{request.deposit_ref}",
            provider_code=f"SANDBOX_{state.upper()}",
            occurred_at=context.now,
        )

    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        asked = Kept(
            ref=request.refund_ref,
            scenario="",
            amount=request.amount,
            accepted_at=context.now,
        )
        deposit_ref = request.deposit.deposit_ref
        await self._env.run_blocking(
            lambda: self._memory.accept_refund(asked, deposit_ref=deposit_ref)
        )
        return _refunded(request)

    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        is_known = await self._env.run_blocking(lambda: self._memory.has_refund(request.refund_ref))
        return _refunded(request) if is_known else None

    async def _time_out(self) -> None:
        await asyncio.sleep(self._env.config.hang_seconds)
        raise OutcomeUnknown("a time-out, by request")


def _refunded(request: RefundRequest) -> RefundObservation:
    return RefundObservation(
        state=ObservedRefund.DONE, provider_ref=f"sandbox-{request.refund_ref}"
    )
