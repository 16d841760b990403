"""AES-GCM for personal fields. Its keys are derived from the one secret key of the deployment."""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION: Final = b"\x01"
KEY_ID: Final = 1  # of the only key there is; a rotation adds another
HEADER_LENGTH: Final = 5  # version and key id
NONCE_LENGTH: Final = 12
KEY_LENGTH: Final = 32


class Sealed(ValueError):
    """The blob does not open here: another key, another row, or damaged."""


class AesVault:
    """blob = version (1) + key id (4) + nonce (12) + ciphertext and tag.

    Sealing and fingerprints have keys of their own, so that one tells nothing of the other.
    """

    def __init__(self, secret_key: bytes) -> None:
        self._cipher = AESGCM(_derived(secret_key, b"piecerate vault seal v1"))
        self._fingerprint_key = _derived(secret_key, b"piecerate vault fingerprint v1")

    def __repr__(self) -> str:
        return "AesVault()"

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        header = VERSION + KEY_ID.to_bytes(HEADER_LENGTH - 1, "big")
        nonce = os.urandom(NONCE_LENGTH)
        return header + nonce + self._cipher.encrypt(nonce, plaintext, header + context)

    def unseal(self, blob: bytes, *, context: bytes) -> bytes:
        header, rest = blob[:HEADER_LENGTH], blob[HEADER_LENGTH:]
        nonce, body = rest[:NONCE_LENGTH], rest[NONCE_LENGTH:]
        if header != VERSION + KEY_ID.to_bytes(HEADER_LENGTH - 1, "big"):
            raise Sealed("an envelope of an unknown version or key")
        try:
            return self._cipher.decrypt(nonce, body, header + context)
        except (InvalidTag, ValueError) as error:
            raise Sealed("another key, another row, or damaged") from error

    def fingerprint(self, content: bytes) -> bytes:
        return hmac.digest(self._fingerprint_key, content, "sha256")


def _derived(secret_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=purpose).derive(secret_key)
