"""A bank file from the member's request to the bank's answer, through the core and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from domain.payouts.queries import batch_file, batch_files
from domain.payouts.rules import AttemptState, PayoutState
from tests.make.bank import Counter, open_counter
from tests.make.payouts import VAULT, attempts, eur, money_of, payout
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(name="counter")
async def _counter(world: World, tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(world, tmp_path) as counter:
        yield counter


async def test_a_part_is_refused_the_rest_is_booked_as_a_whole(counter: Counter) -> None:
    """Two workers are paid by one debit; the third has the money back, and nobody waits."""
    payees, ids = await counter.sent(3)
    (wrong,) = await attempts(ids[1])
    assert wrong.state is AttemptState.ACCEPTED
    # The bank decides when it has taken the file; here it looks at it once more.
    counter.bank.books_whole = True
    counter.bank.change_mind(wrong.item_ref, "AC04")
    batch_ref = next(iter(counter.bank.accounts))

    told = await counter.hand_in(counter.bank.pain_002(batch_ref))
    booked = await counter.hand_in(counter.bank.camt_053())

    assert (told.changed, told.unknown) == (3, ())
    assert (booked.changed, booked.unclear) == (2, ())
    states = [(await payout(each)).state for each in ids]
    assert states == [PayoutState.PAID, PayoutState.FAILED, PayoutState.PAID]
    assert (await money_of(payees[1].id))[0] == eur("10.00")
    assert (await money_of(payees[0].id))[0] == eur("3.00")
    effects = {each.ref: each.amount_micros for each in counter.bank.effects()}
    assert effects == {
        (await attempts(each))[0].item_ref: eur("7.00").micros for each in (ids[0], ids[2])
    }


async def test_what_comes_back_is_credited_once(counter: Counter) -> None:
    """Paid, then returned by the payee's bank; the same statement again changes nothing."""
    payees, (payout_id,) = await counter.sent(1)
    await counter.hand_in(counter.bank.camt_053())
    assert (await payout(payout_id)).state is PayoutState.PAID
    (attempt,) = await attempts(payout_id)
    counter.bank.give_back[attempt.item_ref] = "AC04"

    await counter.hand_in(counter.bank.camt_053())
    again = await counter.hand_in(counter.bank.camt_053())

    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert (again.changed, (await money_of(payees[0].id))[0]) == (0, eur("10.00"))


async def test_a_file_that_is_refused_as_a_whole_pays_nobody(counter: Counter) -> None:
    """All have their money back; a silent bank would have left it on its way."""
    payees, ids = await counter.sent(2)
    batch_ref = next(iter(counter.bank.accounts))

    await counter.hand_in(counter.bank.refusal(batch_ref))

    assert {(await payout(each)).state for each in ids} == {PayoutState.FAILED}
    assert [(await money_of(each.id))[0] for each in payees] == [eur("10.00")] * 2


async def test_what_is_delivered_by_machine_is_not_for_staff(counter: Counter) -> None:
    """Brought to the bank a second time it would be paid a second time."""
    await counter.sent(1)
    (batch_ref,) = counter.bank.accounts

    assert batch_ref not in {each.batch_ref for each in await batch_files()}
    assert await batch_file(batch_ref=batch_ref, vault=VAULT) is None


async def test_silence_stays_silence(counter: Counter) -> None:
    """A month of look-ups changes nothing, and nothing is sent a second time."""
    _, (payout_id,) = await counter.sent(1)
    (attempt,) = await attempts(payout_id)

    for _ in range(30):
        await counter.house.look_up(attempt.batch_id, after=timedelta(days=1))

    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert counter.bank.collect() == 0


async def test_booked_as_a_whole_and_returned_in_the_same_statement(counter: Counter) -> None:
    """A weekly statement has both: the debit counts the payment that came back."""
    payees, ids = await counter.sent(2)
    counter.bank.books_whole = True
    (back,) = await attempts(ids[0])
    counter.bank.give_back[back.item_ref] = "AC04"

    read = await counter.hand_in(counter.bank.camt_053())

    assert read.unclear == ()
    assert [(await payout(each)).state for each in ids] == [PayoutState.RETURNED, PayoutState.PAID]
    assert (await money_of(payees[0].id))[0] == eur("10.00")


async def test_returned_before_the_whole_is_booked(counter: Counter) -> None:
    """A notification of the return may be handed in before the statement with the debit."""
    _, ids = await counter.sent(2)
    counter.bank.books_whole = True
    (back,) = await attempts(ids[0])
    counter.bank.give_back[back.item_ref] = "AC04"
    statement = counter.bank.camt_053()
    notification = statement.replace(b"camt.053", b"camt.054").replace(b"Stmt>", b"Ntfctn>")

    await counter.hand_in(
        notification.replace(b"<Btch>", b"<Other>").replace(b"</Btch>", b"</Other>")
    )
    read = await counter.hand_in(statement)

    assert read.unclear == ()
    assert [(await payout(each)).state for each in ids] == [PayoutState.RETURNED, PayoutState.PAID]
