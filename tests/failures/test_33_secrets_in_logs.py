"""Failure 33: secrets and destinations end up in logs.

Loggers of vendors' libraries are off, errors carry no bodies, and what we write down of calls
names neither a secret nor a payee.
"""

from __future__ import annotations

import logging
import sys

import pytest
from structlog._config import BoundLoggerLazyProxy
from structlog.testing import capture_logs

from domain.database import fetch
from plugins.simulation import Fault
from tests.make.online import PAYPAL_SECRETS, OnlineHouse
from tests.make.payouts import attempts

pytestmark = pytest.mark.asyncio

FAULTS = (Fault.UNAUTHORIZED, Fault.HTTP_500, Fault.HTML, Fault.TRUNCATED, Fault.DROP_AFTER)


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The root logger tells every little step, as an operator in trouble sets it.

    A logger that an earlier test used with the logs of production still writes there: it is let go.
    """
    for module in list(sys.modules.values()):
        kept = getattr(module, "__dict__", {}).get("log")
        if isinstance(kept, BoundLoggerLazyProxy):
            vars(kept).pop("bind", None)
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_nothing_is_told_that_must_not(
    paypal: OnlineHouse, everything: pytest.LogCaptureFixture
) -> None:
    """Payments that are made, refused, forged and lost, with every logger at its loudest."""
    with capture_logs() as events:
        for fault in FAULTS:
            paypal.simulator.script(fault)
            _, _, batch_id = await paypal.sent_to("worker", "invalid", "failed")
            await paypal.look_up(batch_id)
        for event in paypal.simulator.events.take():
            await paypal.knock(event)
            await paypal.knock(event, body=b"{}")
    rows = await fetch("select outcome, error_code, detail from provider_call")

    told = " ".join([everything.text, str(events), str([dict(row) for row in rows])])
    canaries = [*PAYPAL_SECRETS.values(), "canary-payee", "Bearer ", "Basic "]
    assert [each for each in canaries if each in told] == []
    assert "provider.call.failed" in told  # something was told


async def test_addresses_of_calls_are_not_logged(
    paypal: OnlineHouse, everything: pytest.LogCaptureFixture
) -> None:
    """The transport below every provider would log each path, and some paths name a payee."""
    _, ids, batch_id = await paypal.sent_to("worker")
    await paypal.look_up(batch_id)
    (attempt,) = await attempts(ids[0])

    assert attempt.provider_ref is not None
    assert "/v1/payments/payouts" not in everything.text
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG)
