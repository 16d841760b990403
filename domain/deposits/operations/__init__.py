"""Everything that changes a deposit."""

from __future__ import annotations

from domain.deposits.operations.allocate import Allocated, allocate_arrival
from domain.deposits.operations.capture_deposit import capture_deposit
from domain.deposits.operations.decide_deposit import decide_deposit
from domain.deposits.operations.look_up_deposit import hear_of_deposits, look_up_deposit
from domain.deposits.operations.record_arrivals import record_arrivals
from domain.deposits.operations.recover_deposits import recover_deposits
from domain.deposits.operations.refund_deposit import (
    RefundAsked,
    RefundUnsupported,
    refund_deposit,
)
from domain.deposits.operations.send_refund import send_refund
from domain.deposits.operations.start_deposit import (
    NoDepositProvider,
    Started,
    create_at_provider,
    start_deposit,
)

__all__ = [
    "Allocated",
    "NoDepositProvider",
    "RefundAsked",
    "RefundUnsupported",
    "Started",
    "allocate_arrival",
    "capture_deposit",
    "create_at_provider",
    "decide_deposit",
    "hear_of_deposits",
    "look_up_deposit",
    "record_arrivals",
    "recover_deposits",
    "refund_deposit",
    "send_refund",
    "start_deposit",
]
