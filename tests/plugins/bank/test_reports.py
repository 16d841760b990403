"""What the bank's files say becomes news of each payment, and of nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.money import Money
from domain.payouts.provider import FileRefused, FileReport, ObservedState
from domain.provider_news import LineKind
from plugins.payments.bank.ach_payouts import AchPayouts
from plugins.payments.bank.codes import CHANGES, REASONS, RETURNS, STATUSES
from plugins.payments.bank.references import creditor_reference, in_fours
from plugins.payments.bank.sepa_payouts import SepaPayouts
from plugins.payments.bank.simulator import BankSimulator
from tests.plugins.bank.make import (
    ACH,
    OUR_IBAN,
    SEPA,
    ach_destination,
    batch_of,
    batch_ref,
    context,
    folders,
    item_ref,
    opened,
    prepared,
    sepa_destination,
)

EUR = "EUR"
ONE, TWO, THREE = (item_ref(100 + number) for number in (1, 2, 3))
BATCH = batch_ref(1)
DEPOSIT = "DEU0000003NQK8N"


async def sent(place: Path, bank: BankSimulator, *, rail: str = "sepa") -> Any:
    """A provider whose batch of three payments the bank has taken."""
    kind, config, to = (SepaPayouts, SEPA, sepa_destination())
    if rail == "ach":
        kind, config, to = (AchPayouts, ACH, ach_destination())  # type: ignore[assignment]  # the other kind
    provider = await opened(kind, {**config, **folders(place)})
    batch = await prepared(provider, batch_of(1_230_000, 10_000, 5_000_000, to=to))
    await provider.send(batch, context())
    bank.folder = place / "out"
    assert bank.collect() == 1
    return provider


def states(report: FileReport) -> dict[str, ObservedState | None]:
    return {each.item_ref: each.state for each in report.items}


@pytest.mark.asyncio
async def test_a_part_of_the_file_is_refused(tmp_path: Path) -> None:
    """Each payment has its own answer; the file's is nobody's."""
    bank = BankSimulator()
    bank.refuse[TWO] = "AC04"
    provider = await sent(tmp_path, bank)

    report = await provider.read_file(bank.pain_002(BATCH), context())

    assert states(report) == {
        ONE: ObservedState.PENDING,
        TWO: ObservedState.FAILED,
        THREE: ObservedState.PENDING,
    }
    refused = report.items[1]
    assert (refused.provider_code, bool(refused.member_message)) == ("AC04", True)
    assert report.batches == ()


@pytest.mark.asyncio
async def test_a_file_that_is_refused_as_a_whole(tmp_path: Path) -> None:
    """No payment is named: the news is of the batch."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank)

    report = await provider.read_file(bank.refusal(BATCH), context())

    assert report.items == ()
    assert [(each.batch_ref, each.state) for each in report.batches] == [
        (BATCH, ObservedState.FAILED)
    ]


@pytest.mark.asyncio
async def test_booked_one_by_one(tmp_path: Path) -> None:
    """Each debit pays one; the lines add up to what left the account."""
    bank = BankSimulator()
    bank.refuse[TWO] = "AC01"
    provider = await sent(tmp_path, bank)

    report = await provider.read_file(bank.camt_053(), context())

    assert states(report) == {ONE: ObservedState.PAID, THREE: ObservedState.PAID}
    assert [each.amount for each in report.items] == [Money(1_230_000, EUR), Money(5_000_000, EUR)]
    assert [(each.kind, each.amount.micros, each.item_ref) for each in report.lines] == [
        (LineKind.PAYOUT, -1_230_000, ONE),
        (LineKind.PAYOUT, -5_000_000, THREE),
    ]


