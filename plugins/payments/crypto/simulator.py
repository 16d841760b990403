"""A node of a simulated chain, over JSON-RPC, for where anvil cannot run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from litestar import post
from litestar.status_codes import HTTP_200_OK

from plugins.payments.crypto.deposits import ADDRESS_OF, CODE_HASH
from plugins.payments.crypto.simulated_chain import (
    DOLLAR,
    FACTORY,
    FINAL_DEPTH,
    WORLD,
    MinedTx,
    RpcError,
    SimulatedChain,
    Tx,
    logs_of,
)
from plugins.payments.crypto.transactions import (
    BALANCE_OF,
    DECIMALS,
    WORD_DIGITS,
    reference_of,
    topic,
)
from plugins.simulation import START, Effect, Simulator

CHAIN_ID: Final = 31_337
BLOCK_SECONDS: Final = 12
TIP: Final = 1_000_000_000
SEND_PATH: Final = "/send"
TOKEN_DECIMALS: Final = 6


class CryptoSimulator(Simulator):
    """Any path will do. One that ends in `/send` is for broadcasts: faults are meant for them."""

    name: ClassVar[str] = "crypto"

    def __init__(self, *, start: datetime | None = START) -> None:
        super().__init__(start=start)
        self.chain = SimulatedChain(
            chain_id=CHAIN_ID, block_seconds=BLOCK_SECONDS, now=self.clock.now
        )
        self._methods: Mapping[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_maxPriorityFeePerGas": lambda: hex(TIP),
            "eth_getBlockByNumber": self._block,
            "eth_getTransactionCount": self._count,
            "eth_getBalance": lambda address, _: hex(self.chain.coins(address.lower())),
            "eth_getCode": self._code,
            "eth_call": self._call,
            "eth_estimateGas": lambda call: hex(self.chain.estimate(call)),
            "eth_sendRawTransaction": self.chain.take,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getLogs": self._logs,
        }

    def handlers(self) -> list[Any]:
        @post(["/", "/{path:path}"], sync_to_thread=False, status_code=HTTP_200_OK)
        def rpc(data: Any) -> Any:
            self.chain.catch_up()
            return (
                [self._answer(each) for each in data]
                if isinstance(data, list)
                else self._answer(data)
            )

        @post("/world/pay", sync_to_thread=False, status_code=HTTP_200_OK)
        def pay(data: dict[str, Any]) -> dict[str, str]:
            """`{"to": "0x…", "micros": 25000000}`: somebody in the world pays a deposit."""
            self.chain.catch_up()
            return {"hash": self.chain.pay_in(to=data["to"], units=data["micros"])}

        return [rpc, pay]

    def is_money_call(self, method: str, path: str) -> bool:
        return method == "POST" and path.endswith(SEND_PATH)

    def effects(self) -> list[Effect]:
        """Payments that were made, or may be any moment: what is in the pool is signed."""
        self.chain.catch_up()
        paid = [
            _effect(each.tx, "paid")
            for each in self.chain.mined
            if each.tx.is_transfer and each.is_success and each.tx.sender != WORLD
        ]
        pending = [
            _effect(tx, "pending")
            for tx in self.chain.pool
            if tx.is_transfer and tx.sender != WORLD
        ]
        return paid + pending

    def pay_ins(self) -> list[Effect]:
        """What the world has sent."""
        self.chain.catch_up()
        return [_effect(each.tx, "paid") for each in self.chain.mined if each.tx.sender == WORLD]

    def depth_of(self, item_ref: str) -> int:
        """How many blocks stand on top of it; 0 while it is in none."""
        self.chain.catch_up()
        found = [each for each in self.chain.mined if reference_of(each.tx.data) == item_ref]
        return self.chain.head - found[0].block_number if found else 0

    def _answer(self, asked: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"jsonrpc": "2.0", "id": asked.get("id")}
        method = self._methods.get(asked.get("method"))
        if method is None:
            return {**told, "error": {"code": -32601, "message": "the method does not exist"}}
        try:
            return {**told, "result": method(*asked.get("params", ()))}
        except RpcError as error:
            return {**told, "error": {"code": -32000, "message": str(error)}}

    def _number(self, tag: str) -> int:
        if tag in ("latest", "pending"):
            return self.chain.head
        if tag in ("finalized", "safe"):
            return self.chain.head - FINAL_DEPTH
        return int(tag, 16)

    def _block(self, tag: str, _: bool) -> dict[str, str] | None:  # noqa: FBT001  # by the API
        number = self._number(tag)
        if number > self.chain.head:
            return None
        return {
            "number": hex(number),
            "hash": self.chain.block_hash(number),
            "timestamp": hex(self.chain.block_time(number)),
            "baseFeePerGas": hex(self.chain.base_fee),
        }

    def _count(self, address: str, tag: str) -> str:
        return hex(self.chain.count(address.lower(), self._number(tag)))

    def _code(self, address: str, _: str) -> str:
        return "0x6001" if address.lower() in self.chain.contracts else "0x"

    def _call(self, call: Any, _: str) -> str:
        to, data = call["to"].lower(), call["data"]
        if to == DOLLAR and data == DECIMALS:
            return _word(TOKEN_DECIMALS)
        if to == DOLLAR and data.startswith(BALANCE_OF):
            return _word(self.chain.tokens("0x" + data[-40:]))
        if to == FACTORY and data.startswith(ADDRESS_OF):
            return topic(self._deposit_address(bytes.fromhex(data[len(ADDRESS_OF) :])))
        return "0x"

    def _deposit_address(self, salt: bytes) -> str:
        place = b"\xff" + bytes.fromhex(FACTORY[2:]) + salt + CODE_HASH
        return "0x" + self.chain.ethereum.keccak(place)[-20:].hex()

    def _transaction(self, hash_: str) -> dict[str, Any] | None:
        tx, mined = self.chain.find(hash_)
        if tx is None:
            return None
        return {
            "hash": tx.hash,
            "from": tx.sender,
            "nonce": hex(tx.nonce),
            "to": tx.to,
            "input": tx.data,
            "blockNumber": None if mined is None else hex(mined.block_number),
        }

    def _receipt(self, hash_: str) -> dict[str, Any] | None:
        _, mined = self.chain.find(hash_)
        if mined is None:
            return None
        return {
            "transactionHash": mined.tx.hash,
            "status": "0x1" if mined.is_success else "0x0",
            "blockNumber": hex(mined.block_number),
            "blockHash": self.chain.block_hash(mined.block_number),
            "gasUsed": hex(mined.gas_used),
            "effectiveGasPrice": hex(mined.price),
            "logs": self._logs_of(mined),
        }

    def _logs_of(self, mined: MinedTx) -> list[dict[str, Any]]:
        return logs_of(mined, block_hash=self.chain.block_hash(mined.block_number))

    def _logs(self, wanted: Any) -> list[dict[str, Any]]:
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if wanted["address"].lower() != DOLLAR:
            return []
        return [
            log
            for mined in self.chain.mined
            if first <= mined.block_number <= last
            for log in self._logs_of(mined)
            if all(
                want is None or want == has
                for want, has in zip(wanted["topics"], log["topics"], strict=True)
            )
        ]


def _effect(tx: Tx, state: str) -> Effect:
    return Effect(
        ref=reference_of(tx.data) or tx.hash,
        amount_micros=tx.units,
        currency="USD",
        state=state,
        provider_ref=tx.hash,
    )


def _word(number: int) -> str:
    return f"0x{number:0{WORD_DIGITS}x}"
