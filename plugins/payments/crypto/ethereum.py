"""What we take from the vendor's libraries, loaded when an instance opens: it takes a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from re import fullmatch
from typing import Any, Final, Protocol

from domain.provider import ConfigError

ADDRESS: Final = "0x[0-9a-fA-F]{40}"
ZERO_ADDRESS: Final = "0x" + "0" * 40


class BadAddress(ValueError):
    """Its text is the code of the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBytes:
    """A transaction that anybody may broadcast; its hash is known before anybody does."""

    raw: str
    hash: str


class Signer(Protocol):
    """Holds the key or knows who does. Its `repr` shows nothing but the address."""

    @property
    def address(self) -> str: ...

    def sign(self, transaction: Mapping[str, Any]) -> SignedBytes:
        """May block: it is called in the threads of the instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ethereum:
    """Hashing, checksums and the one signer that needs no service."""

    keccak: Callable[[bytes], bytes]
    checksum: Callable[[str], str]
    account: Any

    def normal_address(self, address: str) -> str:
        """The checksummed form. Raises `BadAddress`.

        One letter case alone carries no checksum: the caller decides whether that is enough.
        """
        if fullmatch(ADDRESS, address) is None:
            raise BadAddress("not_an_address")
        normal = self.checksum(address)
        if not has_one_case(address) and normal != address:
            raise BadAddress("checksum")
        return normal

    def key_signer(self, key: str) -> Signer:
        """Raises `ConfigError`, without the key in its text or in its chain of causes."""
        try:
            account = self.account.from_key(key)
        except Exception:  # noqa: BLE001  # whatever the library says may hold the key
            account = None
        if account is None:
            raise ConfigError("the secret signer_key is no private key")
        return KeySigner(account)


class KeySigner:
    """Signs with a key from the instance's secrets."""

    def __init__(self, account: Any) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, transaction: Mapping[str, Any]) -> SignedBytes:
        signed = self._account.sign_transaction(dict(transaction))
        return SignedBytes(raw=signed.raw_transaction.to_0x_hex(), hash=signed.hash.to_0x_hex())


def load_ethereum() -> Ethereum:
    """Raises `ConfigError` where the optional packages are not installed."""
    try:
        eth_account = import_module("eth_account")
        eth_utils = import_module("eth_utils")
    except ImportError as error:
        raise ConfigError(
            "the extra `crypto` of piecerate is not installed: it brings eth-account and web3"
        ) from error
    return Ethereum(
        keccak=eth_utils.keccak,
        checksum=eth_utils.to_checksum_address,
        account=eth_account.Account,
    )


def has_one_case(address: str) -> bool:
    digits = address[2:]
    return digits in (digits.lower(), digits.upper())
