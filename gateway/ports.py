"""The port of the web server: free or not, and kept for this launcher while it lives."""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from gateway.refused import CommandRefused

PATIENCE_SECONDS: Final = 2.0  # a killed launcher's server is just going


class PortRefused(CommandRefused):
    """Nobody can listen there."""


@contextmanager
def kept_port(host: str, port: int) -> Iterator[None]:
    """Two servers can share a port unseen (granian asks for that), so we look first.

    Then the port is bound without listening: a second launcher sees it taken, also while
    our own server is being started anew.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (problem := port_problem(host, port)) and time.monotonic() < deadline:
        time.sleep(0.1)
    if problem:
        raise PortRefused(problem)
    keeper = keeper_of(host, port) if sys.platform == "linux" else None
    try:
        yield
    finally:
        if keeper is not None:
            keeper.close()


def port_problem(host: str, port: int) -> str | None:
    try:
        bound(host, port, options=[socket.SO_REUSEADDR]).close()
    except socket.gaierror:
        return f"PIECERATE_HOST is {host!r}, which is no address of this machine."
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is taken by another program: stop it, or set "
                "PIECERATE_PORT to a free port."
            )
        return f"Nobody can listen on port {port} of {host}: {failure.strerror}."
    return None


def keeper_of(host: str, port: int) -> socket.socket | None:
    """Linux lets sockets with SO_REUSEADDR pass each other while none listens, so without it.

    A closing connection of the server before may be in the way for a minute: then none is kept.
    """
    try:
        return bound(host, port, options=[socket.SO_REUSEPORT])
    except OSError:
        return None


def number_of(host: str) -> str:
    """The address behind a name; granian takes numbers alone."""
    _, _, _, _, address = socket.getaddrinfo(
        host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return str(address[0])


def bound(host: str, port: int, *, options: Sequence[int]) -> socket.socket:
    number = number_of(host)
    keeper = socket.socket(socket.AF_INET6 if ":" in number else socket.AF_INET)
    try:
        for option in options:
            keeper.setsockopt(socket.SOL_SOCKET, option, 1)
        keeper.bind((number, port))
    except OSError:
        keeper.close()
        raise
    return keeper
