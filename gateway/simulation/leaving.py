"""Members who go for good, and what is in their way."""

from __future__ import annotations

from functools import partial

from domain.access.rules import StepUpPurpose, bound_hash
from domain.privacy import operations as privacy
from domain.privacy.rules import closing_content
from gateway.simulation.market import Market
from gateway.simulation.paying import step_up
from gateway.simulation.people import Person


async def leave(market: Market, person: Person) -> None:
    """Refused while money or a decision hangs on it; who is gone comes by no more."""
    vault, virtual = market.given.vault, market.virtual
    purpose = StepUpPurpose.MEMBER_CLOSE
    payee = vault.fingerprint(closing_content(person.id))
    bound = bound_hash(purpose=purpose, amount=None, payee=payee)
    claim = await step_up(market, person, purpose, bound)
    if claim is None:
        return
    close = partial(
        privacy.close_member,
        member_id=person.id,
        step_up=claim,
        vault=vault,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    if await market.act("leave", close) is not None:
        market.gone += 1
        market.people.remove(person)
