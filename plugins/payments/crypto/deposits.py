"""Deposits in a dollar token: an address per deposit, and what has finally arrived there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.deposits.provider import (
    DepositManifest,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
    ObservedDeposit,
)
from domain.money import Money, amount_text
from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    Health,
    HealthStatus,
    NoAnswer,
    ProviderEnv,
    ProviderError,
)
from plugins.payments.crypto.account import make_nodes, require_decimals, token_of
from plugins.payments.crypto.chain import Head, final_head, number_of, read_head
from plugins.payments.crypto.ethereum import BadAddress, Ethereum, load_ethereum
from plugins.payments.crypto.history import read_transfers
from plugins.payments.crypto.prices import require_peg
from plugins.payments.crypto.rpc import Node, Nodes, Refused
from plugins.payments.crypto.settings import CURRENCY, LIMITS, SETTLES_IN, VERSION, CryptoConfig
from plugins.payments.crypto.transactions import topic, units_of, whole_micros_of

ADDRESS_OF: Final = "0xbb34534c"  # addressOf(bytes32)
# Of the creation code of DepositAddress in contracts/DepositAddresses.json.
CODE_HASH: Final = bytes.fromhex("fcebf2bbe5941c2f10f11412cdcbec10bc46985a60fb3390e6f6b5e17d28b8f1")
DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (60, 60, 120, 300, 600, 1800))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one deposit is paid: `<address>@<block>` to the core."""

    address: str
    first_block: int

    @property
    def provider_ref(self) -> str:
        return f"{self.address}@{self.first_block}"


