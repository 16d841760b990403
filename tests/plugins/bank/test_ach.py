"""The ACH file: exact columns, read back by two readers that did not write it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ach.builder import AchFile  # type: ignore[import-untyped]  # it ships no types
from ach.parser import Parser  # type: ignore[import-untyped]  # as above

from domain.payouts.provider import ObservedState
from domain.provider import BatchRefused, ConfigError, NotSent, PluginBug
from plugins.payments.bank.ach_payouts import AchPayouts
from plugins.payments.bank.simulator_files import Unreadable, read_ach
from tests.plugins.bank.make import (
    ACH,
    ACH_FIELDS,
    NOW,
    ach_destination,
    batch_of,
    context,
    folders,
    opened,
    prepared,
)


@pytest.mark.asyncio
async def test_another_reader_reads_the_same() -> None:
    """The bank's own columns, read by the simulated bank, which did not write them."""
    to = ach_destination(account_type="savings")
    batch = batch_of(1_230_000, 99_999_999_990_000, 10_000, to=to)

    made = await (await opened(AchPayouts, ACH)).prepare(batch, context())

    told = read_ach(made.payload)
    assert told.batch_ref == batch.batch_ref
    assert [(each.ref, each.amount_micros) for each in told.payments] == [
        (item.item_ref, item.amount.micros) for item in batch.items
    ]
    first = told.payments[0]
    assert (first.routing, first.account) == ("091000019", ACH_FIELDS["account_number"])
    assert (first.name, first.code) == ("MARY KOWALSKI", "32")


@pytest.mark.asyncio
async def test_the_librarys_parser_reads_the_same() -> None:
    """A second reader by other hands."""
    batch = batch_of(1_230_000, 10_000, to=ach_destination())

    made = await (await opened(AchPayouts, ACH)).prepare(batch, context())

    parsed = Parser(made.payload.decode()).as_dict()
    (block,) = parsed["batches"]
    entries = block["entries"]
    assert [int(each["entry_detail"]["amount"]) for each in entries] == [123, 1]
    assert [each["entry_detail"]["ind_id"].strip() for each in entries] == [
        item.item_ref for item in batch.items
    ]
    assert block["batch_control"]["credit_amount"] == "000000000124"


@pytest.mark.parametrize("count", [1, 2, 5, 6, 7, 15, 16, 17])
@pytest.mark.asyncio
async def test_blocks_are_whole(count: int) -> None:
    """Ten records of 94 characters each, every line ended alike, however many payments."""
    batch = batch_of(*[10_000] * count, to=ach_destination())

    made = await (await opened(AchPayouts, ACH)).prepare(batch, context())

    lines = made.payload.decode().split("\r\n")
    assert lines.pop() == ""
    assert len(lines) % 10 == 0 and {len(line) for line in lines} == {94}
    assert len(read_ach(made.payload).payments) == count


@pytest.mark.asyncio
async def test_nothing_comes_from_the_local_clock() -> None:
    """Date and time are those of the call in New York, the day that of the clearing."""
    provider = await opened(AchPayouts, ACH)
    batch = batch_of(10_000, to=ach_destination())
    late = datetime(2026, 11, 26, 3, 15, tzinfo=UTC)  # the evening before Thanksgiving

    made = await provider.prepare(batch, context(late))
    again = await provider.prepare(batch, context(late))

    head, block = made.payload.decode().split("\r\n")[:2]
    assert made == again
    assert (head[23:29], head[29:33]) == ("261125", "2215")
    assert block[69:75] == "261127"
    assert block[53:63] == "TASK PAY  "


@pytest.mark.asyncio
async def test_letters_tell_a_days_files_apart() -> None:
    """From the batch's number, so that the same batch keeps its letter."""
    provider = await opened(AchPayouts, ACH)
    letters = []
    for number in (1, 2, 26, 27):
        made = await provider.prepare(
            batch_of(10_000, to=ach_destination(), number=number), context()
        )
        letters.append(made.payload[33:34])

    assert letters == [b"A", b"B", b"Z", b"A"]


@pytest.mark.asyncio
async def test_the_27th_file_of_a_day_waits(tmp_path: Path) -> None:
    """It would have the name of the first; on the next day it goes."""
    provider = await opened(AchPayouts, {**ACH, **folders(tmp_path)})
    await provider.prepare(batch_of(10_000, to=ach_destination(), number=1), context())
    late = batch_of(10_000, to=ach_destination(), number=27)

    with pytest.raises(NotSent):
        await provider.prepare(late, context())

    assert await provider.prepare(late, context(NOW + timedelta(days=1)))
    assert await provider.prepare(batch_of(10_000, to=ach_destination(), number=1), context()), (
        "its own letter may be asked for again"
    )