@pytest.mark.asyncio
async def test_booked_as_a_whole(tmp_path: Path) -> None:
    """One debit for the file: its count and sum tell which payments it can mean."""
    bank = BankSimulator()
    bank.books_whole = True
    bank.refuse[TWO] = "AC01"
    provider = await sent(tmp_path, bank)

    report = await provider.read_file(bank.camt_053(), context())

    (batch,) = report.batches
    assert (batch.batch_ref, batch.state) == (BATCH, ObservedState.PAID)
    assert (batch.count, batch.total) == (2, Money(6_230_000, EUR))
    assert [(each.kind, each.amount.micros) for each in report.lines] == [
        (LineKind.PAYOUT, -6_230_000)
    ]
    assert report.items == ()


@pytest.mark.asyncio
async def test_what_comes_back(tmp_path: Path) -> None:
    """Paid and returned in one statement is returned, and both lines are there."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank)
    bank.give_back[THREE] = "AC04"

    report = await provider.read_file(bank.camt_053(), context())

    assert states(report)[THREE] is ObservedState.RETURNED
    (back,) = [each for each in report.lines if each.kind is LineKind.RETURN]
    assert (back.amount, back.item_ref, back.raw_code) == (Money(5_000_000, EUR), THREE, "AC04")


@pytest.mark.asyncio
async def test_the_order_of_entries_does_not_matter() -> None:
    """A return that stands above its payment is still a return."""
    provider = await opened(SepaPayouts, SEPA)
    paid = entry(f"<TxDtls><Refs><EndToEndId>{ONE}</EndToEndId></Refs></TxDtls>")
    back = entry(
        f"<TxDtls><Refs><EndToEndId>{ONE}</EndToEndId></Refs>"
        "<RtrInf><Rsn><Cd>MD07</Cd></Rsn></RtrInf></TxDtls>",
        side="CRDT",
    )

    reports = [
        await provider.read_file(statement(*entries), context())
        for entries in ((paid, back), (back, paid))
    ]

    assert [states(each) for each in reports] == [{ONE: ObservedState.RETURNED}] * 2


@pytest.mark.asyncio
async def test_the_same_entry_has_the_same_name_in_every_statement(tmp_path: Path) -> None:
    """A statement that is read again, or overlaps another, adds no line."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank)

    first = await provider.read_file(bank.camt_053(), context())
    second = await provider.read_file(bank.camt_053(), context())

    assert first.file_id != second.file_id
    assert [each.line_id for each in first.lines] == [each.line_id for each in second.lines]
    assert len({each.line_id for each in first.lines}) == 3


@pytest.mark.asyncio
async def test_a_whole_file_that_comes_back_pays_nobody() -> None:
    """One credit that names our file is no payment of it."""
    provider = await opened(SepaPayouts, SEPA)
    whole = f"<Btch><MsgId>{BATCH}</MsgId><NbOfTxs>3</NbOfTxs></Btch>"

    back = await provider.read_file(statement(entry(whole, side="CRDT")), context())
    paid = await provider.read_file(statement(entry(whole)), context())

    assert (back.batches, [each.amount.micros for each in back.lines]) == ((), [12_340_000])
    assert [each.state for each in paid.batches] == [ObservedState.PAID]


@pytest.mark.asyncio
async def test_entries_under_one_name_are_two_lines() -> None:
    """Some banks number only the day's booking run: nothing may be lost for it."""
    provider = await opened(SepaPayouts, SEPA)
    twice = entry("", extra="").replace("</Sts>", "</Sts><AcctSvcrRef>RUN7</AcctSvcrRef>")

    report = await provider.read_file(statement(twice, twice), context())

    assert len({each.line_id for each in report.lines}) == 2


@pytest.mark.asyncio
async def test_unknown_words_are_not_guessed() -> None:
    """State None, with the bank's own word for staff."""
    provider = await opened(SepaPayouts, SEPA)
    status = (
        f"<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>{ONE}</OrgnlEndToEndId>"
        "<TxSts>XXXX</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>"
    )

    report = await provider.read_file(pain(status, group="PART"), context())

    assert [(each.state, each.provider_code) for each in report.items] == [(None, "XXXX")]


