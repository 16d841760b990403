"""Tokens, lifetimes, password rules and what a step-up consents to. Pure functions only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final
from unicodedata import category, normalize
from uuid import UUID

from domain.members.rules import email_key
from domain.money import Money


class Surface(StrEnum):
    """A session of one surface is worthless on the other."""

    API = "api"
    CONSOLE = "console"


class Method(StrEnum):
    PASSWORD = "password"  # noqa: S105  # a method's name
    PASSKEY = "passkey"
    TOTP = "totp"


class StepUpPurpose(StrEnum):
    PAYOUT_REQUEST = "payout_request"
    PAYOUT_INSTRUCT = "payout_instruct"
    EARNINGS_SPEND = "earnings_spend"
    DESTINATION_ADD = "destination_add"
    WEBHOOK_CREATE = "webhook_create"
    WEBHOOK_ROTATE = "webhook_rotate"
    TAX_REVEAL = "tax_reveal"
    MEMBER_CLOSE = "member_close"
    DATA_EXPORT = "data_export"


class PasswordProblem(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    COMMON = "common"
    PERSONAL = "personal"  # holds the member's own name or address, or ours


@dataclass(frozen=True, slots=True)
class Lifetime:
    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of attempts: so many at once, refilled at this pace."""

    bucket: str
    capacity: int
    per_second: float


@dataclass(frozen=True, slots=True)
class StepUpClaim:
    """The proof that a money operation names."""

    step_up_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a sign-in comes from, as the client's machine says: personal, and in no log."""

    address: str = field(repr=False)
    browser: str = field(repr=False)
    language: str = field(repr=False)


ORIGIN_LENGTH_MAX: Final = 300  # of what a header says
TOKEN_PREFIX: Final = "prs_"  # noqa: S105  # lets secret scanners find leaked ones
LIFETIMES: Final[Mapping[Surface, Lifetime]] = {
    Surface.API: Lifetime(idle=timedelta(days=30), absolute=timedelta(days=90)),
    Surface.CONSOLE: Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=12)),
}
# On a computer that others use: a browser that restores its tabs may keep it after it was closed.
NOT_REMEMBERED: Final = Lifetime(idle=timedelta(hours=1), absolute=timedelta(hours=12))
SEEN_EVERY: Final = timedelta(minutes=1)
STEP_UP_LIFETIME: Final = timedelta(minutes=5)

PASSWORD_LENGTH_MIN: Final = 15
PASSWORD_LENGTH_MAX: Final = 256
PASSWORD_RAW_LENGTH_MAX: Final = 1024  # before NFKC: bounds the work on hostile input
OWN_TEXT_LENGTH_MIN: Final = 4  # a name of three letters hides in too many good passwords
REPEATED_LENGTH_MAX: Final = 5

# The long ones of leaked lists; shorter ones fail on length.
COMMON_PASSWORDS: Final = frozenset(
    """
    correcthorsebatterystaple thequickbrownfoxjumpsoverthelazydog thequickbrownfox iloveyouforever
    iloveyousomuch123 letmeinletmeinplease mypasswordis123 mypasswordispassword passwordpassword1
    password123password password1234567 password12345678 password123456789 passw0rdpassw0rd
    p@ssw0rdp@ssw0rd changemechangeme1 administrator123 administratorpassword welcomewelcome1
    qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm qwertyuiop123456 qwertyuiop12345 qwerty123456789
    1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8 1qaz2wsx3edc4rfv 1qaz2wsx3edc4rfv5tgb
    zaq12wsxcde34rfv asdfghjklzxcvbnm zxcvbnmasdfghjkl qazwsxedcrfvtgb abcdefghijklmnop
    abcdefghijklmno abcdefghijklmnopqrstuvwxyz abcd1234abcd1234 abc123abc123abc123 123456789012345
    1234567890123456 12345678901234567890 123456789123456789 012345678901234 987654321098765
    111111222222333333 112233445566778899 a1b2c3d4e5f6g7h8 trustno1trustno1 supercalifragilistic
    supercalifragilisticexpialidocious maytheforcebewithyou jesuschristislord
    """.split()  # noqa: SIM905  # reads better than a line per word
)


