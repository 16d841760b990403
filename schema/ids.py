"""Opaque ids: `<type tag><version>_<22 characters>`, such as `pay1_Qm3v…`."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from enum import StrEnum
from struct import unpack
from typing import Final
from uuid import UUID

import strawberry
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schema.errors import InvalidId

VERSION = "1"
BLOCK: Final = 16  # bytes
SHOWN: Final = 22  # characters of a block
PADDED: Final = 24  # characters of a block and two bytes
FILLING: Final = b"\0\0"
STANDARD: Final = bytes.maketrans(b"-_", b"+/")  # the two alphabets of base64
URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Tag(StrEnum):
    """Begins every id of a type. Never changes, never means another type."""

    ASSIGNMENT = "asg"
    BONUS = "bns"
    CAMPAIGN = "cmp"
    DEPOSIT = "dep"
    DEPOSIT_ARRIVAL = "arr"
    DESTINATION = "dst"
    DISPUTE = "dsp"
    DOCUMENT = "doc"
    EVENT = "evt"
    INVITATION = "inv"
    LEDGER_ENTRY = "ent"
    MEMBER = "mem"
    MESSAGE = "msg"
    NOTIFICATION = "ntf"
    PAYOUT = "pay"
    PANEL_SEAT = "pns"
    PAYOUT_ATTEMPT = "att"
    PAYOUT_RESOLUTION = "res"
    PAYOUT_RUN = "run"
    POLICY = "pol"
    PROVIDER_EVENT = "pve"
    PROVIDER_FILE = "pvf"
    RATING = "rat"
    REFERRAL = "ref"
    REJECTION_REQUEST = "rjr"
    REVIEW = "rev"
    SESSION = "ses"
    SKILL = "skl"
    SPENDING = "spd"
    STATEMENT_LINE = "stl"
    STEP_UP = "stp"
    SUBMISSION = "sub"
    SUSPENSION = "sus"
    TASK = "tsk"
    THREAD = "thr"
    TICKET = "tkt"
    VERIFICATION = "vrf"
    VERIFICATION_CHECK = "vck"
    TAX_FORM = "txf"
    UPLOAD = "upl"
    VIEWER = "vwr"
    WEBHOOK_DELIVERY = "whd"
    WEBHOOK_ENDPOINT = "whe"


class IdCodec:
    """Encrypts the row's UUID, one AES block per id.

    A version-7 UUID tells when its row was made and how many were made since; the block does
    not. Each type has a key of its own, so an id cannot be relabeled to another type.
    """

    def __init__(self, secret: bytes) -> None:
        ciphers = {
            tag: Cipher(algorithms.AES(_key(secret, tag)), modes.ECB())  # noqa: S305  # one block: no mode needed
            for tag in Tag
        }
        # A block mode without chaining keeps no state between blocks, so these never end.
        self._encrypt = {tag: cipher.encryptor().update for tag, cipher in ciphers.items()}
        self._decrypt = {tag: cipher.decryptor().update for tag, cipher in ciphers.items()}
        self._prefixes = {tag: f"{tag.value}{VERSION}_" for tag in Tag}

    def encode(self, tag: Tag, key: UUID) -> strawberry.ID:
        block = self._encrypt[tag](key.bytes)
        return strawberry.ID(self._prefixes[tag] + urlsafe_b64encode(block)[:SHOWN].decode())

    def encode_all(self, tag: Tag, keys: Sequence[bytes]) -> list[str]:
        """As `encode`, for the bytes of many ids of one type at once."""
        return self.encode_joined(tag, b"".join(keys))

    def encode_joined(self, tag: Tag, keys: bytes) -> list[str]:
        """Of ids that follow each other without anything in between."""
        if not keys:
            return []
        count, prefix = len(keys) // BLOCK, self._prefixes[tag]
        blocks = unpack(f"{BLOCK}s" * count, self._encrypt[tag](keys))
        # Filled up to 18 bytes a block ends where a character does: one call writes them all, and
        # no step is taken for each of them in Python.
        written = b2a_base64(FILLING.join(blocks) + FILLING, newline=False).translate(URL_SAFE)
        texts = unpack(f"{SHOWN}s{PADDED - SHOWN}x" * count, written)
        return (prefix + f",{prefix}".encode().join(texts).decode()).split(",")

    def decode(self, tag: Tag, text: str, *path: str) -> UUID:
        """Refuses with `InvalidId`; `path` is where the id stands in the input."""
        prefix = self._prefixes[tag]
        encoded = text[len(prefix) :]
        if not text.startswith(prefix) or len(encoded) != SHOWN:
            raise InvalidId(*path)
        try:
            written = encoded.encode("ascii")
            block = a2b_base64(written.translate(STANDARD) + b"==")
        except ValueError as error:
            raise InvalidId(*path) from error
        if len(block) != BLOCK:  # foreign characters were skipped over
            raise InvalidId(*path)
        if b2a_base64(block)[:SHOWN].translate(URL_SAFE) != written:
            raise InvalidId(*path)  # a second spelling of the same block
        return UUID(bytes=self._decrypt[tag](block))

    def tag_of(self, text: str) -> Tag | None:
        """The type of an id, for `node`; None when it is not one of ours."""
        prefix = text.partition("_")[0].removesuffix(VERSION)
        return Tag(prefix) if prefix in set(Tag) else None


def derived_secret(secret: bytes, purpose: str) -> bytes:
    """One secret per purpose out of the deployment's only one."""
    info = b"piecerate " + purpose.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)


def _key(secret: bytes, tag: Tag) -> bytes:
    return derived_secret(secret, f"id {tag.value}")
