"""A bank, as its customers see it: takes files, pays, refuses, returns, and reports by files.

Files come through a folder or over HTTP. What it says about them is fetched as files too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from litestar import get, post
from litestar.exceptions import HTTPException

from plugins.payments.bank import simulator_files as files
from plugins.payments.bank.simulator_files import Payment, Told, Unreadable
from plugins.simulation import START, Effect, Simulator

DUPLICATE: Final = "AM05"
HALF: Final = ".half"


class BankSimulator(Simulator):
    """`refuse` and `give_back` are reasons by reference; `books_whole` is its booking habit."""

    name: ClassVar[str] = "bank"

    def __init__(self, *, folder: Path | None = None, start: Any = START) -> None:
        super().__init__(start=start)
        self.folder = folder
        self.books_whole = False
        self.refuse: dict[str, str] = {}
        self.give_back: dict[str, str] = {}
        self.change: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        self.refused_files: list[tuple[str, str]] = []
        self._books: dict[str, Payment] = {}
        self._batches: dict[str, list[Payment]] = {}
        self._received: list[str] = []
        self._statements = 0

    # -- what comes in ----------------------------------------------------------

    def collect(self) -> int:
        """Takes what lies in the folder, as a bank's client does: the files are gone then."""
        found = sorted(self.folder.iterdir()) if self.folder is not None else []
        for path in found:
            self.take(path.read_bytes())
            path.unlink()
        return len(found)

    def take(self, content: bytes) -> str | None:
        """The name of the file, or None when the bank refuses it as a whole."""
        with self.lock:
            try:
                told = (files.read_ach if content[:3] == b"101" else files.read_sepa)(content)
            except Unreadable as error:
                self.refused_files.append(("", str(error)))
                return None
            if told.batch_ref in self._batches:
                self.refused_files.append((told.batch_ref, DUPLICATE))
                return None
            self._execute(told)
            return told.batch_ref

    def _execute(self, told: Told) -> None:
        self._batches[told.batch_ref] = list(told.payments)
        self.accounts[told.batch_ref] = told.account
        for payment in told.payments:
            if payment.ref in self.refuse:
                payment.state, payment.reason = "refused", self.refuse[payment.ref]
                continue
            assert payment.ref not in self._books, "paid twice"
            payment.state = "booked"
            payment.booked_as = f"SVC{len(self._books) + 1:06d}"
            self._books[payment.ref] = payment

    def change_mind(self, ref: str, reason: str) -> None:
        """Refuses a payment that it had taken, before it books it."""
        payment = self._books.pop(ref)
        payment.state, payment.reason = "refused", reason

    # -- what goes out ----------------------------------------------------------

    def pain_002(self, batch_ref: str) -> bytes:
        """Names the payments of a file that was partly refused, or every one of a good file."""
        payments = self._batches.get(batch_ref, [])
        refused = [each for each in payments if each.state == "refused"]
        status = "PART" if refused else "ACSC"
        if not payments or len(refused) == len(payments):
            status = "RJCT"
        return files.pain_002(
            batch_ref=batch_ref, status=status, payments=payments, at=self.clock.now()
        )

    def refusal(self, batch_ref: str) -> bytes:
        """Of the file as a whole: no payment is named."""
        return files.pain_002(batch_ref=batch_ref, status="RJCT", payments=(), at=self.clock.now())

    def receive(self, amount: str, words: str, *, payer: str = "Ann Employer") -> None:
        """Somebody transfers euros to our account; the statements from now on tell of it."""
        self._received.append(
            files.entry(
                amount=amount,
                currency="EUR",
                is_debit=False,
                ref=f"IN{zlib.crc32(words.encode()):08x}{len(self._received)}",
                at=self.clock.now(),
                details=files.received(amount, words=words, payer=payer),
            )
        )

    def camt_053(self, *, account: str | None = None) -> bytes:
        """All that was booked so far; the same entries keep their names."""
        self._statements += 1
        entries: list[str] = []
        for batch_ref, payments in self._batches.items():
            booked = [each for each in payments if each.state in {"booked", "returned"}]
            entries += self._whole(batch_ref, booked) if self.books_whole else self._single(booked)
        entries += [*self._returns(), *self._received]
        own = account or next(iter(self.accounts.values()))
        return files.camt_053(
            number=self._statements, account=own, entries=entries, at=self.clock.now()
        )

    def _single(self, booked: Sequence[Payment]) -> list[str]:
        return [
            files.entry(
                amount=each.amount_text,
                currency=each.currency,
                is_debit=True,
                ref=each.booked_as,
                at=self.clock.now(),
                details=files.single(each),
            )
            for each in booked
        ]

    def _whole(self, batch_ref: str, booked: Sequence[Payment]) -> list[str]:
        if not booked:
            return []
        minor = sum(each.amount_micros for each in booked) // files.MICROS_PER_MINOR
        amount, currency = f"{minor // 100}.{minor % 100:02d}", booked[0].currency
        details = files.whole(batch_ref, count=len(booked), amount=amount, currency=currency)
        return [
            files.entry(
                amount=amount,
                currency=currency,
                is_debit=True,
                ref=f"SVC{batch_ref}",
                at=self.clock.now(),
                details=details,
            )
        ]

    def _returns(self) -> list[str]:
        return [
            files.entry(
                amount=each.amount_text,
                currency=each.currency,
                is_debit=False,
                ref=f"{each.booked_as}R",
                at=self.clock.now(),
                details=files.single(each, reason=each.reason),
            )
            for each in self._returned()
        ]

    def ach_returns(self) -> bytes:
        return self._back(self._returned(), addenda="99")

    def ach_changes(self, corrected: str = "021000021") -> bytes:
        for ref, reason in self.change.items():
            self._books[ref].reason = reason
        return self._back([self._books[ref] for ref in self.change], "98", corrected)

    def _back(self, payments: Sequence[Payment], addenda: str, corrected: str = "") -> bytes:
        at = self.clock.now()
        return files.ach_back(payments, addenda=addenda, at=at, corrected=corrected)

    def _returned(self) -> list[Payment]:
        for ref, reason in self.give_back.items():
            if ref in self._books:
                self._books[ref].state, self._books[ref].reason = "returned", reason
        return [each for each in self._books.values() if each.state == "returned"]

    # -- its books, and HTTP ------------------------------------------------------

    def effects(self) -> list[Effect]:
        self.collect()
        return [
            Effect(
                ref=each.ref,
                amount_micros=each.amount_micros,
                currency=each.currency,
                state=each.state,
                provider_ref=each.booked_as,
            )
            for each in self._books.values()
        ]

    def handlers(self) -> Sequence[Any]:
        reports: Mapping[str, Callable[[], bytes]] = {
            "camt.053": self.camt_053,
            "returns": self.ach_returns,
            "changes": self.ach_changes,
        }

        @post("/files", sync_to_thread=False)
        def take(body: bytes) -> dict[str, str | None]:
            return {"file": self.take(body)}

        @get("/reports/{report:str}", sync_to_thread=False, media_type="text/plain")
        def report(report: str, batch: str = "") -> bytes:
            """`pain.002?batch=…`, `camt.053`, `returns` or `changes`."""
            if report == "pain.002":
                return self.pain_002(batch)
            if report not in reports:
                raise HTTPException(status_code=404)
            return reports[report]()

        return [take, report]
