"""Reads camt.053 and camt.054: what was booked on our account.

Both may tell of the same entry; only the statement, camt.053, gives lines and arrivals, so that
nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from re import fullmatch
from typing import Any, Final

from domain.money import Money, is_bookable
from domain.payouts.provider import (
    BatchObservation,
    FileRefused,
    FileReport,
    Observation,
    ObservedState,
)
from domain.provider_news import Arrival, LineKind, StatementLine
from plugins.payments.bank.codes import FEE_FAMILIES, REASONS
from plugins.payments.bank.references import batch_ref_of, deposit_ref_in, item_ref_of
from plugins.payments.bank.safe_xml import instant_of, money_of, names_of

_WEIGHT: Final = {ObservedState.PAID: 0, None: 1, ObservedState.RETURNED: 2}


@dataclass(slots=True)
class _Collected:
    """Of all entries of a file."""

    items: dict[str, Observation] = field(default_factory=dict)
    lines: list[StatementLine] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    batches: list[BatchObservation] = field(default_factory=list)

    def add(self, seen: Observation) -> None:
        """Paid and returned in one statement is returned, in whatever order they stand."""
        known = self.items.get(seen.item_ref)
        if known is None or _WEIGHT[seen.state] >= _WEIGHT[known.state]:
            self.items[seen.item_ref] = seen


class _Entry:
    """One booking, with the payments that the bank names inside it."""

    def __init__(self, element: Any, names: dict[str, str], *, line_id: str) -> None:
        self.element = element
        self.names = names
        self.amount = money_of(element.find("iso:Amt", names))
        self.is_debit = self.text("iso:CdtDbtInd") == "DBIT"
        self.is_reversal = self.text("iso:RvslInd") in {"true", "1"}
        booked = self.text("iso:BookgDt/iso:DtTm") or self.text("iso:BookgDt/iso:Dt")
        booked_at = instant_of(booked or self.text("iso:ValDt/iso:Dt"))
        if booked_at is None:
            raise FileRefused("an entry without a day")
        self.booked_at = booked_at
        self.servicer_ref = self.text("iso:AcctSvcrRef")
        side = "D" if self.is_debit else "C"
        self.line_id = f"{line_id}:{booked_at:%Y%m%d}:{side}:{self.amount.micros}"

    def text(self, path: str, of: Any = None) -> str | None:
        found: str | None = (self.element if of is None else of).findtext(path, None, self.names)
        return found.strip() if found else None

    @property
    def is_booked(self) -> bool:
        return (self.text("iso:Sts/iso:Cd") or self.text("iso:Sts")) == "BOOK"

    @property
    def is_arrival(self) -> bool:
        """Money that came; what comes back of ours says so payment by payment."""
        return not self.is_debit and not self.is_reversal and is_bookable(self.amount)

    @property
    def payments(self) -> list[Any]:
        found: list[Any] = self.element.findall("iso:NtryDtls/iso:TxDtls", self.names)
        return found

    def amount_of(self, payment: Any) -> Money | None:
        for path in ("iso:Amt", "iso:AmtDtls/iso:TxAmt/iso:Amt"):
            element = payment.find(path, self.names)
            if element is not None:
                return money_of(element)
        return self.amount if len(self.payments) == 1 else None

    def signed(self, amount: Money) -> Money:
        return -amount if self.is_debit else amount


def read_camt(root: Any, *, file_id: str, account: str, with_lines: bool) -> FileReport:
    """Raises `FileRefused` for another account than `account`."""
    names = names_of(root)
    parts = [*root.iterfind(".//iso:Stmt", names), *root.iterfind(".//iso:Ntfctn", names)]
    ours = [part for part in parts if _account(part, names) == account]
    if not ours:
        raise FileRefused("the file is about another account")
    collected = _Collected()
    for part in ours:
        for entry in _entries(part, names):
            if entry.is_booked:
                _collect(entry, collected, with_lines=with_lines)
    return FileReport(
        file_id=file_id,
        items=tuple(collected.items.values()),
        lines=tuple(collected.lines),
        arrivals=tuple(collected.arrivals),
        batches=tuple(collected.batches),
    )


def _account(part: Any, names: dict[str, str]) -> str:
    iban: str = part.findtext("iso:Acct/iso:Id/iso:IBAN", "", names)
    other: str = part.findtext("iso:Acct/iso:Id/iso:Othr/iso:Id", "", names)
    return (iban or other).replace(" ", "").strip()


def _entries(part: Any, names: dict[str, str]) -> Iterator[_Entry]:
    """Each by the bank's name for it; by its place in the statement where it has none."""
    part_id = part.findtext("iso:Id", "", names)
    seen: dict[str, int] = {}
    for number, element in enumerate(part.iterfind("iso:Ntry", names), start=1):
        reference = element.findtext("iso:AcctSvcrRef", "", names).strip()
        reference = reference or f"{part_id}/{element.findtext('iso:NtryRef', '', names) or number}"
        seen[reference] = seen.get(reference, 0) + 1
        again = f"~{seen[reference]}" if seen[reference] > 1 else ""
        yield _Entry(element, names, line_id=reference + again)


