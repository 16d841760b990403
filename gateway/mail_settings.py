"""How documents leave by mail: over a server, or into a folder until somebody names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from gateway.said import Key, SettingsRefused, secret_in

PORTS: Final = {"smtp": 587, "smtps": 465}

MAIL_KEYS: Final = (
    Key(
        name="PIECERATE_MAIL",
        default="files in the folder outbox of the home",
        meaning="smtp://user@host:587 (with STARTTLS) or smtps://user@host:465 that sends "
        "documents and notices to members",
    ),
    Key(
        name="PIECERATE_MAIL_FROM",
        default="documents@localhost",
        meaning="address that letters come from",
    ),
    Key(
        name="PIECERATE_MAIL_PASSWORD_FILE",
        default="none",
        meaning="file with the password of the mail server's user",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Without a host everything goes into the outbox."""

    url: str
    host: str | None
    port: int
    user: str | None
    has_tls: bool  # from the first byte; else STARTTLS
    sender: str
    password_file: str

    @property
    def password(self) -> str | None:
        if not self.password_file:
            return None
        return secret_in(self.password_file, name="PIECERATE_MAIL_PASSWORD_FILE")

    def for_children(self) -> dict[str, str]:
        return {
            "PIECERATE_MAIL": self.url,
            "PIECERATE_MAIL_FROM": self.sender,
            "PIECERATE_MAIL_PASSWORD_FILE": self.password_file,
        }


def mail_settings_of(said: Mapping[str, str]) -> MailSettings:
    url = said.get("PIECERATE_MAIL", "")
    sender = said.get("PIECERATE_MAIL_FROM", "documents@localhost")
    if url:
        try:
            validate_email(sender, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise SettingsRefused(
                "PIECERATE_MAIL is set, so PIECERATE_MAIL_FROM must be an e-mail address."
            ) from error
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsRefused("PIECERATE_MAIL names a port that is none.") from error
    if url and (parts.scheme not in PORTS or not parts.hostname or parts.password is not None):
        raise SettingsRefused(
            "PIECERATE_MAIL must look like smtp://user@host:587 or smtps://user@host:465; the "
            "password comes from PIECERATE_MAIL_PASSWORD_FILE."
        )
    return MailSettings(
        url=url,
        host=parts.hostname,
        port=port or PORTS.get(parts.scheme, 0),
        user=parts.username,
        has_tls=parts.scheme == "smtps",
        sender=sender,
        password_file=said.get("PIECERATE_MAIL_PASSWORD_FILE", ""),
    )
