"""The SEPA file: reproducible, valid, exact, and free of the library's surprises."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]  # it ships no types
from schwifty.registry import get_iban_spec
from sepaxml import SepaTransfer  # type: ignore[import-untyped]  # as above

from domain.money import NotRepresentable
from domain.payouts.provider.bank_days import bank_day_after, fed_is_closed, target_is_closed
from domain.provider import BatchRefused, ConfigError, Unsupported
from plugins.payments.bank.letters import ach_text, sepa_text
from plugins.payments.bank.sepa_payouts import SepaPayouts
from plugins.payments.bank.settings import SEPA_COUNTRIES
from tests.plugins.bank.make import (
    NOW,
    SEPA,
    ach_destination,
    batch_of,
    batch_ref,
    context,
    opened,
    prepared,
    sepa_destination,
)

NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.mark.asyncio
async def test_the_same_batch_gives_the_same_bytes() -> None:
    """The library draws random ids and reads the local clock; a re-send must be the same file."""
    batch = batch_of(1_230_000, 10_000, to=sepa_destination())
    first = await (await opened(SepaPayouts, SEPA)).prepare(batch, context())
    again = await (await opened(SepaPayouts, SEPA)).prepare(batch, context())

    assert first == again
    root = etree.fromstring(first.payload)
    assert _texts(root, "MsgId") == [batch.batch_ref]
    assert _texts(root, "PmtInfId") == [f"{batch.batch_ref}-1"]
    assert _texts(root, "CreDtTm") == ["2026-12-24T09:30:00Z"]


@pytest.mark.asyncio
async def test_the_file_says_what_the_batch_says() -> None:
    """Amounts, accounts, names, references, counts and sums, and an address with structure."""
    to = sepa_destination(iban="nl91 abna 0417 1643 00")
    batch = batch_of(1_230_000, 10_000, 999_999_999_990_000, to=to)

    made = await (await opened(SepaPayouts, SEPA)).prepare(batch, context())

    root = etree.fromstring(made.payload)
    schema = etree.parse(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))
    assert etree.XMLSchema(schema).validate(root)
    assert _texts(root, "InstdAmt") == ["1.23", "0.01", "999999999.99"]
    assert _texts(root, "EndToEndId") == [item.item_ref for item in batch.items]
    assert set(_texts(root, "CdtrAcct/p:Id/p:IBAN")) == {"NL91ABNA0417164300"}
    assert _texts(root, "GrpHdr/p:NbOfTxs") == ["3"]
    assert _texts(root, "GrpHdr/p:CtrlSum") == ["1000000001.23"]
    assert _texts(root, "Cdtr/p:PstlAdr/p:TwnNm")[0] == "Utrecht"
    assert _texts(root, "Cdtr/p:PstlAdr/p:Ctry")[0] == "NL"
    assert _texts(root, "Dbtr/p:PstlAdr/p:TwnNm") == ["Berlin"]
    assert _texts(root, "BtchBookg") == ["true"]
    assert _texts(root, "DbtrAgt/p:FinInstnId/p:BICFI") == ["COBADEFFXXX"]


@pytest.mark.asyncio
async def test_it_is_executed_on_a_bank_day() -> None:
    """Christmas and the weekend after it are closed; the first bank day is the Monday."""
    provider = await opened(SepaPayouts, SEPA)

    made = await provider.prepare(batch_of(10_000, to=sepa_destination()), context())

    root = etree.fromstring(made.payload)
    assert _texts(root, "ReqdExctnDt/p:Dt") == ["2026-12-28"]
    assert made.batch_state["due_on"] == "2026-12-28"


@pytest.mark.asyncio
async def test_a_batch_can_be_rendered_twice_without_doubling() -> None:
    """The library doubles everything on a second export and changes what it was given."""
    provider = await opened(SepaPayouts, SEPA)
    batch = batch_of(1_000_000, to=sepa_destination())

    await provider.prepare(batch, context())
    made = await provider.prepare(batch, context())

    root = etree.fromstring(made.payload)
    assert (_texts(root, "GrpHdr/p:NbOfTxs"), _texts(root, "InstdAmt")) == (["1"], ["1.00"])


def test_what_the_library_does_by_itself() -> None:
    """If one of these traps goes away, its answer in `sepa.py` may go too."""
    config = {
        "name": "X", "IBAN": "DE89370400440532013000", "BIC": "COBADEFFXXX", "batch": True,
        "currency": "EUR",
    }  # fmt: skip
    payment = {
        "name": "李小龍", "IBAN": "NL50BANK1234567890", "amount": 1, "description": "x",
        "execution_date": date(2026, 1, 2), "endtoend_id": "P",
    }  # fmt: skip
    document = SepaTransfer(dict(config), schema="pain.001.001.09", clean=True)
    document.add_payment(payment)
    rendered = document.export(validate=True)  # a wrong check digit passes its validation

    assert payment["execution_date"] == "2026-01-02"
    assert payment["name"] == "Li Xiao Long "
    assert document.export(validate=False).count(b"<EndToEndId>") == 2 * rendered.count(
        b"<EndToEndId>"
    )
    assert SepaTransfer(dict(config)).schema == "pain.001.001.03"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"iban": "NL50BANK1234567890"}, ["iban_checksum"]),
        ({"iban": "NL91 ABNA 0417 1643 00"}, []),
        ({"iban": "DE89370400440532013000"}, ["country_mismatch"]),
        ({"iban": "BR1800360305000010009795493C1"}, ["country_not_served"]),
        ({"iban": ""}, ["iban_checksum"]),
        ({"holder_name": "李小龍"}, ["characters"]),
        ({"holder_name": "Zoë Ångström"}, ["characters"]),
        ({"holder_name": "a" * 71}, ["too_long"]),
        ({"holder_name": "\u200b"}, ["missing"]),
        ({"holder_name": " Anna"}, ["characters"]),
        ({"town": ""}, ["missing"]),
        ({"address_country": "nl"}, ["country_code"]),
        ({"bic": "ABNANL2A"}, ["unknown"]),
    ],
)
@pytest.mark.asyncio
async def test_what_is_wrong_is_told_before_anything_is_sent(
    changes: dict[str, str], codes: list[str]
) -> None:
    """The library's validation accepts a wrong IBAN; ours does not."""
    provider = await opened(SepaPayouts, SEPA)

    problems = await provider.check_destination(sepa_destination(**changes))

    assert [each.code for each in problems] == codes


