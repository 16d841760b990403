"""No token, secret or payee in any text, whatever goes wrong at Payoneer."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator

import pytest
import structlog

from domain.payouts.provider import OnboardingMember
from domain.provider import ProviderError
from plugins.payments.payoneer.payouts import PayoneerPayouts
from plugins.payments.payoneer.simulator import CLIENT, HOOK_SECRET, PayoneerSimulator
from plugins.simulation import serve
from plugins.simulation_http import Fault
from tests.plugins.payoneer.make import batch_of, context, opened

PAYEE = "canary-payee-4711"
MEMBER = OnboardingMember(onboarding_ref=PAYEE, country="PH")
FAULTS = [fault for fault in Fault if fault is not Fault.TIMEOUT_BEFORE]  # it only takes long

Call = Callable[[PayoneerPayouts, PayoneerSimulator], Awaitable[object]]
CALLS: dict[str, Call] = {
    "masspayouts": lambda each, sim: each.send(batch_of(PAYEE), context(sim)),
    "status": lambda each, sim: each.look_up(batch_of(PAYEE), context(sim)),
    "cancel": lambda each, sim: each.cancel(batch_of(PAYEE).items[0], context(sim)),
    "registration-link": lambda each, sim: each.start_onboarding(MEMBER, context(sim)),
    "payees": lambda each, sim: each.onboarding_state(PAYEE, context(sim)),
    "token": lambda each, sim: each.send(batch_of(PAYEE), context(sim)),
}


@pytest.fixture(name="texts")
def _texts() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, at every level."""
    found: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    handler, root = Keeps(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        yield found
        found += [repr(each) for each in events]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.asyncio
async def test_nothing_leaks(path: str, texts: list[str]) -> None:
    """In errors, their causes and tracebacks, in answers and in logs."""
    simulator = PayoneerSimulator()
    with serve(simulator):
        for fault in [None, *FAULTS]:
            provider = await opened(simulator)
            if fault is not None:
                simulator.script(fault, path=path)
            try:
                answer = await CALLS[path](provider, simulator)
            except ProviderError as error:
                texts += ["".join(traceback.format_exception(error)), repr(error), str(error)]
                texts += [repr(each) for each in _causes(error)]
            else:
                texts.append(repr(answer))
            texts += [repr(provider), repr(provider.__dict__)]

    basic = base64.b64encode(":".join(CLIENT).encode()).decode()
    secret = {*CLIENT, HOOK_SECRET, basic, *simulator.tokens}
    # An answer about a payee names it, as it must; a link is hidden.
    told = [each for each in texts if "OnboardingLink" not in each]
    assert simulator.tokens
    assert not [each for each in secret if any(each in text for text in texts)]
    assert not [text for text in told if PAYEE in text]


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    following: BaseException | None = error.__cause__ or error.__context__
    while following is not None:
        found.append(following)
        following = following.__cause__ or following.__context__
    return found
