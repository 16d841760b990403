"""Our paying account on one chain: what every operation needs to read, sign and broadcast."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.payouts.provider import Destination, PayoutBatch, PayoutItem
from domain.provider import ConfigError, FieldProblem, ProviderEnv, RateLimited
from plugins.payments.crypto.chain import Head, number_of, read_tip
from plugins.payments.crypto.ethereum import (
    ZERO_ADDRESS,
    BadAddress,
    Ethereum,
    Signer,
    has_one_case,
)
from plugins.payments.crypto.rpc import Node, Nodes, Refused
from plugins.payments.crypto.settings import CryptoConfig
from plugins.payments.crypto.states import ItemState, Purpose, state_of
from plugins.payments.crypto.transactions import (
    DECIMALS,
    Fees,
    bumped_fees,
    first_fees,
    gas_limit_of,
    transaction,
    transfer_data,
    units_of,
)

TOO_DEAR_SECONDS: Final = 300.0
DELEGATED: Final = "0xef0100"  # EIP-7702: still the owner's own account
MESSAGES: Final[Mapping[str, str]] = {
    "missing": "An address is needed.",
    "not_an_address": "An address is 0x and 40 hexadecimal digits.",
    "checksum": "This address has a typing error: its capital letters do not match.",
    "forbidden": "Nobody can be paid at this address.",
    "contract": "This is the address of a contract. Give the address of a wallet of your own.",
    "wrong_chain": "We do not pay on this chain.",
    "unknown": "There is no such field.",
}


def make_nodes(env: ProviderEnv[CryptoConfig]) -> Nodes:
    """The path of a node often holds a key, so it is a secret: `rpc_path`, then `rpc_path_2`."""
    logging.getLogger("urllib3").setLevel(logging.INFO)  # below that, it logs every path
    config = env.config
    nodes = []
    for number, endpoint in enumerate([config.endpoint, *config.further_endpoints], start=1):
        suffix = "" if number == 1 else f"_{number}"
        path = _path(env, f"rpc_path{suffix}") or ""
        send_path = _path(env, f"broadcast_path{suffix}")
        nodes.append(
            Node(
                http=env.http,
                url=endpoint + path,
                send_url=endpoint + (path if send_path is None else send_path),
                batch_max=config.rpc_batch_max,
            )
        )
    return Nodes(nodes, chain_id=config.chain_id)


def token_of(env: ProviderEnv[CryptoConfig], ethereum: Ethereum) -> str:
    try:
        return ethereum.normal_address(env.config.token)
    except BadAddress as error:
        raise ConfigError(f"the configured token: {error}") from error


def require_decimals(node: Node, *, token: str, config: CryptoConfig) -> None:
    """A token of 18 decimals, taken for one of 6, pays a millionth of a millionth."""
    try:
        decimals = number_of(node.ask("eth_call", {"to": token, "data": DECIMALS}, "latest"))
    except (Refused, ValueError) as error:
        raise ConfigError("the configured token is no token on this chain") from error
    if decimals != config.decimals:
        raise ConfigError(f"the token has {decimals} decimals, not {config.decimals}")


def _path(env: ProviderEnv[CryptoConfig], name: str) -> str | None:
    found = env.secrets.texts(name)
    if found and not found[0].startswith("/"):
        raise ConfigError(f"the secret {name} must begin with a slash")
    return found[0] if found else None


@dataclass(frozen=True, kw_only=True)
class Account:
    env: ProviderEnv[CryptoConfig]
    ethereum: Ethereum
    signer: Signer
    nodes: Nodes
    token: str

    @property
    def config(self) -> CryptoConfig:
        return self.env.config

    @property
    def address(self) -> str:
        return self.signer.address

    def problems(self, destination: Destination) -> tuple[FieldProblem, ...]:
        """What is wrong with it that can be seen without the chain."""
        fields = destination.fields
        found = [
            problem("unknown", field=name)
            for name in sorted(fields.keys() - {"address", "chain_id"})
        ]
        if fields.get("chain_id", "") != f"eip155:{self.config.chain_id}":
            found.append(problem("wrong_chain", field="chain_id"))
        address = fields.get("address", "")
        if not address:
            return (*found, problem("missing"))
        try:
            normal = self.ethereum.normal_address(address)
        except BadAddress as error:
            return (*found, problem(str(error)))
        if normal in {ZERO_ADDRESS, self.address, self.token}:
            found.append(problem("forbidden"))
        elif has_one_case(address) and normal != address:
            found.append(unconfirmed(normal))
        return tuple(found)

    def payee(self, destination: Destination) -> str:
        """Raises `BadAddress`; `problems` has told the member long before."""
        return self.ethereum.normal_address(destination.fields.get("address", ""))

    def nonce_of(self, item: PayoutItem) -> int:
        """The core counts from 1, the chain from 0 or from wherever the account is already."""
        if item.sequence_no is None or item.sequence_no < 1:
            raise ConfigError("the core has given no number to an item")
        return self.config.first_nonce + item.sequence_no - 1

    def sign(
        self,
        state: ItemState,
        call: Mapping[str, Any],
        *,
        purpose: Purpose,
        fees: Fees,
        now: datetime,
    ) -> ItemState:
        signed = self.signer.sign(
            transaction(
                chain_id=self.config.chain_id,
                nonce=state.nonce,
                to=call["to"],
                data=call["data"],
                gas=state.gas,
                fees=fees,
            )
        )
        return state.and_signed(signed, purpose=purpose, fees=fees, now=now)

    def payment_call(self, item: PayoutItem, *, to: str) -> dict[str, Any]:
        units = units_of(item.amount, decimals=self.config.decimals)
        data = transfer_data(to=to, units=units, item_ref=item.item_ref)
        return {"from": self.address, "to": self.token, "data": data}

    def void_call(self) -> dict[str, Any]:
        return {"from": self.address, "to": self.address, "data": "0x"}

    def void_gas(self, node: Node) -> int:
        call = self.void_call()
        return gas_limit_of(
            number_of(node.ask("eth_estimateGas", call)), cap=self.config.gas_limit_max
        )

    def fees_now(self, node: Node, *, head: Head) -> Fees:
        """Raises `RateLimited` while the chain asks for more than we pay: later it is cheaper."""
        tip = read_tip(node, config=self.config)
        fees = first_fees(base_fee=head.base_fee, tip=tip, cap=self.config.max_fee_wei)
        if fees is None:
            raise RateLimited(
                "gas costs more than max_fee_wei", retry_after_seconds=TOO_DEAR_SECONDS
            )
        return fees

    def fees_above(self, last: Fees, *, head: Head) -> Fees | None:
        return bumped_fees(
            last,
            base_fee=head.base_fee,
            cap=self.config.max_fee_wei,
            basis_points=self.config.bump_basis_points,
        )


def problem(code: str, *, field: str = "address") -> FieldProblem:
    return FieldProblem(field=field, code=code, message=MESSAGES[code])


def unconfirmed(normal: str) -> FieldProblem:
    """Without capital letters nothing would find a typing error, so the member looks again."""
    message = f"Compare with your wallet, then enter it with its capital letters: {normal}"
    return FieldProblem(field="address", code="unconfirmed", message=message)


def is_contract(code: str) -> bool:
    return code not in ("0x", "") and not code.lower().startswith(DELEGATED)


def kept_state(item: PayoutItem, batch: PayoutBatch | None = None) -> ItemState | None:
    """What the core keeps of the item, else what was committed with its batch, else None."""
    kept: Any = item.provider_state
    if not kept and batch is not None and batch.payload is not None:
        kept = json.loads(batch.payload).get(item.item_ref)
    return state_of(kept) if kept else None
