"""Deposit providers that are wrong in one way each: a suite that misses one guards nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import requests

from domain.money import Money
from piecerate.plugin import (
    CallContext,
    Declined,
    DepositObservation,
    DepositRequest,
    DepositStart,
    Health,
    NoAnswer,
    NotSent,
    ObservedDeposit,
    OutcomeUnknown,
    RateLimited,
    RefundObservation,
    RefundRequest,
)
from plugins.conformance.transport import ELSEWHERE
from plugins.payments.paypal.deposits import PayPalDeposits


@dataclass(frozen=True)
class WrongDeposits:
    """`case` must fail."""

    case: str
    how: str
    provider: type[PayPalDeposits]


class StartsAnew(PayPalDeposits):
    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        again = replace(request, deposit_ref=f"{request.deposit_ref}{context.send_no}")
        return await super().create(again, context)


class SaysNotWhere(PayPalDeposits):
    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        return replace(await super().create(request, context), redirect_url=None)


class NeverSettles(PayPalDeposits):
    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        found = await super().look_up(request, context)
        return None if found is None else replace(found, state=ObservedDeposit.PENDING)


class TellsACentLess(PayPalDeposits):
    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        found = await super().look_up(request, context)
        if found is None or found.amount is None:
            return found
        return replace(found, amount=found.amount - Money(10_000, found.amount.currency))


class Guesses(PayPalDeposits):
    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        found = await super().look_up(request, context)
        return found or DepositObservation(state=ObservedDeposit.PENDING)


class DeclinesWhatItDoesNotKnow(PayPalDeposits):
    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        try:
            return await super().create(request, context)
        except OutcomeUnknown as error:
            raise Declined("no answer") from error


class IsNeverToldToWait(PayPalDeposits):
    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        try:
            return await super().create(request, context)
        except RateLimited as error:
            raise NotSent("too many") from error


class TakesALostCaptureForNone(PayPalDeposits):
    async def capture(self, request: DepositRequest, context: CallContext) -> DepositObservation:
        try:
            return await super().capture(request, context)
        except OutcomeUnknown as error:
            raise NotSent("no answer") from error


class CapturesOnce(PayPalDeposits):
    async def capture(self, request: DepositRequest, context: CallContext) -> DepositObservation:
        if context.send_no > 1:
            raise Declined("captured before")
        return await super().capture(request, context)


class RefundsEachTry(PayPalDeposits):
    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        again = replace(request, refund_ref=f"{request.refund_ref}{context.send_no}")
        return await super().refund(again, context)


class ForgetsItsRefunds(PayPalDeposits):
    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        await super().look_up_refund(request, context)
        return None


class TakesAnyWordForYes(PayPalDeposits):
    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        found = await super().look_up(request, context)
        is_known = found is None or found.state is not None
        return found if is_known else replace(found, state=ObservedDeposit.SETTLED)  # type: ignore[type-var]  # not None


class TellsOthers(PayPalDeposits):
    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        await asyncio.to_thread(_call_elsewhere)
        return await super().look_up(request, context)


class NeverWell(PayPalDeposits):
    async def health(self, context: CallContext) -> Health:
        await super().health(context)
        raise NoAnswer("never well")


def _call_elsewhere() -> None:
    with suppress(requests.RequestException):
        requests.get(ELSEWHERE, timeout=0.2)


WRONG_DEPOSITS: Final = (
    WrongDeposits("D1", "a second start for the same reference", StartsAnew),
    WrongDeposits("D1", "a start that says not where to pay", SaysNotWhere),
    WrongDeposits("D2", "what was paid stays pending", NeverSettles),
    WrongDeposits("D2", "a cent less than what came", TellsACentLess),
    WrongDeposits("D3", "a guess about what nobody started", Guesses),
    WrongDeposits("D4", "no answer taken for a no", DeclinesWhatItDoesNotKnow),
    WrongDeposits("D4", "a limit that is not told", IsNeverToldToWait),
    WrongDeposits("D5", "a lost answer taken for nothing sent", TakesALostCaptureForNone),
    WrongDeposits("D5", "a capture that cannot be repeated", CapturesOnce),
    WrongDeposits("D6", "a new reference with each try", RefundsEachTry),
    WrongDeposits("D6", "a refund that is not found again", ForgetsItsRefunds),
    WrongDeposits("D7", "an unknown word taken for a yes", TakesAnyWordForYes),
    WrongDeposits("D8", "calls to others", TellsOthers),
    WrongDeposits("D9", "a service that is never well", NeverWell),
)
