"""AES-GCM for personal fields, in two ways.

`seal` has one key for everything, derived from the secret key of the deployment: destinations,
webhooks. `seal_under` has one key per person; that key lies in the database, wrapped by a key of
the vault's file, so neither the file nor the database opens anything alone.
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.vault_keys import KEY_LENGTH, KeyFile, VaultKeys

VERSION: Final = b"\x01"  # sealed by the deployment's own key
UNDER_VERSION: Final = b"\x02"  # sealed by a person's key
WRAPPED_VERSION: Final = b"\x03"  # a person's key, wrapped
KEY_ID: Final = 1
HEADER_LENGTH: Final = 5  # version and key id
NONCE_LENGTH: Final = 12


class Sealed(ValueError):
    """The blob does not open here: another key, another row, or damaged."""


class AesVault:
    """blob = version (1) + key id (4) + nonce (12) + ciphertext and tag.

    Sealing, wrapping, fingerprints and blind indexes have keys of their own, so that one tells
    nothing of another. Without a file of keys the last two layers are derived as well.
    """

    def __init__(self, secret_key: bytes, *, keys_file: Path | None = None) -> None:
        self._cipher = AESGCM(_derived(secret_key, b"piecerate vault seal v1"))
        self._fingerprint_key = _derived(secret_key, b"piecerate vault fingerprint v1")
        derived = VaultKeys(
            keks={0: _derived(secret_key, b"piecerate vault wrap v1")},
            index=_derived(secret_key, b"piecerate vault index v1"),
        )
        self._file = KeyFile(keys_file, derived)

    def __repr__(self) -> str:
        return "AesVault()"

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        return _sealed(self._cipher, VERSION, KEY_ID, plaintext, context)

    def unseal(self, blob: bytes, *, context: bytes) -> bytes:
        if blob[:HEADER_LENGTH] != _header(VERSION, KEY_ID):
            raise Sealed("an envelope of an unknown version or key")
        return _opened(self._cipher, blob, context)

    def fingerprint(self, content: bytes) -> bytes:
        return hmac.digest(self._fingerprint_key, content, "sha256")

    def blind_index(self, field: str, content: bytes) -> bytes:
        message = len(field).to_bytes(2, "big") + field.encode() + content
        return hmac.digest(self._file.keys().index, message, "sha256")

    def add_kek(self) -> int:
        """One more key in the file, which from now on wraps what is new."""
        return self._file.add_kek()

    def kek_ids(self) -> set[int]:
        return set(self._file.keys().keks)

    def newest_kek(self) -> int:
        return max(self._file.keys().keks)

    def new_data_key(self, *, key_context: bytes) -> tuple[int, bytes]:
        kek_id = self.newest_kek()
        return kek_id, self._wrap(os.urandom(KEY_LENGTH), kek_id, key_context)

    def rewrap(self, wrapped: bytes, *, key_context: bytes) -> tuple[int, bytes]:
        kek_id = self.newest_kek()
        return kek_id, self._wrap(self._unwrapped(wrapped, key_context), kek_id, key_context)

    def seal_under(
        self, wrapped: bytes, plaintext: bytes, *, key_id: int, key_context: bytes, context: bytes
    ) -> bytes:
        cipher = AESGCM(self._unwrapped(wrapped, key_context))
        return _sealed(cipher, UNDER_VERSION, key_id, plaintext, context)

    def unseal_under(
        self, wrapped: bytes, blob: bytes, *, key_id: int, key_context: bytes, context: bytes
    ) -> bytes:
        if blob[:HEADER_LENGTH] != _header(UNDER_VERSION, key_id):
            raise Sealed("an envelope of an unknown version or key")
        return _opened(AESGCM(self._unwrapped(wrapped, key_context)), blob, context)

    def _wrap(self, data_key: bytes, kek_id: int, key_context: bytes) -> bytes:
        kek = AESGCM(self._file.keys().keks[kek_id])
        return _sealed(kek, WRAPPED_VERSION, kek_id, data_key, key_context)

    def _unwrapped(self, wrapped: bytes, key_context: bytes) -> bytes:
        if wrapped[:1] != WRAPPED_VERSION:
            raise Sealed("an envelope of an unknown version or key")
        kek_id = int.from_bytes(wrapped[1:HEADER_LENGTH], "big")
        kek = self._file.keys(needed=kek_id).keks.get(kek_id)
        if kek is None:
            raise Sealed(f"key {kek_id} is not in the file of the vault's keys")
        return _opened(AESGCM(kek), wrapped, key_context)


def _header(version: bytes, key_id: int) -> bytes:
    return version + key_id.to_bytes(HEADER_LENGTH - 1, "big")


def _sealed(cipher: AESGCM, version: bytes, key_id: int, plaintext: bytes, context: bytes) -> bytes:
    header, nonce = _header(version, key_id), os.urandom(NONCE_LENGTH)
    return header + nonce + cipher.encrypt(nonce, plaintext, header + context)


def _opened(cipher: AESGCM, blob: bytes, context: bytes) -> bytes:
    header, rest = blob[:HEADER_LENGTH], blob[HEADER_LENGTH:]
    nonce, body = rest[:NONCE_LENGTH], rest[NONCE_LENGTH:]
    try:
        return cipher.decrypt(nonce, body, header + context)
    except (InvalidTag, ValueError) as error:
        raise Sealed("another key, another row, or damaged") from error


def _derived(secret_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=purpose).derive(secret_key)
