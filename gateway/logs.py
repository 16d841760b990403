"""Structured logs: JSON in production, readable in development, secrets in neither.

Everything ends in the same steps, also what libraries write to the standard logger.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from gateway.spared import spared

with spared("colorama", "rich"):  # for tracebacks in colour, which we do not print
    import structlog
    from structlog.types import EventDict, Processor, WrappedLogger

SECRET_NAME: Final = re.compile(
    r"(?i)authorization|cookie|password|secret|token|totp|iban|account_number|routing|api_key"
    r"|signature|(?:^|_)(?:tin|ssn|tax_number)(?:_|$)"  # whole words: "rating" contains "tin"
)
SECRET_VALUE: Final = re.compile(
    r"(?:sk|rk)_(?:live|test)_\w+|whsec_[\w+/=]+|pr[sk]_[\w-]+|(?:Bearer|Basic)\s+\S+"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"  # user and password in an address
    r"|\b\d{3}-\d{2}-\d{4}\b|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"
    # PostgreSQL quotes the row at fault, personal columns too, up to the end of its message.
    r"|(?<=DETAIL:  )(?s:.+?)(?=\nHINT: |\n\nThe above exception|\n\nDuring handling|\Z)"
)
# So many digits are a card's if its check digit is right, however they are parted.
CARD: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")
# No pattern of a secret fits in it, and it is quick. An IBAN begins with two capitals and a digit.
# Nothing in it is tried twice: what one of its parts has taken no other part could take.
PLAIN: Final = re.compile(r"(?:[a-z./]++|[A-Z](?![A-Z]\d)|\d{1,12}+(?!\d))*+")
REDACTED: Final = "[redacted]"
HIDDEN_LENGTH_MIN: Final = 6  # shorter ones would black out half of every line
DEPTH_MAX: Final = 6
LEVEL_OF: Final = {"warn": "warning", "exception": "error"}  # of what is logged by this name
LEVELS: Final = {
    "asyncio": logging.WARNING,  # these tell every little step at INFO
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "pgqueuer": logging.WARNING,
    "asyncpg.pool": logging.ERROR,  # a traceback per connection when the database restarts
}


class _Hidden:
    """What must not be told whatever it looks like: the secrets that providers have read."""

    def __init__(self) -> None:
        self._texts: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def add(self, texts: Iterable[str]) -> None:
        new = {each for each in texts if len(each) >= HIDDEN_LENGTH_MIN} - self._texts
        if new:
            self._texts |= new
            longest_first = sorted(self._texts, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def without(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(REDACTED, text)


HIDDEN: Final = _Hidden()


def configure_logs(*, as_json: bool, process: str) -> None:
    """Once per process, before anything logs."""
    traced, written = rendering(as_json=as_json)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_process(process),
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            traced,
            redact_event,  # of what follows nothing is secret, and to look would be half the line
            signed(process),
            written,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=StandardError,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                traced,
                redact_event,
                written,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)


class StandardError:
    """Where our own lines go, one write each; the standard logger would cost more than they do."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def write(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg = write


def signed(process: str) -> Processor:
    """What the steps for other libraries' lines say one by one, in one step."""

    def sign(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event["level"] = LEVEL_OF.get(method, method)
        event["logger"] = logger.name
        event["timestamp"] = f"{datetime.now(UTC).isoformat()[:-6]}Z"  # without +00:00
        event["process"] = process
        return event

    return sign


def rendering(*, as_json: bool) -> tuple[Processor, Processor]:
    """What writes tracebacks, which show no local variables, and what writes the line.

    Redaction stands between the two.
    """
    if as_json:
        traceback = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return (
            structlog.processors.ExceptionRenderer(traceback),
            structlog.processors.JSONRenderer(serializer=json_text),
        )
    return (
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
    )


def json_text(event: Mapping[str, Any], **_: Any) -> str:
    try:
        return msgspec.json.encode(event, enc_hook=repr).decode()
    except UnicodeEncodeError:  # half a character, such as names of files may hold
        return json.dumps(event, default=repr)


def granian_logs() -> dict[str, Any]:
    """What granian takes as its configuration: no handlers of its own."""
    return {
        "handlers": {},
        "formatters": {},
        "loggers": {
            "_granian": {"handlers": [], "level": "ERROR", "propagate": True},
            "granian.access": {"handlers": [], "level": "INFO", "propagate": True},
        },
    }


def add_process(name: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = name
        return event

    return add


def redact_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if is_secret(key):
            event[key] = REDACTED
        elif type(value) is not int and type(value) is not float:
            event[key] = redacted(value) if type(value) is str else redact(value)
    return event


@lru_cache(maxsize=1_000)
def is_secret(name: str) -> bool:
    return SECRET_NAME.search(name) is not None


def redact(value: object, depth: int = DEPTH_MAX) -> object:
    """By the name of the key, then by the value itself and its pattern, then by its type."""
    if depth == 0:
        return "[too deep]"
    if isinstance(value, str):
        return redacted(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {
            str(redact(str(key))): REDACTED if is_secret(str(key)) else redact(item, depth - 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth - 1) for item in value]
    return redacted(
        f"[{len(value)} bytes]" if isinstance(value, bytes | bytearray) else repr(value)
    )


def redacted(text: str) -> str:
    shown = HIDDEN.without(text)
    if PLAIN.fullmatch(shown):
        return shown
    return CARD.sub(_without_card, SECRET_VALUE.sub(REDACTED, shown))


def _without_card(found: re.Match[str]) -> str:
    """The sum of the digits, every second one from the right doubled, ends in zero."""
    digits = [int(each) for each in found[0] if each.isdigit()]
    doubled = [sum(divmod(2 * each, 10)) for each in digits[-2::-2]]
    return found[0] if (sum(digits[::-2]) + sum(doubled)) % 10 else REDACTED