@pytest.mark.parametrize(
    ("group", "block", "state"),
    [
        ("PART", "", None),
        ("PART", "<PmtInfSts>ACCP</PmtInfSts>", ObservedState.PENDING),
        ("ACSP", "", ObservedState.PENDING),
        ("RJCT", "", ObservedState.FAILED),
    ],
)
@pytest.mark.asyncio
async def test_a_named_payment_without_a_status(
    group: str, block: str, state: ObservedState | None
) -> None:
    """It has that of its block, else of its file; "partly" is no answer."""
    provider = await opened(SepaPayouts, SEPA)
    named = f"<TxInfAndSts><OrgnlEndToEndId>{ONE}</OrgnlEndToEndId></TxInfAndSts>"
    blocks = f"<OrgnlPmtInfAndSts>{block}{named}</OrgnlPmtInfAndSts>"

    report = await provider.read_file(pain(blocks, group=group), context())

    assert states(report) == {ONE: state}
    assert report.batches == ()


@pytest.mark.asyncio
async def test_a_status_of_the_whole_is_copied_to_nobody() -> None:
    """Only a refusal of the whole is news of the whole."""
    provider = await opened(SepaPayouts, SEPA)

    report = await provider.read_file(pain("", group="ACCP"), context())

    assert (report.items, report.batches) == ((), ())


@pytest.mark.asyncio
async def test_what_is_not_booked_is_no_news() -> None:
    """An announced entry may never come; the old form of the status counts too."""
    provider = await opened(SepaPayouts, SEPA)
    details = f"<TxDtls><Refs><EndToEndId>{ONE}</EndToEndId></Refs></TxDtls>"

    coming = await provider.read_file(statement(entry(details, status="PDNG")), context())
    old = await provider.read_file(
        statement(entry(details, status="BOOK").replace("<Cd>BOOK</Cd>", "BOOK")), context()
    )

    assert (coming.items, coming.lines) == ((), ())
    assert states(old) == {ONE: ObservedState.PAID}


@pytest.mark.parametrize("side", ["CRDT", "DBIT"])
@pytest.mark.parametrize("reason", ["", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"])
@pytest.mark.asyncio
async def test_a_booking_that_is_taken_back_waits_for_people(side: str, reason: str) -> None:
    """The bank corrects itself: a debit is no payment then, and a return that was undone is none.

    Money that came back with a reason is back, even where the bank calls that a correction.
    """
    provider = await opened(SepaPayouts, SEPA)
    details = f"<TxDtls><Refs><EndToEndId>{ONE}</EndToEndId></Refs>{reason}</TxDtls>"
    taken_back = entry(details, side=side, extra="<RvslInd>true</RvslInd>")

    report = await provider.read_file(statement(taken_back), context())

    is_back = side == "CRDT" and reason
    assert states(report) == {ONE: ObservedState.RETURNED if is_back else None}
    assert [each.kind for each in report.lines] == [LineKind.REVERSAL]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"invoice 7 {DEPOSIT} thanks", DEPOSIT),
        (DEPOSIT.lower(), DEPOSIT),
        (f"X{DEPOSIT}", None),
        (f"{DEPOSIT} or DEU0000003NQK8P", None),
        ("no reference", None),
        (creditor_reference(DEPOSIT), DEPOSIT),
        (f"for {in_fours(creditor_reference(DEPOSIT))} please", DEPOSIT),
        (f"RF00{DEPOSIT}", None),
    ],
)
@pytest.mark.asyncio
async def test_a_deposit_is_found_by_its_reference(text: str, found: str | None) -> None:
    """Two references, none, or one with a slip in it: people decide whose money it is."""
    provider = await opened(SepaPayouts, SEPA)
    details = f"<TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"

    report = await provider.read_file(statement(entry(details, side="CRDT")), context())

    (line,) = report.lines
    assert line.deposit_ref == found
    assert line.kind is LineKind.DEPOSIT
    assert line.amount == Money(12_340_000, EUR)
    (arrival,) = report.arrivals
    assert (arrival.arrival_ref, arrival.amount) == (line.line_id, line.amount)
    assert (arrival.deposit_ref, arrival.said) == (found, text)