@pytest.mark.asyncio
async def test_the_member_is_shown_what_the_bank_would_read() -> None:
    """Nothing is replaced behind their back."""
    provider = await opened(SepaPayouts, SEPA)

    (problem,) = await provider.check_destination(sepa_destination(holder_name="李小龍"))

    assert problem.message.endswith("We would write: Li Xiao Long")


@pytest.mark.asyncio
async def test_a_wrong_item_is_named_and_the_file_is_not_made() -> None:
    """The others go into a new batch; the text of the error holds no account."""
    provider = await opened(SepaPayouts, SEPA)
    batch = batch_of(10_000, 20_000, to=sepa_destination())
    wrong = replace(batch.items[1], destination=sepa_destination(iban="NL50BANK1234567890"))

    with pytest.raises(BatchRefused) as refused:
        await provider.prepare(replace(batch, items=(batch.items[0], wrong)), context())

    assert [each.item_ref for each in refused.value.problems] == [wrong.item_ref]
    assert "NL50" not in str(refused.value)


@pytest.mark.asyncio
async def test_amounts_are_exact_or_refused() -> None:
    """A thousandth of a euro cannot be written; dollars do not go into a euro file."""
    provider = await opened(SepaPayouts, SEPA)

    with pytest.raises(NotRepresentable):
        await provider.prepare(batch_of(1_230_001, to=sepa_destination()), context())
    with pytest.raises(Unsupported):
        await provider.prepare(batch_of(10_000, to=ach_destination()), context())


@pytest.mark.asyncio
async def test_a_refusal_by_the_schema_quotes_nothing() -> None:
    """Its log holds names and accounts; the error names nobody."""
    provider = await opened(SepaPayouts, SEPA)
    batch = replace(batch_of(10_000, to=sepa_destination()), batch_ref="B" * 36)  # 35 is the end

    with pytest.raises(BatchRefused) as refused:
        await provider.prepare(batch, context())

    assert refused.value.problems == ()
    assert "Xiao" not in repr(refused.value)


@pytest.mark.asyncio
async def test_a_full_file_is_made_and_checked() -> None:
    """Five thousand payments, validated once: validation by the library took seventeen seconds."""
    provider = await opened(SepaPayouts, SEPA)
    amounts = [10_000 * each for each in range(1, 5_001)]
    batch = batch_of(*amounts, to=sepa_destination(), number=2)

    made = await prepared(provider, batch)

    assert made.payload is not None and made.payload.count(b"<EndToEndId>") == 5_000
    assert re.search(rb"<CtrlSum>125025\.00</CtrlSum>", made.payload)


