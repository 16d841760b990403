"""A real EVM chain on this machine: anvil, installed once per lock file into the user's cache."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import requests

from tests.judges.installed import installed, missing, run

HERE: Final = Path(__file__).parent
CONTRACTS: Final = HERE / "contracts"
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "piecerate-chain"
FILES: Final = ("package.json", "package-lock.json", ".npmrc")
# Not `npm ci`: the lock names the binaries of one platform, npm finds those of the others.
NPM: Final = (
    "npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
    "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=30000",
)  # fmt: skip
RPC_SECONDS: Final = 20.0
# All states stay in memory: one that anvil has put on disk comes back without its contracts'
# code, and a reorganisation would end on a chain whose token moves nothing.
OPTIONS: Final = (
    "--host", "127.0.0.1", "--port", "0", "--no-mining", "--prune-history", "1000000",
)  # fmt: skip
FINAL_DEPTH: Final = 64


def anvil_binary() -> Path:
    if shutil.which("npm") is None:
        missing("no chain: npm is not installed, so anvil cannot be had")

    def install(folder: Path) -> None:
        for name in FILES:
            shutil.copy(HERE / name, folder)
        run(*NPM, folder=folder)

    folder = installed("anvil", lock=HERE / "package-lock.json", install=install, cache=CACHE)
    found = sorted(folder.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*"))
    if not found:
        missing("no chain: there is no anvil for this platform")
    return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anvil:
    """Blocks come when a test asks for them; `finalized` is 64 blocks behind the newest."""

    url: str

    def ask(self, method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = requests.post(self.url, json=body, timeout=RPC_SECONDS).json()
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def mine(self, count: int = 1) -> None:
        self.ask("anvil_mine", hex(count))

    def finalize(self) -> None:
        self.mine(FINAL_DEPTH + 1)

    def pass_time(self, span: timedelta) -> None:
        """The next block comes that much later."""
        self.ask("evm_increaseTime", int(span.total_seconds()))

    def reorganize(self, depth: int) -> None:
        self.ask("anvil_reorg", depth, [])

    def drop(self, hash_: str) -> None:
        self.ask("anvil_dropTransaction", hash_)

    def base_fee(self, wei: int) -> None:
        self.ask("anvil_setNextBlockBaseFeePerGas", hex(wei))

    def receipt(self, hash_: str) -> Any:
        return self.ask("eth_getTransactionReceipt", hash_)

    @property
    def head(self) -> int:
        return int(self.ask("eth_blockNumber"), 16)

    def enrich(self, address: str, *, ether: int = 100) -> None:
        self.ask("anvil_setBalance", address, hex(ether * 10**18))

    def transact(self, **call: str) -> str:
        """From the chain's own rich account, mined at once."""
        sender = self.ask("eth_accounts")[0]
        hash_ = str(
            self.ask("eth_sendTransaction", {"from": sender, "gas": hex(3_000_000), **call})
        )
        self.mine()
        assert self.receipt(hash_)["status"] == "0x1"
        return hash_

    def deploy(self, bytecode: str, *arguments: str) -> str:
        """`arguments` are words of 64 digits."""
        hash_ = self.transact(data=bytecode + "".join(arguments))
        return str(self.receipt(hash_)["contractAddress"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Musd:
    """The mock token, as somebody else's library reads it."""

    anvil: Anvil
    address: str
    contract: Any

    def balance(self, address: str) -> int:
        return int(self.contract.functions.balanceOf(address).call())

    def give(self, address: str, units: int) -> str:
        call = self.contract.encode_abi("transfer", [address, units])
        return self.anvil.transact(to=self.address, data=call)

    def blacklist(self, address: str) -> None:
        call = self.contract.encode_abi("setBlacklisted", [address])
        self.anvil.transact(to=self.address, data=call)


def deploy_musd(anvil: Anvil) -> Musd:
    from web3 import HTTPProvider, Web3  # noqa: PLC0415  # five seconds, for these tests alone

    made = json.loads((CONTRACTS / "MUSD.json").read_text())
    address = Web3.to_checksum_address(anvil.deploy(made["bytecode"]))
    web3 = Web3(HTTPProvider(anvil.url, exception_retry_configuration=None))
    contract = web3.eth.contract(address=address, abi=made["abi"])
    return Musd(anvil=anvil, address=address, contract=contract)


@contextmanager
def running_anvil() -> Iterator[Anvil]:
    command = (str(anvil_binary()), *OPTIONS)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own words
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if listening := re.search(r"Listening on (127\.0\.0\.1:[0-9]+)", line):
                    break
            else:
                missing("no chain: anvil does not start here")
            # It tells of each call; nobody reading would stop it when the pipe is full.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield Anvil(url=f"http://{listening[1]}")
        finally:
            process.kill()