class CryptoDeposits(DepositProvider[CryptoConfig]):
    """Reads only: the tokens leave a deposit's address for the treasury, and for nowhere else."""

    manifest = DepositManifest(
        id="crypto",
        version=VERSION,
        api_version=API_VERSION,
        rails=("stablecoin",),
        currencies={CURRENCY: LIMITS},
        look_up_delays=DELAYS,
        call_deadline=timedelta(seconds=45),
        concurrency=4,
    )
    config_type = CryptoConfig

    _env: ProviderEnv[CryptoConfig]
    _ethereum: Ethereum
    _nodes: Nodes
    _token: str
    _factory: str

    async def open(self, env: ProviderEnv[CryptoConfig]) -> None:
        await env.run_blocking(lambda: self._open(env))

    def _open(self, env: ProviderEnv[CryptoConfig]) -> None:
        if env.config.deposit_factory is None:
            raise ConfigError("no deposit_factory is configured: this instance takes no deposits")
        self._env = env
        self._ethereum = load_ethereum()
        self._nodes = make_nodes(env)
        self._token = token_of(env, self._ethereum)
        try:
            self._factory = self._ethereum.normal_address(env.config.deposit_factory)
        except BadAddress as error:
            raise ConfigError(f"the configured deposit_factory: {error}") from error

    async def health(self, context: CallContext) -> Health:
        return await self._env.run_blocking(self._health)

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        return await self._env.run_blocking(lambda: self._create(request, context.now))

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        if request.provider_ref is None:
            return None
        place = _place_of(request.provider_ref)
        return await self._env.run_blocking(lambda: self._look_up(request, place))

    def _health(self) -> Health:
        try:
            node = self._nodes.first()
            require_decimals(node, token=self._token, config=self._env.config)
            self._require_factory(node, self._salt("health"))
        except (ProviderError, Refused) as error:
            return Health(status=HealthStatus.DOWN, detail=str(error))
        return Health(status=HealthStatus.OK)

    def _create(self, request: DepositRequest, now: datetime) -> DepositStart:
        config = self._env.config
        require_peg(config=config, http=self._env.http, now=now)
        try:
            node = self._nodes.first()
            require_decimals(node, token=self._token, config=config)
            address = self._require_factory(node, self._salt(request.deposit_ref))
            head = read_head(node)
        except Refused as refused:
            raise NoAnswer(str(refused)) from refused
        assert head is not None, "a chain has a latest block"
        units = units_of(request.amount, decimals=config.decimals)
        link = (
            f"ethereum:{self._token}@{config.chain_id}/transfer?address={address}&uint256={units}"
        )
        return DepositStart(
            provider_ref=_Place(address=address, first_block=head.number).provider_ref,
            redirect_url=link,
            instructions=(
                f"Send {amount_text(request.amount)} {SETTLES_IN} (contract {self._token}) "
                f"on chain {config.chain_id} to {address}, in one or more transfers."
            ),
            expires_at=head.at + timedelta(seconds=config.deposit_seconds),
        )

    def _look_up(self, request: DepositRequest, place: _Place) -> DepositObservation:
        config = self._env.config
        try:
            node = self._nodes.first()
            head = read_head(node)
            first = read_head(node, hex(place.first_block))
            assert head is not None, "a chain has a latest block"
            final = final_head(node, head=head, config=config)
            if first is None or final is None or final.number < first.number:
                return _waiting(request, "NOT_FINAL")
            units = self._received(node, place, final)
        except Refused as refused:
            raise NoAnswer(str(refused)) from refused
        return observed(
            request,
            came=whole_micros_of(units, decimals=config.decimals),
            is_over=final.at - first.at > timedelta(seconds=config.deposit_seconds),
            at=final.at,
        )

    def _received(self, node: Node, place: _Place, final: Head) -> int:
        """In final blocks only: what a reorganisation can take back has not arrived."""
        step = self._env.config.log_blocks_max
        logs = [
            log
            for first in range(place.first_block, final.number + 1, step)
            for log in read_transfers(
                node,
                token=self._token,
                sender=None,
                receiver=topic(place.address),
                first=first,
                last=min(first + step - 1, final.number),
            )
        ]
        return sum(number_of(log["data"]) for log in logs)

    def _salt(self, deposit_ref: str) -> bytes:
        return self._ethereum.keccak(deposit_ref.encode())

    def _address(self, salt: bytes) -> str:
        """By CREATE2, so that nobody but the factory can ever stand there."""
        factory = bytes.fromhex(self._factory[2:])
        digest = self._ethereum.keccak(b"\xff" + factory + salt + CODE_HASH)
        return self._ethereum.checksum("0x" + digest[-20:].hex())

    def _require_factory(self, node: Node, salt: bytes) -> str:
        """Ours and the factory's address for it must be the same, else the money would be lost."""
        call = {"to": self._factory, "data": ADDRESS_OF + salt.hex()}
        answer = str(node.ask("eth_call", call, "latest"))
        address = self._address(salt)
        if answer != topic(address):
            raise ConfigError("deposit_factory is not the contract of these deposit addresses")
        return address


def _place_of(provider_ref: str) -> _Place:
    address, _, block = provider_ref.partition("@")
    return _Place(address=address, first_block=int(block))


def observed(
    request: DepositRequest, *, came: Money, is_over: bool, at: datetime
) -> DepositObservation:
    """More or less than what was asked: the core compares, and people settle it."""
    if came.micros == 0:
        return _waiting(request, "NOTHING_YET", is_over=is_over)
    if came < request.amount and not is_over:
        return _waiting(request, "UNDERPAID_SO_FAR")
    is_less, is_more = came < request.amount, request.amount < came
    return DepositObservation(
        state=ObservedDeposit.SETTLED,
        amount=came,
        provider_ref=request.provider_ref,
        provider_code="UNDERPAID" if is_less else "OVERPAID" if is_more else "PAID",
        occurred_at=at,
    )


def _waiting(request: DepositRequest, code: str, *, is_over: bool = False) -> DepositObservation:
    return DepositObservation(
        state=ObservedDeposit.EXPIRED if is_over else ObservedDeposit.PENDING,
        provider_ref=request.provider_ref,
        provider_code=code,
    )
