"""What a plugin must not replace, because the host computes with it: it is put back, and told.

A plugin shares the process. Nothing here keeps out who wants to do harm; that is what the
allow-list is for. It finds the library that "improves" `json` for everybody.
"""

from __future__ import annotations

import asyncio
import builtins
import decimal
import hashlib
import hmac
import json
import logging
import os
import random
import secrets
import socket
import ssl
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, TypeAlias

Place: TypeAlias = tuple[str, Any, str]  # for people, whose attribute, its name
Seen: TypeAlias = tuple[list[tuple[Place, Any]], tuple[Any, ...]]

_WATCHED: Final[tuple[tuple[str, Any, tuple[str, ...]], ...]] = (
    ("asyncio", asyncio, ("create_task", "gather", "sleep", "timeout_at", "wait")),
    ("builtins", builtins, ("abs", "bool", "compile", "dict", "divmod", "eval", "exec", "float",
                            "hash", "int", "isinstance", "len", "list", "max", "min", "open",
                            "print", "round", "set", "sorted", "str", "sum", "tuple")),
    ("decimal", decimal, ("Decimal", "getcontext", "setcontext")),
    ("hashlib", hashlib, ("new", "sha256", "sha512")),
    ("hmac", hmac, ("HMAC", "compare_digest", "digest", "new")),
    ("json", json, ("dump", "dumps", "load", "loads")),
    ("json.JSONDecoder", json.JSONDecoder, ("decode", "raw_decode")),
    ("json.JSONEncoder", json.JSONEncoder, ("default", "encode", "iterencode")),
    ("os", os, ("_exit", "getenv", "kill", "urandom")),
    ("random", random, ("random",)),
    ("secrets", secrets, ("compare_digest", "token_bytes", "token_hex", "token_urlsafe")),
    ("socket", socket, ("create_connection", "getaddrinfo", "socket")),
    ("ssl", ssl, ("SSLContext", "_create_default_https_context", "create_default_context")),
    ("threading", threading, ("Lock", "Thread")),
    ("time", time, ("monotonic", "perf_counter", "sleep", "time")),
    ("uuid", uuid, ("UUID", "uuid4")),
)  # fmt: skip
_PLACES: Final[tuple[Place, ...]] = tuple(
    (f"{name}.{each}", owner, each) for name, owner, each_of in _WATCHED for each in each_of
)
_TRANSPORT: Final = "requests"
_ROOT: Final = logging.getLogger()


def _set_handlers(handlers: Any) -> None:
    _ROOT.handlers[:] = handlers


# What is set by a call: how it is read, and how it is put back.
_SETTINGS: Final[tuple[tuple[str, Callable[[], Any], Callable[[Any], object]], ...]] = (
    ("socket.setdefaulttimeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
    ("the handlers of the root logger", lambda: tuple(_ROOT.handlers), _set_handlers),
    ("the level of the root logger", lambda: _ROOT.level, _ROOT.setLevel),
    (
        "decimal.DefaultContext",
        lambda: (decimal.DefaultContext.prec, decimal.DefaultContext.rounding),
        lambda found: vars_of(decimal.DefaultContext, prec=found[0], rounding=found[1]),
    ),
)


class Tampered(Exception):
    """Names what was replaced."""


def vars_of(owner: object, **values: object) -> None:
    for name, value in values.items():
        setattr(owner, name, value)


def load_transport() -> None:
    """Before the first plugin that could replace a part of it. The sandbox does without it."""
    import_module(_TRANSPORT)


def places() -> Iterator[Place]:
    yield from _PLACES
    if (transport := sys.modules.get(_TRANSPORT)) is not None:
        for each in ("request", "send"):
            yield (f"requests.Session.{each}", transport.Session, each)


def seen() -> Seen:
    return (
        [(place, getattr(place[1], place[2], None)) for place in places()],
        tuple(read() for _, read, _ in _SETTINGS),
    )


def put_back(before: Seen) -> tuple[str, ...]:
    """What had been replaced meanwhile."""
    names = []
    for (name, owner, each), was in before[0]:
        if getattr(owner, each, None) is not was:
            setattr(owner, each, was)
            names.append(name)
    for (name, read, write), was in zip(_SETTINGS, before[1], strict=True):
        if read() != was:
            write(was)
            names.append(name)
    return tuple(names)


class Watch:
    """Calls of plugins overlap, so all that run at once are held against one moment before them."""

    def __init__(self) -> None:
        self._before: Seen | None = None
        self._count = 0

    def begin(self) -> None:
        if self._count == 0:
            self._before = seen()
        self._count += 1

    def end(self) -> tuple[str, ...]:
        """What was replaced since, by this call or by one beside it; it is put back."""
        assert self._before is not None
        self._count -= 1
        return put_back(self._before)


WATCH: Final = Watch()


@contextmanager
def untouched() -> Iterator[None]:
    """Raises `Tampered` at the end, when nothing else is raised; all is as before."""
    WATCH.begin()
    replaced: tuple[str, ...] = ()
    try:
        with decimal.localcontext():
            yield
    finally:
        replaced = WATCH.end()
    if replaced:
        raise Tampered(f"it replaced {', '.join(replaced)}")