@pytest.mark.asyncio
async def test_what_a_payer_wrote_stands_beside_it() -> None:
    """In fields of their own, and as the name that people will ask for."""
    provider = await opened(SepaPayouts, SEPA)
    structured = f"<Strd><CdtrRefInf><Ref>{creditor_reference(DEPOSIT)}</Ref></CdtrRefInf></Strd>"
    payer = "<RltdPties><Dbtr><Pty><Nm>Ann Employer</Nm></Pty></Dbtr></RltdPties>"
    details = f"<TxDtls>{payer}<RmtInf><Ustrd>tasks</Ustrd>{structured}</RmtInf></TxDtls>"

    report = await provider.read_file(statement(entry(details, side="CRDT")), context())

    (arrival,) = report.arrivals
    assert (arrival.deposit_ref, arrival.said) == (DEPOSIT, "Ann Employer: tasks")
    assert "Ann" not in repr(report)


@pytest.mark.parametrize(
    ("details", "side", "extra"),
    [
        ("<TxDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>", "CRDT", ""),
        ("<TxDtls><Refs><EndToEndId>PEU0000003NQK8N</EndToEndId></Refs></TxDtls>", "CRDT", ""),
        ("<TxDtls/>", "CRDT", "<RvslInd>true</RvslInd>"),
        ("<TxDtls/>", "DBIT", ""),
    ],
)
@pytest.mark.asyncio
async def test_what_comes_back_is_no_arrival(details: str, side: str, extra: str) -> None:
    """A returned payout is credited to its worker: booked as money that came, it would be twice."""
    provider = await opened(SepaPayouts, SEPA)

    report = await provider.read_file(statement(entry(details, side=side, extra=extra)), context())

    assert report.arrivals == ()


@pytest.mark.asyncio
async def test_a_fee_is_told_as_one() -> None:
    """By the family of its code."""
    provider = await opened(SepaPayouts, SEPA)
    family = "<BkTxCd><Domn><Fmly><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn></BkTxCd>"

    report = await provider.read_file(statement(entry("", extra=family)), context())

    assert [(each.kind, each.amount.micros) for each in report.lines] == [
        (LineKind.FEE, -12_340_000)
    ]


@pytest.mark.asyncio
async def test_payments_that_do_not_make_up_their_entry_are_one_line() -> None:
    """A line that is guessed would make the books fit by themselves."""
    provider = await opened(SepaPayouts, SEPA)
    part = (
        f"<TxDtls><Refs><EndToEndId>{ONE}</EndToEndId></Refs>"
        '<Amt Ccy="EUR">12.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">0.30</Amt></TxDtls>'
    )

    report = await provider.read_file(statement(entry(part)), context())

    assert [each.amount.micros for each in report.lines] == [-12_340_000]
    assert [each.amount for each in report.items] == [Money(12_000_000, EUR)]


@pytest.mark.asyncio
async def test_a_notification_gives_no_lines() -> None:
    """The statement tells of the same entries: nothing is counted twice."""
    provider = await opened(SepaPayouts, SEPA)
    details = f"<TxDtls><Refs><EndToEndId>{ONE}</EndToEndId></Refs></TxDtls>"
    told = statement(entry(details)).decode()
    told = told.replace("camt.053", "camt.054").replace("Stmt>", "Ntfctn>")

    report = await provider.read_file(told.encode(), context())

    assert (states(report), report.lines) == ({ONE: ObservedState.PAID}, ())


