"""The port of verifiers behind the guard: the only verifiers that the domain ever sees."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Self

from domain.provider import CallContext, Health, ProviderEnv
from domain.verification.provider import CheckOutcome, CheckRequest, Verifier, VerifierManifest
from plugins.abilities import Guarded, able
from plugins.check_outcomes import refuse_outcome, told
from plugins.guard import Effect, Guard


class GuardedVerifier(Guarded, Verifier[Any]):
    """One instance of one verifier, told only what it declared, with the inner one's abilities."""

    manifest: VerifierManifest  # type: ignore[misc]  # of the verifier inside
    config_type: type  # type: ignore[misc]  # as above

    def __new__(cls, inner: Verifier[Any], **_: object) -> Self:
        return super().__new__(able(cls, inner))

    def __init__(
        self,
        inner: Verifier[Any],
        *,
        instance_id: str,
        in_transaction: Callable[[], bool],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.manifest = inner.manifest
        self.config_type = inner.config_type
        self._inner = inner
        self.guard = Guard(
            instance_id=instance_id,
            concurrency=inner.manifest.concurrency,
            health=inner.health,
            in_transaction=in_transaction,
            seconds=seconds,
        )

    async def open(self, env: ProviderEnv[Any]) -> None:
        await self._inner.open(env)

    async def close(self) -> None:
        await self._inner.close()

    async def health(self, context: CallContext) -> Health:
        return await self.run(Effect.READ, self._inner.health, context, Health)

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.check(told(self.manifest, request), given),
            context,
            CheckOutcome,
            check=lambda answer: refuse_outcome(request, answer),
        )
