"""Exact bytes: committed before they leave, the same on every send, sealed while they lie here."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.database import execute, fetch, fetch_row, fetch_value, transaction
from domain.payouts import queries
from domain.payouts.provider import ObservedState, PayoutBatch, SequenceScope
from domain.payouts.rules import ClosedReason, PayoutState, Problem
from domain.provider import (
    BatchRefused,
    ItemProblem,
    NotSent,
    OutcomeUnknown,
    Unsupported,
)
from tests.make.able import AbleRail
from tests.make.payouts import House, attempts, eur, money_of, payout, queued_jobs
from tests.make.providers import accepted
from tests.make.rail import SANDBOX, all_missing, all_of

pytestmark = pytest.mark.asyncio

COMMITTED = "select payload from payout_batch where batch_ref = $1"


async def test_the_same_bytes_go_out_on_every_send(house: House) -> None:
    """The provider would make others the second time: another hash is another payment."""
    rail = AbleRail(house)
    _, (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))
    await rail.look_up(batch_id, all_missing)
    await rail.look_up(batch_id, all_missing)
    rail.answers(accepted)
    await house.send(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert rail.provider.calls.count("prepare") == 1
    sent = {batch.payload for batch in rail.provider.handed}
    assert sent == {f"{rail.provider.handed[0].batch_ref} 1".encode()}
    kept = rail.provider.handed[0]
    assert kept.provider_state == {"file": "1"}
    assert set(kept.items[0].provider_state) == {"hash"}


async def test_the_bytes_are_committed_before_they_leave_and_unreadable_there(
    house: House,
) -> None:
    """A crash in the middle of the send must find them; a thief of the database must not."""
    rail = AbleRail(house)
    seen = []

    async def script(batch: PayoutBatch) -> object:
        seen.append(await fetch_value(COMMITTED, batch.batch_ref))
        return accepted(batch)

    payee = await house.payee()
    batch_id = await house.route((await house.request(payee)).payout_id)
    rail.provider.script = script
    await house.send(batch_id)

    (committed,) = seen
    assert committed is not None
    assert rail.provider.handed[0].batch_ref.encode() not in committed


async def test_two_job_workers_send_one_set_of_bytes(house: House) -> None:
    """What is committed first is the batch's."""
    rail = AbleRail(house)
    payee = await house.payee()
    batch_id = await house.route((await house.request(payee)).payout_id)
    rail.answers(accepted)

    await asyncio.gather(*(house.send(batch_id) for _ in range(4)))

    assert rail.provider.calls.count("send") == 1
    assert len({batch.payload for batch in rail.provider.handed}) == 1


async def test_bytes_that_were_changed_are_not_sent(house: House) -> None:
    """The digest is of the plain bytes; whatever else is in the row stays where it is."""
    rail = AbleRail(house)
    _, _, batch_id = await rail.sent(NotSent("x"))
    async with transaction():
        await execute(
            "update payout_batch set payload_digest = sha256('x') where id = $1", batch_id
        )
    house.wait(timedelta(minutes=1))

    with pytest.raises(AssertionError):
        await house.send(batch_id)

    assert rail.provider.calls.count("send") == 1


async def test_an_item_that_cannot_be_prepared_fails_alone(house: House) -> None:
    """Nothing has left, so it is believed at once; the others go into a new batch."""
    rail = AbleRail(house)
    payees = [await house.payee() for _ in range(2)]
    ids = [(await house.request(each)).payout_id for each in payees]
    batch_id = await house.route(ids[0])
    rows = await fetch(
        "select item_ref, payout_id from payout_attempt where batch_id = $1", batch_id
    )
    ref = next(row["item_ref"] for row in rows if row["payout_id"] == ids[0])
    problem = ItemProblem(item_ref=ref, code="iban", message="No such account.")
    rail.provider.preparing = BatchRefused(problems=(problem,))

    await house.send(batch_id)

    assert rail.provider.calls == ["prepare"]
    assert (await payout(ids[0])).problem == Problem.DESTINATION_INVALID
    assert await money_of(payees[0].id) == (eur("10.00"), eur("0"))
    assert (await payout(ids[1])).state is PayoutState.QUEUED
    assert await queued_jobs("payout_route", str(ids[1])) == 1
    assert await queries.audit() == []


async def test_what_cannot_be_prepared_now_is_tried_later(house: House) -> None:
    """A fee that could not be read is no reason to give anything back."""
    rail = AbleRail(house)
    rail.provider.preparing = ValueError("no fee")
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    batch_id = await house.route(payout_id)
    await house.send(batch_id)
    assert (await payout(payout_id)).state is PayoutState.QUEUED
    assert await queued_jobs("payout_send", str(batch_id)) == 2

    rail.provider.preparing = None
    rail.answers(accepted)
    await house.send(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PENDING
    calls = await fetch(
        "select kind, outcome, detail from provider_call where subject_id = $1 order by started_at",
        batch_id,
    )
    assert ("prepare", "NotSent") in {(row["kind"], row["outcome"]) for row in calls}


async def test_what_this_provider_does_not_do_goes_to_another(house: House) -> None:
    """Found out while preparing, as good as found out by sending."""
    rail = AbleRail(house)
    rail.provider.preparing = Unsupported("x")
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    await house.send(await house.route(payout_id))

    (attempt,) = await attempts(payout_id)
    assert attempt.closed_reason == ClosedReason.UNSUPPORTED
    assert await queued_jobs("payout_route", str(payout_id)) == 1


@pytest.mark.parametrize("scope", [SequenceScope.ITEM, SequenceScope.BATCH])
async def test_numbers_have_no_gap(house: House, scope: SequenceScope) -> None:
    """A nonce that nobody uses stops all later ones, so what never left gives its own back."""
    rail = AbleRail(house, manifest=replace(SANDBOX, sequence=scope))
    async with transaction():
        await execute("delete from provider_sequence")
    rail.provider.preparing = Unsupported("x")
    await sent_alone(rail)
    rail.provider.preparing = None
    for _ in range(3):
        await sent_alone(rail)

    batches = rail.provider.handed
    if scope is SequenceScope.BATCH:
        assert [batch.sequence_no for batch in batches] == [1, 2, 3]
        assert {item.sequence_no for batch in batches for item in batch.items} == {None}
    else:
        assert [item.sequence_no for batch in batches for item in batch.items] == [1, 2, 3]


async def test_a_number_that_may_be_used_is_never_given_again(house: House) -> None:
    """Nobody knows whether the first payment left: its nonce is gone."""
    rail = AbleRail(house, manifest=replace(SANDBOX, sequence=SequenceScope.ITEM))
    async with transaction():
        await execute("delete from provider_sequence")
    await sent_alone(rail, OutcomeUnknown("x"))

    await sent_alone(rail)

    assert [batch.items[0].sequence_no for batch in rail.provider.handed] == [1, 2]


async def sent_alone(rail: AbleRail, answer: object = accepted) -> None:
    payee = await rail.house.payee()
    batch_id = await rail.house.route((await rail.house.request(payee)).payout_id)
    rail.answers(answer)
    await rail.house.send(batch_id)


async def test_the_plugin_that_made_an_attempt_is_written_down(house: House) -> None:
    """After an upgrade it must be clear whose bytes these are."""
    rail = AbleRail(house)
    _, (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    row = await fetch_row(
        "select plugin_id, plugin_version, api_version from payout_attempt where payout_id = $1",
        payout_id,
    )
    assert row is not None and tuple(row) == (SANDBOX.id, SANDBOX.version, SANDBOX.api_version)