@pytest.mark.asyncio
async def test_another_accounts_statement_is_refused(tmp_path: Path) -> None:
    """A wrong file must not pay anybody."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank)

    with pytest.raises(FileRefused, match="another account"):
        await provider.read_file(bank.camt_053(account="NL91ABNA0417164300"), context())


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE_ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
DEEP = "<a>" * 300 + "</a>" * 300


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01",
        b"<x",
        f"{BOMB}<Document>&b;</Document>".encode(),
        f"{FILE_ENTITY}<Document>&a;</Document>".encode(),
        b"<Document>" + DEEP.encode() + b"</Document>",
        b"<Document/>",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"/>',
        b"<Document>" + b"x" * (65 * 2**20) + b"</Document>",
        b"item_ref,result\r\n",
    ],
    ids=lambda content: content[:24].decode("latin-1"),
)
@pytest.mark.parametrize("kind", [SepaPayouts, AchPayouts])
@pytest.mark.asyncio
async def test_what_cannot_be_read_is_refused(kind: Any, content: bytes) -> None:
    """Entities, files of this machine, endless depth, huge and foreign files."""
    provider = await opened(kind, SEPA if kind is SepaPayouts else ACH)

    with pytest.raises(FileRefused) as refused:
        await provider.read_file(content, context())

    assert len(str(refused.value)) < 100


@pytest.mark.parametrize("amount", ["1,00", "-1", "1e9", "NaN", "", "1.0000001", "9" * 13])
@pytest.mark.asyncio
async def test_amounts_are_read_exactly_or_not_at_all(amount: str) -> None:
    """A number that is guessed is worse than none."""
    provider = await opened(SepaPayouts, SEPA)

    with pytest.raises(FileRefused):
        await provider.read_file(statement(entry("", amount=amount)), context())


@pytest.mark.asyncio
async def test_returned_ach_payments(tmp_path: Path) -> None:
    """By our reference in the entry, with the bank's code and the amount that came back."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank, rail="ach")
    bank.give_back = {ONE: "R03", THREE: "R99"}

    report = await provider.read_file(bank.ach_returns(), context())

    assert states(report) == {ONE: ObservedState.RETURNED, THREE: None}
    assert [each.provider_code for each in report.items] == ["R03", "R99"]
    assert report.items[0].member_message is not None
    assert [(each.kind, each.amount, each.item_ref) for each in report.lines] == [
        (LineKind.RETURN, Money(1_230_000, "USD"), ONE),
        (LineKind.RETURN, Money(5_000_000, "USD"), THREE),
    ]
    assert len({each.line_id for each in report.lines}) == 2


@pytest.mark.asyncio
async def test_a_notification_of_change_moves_nothing(tmp_path: Path) -> None:
    """The member is asked to correct the account; the corrected one is not read at all."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank, rail="ach")
    bank.change = {TWO: "C01"}

    report = await provider.read_file(bank.ach_changes("55555555555"), context())

    (told,) = report.items
    assert (told.item_ref, told.state, told.provider_code) == (TWO, None, "C01")
    assert told.member_message is not None and "5555" not in repr(report)
    assert report.lines == ()


@pytest.mark.asyncio
async def test_an_ach_statement_tells_what_was_paid(tmp_path: Path) -> None:
    """For banks that report in ISO 20022; the account is named by its number."""
    bank = BankSimulator()
    bank.books_whole = True
    provider = await sent(tmp_path, bank, rail="ach")

    report = await provider.read_file(bank.camt_053(account=str(ACH["account"])), context())

    assert [(each.batch_ref, each.count) for each in report.batches] == [(BATCH, 3)]


@pytest.mark.asyncio
async def test_an_ach_file_is_acknowledged(tmp_path: Path) -> None:
    """Some banks answer with a pain.002: taken is not paid, refused is refused."""
    bank = BankSimulator()
    bank.refuse[TWO] = "AC01"
    provider = await sent(tmp_path, bank, rail="ach")

    report = await provider.read_file(bank.pain_002(BATCH), context())
    whole = await provider.read_file(bank.refusal(BATCH), context())

    assert states(report) == {
        ONE: ObservedState.PENDING,
        TWO: ObservedState.FAILED,
        THREE: ObservedState.PENDING,
    }
    assert [each.state for each in whole.batches] == [ObservedState.FAILED]


@pytest.mark.asyncio
async def test_a_notification_of_change_hides_no_return(tmp_path: Path) -> None:
    """Both about one payment in one file, in either order: it came back."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank, rail="ach")
    bank.give_back = {ONE: "R03"}
    lines = bank.ach_returns().splitlines()
    returned = [line for line in lines if line[:1] in b"67"]
    bank.change = {ONE: "C01"}
    changed = [line for line in bank.ach_changes().splitlines() if line[:1] in b"67"]
    control = next(line for line in lines if line[:7] == b"9000001")
    control = control[:13] + b"00000004" + control[21:]

    for records in ([*returned, *changed], [*changed, *returned]):
        content = b"\r\n".join([*lines[:2], *records, control])
        report = await provider.read_file(content, context())
        assert states(report) == {ONE: ObservedState.RETURNED}
        assert [each.kind for each in report.lines] == [LineKind.RETURN]