def _collect(entry: _Entry, collected: _Collected, *, with_lines: bool) -> None:
    for payment in entry.payments:
        for observation in _observed(entry, payment):
            collected.add(observation)
    batch = _batch(entry)
    if batch is not None:
        collected.batches.append(batch)
    if with_lines:
        for line, payment in _lines(entry, batch):
            collected.lines.append(line)
            if line.kind is LineKind.DEPOSIT:
                collected.arrivals.append(_arrival(entry, line, payment))


def _observed(entry: _Entry, payment: Any) -> Iterator[Observation]:
    item_ref = item_ref_of(entry.text("iso:Refs/iso:EndToEndId", payment))
    if item_ref is None:
        return
    reason = _return_reason(entry, payment)
    is_return = payment.find("iso:RtrInf", entry.names) is not None
    state = None  # a reversed booking, or a credit without a reason: people look
    if entry.is_debit and not entry.is_reversal:
        state = ObservedState.PAID
    elif not entry.is_debit and is_return:
        state = ObservedState.RETURNED
    known = REASONS.get(reason or "")
    yield Observation(
        item_ref=item_ref,
        state=state,
        provider_ref=entry.text("iso:Refs/iso:AcctSvcrRef", payment) or entry.servicer_ref,
        provider_code=reason or ("BOOK" if state is ObservedState.PAID else "CRDT"),
        amount=entry.amount_of(payment),
        member_message=None if known is None else known.member_message,
        occurred_at=entry.booked_at,
    )


def _batch(entry: _Entry) -> BatchObservation | None:
    """One debit for a whole file. Where payments are named inside, they speak for themselves."""
    found = entry.element.find("iso:NtryDtls/iso:Btch", entry.names)
    if found is None or not entry.is_debit or entry.is_reversal:
        return None
    if any(entry.text("iso:Refs/iso:EndToEndId", payment) for payment in entry.payments):
        return None
    batch_ref = batch_ref_of(entry.text("iso:MsgId", found), entry.text("iso:PmtInfId", found))
    if batch_ref is None:
        return None
    count = entry.text("iso:NbOfTxs", found) or ""
    return BatchObservation(
        batch_ref=batch_ref,
        state=ObservedState.PAID,
        provider_code="BOOK",
        count=int(count) if fullmatch("[0-9]{1,9}", count) else None,
        total=entry.amount,
        occurred_at=entry.booked_at,
    )