def log_in_limits(*, account: str, network: str | None) -> tuple[Limit, ...]:
    """One network can tire its own attempts out, never lock a member out for all others."""
    pair = Limit(f"log_in:{account}:{network}", capacity=20, per_second=1 / 30)
    if network is None:
        return (pair,)
    return (
        Limit(f"log_in:network:{network}", capacity=100, per_second=1),
        pair,
        Limit(f"log_in:account:{account}", capacity=60, per_second=1 / 6),
    )


def registration_limits(*, account: str, network: str | None) -> tuple[Limit, ...]:
    account_limit = Limit(f"register:account:{account}", capacity=5, per_second=1 / 60)
    if network is None:
        return (account_limit,)
    return (Limit(f"register:network:{network}", capacity=30, per_second=1 / 10), account_limit)


def step_up_limits(*, account: str) -> tuple[Limit, ...]:
    return (Limit(f"step_up:{account}", capacity=20, per_second=1 / 30),)


def origin_context(session_id: UUID) -> bytes:
    """Under which the origin of a session is sealed."""
    return f"login_fingerprint:{session_id}:content".encode()


def address_content(address: str) -> bytes:
    """Of which the mark of an address is made."""
    return b"address\0" + address.encode()


def token_hash(token: str) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def normal_password(password: str) -> str:
    """The same text for every keyboard; what is hashed and what is compared."""
    bounded = password[:PASSWORD_RAW_LENGTH_MAX].encode("utf-8", "replace").decode()
    return normalize("NFKC", bounded)


def password_problem(*, password: str, email: str, name: str) -> PasswordProblem | None:
    """Length and a block list; no rules of composition, no ageing (NIST SP 800-63B)."""
    normal = normal_password(password)
    if len(normal) < PASSWORD_LENGTH_MIN:
        return PasswordProblem.TOO_SHORT
    if len(normal) > PASSWORD_LENGTH_MAX:
        return PasswordProblem.TOO_LONG
    if any(category(character) in {"Cc", "Cs"} for character in password):
        return PasswordProblem.UNPRINTABLE
    plain = _plain(normal)
    if plain in COMMON_PASSWORDS or _is_repetition(plain):
        return PasswordProblem.COMMON
    if any(own in plain for own in _own_texts(email=email, name=name)):
        return PasswordProblem.PERSONAL
    return None


def bound_hash(*, purpose: StepUpPurpose, amount: Money | None, payee: bytes) -> bytes:
    """What the member consents to: the same purpose, amount and payee, or nothing."""
    consent = [
        purpose.value,
        None if amount is None else amount.micros,
        None if amount is None else amount.currency,
        payee.hex(),
    ]
    return hashlib.sha256(b"piecerate-step-up-v1\0" + json.dumps(consent).encode()).digest()


def lifetime(surface: Surface, *, is_remembered: bool) -> Lifetime:
    """Of the console always its own, which is shorter than most of a working day."""
    return LIFETIMES[surface] if is_remembered or surface is Surface.CONSOLE else NOT_REMEMBERED


def _own_texts(*, email: str, name: str) -> list[str]:
    key = email_key(email)
    texts = [_plain(key), _plain(key.partition("@")[0]), _plain(normalize("NFKC", name))]
    return ["piecerate", *(text for text in texts if len(text) >= OWN_TEXT_LENGTH_MIN)]


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _is_repetition(text: str) -> bool:
    """Made of one short piece again and again, such as aaaa or 12121."""
    return any(
        text == (text[:length] * len(text))[: len(text)]
        for length in range(1, REPEATED_LENGTH_MAX + 1)
    )
