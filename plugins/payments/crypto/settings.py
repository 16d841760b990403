"""What an instance of this provider can be told: one chain, one token, one paying account."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from domain.money import Money
from domain.provider import CurrencyLimits
from plugins.http import ENDPOINT

VERSION: Final = "1"
CURRENCY: Final = "USD"
SETTLES_IN: Final = "USDC"
MICRO_DECIMALS: Final = 6
LIMITS: Final = CurrencyLimits(
    minimum=Money(10_000, CURRENCY), maximum=Money(1_000_000_000_000, CURRENCY), exponent=6
)
HTTPS: Final = r"^(https://\S+|http://127\.0\.0\.1:[0-9]+(/\S*)?)$"
DECIMAL: Final = r"^[0-9]{1,12}(\.[0-9]{1,12})?$"

Endpoint = Annotated[str, msgspec.Meta(pattern=ENDPOINT)]


class Finality(StrEnum):
    FINALIZED = "finalized"
    SAFE = "safe"
    CONFIRMATIONS = "confirmations"


class Price(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What one unit costs in US dollars, as decimal text, and when somebody looked."""

    usd: Annotated[str, msgspec.Meta(pattern=DECIMAL)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]


class CryptoConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """No key stands here, and no path of an RPC node: both are secrets."""

    endpoint: Endpoint  # an RPC node
    chain_id: Annotated[int, msgspec.Meta(ge=1)]
    token: str  # address of the contract
    native_price: Price  # of the coin that pays for gas; at this rate fees are booked
    max_fee_wei: Annotated[int, msgspec.Meta(ge=1)]  # per unit of gas, the most we pay
    decimals: Annotated[int, msgspec.Meta(ge=MICRO_DECIMALS, le=18)] = MICRO_DECIMALS
    further_endpoints: tuple[Endpoint, ...] = ()  # asked where the first one does not answer
    priority_fee_wei: Annotated[int, msgspec.Meta(ge=0)] | None = None  # None: as the node says
    gas_limit_max: Annotated[int, msgspec.Meta(ge=50_000)] = 200_000
    finality: Finality = Finality.FINALIZED
    confirmations: Annotated[int, msgspec.Meta(ge=1)] = 64  # where finality is counted
    stuck_seconds: Annotated[int, msgspec.Meta(ge=1)] = 600
    bump_basis_points: Annotated[int, msgspec.Meta(ge=1000)] = 1250
    token_price: Price | None = None
    price_url: Annotated[str, msgspec.Meta(pattern=HTTPS)] | None = None
    price_keys: tuple[str, ...] = ()  # the way through the answer to the price
    price_age_seconds_max: Annotated[int, msgspec.Meta(ge=60)] = 86_400
    depeg_basis_points: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 50
    arrival_seconds: Annotated[int, msgspec.Meta(ge=1)] = 1_200
    signer: str = "key"
    rpc_batch_max: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    first_nonce: Annotated[int, msgspec.Meta(ge=0)] = 0  # the account's own, of the first payment
    first_block: Annotated[int, msgspec.Meta(ge=0)] = 0  # where the account's history begins
    deposit_factory: str | None = None  # address of the contract that owns deposit addresses
    deposit_seconds: Annotated[int, msgspec.Meta(ge=600)] = 86_400  # then it has expired
    log_blocks_max: Annotated[int, msgspec.Meta(ge=1)] = 2_000  # per reading of logs

    def __post_init__(self) -> None:
        if (self.token_price is None) == (self.price_url is None):
            raise ValueError("one source of the token's price: token_price or price_url")
        if self.price_url is not None and not self.price_keys:
            raise ValueError("price_keys say where in the answer of price_url the price stands")

    @property
    def hosts(self) -> frozenset[str]:
        """All this instance may call. The operator chooses the nodes, so no manifest knows them."""
        urls = [
            self.endpoint,
            *self.further_endpoints,
            *([self.price_url] if self.price_url else []),
        ]
        return frozenset(urlsplit(url).netloc.lower() for url in urls)

    @property
    def stuck_after(self) -> timedelta:
        return timedelta(seconds=self.stuck_seconds)
