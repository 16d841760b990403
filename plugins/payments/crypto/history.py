"""What was booked on the paying account: the token's transfers in final blocks, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.money import Money
from domain.provider import NoAnswer
from domain.provider_news import LineKind, StatementLine, StatementPage
from plugins.payments.crypto.account import Account
from plugins.payments.crypto.chain import final_head, number_of, read_head
from plugins.payments.crypto.rpc import Ask, Node, Refused
from plugins.payments.crypto.settings import CURRENCY, MICRO_DECIMALS
from plugins.payments.crypto.transactions import TRANSFER_EVENT, reference_of, topic


@dataclass(frozen=True, slots=True, kw_only=True)
class _Booked:
    log: Any
    at: datetime
    item_ref: str | None

    @property
    def block_number(self) -> int:
        return number_of(self.log["blockNumber"])


def read_page(account: Account, first_block: int, *, until: datetime) -> StatementPage | None:
    """The blocks from there on, as many as one reading may have. None: none of them is final."""
    try:
        return _read_page(account, first_block, until=until)
    except Refused as refused:
        raise NoAnswer(str(refused)) from refused


def _read_page(account: Account, first_block: int, *, until: datetime) -> StatementPage | None:
    node = account.nodes.first()
    head = read_head(node)
    assert head is not None, "a chain has a latest block"
    final = final_head(node, head=head, config=account.config)
    if final is None or first_block > final.number:
        return None
    last = min(first_block + account.config.log_blocks_max - 1, final.number)
    booked = _read_booked(node, account, first_block, last)
    later = [each.block_number for each in booked if each.at > until]
    end = min(later, default=last + 1)
    if end == first_block:
        return None
    lines = tuple(_line(each, account) for each in booked if each.block_number < end)
    return StatementPage(lines=lines, cursor=str(end))


def _read_booked(node: Node, account: Account, first: int, last: int) -> list[_Booked]:
    ours = topic(account.address)
    logs: dict[tuple[int, int], Any] = {}
    for sender, receiver in ((ours, None), (None, ours)):
        for log in read_transfers(
            node, token=account.token, sender=sender, receiver=receiver, first=first, last=last
        ):
            logs[number_of(log["blockNumber"]), number_of(log["logIndex"])] = log
    hashes = sorted({log["transactionHash"] for log in logs.values()})
    numbers = sorted({log["blockNumber"] for log in logs.values()})
    calls = node.ask_all([Ask("eth_getTransactionByHash", (each,)) for each in hashes])
    blocks = node.ask_all([Ask("eth_getBlockByNumber", (each, False)) for each in numbers])
    input_of = dict(zip(hashes, _required(calls), strict=True))
    block_of = dict(zip(numbers, _required(blocks), strict=True))
    return [
        _Booked(
            log=log,
            at=datetime.fromtimestamp(number_of(block_of[log["blockNumber"]]["timestamp"]), UTC),
            item_ref=reference_of(input_of[log["transactionHash"]]["input"]),
        )
        for _, log in sorted(logs.items())
    ]


def read_transfers(
    node: Node, *, token: str, sender: str | None, receiver: str | None, first: int, last: int
) -> list[Any]:
    """The token's own events; whoever else emits such an event is not believed."""
    wanted = {
        "address": token,
        "topics": [TRANSFER_EVENT, sender, receiver],
        "fromBlock": hex(first),
        "toBlock": hex(last),
    }
    return [log for log in node.ask("eth_getLogs", wanted) if not log.get("removed")]


def _required(answers: Sequence[Any]) -> Sequence[Any]:
    for answer in answers:
        if isinstance(answer, Refused):
            raise answer
        if answer is None:
            raise NoAnswer("a final block without its transactions")
    return answers


def _line(booked: _Booked, account: Account) -> StatementLine:
    log = booked.log
    is_ours = log["topics"][1] == topic(account.address)
    micros, rest = divmod(number_of(log["data"]), 10 ** (account.config.decimals - MICRO_DECIMALS))
    kind = LineKind.TOP_UP
    if is_ours and booked.item_ref is not None:
        kind = LineKind.PAYOUT
    elif is_ours:
        kind = LineKind.OTHER  # somebody else has the key, or moved it by hand
    return StatementLine(
        line_id=f"{log['transactionHash']}:{number_of(log['logIndex'])}",
        booked_at=booked.at,
        kind=kind,
        amount=Money(-micros if is_ours else micros, CURRENCY),
        item_ref=booked.item_ref if is_ours else None,
        provider_ref=log["transactionHash"],
        raw_code="ROUNDED_DOWN" if rest else "TRANSFER",
    )
