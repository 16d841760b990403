"""What the core keeps for us about one item: its number, and every transaction ever signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from plugins.payments.crypto.ethereum import SignedBytes
from plugins.payments.crypto.transactions import Fees

SIGNED_MAX: Final = 12  # of them fit into the 8 KiB that the core keeps


class Purpose(StrEnum):
    PAYMENT = "payment"
    VOID = "void"  # moves nothing: it only uses the number up


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """`is_sent` only when a node said that it has it; without it, it may be there all the same."""

    hash: str
    raw: str = field(repr=False)
    purpose: Purpose
    fees: Fees
    is_sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """At most one of `signed` is ever mined: they all have the same number."""

    nonce: int
    gas: int
    signed: tuple[Signed, ...]
    signed_at: datetime  # the newest of them
    cost: Mapping[str, str] = field(default_factory=dict)  # of the one that was mined

    @property
    def newest(self) -> Signed:
        return self.signed[-1]

    @property
    def was_sent(self) -> bool:
        return any(each.is_sent for each in self.signed)

    def and_signed(
        self, signed: SignedBytes, *, purpose: Purpose, fees: Fees, now: datetime
    ) -> ItemState:
        newest = Signed(hash=signed.hash, raw=signed.raw, purpose=purpose, fees=fees)
        return replace(self, signed=(*self.signed, newest), signed_at=now)

    def with_sent(self, hashes: frozenset[str]) -> ItemState:
        signed = tuple(
            replace(each, is_sent=True) if each.hash in hashes else each for each in self.signed
        )
        return replace(self, signed=signed)

    def kept(self) -> dict[str, str]:
        signed = [
            [each.purpose, each.hash, each.raw, each.fees.max_fee, each.fees.tip, each.is_sent]
            for each in self.signed
        ]
        return {
            **self.cost,
            "nonce": str(self.nonce),
            "gas": str(self.gas),
            "signed": json.dumps(signed, separators=(",", ":")),
            "signed_at": self.signed_at.isoformat(),
        }


def state_of(kept: Mapping[str, str]) -> ItemState:
    """Raises `KeyError` or `ValueError` for what we never wrote."""
    signed = tuple(
        Signed(
            purpose=Purpose(purpose),
            hash=hash_,
            raw=raw,
            fees=Fees(max_fee=max_fee, tip=tip),
            is_sent=is_sent,
        )
        for purpose, hash_, raw, max_fee, tip, is_sent in json.loads(kept["signed"])
    )
    return ItemState(
        nonce=int(kept["nonce"]),
        gas=int(kept["gas"]),
        signed=signed,
        signed_at=datetime.fromisoformat(kept["signed_at"]),
        cost={name: value for name, value in kept.items() if name.startswith("gas_")},
    )
