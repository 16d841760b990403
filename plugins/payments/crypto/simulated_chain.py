"""A chain in memory with one token: pools, nonces, blocks by the clock, receipts, reorganisations.

It knows just enough of an EVM to be paid with; the real one is anvil, in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from plugins.payments.crypto.ethereum import Ethereum, load_ethereum
from plugins.payments.crypto.transactions import (
    CALL_DIGITS,
    TRANSFER,
    TRANSFER_EVENT,
    WEI_PER_COIN,
    WORD_DIGITS,
    topic,
)

DOLLAR: Final = "0x0000000000000000000000000000000000005dc0"
FACTORY: Final = "0x000000000000000000000000000000000000fac7"
WORLD: Final = "0x0000000000000000000000000000000000000777"
FIRST_BLOCK: Final = 1_000
FINAL_DEPTH: Final = 64
TRANSFER_GAS: Final = 53_816
PLAIN_GAS: Final = 21_000
TOKENS_AT_FIRST: Final = 10**12 * 1_000  # a billion dollars: who asks is rich
COINS_AT_FIRST: Final = 1_000 * WEI_PER_COIN


class RpcError(Exception):
    """What a node says no to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tx:
    hash: str
    sender: str
    nonce: int
    to: str
    data: str
    gas: int
    max_fee: int
    tip: int

    @property
    def is_transfer(self) -> bool:
        return self.to == DOLLAR and self.data.startswith(TRANSFER)

    @property
    def payee(self) -> str:
        return "0x" + self.data[len(TRANSFER) + 24 : len(TRANSFER) + WORD_DIGITS]

    @property
    def units(self) -> int:
        return int(self.data[len(TRANSFER) + WORD_DIGITS : CALL_DIGITS], 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedTx:
    tx: Tx
    block_number: int
    index: int
    is_success: bool
    gas_used: int
    price: int


@dataclass(slots=True)
class _Accounts:
    """After the blocks so far; a reorganisation makes it anew from them."""

    tokens: dict[str, int] = field(default_factory=dict)
    coins: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def tokens_of(self, address: str) -> int:
        return self.tokens.get(address, 0)


class SimulatedChain:
    def __init__(self, *, chain_id: int, block_seconds: int, now: Callable[[], datetime]) -> None:
        self.chain_id = chain_id
        self.base_fee = 1_000_000_000
        self.is_mining = True
        self.blacklisted: set[str] = set()
        self.contracts: set[str] = {DOLLAR, FACTORY}
        self.tokens_at_first = TOKENS_AT_FIRST
        self.ethereum: Ethereum = load_ethereum()
        self._typed = import_module("eth_account.typed_transactions").TypedTransaction
        self._bytes = import_module("hexbytes").HexBytes
        self._block_seconds = block_seconds
        self._now = now
        self._began: datetime | None = None
        self._head = FIRST_BLOCK
        self._forks: list[int] = []  # from which block on each one changed the hashes
        self._mined: list[MinedTx] = []
        self._pool: dict[tuple[str, int], Tx] = {}
        self._accounts = _Accounts()

    # -- blocks ---------------------------------------------------------------

    def catch_up(self) -> None:
        """Blocks come by the clock; a clock that is set back takes none of them away."""
        self._began = self._began or self._now()
        passed = int((self._now() - self._began).total_seconds()) // self._block_seconds
        self._head_to(max(self._head, FIRST_BLOCK + passed))

    def mine(self, count: int = 1) -> None:
        assert self._began is not None or not self._mined
        self._head_to(self._head + count)

    def _head_to(self, number: int) -> None:
        if number > self._head:
            first = self._head + 1
            self._head = number
            for index, tx in enumerate(self._executable()):
                self._execute(tx, block_number=first, index=index)

    def _executable(self) -> Iterator[Tx]:
        found = self.is_mining
        while found:
            found = False
            for (sender, nonce), tx in sorted(self._pool.items()):
                if nonce == self.count(sender) and tx.max_fee >= self.base_fee:
                    del self._pool[sender, nonce]
                    found = True
                    yield tx

    def _execute(self, tx: Tx, *, block_number: int, index: int) -> None:
        gas_used = TRANSFER_GAS if tx.is_transfer else PLAIN_GAS
        mined = MinedTx(
            tx=tx,
            block_number=block_number,
            index=index,
            is_success=not tx.is_transfer or self._may_move(tx),
            gas_used=gas_used,
            price=min(tx.max_fee, self.base_fee + tx.tip),
        )
        self._mined.append(mined)
        self._apply(mined)

    def _apply(self, mined: MinedTx) -> None:
        tx, accounts = mined.tx, self._accounts
        accounts.counts[tx.sender] = tx.nonce + 1
        accounts.coins[tx.sender] = self.coins(tx.sender) - mined.gas_used * mined.price
        if tx.is_transfer and mined.is_success:
            held = self.tokens(tx.sender)
            accounts.tokens[tx.sender] = held - tx.units
            accounts.tokens[tx.payee] = accounts.tokens_of(tx.payee) + tx.units

    def _may_move(self, tx: Tx) -> bool:
        return tx.payee not in self.blacklisted and self.tokens(tx.sender) >= tx.units

    def reorganize(self, depth: int, *, keeps: bool = False) -> None:
        """The newest `depth` blocks are others; what was in them is back in the pool, or gone."""
        self.catch_up()
        first = self._head - depth + 1
        undone = [each for each in self._mined if each.block_number >= first]
        self._mined = [each for each in self._mined if each.block_number < first]
        self._forks.append(first)
        self._accounts = _Accounts()
        for each in self._mined:
            self._apply(each)
        if keeps:
            self._pool.update({(each.tx.sender, each.tx.nonce): each.tx for each in undone})

    # -- transactions ---------------------------------------------------------

    def take(self, raw: str) -> str:
        tx = self._decoded(raw)
        if tx.hash in {each.hash for each in self._pool.values()}:
            raise RpcError("already known")
        if tx.nonce < self.count(tx.sender):
            raise RpcError(f"nonce too low: next nonce {self.count(tx.sender)}")
        if self.coins(tx.sender) < tx.gas * tx.max_fee:
            raise RpcError("insufficient funds for gas * price + value")
        other = self._pool.get((tx.sender, tx.nonce))
        if other is not None and (
            tx.max_fee * 10 < other.max_fee * 11 or tx.tip * 10 < other.tip * 11
        ):
            raise RpcError("replacement transaction underpriced")
        self._pool[tx.sender, tx.nonce] = tx
        return tx.hash

    def pay_in(self, *, to: str, units: int) -> str:
        """Somebody in the world sends tokens there, with the next block."""
        queued = sum(sender == WORLD for sender, _ in self._pool)
        nonce = self.count(WORLD) + queued
        data = TRANSFER + topic(to)[2:] + f"{units:0{WORD_DIGITS}x}"
        hash_ = "0x" + self.ethereum.keccak(f"world {nonce} {data}".encode()).hex()
        self._pool[WORLD, nonce] = Tx(
            hash=hash_,
            sender=WORLD,
            nonce=nonce,
            to=DOLLAR,
            data=data,
            gas=TRANSFER_GAS,
            max_fee=self.base_fee * 1_000,
            tip=1,
        )
        return hash_

    def forget(self, hash_: str) -> None:
        """A pool drops what it likes."""
        self._pool = {key: tx for key, tx in self._pool.items() if tx.hash != hash_}

    def _decoded(self, raw: str) -> Tx:
        try:
            told = self._typed.from_bytes(self._bytes(raw)).as_dict()
            sender = str(self.ethereum.account.recover_transaction(raw))
        except Exception as error:
            raise RpcError("invalid transaction") from error
        if told["chainId"] != self.chain_id:
            raise RpcError("invalid chain id")
        return Tx(
            hash="0x" + self.ethereum.keccak(bytes.fromhex(raw[2:])).hex(),
            sender=sender.lower(),
            nonce=told["nonce"],
            to="0x" + bytes(told["to"]).hex(),
            data="0x" + bytes(told["data"]).hex(),
            gas=told["gas"],
            max_fee=told["maxFeePerGas"],
            tip=told["maxPriorityFeePerGas"],
        )

    # -- what can be read -----------------------------------------------------

    @property
    def head(self) -> int:
        return self._head

    @property
    def pool(self) -> tuple[Tx, ...]:
        return tuple(self._pool.values())

    @property
    def mined(self) -> tuple[MinedTx, ...]:
        return tuple(self._mined)

    def tokens(self, address: str) -> int:
        """Who has never been paid is rich: any key may pay. Who was, has what they were paid."""
        return self._accounts.tokens.get(address, self.tokens_at_first)

    def coins(self, address: str) -> int:
        return self._accounts.coins.get(address, COINS_AT_FIRST)

    def count(self, address: str, at: int | None = None) -> int:
        if at is None or at >= self._head:
            return self._accounts.counts.get(address, 0)
        return sum(each.tx.sender == address and each.block_number <= at for each in self._mined)

    def block_hash(self, number: int) -> str:
        fork = sum(first <= number for first in self._forks)
        return "0x" + self.ethereum.keccak(f"block {number} {fork}".encode()).hex()

    def block_time(self, number: int) -> int:
        began = self._began or self._now()
        return int(began.timestamp()) + (number - FIRST_BLOCK) * self._block_seconds

    def find(self, hash_: str) -> tuple[Tx | None, MinedTx | None]:
        for mined in self._mined:
            if mined.tx.hash == hash_:
                return mined.tx, mined
        return next((tx for tx in self._pool.values() if tx.hash == hash_), None), None

    def estimate(self, call: Any) -> int:
        data = call.get("data") or "0x"
        if call["to"].lower() != DOLLAR:
            return PLAIN_GAS
        tx = Tx(
            hash="",
            sender=call["from"].lower(),
            nonce=0,
            to=DOLLAR,
            data=data,
            gas=0,
            max_fee=0,
            tip=0,
        )
        if not self._may_move(tx):
            raise RpcError("execution reverted: blacklisted")
        return TRANSFER_GAS


def logs_of(mined: MinedTx, *, block_hash: str) -> list[dict[str, Any]]:
    if not (mined.tx.is_transfer and mined.is_success):
        return []
    return [
        {
            "address": DOLLAR,
            "topics": [TRANSFER_EVENT, topic(mined.tx.sender), topic(mined.tx.payee)],
            "data": f"0x{mined.tx.units:0{WORD_DIGITS}x}",
            "blockNumber": hex(mined.block_number),
            "blockHash": block_hash,
            "transactionHash": mined.tx.hash,
            "logIndex": hex(mined.index),
            "removed": False,
        }
    ]
