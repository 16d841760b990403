"""P21: of a destination, a provider is told the fields of its own form and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.payouts.provider import Destination, PayoutBatch, SendOutcome
from domain.provider import FieldProblem
from tests.make.providers import CONTEXT, ObedientPayouts, accepted, batch_of, guarded

pytestmark = pytest.mark.asyncio


def with_more(batch: PayoutBatch) -> PayoutBatch:
    """As another provider of the same kind had asked for it."""
    return replace(
        batch,
        items=tuple(
            replace(item, destination=with_a_number(item.destination)) for item in batch.items
        ),
    )


def with_a_number(destination: Destination) -> Destination:
    return replace(destination, fields={**destination.fields, "tax_number": "DE136695976"})


async def test_what_was_not_declared_reaches_no_provider() -> None:
    """Neither with what is sent nor with what is looked up; what it asked for does."""
    told: list[dict[str, str]] = []

    async def script(batch: PayoutBatch) -> Any:
        told.extend(dict(item.destination.fields) for item in batch.items)
        return accepted(batch)

    provider = guarded(ObedientPayouts(script))
    batch = batch_of("P1", "P2")

    sent = await provider.send(with_more(batch), CONTEXT)

    assert isinstance(sent, SendOutcome)
    assert told == [dict(item.destination.fields) for item in batch.items]
    assert all(each and "tax_number" not in each for each in told)


async def test_a_field_nobody_asked_for_is_refused_unseen() -> None:
    """The member hears which one; the provider hears nothing of it."""

    class Curious(ObedientPayouts):
        async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
            assert "tax_number" not in destination.fields
            return ()

    async def script(batch: PayoutBatch) -> Any:
        raise NotImplementedError(batch)

    provider = guarded(Curious(script))
    asked = batch_of("P1").items[0].destination

    problems = await provider.check_destination(with_a_number(asked))

    assert [(each.field, each.code) for each in problems] == [("tax_number", "unknown")]
    assert await provider.check_destination(asked) == ()
