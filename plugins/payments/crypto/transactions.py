"""The bytes of a payment: token transfers, fees, and what they cost. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from re import fullmatch
from typing import Any, Final

from domain.money import MICROS_PER_UNIT, WHOLE_BASIS_POINTS, Money
from plugins.payments.crypto.settings import CURRENCY, MICRO_DECIMALS

TRANSFER: Final = "0xa9059cbb"  # transfer(address,uint256)
BALANCE_OF: Final = "0x70a08231"
DECIMALS: Final = "0x313ce567"
TRANSFER_EVENT: Final = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
WEI_PER_COIN: Final = 10**18
WORD_DIGITS: Final = 64
CALL_DIGITS: Final = len(TRANSFER) + 2 * WORD_DIGITS
REFERENCE: Final = "[0-9A-Z]{15}"
BASE_FEE_ROOM: Final = 2  # it rises by an eighth per block at most: room for six full blocks
GAS_ROOM_BASIS_POINTS: Final = 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Per unit of gas, in wei."""

    max_fee: int
    tip: int


def first_fees(*, base_fee: int, tip: int, cap: int) -> Fees | None:
    """None while the chain asks for more than we pay."""
    if base_fee + min(tip, 1) > cap:
        return None
    max_fee = min(BASE_FEE_ROOM * base_fee + tip, cap)
    return Fees(max_fee=max_fee, tip=min(tip, max_fee))


def bumped_fees(last: Fees, *, base_fee: int, cap: int, basis_points: int) -> Fees | None:
    """Enough to replace `last` in every pool; None when that is more than we pay.

    It goes up in steps, so that two who decide at once mostly sign the same bytes: the
    transaction of the one whose answer is overwritten is then known all the same.
    """
    found: Fees | None = None
    fees = _step(last, basis_points)
    while fees.max_fee <= cap and (found is None or _is_short(found, base_fee)):
        found, fees = fees, _step(fees, basis_points)
    return found


def _step(fees: Fees, basis_points: int) -> Fees:
    return Fees(max_fee=_raised(fees.max_fee, basis_points), tip=_raised(fees.tip, basis_points))


def _is_short(fees: Fees, base_fee: int) -> bool:
    return fees.max_fee < BASE_FEE_ROOM * base_fee + fees.tip


def _raised(fee: int, basis_points: int) -> int:
    """Rounded up, and always more than before."""
    more = -(-fee * (WHOLE_BASIS_POINTS + basis_points) // WHOLE_BASIS_POINTS)
    return max(more, fee + 1)


def gas_limit_of(estimate: int, *, cap: int) -> int:
    return min(estimate * GAS_ROOM_BASIS_POINTS // WHOLE_BASIS_POINTS, cap)


def transfer_data(*, to: str, units: int, item_ref: str) -> str:
    """The call, and behind it our reference: contracts do not read it, people and we do."""
    return TRANSFER + word(to) + f"{units:0{WORD_DIGITS}x}" + item_ref.encode().hex()


def reference_of(data: str) -> str | None:
    """Our reference behind a transfer; None in anybody else's transaction."""
    if not data.startswith(TRANSFER):
        return None
    try:
        text = bytes.fromhex(data[CALL_DIGITS:]).decode()
    except ValueError:
        return None
    return text if fullmatch(REFERENCE, text) else None


def balance_call(*, token: str, owner: str) -> dict[str, str]:
    return {"to": token, "data": BALANCE_OF + word(owner)}


def word(address: str) -> str:
    """An address as contracts and topics know it: 32 bytes, lower case."""
    return address[2:].lower().rjust(WORD_DIGITS, "0")


def topic(address: str) -> str:
    return "0x" + word(address)


def transaction(
    *, chain_id: int, nonce: int, to: str, data: str, gas: int, fees: Fees
) -> dict[str, Any]:
    """EIP-1559, moving none of the chain's own coin."""
    return {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "to": to,
        "value": 0,
        "data": data,
        "gas": gas,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.tip,
    }


def units_of(amount: Money, *, decimals: int) -> int:
    """One dollar is one token."""
    units: int = amount.micros * 10 ** (decimals - MICRO_DECIMALS)
    return units


def amount_of(units: int, *, decimals: int) -> Money | None:
    """None where it has a fraction of a micro, which nothing that we send has."""
    micros, rest = divmod(units, 10 ** (decimals - MICRO_DECIMALS))
    return None if rest else Money(micros, CURRENCY)


def whole_micros_of(units: int, *, decimals: int) -> Money:
    """What strangers send may have any fraction: less than a micro is nobody's."""
    return Money(units // 10 ** (decimals - MICRO_DECIMALS), CURRENCY)


def cost_of(wei: int, *, rate: str) -> Money:
    """What the gas cost in dollars, rounded up to a micro."""
    micros = Decimal(wei) * Decimal(rate) * MICROS_PER_UNIT / WEI_PER_COIN
    return Money(int(micros.to_integral_value(rounding=ROUND_CEILING)), CURRENCY)