def _lines(
    entry: _Entry, batch: BatchObservation | None
) -> Iterator[tuple[StatementLine, Any | None]]:
    """One per payment where their amounts make up the entry's; else one for the entry."""
    amounts = [entry.amount_of(payment) for payment in entry.payments]
    known = [amount for amount in amounts if amount is not None]
    is_whole = len(known) == len(amounts) > 0 and all(
        amount.currency == entry.amount.currency for amount in known
    )
    if not is_whole or sum(amount.micros for amount in known) != entry.amount.micros:
        kind = LineKind.PAYOUT if batch is not None else _other_kind(entry)
        if entry.is_arrival and not any(_is_ours(entry, each) for each in entry.payments):
            kind = LineKind.DEPOSIT
        line = StatementLine(
            line_id=entry.line_id,
            booked_at=entry.booked_at,
            kind=kind,
            amount=entry.signed(entry.amount),
            provider_ref=batch.batch_ref if batch is not None else entry.servicer_ref,
        )
        yield line, None
        return
    for number, (payment, amount) in enumerate(zip(entry.payments, known, strict=True), start=1):
        yield _payment_line(entry, payment, amount, f"{entry.line_id}:{number}"), payment


def _payment_line(entry: _Entry, payment: Any, amount: Money, line_id: str) -> StatementLine:
    item_ref = item_ref_of(entry.text("iso:Refs/iso:EndToEndId", payment))
    end_to_end = entry.text("iso:Refs/iso:EndToEndId", payment)
    creditor = entry.text("iso:RmtInf/iso:Strd/iso:CdtrRefInf/iso:Ref", payment)
    deposit_ref = (
        None if entry.is_debit else deposit_ref_in(end_to_end, creditor, _words(entry, payment))
    )
    kind = _other_kind(entry)
    if entry.is_reversal:
        kind = LineKind.REVERSAL
    elif item_ref is not None:
        kind = LineKind.PAYOUT if entry.is_debit else LineKind.RETURN
    elif entry.is_arrival and not _is_ours(entry, payment) and amount.micros > 0:
        kind = LineKind.DEPOSIT
    return StatementLine(
        line_id=line_id,
        booked_at=entry.booked_at,
        kind=kind,
        amount=entry.signed(amount),
        item_ref=item_ref,
        deposit_ref=deposit_ref,
        provider_ref=entry.servicer_ref,
        raw_code=_return_reason(entry, payment) or "",
    )


def _is_ours(entry: _Entry, payment: Any) -> bool:
    """It went out from here, and comes back."""
    is_return = payment.find("iso:RtrInf", entry.names) is not None
    return is_return or item_ref_of(entry.text("iso:Refs/iso:EndToEndId", payment)) is not None


def _arrival(entry: _Entry, line: StatementLine, payment: Any | None) -> Arrival:
    said = []
    if payment is not None:
        names = ("iso:RltdPties/iso:Dbtr/iso:Pty/iso:Nm", "iso:RltdPties/iso:Dbtr/iso:Nm")
        payer = next(filter(None, (entry.text(path, payment) for path in names)), None)
        said = [payer, _words(entry, payment)]
    return Arrival(
        arrival_ref=line.line_id,
        amount=line.amount,
        arrived_at=line.booked_at,
        deposit_ref=line.deposit_ref,
        said=": ".join(filter(None, said)),
    )


def _words(entry: _Entry, payment: Any) -> str:
    texts = [each.text for each in payment.iterfind("iso:RmtInf/iso:Ustrd", entry.names)]
    return " ".join("".join(filter(None, texts)).split())


def _other_kind(entry: _Entry) -> LineKind:
    family = entry.text("iso:BkTxCd/iso:Domn/iso:Fmly/iso:SubFmlyCd")
    return LineKind.FEE if entry.is_debit and family in FEE_FAMILIES else LineKind.OTHER


def _return_reason(entry: _Entry, payment: Any) -> str | None:
    for path in ("iso:RtrInf/iso:Rsn/iso:Cd", "iso:RtrInf/iso:Rsn/iso:Prtry"):
        found = entry.text(path, payment)
        if found:
            return found
    return None
