"""Rulesets in force for the length of a test, and providers that ask what the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from domain.money import Money, split_payable
from domain.payouts.provider import PayoutManifest, Quote, QuoteRequest
from domain.provider import CallContext, NoAnswer
from domain.routing import operations
from domain.routing.rules import Rule
from gateway.providers import PayoutDirectory
from plugins.payments.sandbox.payouts import SandboxPayouts
from tests.make.members import add_finance_member
from tests.make.providers import ObedientPayouts, accepted, guarded
from tests.make.world import World


async def approved(world: World, *rules: Rule) -> int:
    """The version of a ruleset that decides from now on."""
    author, approver = await add_finance_member(world), await add_finance_member(world)
    version = await operations.draft_ruleset(
        author_id=author,
        rules=rules,
        effective_from=world.now,
        note="for a test",
        new_id=world.new_id,
        now=world.now,
    )
    await operations.approve_ruleset(version=version, approver_id=approver, now=world.now)
    return version


@asynccontextmanager
async def in_force(world: World, *rules: Rule) -> AsyncIterator[int]:
    """Withdrawn at the end: other tests know nothing of it."""
    version = await approved(world, *rules)
    try:
        yield version
    finally:
        await operations.withdraw_ruleset(
            version=version, member_id=await add_finance_member(world), now=world.now
        )


@dataclass
class Priced(ObedientPayouts):
    """Asks `fee` for anything; without one it does not answer."""

    fee: Money | None = None
    arrives_within: timedelta = timedelta(days=1)
    valid_for: timedelta = timedelta(minutes=5)
    asked: list[QuoteRequest] = field(default_factory=list)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        self.asked.append(request)
        if self.fee is None:
            raise NoAnswer("no price today")
        limits = self.manifest.currencies[request.amount.currency]
        payable, remainder = split_payable(request.amount, limits.exponent)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=self.fee,
            fee_payer=request.fee_payer,
            arrives_within=self.arrives_within,
            expires_at=context.now + self.valid_for,
        )


def priced(fee: str | None, **changes: Any) -> Priced:
    """`fee` in euros; `manifest` changes stand in `changes`, as do those of `Priced`."""
    own = {name: changes.pop(name) for name in ("arrives_within", "valid_for") if name in changes}
    manifest: PayoutManifest = replace(SandboxPayouts.manifest, **changes)
    micros = None if fee is None else int(float(fee) * 1_000_000)

    async def script(batch: Any) -> Any:
        return accepted(batch)

    return Priced(
        script,
        manifest=manifest,
        fee=None if micros is None else Money(micros, "EUR"),
        **own,
    )


def directory(
    providers: Mapping[str, Priced],
    *,
    seconds: Callable[[], float] | None = None,
    **offers: Any,
) -> PayoutDirectory:
    return PayoutDirectory(
        {name: guarded(each, seconds=seconds) for name, each in providers.items()},
        region="ZZ",
        **offers,
    )


def outcomes(trace: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Of a stored trace: what became of each candidate."""
    return {line["instance"]: line["dropped"] or line["outcome"] for line in trace}
