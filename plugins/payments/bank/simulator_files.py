"""What the simulated bank reads and writes: its own columns and elements, not the plugin's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

SPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
PAIN_001: Final = {"p": f"{SPACE}pain.001.001.09"}
MICROS_PER_MINOR: Final = 10_000


class Unreadable(Exception):
    """The bank would not take this file."""


@dataclass(slots=True, kw_only=True)
class Payment:
    """One payment in the bank's books."""

    ref: str
    batch_ref: str
    amount_micros: int
    currency: str
    account: str = field(repr=False)
    name: str = field(repr=False)
    routing: str = ""
    code: str = ""
    trace: str = ""
    state: str = "taken"  # taken, refused, booked, returned
    reason: str = ""
    booked_as: str = ""

    @property
    def amount_text(self) -> str:
        units, rest = divmod(self.amount_micros // MICROS_PER_MINOR, 100)
        return f"{units}.{rest:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One file of ours, as the bank understood it."""

    batch_ref: str
    account: str = field(repr=False)
    payments: tuple[Payment, ...]


def read_sepa(content: bytes) -> Told:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root: Any = etree.fromstring(content, parser)

    def text(path: str, of: Any = None) -> str:
        found: str = (root if of is None else of).findtext(path, "", PAIN_001)
        return found

    batch_ref = text(".//p:GrpHdr/p:MsgId")
    payments = []
    for each in root.iterfind(".//p:CdtTrfTxInf", PAIN_001):
        amount = each.find("p:Amt/p:InstdAmt", PAIN_001)
        payments.append(
            Payment(
                ref=text("p:PmtId/p:EndToEndId", each),
                batch_ref=batch_ref,
                amount_micros=_minor(amount.text) * MICROS_PER_MINOR,
                currency=amount.get("Ccy"),
                account=text("p:CdtrAcct/p:Id/p:IBAN", each),
                name=text("p:Cdtr/p:Nm", each),
            )
        )
    total = sum(each.amount_micros for each in payments)
    if int(text(".//p:GrpHdr/p:NbOfTxs")) != len(payments):
        raise Unreadable("the number of payments")
    if _minor(text(".//p:GrpHdr/p:CtrlSum")) * MICROS_PER_MINOR != total:
        raise Unreadable("the sum of the payments")
    debtor = text(".//p:DbtrAcct/p:Id/p:IBAN")
    return Told(batch_ref=batch_ref, account=debtor, payments=tuple(payments))


def read_ach(content: bytes) -> Told:
    """By the columns of the format's public description, counted from one."""
    lines = content.decode("ascii").split("\r\n")
    if lines.pop() or len(lines) % 10 or any(len(line) != 94 for line in lines):  # noqa: PLR2004  # by the format
        raise Unreadable("records of 94 characters in blocks of ten")
    head, batch = lines[0], lines[1]
    entries = [line for line in lines if line.startswith("6")]
    control = next(line for line in lines if line.startswith("9"))
    payments = tuple(_ach_payment(line, batch_ref=batch[20:40].strip()) for line in entries)
    total = sum(each.amount_micros for each in payments) // MICROS_PER_MINOR
    digits = sum(int(line[3:11]) for line in entries) % 10**10
    wanted = (len(lines) // 10, len(entries), digits, 0, total)
    columns = ((7, 13), (13, 21), (21, 31), (31, 43), (43, 55))
    if tuple(int(control[start:end]) for start, end in columns) != wanted:
        raise Unreadable("the control record")
    if head[23:29] > batch[69:75]:
        raise Unreadable("a day in the past")
    return Told(batch_ref=batch[20:40].strip(), account=head[3:13].strip(), payments=payments)


def _ach_payment(line: str, *, batch_ref: str) -> Payment:
    weights = (3, 7, 1, 3, 7, 1, 3, 7, 1)
    if sum(int(digit) * weight for digit, weight in zip(line[3:12], weights, strict=True)) % 10:
        raise Unreadable("a routing number")
    return Payment(
        ref=line[39:54].strip(),
        batch_ref=batch_ref,
        amount_micros=int(line[29:39]) * MICROS_PER_MINOR,
        currency="USD",
        account=line[12:29].strip(),
        name=line[54:76].strip(),
        routing=line[3:12],
        code=line[1:3],
        trace=line[79:94],
    )


def pain_002(*, batch_ref: str, status: str, payments: Iterable[Payment], at: datetime) -> bytes:
    told = "".join(_told(each) for each in payments)
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch_ref}-1</OrgnlPmtInfId>{told}" if told else ""
    return _document(
        "pain.002.001.10",
        "<CstmrPmtStsRpt>"
        f"<GrpHdr><MsgId>SIM-{batch_ref}</MsgId><CreDtTm>{_instant(at)}</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{escape(batch_ref)}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>"
        f"{block}{'</OrgnlPmtInfAndSts>' if block else ''}</CstmrPmtStsRpt>",
    )


def _told(payment: Payment) -> str:
    is_refused = payment.state == "refused"
    reason = f"<StsRsnInf><Rsn><Cd>{payment.reason}</Cd></Rsn></StsRsnInf>" if is_refused else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{payment.ref}</OrgnlEndToEndId>"
        f"<TxSts>{'RJCT' if is_refused else 'ACSC'}</TxSts>{reason}</TxInfAndSts>"
    )