@pytest.mark.parametrize("cut", [1, 2, 3])
@pytest.mark.asyncio
async def test_a_return_file_that_was_cut_is_refused(tmp_path: Path, cut: int) -> None:
    """Its control record counts what should be there."""
    bank = BankSimulator()
    provider = await sent(tmp_path, bank, rail="ach")
    bank.give_back = {ONE: "R03", TWO: "R02"}
    lines = bank.ach_returns().splitlines(keepends=True)

    with pytest.raises(FileRefused):
        await provider.read_file(b"".join(lines[:2] + lines[2 + cut :]), context())


@pytest.mark.asyncio
async def test_the_bank_refuses_the_same_message_twice(tmp_path: Path) -> None:
    """So a second delivery would show; and it pays nobody twice."""
    bank = BankSimulator()
    await sent(tmp_path, bank)
    provider = await opened(SepaPayouts, SEPA)
    again = await prepared(provider, batch_of(10_000, to=sepa_destination()))

    assert bank.take(again.payload or b"") is None

    assert bank.refused_files == [(BATCH, "AM05")]
    assert len(bank.effects()) == 3


def test_every_row_has_a_source() -> None:
    """Staff see where a meaning comes from, and that nobody has verified it yet."""
    rows = [row for table in (STATUSES, REASONS, RETURNS, CHANGES) for row in table.values()]

    assert all(row.source and row.verified_on is None for row in rows)
    assert {row.state for row in CHANGES.values()} == {None}
    assert ObservedState.PAID not in {row.state for row in rows}


@pytest.mark.asyncio
async def test_days_with_a_zone_are_read() -> None:
    """Some banks write `2026-12-24+01:00`."""
    provider = await opened(SepaPayouts, SEPA)
    told = statement(entry("")).replace(b"2026-12-24", b"2026-12-24+01:00")

    report = await provider.read_file(told, context())

    assert report.lines[0].booked_at == datetime(2026, 12, 24, tzinfo=UTC)


def entry(
    details: str,
    *,
    side: str = "DBIT",
    status: str = "BOOK",
    amount: str = "12.34",
    extra: str = "",
) -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{extra}'
        f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2026-12-24</Dt></BookgDt>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def statement(*entries: str) -> bytes:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>'
        f"<Id>S1</Id><Acct><Id><IBAN>{OUR_IBAN}</IBAN></Id></Acct>{''.join(entries)}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def pain(blocks: str, *, group: str) -> bytes:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>'
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{BATCH}</OrgnlMsgId><GrpSts>{group}</GrpSts>"
        f"</OrgnlGrpInfAndSts>{blocks}</CstmrPmtStsRpt></Document>"
    ).encode()