@pytest.mark.parametrize(
    "wrong",
    [
        {"debtor_iban": "DE00370400440532013000"},
        {"debtor_name": "Stückwerk"},
        {"debtor_iban": "GB82WEST12345698765432"},  # nobody knows its BIC
        {"deliver": "folder"},
        {"deliver": "folder", "folder": "/nowhere", "journal": "/nowhere/else"},
    ],
)
@pytest.mark.asyncio
async def test_wrong_settings_do_not_open(wrong: dict[str, Any]) -> None:
    """Rather no bank than one whose every file is wrong."""
    with pytest.raises(ConfigError):
        await opened(SepaPayouts, {**SEPA, **wrong})


@pytest.mark.parametrize(
    ("text", "sepa", "ach"),
    [
        ("O'Brien", "O'Brien", "OBrien"),
        ("Đỗ Ngọc", "Do Ngoc", "Do Ngoc"),
        ("Müller & Söhne", "Muller Sohne", "Muller & Sohne"),
        ("a//b/", "a/b", "a//b/"),
        ("Łukasz\u00a0Żak", "Lukasz Zak", "Lukasz Zak"),
    ],
)
def test_letters(text: str, sepa: str, ach: str) -> None:
    """What each kind of file can carry."""
    assert (sepa_text(text, length=70), ach_text(text, length=70)) == (sepa, ach)


@pytest.mark.parametrize(
    ("start", "days", "target", "fed"),
    [
        (date(2026, 4, 2), 1, date(2026, 4, 7), date(2026, 4, 3)),  # Easter: only TARGET closes
        (date(2026, 5, 22), 1, date(2026, 5, 25), date(2026, 5, 26)),  # Memorial Day
        (date(2026, 11, 25), 1, date(2026, 11, 26), date(2026, 11, 27)),  # Thanksgiving
        (date(2026, 7, 2), 1, date(2026, 7, 3), date(2026, 7, 3)),  # the 4th is a Saturday
        (date(2027, 7, 2), 1, date(2027, 7, 5), date(2027, 7, 6)),  # a Sunday: kept on Monday
        (date(2026, 12, 31), 1, date(2027, 1, 4), date(2027, 1, 4)),
        (date(2026, 1, 16), 1, date(2026, 1, 19), date(2026, 1, 20)),  # Martin Luther King
        (date(2026, 8, 1), 0, date(2026, 8, 3), date(2026, 8, 3)),
        (date(2026, 4, 30), 2, date(2026, 5, 5), date(2026, 5, 4)),  # the first of May
    ],
)
def test_bank_days(start: date, days: int, target: date, fed: date) -> None:
    """A file for a closed day is executed on another one, or not at all."""
    assert bank_day_after(start, days=days, is_closed=target_is_closed) == target
    assert bank_day_after(start, days=days, is_closed=fed_is_closed) == fed


@pytest.mark.parametrize(
    ("year", "monday"),
    [(2024, (4, 1)), (2025, (4, 21)), (2027, (3, 29)), (2038, (4, 26)), (2049, (4, 19))],
)
def test_easter_monday(year: int, monday: tuple[int, int]) -> None:
    """Including the latest Easter there is, and a year of the exception."""
    day = date(year, *monday)

    assert target_is_closed(day) and target_is_closed(day - timedelta(days=3))
    assert not target_is_closed(day + timedelta(days=1))


@pytest.mark.asyncio
async def test_the_day_is_that_of_the_clearing() -> None:
    """Half past eleven at night in UTC is the next day in Brussels."""
    provider = await opened(SepaPayouts, {**SEPA, "lead_days": 0})
    late = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)

    made = await provider.prepare(batch_of(10_000, to=sepa_destination()), context(late))

    assert made.batch_state["due_on"] == "2026-06-10"


def test_the_countries_are_those_of_the_register() -> None:
    """Each is in SEPA by the register of IBANs too."""
    assert all(get_iban_spec(country).in_sepa_zone for country in SEPA_COUNTRIES)


@pytest.mark.asyncio
async def test_the_batch_is_named_in_the_file_name() -> None:
    """Staff find the batch by the file."""
    provider = await opened(SepaPayouts, SEPA)

    made = await provider.prepare(batch_of(10_000, to=sepa_destination()), context(NOW))

    assert made.batch_state["file_name"] == f"{batch_ref(1)}.xml"


def _texts(root: Any, path: str) -> list[str]:
    return [each.text for each in root.iterfind(f".//p:{path}", NAMES)]
