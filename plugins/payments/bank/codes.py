"""What banks' codes mean: rows, not rules. A code without a row means nothing to us.

`verified_on` is empty until a person has compared the row with the source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.payouts.provider import ObservedState

ISO_STATUS: Final = "ISO 20022 external code set, payment transaction status"
ISO_REASON: Final = "ISO 20022 external code set, status and return reasons"
NACHA_RETURN: Final = "NACHA operating rules, return reason codes"
NACHA_CHANGE: Final = "NACHA operating rules, notification of change codes"
ACCOUNT_WRONG: Final = "The bank does not know this account. Please correct it."
ACCOUNT_CLOSED: Final = "This account is closed. Please name another one."
ACCOUNT_BLOCKED: Final = "This account does not take payments. Please name another one."
HOLDER_WRONG: Final = "The bank knows this account under another name. Please correct it."
ACCOUNT_CHANGED: Final = (
    "The bank says that these account details have changed. Please correct them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """`state` None: known, but it says nothing about where the money is."""

    code: str
    state: ObservedState | None
    source: str
    member_message: str | None = None
    verified_on: date | None = None


def _rows(
    codes: str, state: ObservedState | None, source: str, member_message: str | None = None
) -> Sequence[CodeRow]:
    return [
        CodeRow(code=code, state=state, source=source, member_message=member_message)
        for code in codes.split()
    ]


def _table(*groups: Sequence[CodeRow]) -> Mapping[str, CodeRow]:
    return {row.code: row for rows in groups for row in rows}


# ACSC says that our account was debited, not that the payment was booked.
STATUSES: Final = _table(
    _rows("RCVD ACTC ACCP ACSP ACWC PDNG ACSC", ObservedState.PENDING, ISO_STATUS),
    _rows("RJCT", ObservedState.FAILED, ISO_STATUS),
    _rows("CANC", ObservedState.CANCELLED, ISO_STATUS),
)
# Reasons of a rejection or a return: they change no state, only what the member is told.
REASONS: Final = _table(
    _rows("AC01 AC02 AC03 RC01", None, ISO_REASON, ACCOUNT_WRONG),
    _rows("AC04", None, ISO_REASON, ACCOUNT_CLOSED),
    _rows("AC06 AG01 MD07 NOAS", None, ISO_REASON, ACCOUNT_BLOCKED),
    _rows("BE01 BE04 BE05", None, ISO_REASON, HOLDER_WRONG),
    _rows("AM04 AM05 FF01 DNOR MS02 MS03 NARR RR01 RR02 RR03 RR04", None, ISO_REASON),
)
RETURNS: Final = _table(
    _rows("R03 R04 R13 R20 R28", ObservedState.RETURNED, NACHA_RETURN, ACCOUNT_WRONG),
    _rows("R02 R12 R14 R15", ObservedState.RETURNED, NACHA_RETURN, ACCOUNT_CLOSED),
    _rows("R16 R23", ObservedState.RETURNED, NACHA_RETURN, ACCOUNT_BLOCKED),
    _rows("R17", ObservedState.RETURNED, NACHA_RETURN, HOLDER_WRONG),
    _rows("R01 R06 R09 R18 R19 R21 R22 R24 R25 R26 R27 R30 R31 R32 R33 R34", ObservedState.RETURNED,
          NACHA_RETURN),
)  # fmt: skip
CHANGES: Final = _table(
    _rows("C01 C02 C03 C04 C05 C06 C07 C09", None, NACHA_CHANGE, ACCOUNT_CHANGED),
    _rows("C08 C13 C14", None, NACHA_CHANGE),
)
# Bank transaction codes, sub-family: what an entry of our account is when it is no payout.
FEE_FAMILIES: Final = frozenset({"CHRG", "COMM", "FEES", "COME", "COMI", "COMT"})