@pytest.mark.asyncio
async def test_without_a_number_there_is_no_file() -> None:
    """A letter that was made up could be another file's."""
    provider = await opened(AchPayouts, ACH)
    batch = replace(batch_of(10_000, to=ach_destination()), sequence_no=None)

    with pytest.raises(PluginBug):
        await provider.prepare(batch, context())


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"routing_number": "091000018"}, ["routing_checksum"]),
        ({"routing_number": "09100001"}, ["routing_checksum"]),
        ({"account_number": "1" * 18}, ["account_too_long"]),
        ({"account_number": ""}, ["account_characters"]),
        ({"account_number": "12 34"}, ["account_characters"]),
        ({"holder_name": "Seán O'Brien"}, ["characters"]),
        ({"holder_name": "Wolfeschlegelsteinhausen"}, ["too_long"]),
        ({"holder_name": "李小龍"}, ["characters"]),
        ({"account_type": "loan"}, ["unknown"]),
        ({"iban": "x"}, ["unknown"]),
    ],
)
@pytest.mark.asyncio
async def test_what_the_library_would_cut_is_refused(
    changes: dict[str, str], codes: list[str]
) -> None:
    """An account of 18 digits would lose one without a word, and the money with it."""
    provider = await opened(AchPayouts, ACH)

    problems = await provider.check_destination(ach_destination(**changes))

    assert [each.code for each in problems] == codes


@pytest.mark.asyncio
async def test_a_cut_name_is_shown_as_it_would_be_read() -> None:
    """The member decides how their name is shortened."""
    provider = await opened(AchPayouts, ACH)
    to = ach_destination(holder_name="Wolfeschlegelsteinhausen")

    (problem,) = await provider.check_destination(to)

    assert problem.message.endswith("the bank would read: Wolfeschlegelsteinhaus")


def test_what_the_library_does_by_itself() -> None:
    """If one of these traps goes away, its answer in `nacha.py` may go too."""
    settings = {
        "immediate_dest": "021000021", "immediate_org": "1234567890",
        "immediate_dest_name": "BANK", "immediate_org_name": "US", "company_id": "1234567890",
    }  # fmt: skip
    entry = {
        "type": "22", "routing_number": "021000022", "account_number": "123456789012345678",
        "amount": "1.00", "name": "O'Brien", "id_number": "P",
    }  # fmt: skip
    file = AchFile("A", dict(settings))
    file.add_batch("PPD", [entry], credits=True)
    rendered = file.render_to_string().split("\n")

    assert rendered[2][3:12] == "021000022", "a wrong check digit"
    assert rendered[2][12:29] == "12345678901234567", "an account that lost a digit"
    assert rendered[2][54:76].strip() == "O", "a name that ends at its first strange letter"
    assert rendered[1][53:63] == "PAYROLL   "
    assert rendered[1][79:87] == "02100002", "the originating bank is the file's destination"
    assert rendered[0][23:29] == datetime.now().astimezone().strftime("%y%m%d")


@pytest.mark.asyncio
async def test_a_wrong_item_is_named() -> None:
    """And no file is made."""
    provider = await opened(AchPayouts, ACH)
    batch = batch_of(10_000, to=ach_destination(account_number="1" * 18))

    with pytest.raises(BatchRefused) as refused:
        await provider.prepare(batch, context())

    assert [each.item_ref for each in refused.value.problems] == [batch.items[0].item_ref]
    assert "111111" not in str(refused.value)


@pytest.mark.parametrize("micros", [70_000, 290_000, 1_150_000, 4_350_000, 99_999_999_980_000])
@pytest.mark.asyncio
async def test_amounts_survive_the_librarys_float(micros: int) -> None:
    """Each is compared after rendering; these are the ones that floats get wrong."""
    provider = await opened(AchPayouts, ACH)

    made = await provider.prepare(batch_of(micros, to=ach_destination()), context())

    assert [each.amount_micros for each in read_ach(made.payload).payments] == [micros]


@pytest.mark.asyncio
async def test_silence_says_nothing_by_default() -> None:
    """And never that something is missing."""
    provider = await opened(AchPayouts, ACH)
    batch = await prepared(provider, batch_of(10_000, to=ach_destination()))

    answer = await provider.look_up(batch, context(NOW + timedelta(days=300)))

    assert (answer.found, answer.missing) == ((), ())


@pytest.mark.asyncio
async def test_an_operator_may_take_silence_for_a_yes(tmp_path: Path) -> None:
    """After three quiet banking days, not before: a weekend is no banking day."""
    config = {**ACH, **folders(tmp_path), "paid_after_banking_days": 3}
    provider = await opened(AchPayouts, config)
    batch = await prepared(provider, batch_of(10_000, to=ach_destination()))
    assert batch.provider_state["due_on"] == "2026-12-28"

    early = await provider.look_up(batch, context(datetime(2026, 12, 31, 23, tzinfo=UTC)))
    late = await provider.look_up(batch, context(datetime(2027, 1, 1, 0, tzinfo=UTC)))

    assert early.found == ()
    assert [each.state for each in late.found] == [ObservedState.PAID]
    assert ObservedState.RETURNED in provider.manifest.after_paid


@pytest.mark.parametrize(
    "wrong",
    [
        {"immediate_dest": "021000022"},
        {"company_name": "Ünited"},
        {"paid_after_banking_days": 3},
    ],
)
@pytest.mark.asyncio
async def test_wrong_settings_do_not_open(wrong: dict[str, Any]) -> None:
    """Silence about a file that staff never uploaded proves nothing."""
    with pytest.raises(ConfigError):
        await opened(AchPayouts, {**ACH, **wrong})


def test_the_simulated_bank_is_no_pushover() -> None:
    """A judge that takes everything judges nothing."""
    good = b"101 021000021" + b" " * 81 + b"\r\n"

    with pytest.raises(Unreadable):
        read_ach(good)
