"""What every kind of provider shares: the call, the environment, the health, the errors.

The ports themselves lie in `domain/*/provider.py`; partners import all of it from
`piecerate.plugin`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from domain.money import Money, minor_step

API_VERSION: Final = 1
REFERENCE_DIGITS: Final = 12
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

ConfigT = TypeVar("ConfigT")
Result = TypeVar("Result")


class HealthStatus(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    status: HealthStatus
    balances: tuple[Money, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """`send_no` is 1 for the first send of a batch. The guard sets both deadlines."""

    now: datetime
    send_no: int
    correlation_id: str
    slot_deadline: float = math.inf  # event-loop time: until then a place is waited for
    deadline: float = math.inf  # event-loop time: then the call is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    field: str
    code: str  # "iban_checksum", "country_not_served"
    message: str  # for the member


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemProblem:
    item_ref: str
    code: str
    message: str  # for the member


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyLimits:
    """What one payment may be. `exponent` is the provider's own, not always that of ISO 4217."""

    minimum: Money
    maximum: Money
    exponent: int

    def __post_init__(self) -> None:
        assert self.minimum <= self.maximum, f"minimum {self.minimum} is above {self.maximum}"
        is_whole = self.minimum.micros % minor_step(self.exponent) == 0
        assert is_whole, f"minimum {self.minimum} has more than {self.exponent} decimals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was changed into what: `target` = `source` x `rate`, as the provider rounded it."""

    source: Money
    target: Money
    rate: Decimal
    quote_ref: str = ""


class SecretReader(Protocol):
    """Resolves what the configuration only refers to; its `repr` shows nothing."""

    def text(self, name: str) -> str: ...

    def texts(self, name: str) -> tuple[str, ...]:
        """Newest first. During a rotation two are valid; empty when there is none."""


class HttpFactory(Protocol):
    """Makes `requests` sessions that stay inside the manifest's hosts and never wait for ever."""

    def new(self) -> Any:
        """A `plugins.http.GuardedHttp`; one per thread, since sessions are not thread-safe."""


class RunBlocking(Protocol):
    """Runs a blocking call in the threads of this instance; other instances have their own."""

    def __call__(self, call: Callable[[], Result], /) -> Awaitable[Result]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEnv(Generic[ConfigT]):
    """All that one configured instance gets: no database, no secrets but its own."""

    instance_id: str
    config: ConfigT
    secrets: SecretReader
    http: HttpFactory
    clock: Callable[[], datetime]
    run_blocking: RunBlocking


class ProviderError(Exception):
    """A provider's problem, classified by whether money may have moved.

    Its text never holds a response's body, a header or a destination field: it is logged.
    """

    def __init__(self, staff_detail: str = "", *, code: str = "", member_message: str = "") -> None:
        super().__init__(staff_detail or type(self).__name__)
        self.code = code
        self.member_message = member_message


class ConfigError(ProviderError):
    """Not sent: we are set up wrongly. The instance gets no new sends until staff lift that."""


class AuthError(ProviderError):
    """Not sent: the provider does not know us. Quarantined as for `ConfigError`."""


class NotSent(ProviderError):
    """Certainly no byte arrived: may be sent again with the same key."""


class RateLimited(ProviderError):
    """Not sent: the same again, later."""

    def __init__(self, staff_detail: str = "", *, retry_after_seconds: float) -> None:
        super().__init__(staff_detail)
        self.retry_after_seconds = retry_after_seconds


class InsufficientFunds(ProviderError):
    """Not sent: our own balance at the provider is too low."""


class Unsupported(ProviderError):
    """Not sent: this provider does not do that; another one may."""


class DestinationInvalid(ProviderError):
    """Not sent: the destination of the batch's only item is wrong; its member must correct it."""

    def __init__(self, *, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(", ".join(f"{each.field}: {each.code}" for each in problems))
        self.problems = problems


class BatchRefused(ProviderError):
    """Not sent, because of the items named here; the others go into a new batch."""

    def __init__(self, *, problems: tuple[ItemProblem, ...]) -> None:
        super().__init__(", ".join(f"{each.item_ref}: {each.code}" for each in problems))
        self.problems = problems


class ComplianceBlocked(ProviderError):
    """Perhaps sent: the provider keeps it back, and only people can go on."""


class OutcomeUnknown(ProviderError):
    """Perhaps sent: look it up, nothing else."""


class PluginBug(ProviderError):
    """Perhaps sent: something nobody classified. Look it up."""


class DuplicateRef(ProviderError):
    """Sent, and earlier: the provider knows this reference already. Look it up and adopt it.

    `provider_ref` is its own name for the original, where it tells.
    """

    def __init__(
        self, staff_detail: str = "", *, code: str = "", provider_ref: str | None = None
    ) -> None:
        super().__init__(staff_detail, code=code)
        self.provider_ref = provider_ref


class Declined(ProviderError):
    """Sent, and finally refused: the money goes back."""


class NoAnswer(ProviderError):
    """A reading call got no answer: nothing has changed, ask again later."""


class FileRefused(Exception):
    """It cannot be read. Its text is shown to staff: no personal data in it."""


NEVER_SENT: Final = (ConfigError, AuthError, NotSent, RateLimited, InsufficientFunds)


def reference(*, kind: str, region: str, id_: UUID) -> str:
    """15 characters that fit every rail, and the only handle that survives a time-out.

    The region is part of it because two deployments may share one account at a provider.
    """
    assert len(kind) == 1 and len(region) == 2  # noqa: PLR2004  # by the format
    number = int.from_bytes(hashlib.sha256(id_.bytes).digest()[:8], "big")
    digits = ""
    for _ in range(REFERENCE_DIGITS):
        number, digit = divmod(number, len(CROCKFORD))
        digits = CROCKFORD[digit] + digits
    return kind + region + digits
