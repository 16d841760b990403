"""C12: where a worker is paid is changed by whoever reads the worker's letters, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.errors import InvalidInput, NotFound
from domain.events.rules import EventKind
from domain.notifications import operations as notifications
from domain.payouts import operations, queries
from domain.payouts.rules import PayoutState, Problem
from tests.make.notices import Postman, letters_asked_for, tell
from tests.make.payouts import VAULT, House, Payee, payout

pytestmark = pytest.mark.asyncio


async def changed(house: House) -> tuple[Payee, Payee]:
    """A worker at the first destination, and at another one that was added later."""
    payee = await house.payee()
    fields = {"account": house.world.new_token(), "scenario": "ok"}  # nobody else's
    other_id = await house.add_destination(payee.id, payee.session, fields=fields)
    return payee, replace(payee, destination_id=other_id)


async def codes_of(house: House, member_id: UUID) -> list[str | None]:
    """As the letters about destinations have them, the oldest first."""
    await tell(house.world)
    postman = Postman()
    for letter_id in await letters_asked_for(member_id):
        await notifications.mail_notification(
            notification_id=letter_id, mailer=postman, vault=VAULT, clock=house.clock
        )
    letters = [letter for _, letter in postman.sent]
    assert {each.code for each in letters if each.kind is not EventKind.DESTINATION_ADDED} <= {None}
    return [each.code for each in letters if each.kind is EventKind.DESTINATION_ADDED]


async def confirm(house: House, payee: Payee, code: str, *, by: UUID | None = None) -> None:
    await operations.confirm_destination(
        member_id=by or payee.id,
        destination_id=payee.destination_id,
        code=code,
        vault=VAULT,
        now=house.clock(),
    )


async def run(house: House, payout_id: UUID) -> UUID | None:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.clock(),
    )


async def test_a_changed_destination_holds_payouts_until_the_letter_is_read(house: House) -> None:
    """The first needs no letter; the code of the second is in its letter, and ends the hold."""
    _, payee = await changed(house)
    payout_id = (await house.request(payee)).payout_id
    assert await run(house, payout_id) is None
    held = await payout(payout_id)
    assert (held.state, held.problem) == (PayoutState.HELD, Problem.DESTINATION_UNCONFIRMED)

    first, code = await codes_of(house, payee.id)
    assert first is None and code is not None
    await confirm(house, payee, f" {code[:8].lower()} {code[8:]}")
    await confirm(house, payee, code)

    assert await run(house, payout_id) is not None
    found = await queries.destinations_by_id(ids=[payee.destination_id])
    assert found[payee.destination_id].confirmed_at == house.clock()


async def test_a_thief_cannot_confirm(house: House) -> None:
    """Neither with the code of another destination, nor with none, nor for somebody else."""
    first, payee = await changed(house)
    codes = [
        operations.confirmation_code(destination_id=each, vault=VAULT)
        for each in (first.destination_id, payee.destination_id)
    ]
    for wrong in (codes[0], "", "é", codes[1][:-1]):
        with pytest.raises(InvalidInput):
            await confirm(house, payee, wrong)
    with pytest.raises(NotFound):
        await confirm(house, payee, codes[1], by=(await house.payee()).id)

    found = await queries.destinations_by_id(ids=[payee.destination_id])
    assert found[payee.destination_id].confirmed_at is None


async def test_whoever_removed_the_first_has_still_changed_it(house: House) -> None:
    """Otherwise a thief would remove it before adding another."""
    payee = await house.payee()
    await operations.remove_destination(
        member_id=payee.id, destination_id=payee.destination_id, now=house.clock()
    )
    fields = {"account": "of a thief", "scenario": "ok"}
    other_id = await house.add_destination(payee.id, payee.session, fields=fields)

    assert (await queries.destinations_by_id(ids=[other_id]))[other_id].confirmed_at is None