def camt_053(*, number: int, account: str, entries: Sequence[str], at: datetime) -> bytes:
    kind = "IBAN" if account[:2].isalpha() else "Othr"
    name = account if kind == "IBAN" else f"<Id>{account}</Id>"
    return _document(
        "camt.053.001.08",
        f"<BkToCstmrStmt><GrpHdr><MsgId>STMT{number}</MsgId><CreDtTm>{_instant(at)}</CreDtTm>"
        f"</GrpHdr><Stmt><Id>STMT{number}</Id><Acct><Id><{kind}>{name}</{kind}></Id></Acct>"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt>",
    )


def entry(
    *, amount: str, currency: str, is_debit: bool, ref: str, at: datetime, details: str
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{'DBIT' if is_debit else 'CRDT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{at:%Y-%m-%d}</Dt></BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def single(payment: Payment, *, reason: str = "") -> str:
    returned = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{payment.ref}</EndToEndId></Refs>"
        f'<Amt Ccy="{payment.currency}">{payment.amount_text}</Amt>{returned}</TxDtls>'
    )


def received(amount: str, *, words: str, payer: str) -> str:
    return (
        "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f'<Amt Ccy="EUR">{amount}</Amt>'
        f"<RltdPties><Dbtr><Pty><Nm>{escape(payer)}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(words)}</Ustrd></RmtInf></TxDtls>"
    )


def whole(batch_ref: str, *, count: int, amount: str, currency: str) -> str:
    return (
        f"<Btch><MsgId>{batch_ref}</MsgId><PmtInfId>{batch_ref}-1</PmtInfId>"
        f'<NbOfTxs>{count}</NbOfTxs><TtlAmt Ccy="{currency}">{amount}</TtlAmt></Btch>'
    )


def ach_back(payments: Sequence[Payment], *, addenda: str, at: datetime, corrected: str) -> bytes:
    """A return file (addenda 99) or a notification of change (98)."""
    is_return = addenda == "99"
    lines = [
        f"101 {'021000021':>9}{'1234567890':>10}{at:%y%m%d%H%M}A094101{'BANK':23}{'US':23}{'':8}",
        (
            f"5200{'BANK':16}{'':20}{'1234567890':10}{'PPD' if is_return else 'COR'}"
            f"{'RETURN':10}{'':6}{at:%y%m%d}{'':3}1021000020000001"
        ),
    ]
    for number, each in enumerate(payments, start=1):
        code = {"22": "21", "32": "31"}[each.code]
        amount = each.amount_micros // MICROS_PER_MINOR if is_return else 0
        lines += [
            (
                f"6{code}{each.routing}{each.account:17}{amount:010d}{each.ref:15}{each.name:22}"
                f"{'':2}1{each.routing[:8]}{number:07d}"
            ),
            (
                f"7{addenda}{each.reason}{each.trace}{'':6}{each.routing[:8]}"
                f"{corrected if not is_return else '':44}{each.routing[:8]}{number:07d}"
            ),
        ]
    count = len(payments) * 2
    digits = sum(int(each.routing[:8]) for each in payments) % 10**10
    total = sum(each.amount_micros for each in payments) // MICROS_PER_MINOR if is_return else 0
    sums = f"{digits:010d}{total:012d}{0:012d}"
    lines.append(f"8200{count:06d}{sums}{'1234567890':10}{'':25}021000020000001")
    blocks = (len(lines) + 10) // 10
    lines.append(f"9000001{blocks:06d}{count:08d}{sums}{'':39}")
    lines += ["9" * 94] * (-len(lines) % 10)
    assert {len(line) for line in lines} == {94}
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _minor(text: str) -> int:
    units, _, fraction = text.partition(".")
    return int(units + fraction.ljust(2, "0"))


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _document(message: str, content: str) -> bytes:
    return f'<?xml version="1.0"?><Document xmlns="{SPACE}{message}">{content}</Document>'.encode()
