"""Payouts in a dollar token on one EVM chain: the port, over `paying`, `watching`, `history`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Final

from domain.money import split_payable
from domain.payouts.provider import (
    Advances,
    BatchSemantics,
    Cancels,
    Destination,
    DestinationKind,
    FeeKnown,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
    Observation,
    PayoutBatch,
    PayoutItem,
    PayoutManifest,
    PayoutProvider,
    Prepared,
    Prepares,
    Quote,
    QuoteRequest,
    Rail,
    SendOutcome,
    SequenceScope,
)
from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    DestinationInvalid,
    FieldProblem,
    Health,
    HealthStatus,
    NoAnswer,
    ProviderEnv,
    ProviderError,
)
from domain.provider_news import ReadsStatements, StatementPage
from plugins.payments.crypto import history, paying, watching
from plugins.payments.crypto.account import (
    Account,
    is_contract,
    make_nodes,
    problem,
    require_decimals,
    token_of,
)
from plugins.payments.crypto.chain import number_of, read_head, read_numbers
from plugins.payments.crypto.ethereum import ADDRESS, BadAddress, Ethereum, Signer, load_ethereum
from plugins.payments.crypto.prices import is_stale, require_peg
from plugins.payments.crypto.rpc import Node, Refused
from plugins.payments.crypto.settings import (
    CURRENCY,
    LIMITS,
    SETTLES_IN,
    VERSION,
    CryptoConfig,
)
from plugins.payments.crypto.transactions import amount_of, balance_call, cost_of

KIND: Final = "stablecoin"
SIGNER_KEY: Final = "signer_key"
SCHEMA: Final = {
    "type": "object",
    "required": ["address", "chain_id"],
    "additionalProperties": False,
    "properties": {
        "address": {"type": "string", "title": "Address", "pattern": f"^{ADDRESS}$"},
        "chain_id": {"type": "string", "title": "Chain", "pattern": "^eip155:[1-9][0-9]{0,17}$"},
    },
}
GAS_TYPICAL: Final = 65_000  # of a transfer to somebody new
LOW_GAS_PAYOUTS: Final = 50  # payable from what is left, before health complains
QUOTE_TTL: Final = timedelta(minutes=5)
DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 300, 300, 600, 600, 1800)
)

SignerFactory = Callable[[ProviderEnv[CryptoConfig], Ethereum], Signer]


def key_signer(env: ProviderEnv[CryptoConfig], ethereum: Ethereum) -> Signer:
    """Raises `ConfigError`."""
    try:
        key = env.secrets.text(SIGNER_KEY)
    except (LookupError, OSError) as error:
        raise ConfigError(f"the secret {SIGNER_KEY} is missing") from error
    return ethereum.key_signer(key)


class CryptoPayouts(PayoutProvider[CryptoConfig], Prepares, Cancels, Advances, ReadsStatements):
    """Other signers: subclass with an own manifest and more entries in `signers`."""

    manifest = PayoutManifest(
        id="crypto",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.STABLECOIN,),
        countries=frozenset(),
        currencies={CURRENCY: LIMITS},
        destination_kinds={KIND: DestinationKind(schema=SCHEMA, label_field="address")},
        max_batch=100,
        batch_semantics=BatchSemantics.INDEPENDENT,
        idempotency=Idempotency(scope=IdempotencyScope.ITEM),
        lookup=Lookup(
            mode=LookupMode.OUR_REF,
            settle_delay=timedelta(minutes=1),
            delays=DELAYS,
            agreement_gap=timedelta(minutes=2),
        ),
        after_paid=frozenset(),  # paid is final, or it is not yet said
        send_deadline=timedelta(seconds=90),
        call_deadline=timedelta(seconds=45),
        concurrency=4,
        data_classes=frozenset({"chain_address"}),
        sequence=SequenceScope.ITEM,
        fee_known=FeeKnown.LATER,
        settles_in=SETTLES_IN,
    )
    config_type = CryptoConfig
    signers: ClassVar[Mapping[str, SignerFactory]] = {"key": key_signer}

    _account: Account

    async def open(self, env: ProviderEnv[CryptoConfig]) -> None:
        self._account = await env.run_blocking(lambda: self._open(env))

    def _open(self, env: ProviderEnv[CryptoConfig]) -> Account:
        ethereum = load_ethereum()
        if env.config.signer not in self.signers:
            raise ConfigError(f"the signers are {', '.join(sorted(self.signers))}")
        return Account(
            env=env,
            ethereum=ethereum,
            signer=self.signers[env.config.signer](env, ethereum),
            nodes=make_nodes(env),
            token=token_of(env, ethereum),
        )

    async def health(self, context: CallContext) -> Health:
        return await self._account.env.run_blocking(lambda: self._health(context.now))

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        return self._account.problems(destination)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        return await self._account.env.run_blocking(lambda: self._quote(request, context.now))

    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        return await self._account.env.run_blocking(
            lambda: paying.prepare(self._account, batch, now=context.now)
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        stop_at = time.monotonic() + context.deadline - asyncio.get_running_loop().time()
        return await self._account.env.run_blocking(
            lambda: paying.broadcast(self._account, batch, stop_at=stop_at)
        )

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        return await self._account.env.run_blocking(
            lambda: watching.look_up(self._account, batch, now=context.now)
        )

    async def advance(self, item: PayoutItem, step: str, context: CallContext) -> Observation:
        return await self._account.env.run_blocking(
            lambda: watching.advance(self._account, item, step, now=context.now)
        )

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        return await self._account.env.run_blocking(
            lambda: watching.cancel(self._account, item, now=context.now)
        )

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        first_block = self._account.config.first_block if cursor is None else int(cursor)
        while page := await self._page(first_block, until):
            yield page
            first_block = int(page.cursor)

    async def _page(self, first_block: int, until: datetime) -> StatementPage | None:
        return await self._account.env.run_blocking(
            lambda: history.read_page(self._account, first_block, until=until)
        )

    def _quote(self, request: QuoteRequest, now: datetime) -> Quote:
        account, config = self._account, self._account.config
        require_peg(config=config, http=account.env.http, now=now)
        try:
            node = account.nodes.first()
            self._require_payable(request.destination, node)
            head = read_head(node)
            assert head is not None, "a chain has a latest block"
            fees = account.fees_now(node, head=head)
        except Refused as refused:
            raise NoAnswer(str(refused)) from refused
        payable, remainder = split_payable(request.amount, LIMITS.exponent)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=cost_of(
                GAS_TYPICAL * min(head.base_fee + fees.tip, fees.max_fee),
                rate=config.native_price.usd,
            ),
            fee_payer=request.fee_payer,
            arrives_within=timedelta(seconds=config.arrival_seconds),
            expires_at=now + QUOTE_TTL,
        )

    def _require_payable(self, destination: Destination, node: Node) -> None:
        """A quote may be asked for before anybody opens the destination; `prepare` looks again."""
        if not destination.fields:
            return
        try:
            to = self._account.payee(destination)
        except BadAddress as error:
            raise DestinationInvalid(problems=(problem(str(error)),)) from error
        if is_contract(node.ask("eth_getCode", to, "latest")):
            raise DestinationInvalid(problems=(problem("contract"),))

    def _health(self, now: datetime) -> Health:
        account, config = self._account, self._account.config
        try:
            node = account.nodes.first()
            require_decimals(node, token=account.token, config=config)
            numbers = read_numbers(node, owner=account.address, config=config)
            gas_wei = number_of(node.ask("eth_getBalance", account.address, "latest"))
            call = balance_call(token=account.token, owner=account.address)
            held = amount_of(
                number_of(node.ask("eth_call", call, "latest")), decimals=config.decimals
            )
        except (ProviderError, Refused) as error:
            return Health(status=HealthStatus.DOWN, detail=str(error))
        complaints = []
        if gas_wei < LOW_GAS_PAYOUTS * GAS_TYPICAL * max(numbers.head.base_fee, 1):
            complaints.append("the paying account is short of gas")
        if numbers.final_number is not None and numbers.final_count is None:
            complaints.append("the node does not keep the state of the last final block")
        if is_stale(config.native_price.at, config=config, now=now):
            complaints.append("native_price is old")
        return Health(
            status=HealthStatus.DEGRADED if complaints else HealthStatus.OK,
            balances=() if held is None else (held,),
            detail="; ".join(complaints),
        )
