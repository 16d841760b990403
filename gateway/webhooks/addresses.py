"""Connections to addresses that members typed: only to public ones, and only to those checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeAlias

import httpcore

from domain.webhooks.rules import HTTPS_PORT, is_public, place

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(Exception):
    """We do not connect there. Says nothing of what the name resolved to."""


class NameUnknown(Exception):
    """The name has no address."""


async def resolve(host: str, port: int) -> list[str]:
    """In a thread of its own: a loop has few for names, and silent name servers would take them.

    What is given up ends with the patience of the system's resolver, or with the process.
    """
    asked: Future[list[str]] = Future()
    asked.set_running_or_notify_cancel()  # from now on nobody but the thread ends it

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            asked.set_result([str(answer[4][0]) for answer in answers])
        except Exception as failure:  # noqa: BLE001  # raised where it is awaited
            asked.set_exception(failure)

    Thread(target=ask, name="resolve", daemon=True).start()
    return await asyncio.wrap_future(asked)


class PublicOnlyBackend(httpcore.AsyncNetworkBackend):
    """Resolves once, refuses if any answer is not public, connects to the checked address.

    So a second answer of the name cannot differ. TLS still verifies the name.
    """

    def __init__(self, *, private_hosts: Collection[str] = (), resolve: Resolve = resolve) -> None:
        self._private_hosts = private_hosts
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        is_private = place(host, port) in self._private_hosts
        if not is_private and port != HTTPS_PORT:
            raise AddressRefused
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as failure:
            raise NameUnknown from failure
        if not addresses:
            raise NameUnknown
        if not is_private and not all(is_public(address) for address in addresses):
            raise AddressRefused
        return await self._network.connect_tcp(
            addresses[0], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002  # the interface's
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # the interface's
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  # the interface's
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
