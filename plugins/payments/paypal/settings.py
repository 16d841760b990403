"""What an instance of PayPal can be told, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from plugins.http import ENDPOINT

VERSION: Final = "1"
LIVE: Final = "https://api-m.paypal.com"
SANDBOX: Final = "https://api-m.sandbox.paypal.com"
# The older two still serve the certificates that webhooks are signed with.
HOSTS: Final = frozenset(
    {
        "api-m.paypal.com",
        "api-m.sandbox.paypal.com",
        "api.paypal.com",
        "api.sandbox.paypal.com",
    }
)
SECRETS: Final = ("client_id", "client_secret")
MAX_BATCH: Final = 15_000
DEFAULT_BATCH: Final = 500
# Unverified: the name in PayPal's own signing certificates, as older libraries of PayPal check it.
SIGNERS: Final[Mapping[str, str]] = {
    LIVE: "messageverificationcerts.paypal.com",
    SANDBOX: "messageverificationcerts.sandbox.paypal.com",
}
WEBHOOK_AGE_MAX: Final = timedelta(seconds=300)
REPORT_DELAY: Final = timedelta(hours=3)  # of PayPal's reports, as their documents say


class PayPalConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One PayPal account. Its credentials are secrets: `client_id` and `client_secret`."""

    endpoint: Annotated[str, msgspec.Meta(pattern=ENDPOINT)] = LIVE
    batch_max: Annotated[int, msgspec.Meta(ge=1, le=MAX_BATCH)] = DEFAULT_BATCH
    email_subject: Annotated[str, msgspec.Meta(max_length=255)] = ""
    # Of PayPal's webhook, not of its app. Two while one replaces the other.
    webhook_ids: Annotated[tuple[str, ...], msgspec.Meta(max_length=2)] = ()
    certificate_name: str = ""  # where PayPal's signing certificate is called otherwise
    certificate_roots: str = ""  # PEM; only for a simulator, whose authority nobody else trusts
    verify_online: bool = False  # PayPal checks its own signatures: one more call per webhook
    fee_basis_points: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 200
    fee_max_micros: Mapping[str, int] = msgspec.field(default_factory=lambda: {"USD": 1_000_000})
    read_disputes: bool = True  # needs the permission to read disputes

    @property
    def is_simulator(self) -> bool:
        return self.endpoint.startswith("http://")

    @property
    def signer(self) -> str:
        return self.certificate_name or SIGNERS.get(self.endpoint, SIGNERS[LIVE])

    def may_hold_certificates(self, url: str) -> bool:
        """PayPal names the place of its certificate in a header: anybody may write one."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if not parts.path.startswith("/v1/notifications/certs/") or "@" in parts.netloc:
            return False
        if self.is_simulator:
            return f"{parts.scheme}://{parts.netloc}" == self.endpoint
        return parts.scheme == "https" and port in (None, 443) and parts.hostname in HOSTS

    def is_own(self, url: str) -> bool:
        """Whether a link that PayPal gave us leads to its API.

        Under the older name of the host, too: of such a link only the path is used.
        """
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        theirs = {f"https://{host}" for host in HOSTS} if not self.is_simulator else set()
        return place in theirs | {self.endpoint}

    def may_show(self, url: str) -> bool:
        """Whether an employer may be sent there to approve a payment."""
        parts = urlsplit(url)
        if self.is_simulator:
            return self.is_own(url)
        host = parts.hostname or ""
        is_paypal = host == "paypal.com" or host.endswith(".paypal.com")
        return parts.scheme == "https" and is_paypal and "@" not in parts.netloc
