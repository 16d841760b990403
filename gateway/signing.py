"""Ed25519: the keys that sign records of reputation, and the check that needs no key of ours."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from litestar import Response, get
from litestar.datastructures import State

KEYS_PATH = "/reputation/keys.json"


class Ed25519Signer:
    """The first secret signs; the public keys of all are published, so that one can be replaced."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        keys = [
            Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret).digest())
            for secret in secrets
        ]
        self._key = keys[0]
        public = [key.public_key().public_bytes_raw() for key in keys]
        self.public_keys = {_key_id(each): each for each in public}
        self.key_id = _key_id(public[0])

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)


def is_signed(public_key: bytes, signature: bytes, content: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


@get(KEYS_PATH, include_in_schema=False)
async def public_keys(state: State) -> Response[str]:
    """For everybody, and for keeping: a record can be checked by them long after."""
    signer: Ed25519Signer = state.services.signer
    shown = {name: b64encode(key).decode() for name, key in signer.public_keys.items()}
    return Response(json.dumps(shown), media_type="application/json")


def _key_id(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:16]
