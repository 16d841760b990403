"""Links that open one file for a short while, for whoever holds them; a token is not needed."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

LIVES: Final = timedelta(minutes=10)
MAC_BYTES: Final = 24


class LinkSigner:
    def __init__(self, secrets: Sequence[bytes]) -> None:
        """The first secret signs, all of them verify: so a secret can be replaced."""
        self._secrets = secrets

    def signed(self, path: str, *, now: datetime, lives: timedelta = LIVES) -> str:
        """The path with what `is_valid` wants to see."""
        until = int((now + lives).timestamp())
        return f"{path}?until={until}&signature={self._signature(self._secrets[0], path, until)}"

    def is_valid(self, path: str, *, until: str, signature: str, now: datetime) -> bool:
        if not (until.isascii() and until.isdigit() and len(until) <= 12):  # noqa: PLR2004  # a day far away
            return False
        if datetime.fromtimestamp(int(until), UTC) < now:
            return False
        return any(
            hmac.compare_digest(
                self._signature(secret, path, int(until)).encode(), signature.encode()
            )
            for secret in self._secrets
        )

    def _signature(self, secret: bytes, path: str, until: int) -> str:
        mac = hmac.digest(secret, f"{until} {path}".encode(), "sha256")[:MAC_BYTES]
        return urlsafe_b64encode(mac).decode()
