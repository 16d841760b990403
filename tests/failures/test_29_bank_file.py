"""Failure 29: a bank file is rejected, accepted in part, or uploaded twice.

Each payment has its own state, whatever the file's; the same file is read once, unless a part of
it was unclear when it came; the bank is never given the same message again.
"""

from __future__ import annotations

import pytest

from domain.database import fetch_value
from domain.payouts.rules import PayoutState
from domain.provider_inbox import queries
from domain.provider_inbox.operations import FileKnown
from domain.provider_inbox.rules import FileState
from tests.make.bank import BANK, Counter
from tests.make.payouts import attempts, eur, money_of, payout

pytestmark = pytest.mark.asyncio
LINE_COUNT = "select count(*) from provider_statement_line where instance_id = $1"


async def test_rejected_as_a_whole(counter: Counter) -> None:
    """All have their money back, once."""
    payees, ids = await counter.sent(2)
    batch_ref = next(iter(counter.bank.accounts))

    read = await counter.hand_in(counter.bank.refusal(batch_ref))

    assert (read.changed, read.unclear) == (2, ())
    assert {(await payout(each)).state for each in ids} == {PayoutState.FAILED}
    assert [await money_of(each.id) for each in payees] == [(eur("10.00"), eur("0"))] * 2


async def test_the_same_file_is_read_once(counter: Counter) -> None:
    """By its bytes, whoever brings it and whatever they call it."""
    _, (payout_id,) = await counter.sent(1)
    batch_ref = next(iter(counter.bank.accounts))
    content = counter.bank.pain_002(batch_ref)
    await counter.hand_in(content)

    with pytest.raises(FileKnown):
        await counter.hand_in(content)

    (attempt,) = await attempts(payout_id)
    await counter.house.send(attempt.batch_id)
    assert counter.bank.collect() == 0


async def test_what_was_unclear_may_be_read_again(counter: Counter) -> None:
    """The statement is here before the refusals that explain it: then it is handed in again."""
    payees, ids = await counter.sent(3)
    (wrong,) = await attempts(ids[1])
    counter.bank.books_whole = True
    counter.bank.change_mind(wrong.item_ref, "AC04")
    batch_ref = next(iter(counter.bank.accounts))
    statement = counter.bank.camt_053()

    first = await counter.hand_in(statement)
    assert (first.changed, first.unclear) == (0, (batch_ref,))
    told = await counter.hand_in(counter.bank.pain_002(batch_ref))
    assert told.changed == 3
    line_count = await fetch_value(LINE_COUNT, BANK)
    second = await counter.hand_in(statement)

    assert (second.changed, second.unclear) == (2, ())
    readings = await queries.files_by_id(ids=[first.file_id, second.file_id])
    assert [each.state for each in (readings[first.file_id], readings[second.file_id])] == [
        FileState.SUPERSEDED,
        FileState.APPLIED,
    ]
    assert readings[first.file_id].digest == readings[second.file_id].digest
    assert await fetch_value(LINE_COUNT, BANK) == line_count
    states = [(await payout(each)).state for each in ids]
    assert states == [PayoutState.PAID, PayoutState.FAILED, PayoutState.PAID]
    assert (await money_of(payees[1].id))[0] == eur("10.00")
    with pytest.raises(FileKnown):
        await counter.hand_in(statement)
