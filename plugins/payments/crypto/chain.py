"""What the chain says now: its head, what of it is final, and what became of our transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plugins.payments.crypto.rpc import Ask, Node, Refused
from plugins.payments.crypto.settings import CryptoConfig, Finality
from plugins.payments.crypto.transactions import TRANSFER_EVENT, topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    number: int
    base_fee: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How far the chain is, and our account. A count is the number the next transaction has."""

    head: Head
    final_number: int | None  # None: nothing is final yet
    count: int  # at the head
    final_count: int | None  # None: the node does not keep the state of that block


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """A receipt. `is_canonical`: the block of that number, read again, is still this one."""

    hash: str
    is_success: bool | None  # None: a status nobody has seen yet
    block_number: int
    is_canonical: bool
    at: datetime
    wei: int  # what the gas cost, with what some chains add for their layer one
    logs: tuple[Mapping[str, Any], ...] = field(repr=False)

    def units_sent(self, *, token: str, owner: str, to: str) -> int | None:
        """By the token's own log. None when it has none: then nothing was moved to them."""
        wanted = [TRANSFER_EVENT, topic(owner), topic(to)]
        found = [
            number_of(log["data"])
            for log in self.logs
            if log["address"].lower() == token.lower() and log["topics"] == wanted
        ]
        return sum(found) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of all transactions that one item ever had."""

    mined: Mined | None = None
    pool: frozenset[str] = frozenset()


def read_head(node: Node, tag: str = "latest") -> Head | None:
    block = node.ask("eth_getBlockByNumber", tag, False)  # noqa: FBT003  # by the API
    if block is None:
        return None
    return Head(
        number=number_of(block["number"]),
        base_fee=number_of(block.get("baseFeePerGas") or "0x0"),
        at=_instant(block),
    )


def final_head(node: Node, *, head: Head, config: CryptoConfig) -> Head | None:
    if config.finality is not Finality.CONFIRMATIONS:
        return read_head(node, config.finality.value)
    number = head.number - config.confirmations
    return read_head(node, hex(number)) if number >= 0 else None


def read_numbers(node: Node, *, owner: str, config: CryptoConfig) -> Numbers:
    """Read before any receipt: who is used up here has its receipt by then."""
    head = read_head(node)
    assert head is not None, "a chain has a latest block"
    final = final_head(node, head=head, config=config)
    final_count: int | None = None
    if final is not None:
        try:
            final_count = number_of(node.ask("eth_getTransactionCount", owner, hex(final.number)))
        except Refused:
            final_count = None
    return Numbers(
        head=head,
        final_number=None if final is None else final.number,
        count=number_of(node.ask("eth_getTransactionCount", owner, "latest")),
        final_count=final_count,
    )


def read_tip(node: Node, *, config: CryptoConfig) -> int:
    if config.priority_fee_wei is not None:
        return config.priority_fee_wei
    return number_of(node.ask("eth_maxPriorityFeePerGas"))


def read_facts(node: Node, hashes_of: Mapping[str, Collection[str]]) -> dict[str, Facts]:
    """By item."""
    hashes = sorted({each for some in hashes_of.values() for each in some})
    receipts = _found(node, "eth_getTransactionReceipt", hashes)
    mined = _mined(node, receipts.values())
    settled = {ref for ref, some in hashes_of.items() if any(each in mined for each in some)}
    open_ = sorted({each for ref in hashes_of.keys() - settled for each in hashes_of[ref]})
    pool = _found(node, "eth_getTransactionByHash", open_)
    return {
        ref: Facts(
            mined=next((mined[each] for each in some if each in mined), None),
            pool=frozenset(each for each in some if each in pool),
        )
        for ref, some in hashes_of.items()
    }


def number_of(text: Any) -> int:
    return int(text, 16)


def _found(node: Node, method: str, hashes: Collection[str]) -> dict[str, Any]:
    answers = node.ask_all([Ask(method, (each,)) for each in hashes])
    for answer in answers:
        if isinstance(answer, Refused):
            raise answer
    return {each: found for each, found in zip(hashes, answers, strict=True) if found is not None}


def _mined(node: Node, receipts: Iterable[Any]) -> dict[str, Mined]:
    receipts = list(receipts)
    numbers = sorted({receipt["blockNumber"] for receipt in receipts})
    asks = [Ask("eth_getBlockByNumber", (number, False)) for number in numbers]
    blocks = dict(zip(numbers, node.ask_all(asks), strict=True))
    return {
        receipt["transactionHash"]: _mined_one(receipt, blocks[receipt["blockNumber"]])
        for receipt in receipts
    }


def _mined_one(receipt: Any, block: Any) -> Mined:
    is_read = isinstance(block, dict)
    gas = number_of(receipt["gasUsed"]) * number_of(receipt["effectiveGasPrice"])
    return Mined(
        hash=receipt["transactionHash"],
        is_success={"0x1": True, "0x0": False}.get(receipt.get("status")),
        block_number=number_of(receipt["blockNumber"]),
        is_canonical=is_read and block["hash"] == receipt["blockHash"],
        at=_instant(block) if is_read else datetime.fromtimestamp(0, UTC),
        wei=gas + number_of(receipt.get("l1Fee") or "0x0"),
        logs=tuple(receipt["logs"]),
    )


def _instant(block: Any) -> datetime:
    return datetime.fromtimestamp(number_of(block["timestamp"]), UTC)
