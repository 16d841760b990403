"""Calls of Stripe's own library for identity sessions, and what its errors mean for a check."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import msgspec

from domain.provider import (
    AuthError,
    ConfigError,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ProviderEnv,
    ProviderError,
    RateLimited,
    Unsupported,
)
from plugins.http import RETRY_AFTER_SECONDS, never_left_this_host
from plugins.kyc.stripe_identity.sessions import Session
from plugins.kyc.stripe_identity.settings import (
    API_KEY,
    CONNECT_SECONDS,
    READ_SECONDS,
    StripeIdentityConfig,
)
from plugins.stripe_library import SessionPerThread, plain, quiet_client

_CODE: Final = re.compile(r"[a-z_]{3,64}")  # no digits: those could be somebody's


class NotThere(ProviderError):
    """Stripe has no such session. Never leaves this plugin."""


class IdentityCalls:
    """`start` may have begun something when it fails; `read` has not."""

    def __init__(self, env: ProviderEnv[StripeIdentityConfig]) -> None:
        self._env = env
        self._sessions = SessionPerThread(env.http)
        self._client: Any = None

    async def open(self) -> None:
        found = self._env.secrets.texts(API_KEY)
        if not found:
            raise ConfigError(f"the secret {API_KEY} is missing")
        config = self._env.config
        self._client = await self._env.run_blocking(
            lambda: quiet_client(
                secret=found[0],
                version=config.stripe_version,
                endpoint=config.endpoint,
                sessions=self._sessions,
                timeout=(CONNECT_SECONDS, READ_SECONDS),  # the library would wait 80 seconds
            )
        )
        await self._env.run_blocking(self._load_services)

    def close(self) -> None:
        self._sessions.close()

    async def start(self, call: Callable[[Any], Any]) -> Session:
        answer = await self._asked(call, Session)
        if isinstance(answer, ProviderError):
            raise answer
        session: Session = answer
        return session

    async def read(self, call: Callable[[Any], Any], kind: Any = Session) -> Any:
        """None where Stripe has no such session; `NoAnswer` for all that is not ours to mend."""
        answer = await self._asked(call, kind)
        if isinstance(answer, NotThere):
            return None
        if isinstance(answer, ConfigError | AuthError):
            raise answer
        if isinstance(answer, ProviderError):
            raise NoAnswer(str(answer))
        return answer

    async def _asked(self, call: Callable[[Any], Any], kind: Any) -> Any:
        answer = await self._env.run_blocking(lambda: self._attempt(call))
        if isinstance(answer, ProviderError):
            return answer
        try:
            # Not in the thread: msgspec crashes when two threads are the first to read one type.
            return msgspec.convert(answer, type=kind, strict=True)
        except msgspec.ValidationError as error:
            return OutcomeUnknown(f"an answer that is no session: {type(error).__name__}")

    def _attempt(self, call: Callable[[Any], Any]) -> Any:
        """Returns errors: raised here, they would carry the library's, and that the body."""
        import stripe  # noqa: PLC0415  # costs over a second: `open` has loaded it by now

        try:
            return plain(call(self._client.v1.identity.verification_sessions))
        except ProviderError as error:
            return error
        except stripe.StripeError as error:
            return _classified(error, retry_after=self._sessions.retry_after())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return OutcomeUnknown(f"an answer that cannot be read: {type(error).__name__}")

    def _load_services(self) -> None:
        """The library imports each service when it is first used."""
        assert self._client.v1.identity.verification_sessions is not None
        assert self._client.v1.balance is not None


def _classified(error: Any, *, retry_after: float | None) -> ProviderError:
    """Nothing of its text is kept: it may quote what the member gave."""
    name, status = type(error).__name__, error.http_status or 0
    code = str(getattr(error, "code", None) or "")
    detail = f"HTTP {status} {code if _CODE.fullmatch(code) else name}"
    if name == "APIConnectionError":
        return _without_answer(error.__cause__)
    if name in ("AuthenticationError", "PermissionError") or status in (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
    ):
        return AuthError(detail)
    if name == "RateLimitError" or status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(
            detail,
            retry_after_seconds=RETRY_AFTER_SECONDS if retry_after is None else retry_after,
        )
    return (
        _refused(detail, code, status) if name == "InvalidRequestError" else OutcomeUnknown(detail)
    )


def _refused(detail: str, code: str, status: int) -> ProviderError:
    if code == "resource_missing":
        return NotThere(detail)
    if status == HTTPStatus.NOT_FOUND:
        return ConfigError(detail)  # no such address: a wrong endpoint or version
    return Unsupported(detail)  # refused as it is: another verifier may take it


def _without_answer(cause: BaseException | None) -> ProviderError:
    """The library wraps whatever the transport raised, our own refusal of a host included."""
    if isinstance(cause, ProviderError):
        return cause
    name = type(cause).__name__
    return NotSent(name) if never_left_this_host(cause) else OutcomeUnknown(name)
